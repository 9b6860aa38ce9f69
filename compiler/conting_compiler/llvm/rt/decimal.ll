; The shortest decimal of an f64 that reads back as the same f64, as Python's repr writes it: scaled by a power of 10 the number has 17 digits
; before the point; of the integers between its neighbours' midpoints the one with the most zeros at the end is taken, the nearest if several.

; 5**(28 * i) for i from -11 to 12: significands of 128 bits with the top bit set, cut off, the low word first.
@rt_powers_of_five = private unnamed_addr constant [48 x i64] [
  i64 8050505971837842365, i64 -1865951482774665761,
  i64 -3336252463373287576, i64 -1704422086424124727,
  i64 5070514048102157020, i64 -1541319077368263733,
  i64 -6559282480285457368, i64 -1376627125537124675,
  i64 -8720225134666286028, i64 -1210330751515841308,
  i64 -2574679358347699519, i64 -1042414325089727327,
  i64 6523987031636299002, i64 -872862063775190746,
  i64 5568164059729762005, i64 -701658031336336515,
  i64 8476984389250486570, i64 -528786136287117932,
  i64 -1236551523206076654, i64 -354230130378896082,
  i64 -8373707460958465028, i64 -177973607073265139,
  i64 0, i64 -9223372036854775808,
  i64 4611686018427387904, i64 -9133518327554766460,
  i64 -4613672773753429596, i64 -9042789267131251553,
  i64 8729779031470891258, i64 -8951176327949752869,
  i64 280014188641050032, i64 -8858670899299929442,
  i64 831516194300602802, i64 -8765264286586255934,
  i64 -7999724640327104446, i64 -8670947710510816634,
  i64 4908902581746016003, i64 -8575712306248138270,
  i64 -9025939945749304721, i64 -8479549122611984081,
  i64 1932195658189984910, i64 -8382449121214030822,
  i64 -2662955059861265944, i64 -8284403175614349646,
  i64 6273243709394548296, i64 -8185402070463610993,
  i64 2394313059052595121, i64 -8085436500636932890
], align 8

; The significand (two words to %out, top bit set, cut off, less than 2**-125 below the exact one) of 5**%power, -308 to 363. 100 CU.
define internal i64 @rt_power_of_five(i64 %out, i64 %power) #0 {
entry:
  %moved = add i64 %power, 308
  %index = udiv i64 %moved, 28
  %whole = mul i64 %index, 28
  %count = sub i64 %moved, %whole
  %at = shl i64 %index, 4
  %from = getelementptr i8, ptr @rt_powers_of_five, i64 %at
  %from_high = getelementptr i8, ptr %from, i64 8
  %low = load i64, ptr %from, align 8
  %high = load i64, ptr %from_high, align 8
  br label %next
next:
  %left = phi i64 [ %count, %entry ], [ %fewer, %again ]
  %small = phi i64 [ 1, %entry ], [ %larger, %again ]
  %last = icmp eq i64 %left, 0
  br i1 %last, label %multiply, label %again
again:
  %larger = mul i64 %small, 5
  %fewer = add i64 %left, -1
  br label %next
multiply:
  %places = call i64 @rt_leading_zeros(i64 %small)
  %factor = shl i64 %small, %places
  %ignored = call i64 @rt_significand_product(i64 %out, i64 %low, i64 %high, i64 0, i64 %factor)
  %to = inttoptr i64 %out to ptr
  %product = load i64, ptr %to, align 8
  %even = and i64 %product, -2
  store i64 %even, ptr %to, align 8
  ret i64 0
}

