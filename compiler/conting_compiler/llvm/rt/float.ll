; f64 without floating point: IEEE 754 binary64, results rounded to the nearest, ties to even. A number is its 64 bits; where a NaN comes out
; it is 0x7FF8000000000000. Inside, a finite number other than 0 is a sign (bit 63), a significand with its top bit (63) set, and the biased
; exponent that goes with it, which is 0 or less for what is below the normal numbers.

; The f64 nearest to %significand / 2**63 * 2**(%exponent - 1023), with the sign. Bits that were cut off before count as one bit 0 that is 1. 18 CU.
define internal i64 @rt_f64_pack(i64 %sign, i64 %exponent, i64 %significand) #0 {
entry:
  %normal = icmp sgt i64 %exponent, 0
  br i1 %normal, label %limit, label %subnormal
subnormal:
  %distance = sub i64 1, %exponent
  %far = icmp ugt i64 %distance, 63
  br i1 %far, label %tiny, label %shift
tiny:
  ret i64 %sign
shift:
  %shifted = lshr i64 %significand, %distance
  %back = shl i64 %shifted, %distance
  %lost = icmp ne i64 %back, %significand
  %sticky = zext i1 %lost to i64
  %jammed = or i64 %shifted, %sticky
  br label %round
limit:
  %huge = icmp sgt i64 %exponent, 2046
  br i1 %huge, label %infinite, label %round
infinite:
  %infinity = or i64 %sign, 9218868437227405312
  ret i64 %infinity
round:
  %bits = phi i64 [ %significand, %limit ], [ %jammed, %shift ]
  %field = phi i64 [ %exponent, %limit ], [ 1, %shift ]
  %kept = lshr i64 %bits, 11
  %rest = and i64 %bits, 2047
  %odd = and i64 %kept, 1
  %weight = add i64 %rest, %odd
  %up = icmp ugt i64 %weight, 1024
  %one = zext i1 %up to i64
  %rounded = add i64 %kept, %one
  %below = add i64 %field, -1
  %placed = shl i64 %below, 52
  %magnitude = add i64 %placed, %rounded
  %result = or i64 %sign, %magnitude
  ret i64 %result
}

; The significand, its top bit set, of a finite number other than 0, whose sign may be set. 8 CU, 32 below the normal numbers.
define internal i64 @rt_f64_significand(i64 %a) #0 {
  %magnitude = and i64 %a, 9223372036854775807
  %aligned = shl i64 %magnitude, 11
  %field = lshr i64 %magnitude, 52
  %normal = icmp ne i64 %field, 0
  br i1 %normal, label %implicit, label %subnormal
implicit:
  %whole = or i64 %aligned, -9223372036854775808
  ret i64 %whole
subnormal:
  %places = call i64 @rt_leading_zeros(i64 %aligned)
  %moved = shl i64 %aligned, %places
  ret i64 %moved
}

; The biased exponent that goes with rt_f64_significand. 5 CU, 30 below the normal numbers.
define internal i64 @rt_f64_exponent(i64 %a) #0 {
  %shifted = lshr i64 %a, 52
  %field = and i64 %shifted, 2047
  %normal = icmp ne i64 %field, 0
  br i1 %normal, label %plain, label %subnormal
plain:
  ret i64 %field
subnormal:
  %aligned = shl i64 %a, 12
  %places = call i64 @rt_leading_zeros(i64 %aligned)
  %exponent = sub i64 0, %places
  ret i64 %exponent
}

; a + b. 76 CU, 120 where the signs differ.
define internal i64 @rt_f64_add(i64 %a, i64 %b) #0 {
entry:
  %size_a = and i64 %a, 9223372036854775807
  %size_b = and i64 %b, 9223372036854775807
  %swap = icmp ult i64 %size_a, %size_b
  %x = select i1 %swap, i64 %b, i64 %a
  %y = select i1 %swap, i64 %a, i64 %b
  %size_x = select i1 %swap, i64 %size_b, i64 %size_a
  %size_y = select i1 %swap, i64 %size_a, i64 %size_b
  %sign = and i64 %x, -9223372036854775808
  %differing = xor i64 %a, %b
  %finite = icmp ult i64 %size_x, 9218868437227405312
  br i1 %finite, label %numbers, label %special
