; Memory. Addresses are i64; every access may be misaligned. One instruction costs one compute unit (CU).

; 1 if the 32 bytes at %a equal the 32 bytes at %b, else 0.
; 4 words compared one by one: 3 CU if the first differs, 12 if all agree; the syscall sol_memcmp_ costs 10 and its call 5.
define internal i64 @rt_memeq32(i64 %a, i64 %b) #0 alwaysinline {
  %a0 = inttoptr i64 %a to ptr
  %b0 = inttoptr i64 %b to ptr
  %x0 = load i64, ptr %a0, align 1
  %y0 = load i64, ptr %b0, align 1
  %e0 = icmp eq i64 %x0, %y0
  br i1 %e0, label %second, label %differ
second:
  %a1 = getelementptr i8, ptr %a0, i64 8
  %b1 = getelementptr i8, ptr %b0, i64 8
  %x1 = load i64, ptr %a1, align 1
  %y1 = load i64, ptr %b1, align 1
  %e1 = icmp eq i64 %x1, %y1
  br i1 %e1, label %third, label %differ
third:
  %a2 = getelementptr i8, ptr %a0, i64 16
  %b2 = getelementptr i8, ptr %b0, i64 16
  %x2 = load i64, ptr %a2, align 1
  %y2 = load i64, ptr %b2, align 1
  %e2 = icmp eq i64 %x2, %y2
  br i1 %e2, label %fourth, label %differ
fourth:
  %a3 = getelementptr i8, ptr %a0, i64 24
  %b3 = getelementptr i8, ptr %b0, i64 24
  %x3 = load i64, ptr %a3, align 1
  %y3 = load i64, ptr %b3, align 1
  %e3 = icmp eq i64 %x3, %y3
  %same = zext i1 %e3 to i64
  ret i64 %same
differ:
  ret i64 0
}

; Copies %size bytes from %from to %to, which do not overlap; returns 0.
; A constant size up to 56 bytes becomes loads and stores (2 CU a word); all else is the syscall (10 CU or size / 250, and 4 to call it).
define internal i64 @rt_memcpy(i64 %to, i64 %from, i64 %size) #0 alwaysinline {
  %constant = call i1 @llvm.is.constant.i64(i64 %size)
  %small = icmp ule i64 %size, 56
  %inline = and i1 %constant, %small
  br i1 %inline, label %words, label %syscall
words:
  %target = inttoptr i64 %to to ptr
  %source = inttoptr i64 %from to ptr
  call void @llvm.memcpy.p0.p0.i64(ptr align 1 %target, ptr align 1 %source, i64 %size, i1 false)
  ret i64 0
syscall:
  %ignored = call i64 @sol_memcpy_(i64 %to, i64 %from, i64 %size)
  ret i64 0
}

; The high 64 bits of the 128-bit product of %a and %b.
; 4 products of 32-bit halves, 22 CU. The empty asm keeps LLVM from seeing a 128-bit multiplication, which BPF lacks.
define internal i64 @rt_mulhi(i64 %a, i64 %b) #0 {
  %al = and i64 %a, 4294967295
  %bl = and i64 %b, 4294967295
  %ah = lshr i64 %a, 32
  %bh = lshr i64 %b, 32
  %ll = mul i64 %al, %bl
  %lh = mul i64 %al, %bh
  %hl = mul i64 %ah, %bl
  %hh = mul i64 %ah, %bh
  %carry = lshr i64 %ll, 32
  %middle = add i64 %lh, %carry
  %hidden = call i64 asm "", "=r,0"(i64 %middle)
  %low = and i64 %hidden, 4294967295
  %high = lshr i64 %hidden, 32
  %sum = add i64 %low, %hl
  %over = lshr i64 %sum, 32
  %top = add i64 %hh, %high
  %result = add i64 %top, %over
  ret i64 %result
}

; As rt_memeq32, called: 16 CU if all agree.
define internal i64 @rt_same_key(i64 %a, i64 %b) #0 noinline {
  %same = call i64 @rt_memeq32(i64 %a, i64 %b)
  ret i64 %same
}

; 0 if the key at %a is that at %b, else %error. 17 CU if all agree.
define internal i64 @rt_require_key(i64 %a, i64 %b, i64 %error) #0 noinline {
  %same = call i64 @rt_memeq32(i64 %a, i64 %b)
  %equal = icmp ne i64 %same, 0
  %result = select i1 %equal, i64 0, i64 %error
  ret i64 %result
}

; As rt_require_key, for the key of the account %record.
define internal i64 @rt_require_own_key(i64 %a, i64 %record, i64 %error) #0 noinline {
  %key = add i64 %record, 8
  %same = call i64 @rt_memeq32(i64 %a, i64 %key)
  %equal = icmp ne i64 %same, 0
  %result = select i1 %equal, i64 0, i64 %error
  ret i64 %result
}

; Copies a key to %to; 10 CU.
define internal i64 @rt_copy_key(i64 %to, i64 %key) #0 noinline {
  %copied = call i64 @rt_memcpy(i64 %to, i64 %key, i64 32)
  ret i64 0
}

; Copies 2 keys to %to, one after the other; 19 CU.
define internal i64 @rt_copy_2_keys(i64 %to, i64 %key_0, i64 %key_1) #0 noinline {
  %copied_0 = call i64 @rt_memcpy(i64 %to, i64 %key_0, i64 32)
  %to_1 = add i64 %to, 32
  %copied_1 = call i64 @rt_memcpy(i64 %to_1, i64 %key_1, i64 32)
  ret i64 0
}

; Copies 3 keys to %to, one after the other; 27 CU.
define internal i64 @rt_copy_3_keys(i64 %to, i64 %key_0, i64 %key_1, i64 %key_2) #0 noinline {
  %copied_0 = call i64 @rt_memcpy(i64 %to, i64 %key_0, i64 32)
  %to_1 = add i64 %to, 32
  %copied_1 = call i64 @rt_memcpy(i64 %to_1, i64 %key_1, i64 32)
  %to_2 = add i64 %to, 64
  %copied_2 = call i64 @rt_memcpy(i64 %to_2, i64 %key_2, i64 32)
  ret i64 0
}
