"""Powers of floats, to the last bit as compiled programs compute them (rt/power.ll).

C's pow, which Python's `**` calls, differs between machines in the last bit. Here a power is
computed to 128 bits and rounded once.
"""

import math
from typing import Final

from seahorse.errors import Fault, FaultError

_BITS: Final = 128
_FAR: Final = 1 << 20
"""An exponent of 2 beyond which a power is no f64 whatever follows."""
_LARGEST: Final = 1 << 63
_HALF: Final = 0.5


def power(base: float, exponent: float | int) -> float:
    """base ** exponent for a whole exponent, and the square root for 0.5.

    Fault.DIVISION_BY_ZERO for 0 to a negative power; Fault.OVERFLOW for what no f64 holds: a number
    that is too large, the root of a negative one.
    """
    if exponent == _HALF:
        return _root(base)
    if not isinstance(exponent, int) and not exponent.is_integer():
        raise TypeError("the exponent of an f64 is a whole number, or 0.5")
    if not -_LARGEST <= exponent < _LARGEST:
        raise FaultError(Fault.CONVERSION, f"{exponent} does not fit i64")
    return _whole(base, int(exponent))


def _root(base: float) -> float:
    if base < 0 and base != -math.inf:
        raise FaultError(Fault.OVERFLOW, "the root of a negative number")
    return math.sqrt(abs(base))


def _whole(base: float, exponent: int) -> float:
    if exponent == 0:
        return 1.0
    if base == 0 and exponent < 0:
        raise FaultError(Fault.DIVISION_BY_ZERO)
    if not math.isfinite(base) or base == 0:
        size = abs(base) if exponent > 0 else 0.0
        return math.nan if math.isnan(base) else math.copysign(size, _sign(base, exponent))
    result = _rounded(*_raised(abs(base), abs(exponent)), inverse=exponent < 0)
    if math.isinf(result):
        raise FaultError(Fault.OVERFLOW, f"{base} ** {exponent}")
    return math.copysign(result, _sign(base, exponent))


def _sign(base: float, exponent: int) -> float:
    return math.copysign(1.0, base) if exponent % 2 else 1.0


def _raised(base: float, exponent: int) -> tuple[int, int]:
    """base ** exponent as a significand of 128 bits, its top bit set, and an exponent of 2."""
    fraction, scale = math.frexp(base)
    factor, factor_scale = int(math.ldexp(fraction, 53)) << (_BITS - 53), scale - 1
    result, result_scale = 1 << (_BITS - 1), 0
    while True:
        if exponent & 1:
            result, carry = _product(result, factor)
            result_scale += factor_scale + carry
        exponent >>= 1
        if not exponent:
            return result, result_scale
        if abs(factor_scale) > _FAR:
            return 1 << (_BITS - 1), factor_scale
        factor, carry = _product(factor, factor)
        factor_scale += factor_scale + carry


def _product(one: int, other: int) -> tuple[int, int]:
    """The upper 128 bits of a product, the last one set if any below is; and 1 if it reaches 2."""
    product = one * other
    carry = product >> (2 * _BITS - 1)
    cut = _BITS - 1 + carry
    return product >> cut | (product & (1 << cut) - 1 != 0), carry


def _rounded(significand: int, scale: int, *, inverse: bool) -> float:
    """The f64 nearest to significand / 2**127 * 2**scale, or to its inverse; infinity beyond."""
    if abs(scale) > _FAR:
        return math.inf if (scale > 0) is not inverse else 0.0
    shift = scale - (_BITS - 1)
    up, down = max(shift, 0), max(-shift, 0)
    numerator, denominator = significand << up, 1 << down
    try:
        return denominator / numerator if inverse else numerator / denominator
    except OverflowError:
        return math.inf