special:
  %is_nan = icmp ugt i64 %size_x, 9218868437227405312
  %also = icmp eq i64 %size_y, 9218868437227405312
  %opposed = icmp slt i64 %differing, 0
  %cancel = and i1 %also, %opposed
  %invalid = or i1 %is_nan, %cancel
  %infinity = select i1 %invalid, i64 9221120237041090560, i64 %x
  ret i64 %infinity
numbers:
  %field_x = lshr i64 %size_x, 52
  %field_y = lshr i64 %size_y, 52
  %normal_x = icmp ne i64 %field_x, 0
  %normal_y = icmp ne i64 %field_y, 0
  %fraction_x = and i64 %size_x, 4503599627370495
  %fraction_y = and i64 %size_y, 4503599627370495
  %implicit_x = select i1 %normal_x, i64 4503599627370496, i64 0
  %implicit_y = select i1 %normal_y, i64 4503599627370496, i64 0
  %whole_x = or i64 %fraction_x, %implicit_x
  %whole_y = or i64 %fraction_y, %implicit_y
  %wide_x = shl i64 %whole_x, 10
  %wide_y = shl i64 %whole_y, 10
  %exponent_x = select i1 %normal_x, i64 %field_x, i64 1
  %exponent_y = select i1 %normal_y, i64 %field_y, i64 1
  %distance = sub i64 %exponent_x, %exponent_y
  %far = icmp ugt i64 %distance, 63
  %amount = select i1 %far, i64 63, i64 %distance
  %shifted = lshr i64 %wide_y, %amount
  %back = shl i64 %shifted, %amount
  %lost = icmp ne i64 %back, %wide_y
  %sticky = zext i1 %lost to i64
  %near_y = or i64 %shifted, %sticky
  %subtract = icmp slt i64 %differing, 0
  br i1 %subtract, label %minus, label %plus
plus:
  %sum = add i64 %wide_x, %near_y
  %no_sum = icmp eq i64 %sum, 0
  br i1 %no_sum, label %zero, label %place
zero:
  ret i64 %sign
place:
  %carried = icmp slt i64 %sum, 0
  br i1 %carried, label %full, label %half
full:
  %raised = add i64 %exponent_x, 1
  %packed = call i64 @rt_f64_pack(i64 %sign, i64 %raised, i64 %sum)
  ret i64 %packed
half:
  %is_normal = icmp ugt i64 %sum, 4611686018427387903
  br i1 %is_normal, label %level, label %normalise
level:
  %doubled = shl i64 %sum, 1
  %packed_level = call i64 @rt_f64_pack(i64 %sign, i64 %exponent_x, i64 %doubled)
  ret i64 %packed_level
minus:
  %difference = sub i64 %wide_x, %near_y
  %nothing = icmp eq i64 %difference, 0
  br i1 %nothing, label %cancelled, label %normalise
cancelled:
  ret i64 0
normalise:
  %rest = phi i64 [ %difference, %minus ], [ %sum, %half ]
  %places = call i64 @rt_leading_zeros(i64 %rest)
  %moved = shl i64 %rest, %places
  %above = add i64 %exponent_x, 1
  %exponent = sub i64 %above, %places
  %packed_rest = call i64 @rt_f64_pack(i64 %sign, i64 %exponent, i64 %moved)
  ret i64 %packed_rest
}

; a - b.
define internal i64 @rt_f64_subtract(i64 %a, i64 %b) #0 {
  %opposite = xor i64 %b, -9223372036854775808
  %result = call i64 @rt_f64_add(i64 %a, i64 %opposite)
  ret i64 %result
}

; a * b. 111 CU.
define internal i64 @rt_f64_multiply(i64 %a, i64 %b) #0 {
entry:
  %differing = xor i64 %a, %b
  %sign = and i64 %differing, -9223372036854775808
  %size_a = and i64 %a, 9223372036854775807
  %size_b = and i64 %b, 9223372036854775807
  %greater = call i64 @llvm.umax.i64(i64 %size_a, i64 %size_b)
  %smaller = call i64 @llvm.umin.i64(i64 %size_a, i64 %size_b)
  %finite = icmp ult i64 %greater, 9218868437227405312
  br i1 %finite, label %numbers, label %special
