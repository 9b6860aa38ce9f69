"""The runtime's arithmetic (llvm/rt), run natively: far more cases than fit on the SVM.

`tests/compiler/differential` has the same operations as programs, on v3 and v0.
"""

import ctypes
import math
import random
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from itertools import product

import pytest
from seahorse.powers import power

from tests.compiler.native_runtime import Runtime, bits, number, runtime, same

pytestmark = pytest.mark.slow

WORD = (1 << 64) - 1
CASES = 12_000
CHANCE = random.Random(7)

EDGES = (
    *(0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, 3.5, -2.5, 3.0, 0.1, 1e16, 1e-300, 1e300),
    *(5e-324, -5e-324, 2.225073858507201e-308, 2.2250738585072014e-308),
    *(1.7976931348623157e308, -1.7976931348623157e308, math.inf, -math.inf, math.nan),
    *(0.49999999999999994, 0.9999999999999999, 1.0000000000000002, 4503599627370495.5),
    *(2.0**52, 2.0**53, 2.0**53 - 1, -(2.0**63), 2.0**64, 2.0**127, 2.0**128),
)
WORD_EDGES = (0, 1, 2, 3, 2**32 - 1, 2**32, 2**53, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1)


@pytest.fixture(scope="module")
def rt() -> Iterator[Runtime]:
    yield from runtime()


@cache
def out() -> ctypes.Array[ctypes.c_uint64]:
    return (ctypes.c_uint64 * 4)()


def place() -> int:
    return ctypes.addressof(out())


def anything() -> float:
    kind = CHANCE.random()
    if kind < 0.3:
        return number(CHANCE.getrandbits(64))
    if kind < 0.4:
        return CHANCE.choice(EDGES)
    if kind < 0.6:
        exponent = 1023 + CHANCE.randint(-60, 60)
    elif kind < 0.8:
        exponent = CHANCE.randint(0, 3)
    else:
        return CHANCE.randint(-1000, 1000) / CHANCE.choice((1, 2, 4, 8, 10))
    return number(CHANCE.getrandbits(1) << 63 | exponent << 52 | CHANCE.getrandbits(52))


def word() -> int:
    if CHANCE.random() < 0.3:
        return CHANCE.choice(WORD_EDGES)
    return CHANCE.getrandbits(CHANCE.randint(1, 64))


def order(a: float, b: float) -> int:
    if math.isnan(a) or math.isnan(b):
        return 3
    return 0 if a < b else 1 if a == b else 2


def remainder(a: float, b: float) -> float:
    return math.nan if math.isinf(a) or math.isnan(b) else math.fmod(a, b)


OPERATIONS: dict[str, Callable[[float, float], float]] = {
    "rt_f64_add": lambda a, b: a + b,
    "rt_f64_subtract": lambda a, b: a - b,
    "rt_f64_multiply": lambda a, b: a * b,
}
DIVISIONS: dict[str, Callable[[float, float], float]] = {
    "rt_f64_divide": lambda a, b: a / b,
    "rt_f64_floor_divide": lambda a, b: a // b,
    "rt_f64_modulo": lambda a, b: a % b,
    "rt_f64_remainder": remainder,
}


def check_pair(rt: Runtime, a: float, b: float) -> None:
    for name, compute in (OPERATIONS | (DIVISIONS if b else {})).items():
        assert same(rt[name](bits(a), bits(b)), compute(a, b)), (name, a, b)
    assert rt["rt_f64_order"](bits(a), bits(b)) == order(a, b), (a, b)


def test_pairs_of_edges(rt: Runtime) -> None:
    for a, b in product(EDGES, repeat=2):
        check_pair(rt, a, b)


def test_random_pairs(rt: Runtime) -> None:
    for _ in range(CASES):
        check_pair(rt, anything(), anything())


def whole(value: float, mode: int) -> float:
    if not math.isfinite(value):
        return value
    rounded = (math.trunc, math.floor, math.ceil, round)[mode](value)
    return math.copysign(float(rounded), value)


def test_whole_numbers(rt: Runtime) -> None:
    for value in (*EDGES, *(anything() for _ in range(CASES))):
        for mode in range(4):
            assert same(rt["rt_f64_integral"](bits(value), mode), whole(value, mode)), (value, mode)
        fits = math.isfinite(value) and abs(int(value)) < 2**128
        assert rt["rt_f64_truncate"](place(), bits(value)) == (not fits)
        if fits:
            assert out()[0] | out()[1] << 64 == abs(int(value)), value


