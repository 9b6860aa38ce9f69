"""What variables that begin as bare numbers (`total = 0`) meet in their function.

Such a variable is an i64. Where that does not do, it is of the type that it meets there; of several
types it is the narrowest. `typing_rules` settles which that is.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import combinations, pairwise
from typing import Final

from seahorse.integers import Integer

_Bare = Mapping[str, Sequence[ast.expr]]
_CHOICES: Final = frozenset({"min", "max", "abs"})


class Place(Enum):
    """How a variable meets a type."""

    MIX = "mix"
    """Both are operands, and have to meet in one type."""
    STORE = "store"
    """The variable's value goes where the type is declared."""
    TAKE = "take"
    """A value of the type goes into the variable."""
    EXPONENT = "exponent"
    """An integer of the type is raised to it."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """The type is that of the expression, or of a parameter of the function that it is."""

    place: Place
    other: ast.expr
    parameter: int | str | None = None


class Firsts(dict[str, str]):
    """With what each variable of a function begins: an expression of its type."""

    def __init__(self) -> None:
        super().__init__()
        self.bare: dict[str, list[Meeting]] = {}
        """What those that begin as bare numbers meet, in the order of the source."""
        self.below: frozenset[str] = frozenset()
        """Those of them that begin below zero."""
        self.kinds: dict[str, type[Integer]] | None = None
        """What they are where that is no i64; None as long as nobody has asked."""


def is_bare(node: ast.expr, known: _Bare, local: frozenset[str]) -> bool:
    """Whether it may be a number without a type, or arithmetic on such and on variables of it.

    A name that is not local may be a constant.
    """
    match node:
        case ast.Constant(value=int(value)):
            return not isinstance(value, bool)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() | ast.Invert(), operand=inner):
            return is_bare(inner, known, local)
        case ast.BinOp(left=left, op=op, right=right) if not isinstance(op, ast.Div):
            return is_bare(left, known, local) and is_bare(right, known, local)
        case ast.IfExp(body=body, orelse=other):
            return is_bare(body, known, local) and is_bare(other, known, local)
        case ast.Name(id=name):
            return name in known or name not in local
    return False


def find_meetings(function: ast.FunctionDef, bare: _Bare) -> dict[str, list[Meeting]]:
    """What each variable that begins as a bare number meets."""
    finder = _Finder(bare, function.returns)
    for each in function.body:
        finder.visit(each)
    return finder.found


@dataclass
class _Finder(ast.NodeVisitor):
    bare: _Bare
    result: ast.expr | None
    found: dict[str, list[Meeting]] = field(init=False)

    def __post_init__(self) -> None:
        self.found = {name: [] for name in self.bare}

    def _meets(
        self, place: Place, one: ast.expr, other: ast.expr, parameter: int | str | None = None
    ) -> None:
        for name in self._variables(one):
            self.found[name].append(Meeting(place, other, parameter))

    def _mix(self, nodes: Iterable[tuple[ast.expr, ast.expr]]) -> None:
        for one, other in nodes:
            self._meets(Place.MIX, one, other)
            self._meets(Place.MIX, other, one)

    def _variables(self, node: ast.expr) -> Iterator[str]:
        """Such variables from which the number is computed."""
        match node:
            case ast.Name(id=name) if name in self.bare:
                yield name
            case ast.BinOp(left=left, op=ast.Pow()) | ast.UnaryOp(operand=left):
                yield from self._variables(left)
            case ast.BinOp(left=left, right=right) | ast.IfExp(body=left, orelse=right):
                yield from self._variables(left)
                yield from self._variables(right)
            case ast.Call(func=ast.Name(id=name), args=arguments) if name in _CHOICES:
                for each in arguments:
                    yield from self._variables(each)

    # --- expressions

    def visit_BinOp(self, node: ast.BinOp) -> None:
        """Operands meet."""
        self.generic_visit(node)
        if isinstance(node.op, ast.Pow):
            self._meets(Place.EXPONENT, node.right, node.left)
        elif not isinstance(node.op, ast.Div):
            self._mix([(node.left, node.right)])

    def visit_Compare(self, node: ast.Compare) -> None:
        """Operands meet."""
        self.generic_visit(node)
        pairs = zip(node.ops, pairwise([node.left, *node.comparators]), strict=True)
        self._mix(pair for op, pair in pairs if not isinstance(op, ast.In | ast.NotIn))

    def visit_IfExp(self, node: ast.IfExp) -> None:
        """Both choices meet."""
        self.generic_visit(node)
        self._mix([(node.body, node.orelse)])

    def visit_Call(self, node: ast.Call) -> None:
        """Arguments go into parameters."""
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in _CHOICES | {"range"}:
            self._mix(combinations(node.args[:2] if node.func.id == "range" else node.args, 2))
            return
        for place, each in enumerate(node.args):
            self._meets(Place.STORE, each, node.func, place)
        for keyword in node.keywords:
            if keyword.arg is not None:
                self._meets(Place.STORE, keyword.value, node.func, keyword.arg)

    # --- statements

    def visit_Return(self, node: ast.Return) -> None:
        """The result is declared."""
        self.generic_visit(node)
        if node.value is not None and self.result is not None:
            self._meets(Place.STORE, node.value, _of_annotation(self.result))

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """The variable is declared."""
        if node.value is not None:
            self.visit(node.value)
            self._meets(Place.STORE, node.value, _of_annotation(node.annotation))

    def visit_Assign(self, node: ast.Assign) -> None:
        """Values go where they are stored."""
        self.visit(node.value)
        for target in node.targets:
            match target, node.value:
                case ast.Tuple(elts=targets), ast.Tuple(elts=values) if len(targets) == len(values):
                    for one, value in zip(targets, values, strict=True):
                        self._store(one, value)
                case _:
                    self._store(target, node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        """As `target = target op value`."""
        whole = ast.copy_location(ast.BinOp(_as_load(node.target), node.op, node.value), node)
        self.visit(whole)
        self._store(node.target, whole)

    def _store(self, target: ast.expr, value: ast.expr) -> None:
        place = _as_load(target)
        self._meets(Place.TAKE, place, value)
        self._meets(Place.STORE, value, place)

    def visit_For(self, node: ast.For) -> None:
        """What counts meets the bounds."""
        self.visit(node.iter)
        match node:
            case ast.For(target=ast.Name(), iter=ast.Call(func=ast.Name(id="range"), args=bounds)):
                self._mix((_as_load(node.target), each) for each in bounds[:2])
        for each in node.body:
            self.visit(each)


def _of_annotation(node: ast.expr) -> ast.expr:
    """An expression of the type."""
    return ast.Call(node, [], [])


def _as_load(node: ast.expr) -> ast.expr:
    match node:
        case ast.Name(id=name):
            return ast.Name(name, ast.Load())
        case ast.Attribute(value=value, attr=attr):
            return ast.Attribute(value, attr, ast.Load())
        case ast.Subscript(value=value, slice=index):
            return ast.Subscript(value, index, ast.Load())
    return node
