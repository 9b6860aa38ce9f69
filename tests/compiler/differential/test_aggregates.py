"""Lists, classes, tuples, comprehensions and text mean the same under CPython and compiled."""

from typing import Any

import pytest
from seahorse.prelude import Pubkey

from tests.compiler.differential.logged import Logged, empty

pytestmark = pytest.mark.slow

SOURCE = """
class Flag(Enum):
    OFF = 1
    ON = 2


@dataclass
class Point:
    x: i32
    y: u8

    def move(self, by: i32) -> None:
        self.x += by

    def total(self) -> i64:
        return self.x + i64(self.y)


class Line:
    start: Point
    stops: List[u16]
    name: str

    def __init__(self, x: i32, name: str):
        self.start = Point(x, 1)
        self.stops = [1, 2]
        self.name = name

    def origin() -> Point:
        return Point(0, 0)

    def named(name: str) -> Line:
        return Line(3, name)


class Data(Account):
    count: u64
    pair: Array[i16, 2]
    numbers: List[i32]
    names: List[str]
    text: str
    line: Line
    points: List[Point]
    boxes: Array[Point, 2]
    keys: List[Pubkey]
    flags: List[Flag]
    grid: List[List[u8]]
    flag: Flag
    last: u8


def double(x: i32) -> i32:
    return x * 2


def is_even(x: i32) -> bool:
    return x % 2 == 0


def fill(target: List[i32], count: u8) -> List[i32]:
    for i in range(count):
        target.append(i32(i) - 3)
    return target


def swap(a: i32, b: str) -> Tuple[str, i32]:
    return b, a


@instruction
def begin(data: Data):
    data.numbers = [3, -1, 2]
    data.names = ["a", "bc"]
    data.text = "héllo"
    data.line = Line(5, "first")
    data.points = [Point(1, 2), Point(-3, 4)]
    data.boxes[1].move(7)
    data.flags = [Flag.ON, Flag.OFF]
    data.grid = [[1, 2], [], [3]]
    data.last = 9
    data.points.append(Line.origin())
    data.line = Line.named(data.line.name + "!")
    print("begun", len(data.names), data.flag, data.numbers)


@instruction
def alias(data: Data, n: i32):
    a = data.numbers
    b = a
    b.append(n)
    c = fill(b, 3)
    c[0] = n
    p = data.points[0]
    data.points.append(p)
    p.x = n
    data.boxes[0] = p
    q = data.line.start
    data.line.start = Point(n, 3)
    q.x = 77
    data.line.stops += [5]
    data.count += len(a)
    print(a, p.x, q.x, data.points[-1].x, data.boxes[0].x, data.boxes[1].x, data.line.stops)


@instruction
def comprehend(data: Data, n: i32):
    evens = [x * n for x in data.numbers if x % 2 == 0]
    pairs = [(i, x) for i, x in enumerate(data.numbers)]
    total: i64 = 0
    for i, x in pairs:
        total += i64(x) * i64(i)
    for (name, number) in zip(data.names, data.numbers):
        print(name, number)
    nested = [[x + y for y in range(2)] for x in range(3)]
    squares = [x ** 2 for x in range(4)]
    flat = [y for row in nested for y in row]
    print(evens, total, nested, flat, squares, sum(data.numbers), sum([p.x for p in data.points]))
    print(list(map(double, data.numbers)), list(filter(is_even, data.numbers)))
    print(sorted(data.numbers))
    x = n
    more = [x for x in data.numbers]
    print(x, more, 2 in data.numbers, n not in data.numbers, [0] * 3, data.numbers + [n])


@instruction
def mutate(data: Data, i: i64, n: u8):
    data.grid[i].append(n)
    data.grid.insert(i, [n, n])
    taken = data.grid.pop()
    taken.append(1)
    data.grid.append(taken)
    data.names.append(data.text + data.names[0])
    data.text = f"{data.text}{n}"
    data.numbers.reverse()
    removed = data.numbers.pop(i)
    data.flags[0] = Flag.OFF if n > 5 else Flag.ON
    data.flag = data.flags[0]
    for row in data.grid:
        if len(row) < 3:
            row.append(n)
    print(removed, data.grid, data.text, data.flags)


@instruction
def tuples(data: Data, a: i32, b: str):
    x, y = a, b
    y, x = swap(x, y)
    t = (x, y, True)
    u = t
    first, second, third = u
    data.numbers[0], data.numbers[-1] = data.numbers[-1], data.numbers[0]
    s, v = 1, 2
    s, v = v, s
    data.count = u64(s) * 10 + u64(v)
    data.names = [second, b]
    data.text, data.last = b, u8(len(t))
    m = w = [a]
    m.append(4)
    print(first, second, third, t[0], w, data.names[0])


@instruction
def bad_index(data: Data, i: i64):
    print(data.numbers[i])
    data.numbers[i] = 1
    data.numbers.clear()
    data.numbers.pop()


@instruction
def given(data: Data, xs: List[u16], line: Line, names: List[str], points: Array[Point, 2]):
    line.stops = xs
    xs.append(8)
    data.line = line
    line.name = names[0] if len(names) > 0 else "none"
    data.boxes = points
    points[0].x = 1
    data.points = [each for each in points]
    data.points[1].move(-4)
    for name in names:
        data.names.append(name)
    data.count = u64(sum(xs))


@instruction
def grow(data: Data, count: u16):
    for i in range(count):
        data.numbers.append(i32(i))


@instruction
def keyed(data: Data, who: Pubkey, other: Pubkey):
    prev = who
    pairs: List[Tuple[Pubkey, i64]] = []
    for i in range(3):
        k = who if i % 2 == 0 else other
        t = (k, i)
        pairs.append(t)
        data.keys.append(t[0])
        data.keys.append(prev)
        prev = k
    a, b = data.keys[0], data.keys[2]
    data.keys[0] = b
    data.keys[2] = a
    for key, n in pairs:
        print(key, n, key == who, key in data.keys)
    print(data.keys, len(data.keys), prev)


@instruction
def early(data: Data, n: u8):
    data.numbers.append(1)
    if n > 3:
        return
    data.text = "late"
    assert n != 2, "two"
    for i in range(10):
        if i == 4:
            return
        data.last += u8(i)


@instruction
def search(data: Data, n: i32, name: str, who: Pubkey):
    print(data.numbers.count(n), n in data.numbers, data.names.count(name), data.keys.count(who))
    data.numbers.append(n)
    place = data.numbers.index(n)
    data.numbers.remove(n)
    data.names.remove(name)
    data.count = place * 10 + data.names.index("bc")
    data.flags.remove(Flag.ON)
    print(data.flags.index(Flag.OFF), data.flags.count(Flag.ON), data.numbers, len(data.names))


@instruction
def over_grown(data: Data):
    for n in data.numbers:
        if len(data.numbers) < 12:
            data.numbers.append(n + 1)
    i = 0
    while i < 3:
        i += 1
        if i == 2:
            continue
        data.grid.append([u8(i)])
"""
SIZE = 700
PUBKEY = Pubkey.of(bytes([4]) * 32)


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Logged:
    """Compiled once."""
    path = tmp_path_factory.mktemp("aggregates") / "aggregates.py"
    return Logged.of(SOURCE, path, empty("Data", SIZE))