special:
  %is_nan = icmp ugt i64 %greater, 9218868437227405312
  %by_zero = icmp eq i64 %smaller, 0
  %invalid = or i1 %is_nan, %by_zero
  %infinity = or i64 %sign, 9218868437227405312
  %result = select i1 %invalid, i64 9221120237041090560, i64 %infinity
  ret i64 %result
numbers:
  %is_zero = icmp eq i64 %smaller, 0
  br i1 %is_zero, label %zero, label %product
zero:
  ret i64 %sign
product:
  %significand_a = call i64 @rt_f64_significand(i64 %a)
  %significand_b = call i64 @rt_f64_significand(i64 %b)
  %exponent_a = call i64 @rt_f64_exponent(i64 %a)
  %exponent_b = call i64 @rt_f64_exponent(i64 %b)
  %high = call i64 @rt_mulhi(i64 %significand_a, i64 %significand_b)
  %low = mul i64 %significand_a, %significand_b
  %full = icmp slt i64 %high, 0
  %exponents = add i64 %exponent_a, %exponent_b
  %exponent_low = add i64 %exponents, -1023
  %exponent_high = add i64 %exponents, -1022
  %exponent = select i1 %full, i64 %exponent_high, i64 %exponent_low
  %doubled = shl i64 %high, 1
  %carry = lshr i64 %low, 63
  %moved = or i64 %doubled, %carry
  %low_moved = shl i64 %low, 1
  %top = select i1 %full, i64 %high, i64 %moved
  %tail = select i1 %full, i64 %low, i64 %low_moved
  %inexact = icmp ne i64 %tail, 0
  %sticky = zext i1 %inexact to i64
  %significand = or i64 %top, %sticky
  %packed = call i64 @rt_f64_pack(i64 %sign, i64 %exponent, i64 %significand)
  ret i64 %packed
}

; a / b, where b is not 0 (the caller has refused it). 185 CU.
define internal i64 @rt_f64_divide(i64 %a, i64 %b) #0 {
entry:
  %differing = xor i64 %a, %b
  %sign = and i64 %differing, -9223372036854775808
  %size_a = and i64 %a, 9223372036854775807
  %size_b = and i64 %b, 9223372036854775807
  %greater = call i64 @llvm.umax.i64(i64 %size_a, i64 %size_b)
  %finite = icmp ult i64 %greater, 9218868437227405312
  br i1 %finite, label %numbers, label %special
special:
  %is_nan = icmp ugt i64 %greater, 9218868437227405312
  %both = icmp eq i64 %size_a, %size_b
  %invalid = or i1 %is_nan, %both
  %infinity = or i64 %sign, 9218868437227405312
  %grows = icmp ugt i64 %size_a, %size_b
  %limit = select i1 %grows, i64 %infinity, i64 %sign
  %result = select i1 %invalid, i64 9221120237041090560, i64 %limit
  ret i64 %result
numbers:
  %is_zero = icmp eq i64 %size_a, 0
  br i1 %is_zero, label %zero, label %quotient
zero:
  ret i64 %sign
quotient:
  %significand_a = call i64 @rt_f64_significand(i64 %a)
  %significand_b = call i64 @rt_f64_significand(i64 %b)
  %exponent_a = call i64 @rt_f64_exponent(i64 %a)
  %exponent_b = call i64 @rt_f64_exponent(i64 %b)
  %exponents = sub i64 %exponent_a, %exponent_b
  %packed = call i64 @rt_f64_of_quotient(i64 %sign, i64 %exponents, i64 %significand_a, i64 %significand_b)
  ret i64 %packed
}

