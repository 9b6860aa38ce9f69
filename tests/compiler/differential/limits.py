"""Random programs that come near what the chain allows: the heap, the stack, the length of an
account. Each class writes the source of one kind.
"""

from dataclasses import dataclass
from random import Random
from typing import Final

HEAP_PREFACE: Final = """
@dataclass
class Cell:
    x: u64
    name: str


@dataclass
class Node:
    cells: List[Cell]
    cell: Cell
    tags: List[str]


class Data(Account):
    total: u64


def mark(test: bool) -> u64:
    return 1 if test else 0


def weigh(node: Node) -> u64:
    total: u64 = node.cell.x + u64(len(node.tags))
    for cell in node.cells:
        total += cell.x * 3 + u64(len(cell.name))
    for tag in node.tags:
        total = total * 2 % 1000003 + u64(len(tag))
    return total

"""
_HEAP_VALUES: Final = {
    "numbers": ("List[u64]", "[1, 2, 3]", "sum(numbers)"),
    "small": ("List[u8]", "[7]", "u64(len(small)) + u64(small[0]) + u64(small[-1])"),
    "text": ("str", '"begin"', 'u64(len(text)) + mark(text.startswith("begin"))'),
    "words": ("List[str]", '["a", word]', "u64(len(words)) + u64(len(words[-1]))"),
    "rows": ("List[List[u64]]", "[[5, 6]]", "sum(rows[0]) + sum(rows[-1]) + u64(len(rows))"),
    "nodes": (
        "List[Node]",
        '[Node([Cell(1, "c")], Cell(2, word), ["t"])]',
        "weigh(nodes[0]) + weigh(nodes[-1]) + u64(len(nodes))",
    ),
    "wide": ("List[u128]", "[1]", "u64(wide[-1] % 1000) + u64(len(wide))"),
    "keys": ("List[Pubkey]", "[data.key()]", "u64(len(keys)) + mark(keys[-1] == data.key())"),
    "maybe": ("List[Option[u64]]", "[None, 4]", "u64(len(maybe)) + mark(maybe[0] is None)"),
}
"""What lives on the heap: its type, how it begins, and a number that shows whether it is whole."""
_HEAP_STEPS: Final = (
    "numbers.append(i * 7 % 91)",
    "numbers = numbers + [i]",
    "numbers.insert(1, i)",
    "numbers = [n + 1 for n in numbers[-20:]] + numbers[20:]",
    "small.append(u8(i % 251))",
    "small = small + small[:9]",
    'text = text + "xyz"',
    'text = f"{text}{i}"',
    "text += word",
    "text = text[:40] + text[40:] + word",
    'words.append(f"{word}{i}")',
    "words.append(text[:i % 60])",
    "rows.append([i, i + 1])",
    "rows.append(numbers[:9])",
    "rows[-1].append(i)",
    'nodes.append(Node([Cell(i, word), Cell(2, "d")], nodes[0].cell, [word, text[:5]]))',
    'nodes[-1].cells.append(Cell(i, f"n{i}"))',
    "nodes[0].tags.append(word)",
    "nodes[0].cell = Cell(i % 50, word)",
    "wide.append(u128(i) * 1000000007)",
    "wide = wide[:3] * 4 + wide[3:]",
    "keys.append(data.key())",
    "keys = keys + keys[:2]",
    "maybe.append(None if i % 2 == 0 else i)",
    "numbers = sorted(numbers)",
)


@dataclass(frozen=True, slots=True)
class HeapWriter:
    """Instructions that keep values alive, change some of them n times, and weigh all of them."""

    random: Random

    def source(self, instructions: int) -> str:
        """The program; instruction `e0` and so on take `n` and `word`."""
        return HEAP_PREFACE + "\n".join(self._instruction(each) for each in range(instructions))

    def _instruction(self, number: int) -> str:
        steps = self.random.sample(_HEAP_STEPS, self.random.randint(2, 5))
        named = {name for name in _HEAP_VALUES for each in steps if name in each}
        extra = self.random.sample(sorted(_HEAP_VALUES), 2)
        names = [name for name in _HEAP_VALUES if name in named or name in extra]
        lines = ["@instruction", f"def e{number}(data: Data, n: u64, word: str):"]
        lines += [
            f"    {name}: {_HEAP_VALUES[name][0]} = {_HEAP_VALUES[name][1]}" for name in names
        ]
        lines += ["    for i in range(n):", *(f"        {each}" for each in steps)]
        lines += [f"    print({_HEAP_VALUES[name][2]})" for name in names]
        sums = " + ".join(f"({_HEAP_VALUES[name][2]}) % 1000" for name in names)
        return "\n".join([*lines, f"    data.total = {sums}"]) + "\n\n"


