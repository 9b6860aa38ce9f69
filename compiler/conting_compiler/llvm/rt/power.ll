; Powers and roots of f64. A power is computed with significands of 128 bits and rounded once (seahorse/powers.py has the same steps).

; The product of two significands of two words, their top bits (127) set: its upper 128 bits, moved so that their top bit is set, to %out, the
; last bit set if any below is; returns 1 if the product reached 2, else 0. 150 CU, 45 where both low words are 0.
define internal i64 @rt_significand_product(i64 %out, i64 %a_low, i64 %a_high, i64 %b_low, i64 %b_high) #0 {
entry:
  %high_top = call i64 @rt_mulhi(i64 %a_high, i64 %b_high)
  %high = mul i64 %a_high, %b_high
  %lows = or i64 %a_low, %b_low
  %is_short = icmp eq i64 %lows, 0
  br i1 %is_short, label %align, label %long
long:
  %low_top = call i64 @rt_mulhi(i64 %a_low, i64 %b_low)
  %low = mul i64 %a_low, %b_low
  %one_top = call i64 @rt_mulhi(i64 %a_high, i64 %b_low)
  %one = mul i64 %a_high, %b_low
  %other_top = call i64 @rt_mulhi(i64 %a_low, i64 %b_high)
  %other = mul i64 %a_low, %b_high
  %middle = add i64 %one, %other
  %middle_over = icmp ult i64 %middle, %one
  %second = add i64 %middle, %low_top
  %second_over = icmp ult i64 %second, %middle
  %carry = zext i1 %middle_over to i64
  %second_carry = zext i1 %second_over to i64
  %tops = add i64 %one_top, %carry
  %tops_all = add i64 %tops, %second_carry
  %third = add i64 %high, %tops_all
  %third_over = icmp ult i64 %third, %high
  %third_carry = zext i1 %third_over to i64
  %third_all = add i64 %third, %other_top
  %fourth_over = icmp ult i64 %third_all, %third
  %fourth_carry = zext i1 %fourth_over to i64
  %carried = add i64 %third_carry, %fourth_carry
  %top = add i64 %high_top, %carried
  %some_low = icmp ne i64 %low, 0
  %low_sticky = zext i1 %some_low to i64
  %tail = or i64 %second, %low_sticky
  br label %align
align:
  %upper = phi i64 [ %high_top, %entry ], [ %top, %long ]
  %lower = phi i64 [ %high, %entry ], [ %third_all, %long ]
  %below = phi i64 [ 0, %entry ], [ %tail, %long ]
  %full = icmp slt i64 %upper, 0
  %upper_moved = shl i64 %upper, 1
  %lower_bit = lshr i64 %lower, 63
  %upper_half = or i64 %upper_moved, %lower_bit
  %lower_moved = shl i64 %lower, 1
  %below_bit = lshr i64 %below, 63
  %lower_half = or i64 %lower_moved, %below_bit
  %below_half = shl i64 %below, 1
  %result_high = select i1 %full, i64 %upper, i64 %upper_half
  %result_low = select i1 %full, i64 %lower, i64 %lower_half
  %rest = select i1 %full, i64 %below, i64 %below_half
  %inexact = icmp ne i64 %rest, 0
  %sticky = zext i1 %inexact to i64
  %jammed = or i64 %result_low, %sticky
  %to = inttoptr i64 %out to ptr
  %to_high = getelementptr i8, ptr %to, i64 8
  store i64 %jammed, ptr %to, align 8
  store i64 %result_high, ptr %to_high, align 8
  %reached = zext i1 %full to i64
  ret i64 %reached
}

; a to the power of the signed %exponent. The caller refuses 0 to a negative power, and an infinity that comes out of a finite number. 290 CU for
; a cube, 900 for the tenth power, 2,900 more if the exponent is negative.
define internal i64 @rt_f64_power(i64 %a, i64 %exponent) #0 {
entry:
  %parts = alloca [2 x i64], align 8
  %out = ptrtoint ptr %parts to i64
  %to_high = getelementptr i8, ptr %parts, i64 8
  %is_zero = icmp eq i64 %exponent, 0
  br i1 %is_zero, label %one, label %special
one:
  ret i64 4607182418800017408
special:
  %size = and i64 %a, 9223372036854775807
  %odd_bit = shl i64 %exponent, 63
  %sign = and i64 %a, %odd_bit
  %inverse = icmp slt i64 %exponent, 0
  %minus = sub i64 0, %exponent
  %count = select i1 %inverse, i64 %minus, i64 %exponent
  %less = add i64 %size, -1
  %usual = icmp ult i64 %less, 9218868437227405311
  br i1 %usual, label %start, label %extreme
extreme:
  %is_nan = icmp ugt i64 %size, 9218868437227405312
  %infinite = icmp ne i64 %size, 0
  %vanishes = and i1 %infinite, %inverse
  %limit = select i1 %vanishes, i64 0, i64 %size
  %signed_limit = or i64 %limit, %sign
  %extreme_result = select i1 %is_nan, i64 9221120237041090560, i64 %signed_limit
  ret i64 %extreme_result
start:
  %significand = call i64 @rt_f64_significand(i64 %a)
  %biased = call i64 @rt_f64_exponent(i64 %a)
  %scale = add i64 %biased, -1023
  br label %next