; %number (below 2**63) times the significand %low, %high, divided by 2**(128 + %places), 1 to 20 places: the integer part to %out. Returns what
; is behind the point: 0 nothing, 1 less than a half, 2 a half, 3 more. What is cut off in the significand makes up less than 2**-66. 95 CU.
define internal i64 @rt_scale_decimal(i64 %out, i64 %number, i64 %low, i64 %high, i64 %places) #0 {
  %bottom = mul i64 %number, %low
  %bottom_high = call i64 @rt_mulhi(i64 %number, i64 %low)
  %top = mul i64 %number, %high
  %top_high = call i64 @rt_mulhi(i64 %number, i64 %high)
  %middle = add i64 %top, %bottom_high
  %carried = icmp ult i64 %middle, %top
  %carry = zext i1 %carried to i64
  %upper = add i64 %top_high, %carry
  %back = sub i64 64, %places
  %integer = lshr i64 %upper, %places
  %upper_rest = shl i64 %upper, %back
  %middle_moved = lshr i64 %middle, %places
  %fraction = or i64 %upper_rest, %middle_moved
  %middle_rest = shl i64 %middle, %back
  %bottom_moved = lshr i64 %bottom, %places
  %tail = or i64 %middle_rest, %bottom_moved
  %tail_up = add i64 %tail, 4611686018427387904
  %tail_over = icmp ult i64 %tail_up, %tail
  %tail_carry = zext i1 %tail_over to i64
  %fraction_up = add i64 %fraction, %tail_carry
  %fraction_over = icmp ult i64 %fraction_up, %fraction
  %fraction_carry = zext i1 %fraction_over to i64
  %integer_up = add i64 %integer, %fraction_carry
  %to = inttoptr i64 %out to ptr
  store i64 %integer_up, ptr %to, align 8
  %is_near = icmp sgt i64 %tail_up, -1
  %is_none = icmp eq i64 %fraction_up, 0
  %is_half_word = icmp eq i64 %fraction_up, -9223372036854775808
  %nothing = and i1 %is_none, %is_near
  %half = and i1 %is_half_word, %is_near
  %more = icmp slt i64 %fraction_up, 0
  %side = select i1 %more, i64 3, i64 1
  %side_or_half = select i1 %half, i64 2, i64 %side
  %class = select i1 %nothing, i64 0, i64 %side_or_half
  ret i64 %class
}

; The shortest decimal of a finite positive f64: its digits as a number to %out, and to %out + 8 the power of 10 that they count. 1,200 CU.
define internal i64 @rt_shortest_decimal(i64 %out, i64 %a) #0 {
entry:
  %parts = alloca [3 x i64], align 8
  %at = ptrtoint ptr %parts to i64
  %to_high = getelementptr i8, ptr %parts, i64 8
  %at_integer = add i64 %at, 16
  %to_integer = getelementptr i8, ptr %parts, i64 16
  %significand = call i64 @rt_f64_significand(i64 %a)
  %exponent = call i64 @rt_f64_exponent(i64 %a)
  %scale = add i64 %exponent, -1023
  %log = mul i64 %scale, 315653
  %tens = ashr i64 %log, 20
  %first_power = sub i64 16, %tens
  br label %try
try:
  %power = phi i64 [ %first_power, %entry ], [ %lower_power, %lower ]
  %ignored = call i64 @rt_power_of_five(i64 %at, i64 %power)
  %low = load i64, ptr %parts, align 8
  %high = load i64, ptr %to_high, align 8
  %log_five = mul i64 %power, 1217359
  %twos = ashr i64 %log_five, 19
  %twos_ten = add i64 %twos, %power
  %twos_all = add i64 %twos_ten, %scale
  %places = sub i64 61, %twos_all
  %number = lshr i64 %significand, 1
  %class = call i64 @rt_scale_decimal(i64 %at_integer, i64 %number, i64 %low, i64 %high, i64 %places)
  %integer = load i64, ptr %to_integer, align 8
  %too_long = icmp ugt i64 %integer, 99999999999999999
  br i1 %too_long, label %lower, label %bounds
lower:
  %lower_power = add i64 %power, -1
  br label %try
bounds:
  %field = lshr i64 %a, 52
  %is_tiny = icmp eq i64 %field, 0
  %biased = select i1 %is_tiny, i64 1, i64 %field
  %distance = sub i64 %biased, %exponent
  %half_unit = shl i64 512, %distance
  %fraction = and i64 %a, 4503599627370495
  %is_power = icmp eq i64 %fraction, 0
  %above_least = icmp ugt i64 %field, 1
  %narrow_below = and i1 %is_power, %above_least
  %narrow = zext i1 %narrow_below to i64
  %below_unit = lshr i64 %half_unit, %narrow
  %below_number = sub i64 %number, %below_unit
  %above_number = add i64 %number, %half_unit
  %odd = and i64 %a, 1
  %is_even = icmp eq i64 %odd, 0
  %below_class = call i64 @rt_scale_decimal(i64 %at_integer, i64 %below_number, i64 %low, i64 %high, i64 %places)
  %below = load i64, ptr %to_integer, align 8
  %above_class = call i64 @rt_scale_decimal(i64 %at_integer, i64 %above_number, i64 %low, i64 %high, i64 %places)
  %above = load i64, ptr %to_integer, align 8
  %below_exact = icmp eq i64 %below_class, 0
  %below_counts = and i1 %below_exact, %is_even
  %least_next = add i64 %below, 1
  %least = select i1 %below_counts, i64 %below, i64 %least_next
  %above_exact = icmp eq i64 %above_class, 0
  %is_odd = xor i1 %is_even, true
  %above_excluded = and i1 %above_exact, %is_odd
  %most_before = add i64 %above, -1
  %most = select i1 %above_excluded, i64 %most_before, i64 %above
  br label %longer
