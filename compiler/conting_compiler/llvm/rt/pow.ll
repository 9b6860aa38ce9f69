; Powers of f64 to an exponent that may have a fraction: 2 ** (b * log2(a)), in steps that seahorse/real_powers.py has too, to the last bit. A
; fraction is two words that stand for themselves / 2**128; a significand, its top bit set, for itself / 2**127.

; The product of two fractions to %out, but for that of their low words; returns 0. 105 CU.
define internal i64 @rt_fraction_product(i64 %out, i64 %a_low, i64 %a_high, i64 %b_low, i64 %b_high) #0 noinline {
  %one_top = call i64 @rt_mulhi(i64 %a_high, i64 %b_low)
  %one = mul i64 %a_high, %b_low
  %other_top = call i64 @rt_mulhi(i64 %a_low, i64 %b_high)
  %other = mul i64 %a_low, %b_high
  %high_top = call i64 @rt_mulhi(i64 %a_high, i64 %b_high)
  %high = mul i64 %a_high, %b_high
  %below = add i64 %one, %other
  %below_over = icmp ult i64 %below, %one
  %below_carry = zext i1 %below_over to i64
  %carried = add i64 %one_top, %below_carry
  %first = add i64 %high, %carried
  %first_over = icmp ult i64 %first, %high
  %first_carry = zext i1 %first_over to i64
  %second = add i64 %first, %other_top
  %second_over = icmp ult i64 %second, %first
  %second_carry = zext i1 %second_over to i64
  %carries = add i64 %first_carry, %second_carry
  %top = add i64 %high_top, %carries
  %to = inttoptr i64 %out to ptr
  %to_high = getelementptr i8, ptr %to, i64 8
  store i64 %second, ptr %to, align 8
  store i64 %top, ptr %to_high, align 8
  ret i64 0
}

; The quotient of two words by a divisor below 2**32 to %out; returns 0. 22 CU.
define internal i64 @rt_fraction_part(i64 %out, i64 %low, i64 %high, i64 %divisor) #0 {
  %top = udiv i64 %high, %divisor
  %top_taken = mul i64 %top, %divisor
  %top_rest = sub i64 %high, %top_taken
  %top_moved = shl i64 %top_rest, 32
  %upper = lshr i64 %low, 32
  %middle = or i64 %top_moved, %upper
  %digit = udiv i64 %middle, %divisor
  %taken = mul i64 %digit, %divisor
  %rest = sub i64 %middle, %taken
  %rest_moved = shl i64 %rest, 32
  %lower = and i64 %low, 4294967295
  %last = or i64 %rest_moved, %lower
  %unit = udiv i64 %last, %divisor
  %digit_moved = shl i64 %digit, 32
  %bottom = or i64 %digit_moved, %unit
  %to = inttoptr i64 %out to ptr
  %to_high = getelementptr i8, ptr %to, i64 8
  store i64 %bottom, ptr %to, align 8
  store i64 %top, ptr %to_high, align 8
  ret i64 0
}

; Two words moved down by %places to %out; returns 0. 15 CU.
define internal i64 @rt_shift_down128(i64 %out, i64 %low, i64 %high, i64 %places) #0 {
entry:
  %to = inttoptr i64 %out to ptr
  %to_high = getelementptr i8, ptr %to, i64 8
  %few = icmp ult i64 %places, 64
  br i1 %few, label %within, label %across
within:
  %back = sub i64 63, %places
  %moved = lshr i64 %low, %places
  %doubled = shl i64 %high, 1
  %over = shl i64 %doubled, %back
  %bottom = or i64 %moved, %over
  %top = lshr i64 %high, %places
  store i64 %bottom, ptr %to, align 8
  store i64 %top, ptr %to_high, align 8
  ret i64 0
across:
  %none = icmp ugt i64 %places, 127
  %more = and i64 %places, 63
  %far = lshr i64 %high, %more
  %kept = select i1 %none, i64 0, i64 %far
  store i64 %kept, ptr %to, align 8
  store i64 0, ptr %to_high, align 8
  ret i64 0
}

