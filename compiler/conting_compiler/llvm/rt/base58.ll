; Writes the 32 bytes at %key in base58 to %at (at most 44 bytes); returns the address after them. About 1,600 CU.
; 9 divisions of the whole number by 58^5 give 5 digits each.
define internal i64 @rt_put_base58(i64 %at, i64 %key) #0 {
entry:
  %limbs = alloca [64 x i8], align 8
  %digits = alloca [48 x i8], align 8
  %from = inttoptr i64 %key to ptr
  br label %load
load:
  %n = phi i64 [ 0, %entry ], [ %n_next, %load ]
  %byte_offset = shl i64 %n, 2
  %word_offset = shl i64 %n, 3
  %word_at = getelementptr i8, ptr %from, i64 %byte_offset
  %little = load i32, ptr %word_at, align 1
  %big = call i32 @llvm.bswap.i32(i32 %little)
  %wide = zext i32 %big to i64
  %limb_at = getelementptr i8, ptr %limbs, i64 %word_offset
  store i64 %wide, ptr %limb_at, align 8
  %n_next = add i64 %n, 1
  %loaded = icmp eq i64 %n_next, 8
  br i1 %loaded, label %chunk, label %load
chunk:
  %end = phi i64 [ 45, %load ], [ %end_next, %chunk_done ]
  br label %divide
divide:
  %i = phi i64 [ 0, %chunk ], [ %i_next, %divide ]
  %rest = phi i64 [ 0, %chunk ], [ %rest_next, %divide ]
  %i_offset = shl i64 %i, 3
  %this_at = getelementptr i8, ptr %limbs, i64 %i_offset
  %this = load i64, ptr %this_at, align 8
  %high = shl i64 %rest, 32
  %whole = or i64 %high, %this
  %quotient = udiv i64 %whole, 656356768
  %product = mul i64 %quotient, 656356768
  %rest_next = sub i64 %whole, %product
  store i64 %quotient, ptr %this_at, align 8
  %i_next = add i64 %i, 1
  %divided = icmp eq i64 %i_next, 8
  br i1 %divided, label %split, label %divide
split:
  %place = phi i64 [ %end, %divide ], [ %place_next, %split ]
  %left = phi i64 [ %rest_next, %divide ], [ %tens, %split ]
  %count = phi i64 [ 5, %divide ], [ %count_next, %split ]
  %place_next = add i64 %place, -1
  %tens = udiv i64 %left, 58
  %tens_product = mul i64 %tens, 58
  %digit = sub i64 %left, %tens_product
  %digit_byte = trunc i64 %digit to i8
  %digit_at = getelementptr i8, ptr %digits, i64 %place_next
  store i8 %digit_byte, ptr %digit_at, align 1
  %count_next = add i64 %count, -1
  %splitted = icmp eq i64 %count_next, 0
  br i1 %splitted, label %chunk_done, label %split
chunk_done:
  %end_next = add i64 %end, -5
  %all = icmp eq i64 %end_next, 0
  br i1 %all, label %zeros, label %chunk
zeros:
  %zero = phi i64 [ 0, %chunk_done ], [ %zero_next, %one ]
  %to_zero = phi i64 [ %at, %chunk_done ], [ %to_zero_next, %one ]
  %only_zeros = icmp eq i64 %zero, 32
  br i1 %only_zeros, label %done_zeros, label %look
look:
  %key_byte_at = getelementptr i8, ptr %from, i64 %zero
  %key_byte = load i8, ptr %key_byte_at, align 1
  %is_zero = icmp eq i8 %key_byte, 0
  br i1 %is_zero, label %one, label %skip
one:
  %one_at = inttoptr i64 %to_zero to ptr
  store i8 49, ptr %one_at, align 1
  %zero_next = add i64 %zero, 1
  %to_zero_next = add i64 %to_zero, 1
  br label %zeros
skip:
  %first = phi i64 [ 0, %look ], [ %first_next, %skip_more ]
  %first_at = getelementptr i8, ptr %digits, i64 %first
  %first_digit = load i8, ptr %first_at, align 1
  %leading = icmp eq i8 %first_digit, 0
  br i1 %leading, label %skip_more, label %write
skip_more:
  %first_next = add i64 %first, 1
  br label %skip
write:
  %index = phi i64 [ %first, %skip ], [ %index_next, %write ]
  %to = phi i64 [ %to_zero, %skip ], [ %to_next, %write ]
  %value_at = getelementptr i8, ptr %digits, i64 %index
  %value_byte = load i8, ptr %value_at, align 1
  %value = zext i8 %value_byte to i64
  %past_nine = icmp ugt i64 %value, 8
  %past_h = icmp ugt i64 %value, 16
  %past_n = icmp ugt i64 %value, 21
  %past_z = icmp ugt i64 %value, 32
  %past_k = icmp ugt i64 %value, 43
  %add_nine = select i1 %past_nine, i64 56, i64 49
  %add_h = zext i1 %past_h to i64
  %add_n = zext i1 %past_n to i64
  %add_z = select i1 %past_z, i64 6, i64 0
  %add_k = zext i1 %past_k to i64
  %c1 = add i64 %value, %add_nine
  %c2 = add i64 %c1, %add_h
  %c3 = add i64 %c2, %add_n
  %c4 = add i64 %c3, %add_z
  %character = add i64 %c4, %add_k
  %character_byte = trunc i64 %character to i8
  %target = inttoptr i64 %to to ptr
  store i8 %character_byte, ptr %target, align 1
  %index_next = add i64 %index, 1
  %to_next = add i64 %to, 1
  %written = icmp eq i64 %index_next, 45
  br i1 %written, label %done, label %write
done:
  ret i64 %to_next
done_zeros:
  ret i64 %to_zero
}
