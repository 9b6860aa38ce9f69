"""Random values of types that share parts; the preface has their classes, and functions that give,
take and change them.

Every call tells the log that it ran, so the order of evaluation shows.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Final

PREFACE: Final = """
@dataclass
class Leaf:
    x: i32
    y: u8

    def add(self, by: i32) -> Leaf:
        print("add", self.x, by)
        self.x = (self.x + by) % 1000
        return self


class Node:
    left: Leaf
    right: Leaf
    sizes: List[u16]
    name: str

    def __init__(self, left: Leaf, right: Leaf, sizes: List[u16]):
        self.left = left
        self.right = right
        self.sizes = sizes
        self.name = ""

    def turn(self) -> Node:
        self.left, self.right = self.right, self.left
        return self

    def larger(self) -> Leaf:
        if self.left.x > self.right.x:
            return self.left
        return self.right


class Tree(Account):
    small: u8
    leaf: Leaf
    boxes: Array[Leaf, 2]
    pair: Array[u64, 2]
    maybe: Option[Leaf]
    node: Node
    leaves: List[Leaf]
    nodes: List[Node]
    rows: List[List[u16]]
    wide: i128
    text: str

    def keep(self, leaf: Leaf) -> Leaf:
        self.leaf = leaf
        return self.boxes[1]


def told(x: i32) -> i32:
    print("told", x)
    return x


def is_told(x: bool) -> bool:
    print("is", x)
    return x


def put(all: List[Leaf], leaf: Leaf) -> List[Leaf]:
    if len(all) < 6:
        all.append(leaf)
    return all


def leaf_of(all: List[Leaf], at: i32, other: Leaf) -> Leaf:
    for place, each in enumerate(all):
        if i32(place) == at % 3:
            return each
    return other


def node_of(all: List[Node], at: i32, other: Node) -> Node:
    return other if len(all) == 0 else all[at % i32(len(all))]


def row_of(all: List[List[u16]], at: i32, other: List[u16]) -> List[u16]:
    if len(all) == 0:
        return other
    return all[at % i32(len(all))]


def count_up(sizes: List[u16], by: u16) -> u16:
    total = by
    for place in range(len(sizes)):
        if sizes[place] > 900:
            continue
        sizes[place] += by
        total += sizes[place]
        if total > 5000:
            break
    if len(sizes) < 5:
        sizes.append(total % 100)
    return total % 1000


def ends(node: Node) -> Tuple[Leaf, Leaf]:
    return node.left, node.right


def larger(one: Tree, other: Tree) -> Tree:
    return one if one.small > other.small else other


def mend(tree: Tree, leaf: Leaf) -> None:
    if len(tree.nodes) < 3:
        tree.nodes.append(Node(leaf, tree.leaf, tree.node.sizes))
        return
    tree.nodes[0].left = leaf
    tree.nodes.pop()


def show(tree: Tree) -> None:
    print(tree.small, tree.leaf.x, tree.leaf.y, tree.boxes[0].x, tree.boxes[1].x, tree.wide)
    print(tree.node.left.x, tree.node.right.x, tree.node.sizes, tree.node.name, tree.text)
    print([each.x for each in tree.leaves], tree.rows, tree.pair[0], tree.pair[1])
    for each in tree.nodes:
        print(each.left.x, each.right.y, each.sizes, each.name)
    maybe = tree.maybe
    if maybe is not None:
        print(maybe.x, maybe.y)