; log2((1 + z) / (1 - z)) of z = %numerator / %denominator, which is above 0 and below 0.172, to the three words at %out: the significand and its
; power of 2. Returns 0. By the series of the inverse hyperbolic tangent, 3,600 CU; 900 where z is below 2**-30.
define internal i64 @rt_f64_near_log2(i64 %out, i64 %numerator, i64 %denominator) #0 {
entry:
  %parts = alloca [2 x i64], align 8
  %at = ptrtoint ptr %parts to i64
  %part_high = getelementptr i8, ptr %parts, i64 8
  %to = inttoptr i64 %out to ptr
  %to_high = getelementptr i8, ptr %to, i64 8
  %to_scale = getelementptr i8, ptr %to, i64 16
  %above_places = call i64 @rt_leading_zeros(i64 %numerator)
  %below_places = call i64 @rt_leading_zeros(i64 %denominator)
  %above_moved = shl i64 %numerator, %above_places
  %above = lshr i64 %above_moved, 1
  %below = shl i64 %denominator, %below_places
  %first = call i64 @rt_divide_words(i64 %above, i64 0, i64 %below)
  %taken = mul i64 %first, %below
  %rest = sub i64 0, %taken
  %last = call i64 @rt_divide_words(i64 %rest, i64 0, i64 %below)
  %places = call i64 @rt_align128(i64 %at, i64 %last, i64 %first)
  %low = load i64, ptr %parts, align 8
  %high = load i64, ptr %part_high, align 8
  %length = sub i64 %below_places, %above_places
  %scale = sub i64 %length, %places
  %squared = call i64 @rt_fraction_product(i64 %at, i64 %low, i64 %high, i64 %low, i64 %high)
  %whole_low = load i64, ptr %parts, align 8
  %whole_high = load i64, ptr %part_high, align 8
  %twice = shl i64 %scale, 1
  %down = sub i64 -2, %twice
  %placed = call i64 @rt_shift_down128(i64 %at, i64 %whole_low, i64 %whole_high, i64 %down)
  %square_low = load i64, ptr %parts, align 8
  %square_high = load i64, ptr %part_high, align 8
  br label %next
next:
  %power_low = phi i64 [ %square_low, %entry ], [ %next_low, %term ]
  %power_high = phi i64 [ %square_high, %entry ], [ %next_high, %term ]
  %sum_low = phi i64 [ 0, %entry ], [ %more_low, %term ]
  %sum_high = phi i64 [ 0, %entry ], [ %more_high, %term ]
  %divisor = phi i64 [ 3, %entry ], [ %next_divisor, %term ]
  %some = or i64 %power_low, %power_high
  %finished = icmp eq i64 %some, 0
  br i1 %finished, label %done, label %term
term:
  %divided = call i64 @rt_fraction_part(i64 %at, i64 %power_low, i64 %power_high, i64 %divisor)
  %term_low = load i64, ptr %parts, align 8
  %term_high = load i64, ptr %part_high, align 8
  %more_low = add i64 %sum_low, %term_low
  %over = icmp ult i64 %more_low, %sum_low
  %carry = zext i1 %over to i64
  %sum_top = add i64 %sum_high, %term_high
  %more_high = add i64 %sum_top, %carry
  %raised = call i64 @rt_fraction_product(i64 %at, i64 %power_low, i64 %power_high, i64 %square_low, i64 %square_high)
  %next_low = load i64, ptr %parts, align 8
  %next_high = load i64, ptr %part_high, align 8
  %next_divisor = add i64 %divisor, 2
  br label %next
done:
  %half_low = lshr i64 %sum_low, 1
  %half_over = shl i64 %sum_high, 63
  %factor_low = or i64 %half_low, %half_over
  %half_high = lshr i64 %sum_high, 1
  %factor_high = or i64 %half_high, -9223372036854775808
  %grown = call i64 @rt_significand_product(i64 %at, i64 %low, i64 %high, i64 %factor_low, i64 %factor_high)
  %natural_low = load i64, ptr %parts, align 8
  %natural_high = load i64, ptr %part_high, align 8
  %grown_again = call i64 @rt_significand_product(i64 %out, i64 %natural_low, i64 %natural_high, i64 -4717521913577128311, i64 -5140230975865229125)
  %grown_scale = add i64 %scale, %grown
  %again_scale = add i64 %grown_scale, %grown_again
  %final_scale = add i64 %again_scale, 1
  store i64 %final_scale, ptr %to_scale, align 8
  ret i64 0
}

