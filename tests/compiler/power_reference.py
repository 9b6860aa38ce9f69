"""Powers of floats by other means than ours: exact fractions where the power is one, else decimals
of 60 digits, which the 53 bits of a float are far from being misled by.
"""

import math
from decimal import MAX_EMAX, MIN_EMIN, Context
from fractions import Fraction

_DIGITS = Context(prec=60, Emax=MAX_EMAX, Emin=MIN_EMIN)
_LONGEST = 64


def nearest_power(base: float, exponent: float) -> float:
    """base ** exponent, rounded once; as C's pow an infinity for 0 to a negative power and beyond
    the greatest float, a NaN for what is no real number.
    """
    if not (math.isfinite(base) and math.isfinite(exponent) and base and exponent):
        return _special(base, exponent)
    if base < 0:
        if not exponent.is_integer():
            return math.nan
        return math.copysign(nearest_power(-base, exponent), -1 if exponent % 2 else 1)
    return _exact(base, exponent) or _approximate(base, exponent)


def _special(base: float, exponent: float) -> float:
    try:
        return float(base**exponent)
    except ZeroDivisionError:
        return math.inf


def _exact(base: float, exponent: float) -> float | None:
    """Of a perfect square or fourth power and so on to a short exponent."""
    value, left = Fraction(base), exponent
    while not left.is_integer():
        root = Fraction(math.isqrt(value.numerator), math.isqrt(value.denominator))
        if root * root != value:
            return None
        value, left = root, left * 2
    return rounded(value ** int(left)) if abs(left) < _LONGEST else None


def _approximate(base: float, exponent: float) -> float:
    decimal = _DIGITS.create_decimal
    power = _DIGITS.multiply(_DIGITS.ln(decimal(base)), decimal(exponent))
    if abs(power) > _LONGEST * _LONGEST:
        return math.inf if power > 0 else 0.0
    return rounded(Fraction(_DIGITS.exp(power)))


def rounded(value: Fraction) -> float:
    """The nearest float, infinity beyond the greatest."""
    try:
        return value.numerator / value.denominator
    except OverflowError:
        return math.inf
