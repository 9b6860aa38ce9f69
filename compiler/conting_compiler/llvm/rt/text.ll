; Text and the heap. The heap is 32 KiB at 0x3_0000_0000, zero at the start:
;   +0 u64 bytes handed out, +8 u64 lamports of rent per byte (0: not read yet), +16 u64 address of the program's id,
;   +64 16 account metas and +320 16 account infos of the call being made, from +1280 what rt_allocate hands out.
; lower/layout.py names the same places.

; The address of %size new bytes, 8-aligned, zero unless a failed call wrote them; 0 if the heap has not so many left. 12 CU.
; The empty asm keeps LLVM from adding the heap's address to every later offset, 4 instructions for each access.
define internal i64 @rt_allocate(i64 %size) #0 {
  %used = load i64, ptr inttoptr (i64 12884901888 to ptr), align 8
  %padded = add i64 %size, 7
  %rounded = and i64 %padded, -8
  %new = add i64 %used, %rounded
  %huge = icmp ugt i64 %size, 31488
  %full = icmp ugt i64 %new, 31488
  %no = or i1 %huge, %full
  br i1 %no, label %refuse, label %hand
hand:
  store i64 %new, ptr inttoptr (i64 12884901888 to ptr), align 8
  %address = add i64 %used, 12884903168
  %hidden = call i64 asm "", "=r,0"(i64 %address)
  ret i64 %hidden
refuse:
  ret i64 0
}

; 1 if %size bytes at %a equal those at %b, else 0. The syscall costs 10 CU or size / 250.
define internal i64 @rt_equal(i64 %a, i64 %b, i64 %size) #0 {
  %order = alloca i64, align 8
  store i64 0, ptr %order, align 8
  %at = ptrtoint ptr %order to i64
  %ignored = call i64 @sol_memcmp_(i64 %a, i64 %b, i64 %size, i64 %at)
  %found = load i64, ptr %order, align 8
  %same = icmp eq i64 %found, 0
  %result = zext i1 %same to i64
  ret i64 %result
}

; Below 0 if the bytes of %a come before those of %b, 0 if they are the same, else above 0. About 30 CU.
define internal i64 @rt_order(i64 %a, i64 %a_size, i64 %b, i64 %b_size) #0 noinline {
  %found = alloca i64, align 8
  store i64 0, ptr %found, align 8
  %at = ptrtoint ptr %found to i64
  %shorter = icmp ult i64 %a_size, %b_size
  %size = select i1 %shorter, i64 %a_size, i64 %b_size
  %ignored = call i64 @sol_memcmp_(i64 %a, i64 %b, i64 %size, i64 %at)
  %written = load i64, ptr %found, align 8
  %high = shl i64 %written, 32
  %first = ashr i64 %high, 32
  %same = icmp eq i64 %first, 0
  br i1 %same, label %sizes, label %done
sizes:
  %longer = sub i64 %a_size, %b_size
  ret i64 %longer
done:
  ret i64 %first
}

; 1 if the %part_size bytes at %part stand somewhere in the %size bytes at %at, else 0. 8 CU a byte, and 25 where the first byte fits.
define internal i64 @rt_contains(i64 %at, i64 %size, i64 %part, i64 %part_size) #0 noinline {
entry:
  %none = icmp eq i64 %part_size, 0
  br i1 %none, label %yes, label %sized
sized:
  %too_long = icmp ugt i64 %part_size, %size
  br i1 %too_long, label %no, label %begin
begin:
  %room = sub i64 %size, %part_size
  %last = add i64 %at, %room
  %part_at = inttoptr i64 %part to ptr
  %first = load i8, ptr %part_at, align 1
  br label %next
next:
  %here = phi i64 [ %at, %begin ], [ %after, %go_on ]
  %end = icmp ugt i64 %here, %last
  br i1 %end, label %no, label %look
look:
  %here_at = inttoptr i64 %here to ptr
  %byte = load i8, ptr %here_at, align 1
  %fits = icmp eq i8 %byte, %first
  br i1 %fits, label %whole, label %go_on