; A significand times 2**%scale (below 63), as a whole number, which is returned, and a fraction, to %out. 25 CU.
define internal i64 @rt_split_significand(i64 %out, i64 %low, i64 %high, i64 %scale) #0 noinline {
entry:
  %is_small = icmp slt i64 %scale, 0
  br i1 %is_small, label %small, label %large
small:
  %down = sub i64 -1, %scale
  %moved = call i64 @rt_shift_down128(i64 %out, i64 %low, i64 %high, i64 %down)
  ret i64 0
large:
  %up = add i64 %scale, 1
  %back = sub i64 63, %scale
  %whole = lshr i64 %high, %back
  %high_moved = shl i64 %high, %up
  %high_over = lshr i64 %low, %back
  %large_high = or i64 %high_moved, %high_over
  %large_low = shl i64 %low, %up
  %to = inttoptr i64 %out to ptr
  %to_high = getelementptr i8, ptr %to, i64 8
  store i64 %large_low, ptr %to, align 8
  store i64 %large_high, ptr %to_high, align 8
  ret i64 %whole
}

; The f64 nearest to 2 ** (%whole + fraction), rounded to 2**-112 first. By the series of the exponential function, 2,200 CU.
define internal i64 @rt_f64_power_of_two(i64 %whole, i64 %low, i64 %high) #0 noinline {
entry:
  %parts = alloca [2 x i64], align 8
  %at = ptrtoint ptr %parts to i64
  %part_high = getelementptr i8, ptr %parts, i64 8
  %scaled = call i64 @rt_fraction_product(i64 %at, i64 %low, i64 %high, i64 -3899075386890062161, i64 -5660435428506895957)
  %natural_low = load i64, ptr %parts, align 8
  %natural_high = load i64, ptr %part_high, align 8
  %low_moved = lshr i64 %natural_low, 6
  %low_over = shl i64 %natural_high, 58
  %small_low = or i64 %low_moved, %low_over
  %small_high = lshr i64 %natural_high, 6
  br label %next
next:
  %term_low = phi i64 [ %small_low, %entry ], [ %next_low, %term ]
  %term_high = phi i64 [ %small_high, %entry ], [ %next_high, %term ]
  %sum_low = phi i64 [ 0, %entry ], [ %more_low, %term ]
  %sum_high = phi i64 [ 0, %entry ], [ %more_high, %term ]
  %divisor = phi i64 [ 2, %entry ], [ %next_divisor, %term ]
  %some = or i64 %term_low, %term_high
  %finished = icmp eq i64 %some, 0
  br i1 %finished, label %square, label %term
term:
  %more_low = add i64 %sum_low, %term_low
  %over = icmp ult i64 %more_low, %sum_low
  %carry = zext i1 %over to i64
  %sum_top = add i64 %sum_high, %term_high
  %more_high = add i64 %sum_top, %carry
  %raised = call i64 @rt_fraction_product(i64 %at, i64 %term_low, i64 %term_high, i64 %small_low, i64 %small_high)
  %raised_low = load i64, ptr %parts, align 8
  %raised_high = load i64, ptr %part_high, align 8
  %divided = call i64 @rt_fraction_part(i64 %at, i64 %raised_low, i64 %raised_high, i64 %divisor)
  %next_low = load i64, ptr %parts, align 8
  %next_high = load i64, ptr %part_high, align 8
  %next_divisor = add i64 %divisor, 1
  br label %next