; The f64 nearest to a / b * 2**%scale for two words with their top bits set, with the sign. 150 CU.
define internal i64 @rt_f64_of_quotient(i64 %sign, i64 %scale, i64 %a, i64 %b) #0 {
  %high = lshr i64 %a, 1
  %low = shl i64 %a, 63
  %ratio = call i64 @rt_divide_words(i64 %high, i64 %low, i64 %b)
  %taken = mul i64 %ratio, %b
  %inexact = icmp ne i64 %taken, %low
  %sticky = zext i1 %inexact to i64
  %full = icmp slt i64 %ratio, 0
  %doubled = shl i64 %ratio, 1
  %top = select i1 %full, i64 %ratio, i64 %doubled
  %significand = or i64 %top, %sticky
  %exponent_high = add i64 %scale, 1023
  %exponent_low = add i64 %scale, 1022
  %exponent = select i1 %full, i64 %exponent_high, i64 %exponent_low
  %packed = call i64 @rt_f64_pack(i64 %sign, i64 %exponent, i64 %significand)
  ret i64 %packed
}

; How a stands to b: 0 less, 1 equal, 2 greater, 3 where one is a NaN. 18 CU.
define internal i64 @rt_f64_order(i64 %a, i64 %b) #0 {
  %size_a = and i64 %a, 9223372036854775807
  %size_b = and i64 %b, 9223372036854775807
  %nan_a = icmp ugt i64 %size_a, 9218868437227405312
  %nan_b = icmp ugt i64 %size_b, 9218868437227405312
  %unordered = or i1 %nan_a, %nan_b
  br i1 %unordered, label %nan, label %ordered
nan:
  ret i64 3
ordered:
  %minus_a = sub i64 0, %size_a
  %minus_b = sub i64 0, %size_b
  %negative_a = icmp slt i64 %a, 0
  %negative_b = icmp slt i64 %b, 0
  %x = select i1 %negative_a, i64 %minus_a, i64 %size_a
  %y = select i1 %negative_b, i64 %minus_b, i64 %size_b
  %above = icmp sgt i64 %x, %y
  %not_below = icmp sge i64 %x, %y
  %one = zext i1 %above to i64
  %other = zext i1 %not_below to i64
  %order = add i64 %one, %other
  ret i64 %order
}

; How the f64 %a stands to the integer whose sign (bit 63) and magnitude are given, exactly; numbered as in rt_f64_order.
define internal i64 @rt_f64_order_integer(i64 %a, i64 %sign, i64 %low, i64 %high) #0 {
entry:
  %parts = alloca [2 x i64], align 8
  %size = and i64 %a, 9223372036854775807
  %is_nan = icmp ugt i64 %size, 9218868437227405312
  br i1 %is_nan, label %nan, label %number
nan:
  ret i64 3
number:
  %some = or i64 %low, %high
  %is_zero = icmp eq i64 %some, 0
  br i1 %is_zero, label %to_zero, label %signs
to_zero:
  %zero_order = call i64 @rt_f64_order(i64 %a, i64 0)
  ret i64 %zero_order
signs:
  %own_sign = and i64 %a, -9223372036854775808
  %nothing = icmp eq i64 %size, 0
  %differ = icmp ne i64 %own_sign, %sign
  %apart = or i1 %nothing, %differ
  br i1 %apart, label %by_sign, label %magnitudes
by_sign:
  %below_zero = icmp slt i64 %sign, 0
  %sign_order = select i1 %below_zero, i64 2, i64 0
  ret i64 %sign_order
magnitudes:
  %out = ptrtoint ptr %parts to i64
  %to_high = getelementptr i8, ptr %parts, i64 8
  %beyond = call i64 @rt_f64_truncate(i64 %out, i64 %a)
  %whole = load i64, ptr %parts, align 8
  %whole_high = load i64, ptr %to_high, align 8
  %is_beyond = icmp ne i64 %beyond, 0
  %more_high = icmp ugt i64 %whole_high, %high
  %same_high = icmp eq i64 %whole_high, %high
  %more_low = icmp ugt i64 %whole, %low
  %same_low = icmp eq i64 %whole, %low
  %more_by_low = and i1 %same_high, %more_low
  %more_parts = or i1 %more_high, %more_by_low
  %same = and i1 %same_high, %same_low
  %fraction = call i64 @rt_f64_has_fraction(i64 %a)
  %is_fraction = icmp ne i64 %fraction, 0
  %more_by_fraction = and i1 %same, %is_fraction
  %more_size = or i1 %more_parts, %more_by_fraction
  %more = or i1 %is_beyond, %more_size
  %whole_same = xor i1 %is_fraction, true
  %equal_parts = and i1 %same, %whole_same
  %order_same = select i1 %equal_parts, i64 1, i64 0
  %order = select i1 %more, i64 2, i64 %order_same
  %negative = icmp slt i64 %sign, 0
  %reversed = sub i64 2, %order
  %result = select i1 %negative, i64 %reversed, i64 %order
  ret i64 %result
}