whole:
  %same = call i64 @rt_equal(i64 %here, i64 %part, i64 %part_size)
  %equal = icmp ne i64 %same, 0
  br i1 %equal, label %yes, label %go_on
go_on:
  %after = add i64 %here, 1
  br label %next
yes:
  ret i64 1
no:
  ret i64 0
}

; Writes %value in decimal to %at (at most 20 bytes); returns the address after it. About 12 CU a digit.
define internal i64 @rt_put_unsigned(i64 %at, i64 %value) #0 {
entry:
  br label %grow
grow:
  %power = phi i64 [ 1, %entry ], [ %ten_times, %more ]
  %head = udiv i64 %value, %power
  %single = icmp ult i64 %head, 10
  br i1 %single, label %digits, label %more
more:
  %ten_times = mul i64 %power, 10
  br label %grow
digits:
  %place = phi i64 [ %power, %grow ], [ %next_place, %again ]
  %rest = phi i64 [ %value, %grow ], [ %next_rest, %again ]
  %to = phi i64 [ %at, %grow ], [ %after, %again ]
  %digit = udiv i64 %rest, %place
  %character = add i64 %digit, 48
  %byte = trunc i64 %character to i8
  %target = inttoptr i64 %to to ptr
  store i8 %byte, ptr %target, align 1
  %after = add i64 %to, 1
  %written = mul i64 %digit, %place
  %next_rest = sub i64 %rest, %written
  %next_place = udiv i64 %place, 10
  %last = icmp eq i64 %next_place, 0
  br i1 %last, label %done, label %again
again:
  br label %digits
done:
  ret i64 %after
}

; As rt_put_unsigned, for a signed number.
define internal i64 @rt_put_signed(i64 %at, i64 %value) #0 {
  %negative = icmp slt i64 %value, 0
  br i1 %negative, label %minus, label %plus
minus:
  %target = inttoptr i64 %at to ptr
  store i8 45, ptr %target, align 1
  %behind = add i64 %at, 1
  %size = sub i64 0, %value
  %end_minus = call i64 @rt_put_unsigned(i64 %behind, i64 %size)
  ret i64 %end_minus
plus:
  %end_plus = call i64 @rt_put_unsigned(i64 %at, i64 %value)
  ret i64 %end_plus
}

; Where the code point of number %index begins in the %size bytes of UTF-8 at %at, in bytes; a negative number counts from the end.
; One beyond the end means the end, one before the beginning the beginning. About 8 CU a byte up to there.
define internal i64 @rt_utf8_place(i64 %at, i64 %size, i64 %index) #0 noinline {
entry:
  %negative = icmp slt i64 %index, 0
  br i1 %negative, label %from_end, label %begin
from_end:
  %count = call i64 @rt_utf8_length(i64 %at, i64 %size)
  %counted = add i64 %count, %index
  %before = icmp slt i64 %counted, 0
  %clipped = select i1 %before, i64 0, i64 %counted
  br label %begin
begin:
  %wanted = phi i64 [ %index, %entry ], [ %clipped, %from_end ]
  br label %next
next:
  %place = phi i64 [ 0, %begin ], [ %after, %go_on ]
  %left = phi i64 [ %wanted, %begin ], [ %next_left, %go_on ]
  %end = icmp uge i64 %place, %size
  br i1 %end, label %done, label %look
look:
  %address = add i64 %at, %place
  %byte_at = inttoptr i64 %address to ptr
  %byte = load i8, ptr %byte_at, align 1
  %value = zext i8 %byte to i64
  %top = and i64 %value, 192
  %inside = icmp eq i64 %top, 128
  %found = icmp eq i64 %left, 0
  br i1 %inside, label %go_on, label %starts
starts:
  br i1 %found, label %done, label %counted_one
counted_one:
  %one_less = sub i64 %left, 1
  br label %go_on
go_on:
  %next_left = phi i64 [ %left, %look ], [ %one_less, %counted_one ]
  %after = add i64 %place, 1
  br label %next
done:
  ret i64 %place
}

