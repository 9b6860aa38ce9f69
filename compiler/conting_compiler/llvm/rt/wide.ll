; Integers of 128 bits, as two words. What LLVM would call a library for (multiplication, division) is here; all else is written out by
; lower/wide.py. Results of more than one word go to the address %out.

; The low 128 bits of the product of two unsigned numbers to %out; returns 0, or another number if it does not fit. 65 CU.
define internal i64 @rt_multiply128(i64 %out, i64 %a_low, i64 %a_high, i64 %b_low, i64 %b_high) #0 {
  %a_wide = icmp ne i64 %a_high, 0
  %b_wide = icmp ne i64 %b_high, 0
  %both = and i1 %a_wide, %b_wide
  %high = select i1 %a_wide, i64 %a_high, i64 %b_high
  %other = select i1 %a_wide, i64 %b_low, i64 %a_low
  %low = mul i64 %a_low, %b_low
  %carried = call i64 @rt_mulhi(i64 %a_low, i64 %b_low)
  %cross = mul i64 %high, %other
  %lost = call i64 @rt_mulhi(i64 %high, i64 %other)
  %top = add i64 %carried, %cross
  %over = icmp ult i64 %top, %cross
  %to = inttoptr i64 %out to ptr
  %to_high = getelementptr i8, ptr %to, i64 8
  store i64 %low, ptr %to, align 8
  store i64 %top, ptr %to_high, align 8
  %two = or i1 %both, %over
  %flag = zext i1 %two to i64
  %result = or i64 %flag, %lost
  ret i64 %result
}

; A digit of long division in base 2**32: %rest / (%first << 32 | %second) with %next coming in, %first with its top bit (31) set. 15 CU.
define internal i64 @rt_digit(i64 %rest, i64 %first, i64 %second, i64 %next) #0 {
entry:
  %guess = udiv i64 %rest, %first
  %taken = mul i64 %guess, %first
  %over = sub i64 %rest, %taken
  br label %check
check:
  %digit = phi i64 [ %guess, %entry ], [ %smaller, %again ]
  %left = phi i64 [ %over, %entry ], [ %more, %again ]
  %wide = icmp ugt i64 %digit, 4294967295
  br i1 %wide, label %lower, label %compare
compare:
  %product = mul i64 %digit, %second
  %shifted = shl i64 %left, 32
  %had = or i64 %shifted, %next
  %high = icmp ugt i64 %product, %had
  br i1 %high, label %lower, label %done
lower:
  %smaller = add i64 %digit, -1
  %more = add i64 %left, %first
  %enough = icmp ugt i64 %more, 4294967295
  br i1 %enough, label %lowered, label %again
again:
  br label %check
lowered:
  ret i64 %smaller
done:
  ret i64 %digit
}

; The quotient of the two words %high, %low by %divisor, which is greater than %high: schoolbook division with two digits of 32 bits. 100 CU.
define internal i64 @rt_divide_words(i64 %high, i64 %low, i64 %divisor) #0 {
  %places = call i64 @rt_leading_zeros(i64 %divisor)
  %back = sub i64 63, %places
  %even = shl i64 %divisor, %places
  %first = lshr i64 %even, 32
  %second = and i64 %even, 4294967295
  %high_moved = shl i64 %high, %places
  %half = lshr i64 %low, 1
  %low_top = lshr i64 %half, %back
  %upper = or i64 %high_moved, %low_top
  %lower = shl i64 %low, %places
  %next = lshr i64 %lower, 32
  %last = and i64 %lower, 4294967295
  %digit = call i64 @rt_digit(i64 %upper, i64 %first, i64 %second, i64 %next)
  %upper_moved = shl i64 %upper, 32
  %with_next = or i64 %upper_moved, %next
  %taken = mul i64 %digit, %even
  %rest = sub i64 %with_next, %taken
  %unit = call i64 @rt_digit(i64 %rest, i64 %first, i64 %second, i64 %last)
  %digit_moved = shl i64 %digit, 32
  %quotient = add i64 %digit_moved, %unit
  ret i64 %quotient
}

