"""Variables that begin as bare numbers have one type under CPython and compiled: that of what they
meet, wherever that is.
"""

from itertools import product
from pathlib import Path

import pytest

from tests.compiler.differential.logged import Logged, empty

pytestmark = pytest.mark.slow

SOURCE = """
LIMIT = 3

class Point:
    x: u64
    y: u8
    def __init__(self, x: u64, y: u8):
        self.x = x
        self.y = y
    def far(self, by: u64) -> u64:
        return self.x + by


class Out(Account):
    value: u64
    small: u8
    wide: u128
    cells: List[u64]
    maybe: Option[u64]
    several: List[Option[u64]]


def half(x: u64) -> Option[u64]:
    return x // 2 if x % 2 == 0 else None


def takes(x: u64) -> u64:
    y = 1
    return y


@instruction
def f(out: Out, a: u64, b: u8):
    i = 0
    while i < a:
        i += 1
    j = LIMIT
    j += a
    m = 5
    out.value = m
    p = m * 2 + 1
    q = p - m
    out.value += takes(q)
    s = 0
    for k in range(5):
        s += k
    out.small += s
    w = 1
    out.wide = w
    out.small = w
    z = 1 if a > 2 else 3
    out.value = max(z, a)
    e = 3
    out.value += a ** e
    c, d = 0, 1
    c += a
    out.value += c * d
    g = 7
    h = 2
    point = Point(g, h)
    r = 1
    out.value = point.far(r)
    out.cells = [a]
    t = 4
    out.cells.append(t)
    for v in range(t):
        out.value += v
    print(i, j, m, p, q, s, w, z, e, c, d, g, h, r, t)


@instruction
def order(out: Out, a: u64, b: u8):
    x = 0
    if b > 3:
        x -= 1
        x += 2
    if a > 5:
        out.value = x
    print(x)


@instruction
def late(out: Out, a: u64, b: u8):
    if b > 100:
        x = 1
    else:
        x = 2
    y = x - 2
    y -= 1
    n = b + 1
    out.wide = 1
    print(x, y, n)
    while True:
        u = 200
        u += b
        out.small = u
        break


@instruction
def tested(out: Out, a: u64, b: u8):
    out.maybe = half(a)
    out.several = [None, a, half(a + 1)]
    m = 0
    maybe = out.maybe
    if maybe is not None:
        m += maybe
    n = 1
    for each in out.several:
        if each is not None:
            n = n + each
    p = 2
    other = half(a)
    out.maybe = p
    p = max(p, a if other is None else other)
    print(m, n, p)
"""


@pytest.mark.parametrize("name", ["f", "order", "late", "tested"])
def test_they_mean_the_same(name: str, tmp_path: Path) -> None:
    machines = Logged.of(SOURCE, tmp_path / "out.py", empty("Out", 200))
    for a, b in product((0, 6, 40), (0, 1, 9, 200)):
        machines.run(name, {"a": a, "b": b})


LISTS = """
class Data(Account):
    marks: List[u16]


@instruction
def join(data: Data, marks: List[u16], n: u64):
    data.marks = [1] * 2 + marks
    data.marks += [9] * n
    made = [0] * n + marks + [1, 2] * 2 + ([3] + [4] * n)
    print(made, marks + [7] * n, [] + marks, [n if n > 1 else 1] + [2])
    print(marks == [1] * 2, [1] * 2 != marks, data.marks)


@instruction
def join_small(data: Data, small: u8, n: u64):
    print([255] * 2 + [small], [small] + [1, 2] * n)
    print([small * 2] + [255] * n)
"""


def test_lists_of_bare_numbers_take_the_type_of_the_list_that_they_meet(tmp_path: Path) -> None:
    machines = Logged.of(LISTS, tmp_path / "lists.py", empty("Data", 300))
    for marks, n in (([], 0), ([1, 1], 3), ([65535], 1)):
        machines.run("join", {"marks": marks, "n": n})
    for small, n in ((0, 0), (127, 2), (128, 1)):
        machines.run("join_small", {"small": small, "n": n})
