"""What stands once and counts twice is computed once; ranges by a step known late; `==` of parts.

`a[f()] += 1`, `x < f() < y`, `range(a, b, step)`, and lists, tuples and dataclasses as wholes.
"""

from itertools import product
from pathlib import Path

import pytest

from tests.compiler.differential.logged import Logged, empty

pytestmark = pytest.mark.slow

SOURCE = """
class Row:
    cells: List[u64]
    name: str

    def __init__(self, name: str):
        self.cells = [1, 2, 3]
        self.name = name


class Box(Account):
    calls: u64
    cells: Array[u64, 4]
    grid: Array[Array[u8, 2], 2]


def next(box: Box, most: u64) -> u64:
    box.calls += 1
    print("next", box.calls)
    return box.calls % most


def row_of(rows: List[Row], box: Box) -> Row:
    return rows[next(box, 2)]


@instruction
def add(box: Box, by: u64):
    box.cells[next(box, 4)] += by + next(box, 4)
    box.cells[next(box, 4)] *= 2
    box.cells[next(box, 4)] -= box.calls
    box.grid[next(box, 2)][next(box, 2)] |= 4
    print(box.cells, box.grid)


@instruction
def add_to_lists(box: Box, by: u64):
    rows = [Row("a"), Row("b")]
    lists = [[u64(1), u64(2)], [u64(3), u64(4)]]
    rows[next(box, 2)].cells[next(box, 3)] += by
    row_of(rows, box).cells[next(box, 3)] += by
    row_of(rows, box).name += "!"
    lists[next(box, 2)][next(box, 2)] += by
    lists[next(box, 2)] += [by, next(box, 9)]
    print(rows[0].cells, rows[1].cells, rows[0].name, rows[1].name, lists)


def first_anew(lists: List[List[u64]]) -> u64:
    lists[0] = [7, 7]
    return 1


@instruction
def found_before_the_index(box: Box):
    lists = [[u64(1), u64(2)], [u64(3), u64(4)]]
    old = lists[0]
    lists[0][first_anew(lists)] += 5
    print(lists, old, box.calls)


@instruction
def between(box: Box, low: u64, high: u64):
    if low < next(box, 5) < high:
        print("inside")
    print(box.calls <= next(box, 7) <= next(box, 9) < 6, 0 <= next(box, 3) == 1 != next(box, 4))
    print(1 < next(box, 4) + 1 < 3 or low == high)
    while box.calls < next(box, 100) + 1 < 20:
        box.calls += 3
"""

RANGES = """
class Nothing(Account):
    none: u8


@instruction
def count(nothing: Nothing, start: i64, stop: i64, step: i64):
    total = 0
    for i in range(start, stop, step):
        print(i)
        if i == 5:
            continue
        total += 1
    print([i for i in range(start, stop, step)], total)


@instruction
def count_bytes(nothing: Nothing, start: u8, stop: u8, step: u8):
    for i in range(start, stop, step):
        print(i)
    for i, j in zip(range(start, stop, step), range(9)):
        print(i, j)


@instruction
def count_small(nothing: Nothing, start: i8, stop: i8, step: i8):
    for i in range(start, stop, step):
        print(i, -(i + 1))


@instruction
def count_few(nothing: Nothing, step: i64):
    rounds = 0
    for i in range(-9223372036854775808, 9223372036854775807, step):
        rounds += 1
        if rounds > 4:
            break
        print(i)


@instruction
def count_from_nothing(nothing: Nothing, step: u16):
    for i in range(3, 12, step):
        print(i)
"""

EQUALITY = """
@dataclass
class Point:
    x: i32
    name: str


@dataclass
class Line:
    points: List[Point]
    ends: Tuple[u8, bool]


class Nothing(Account):
    points: List[Point]


@instruction
def compare(nothing: Nothing, a: List[u16], b: List[u16], x: str, y: str):
    print(a == b, a != b, [a, b] == [b, a], (a, x) == (b, y), (x, 1) != (y, 1))
    one, other = Point(1, x), Point(1, y)
    print(one == other, one != other, Point(2, x) == Point(1, x))
    first, second = Line([one, other], (1, True)), Line([other, one], (1, len(a) == len(b)))
    print(first == second, not first != second, [first] == [second, first])
    same = first
    print([x, y] == [y, x], [[u8(1)], []] == [[u8(1)], []], [len(a)] != [len(b)])
    print(same == first, nothing.points == first.points)
    nothing.points = first.points
    print(nothing.points == first.points, nothing.points != second.points, nothing.points[0] == one)
    if a == b and x == y:
        assert first == second


def add(values: List[u16]) -> List[u16]:
    values.append(u16(len(values)))
    print("add")
    return values


@instruction
def once(nothing: Nothing, a: List[u16]):
    print(add(a) == a, a != add(a), add(a) == add(a))
"""

