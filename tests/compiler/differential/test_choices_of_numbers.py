"""A choice of numbers without a type takes the type of where it goes, compiled and on CPython."""

from itertools import product
from pathlib import Path

import pytest

from tests.compiler.differential.logged import Logged, empty

pytestmark = pytest.mark.slow

SOURCE = """
LIMIT = 3
LARGE = 2 ** 63


class Out(Account):
    value: u64
    small: u8
    signed: i32
    wide: u128
    real: f64
    maybe: Option[u64]
    cells: List[u64]


def twice(x: u64) -> u64:
    return x * 2


def pick(c: bool) -> u8:
    return LIMIT if c else 7


@instruction
def mixed(out: Out, a: u64, b: u8):
    c = b > 3
    out.value = a + (1 if c else 0)
    out.value += 2 if a > 5 else (3 if c else 4)
    out.value = (5 if c else 6) * out.value
    out.wide = u128(a) * (LARGE if c else 2 ** 100)
    out.cells = [a, 1 if c else 2]
    out.cells.append(3 if c else 4)
    assert out.value >= (1 if c else 0)
    print(a == (6 if c else 0), a < (41 if c else 1), (0 if c else 6) <= a < (7 if c else 41))
    print((6 if c else 40) in out.cells, twice(8 if c else 9), pick(c))
    print(min(a, 1 if c else 2), max(2 if c else 50, a, 7), a % (2 if c else 7))
    print(a >> (1 if c else 2))
    print((1 if c else 2) if a > 5 else a, a + ((1 if c else 2) if a > 5 else LIMIT))
    x = out.maybe
    print(a + (1 if x is None else 2), u64(LARGE if c else 1), u8(300 if a > 5 and not c else 1))


@instruction
def narrow(out: Out, a: u64, b: u8):
    out.small = b + (100 if a > 5 else 0)
    print(b - (1 if a > 5 else 0))


@instruction
def signs(out: Out, a: u64, b: u8):
    c = b > 3
    n = i32(b)
    out.signed = n + -(1 if c else -2)
    out.signed -= -((LIMIT if c else 4) if a > 5 else -6)
    out.signed += ~(0 if c else 1)
    print(n > -(1 if c else 0), +(5 if c else 6) + a)


@instruction
def counted(out: Out, a: u64, b: u8):
    out.value = (1 if a > 0 else 0) + (1 if b > 0 else 0) + (1 if b > 9 else 0)
    out.small = b - (2 * (3 if a > 5 else 1) + 1)
    print(a * ((2 if b > 0 else 1) - 1), u64((1 if a > 5 else 0) - (1 if b > 0 else 0)))


@instruction
def reals(out: Out, a: u64, b: u8):
    c = b > 3
    out.real = f64(a) + (1 if c else 2)
    print(out.real, out.real < (2**53 + 1 if c else 8), max(out.real, 3 if c else 4))
    print(9007199254740992.0 < (2**53 + 1 if c else 0))
"""

EXPRESSIONS = (
    "b + (250 if c else 1) // 1",
    "b + (250 if c else 9) // (2 if a > 5 else 1)",
    "b + (250 if c else 9) % (100 if a > 5 else 4)",
    "b + ((50 if c else 3) << 2)",
    "b + ((3 if c else 1) << (6 if a > 5 else 1))",
    "b + ((250 if c else 9) >> (1 if a > 5 else 3))",
    "b + (15 if c else 1) ** 2",
    "a * (2 ** 62 if c else 3) // 1",
    "b - (250 if c else 9) // 2 % 7",
    "b * ((7 if c else 1) // 2 + 250 % (9 if a > 5 else 250))",
    "i8(a) + -(127 if c else 7) // 2",
    "i8(a) + (-128 if c else 7) // (3 if a > 5 else -2)",
    "i8(a) + (-128 if c else 7) % (3 if a > 5 else -2)",
    "u128(a) + ((1 if c else 3) << 100) % (2 ** 90 if a > 5 else 7)",
    "(7 if c else 250) // 2",
    "max(b, (250 if c else 1) // 1 + b)",
    "b == (250 if c else 18) // 2",
    "[b, (250 if c else 1) // 1][1] + b",
    "b + (2 ** u8(a) + 1)",
    "b + -(-(2 ** u8(a)))",
    "b + 2 ** u8(a) * 2 // 2",
    "b + (" + " + ".join(f"({1 << k} if a > {k} else 0)" for k in range(7)) + ")",
)
CALCULATED = "".join(
    f"""

@instruction
def calculated_{number}(out: Out, a: u64, b: u8):
    c = b > 3
    print({expression})
"""
    for number, expression in enumerate(EXPRESSIONS)
)


@pytest.mark.parametrize("name", ["mixed", "narrow", "signs", "counted", "reals"])
def test_they_mean_the_same(name: str, tmp_path: Path) -> None:
    machines = Logged.of(SOURCE, tmp_path / "out.py", empty("Out", 200))
    for a, b in product((0, 6, 40), (0, 1, 9, 200)):
        machines.run(name, {"a": a, "b": b})


def test_so_does_what_is_calculated_with_them(tmp_path: Path) -> None:
    machines = Logged.of(SOURCE + CALCULATED, tmp_path / "out.py", empty("Out", 200))
    for number in range(len(EXPRESSIONS)):
        for a, b in product((0, 6, 7, 8), (0, 1, 9, 200)):
            machines.run(f"calculated_{number}", {"a": a, "b": b})