; 1 if a finite number has bits below the point, else 0; infinities have none.
define internal i64 @rt_f64_has_fraction(i64 %a) #0 {
  %whole = call i64 @rt_f64_integral(i64 %a, i64 0)
  %differs = icmp ne i64 %whole, %a
  %result = zext i1 %differs to i64
  ret i64 %result
}

; The nearest f64 to the number %magnitude with the sign (bit 63); 0 has none. 45 CU.
define internal i64 @rt_f64_from_word(i64 %sign, i64 %magnitude) #0 {
  %is_zero = icmp eq i64 %magnitude, 0
  br i1 %is_zero, label %zero, label %some
zero:
  ret i64 0
some:
  %places = call i64 @rt_leading_zeros(i64 %magnitude)
  %significand = shl i64 %magnitude, %places
  %exponent = sub i64 1086, %places
  %packed = call i64 @rt_f64_pack(i64 %sign, i64 %exponent, i64 %significand)
  ret i64 %packed
}

; As rt_f64_from_word, for a magnitude of two words. 55 CU.
define internal i64 @rt_f64_from_words(i64 %sign, i64 %low, i64 %high) #0 {
  %is_word = icmp eq i64 %high, 0
  br i1 %is_word, label %word, label %words
word:
  %short = call i64 @rt_f64_from_word(i64 %sign, i64 %low)
  ret i64 %short
words:
  %places = call i64 @rt_leading_zeros(i64 %high)
  %back = sub i64 63, %places
  %moved = shl i64 %high, %places
  %half = lshr i64 %low, 1
  %over = lshr i64 %half, %back
  %top = or i64 %moved, %over
  %tail = shl i64 %low, %places
  %inexact = icmp ne i64 %tail, 0
  %sticky = zext i1 %inexact to i64
  %significand = or i64 %top, %sticky
  %exponent = sub i64 1150, %places
  %packed = call i64 @rt_f64_pack(i64 %sign, i64 %exponent, i64 %significand)
  ret i64 %packed
}

; The magnitude of a without its fraction to the two words at %out; returns 0, or 1 for a NaN, an infinity, and what needs more words. 25 CU.
define internal i64 @rt_f64_truncate(i64 %out, i64 %a) #0 {
entry:
  %to = inttoptr i64 %out to ptr
  %to_high = getelementptr i8, ptr %to, i64 8
  store i64 0, ptr %to_high, align 8
  %shifted = lshr i64 %a, 52
  %field = and i64 %shifted, 2047
  %huge = icmp ugt i64 %field, 1150
  br i1 %huge, label %beyond, label %within
beyond:
  store i64 0, ptr %to, align 8
  ret i64 1
within:
  %below_one = icmp ult i64 %field, 1023
  br i1 %below_one, label %none, label %some
none:
  store i64 0, ptr %to, align 8
  ret i64 0
some:
  %aligned = shl i64 %a, 11
  %significand = or i64 %aligned, -9223372036854775808
  %places = sub i64 1086, %field
  %is_word = icmp sgt i64 %places, -1
  br i1 %is_word, label %word, label %words
word:
  %whole = lshr i64 %significand, %places
  store i64 %whole, ptr %to, align 8
  ret i64 0
words:
  %up = xor i64 %places, -1
  %down = add i64 %places, 64
  %doubled = shl i64 %significand, 1
  %low = shl i64 %doubled, %up
  %high = lshr i64 %significand, %down
  store i64 %low, ptr %to, align 8
  store i64 %high, ptr %to_high, align 8
  ret i64 0
}