; How many code points the %size bytes of UTF-8 at %at hold; -1 if they are not UTF-8 (Unicode 15, table 3-7).
; 6 CU for 8 bytes of ASCII, else 6 CU a byte of ASCII and about 35 for another code point: the bits of its bytes, the first one's mark
; with them, are in no range of what is written too long (E0 80..9F, F0 80..8F), of surrogates (ED A0..BF) or past U+10FFFF.
define internal i64 @rt_utf8_length(i64 %at, i64 %size) #0 {
entry:
  %end = add i64 %at, %size
  br label %next
next:
  %here = phi i64 [ %at, %entry ], [ %after_word, %ascii_word ], [ %after_byte, %ascii ], [ %tail, %point ]
  %count = phi i64 [ 0, %entry ], [ %count_word, %ascii_word ], [ %count_byte, %ascii ], [ %count_point, %point ]
  %left = sub i64 %end, %here
  %whole = icmp ugt i64 %left, 7
  %from = inttoptr i64 %here to ptr
  br i1 %whole, label %word, label %short
word:
  %eight = load i64, ptr %from, align 1
  %high_bits = and i64 %eight, -9187201950435737472
  %plain = icmp eq i64 %high_bits, 0
  br i1 %plain, label %ascii_word, label %single
ascii_word:
  %after_word = add i64 %here, 8
  %count_word = add i64 %count, 8
  br label %next
short:
  %none = icmp eq i64 %left, 0
  br i1 %none, label %done, label %single
single:
  %byte = load i8, ptr %from, align 1
  %first = zext i8 %byte to i64
  %low = icmp ult i64 %first, 128
  br i1 %low, label %ascii, label %lead
ascii:
  %after_byte = add i64 %here, 1
  %count_byte = add i64 %count, 1
  br label %next
lead:
  %too_low = icmp ult i64 %first, 194
  %too_high = icmp ugt i64 %first, 244
  %no_lead = or i1 %too_low, %too_high
  br i1 %no_lead, label %bad, label %sized
sized:
  %three = icmp ugt i64 %first, 223
  %four = icmp ugt i64 %first, 239
  %three_more = zext i1 %three to i64
  %four_more = zext i1 %four to i64
  %following_one = add i64 %three_more, 1
  %following = add i64 %following_one, %four_more
  %fits = icmp ugt i64 %left, %following
  br i1 %fits, label %second, label %bad
second:
  %last = add i64 %here, %following
  br label %other
other:
  %before = phi i64 [ %here, %second ], [ %place, %fine ]
  %bits = phi i64 [ %first, %second ], [ %more_bits, %fine ]
  %reached = icmp eq i64 %before, %last
  br i1 %reached, label %whole_point, label %check
check:
  %place = add i64 %before, 1
  %other_at = inttoptr i64 %place to ptr
  %other_byte = load i8, ptr %other_at, align 1
  %top = and i8 %other_byte, -64
  %continues = icmp eq i8 %top, -128
  br i1 %continues, label %fine, label %bad
fine:
  %six = and i8 %other_byte, 63
  %six_bits = zext i8 %six to i64
  %higher = shl i64 %bits, 6
  %more_bits = or i64 %higher, %six_bits
  br label %other
whole_point:
  %over_e0 = sub i64 %bits, 917504
  %long_three = icmp ult i64 %over_e0, 2048
  br i1 %long_three, label %bad, label %three_fits
three_fits:
  %over_ed = sub i64 %bits, 972800
  %surrogate = icmp ult i64 %over_ed, 2048
  br i1 %surrogate, label %bad, label %no_surrogate
no_surrogate:
  %over_f0 = sub i64 %bits, 62914560
  %long_four = icmp ult i64 %over_f0, 65536
  br i1 %long_four, label %bad, label %four_fits
four_fits:
  %past_unicode = icmp ugt i64 %bits, 64028671
  br i1 %past_unicode, label %bad, label %point
point:
  %tail = add i64 %last, 1
  %count_point = add i64 %count, 1
  br label %next
done:
  ret i64 %count
bad:
  ret i64 -1
}
