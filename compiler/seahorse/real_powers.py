"""Powers of floats to an exponent with a fraction, as compiled programs compute them (rt/pow.ll).

a ** b is 2 ** (b * log2(a)), in integers of 128 bits, rounded once. What comes out is rounded to
2**-112 first, beyond what is unsure, so that a power that is exact, or just between two floats, is
taken for that. A fraction is an integer that stands for itself / 2**128; a significand, its top bit
set, for itself / 2**127.
"""

import math
from typing import Final, NamedTuple

from seahorse.significands import BITS, significand_product

_WORD: Final = 64
_LOW: Final = (1 << _WORD) - 1
_TOP: Final = 1 << (BITS - 1)
_LOG2_E: Final = 0xB8AA3B295C17F0BBBE87FED0691D3E89
"""log2(e) / 2, a significand."""
_LN_2: Final = 0xB17217F7D1CF79ABC9E3B39803F2F6AF
"""ln(2), a fraction."""
_FLOAT_BITS: Final = 53
_ROOT_OF_2: Final = 6369051672525772
"""The last significand of 53 bits that is below it."""
_FAR: Final = 12
"""The power of 2 from which on an exponent takes all but numbers near 1 beyond f64."""
_HALVINGS: Final = 6
_CUT: Final = 15


class _Scaled(NamedTuple):
    """significand / 2**127 * 2**scale; the significand is 0 for 0."""

    significand: int
    scale: int


def real_power(base: float, exponent: float) -> float:
    """base ** exponent for a finite base above 0 and a finite exponent; infinity beyond f64.

    The logarithm is that of a power of 2, which is whole, and that of a number near 1.
    """
    fraction, whole = math.frexp(base)
    significand, one = int(math.ldexp(fraction, _FLOAT_BITS)), 1 << _FLOAT_BITS
    if significand <= _ROOT_OF_2:
        whole, one = whole - 1, one >> 1
    logarithm = _near_logarithm(significand, one)
    fraction, scale = math.frexp(abs(exponent))
    factor, scale = int(math.ldexp(fraction, _FLOAT_BITS)), scale - 1
    near, carry = significand_product(logarithm.significand, factor << (BITS - _FLOAT_BITS))
    near_scale = logarithm.scale + scale + carry
    is_negative = (whole < 0 or (not whole and significand < one)) is not (exponent < 0)
    if scale >= _FAR if whole else near_scale >= _FAR:
        return 0.0 if is_negative else math.inf
    size = _shifted(factor * abs(whole), BITS + scale + 1 - _FLOAT_BITS)
    rest = _shifted(near, near_scale + 1)
    size += rest if whole == 0 or (significand < one) is (whole < 0) else -rest
    product = -size if is_negative else size
    return _power_of_two(product >> BITS, product & ((1 << BITS) - 1))


def _shifted(value: int, places: int) -> int:
    return value << places if places > 0 else value >> -places


def _near_logarithm(significand: int, one: int) -> _Scaled:
    """The size of log2(significand / one), which is between 1/2 and -1/2, by the series of the
    inverse hyperbolic tangent of z, their difference over their sum.
    """
    if significand == one:
        return _Scaled(0, 0)
    numerator, denominator = abs(significand - one), significand + one
    length = numerator.bit_length() - denominator.bit_length()
    aligned = numerator << denominator.bit_length() - numerator.bit_length()
    quotient = (aligned << (BITS - 1)) // denominator
    places = BITS - quotient.bit_length()
    significand, scale = quotient << places, length - places
    square = _product(significand, significand) >> (-2 - 2 * scale)
    power, sum_, divisor = square, 0, 3
    while power:
        sum_ += power // divisor
        power, divisor = _product(power, square), divisor + 2
    significand, carry = significand_product(significand, _TOP | sum_ >> 1)
    significand, second_carry = significand_product(significand, _LOG2_E)
    return _Scaled(significand, scale + carry + second_carry + 1)


def _power_of_two(whole: int, fraction: int) -> float:
    """2 ** (whole + fraction): the series of the exponential function, squared again and again."""
    small = _product(fraction, _LN_2) >> _HALVINGS
    term, above, divisor = small, 0, 1
    while term:
        above += term
        divisor += 1
        term = _product(term, small) // divisor
    for _ in range(_HALVINGS):
        above = (above << 1) + _product(above, above)
    significand = ((_TOP | above >> 1) + (1 << (_CUT - 1))) >> _CUT
    return _nearest(significand, whole - (BITS - 1 - _CUT))


def _nearest(size: int, scale: int) -> float:
    try:
        return (size << max(scale, 0)) / (1 << max(-scale, 0))
    except OverflowError:
        return math.inf


def _product(one: int, other: int) -> int:
    """The product of two fractions, but for that of their low words."""
    high, low = one >> _WORD, one & _LOW
    other_high, other_low = other >> _WORD, other & _LOW
    return high * other_high + ((high * other_low + low * other_high) >> _WORD)