; a without a fraction, as an f64: %mode 0 cuts it off, 1 goes down, 2 up, 3 to the nearest, ties to even. NaNs and infinities stay. 25 CU.
define internal i64 @rt_f64_integral(i64 %a, i64 %mode) #0 {
entry:
  %shifted = lshr i64 %a, 52
  %field = and i64 %shifted, 2047
  %sign = and i64 %a, -9223372036854775808
  %size = and i64 %a, 9223372036854775807
  %whole = icmp ugt i64 %field, 1074
  br i1 %whole, label %same, label %fraction
same:
  ret i64 %a
fraction:
  %is_down = icmp eq i64 %mode, 1
  %is_up = icmp eq i64 %mode, 2
  %is_nearest = icmp eq i64 %mode, 3
  %negative = icmp slt i64 %a, 0
  %positive = xor i1 %negative, true
  %down_away = and i1 %is_down, %negative
  %up_away = and i1 %is_up, %positive
  %away = or i1 %down_away, %up_away
  %below_one = icmp ult i64 %field, 1023
  br i1 %below_one, label %small, label %large
small:
  %some = icmp ne i64 %size, 0
  %some_away = and i1 %away, %some
  %above_half = icmp ugt i64 %size, 4602678819172646912
  %nearest_one = and i1 %is_nearest, %above_half
  %is_one = or i1 %some_away, %nearest_one
  %one = or i64 %sign, 4607182418800017408
  %small_result = select i1 %is_one, i64 %one, i64 %sign
  ret i64 %small_result
large:
  %places = sub i64 1075, %field
  %unit = shl i64 1, %places
  %mask = add i64 %unit, -1
  %rest = and i64 %a, %mask
  %kept = sub i64 %a, %rest
  %inexact = icmp ne i64 %rest, 0
  %inexact_away = and i1 %inexact, %away
  %half = lshr i64 %unit, 1
  %odd_bit = and i64 %kept, %unit
  %implicit_odd = icmp eq i64 %places, 52
  %odd_place = icmp ne i64 %odd_bit, 0
  %odd = select i1 %implicit_odd, i1 true, i1 %odd_place
  %more = icmp ugt i64 %rest, %half
  %tie = icmp eq i64 %rest, %half
  %tie_up = and i1 %tie, %odd
  %nearest_up = or i1 %more, %tie_up
  %nearest_away = and i1 %is_nearest, %nearest_up
  %grow = or i1 %inexact_away, %nearest_away
  %step = select i1 %grow, i64 %unit, i64 0
  %result = add i64 %kept, %step
  ret i64 %result
}

; The exact remainder of a by b (not 0), with the sign of a, as C's fmod. 24 CU if a is the smaller one, else 90 and 9 for each bit that a has above b.
define internal i64 @rt_f64_remainder(i64 %a, i64 %b) #0 {
entry:
  %sign = and i64 %a, -9223372036854775808
  %size_a = and i64 %a, 9223372036854775807
  %size_b = and i64 %b, 9223372036854775807
  %invalid_a = icmp ugt i64 %size_a, 9218868437227405311
  %nan_b = icmp ugt i64 %size_b, 9218868437227405312
  %invalid = or i1 %invalid_a, %nan_b
  br i1 %invalid, label %nan, label %numbers
nan:
  ret i64 9221120237041090560
numbers:
  %less = icmp ult i64 %size_a, %size_b
  br i1 %less, label %same, label %divide
same:
  ret i64 %a
divide:
  %significand_a = call i64 @rt_f64_significand(i64 %a)
  %significand_b = call i64 @rt_f64_significand(i64 %b)
  %exponent_a = call i64 @rt_f64_exponent(i64 %a)
  %exponent_b = call i64 @rt_f64_exponent(i64 %b)
  %divisor = lshr i64 %significand_b, 11
  %start = lshr i64 %significand_a, 11
  %distance = sub i64 %exponent_a, %exponent_b
  br label %next
