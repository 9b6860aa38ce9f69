"""What is known while one function is checked: its names, their types, and which have a value.

`check` is the entry for expressions; modules add a case per kind of syntax node. What no module
handles is not part of the dialect.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import singledispatch
from typing import Final

from conting_compiler.frontend.declared import Declared
from conting_compiler.frontend.errors import Refused
from conting_compiler.frontend.intrinsics.names import PYTHON, Builtin
from conting_compiler.frontend.modules import Definition, Module, unknown_name
from conting_compiler.frontend.parse import Node
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import NONE, IntT, Type
from conting_compiler.source import Span

Meaning = Definition | Builtin
_Types = dict[str, Type | None]


@dataclass(frozen=True, slots=True)
class Flow:
    """Which variables have a value, at one point; None is the type of a refused value."""

    types: _Types
    partial: frozenset[str] = frozenset()
    """Accounts that are made on some of the paths to here."""
    closed: frozenset[str] = frozenset()
    """Accounts that were closed on some of the paths to here."""
    given: frozenset[str] = frozenset()
    """Options that are not None, on all paths to here."""


@dataclass(slots=True)
class Loop:
    """A loop around the statement being checked."""

    at_start: frozenset[str]
    """The variables that had a value before the loop."""
    breaks: list[Flow] = field(default_factory=list)


@dataclass(slots=True)
class Scope:
    """The state of checking one function, or the constants of one file."""

    module: Module
    declared: Declared
    assigned: frozenset[str] = frozenset()
    """Parameters and everything that the function assigns: its local names."""
    result: Type = NONE
    flow: Flow | None = field(default_factory=lambda: Flow({}))
    """None where control does not get."""
    first: dict[str, Type] = field(default_factory=dict)
    """The type that each variable began with."""
    loops: list[Loop] = field(default_factory=list)
    renamed: dict[str, str] = field(default_factory=dict)
    """Names of comprehensions around the expression, and what their variables are called."""
    hidden: int = 0
    """How many variables the compiler has made."""
    node: ast.FunctionDef | None = None
    """The function."""
    misplaced: set[str] = field(default_factory=set)
    """What it defines or imports itself, which was refused."""
    bare: Mapping[str, Sequence[ast.expr]] = field(default_factory=dict)
    """The variables that begin as bare numbers, and the expressions with which they begin."""
    begun: dict[str, IntT] = field(default_factory=dict)
    """What these have to be where an i64 does not do, as far as it is found out."""
    elements: dict[str, Type] = field(default_factory=dict)
    """What is put into each list that began empty and without a type, as far as it is found out."""

    def span(self, node: Node) -> Span:
        """Where a node stands."""
        return self.module.span(node)

    def error(self, code: str, message: str, node: Node, fix: str | None = None) -> None:
        """Notes an error; the caller goes on."""
        self.module.error(code, message, node, fix)

    def refuse(self, code: str, message: str, node: Node, fix: str | None = None) -> Refused:
        """Notes an error and gives what the caller raises."""
        self.error(code, message, node, fix)
        return Refused()

    def lookup(self, node: ast.Name) -> Meaning:
        """What a name that is not local stands for; refuses unknown ones."""
        if node.id in self.module.names:
            meaning = self.module.names[node.id]
            if meaning is None:
                raise Refused
            return meaning
        if node.id in PYTHON:
            return PYTHON[node.id]
        if node.id in self.misplaced:
            raise Refused
        known = [*PYTHON, *self.assigned, *self.module.names]
        message, fix = unknown_name(node.id, known, "there is no")
        raise self.refuse("E201", message, node, fix)

    def static(self, node: ast.expr) -> Meaning | None:
        """What a bare name stands for that is no variable; None for any other expression."""
        if isinstance(node, ast.Name) and node.id not in self.assigned:
            return self.lookup(node)
        return None

    def hide(self, prefix: str) -> str:
        """A name for a variable of the compiler's own; no source name has a dot."""
        self.hidden += 1
        return f"{prefix}.{self.hidden}"

    def poison(self, name: str) -> None:
        """Gives a variable an unknown type, after an error that was reported."""
        if self.flow is not None:
            self.set_type(name, None)

    def set_type(self, name: str, kind: Type | None) -> None:
        """The variable has a value of this type from here on."""
        if self.flow is not None:
            types = {**self.flow.types, name: kind}
            self.flow = replace(
                self.flow,
                types=types,
                partial=self.flow.partial - {name},
                closed=self.flow.closed - {name},
                given=self.flow.given - {name},
            )

    def know(self, given: frozenset[str]) -> None:
        """These Options are not None from here on."""
        if self.flow is not None:
            self.flow = replace(self.flow, given=self.flow.given | given)

    def forget(self, names: frozenset[str]) -> None:
        """Nothing is known of these Options from here on."""
        if self.flow is not None:
            self.flow = replace(self.flow, given=self.flow.given - names)

    def close(self, name: str) -> None:
        """The variable's account is gone from here on."""
        if self.flow is not None:
            types = {each: kind for each, kind in self.flow.types.items() if each != name}
            self.flow = replace(self.flow, types=types, closed=self.flow.closed | {name})


