"""Powers of floats, to the last bit as compiled programs compute them (rt/power.ll, rt/pow.ll).

C's pow, which Python's `**` calls, differs between machines in the last bit. Here a power is
computed to 128 bits and rounded once; one with a fraction in the exponent in real_powers.py.
"""

import math
from typing import Final

from seahorse.errors import Fault, FaultError
from seahorse.real_powers import real_power
from seahorse.significands import BITS, significand_product

_FAR: Final = 1 << 20
"""An exponent of 2 beyond which a power is no f64 whatever follows."""
_LARGEST: Final = 1 << 63
_HALF: Final = 0.5


def power(base: float, exponent: float | int) -> float:
    """base ** exponent: CPython's, but for the last bit, in which C's pow differs.

    Fault.DIVISION_BY_ZERO for 0 to a negative power; Fault.OVERFLOW for what no f64 holds: a number
    that is too large, a number below 0 to a power with a fraction.
    """
    if isinstance(exponent, int):
        if not -_LARGEST <= exponent < _LARGEST:
            raise FaultError(Fault.CONVERSION, f"{exponent} does not fit i64")
        return _whole(base, int(exponent))
    if exponent.is_integer() and abs(exponent) < _LARGEST:
        return _whole(base, int(exponent))
    result = _of_float(base, exponent)
    if not math.isfinite(result) and math.isfinite(base) and math.isfinite(exponent):
        fault = Fault.OVERFLOW if base else Fault.DIVISION_BY_ZERO
        raise FaultError(fault, f"{base} ** {exponent}")
    return result


def _of_float(base: float, exponent: float) -> float:
    """An exponent with a fraction, or beyond i64; a NaN for what is no real number."""
    if base == 1.0:
        return 1.0
    if math.isnan(base) or math.isnan(exponent):
        return math.nan
    limit = math.inf if (abs(base) > 1.0) is not (exponent < 0) else 0.0
    if abs(exponent) >= _LARGEST:
        return 1.0 if base == -1.0 else limit
    if base == 0 or math.isinf(base):
        return limit
    if base < 0:
        return math.nan
    return math.sqrt(base) if exponent == _HALF else real_power(base, exponent)


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
    factor, factor_scale = int(math.ldexp(fraction, 53)) << (BITS - 53), scale - 1
    result, result_scale = 1 << (BITS - 1), 0
    while True:
        if exponent & 1:
            result, carry = significand_product(result, factor)
            result_scale += factor_scale + carry
        exponent >>= 1
        if not exponent:
            return result, result_scale
        if abs(factor_scale) > _FAR:
            return 1 << (BITS - 1), factor_scale
        factor, carry = significand_product(factor, factor)
        factor_scale += factor_scale + carry


def _rounded(significand: int, scale: int, *, inverse: bool) -> float:
    """The f64 nearest to significand / 2**127 * 2**scale, or to its inverse; infinity beyond."""
    if abs(scale) > _FAR:
        return math.inf if (scale > 0) is not inverse else 0.0
    shift = scale - (BITS - 1)
    up, down = max(shift, 0), max(-shift, 0)
    numerator, denominator = significand << up, 1 << down
    try:
        return denominator / numerator if inverse else numerator / denominator
    except OverflowError:
        return math.inf
