"""a ** b for any f64s: the runtime (rt/pow.ll), run natively, the prelude and the nearest float.

CONTING_FUZZ=50 runs fifty times as many, other ones each time.
"""

import math
import os
import random
from collections.abc import Iterator
from fractions import Fraction
from itertools import product

import pytest
from seahorse.errors import FaultError
from seahorse.powers import power

from tests.compiler.native_runtime import Runtime, bits, number, runtime, same
from tests.compiler.power_reference import nearest_power, rounded

FACTOR = int(os.environ.get("CONTING_FUZZ", "0"))
CHANCE = random.Random(None if FACTOR else 11)
CASES = 5_000 * max(FACTOR, 1)

BASES = (
    *(0.0, 1.0, 0.5, 2.0, 4.0, 3.0, 0.1, 10.0, math.inf, math.nan, 5e-324, 2.2250738585072014e-308),
    *(
        1.7976931348623157e308,
        0.9999999999999999,
        1.0000000000000002,
        math.sqrt(2),
        1.414213562373095,
    ),
)
EXPONENTS = (
    *(0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 0.3, 1 / 3, 1024.5, 1e-300, 5e-324, math.inf, math.nan),
    *(2.0**52 + 1, 2.0**53, 2.0**63, 2.0**63 - 1024, 1e300),
)


@pytest.fixture(scope="module")
def rt() -> Iterator[Runtime]:
    yield from runtime()


def check(rt: Runtime, base: float, exponent: float, wanted: float) -> None:
    """The runtime gives the float, the prelude the same or a fault in its place."""
    found = rt["rt_f64_pow"](bits(base), bits(exponent))
    assert same(found, wanted), (base, exponent, number(found), wanted)
    is_lost = not math.isfinite(wanted) and math.isfinite(base) and math.isfinite(exponent)
    if is_lost:
        with pytest.raises(FaultError):
            power(base, exponent)
    else:
        assert same(bits(power(base, exponent)), wanted), (base, exponent)


def test_edges_are_as_c_has_them(rt: Runtime) -> None:
    for base, exponent in product(BASES, EXPONENTS):
        for a, b in product((base, -base), (exponent, -exponent)):
            check(rt, a, b, nearest_power(a, b))


def pair() -> tuple[float, float]:
    """A positive base of any size, near 1, or as people write it, and an exponent that keeps most
    of the powers within f64.
    """
    kind = CHANCE.random()
    if kind < 0.25:
        return round(CHANCE.uniform(0, 100), 2) + 0.01, round(CHANCE.uniform(-5, 5), 1) + 0.05
    if kind < 0.6:
        base = 1 + CHANCE.uniform(-1, 1) * 2.0 ** -CHANCE.randint(1, 52)
    else:
        base = number(CHANCE.getrandbits(63) % bits(math.inf))
    size = abs(math.log2(base)) if base else 0.0
    return base, CHANCE.uniform(-1, 1) * 2.0 ** -CHANCE.choice((0, 0, 3, 40)) * 1100 / (size or 1)


@pytest.mark.slow
def test_the_nearest_float(rt: Runtime) -> None:
    """At most 1 unit in the last place is promised; there is none off."""
    for _ in range(CASES):
        base, exponent = pair()
        check(rt, base, exponent, nearest_power(base, exponent))


def test_exact_powers_and_ties(rt: Runtime) -> None:
    """(s * s) ** 1.5 is s cubed: often a float, or just between two, where the even one is next."""
    for _ in range(2_000):
        deep = CHANCE.choice((1, 1, 1, 2, 3))
        root = Fraction(CHANCE.getrandbits(CHANCE.randint(1, 52 >> deep)) | 1)
        root *= Fraction(2) ** CHANCE.randint(-30, 30)
        count = CHANCE.choice((1, 3, 5, -1, -3))
        check(rt, float(root ** (1 << deep)), count / (1 << deep), rounded(root**count))


def test_almost_ties(rt: Runtime) -> None:
    """1 + n ulp to the power of m + 1/2 is 2**-107 away from the middle of two floats, and so is
    what is a power of 4 times that.
    """
    for _ in range(1_000):
        near = 1 + CHANCE.randint(-9, 9) * CHANCE.choice((2.0**-53, 2.0**-52))
        base = near * 4.0 ** CHANCE.choice((0, 0, 1, -1, 7, -90))
        exponent = (CHANCE.randint(-9, 9) * 2 + 1) / CHANCE.choice((2, 2, 4, 8))
        check(rt, base, exponent, nearest_power(base, exponent))