SPACE_PREFACE: Final = """
@dataclass
class Cell:
    x: u16
    name: str
    deep: List[List[u8]]


class Data(Account):
    head: u32
    text: str
    numbers: List[u16]
    cells: List[Cell]
    maybe: Option[str]
    nested: List[List[Cell]]
    last: u32

"""
_SPACE_STEPS: Final = (
    "data.numbers.append(7)",
    "data.numbers = data.numbers + data.numbers",
    "data.numbers = [1, 2, 3]",
    "if len(data.numbers) > 0: data.numbers.pop()",
    "data.text = data.text + word",
    "data.text = word",
    'data.text = ""',
    "data.cells.append(Cell(u16(n), word, [[1, 2], []]))",
    "if len(data.cells) > 0: data.cells[-1].deep.append([u8(n)])",
    "if len(data.cells) > 0: data.cells[0].name = data.cells[0].name + word",
    "if len(data.cells) > 1: data.cells.pop()",
    "data.maybe = word",
    "data.maybe = None",
    'data.nested.append([Cell(1, "n", [[9]])])',
    "if len(data.nested) > 0: data.nested[0].append(Cell(2, word, []))",
    "data.nested = []",
    "data.nested = [data.cells]",
    "data.head += 1",
    "data.last = u32(n)",
    "print(data.text, data.numbers, len(data.cells), data.maybe is None, data.last)",
)


@dataclass(frozen=True, slots=True)
class SpaceWriter:
    """Instructions that let an account's texts and lists grow up to its length and beyond."""

    random: Random

    def source(self, instructions: int) -> str:
        """The program; instruction `e0` and so on take `n` and `word`."""
        return SPACE_PREFACE + "\n".join(self._instruction(each) for each in range(instructions))

    def _instruction(self, number: int) -> str:
        steps = [self.random.choice(_SPACE_STEPS) for _ in range(self.random.randint(1, 5))]
        lines = ["@instruction", f"def e{number}(data: Data, n: u8, word: str):"]
        return "\n".join([*lines, *(f"    {each}" for each in steps)]) + "\n\n"


@dataclass(frozen=True, slots=True)
class StackWriter:
    """A chain of functions, each with many values that are needed after the call of the next."""

    random: Random

    def source(self, depth: int, live: int) -> str:
        """The program: `depth` functions below the instruction `go`, about `live` numbers each."""
        parts = ["class Data(Account):\n    total: u64\n    count: u64\n\n"]
        parts += [self._function(each, depth, live) for each in range(depth, 0, -1)]
        return "\n\n".join(parts) + (
            "\n\n@instruction\ndef go(data: Data, x: u64, y: u64):\n"
            "    data.total = f1(x, y)\n    print(data.total)\n"
            "    data.count = f1(y, x + 1) + data.total\n"
        )

    def _function(self, level: int, depth: int, live: int) -> str:
        count = max(1, self.random.randint(live // 2, live))
        lines = [f"def f{level}(x: u64, y: u64) -> u64:"]
        lines += [self._value(each) for each in range(count)]
        if level == depth:
            lines += ["    below = x % 7 + y"]
        else:
            lines += [f"    below = f{level + 1}(v0 % 1000, y + {level})"]
            if level % 16 == 7:  # else there are too many calls
                lines += [
                    f"    if x % 3 == 1:\n        below += f{level + 1}(y, v{count - 1}) % 100"
                ]
        order = self.random.sample(range(count), count)
        lines += ["    total = below % 1000003"]
        lines += [f"    total = (total * 3 + v{each}) % 1000003" for each in order]
        return "\n".join([*lines, "    return total"])

    def _value(self, number: int) -> str:
        factor, shift = self.random.randint(2, 99), self.random.randint(0, 9)
        operand = self.random.choice("xy")
        return f"    v{number} = ({operand} + {number}) * {factor} % 10007 + {shift}"


@dataclass(frozen=True, slots=True)
class ManyWriter:
    """Instructions over many accounts of one class."""

    random: Random

    def source(self, accounts: int, instructions: int) -> str:
        """The program; its instructions take the accounts `a0` and so on, and `n`."""
        head = "class Data(Account):\n    x: u64\n    note: str\n    all: List[u16]\n\n"
        bodies = (self._instruction(each, accounts) for each in range(instructions))
        return head + "\n".join(bodies)

    def _instruction(self, number: int, accounts: int) -> str:
        parameters = ", ".join(f"a{each}: Data" for each in range(accounts))
        lines = ["@instruction", f"def e{number}({parameters}, n: u64):"]
        lines += [f"    {self._step(accounts)}" for _ in range(self.random.randint(4, 20))]
        total = " + ".join(f"a{each}.x" for each in range(accounts))
        return "\n".join([*lines, f"    print(({total}) % 1000)"]) + "\n\n"

    def _step(self, accounts: int) -> str:
        one, other = self.random.sample(range(accounts), 2)
        return self.random.choice(
            (
                f"a{one}.x += n % 5 + 1",
                f"a{one}.x = a{other}.x % 50 + n",
                f"a{one}.all.append(u16(a{other}.x % 100))",
                f"a{one}.all = a{other}.all[:3]",
                f'a{one}.note = f"{{n}}{{a{other}.x}}"',
                f"a{one}.note = a{other}.note",
                f"a{one}.x += u64(len(a{other}.all))",
                f"assert a{one}.key() != a{other}.key()",
                f"if a{one}.x > a{other}.x: a{one}.x, a{other}.x = a{other}.x, a{one}.x",
            )
        )