; How many of the 64 bits are 0 above the highest 1; 64 for 0. Five comparisons: 20 CU (LLVM's way, by counting all bits: 38).
define internal i64 @rt_leading_zeros(i64 %value) #0 {
  %is_zero = icmp eq i64 %value, 0
  br i1 %is_zero, label %none, label %some
none:
  ret i64 64
some:
  %few32 = icmp ult i64 %value, 4294967296
  %shift32 = select i1 %few32, i64 32, i64 0
  %value32 = shl i64 %value, %shift32
  %top32 = lshr i64 %value32, 32
  %few16 = icmp ult i64 %top32, 65536
  %shift16 = select i1 %few16, i64 16, i64 0
  %top16 = shl i64 %top32, %shift16
  %few8 = icmp ult i64 %top16, 16777216
  %shift8 = select i1 %few8, i64 8, i64 0
  %top8 = shl i64 %top16, %shift8
  %few4 = icmp ult i64 %top8, 268435456
  %shift4 = select i1 %few4, i64 4, i64 0
  %top4 = shl i64 %top8, %shift4
  %few2 = icmp ult i64 %top4, 1073741824
  %shift2 = select i1 %few2, i64 2, i64 0
  %top2 = shl i64 %top4, %shift2
  %few1 = icmp ult i64 %top2, 2147483648
  %shift1 = zext i1 %few1 to i64
  %a = add i64 %shift32, %shift16
  %b = add i64 %shift8, %shift4
  %c = add i64 %shift2, %shift1
  %d = add i64 %a, %b
  %zeros = add i64 %d, %c
  ret i64 %zeros
}

; Quotient and remainder (2 words each) of two unsigned numbers to %out; the divisor is not 0. Returns 0.
; 15 CU where both fit a word, 115 for a divisor of one word, 220 for one of two.
define internal i64 @rt_divide128(i64 %out, i64 %a_low, i64 %a_high, i64 %b_low, i64 %b_high) #0 {
entry:
  %to = inttoptr i64 %out to ptr
  %to_high = getelementptr i8, ptr %to, i64 8
  %to_rest = getelementptr i8, ptr %to, i64 16
  %to_rest_high = getelementptr i8, ptr %to, i64 24
  %is_long = icmp ne i64 %b_high, 0
  br i1 %is_long, label %long, label %short
short:
  %fits = icmp eq i64 %a_high, 0
  br i1 %fits, label %word, label %words
word:
  %word_quotient = udiv i64 %a_low, %b_low
  br label %store_short
words:
  %top = udiv i64 %a_high, %b_low
  %top_taken = mul i64 %top, %b_low
  %top_rest = sub i64 %a_high, %top_taken
  %bottom = call i64 @rt_divide_words(i64 %top_rest, i64 %a_low, i64 %b_low)
  br label %store_short
store_short:
  %quotient = phi i64 [ %word_quotient, %word ], [ %bottom, %words ]
  %quotient_high = phi i64 [ 0, %word ], [ %top, %words ]
  %taken = mul i64 %quotient, %b_low
  %rest = sub i64 %a_low, %taken
  store i64 %quotient, ptr %to, align 8
  store i64 %quotient_high, ptr %to_high, align 8
  store i64 %rest, ptr %to_rest, align 8
  store i64 0, ptr %to_rest_high, align 8
  ret i64 0
long:
  %places = call i64 @rt_leading_zeros(i64 %b_high)
  %back = sub i64 63, %places
  %b_moved = shl i64 %b_high, %places
  %b_half = lshr i64 %b_low, 1
  %b_over = lshr i64 %b_half, %back
  %leading = or i64 %b_moved, %b_over
  %a_half = lshr i64 %a_high, 1
  %a_moved = lshr i64 %a_low, 1
  %a_over = shl i64 %a_high, 63
  %a_next = or i64 %a_moved, %a_over
  %estimate = call i64 @rt_divide_words(i64 %a_half, i64 %a_next, i64 %leading)
  %guess = lshr i64 %estimate, %back
  %is_some = icmp ne i64 %guess, 0
  %less = sext i1 %is_some to i64
  %low_guess = add i64 %guess, %less
  %product = mul i64 %low_guess, %b_low
  %product_carry = call i64 @rt_mulhi(i64 %low_guess, i64 %b_low)
  %product_top = mul i64 %low_guess, %b_high
  %product_high = add i64 %product_top, %product_carry
  %left = sub i64 %a_low, %product
  %borrowed = icmp ult i64 %a_low, %product
  %borrow = zext i1 %borrowed to i64
  %left_top = sub i64 %a_high, %product_high
  %left_high = sub i64 %left_top, %borrow
  %above = icmp ugt i64 %left_high, %b_high
  %level = icmp eq i64 %left_high, %b_high
  %not_below = icmp uge i64 %left, %b_low
  %level_above = and i1 %level, %not_below
  %once_more = or i1 %above, %level_above
  %one = zext i1 %once_more to i64
  %final = add i64 %low_guess, %one
  %final_low = select i1 %once_more, i64 %b_low, i64 0
  %final_high = select i1 %once_more, i64 %b_high, i64 0
  %remainder = sub i64 %left, %final_low
  %last_borrowed = icmp ult i64 %left, %final_low
  %last_borrow = zext i1 %last_borrowed to i64
  %remainder_top = sub i64 %left_high, %final_high
  %remainder_high = sub i64 %remainder_top, %last_borrow
  store i64 %final, ptr %to, align 8
  store i64 0, ptr %to_high, align 8
  store i64 %remainder, ptr %to_rest, align 8
  store i64 %remainder_high, ptr %to_rest_high, align 8
  ret i64 0
}