square:
  %above_low = phi i64 [ %sum_low, %next ], [ %squared_low, %square ]
  %above_high = phi i64 [ %sum_high, %next ], [ %squared_high, %square ]
  %count = phi i64 [ 6, %next ], [ %fewer, %square ]
  %multiplied = call i64 @rt_fraction_product(i64 %at, i64 %above_low, i64 %above_high, i64 %above_low, i64 %above_high)
  %product_low = load i64, ptr %parts, align 8
  %product_high = load i64, ptr %part_high, align 8
  %twice_low = shl i64 %above_low, 1
  %twice_over = lshr i64 %above_low, 63
  %high_moved = shl i64 %above_high, 1
  %twice_high = or i64 %high_moved, %twice_over
  %squared_low = add i64 %twice_low, %product_low
  %squared_over = icmp ult i64 %squared_low, %twice_low
  %squared_carry = zext i1 %squared_over to i64
  %squared_top = add i64 %twice_high, %product_high
  %squared_high = add i64 %squared_top, %squared_carry
  %fewer = add i64 %count, -1
  %enough = icmp eq i64 %fewer, 0
  br i1 %enough, label %round, label %square
round:
  %half_low = lshr i64 %squared_low, 1
  %half_over = shl i64 %squared_high, 63
  %bottom = or i64 %half_low, %half_over
  %half_high = lshr i64 %squared_high, 1
  %top = or i64 %half_high, -9223372036854775808
  %bottom_up = add i64 %bottom, 16384
  %bottom_over = icmp ult i64 %bottom_up, %bottom
  %bottom_carry = zext i1 %bottom_over to i64
  %top_up = add i64 %top, %bottom_carry
  %is_two = icmp eq i64 %top_up, 0
  %two = zext i1 %is_two to i64
  %significand = select i1 %is_two, i64 -9223372036854775808, i64 %top_up
  %kept = lshr i64 %bottom_up, 15
  %inexact = icmp ne i64 %kept, 0
  %sticky = zext i1 %inexact to i64
  %rounding = or i64 %significand, %sticky
  %biased = add i64 %whole, 1023
  %exponent = add i64 %biased, %two
  %packed = call i64 @rt_f64_pack(i64 0, i64 %exponent, i64 %rounding)
  ret i64 %packed
}

; a ** b for a finite a above 0, other than 1, and a finite b other than 0; an infinity beyond the greatest f64. 6,300 CU, 2,500 for a power of 2.
; The logarithm is that of a power of 2, which is whole, and that of a number near 1, whose root is between those of 1/2 and 2.
define internal i64 @rt_f64_real_power(i64 %a, i64 %b) #0 {
entry:
  %parts = alloca [3 x i64], align 8
  %at = ptrtoint ptr %parts to i64
  %part_high = getelementptr i8, ptr %parts, i64 8
  %part_scale = getelementptr i8, ptr %parts, i64 16
  %aligned = call i64 @rt_f64_significand(i64 %a)
  %significand = lshr i64 %aligned, 11
  %biased = call i64 @rt_f64_exponent(i64 %a)
  %factor = call i64 @rt_f64_significand(i64 %b)
  %factor_biased = call i64 @rt_f64_exponent(i64 %b)
  %scale = add i64 %factor_biased, -1023
  %is_below = icmp ugt i64 %significand, 6369051672525772
  %one = select i1 %is_below, i64 9007199254740992, i64 4503599627370496
  %bias = select i1 %is_below, i64 1022, i64 1023
  %whole = sub i64 %biased, %bias
  %no_whole = icmp eq i64 %whole, 0
  %whole_negative = icmp slt i64 %whole, 0
  %log_negative = select i1 %no_whole, i1 %is_below, i1 %whole_negative
  %inverse = icmp slt i64 %b, 0
  %is_negative = xor i1 %log_negative, %inverse
  %above = sub i64 %significand, %one
  %under = sub i64 %one, %significand
  %rest = select i1 %is_below, i64 %under, i64 %above
  %is_power = icmp eq i64 %rest, 0
  br i1 %is_power, label %exact, label %near
