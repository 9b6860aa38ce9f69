"""Random instructions: loops, choices, lists, texts, instances, and names that share them.

Every program compiles: each variable has a value and its type from the start.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Final

PREFACE: Final = """
@dataclass
class Point:
    x: i64
    tag: str

    def move(self, by: i64) -> None:
        self.x = (self.x + by) % 1000

    def total(self) -> i64:
        return self.x + i64(len(self.tag))


class Data(Account):
    count: i64
    fixed: Array[i64, 3]
    numbers: List[i64]
    text: str
    points: List[Point]
    point: Point
    matrix: List[List[i64]]
    last: bool
    maybe: Option[i64]
    words: Option[str]


def first(all: List[i64]) -> Option[i64]:
    return None if len(all) == 0 else all[0]


def either(one: Option[i64], other: Option[i64]) -> i64:
    if one is not None and other is not None:
        return (one + other) % 1000
    if one is None:
        return -1 if other is None else other
    return one


def grow(target: List[i64], value: i64) -> List[i64]:
    if len(target) < 12:
        target.append(value)
    return target


def pick(all: List[Point], index: i64, other: Point) -> Point:
    if len(all) == 0:
        return other
    return all[index % i64(len(all))]


def at(all: List[i64], index: i64) -> i64:
    return 0 if len(all) == 0 else all[index % i64(len(all))]


def change(all: List[i64], index: i64, value: i64) -> None:
    if len(all) > 0:
        all[index % i64(len(all))] = value


def row(all: List[List[i64]], index: i64, other: List[i64]) -> List[i64]:
    return other if len(all) == 0 else all[index % i64(len(all))]


def halve(x: i64) -> i64:
    return x // 2


def is_odd(x: i64) -> bool:
    return x % 2 == 1


def both(a: i64, b: str) -> Tuple[str, i64]:
    return b + "!", a + 1

"""
_START: Final = """    s = data.text
    t = word
    xs = data.numbers
    ys: List[i64] = [a, b, 3]
    p = data.point
    q = Point(a % 50, "q")
    ps = data.points
    m = data.matrix
    o: Option[i64] = None
    w: Option[str] = data.words
"""
_END: Final = """    data.count = (data.count + a + b) % 100000
    print(either(o, data.maybe), w is None, "" if w is None else w)
    print(a, b, s, xs, ys, p.x, q.tag, len(ps), m, data.text, data.fixed, p.total(), data.last)