; Writes 19 decimal digits of %value, which is below 10**19, to %at; returns the address after them. 10 CU a digit.
define internal i64 @rt_put_19_digits(i64 %at, i64 %value) #0 {
entry:
  %after = add i64 %at, 19
  br label %next
next:
  %behind = phi i64 [ %after, %entry ], [ %here, %again ]
  %rest = phi i64 [ %value, %entry ], [ %tens, %again ]
  %here = add i64 %behind, -1
  %tens = udiv i64 %rest, 10
  %taken = mul i64 %tens, 10
  %digit = sub i64 %rest, %taken
  %character = add i64 %digit, 48
  %byte = trunc i64 %character to i8
  %target = inttoptr i64 %here to ptr
  store i8 %byte, ptr %target, align 1
  %first = icmp eq i64 %here, %at
  br i1 %first, label %done, label %again
again:
  br label %next
done:
  ret i64 %after
}

; Writes a number of two words in decimal to %at (at most 39 bytes); returns the address after it.
define internal i64 @rt_put_unsigned128(i64 %at, i64 %low, i64 %high) #0 {
entry:
  %parts = alloca [4 x i64], align 8
  %out = ptrtoint ptr %parts to i64
  %to_high = getelementptr i8, ptr %parts, i64 8
  %to_rest = getelementptr i8, ptr %parts, i64 16
  %is_word = icmp eq i64 %high, 0
  br i1 %is_word, label %word, label %words
word:
  %after_word = call i64 @rt_put_unsigned(i64 %at, i64 %low)
  ret i64 %after_word
words:
  %ignored = call i64 @rt_divide128(i64 %out, i64 %low, i64 %high, i64 -8446744073709551616, i64 0)
  %upper = load i64, ptr %parts, align 8
  %upper_high = load i64, ptr %to_high, align 8
  %last = load i64, ptr %to_rest, align 8
  %again = call i64 @rt_divide128(i64 %out, i64 %upper, i64 %upper_high, i64 -8446744073709551616, i64 0)
  %head = load i64, ptr %parts, align 8
  %middle = load i64, ptr %to_rest, align 8
  %has_head = icmp ne i64 %head, 0
  br i1 %has_head, label %three, label %two
three:
  %after_head = call i64 @rt_put_unsigned(i64 %at, i64 %head)
  %after_three = call i64 @rt_put_19_digits(i64 %after_head, i64 %middle)
  br label %end
two:
  %after_two = call i64 @rt_put_unsigned(i64 %at, i64 %middle)
  br label %end
end:
  %before_last = phi i64 [ %after_three, %three ], [ %after_two, %two ]
  %after = call i64 @rt_put_19_digits(i64 %before_last, i64 %last)
  ret i64 %after
}

; As rt_put_unsigned128, for a signed number.
define internal i64 @rt_put_signed128(i64 %at, i64 %low, i64 %high) #0 {
  %negative = icmp slt i64 %high, 0
  br i1 %negative, label %minus, label %plus
minus:
  %target = inttoptr i64 %at to ptr
  store i8 45, ptr %target, align 1
  %behind = add i64 %at, 1
  %size = sub i64 0, %low
  %some = icmp ne i64 %low, 0
  %borrow = sext i1 %some to i64
  %top = sub i64 0, %high
  %size_high = add i64 %top, %borrow
  %end_minus = call i64 @rt_put_unsigned128(i64 %behind, i64 %size, i64 %size_high)
  ret i64 %end_minus
plus:
  %end_plus = call i64 @rt_put_unsigned128(i64 %at, i64 %low, i64 %high)
  ret i64 %end_plus
}

; A number other than 0 of two words, moved up until its top bit is set, to %out; returns by how many places.
define internal i64 @rt_align128(i64 %out, i64 %low, i64 %high) #0 {
  %is_word = icmp eq i64 %high, 0
  %top = select i1 %is_word, i64 %low, i64 %high
  %tail = select i1 %is_word, i64 0, i64 %low
  %places = call i64 @rt_leading_zeros(i64 %top)
  %back = sub i64 63, %places
  %moved = shl i64 %top, %places
  %half = lshr i64 %tail, 1
  %over = lshr i64 %half, %back
  %aligned = or i64 %moved, %over
  %rest = shl i64 %tail, %places
  %to = inttoptr i64 %out to ptr
  %to_high = getelementptr i8, ptr %to, i64 8
  store i64 %rest, ptr %to, align 8
  store i64 %aligned, ptr %to_high, align 8
  %word_places = add i64 %places, 64
  %all = select i1 %is_word, i64 %word_places, i64 %places
  ret i64 %all
}