near:
  %total = add i64 %significand, %one
  %computed = call i64 @rt_f64_near_log2(i64 %at, i64 %rest, i64 %total)
  %log_low = load i64, ptr %parts, align 8
  %log_high = load i64, ptr %part_high, align 8
  %log_scale = load i64, ptr %part_scale, align 8
  %grown = call i64 @rt_significand_product(i64 %at, i64 %log_low, i64 %log_high, i64 0, i64 %factor)
  %product_low = load i64, ptr %parts, align 8
  %product_high = load i64, ptr %part_high, align 8
  %scales = add i64 %log_scale, %scale
  %product_scale = add i64 %scales, %grown
  br label %exact
exact:
  %near_low = phi i64 [ 0, %entry ], [ %product_low, %near ]
  %near_high = phi i64 [ 0, %entry ], [ %product_high, %near ]
  %near_scale = phi i64 [ -1, %entry ], [ %product_scale, %near ]
  %deciding = select i1 %no_whole, i64 %near_scale, i64 %scale
  %is_far = icmp sgt i64 %deciding, 11
  br i1 %is_far, label %far, label %inside
far:
  %beyond = select i1 %is_negative, i64 0, i64 9218868437227405312
  ret i64 %beyond
inside:
  %rest_whole = call i64 @rt_split_significand(i64 %at, i64 %near_low, i64 %near_high, i64 %near_scale)
  %rest_low = load i64, ptr %parts, align 8
  %rest_high = load i64, ptr %part_high, align 8
  br i1 %no_whole, label %sign, label %add
add:
  %negated = sub i64 0, %whole
  %whole_size = select i1 %whole_negative, i64 %negated, i64 %whole
  %bits = lshr i64 %factor, 11
  %multiple = mul i64 %bits, %whole_size
  %places = call i64 @rt_leading_zeros(i64 %multiple)
  %multiple_high = shl i64 %multiple, %places
  %above_scale = add i64 %scale, 11
  %multiple_scale = sub i64 %above_scale, %places
  %main_whole = call i64 @rt_split_significand(i64 %at, i64 0, i64 %multiple_high, i64 %multiple_scale)
  %main_low = load i64, ptr %parts, align 8
  %main_high = load i64, ptr %part_high, align 8
  %agree = icmp eq i1 %whole_negative, %is_below
  br i1 %agree, label %plus, label %minus
plus:
  %sum_low = add i64 %main_low, %rest_low
  %over_low = icmp ult i64 %sum_low, %main_low
  %carry_low = zext i1 %over_low to i64
  %sum_middle = add i64 %main_high, %rest_high
  %over_middle = icmp ult i64 %sum_middle, %main_high
  %carry_middle = zext i1 %over_middle to i64
  %sum_high = add i64 %sum_middle, %carry_low
  %over_high = icmp ult i64 %sum_high, %sum_middle
  %carry_high = zext i1 %over_high to i64
  %sum_top = add i64 %main_whole, %rest_whole
  %sum_carried = add i64 %sum_top, %carry_middle
  %sum_whole = add i64 %sum_carried, %carry_high
  br label %sign
minus:
  %left_low = sub i64 %main_low, %rest_low
  %under_low = icmp ult i64 %main_low, %rest_low
  %borrow_low = zext i1 %under_low to i64
  %left_middle = sub i64 %main_high, %rest_high
  %under_middle = icmp ult i64 %main_high, %rest_high
  %borrow_middle = zext i1 %under_middle to i64
  %left_high = sub i64 %left_middle, %borrow_low
  %under_high = icmp ult i64 %left_middle, %borrow_low
  %borrow_high = zext i1 %under_high to i64
  %left_top = sub i64 %main_whole, %rest_whole
  %left_borrowed = sub i64 %left_top, %borrow_middle
  %left_whole = sub i64 %left_borrowed, %borrow_high
  br label %sign
sign:
  %size = phi i64 [ %rest_whole, %inside ], [ %sum_whole, %plus ], [ %left_whole, %minus ]
  %high = phi i64 [ %rest_high, %inside ], [ %sum_high, %plus ], [ %left_high, %minus ]
  %low = phi i64 [ %rest_low, %inside ], [ %sum_low, %plus ], [ %left_low, %minus ]
  br i1 %is_negative, label %opposite, label %positive