next:
  %left = phi i64 [ %count, %start ], [ %half, %square ]
  %factor_low = phi i64 [ 0, %start ], [ %square_low, %square ]
  %factor_high = phi i64 [ %significand, %start ], [ %square_high, %square ]
  %factor_scale = phi i64 [ %scale, %start ], [ %square_scale, %square ]
  %result_low = phi i64 [ 0, %start ], [ %kept_low, %square ]
  %result_high = phi i64 [ -9223372036854775808, %start ], [ %kept_high, %square ]
  %result_scale = phi i64 [ 0, %start ], [ %kept_scale, %square ]
  %low_bit = and i64 %left, 1
  %is_odd = icmp ne i64 %low_bit, 0
  br i1 %is_odd, label %multiply, label %halve
multiply:
  %reached = call i64 @rt_significand_product(i64 %out, i64 %result_low, i64 %result_high, i64 %factor_low, i64 %factor_high)
  %product_low = load i64, ptr %parts, align 8
  %product_high = load i64, ptr %to_high, align 8
  %scales = add i64 %result_scale, %factor_scale
  %product_scale = add i64 %scales, %reached
  br label %halve
halve:
  %kept_low = phi i64 [ %result_low, %next ], [ %product_low, %multiply ]
  %kept_high = phi i64 [ %result_high, %next ], [ %product_high, %multiply ]
  %kept_scale = phi i64 [ %result_scale, %next ], [ %product_scale, %multiply ]
  %half = lshr i64 %left, 1
  %finished = icmp eq i64 %half, 0
  br i1 %finished, label %done, label %check
check:
  %shifted_scale = add i64 %factor_scale, 1048576
  %far = icmp ugt i64 %shifted_scale, 2097152
  br i1 %far, label %beyond, label %square
square:
  %grown = call i64 @rt_significand_product(i64 %out, i64 %factor_low, i64 %factor_high, i64 %factor_low, i64 %factor_high)
  %square_low = load i64, ptr %parts, align 8
  %square_high = load i64, ptr %to_high, align 8
  %doubled = shl i64 %factor_scale, 1
  %square_scale = add i64 %doubled, %grown
  br label %next
beyond:
  %shrinks = icmp slt i64 %factor_scale, 0
  %large = icmp eq i1 %shrinks, %inverse
  %beyond_size = select i1 %large, i64 9218868437227405312, i64 0
  %beyond_result = or i64 %beyond_size, %sign
  ret i64 %beyond_result
done:
  br i1 %inverse, label %invert, label %plain
plain:
  %inexact = icmp ne i64 %kept_low, 0
  %sticky = zext i1 %inexact to i64
  %rounding = or i64 %kept_high, %sticky
  %plain_biased = add i64 %kept_scale, 1023
  %packed = call i64 @rt_f64_pack(i64 %sign, i64 %plain_biased, i64 %rounding)
  ret i64 %packed
invert:
  %first = sub i64 1087, %kept_scale
  %ratio = call i64 @rt_f64_quotient(i64 0, i64 -9223372036854775808, i64 %kept_low, i64 %kept_high, i64 %first)
  %signed_ratio = or i64 %ratio, %sign
  ret i64 %signed_ratio
}

; a ** 0.5 for a that is not below 0: the root, digit by digit. 1,100 CU.
define internal i64 @rt_f64_root(i64 %a) #0 {
entry:
  %size = and i64 %a, 9223372036854775807
  %less = add i64 %size, -1
  %usual = icmp ult i64 %less, 9218868437227405311
  br i1 %usual, label %start, label %extreme
extreme:
  %is_nan = icmp ugt i64 %size, 9218868437227405312
  %extreme_result = select i1 %is_nan, i64 9221120237041090560, i64 %size
  ret i64 %extreme_result
start:
  %significand = call i64 @rt_f64_significand(i64 %a)
  %biased = call i64 @rt_f64_exponent(i64 %a)
  %scale = add i64 %biased, -1023
  %odd = and i64 %scale, 1
  %even_places = xor i64 %odd, 1
  %operand = lshr i64 %significand, %even_places
  %even_scale = sub i64 %scale, %odd
  %root_scale = ashr i64 %even_scale, 1
  %exponent = add i64 %root_scale, 1023
  br label %next
next:
  %count = phi i64 [ 55, %start ], [ %fewer, %next ]
  %digits = phi i64 [ %operand, %start ], [ %more_digits, %next ]
  %rest = phi i64 [ 0, %start ], [ %left, %next ]
  %root = phi i64 [ 0, %start ], [ %longer, %next ]
  %pair = lshr i64 %digits, 62
  %more_digits = shl i64 %digits, 2
  %rest_moved = shl i64 %rest, 2
  %with_pair = or i64 %rest_moved, %pair
  %root_moved = shl i64 %root, 2
  %trial = or i64 %root_moved, 1
  %too_small = icmp ult i64 %with_pair, %trial
  %taken = select i1 %too_small, i64 0, i64 %trial
  %left = sub i64 %with_pair, %taken
  %digit = select i1 %too_small, i64 0, i64 1
  %root_doubled = shl i64 %root, 1
  %longer = or i64 %root_doubled, %digit
  %fewer = add i64 %count, -1
  %finished = icmp eq i64 %fewer, 0
  br i1 %finished, label %done, label %next
done:
  %aligned = shl i64 %longer, 9
  %inexact = icmp ne i64 %left, 0
  %sticky = zext i1 %inexact to i64
  %rounding = or i64 %aligned, %sticky
  %packed = call i64 @rt_f64_pack(i64 0, i64 %exponent, i64 %rounding)
  ret i64 %packed
}