next:
  %left = phi i64 [ %distance, %divide ], [ %fewer, %again ]
  %rest = phi i64 [ %start, %divide ], [ %doubled, %again ]
  %less_rest = icmp ult i64 %rest, %divisor
  %taken = select i1 %less_rest, i64 0, i64 %divisor
  %remaining = sub i64 %rest, %taken
  %last = icmp eq i64 %left, 0
  br i1 %last, label %done, label %again
again:
  %doubled = shl i64 %remaining, 1
  %fewer = add i64 %left, -1
  br label %next
done:
  %nothing = icmp eq i64 %remaining, 0
  br i1 %nothing, label %zero, label %pack
zero:
  ret i64 %sign
pack:
  %places = call i64 @rt_leading_zeros(i64 %remaining)
  %significand = shl i64 %remaining, %places
  %above = add i64 %exponent_b, 11
  %exponent = sub i64 %above, %places
  %packed = call i64 @rt_f64_pack(i64 %sign, i64 %exponent, i64 %significand)
  ret i64 %packed
}

; a % b as Python has it: with the sign of b (not 0).
define internal i64 @rt_f64_modulo(i64 %a, i64 %b) #0 {
  %rest = call i64 @rt_f64_remainder(i64 %a, i64 %b)
  %size = and i64 %rest, 9223372036854775807
  %exact = icmp eq i64 %size, 0
  br i1 %exact, label %zero, label %some
zero:
  %sign = and i64 %b, -9223372036854775808
  ret i64 %sign
some:
  %signs = xor i64 %rest, %b
  %opposed = icmp slt i64 %signs, 0
  br i1 %opposed, label %shift, label %same
shift:
  %shifted = call i64 @rt_f64_add(i64 %rest, i64 %b)
  ret i64 %shifted
same:
  ret i64 %rest
}

; a // b as Python has it (b is not 0): the floor of the quotient, from the exact remainder. 115 to 650 CU.
define internal i64 @rt_f64_floor_divide(i64 %a, i64 %b) #0 {
entry:
  %rest = call i64 @rt_f64_remainder(i64 %a, i64 %b)
  %whole = call i64 @rt_f64_subtract(i64 %a, i64 %rest)
  %quotient = call i64 @rt_f64_divide(i64 %whole, i64 %b)
  %size = and i64 %rest, 9223372036854775807
  %inexact = icmp ne i64 %size, 0
  %signs = xor i64 %rest, %b
  %differ = icmp slt i64 %signs, 0
  %below = and i1 %inexact, %differ
  br i1 %below, label %step, label %known
step:
  %stepped = call i64 @rt_f64_add(i64 %quotient, i64 -4616189618054758400)
  br label %known
known:
  %near = phi i64 [ %quotient, %entry ], [ %stepped, %step ]
  %near_size = and i64 %near, 9223372036854775807
  %is_zero = icmp eq i64 %near_size, 0
  br i1 %is_zero, label %zero, label %round
zero:
  %opposed = xor i64 %a, %b
  %sign = and i64 %opposed, -9223372036854775808
  ret i64 %sign
round:
  %floor = call i64 @rt_f64_integral(i64 %near, i64 1)
  %above = call i64 @rt_f64_subtract(i64 %near, i64 %floor)
  %order = call i64 @rt_f64_order(i64 %above, i64 4602678819172646912)
  %is_more = icmp eq i64 %order, 2
  br i1 %is_more, label %raise, label %done
raise:
  %raised = call i64 @rt_f64_add(i64 %floor, i64 4607182418800017408)
  ret i64 %raised
done:
  ret i64 %floor
}

; The f64 nearest to the quotient of two unsigned numbers of two words; b is not 0. 220 CU where both are words, else 3,000.
define internal i64 @rt_f64_ratio(i64 %a_low, i64 %a_high, i64 %b_low, i64 %b_high) #0 {
entry:
  %parts = alloca [4 x i64], align 8
  %some = or i64 %a_low, %a_high
  %is_zero = icmp eq i64 %some, 0
  br i1 %is_zero, label %zero, label %lengths
zero:
  ret i64 0