def test_integers_and_floats(rt: Runtime) -> None:
    for _ in range(CASES):
        value, integer = anything(), word() | (word() << 64 if CHANCE.random() < 0.6 else 0)
        near = int(value) if math.isfinite(value) and abs(value) < 2**127 else integer
        for each in (integer, abs(near), abs(near) + (near < 2**127)):
            for sign in (0, 1 << 63):
                signed = -each if sign else each
                words = sign, each & WORD, each >> 64
                assert same(rt["rt_f64_from_words"](*words), float(signed))
                found = rt["rt_f64_order_integer"](bits(value), *words)
                assert found == order(value, signed), (value, signed)


def test_quotients_of_integers(rt: Runtime) -> None:
    for _ in range(CASES):
        a, b = (word() | (word() << 64 if CHANCE.random() < 0.5 else 0) for _ in range(2))
        odd = CHANCE.getrandbits(54) | 1
        for up, down in ((a, b), (odd * (b >> 60), b >> 60), (b * 3 & 2**128 - 1, b)):
            if down:
                words = (up & WORD, up >> 64, down & WORD, down >> 64)
                assert same(rt["rt_f64_ratio"](*words), up / down), (up, down)


def test_wide_integers(rt: Runtime) -> None:
    for _ in range(CASES):
        a, b = (word() | (word() << 64 if CHANCE.random() < 0.6 else 0) for _ in range(2))
        words = (a & WORD, a >> 64, b & WORD, b >> 64)
        lost = rt["rt_multiply128"](place(), *words)
        assert bool(lost) == (a * b >= 2**128), (a, b)
        assert out()[0] | out()[1] << 64 == a * b & 2**128 - 1 or lost
        if b:
            rt["rt_divide128"](place(), *words)
            found = out()[0] | out()[1] << 64, out()[2] | out()[3] << 64
            assert found == divmod(a, b), (a, b)


def text_of(put: Callable[..., int], *words: int) -> str:
    room = ctypes.create_string_buffer(48)
    start = ctypes.addressof(room)
    end = put(start, *words)
    return room.raw[: end - start].decode()


def test_decimals_of_wide_integers(rt: Runtime) -> None:
    for _ in range(CASES // 4):
        value = word() | (word() << 64 if CHANCE.random() < 0.7 else 0)
        signed = value - (2**128 if value >> 127 else 0)
        words = value & WORD, value >> 64
        assert text_of(rt["rt_put_unsigned128"], *words) == str(value)
        assert text_of(rt["rt_put_signed128"], *words) == str(signed)


def exact_power(base: float, exponent: int) -> float:
    size = abs(Fraction(base)) ** exponent
    try:
        result = size.numerator / size.denominator
    except OverflowError:
        result = math.inf
    return math.copysign(result, base if exponent % 2 else 1.0)


def test_powers_are_rounded_once(rt: Runtime) -> None:
    for _ in range(CASES // 2):
        base, exponent = anything(), CHANCE.randint(-40, 40)
        if CHANCE.random() < 0.4:
            base, exponent = float(CHANCE.randint(1, 2**29)), CHANCE.choice((2, 2, 3, 4, -1, -2))
        if math.isfinite(base) and base:
            found = rt["rt_f64_power"](bits(base), exponent & WORD)
            assert same(found, exact_power(base, exponent)), (base, exponent)


def test_long_powers_are_the_preludes(rt: Runtime) -> None:
    """Where the exact power has too many digits: the prelude computes the same 128 bits."""
    for _ in range(CASES // 4):
        base = 1.0 + CHANCE.uniform(-1, 1) * 10.0 ** -CHANCE.randint(2, 15)
        exponent = int(float(CHANCE.getrandbits(CHANCE.randint(1, 52)) * CHANCE.choice((1, -1))))
        found = rt["rt_f64_power"](bits(base), exponent & WORD)
        if math.isfinite(number(found)):
            assert same(found, power(base, exponent)), (base, exponent)


def test_shortest_decimals(rt: Runtime) -> None:
    """Every exponent with the significands at its ends, and numbers that people write."""
    ends = [number(e << 52 | f) for e in range(0, 2047, 3) for f in (0, 1, 2**52 - 1)]
    short = [round(CHANCE.uniform(-1e6, 1e6), CHANCE.randint(0, 9)) for _ in range(CASES)]
    whole_ones = [float(CHANCE.getrandbits(CHANCE.randint(1, 90))) for _ in range(CASES // 4)]
    for value in (*EDGES, *ends, *short, *whole_ones, *(anything() for _ in range(CASES))):
        assert text_of(rt["rt_put_float"], bits(value)) == repr(value)


def test_roots(rt: Runtime) -> None:
    for value in (*EDGES, *(anything() for _ in range(CASES))):
        root = math.sqrt(abs(value))
        assert same(rt["rt_f64_root"](bits(abs(value))), root), value