ACCOUNTS = """
@dataclass
class Item:
    n: u64
    tags: List[u8]


class Box(Account):
    calls: u64
    items: List[Item]
    words: List[str]


def pick(box: Box, n: u64) -> u64:
    print("pick", n)
    return n


def grow(box: Box) -> u64:
    box.items = [Item(9, [9]), Item(8, [8])]
    return 0


def word(n: u64) -> str:
    print("word")
    return f"{n}"


@instruction
def start(box: Box):
    box.items = [Item(1, [1]), Item(2, [2, 3])]
    box.words = ["a", "b"]


@instruction
def by_alias(box: Box, n: u64):
    box.items[pick(box, n)].n += 5
    box.items[pick(box, n)].tags[pick(box, 0)] += 1


@instruction
def rebound(box: Box):
    box.items[grow(box)].n += 5
    print(box.items[0].n, box.items[1].n)


@instruction
def texts(box: Box, n: u64):
    box.words[pick(box, n)] += word(n)
    print(box.words[0], box.words[1])


@instruction
def chains(box: Box, n: u64):
    print(pick(box, n) < 5 < pick(box, 7), 0 < n < pick(box, 3) < pick(box, 9) < 10)
    print(1.5 < pick(box, n) < 3.5)
    print(word(n) == "1" != "2", "1" == word(n) == word(n), 1 == pick(box, n) != 2 == pick(box, 2))
    x = 1 if 0 < pick(box, n) < 3 else 2
    print(x, not 0 < pick(box, n) < 3, 0 < pick(box, n) <= 1 or 0 < pick(box, n) < 9)


@instruction
def same(box: Box, a: List[str], n: u64):
    print(box.words == a, box.items == [Item(1, [1]), Item(n, [2, 3])], box.items != box.items)
    print([pick(box, n), n] == [n, pick(box, n)])
    print((a, n) != (box.words, n))
"""


def test_operands_are_computed_once(tmp_path: Path) -> None:
    machines = Logged.of(SOURCE, tmp_path / "once.py", empty("Box", 8 + 8 + 32 + 4))
    for by in (5, 1, 0):
        machines.run("add", {"by": by})
        machines.run("add_to_lists", {"by": by})
        machines.run("found_before_the_index", {})
    for low, high in product((0, 2, 9), (1, 4, 20)):
        machines.run("between", {"low": low, "high": high})


def test_ranges_go_by_whatever_step(tmp_path: Path) -> None:
    machines = Logged.of(RANGES, tmp_path / "ranges.py", empty("Nothing", 9))
    low, high = -(2**63), 2**63 - 1
    for start, stop, step in [(0, 10, 3), (10, 0, -4), (5, 5, 1), (0, 10, 0), (3, -3, 1)]:
        machines.run("count", {"start": start, "stop": stop, "step": step})
    for start, stop, step in [(low, high, high), (high, low, low), (low + 1, high, 2**62)]:
        machines.run("count", {"start": start, "stop": stop, "step": step})
    for start, stop, step in [(0, 255, 100), (250, 255, 5), (9, 3, 1), (1, 2, 255), (1, 9, 0)]:
        machines.run("count_bytes", {"start": start, "stop": stop, "step": step})
    for start, stop, step in [(-128, 127, 100), (126, -128, -128), (126, -127, -127), (1, 3, 1)]:
        machines.run("count_small", {"start": start, "stop": stop, "step": step})
    for step in (1, high, -1, low, 2**62):
        machines.run("count_few", {"step": step})
    for step in (1, 4, 65535, 0):
        machines.run("count_from_nothing", {"step": step})


def test_wholes_are_equal_where_their_parts_are(tmp_path: Path) -> None:
    machines = Logged.of(EQUALITY, tmp_path / "equality.py", empty("Nothing", 200))
    lists: tuple[list[int], ...] = ([], [1], [1, 2], [2, 1], [1, 2, 3])
    for a, b in product(lists, lists):
        machines.run("compare", {"a": a, "b": b, "x": "ab", "y": "ab"})
    for x, y in (("", "a"), ("é", "e"), ("abc", "abd")):
        machines.run("compare", {"a": [7], "b": [7], "x": x, "y": y})
    machines.run("once", {"a": [4]})


def test_what_an_account_holds_is_found_before_its_index(tmp_path: Path) -> None:
    machines = Logged.of(ACCOUNTS, tmp_path / "accounts.py", empty("Box", 400))
    machines.run("start", {})
    for n in (1, 2):
        machines.run("by_alias", {"n": n})
        machines.run("texts", {"n": n})
        machines.run("chains", {"n": n})
        machines.run("same", {"a": ["a", "b1"], "n": n})
    machines.run("rebound", {})
    machines.run("by_alias", {"n": 1})