def join(flows: Sequence[Flow | None]) -> Flow | None:
    """What holds where several paths meet; None stands for a path that does not get there."""
    live = [flow for flow in flows if flow is not None]
    if not live:
        return None
    types, differing = live[0].types, set[str]()
    for flow in live[1:]:
        types, other = _common(types, flow.types)
        differing |= other
    everywhere = (n for n in differing if all(n in flow.types for flow in live))
    partial = frozenset(everywhere).union(*(flow.partial for flow in live))
    closed = frozenset[str]().union(*(flow.closed for flow in live))
    given = live[0].given.intersection(*(flow.given for flow in live[1:]))
    return Flow(types, partial, closed, given)


def _common(one: _Types, other: _Types) -> tuple[_Types, set[str]]:
    """What two paths agree on, and the variables that have another type on each.

    Most joins change nothing, and a function may have thousands of variables.
    """
    if one == other:
        return one, set()
    names = one.keys() & other.keys()
    changed = {name for name in names if one[name] != other[name]}
    poisoned = {name for name in changed if one[name] is None or other[name] is None}
    differing = changed - poisoned
    kept = {name: kind for name, kind in one.items() if name in names and name not in differing}
    return {**kept, **dict.fromkeys(poisoned)}, differing


NOT_IN_DIALECT: Final[dict[type[ast.AST], tuple[str, str]]] = {
    ast.Lambda: ("lambda", "write a function"),
    ast.Dict: ("a dict", "use one account per key, at an address with the key among its seeds"),
    ast.Set: ("a set", "use a list"),
    ast.SetComp: ("a comprehension", "write a for loop"),
    ast.DictComp: ("a comprehension", "write a for loop"),
    ast.GeneratorExp: ("a generator", "write a for loop"),
    ast.Await: ("await", "drop it: an instruction runs to its end"),
    ast.Yield: ("yield", "write a for loop where the values are needed"),
    ast.YieldFrom: ("yield", "write a for loop where the values are needed"),
    ast.NamedExpr: ("':='", "assign in a statement of its own"),
    ast.Starred: ("'*'", "write out each argument"),
    ast.Slice: ("a slice", "take elements one by one"),
}
"""Expressions of Python that the dialect does not have, and what to write instead."""


@singledispatch
def check(node: ast.expr, scope: Scope, hint: Type | None = None) -> ir.Expr:
    """Types an expression; `hint` is the type that a bare number or list takes.

    The result may be of another type than the hint. Raises Refused after reporting an error.
    """
    del hint
    what, fix = NOT_IN_DIALECT.get(type(node), ("this expression", "write it another way"))
    raise scope.refuse("E109", f"{what} is not part of the dialect", node, fix)


@contextmanager
def collecting() -> Iterator[list[bool]]:
    """Lets several parts be checked though one is refused; refuses at the end if any was."""
    failed: list[bool] = []
    yield failed
    if failed:
        raise Refused


def check_all(nodes: Sequence[ast.expr], scope: Scope) -> list[ir.Expr]:
    """Types expressions that do not depend on each other, and reports the errors of all."""
    found: list[ir.Expr] = []
    with collecting() as failed:
        for node in nodes:
            try:
                found.append(check(node, scope))
            except Refused:
                failed.append(True)
    return found