longer:
  %zeros = phi i64 [ 0, %bounds ], [ %more_zeros, %found ]
  %unit = phi i64 [ 1, %bounds ], [ %next_unit, %found ]
  %next_unit = mul i64 %unit, 10
  %steps = udiv i64 %most, %next_unit
  %multiple = mul i64 %steps, %next_unit
  %inside = icmp uge i64 %multiple, %least
  %some = icmp ne i64 %multiple, 0
  %usable = and i1 %inside, %some
  br i1 %usable, label %found, label %choose
found:
  %more_zeros = add i64 %zeros, 1
  br label %longer
choose:
  %count = udiv i64 %integer, %unit
  %taken = mul i64 %count, %unit
  %rest = sub i64 %integer, %taken
  %is_one = icmp eq i64 %unit, 1
  %half_of_unit = lshr i64 %unit, 1
  %rest_more = icmp ugt i64 %rest, %half_of_unit
  %rest_half = icmp eq i64 %rest, %half_of_unit
  %has_fraction = icmp ne i64 %class, 0
  %half_and_more = and i1 %rest_half, %has_fraction
  %half_exactly = xor i1 %has_fraction, true
  %tie_long = and i1 %rest_half, %half_exactly
  %up_long = or i1 %rest_more, %half_and_more
  %up_short = icmp eq i64 %class, 3
  %tie_short = icmp eq i64 %class, 2
  %up_surely = select i1 %is_one, i1 %up_short, i1 %up_long
  %tie = select i1 %is_one, i1 %tie_short, i1 %tie_long
  %last_bit = and i64 %count, 1
  %is_odd_count = icmp ne i64 %last_bit, 0
  %tie_up = and i1 %tie, %is_odd_count
  %up = or i1 %up_surely, %tie_up
  %too_low = icmp ult i64 %taken, %least
  %next_taken = add i64 %taken, %unit
  %too_high = icmp ugt i64 %next_taken, %most
  %may_rise = xor i1 %too_high, true
  %rises = and i1 %up, %may_rise
  %final_up = or i1 %rises, %too_low
  %step = zext i1 %final_up to i64
  %digits = add i64 %count, %step
  %tens_left = sub i64 %zeros, %power
  %to = inttoptr i64 %out to ptr
  %to_power = getelementptr i8, ptr %to, i64 8
  store i64 %digits, ptr %to, align 8
  store i64 %tens_left, ptr %to_power, align 8
  ret i64 0
}

; Writes %count times the character %code to %at; returns the address after them.
define internal i64 @rt_put_characters(i64 %at, i64 %code, i64 %count) #0 {
entry:
  %byte = trunc i64 %code to i8
  br label %next
next:
  %here = phi i64 [ %at, %entry ], [ %after, %again ]
  %left = phi i64 [ %count, %entry ], [ %fewer, %again ]
  %more = icmp sgt i64 %left, 0
  br i1 %more, label %again, label %done
again:
  %target = inttoptr i64 %here to ptr
  store i8 %byte, ptr %target, align 1
  %after = add i64 %here, 1
  %fewer = add i64 %left, -1
  br label %next
done:
  ret i64 %here
}

; Copies %count characters from %from to %at; returns the address after them.
define internal i64 @rt_put_some(i64 %at, i64 %from, i64 %count) #0 {
entry:
  br label %next
next:
  %here = phi i64 [ %at, %entry ], [ %after, %again ]
  %source_at = phi i64 [ %from, %entry ], [ %source_after, %again ]
  %left = phi i64 [ %count, %entry ], [ %fewer, %again ]
  %more = icmp sgt i64 %left, 0
  br i1 %more, label %again, label %done
again:
  %source = inttoptr i64 %source_at to ptr
  %byte = load i8, ptr %source, align 1
  %target = inttoptr i64 %here to ptr
  store i8 %byte, ptr %target, align 1
  %after = add i64 %here, 1
  %source_after = add i64 %source_at, 1
  %fewer = add i64 %left, -1
  br label %next
done:
  ret i64 %here
}

; Writes an f64 as Python's repr (at most 24 bytes) to %at; returns the address after it. 1,700 CU.
define internal i64 @rt_put_float(i64 %at, i64 %a) #0 {
entry:
  %parts = alloca [2 x i64], align 8
  %room = alloca [3 x i64], align 8
  %out = ptrtoint ptr %parts to i64
  %text = ptrtoint ptr %room to i64
  %to_power = getelementptr i8, ptr %parts, i64 8
  %size = and i64 %a, 9223372036854775807
  %is_nan = icmp ugt i64 %size, 9218868437227405312
  br i1 %is_nan, label %nan, label %number