@pytest.fixture
def program(machines: Logged) -> Logged:
    """The three machines, after `begin`."""
    machines.reset(empty("Data", SIZE))
    machines.run("begin", {})
    return machines


def test_everything_once(program: Logged) -> None:
    for name, arguments in (
        ("alias", {"n": 42}),
        ("comprehend", {"n": -7}),
        ("mutate", {"i": 0, "n": 3}),
        ("mutate", {"i": -1, "n": 9}),
        ("tuples", {"a": 8, "b": "ß"}),
        ("alias", {"n": -1}),
        ("over_grown", {}),
        ("comprehend", {"n": 0}),
        ("early", {"n": 1}),
        ("early", {"n": 4}),
    ):
        outcome, _ = program.run(name, arguments)
        assert isinstance(outcome, bytes), (name, outcome)


def test_what_python_itself_prints(program: Logged) -> None:
    """The lines are those that plain CPython prints for the same lists."""
    _, lines = program.run("comprehend", {"n": 10})
    numbers = [3, -1, 2]
    assert lines[0] == "a 3"
    assert lines[-1] == " ".join(
        map(str, (10, numbers, 2 in numbers, 10 not in numbers, [0] * 3, [*numbers, 10]))
    )


@pytest.mark.parametrize("index", [-100, -4, -1, 0, 2, 3, 2**62])
def test_indexes(program: Logged, index: int) -> None:
    outcome, _ = program.run("bad_index", {"i": index})
    assert outcome == 5502