positive:
  %power = call i64 @rt_f64_power_of_two(i64 %size, i64 %low, i64 %high)
  ret i64 %power
opposite:
  %opposite_low = sub i64 0, %low
  %borrowed = icmp ne i64 %low, 0
  %borrow = zext i1 %borrowed to i64
  %opposite_top = sub i64 0, %high
  %opposite_high = sub i64 %opposite_top, %borrow
  %fraction = or i64 %low, %high
  %has_fraction = icmp ne i64 %fraction, 0
  %lower = sext i1 %has_fraction to i64
  %opposite_whole = sub i64 %lower, %size
  %inverted = call i64 @rt_f64_power_of_two(i64 %opposite_whole, i64 %opposite_low, i64 %opposite_high)
  ret i64 %inverted
}

; a ** b as C's pow has it, but for the last bit: an infinity for 0 to a negative power and beyond the greatest f64, a NaN for a number below 0 to
; one with a fraction. The caller refuses these where both are finite. As rt_f64_power where b is whole, as rt_f64_root for 0.5, else 6,500 CU.
define internal i64 @rt_f64_pow(i64 %a, i64 %b) #0 {
entry:
  %parts = alloca [2 x i64], align 8
  %at = ptrtoint ptr %parts to i64
  %size = and i64 %a, 9223372036854775807
  %exponent_size = and i64 %b, 9223372036854775807
  %is_zero = icmp eq i64 %exponent_size, 0
  %is_one = icmp eq i64 %a, 4607182418800017408
  %known = or i1 %is_zero, %is_one
  br i1 %known, label %one, label %numbers
one:
  ret i64 4607182418800017408
numbers:
  %greatest = call i64 @llvm.umax.i64(i64 %size, i64 %exponent_size)
  %is_nan = icmp ugt i64 %greatest, 9218868437227405312
  br i1 %is_nan, label %nan, label %limits
nan:
  ret i64 9221120237041090560
limits:
  %grows = icmp ugt i64 %size, 4607182418800017408
  %inverse = icmp slt i64 %b, 0
  %differ = xor i1 %grows, %inverse
  %limit = select i1 %differ, i64 9218868437227405312, i64 0
  %is_huge = icmp ugt i64 %exponent_size, 4890909195324358655
  br i1 %is_huge, label %huge, label %usual
huge:
  %is_unit = icmp eq i64 %size, 4607182418800017408
  %huge_result = select i1 %is_unit, i64 4607182418800017408, i64 %limit
  ret i64 %huge_result
usual:
  %is_nothing = icmp eq i64 %size, 0
  %no_inverse = and i1 %is_nothing, %inverse
  br i1 %no_inverse, label %infinite, label %parted
infinite:
  ret i64 9218868437227405312
parted:
  %has_fraction = call i64 @rt_f64_has_fraction(i64 %b)
  %is_whole = icmp eq i64 %has_fraction, 0
  br i1 %is_whole, label %whole, label %fraction
whole:
  %cut = call i64 @rt_f64_truncate(i64 %at, i64 %b)
  %count = load i64, ptr %parts, align 8
  %opposite = sub i64 0, %count
  %exponent = select i1 %inverse, i64 %opposite, i64 %count
  %power = call i64 @rt_f64_power(i64 %a, i64 %exponent)
  ret i64 %power
fraction:
  %less = add i64 %size, -1
  %is_number = icmp ult i64 %less, 9218868437227405311
  br i1 %is_number, label %finite, label %extreme
extreme:
  ret i64 %limit
finite:
  %is_below = icmp slt i64 %a, 0
  br i1 %is_below, label %nan, label %positive
positive:
  %is_half = icmp eq i64 %b, 4602678819172646912
  br i1 %is_half, label %half, label %real
half:
  %root = call i64 @rt_f64_root(i64 %a)
  ret i64 %root
real:
  %result = call i64 @rt_f64_real_power(i64 %a, i64 %b)
  ret i64 %result
}