nan:
  %n = call i64 @rt_put_characters(i64 %at, i64 110, i64 1)
  %na = call i64 @rt_put_characters(i64 %n, i64 97, i64 1)
  %nan_end = call i64 @rt_put_characters(i64 %na, i64 110, i64 1)
  ret i64 %nan_end
number:
  %negative = lshr i64 %a, 63
  %start = call i64 @rt_put_characters(i64 %at, i64 45, i64 %negative)
  %is_infinite = icmp eq i64 %size, 9218868437227405312
  br i1 %is_infinite, label %infinite, label %finite
infinite:
  %i = call i64 @rt_put_characters(i64 %start, i64 105, i64 1)
  %in = call i64 @rt_put_characters(i64 %i, i64 110, i64 1)
  %infinite_end = call i64 @rt_put_characters(i64 %in, i64 102, i64 1)
  ret i64 %infinite_end
finite:
  %is_zero = icmp eq i64 %size, 0
  br i1 %is_zero, label %zero, label %some
zero:
  br label %write
some:
  %ignored = call i64 @rt_shortest_decimal(i64 %out, i64 %size)
  %some_digits = load i64, ptr %parts, align 8
  %some_power = load i64, ptr %to_power, align 8
  br label %write
write:
  %digits = phi i64 [ 0, %zero ], [ %some_digits, %some ]
  %power = phi i64 [ 0, %zero ], [ %some_power, %some ]
  %text_end = call i64 @rt_put_unsigned(i64 %text, i64 %digits)
  %count = sub i64 %text_end, %text
  %point = add i64 %count, %power
  %shifted = add i64 %point, 3
  %is_plain = icmp ult i64 %shifted, 20
  br i1 %is_plain, label %plain, label %scientific
plain:
  %below_one = icmp slt i64 %point, 1
  br i1 %below_one, label %small, label %large
small:
  %small_zero = call i64 @rt_put_characters(i64 %start, i64 48, i64 1)
  %small_point = call i64 @rt_put_characters(i64 %small_zero, i64 46, i64 1)
  %leading = sub i64 0, %point
  %small_zeros = call i64 @rt_put_characters(i64 %small_point, i64 48, i64 %leading)
  %small_end = call i64 @rt_put_some(i64 %small_zeros, i64 %text, i64 %count)
  ret i64 %small_end
large:
  %before = call i64 @llvm.smin.i64(i64 %point, i64 %count)
  %large_digits = call i64 @rt_put_some(i64 %start, i64 %text, i64 %before)
  %trailing = sub i64 %point, %before
  %large_zeros = call i64 @rt_put_characters(i64 %large_digits, i64 48, i64 %trailing)
  %large_point = call i64 @rt_put_characters(i64 %large_zeros, i64 46, i64 1)
  %behind = sub i64 %count, %before
  %behind_at = add i64 %text, %before
  %large_rest = call i64 @rt_put_some(i64 %large_point, i64 %behind_at, i64 %behind)
  %no_rest = icmp eq i64 %behind, 0
  %one_zero = zext i1 %no_rest to i64
  %large_end = call i64 @rt_put_characters(i64 %large_rest, i64 48, i64 %one_zero)
  ret i64 %large_end
scientific:
  %first = call i64 @rt_put_some(i64 %start, i64 %text, i64 1)
  %others = add i64 %count, -1
  %has_others = icmp ne i64 %others, 0
  %one_point = zext i1 %has_others to i64
  %first_point = call i64 @rt_put_characters(i64 %first, i64 46, i64 %one_point)
  %second_at = add i64 %text, 1
  %mantissa = call i64 @rt_put_some(i64 %first_point, i64 %second_at, i64 %others)
  %letter = call i64 @rt_put_characters(i64 %mantissa, i64 101, i64 1)
  %tens = add i64 %point, -1
  %tens_negative = icmp slt i64 %tens, 0
  %tens_code = select i1 %tens_negative, i64 45, i64 43
  %tens_sign = call i64 @rt_put_characters(i64 %letter, i64 %tens_code, i64 1)
  %minus_tens = sub i64 0, %tens
  %tens_size = select i1 %tens_negative, i64 %minus_tens, i64 %tens
  %is_short = icmp ult i64 %tens_size, 10
  %pad = zext i1 %is_short to i64
  %padded = call i64 @rt_put_characters(i64 %tens_sign, i64 48, i64 %pad)
  %end = call i64 @rt_put_unsigned(i64 %padded, i64 %tens_size)
  ret i64 %end
}