def test_search(program: Logged) -> None:
    def run(n: int, name: str) -> object:
        program.reset(empty("Data", SIZE))
        program.run("begin", {})
        return program.run("search", {"n": n, "name": name, "who": PUBKEY})[0]

    assert isinstance(run(-1, "a"), bytes)
    assert isinstance(run(7, "a"), bytes)
    assert run(3, "bc") == run(3, "c") == 5507


def test_arguments(program: Logged) -> None:
    model = program.model.chain.programs[program.model.program]
    kinds: dict[str, Any] = {each.name: each.kind for each in model.entry("given").arguments}
    line = kinds["line"]
    point = kinds["points"].element
    arguments = {
        "xs": [1, 2, 65_000],
        "line": line(1, "x"),
        "names": ["é", ""],
        "points": [point(1, 2), point(-3, 4)],
    }
    outcome, _ = program.run("given", arguments)
    assert isinstance(outcome, bytes)
    outcome, _ = program.run("given", {**arguments, "xs": [], "names": []})
    assert isinstance(outcome, bytes)


def test_damaged_arguments_are_refused(program: Logged) -> None:
    """Cut anywhere, or with bytes too many, they are refused and nothing changes."""
    entry = program.model.chain.programs[program.model.program].entry("given")
    kinds: dict[str, Any] = {each.name: each.kind for each in entry.arguments}
    point = kinds["points"].element
    whole = entry.encode_arguments(
        {
            "xs": [1],
            "line": kinds["line"](1, "x"),
            "names": ["ab"],
            "points": [point(1, 2), point(3, 4)],
        }
    )
    huge = whole[:8] + b"\xff\xff\xff\xff" + whole[12:]
    for damaged in (*(whole[:end] for end in range(8, len(whole))), whole + b"\0", huge):
        expected = program.model.run(damaged)
        assert expected == 102
        for machine in program.machines.values():
            assert machine.run(damaged) == expected


def test_keys(program: Logged) -> None:
    who, other = Pubkey.of(bytes(range(32))), Pubkey.of(bytes(31) + b"\1")
    outcome, lines = program.run("keyed", {"who": who, "other": other})
    assert isinstance(outcome, bytes)
    assert lines[0] == f"{who} 0 True True"
    outcome, _ = program.run("keyed", {"who": Pubkey.default(), "other": who})
    assert isinstance(outcome, bytes)


def test_an_account_that_is_full(program: Logged) -> None:
    outcome, _ = program.run("grow", {"count": 300})
    assert outcome == 3004
    outcome, _ = program.run("grow", {"count": 100})
    assert isinstance(outcome, bytes)


def test_a_refusal_changes_nothing(program: Logged) -> None:
    before = program.model.run(b"12345678")
    assert before == 101
    entry = program.model.chain.programs[program.model.program].entry("early")
    for machine in program.machines.values():
        assert machine.run(entry.encode_arguments({"n": 2})) == 6000