"""


@dataclass(slots=True)
class Writer:
    """Writes the body of one instruction."""

    random: Random
    lines: list[str] = field(default_factory=list)
    names: int = 0
    loops: int = 0

    def body(self) -> str:
        """All of it."""
        for _ in range(self.random.randint(4, 10)):
            self.statement(1, 3)
        return _START + "".join(f"{line}\n" for line in self.lines) + _END

    def put(self, depth: int, line: str) -> None:
        """One line."""
        self.lines.append("    " * depth + line)

    def fresh(self) -> str:
        """A new name."""
        self.names += 1
        return f"v{self.names}"

    # --- expressions

    def number(self, deep: int = 2) -> str:
        """An i64."""
        choose = self.random.choice
        if deep == 0:
            return choose(("a", "b", "p.x", "q.x", "data.count", str(self.random.randint(-9, 99))))
        left, right = self.number(deep - 1), self.number(deep - 1)
        return choose(
            (
                f"({left} + {right})",
                f"({left} - {right}) % 97",
                f"({left} * {right} % 1000)",
                f"i64(len({self.list()}))",
                f"sum({self.list()}) % 1000",
                f"i64(len({self.text()}))",
                f"({left} if {self.test()} else {right})",
                f"halve({left})",
                "p.total()",
                f"data.fixed[{self.random.randint(-3, 2)}]",
                left,
                f"sum([v for v in {self.list()} if v > {right}]) % 500",
                f"at({self.list()}, {right})",
                f"at({self.list()}, {left})",
                f"either({self.option()}, {self.option()})",
                f"({left} if o is None else o)",
                f"i64({self.list()}.count({left}))",
                f"(i64({self.list()}.index({left})) if a % 7 == 1 else {right})",
                f"sum({self.part(self.list())}) % 700",
                f"i64(len({self.part(self.text())}))",
            )
        )

    def option(self) -> str:
        """An Option[i64], or what becomes one."""
        return self.random.choice(
            ("o", "data.maybe", "None", f"first({self.list()})", self.number(0))
        )

    def part(self, whole: str) -> str:
        """A slice of something."""
        low, high = (
            self.random.choice(("", self.number(0), str(self.random.randint(-4, 5))))
            for _ in range(2)
        )
        return f"{whole}[{low}:{high}]"

    def list(self) -> str:
        """A List[i64] that exists."""
        return self.random.choice(("xs", "ys", "data.numbers", "xs", "ys"))

    def new_list(self) -> str:
        """An expression of type List[i64]."""
        return self.random.choice(
            (
                self.list(),
                f"[{self.number(1)}, {self.number(1)}]",
                f"[v * 2 % 100 for v in {self.list()} if v % 3 != 1]",
                f"list(map(halve, {self.list()}))",
                f"list(filter(is_odd, {self.list()}))",
                f"sorted({self.list()})",
                f"grow({self.list()}, {self.number(1)})",
                f"[v - 1 for v in {self.list()}]",
                f"[i + v for i in range(2) for v in {self.list()} if v < 9]",
                f"[0] * {self.random.randint(0, 4)}",
                self.part(self.list()),
                f"{self.part(self.list())} + {self.part(self.list())}",
            )
        )

    def text(self) -> str:
        """A str."""
        return self.random.choice(("s", "t", "data.text", "p.tag", "q.tag", '"ä"', '""'))

    def point(self) -> str:
        """A Point."""
        return self.random.choice(
            (
                "p",
                "q",
                "data.point",
                f"Point({self.number(1)} % 50, {self.text()})",
                f"pick(ps, {self.number(1)}, q)",
                f"pick(data.points, {self.number(0)}, p)",
            )
        )

    def test(self) -> str:
        """A bool."""
        number = self.number(0)
        return self.random.choice(
            (
                f"{number} < {self.number(0)}",
                f"{number} == {self.number(0)}",
                f"{number} in {self.list()}",
                f"len({self.list()}) > {self.random.randint(0, 5)}",
                f"{self.text()} == {self.text()}",
                "data.last",
                f"not {number} >= 5",
                f"({number} > 3 and len(s) < 9)",
                "o is None",
                "data.maybe is not None",
                f"(o is not None and o > {number})",
                f"(w is None or w == {self.text()})",
                f"{self.part(self.text())} == {self.part(self.text())}",
            )
        )

    # --- statements

    def statement(self, depth: int, deep: int) -> None:
        """One statement, and those inside it."""
        if deep and self.random.random() < 0.35:
            self.compound(depth, deep - 1)
        else:
            self.put(depth, self.simple())

    def simple(self) -> str:
        """A statement of one line."""
        name = self.random.choice("ab")
        xs = self.random.choice(("xs", "ys"))
        p = self.random.choice("pq")
        index = self.random.randint(-3, 3)
        return self.random.choice(
            (
                f"{name} = {self.number()} % 1000",
                f"{name} += {self.number(1)} % 10",
                f"{xs} = {self.new_list()}",
                f"{xs} = {self.list()}",
                f"grow({self.list()}, {self.number(1)})",
                f"data.numbers = {self.list()}",
                f"data.numbers = {self.new_list()}",
                f"change({self.list()}, {self.number(1)}, {self.number(1)})",
                f"change({self.list()}, {index}, {self.number(1)})",
                f"{self.list()}.reverse()",
                "if b in xs: xs.remove(b)",
                f"if {self.number(0)} in xs: grow(ys, i64(xs.index(xs[-1])))",
                f"data.fixed[{self.random.randint(-3, 2)}] = {self.number(1)}",
                f"{p} = {self.point()}",
                f"{p}.x = {self.number(1)} % 1000",
                f"{p}.tag = {self.text()}",
                f"{p}.move({self.number(1)} % 100)",
                f"data.point = {self.point()}",
                f"data.points = {self.random.choice(('ps', '[p, q, p]', 'data.points', '[p]'))}",
                "ps = data.points",
                f"if len(ps) > 0: ps[{self.random.randint(-1, 0)}] = {self.point()}",
                f"data.matrix = {self.random.choice(('m', '[xs, ys]', '[xs, xs]'))}",
                "m = data.matrix",
                f"if len(m) > 0: m[-1] = {self.list()}",
                f"{xs} = row(m, {self.number(0)}, {self.list()})",
                "a, b = b, a",
                "xs, ys = ys, xs",
                "p, q = q, p",
                "s, t = t, s",
                "s, a = both(a % 100, t)",
                f's = f"{{a % 99}}{{{self.random.choice(("t", "p.tag", "q.x"))}}}"',
                f"data.text = {self.text()}",
                f"data.text = {self.part(self.text())}",
                f"{self.random.choice('st')} = {self.part(self.text())}",
                f"o = {self.option()}",
                "o = data.maybe",
                f"data.maybe = {self.option()}",
                f"w = {self.random.choice(('None', 'data.words', self.text()))}",
                f"data.words = {self.random.choice(('None', 'w', self.part(self.text())))}",
                f"if o is not None: o = o % 50 + {self.random.randint(0, 3)}",
                f"data.last = {self.test()}",
                f"print({self.number(1)}, {self.text()}, {self.list()}, {self.test()})",
                f"if len(ys) > 1: ys[0], ys[-1] = {self.number(0)}, ys[0]",
                f"{self.list()}[{index}] = {self.list()}[{index}]",
            )
        )

    def compound(self, depth: int, deep: int) -> None:
        """A choice or a loop."""
        kind = self.random.choice(
            ("if", "if", "range", "list", "points", "enumerate", "zip", "while")
        )
        if kind == "if":
            self.put(depth, f"if {self.test()}:")
            self.block(depth + 1, deep)
            if self.random.random() < 0.5:
                self.put(depth, "else:")
                self.block(depth + 1, deep)
            return
        name, other = self.fresh(), self.fresh()
        heads = {
            "range": f"for {name} in range({self.random.randint(0, 4)}):",
            "list": f"for {name} in {self.list()}:",
            "points": f"for {name} in {self.random.choice(('ps', 'data.points'))}:",
            "enumerate": f"for {name}, {other} in enumerate({self.list()}):",
            "zip": f"for {name}, {other} in zip({self.list()}, {self.list()}):",
            "while": f"while {name} < {self.random.randint(1, 4)}:",
        }
        if kind == "while":
            self.put(depth, f"{name} = 0")
        self.put(depth, heads[kind])
        inside = {
            "range": f"a = (a + {name}) % 1000",
            "list": f"b = (b + {name}) % 1000",
            "points": f"{name}.move(1)",
            "enumerate": f"a = (a + i64({name}) * {other}) % 1000",
            "zip": f"b = ({name} - {other}) % 1000",
            "while": f"{name} += 1",
        }
        self.put(depth + 1, inside[kind])
        self.block(depth + 1, deep)
        if self.random.random() < 0.4:
            self.put(depth + 1, f"if {self.test()}:")
            self.put(depth + 2, self.random.choice(("break", "continue")))
            self.block(depth + 1, 0)

    def block(self, depth: int, deep: int) -> None:
        """Some statements."""
        for _ in range(self.random.randint(1, 3)):
            self.statement(depth, deep)


def program_of(seed: int, instructions: int) -> str:
    """A program with instructions `e0`, `e1` …, each with arguments a, b and word."""
    random = Random(seed)
    parts = [PREFACE]
    for number in range(instructions):
        head = f"@instruction\ndef e{number}(data: Data, a: i64, b: i64, word: str):\n"
        parts.append(f"\n{head}{Writer(random).body()}")
    return "".join(parts)