lengths:
  %high = or i64 %a_high, %b_high
  %are_words = icmp eq i64 %high, 0
  br i1 %are_words, label %short, label %align
short:
  %a_places = call i64 @rt_leading_zeros(i64 %a_low)
  %b_places = call i64 @rt_leading_zeros(i64 %b_low)
  %a_aligned = shl i64 %a_low, %a_places
  %b_aligned = shl i64 %b_low, %b_places
  %scale = sub i64 %b_places, %a_places
  %quotient = call i64 @rt_f64_of_quotient(i64 0, i64 %scale, i64 %a_aligned, i64 %b_aligned)
  ret i64 %quotient
align:
  %at_a = ptrtoint ptr %parts to i64
  %at_b = add i64 %at_a, 16
  %a_zeros = call i64 @rt_align128(i64 %at_a, i64 %a_low, i64 %a_high)
  %b_zeros = call i64 @rt_align128(i64 %at_b, i64 %b_low, i64 %b_high)
  %to_a_high = getelementptr i8, ptr %parts, i64 8
  %to_b = getelementptr i8, ptr %parts, i64 16
  %to_b_high = getelementptr i8, ptr %parts, i64 24
  %start = load i64, ptr %parts, align 8
  %start_high = load i64, ptr %to_a_high, align 8
  %divisor = load i64, ptr %to_b, align 8
  %divisor_high = load i64, ptr %to_b_high, align 8
  %distance = sub i64 %b_zeros, %a_zeros
  %first = add i64 %distance, 1087
  %ratio = call i64 @rt_f64_quotient(i64 %start, i64 %start_high, i64 %divisor, i64 %divisor_high, i64 %first)
  ret i64 %ratio
}

; The f64 nearest to the quotient of two numbers of two words with their top bits set, scaled: %first is 1087 and the power of 2 of the scale.
; 64 or 65 steps of long division in base 2, 2,900 CU.
define internal i64 @rt_f64_quotient(i64 %start, i64 %start_high, i64 %divisor, i64 %divisor_high, i64 %first) #0 {
entry:
  br label %next
next:
  %exponent = phi i64 [ %first, %entry ], [ %lower, %again ]
  %digits = phi i64 [ 0, %entry ], [ %more_digits, %again ]
  %rest = phi i64 [ %start, %entry ], [ %doubled, %again ]
  %rest_high = phi i64 [ %start_high, %entry ], [ %doubled_high, %again ]
  %carry = phi i64 [ 0, %entry ], [ %shifted_out, %again ]
  %above = icmp ugt i64 %rest_high, %divisor_high
  %level = icmp eq i64 %rest_high, %divisor_high
  %not_below = icmp uge i64 %rest, %divisor
  %level_above = and i1 %level, %not_below
  %over = icmp ne i64 %carry, 0
  %greater = or i1 %above, %level_above
  %fits = or i1 %greater, %over
  %digit = zext i1 %fits to i64
  %taken = select i1 %fits, i64 %divisor, i64 0
  %taken_high = select i1 %fits, i64 %divisor_high, i64 0
  %left = sub i64 %rest, %taken
  %borrowed = icmp ult i64 %rest, %taken
  %borrow = zext i1 %borrowed to i64
  %left_top = sub i64 %rest_high, %taken_high
  %left_high = sub i64 %left_top, %borrow
  %digits_moved = shl i64 %digits, 1
  %more_digits = or i64 %digits_moved, %digit
  %lower = add i64 %exponent, -1
  %enough = icmp slt i64 %more_digits, 0
  br i1 %enough, label %done, label %again
again:
  %doubled = shl i64 %left, 1
  %over_low = lshr i64 %left, 63
  %up_high = shl i64 %left_high, 1
  %doubled_high = or i64 %up_high, %over_low
  %shifted_out = lshr i64 %left_high, 63
  br label %next
done:
  %remains = or i64 %left, %left_high
  %inexact = icmp ne i64 %remains, 0
  %sticky = zext i1 %inexact to i64
  %significand = or i64 %more_digits, %sticky
  %packed = call i64 @rt_f64_pack(i64 0, i64 %lower, i64 %significand)
  ret i64 %packed
}