"""

Kind = str
LEAF, NODE, LEAVES, SIZES, ROWS, TREE = "Leaf", "Node", "Leaves", "Sizes", "Rows", "Tree"
_DEPTH: Final = 3


@dataclass(slots=True)
class Values:
    """Writes one instruction; `known` are the variables that have a value, by type."""

    chance: Random
    known: dict[Kind, list[str]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    indentation: int = 1
    count: int = 0

    def say(self, line: str) -> None:
        self.lines.append("    " * self.indentation + line)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """What stands under a line; its variables end with it."""
        before = {kind: [*names] for kind, names in self.known.items()}
        self.say(head)
        self.indentation += 1
        yield
        self.indentation -= 1
        self.known = before

    def fresh(self, kind: Kind) -> str:
        self.count += 1
        return f"{kind.lower()}_{self.count}"

    def one_of(self, *ways: Callable[[], str]) -> str:
        return self.chance.choice(ways)()

    # --- values

    def number(self, depth: int = _DEPTH) -> str:
        if depth == 0:
            return str(self.chance.randint(-9, 9)) if self.chance.random() < 0.5 else "k"
        less = depth - 1
        return self.one_of(
            lambda: str(self.chance.randint(-9, 99)),
            lambda: f"{self.leaf(less)}.x",
            lambda: f"told({self.number(less)})",
            lambda: f"({self.number(less)} + {self.number(less)}) % 1000",
            lambda: f"({self.number(less)} * told({self.number(less)})) % 777",
            lambda: f"(told({self.number(less)}) - {self.number(less)}) % 1000",
            lambda: f"i32(len({self.leaves(less)}))",
            lambda: f"i32(count_up({self.sizes(less)}, {self.size()}))",
            lambda: f"({self.number(less)} if {self.truth(less)} else told({self.number(less)}))",
            lambda: f"i32({self.tree()}.pair[told({self.number(0)}) % 2] % 100)",
            lambda: f"i32({self.tree()}.wide % 1000)",
        )

    def size(self) -> str:
        return f"u16({self.chance.randint(0, 50)})"

    def truth(self, depth: int = _DEPTH) -> str:
        if depth == 0:
            return self.chance.choice(["k > 3", "True", "a.small < 3"])
        less = depth - 1
        return self.one_of(
            lambda: f"{self.number(less)} < {self.number(less)}",
            lambda: f"is_told({self.truth(less)})",
            lambda: f"({self.truth(less)} and {self.truth(less)})",
            lambda: f"({self.truth(less)} or {self.truth(less)})",
            lambda: f"not {self.truth(less)}",
            lambda: f"{self.size()} in {self.sizes(less)}",
            lambda: f"{self.tree()}.maybe is None",
        )

    def tree(self) -> str:
        names = self.known.get(TREE, [])
        return self.chance.choice(["a", "b", *names])

    def variable(self, kind: Kind) -> str | None:
        names = self.known.get(kind)
        return self.chance.choice(names) if names and self.chance.random() < 0.5 else None

    def leaf(self, depth: int = _DEPTH) -> str:
        known = self.variable(LEAF)
        if known is not None:
            return known
        if depth == 0:
            return f"{self.tree()}.{self.chance.choice(['leaf', 'boxes[0]', 'node.left'])}"
        less = depth - 1
        return self.one_of(
            lambda: f"Leaf({self.number(less)}, {self.chance.randint(0, 255)})",
            lambda: f"{self.tree()}.leaf",
            lambda: f"{self.tree()}.boxes[{self.chance.choice([0, 1, -1])}]",
            lambda: f"{self.node(less)}.{self.chance.choice(['left', 'right'])}",
            lambda: f"{self.node(less)}.larger()",
            lambda: f"leaf_of({self.leaves(less)}, {self.number(less)}, {self.leaf(less)})",
            lambda: f"{self.leaf(less)}.add({self.number(less)})",
            lambda: f"{self.tree()}.keep({self.leaf(less)})",
            lambda: "larger(a, b).leaf",
        )

    def node(self, depth: int = _DEPTH) -> str:
        known = self.variable(NODE)
        if known is not None:
            return known
        if depth == 0:
            return f"{self.tree()}.node"
        less = depth - 1
        return self.one_of(
            lambda: f"Node({self.leaf(less)}, {self.leaf(less)}, {self.sizes(less)})",
            lambda: f"{self.tree()}.node",
            lambda: f"node_of({self.tree()}.nodes, {self.number(less)}, {self.node(less)})",
            lambda: f"{self.node(less)}.turn()",
        )

    def leaves(self, depth: int = _DEPTH) -> str:
        known = self.variable(LEAVES)
        if known is not None:
            return known
        if depth == 0:
            return f"{self.tree()}.leaves"
        less = depth - 1
        return self.one_of(
            lambda: f"{self.tree()}.leaves",
            lambda: f"[{self.leaf(less)}, {self.leaf(less)}]",
            lambda: f"put({self.leaves(less)}, {self.leaf(less)})",
            lambda: f"{self.leaves(less)}[{self.chance.choice([':2', '1:', '-2:', ':-1'])}]",
            lambda: f"[each for each in {self.leaves(less)} if each.x % 2 == 0]",
            lambda: f"[Leaf(each.x + 1, each.y) for each in {self.leaves(less)}]",
            lambda: f"([{self.leaf(0)}] * 2)",
        )

    def sizes(self, depth: int = _DEPTH) -> str:
        known = self.variable(SIZES)
        if known is not None:
            return known
        if depth == 0:
            return f"{self.tree()}.node.sizes"
        less = depth - 1
        return self.one_of(
            lambda: f"{self.node(less)}.sizes",
            lambda: f"[{self.size()}, {self.size()}]",
            lambda: f"row_of({self.tree()}.rows, {self.number(less)}, {self.sizes(less)})",
            lambda: f"[u16(each.y) for each in {self.leaves(less)}]",
            lambda: f"{self.sizes(less)}[{self.chance.choice([':2', '1:', ':'])}]",
            lambda: f"sorted({self.sizes(less)})",
        )

    def rows(self) -> str:
        known = self.variable(ROWS)
        if known is not None:
            return known
        return self.one_of(
            lambda: f"{self.tree()}.rows",
            lambda: f"[{self.sizes(1)}, {self.sizes(1)}]",
            lambda: f"[{self.sizes(1)} for _ in range(2)]",
        )
