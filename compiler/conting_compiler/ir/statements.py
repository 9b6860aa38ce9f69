"""Statements of the typed IR."""

from dataclasses import dataclass

from conting_compiler.ir.expressions import Expr
from conting_compiler.ir.leaves import Field, Index, Local
from conting_compiler.source import Span


@dataclass(frozen=True, slots=True)
class Assign:
    """Stores a value.

    A Pubkey, str or bytes bound to a Local is a copy (they are immutable); an array is an alias.
    """

    target: Local | Field | Index
    value: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Do:
    """An expression for its effect."""

    value: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Assert:
    """Refuses the whole instruction with program error `error` (an index into Program.errors)
    unless the condition holds.
    """

    condition: Expr
    error: int
    span: Span


@dataclass(frozen=True, slots=True)
class If:
    """Two-way choice; elif is an If in `otherwise`."""

    test: Expr
    then: tuple["Stmt", ...]
    otherwise: tuple["Stmt", ...]
    span: Span


@dataclass(frozen=True, slots=True)
class While:
    """A loop as long as the test holds."""

    test: Expr
    body: tuple["Stmt", ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ForRange:
    """`for variable in range(start, stop, step)`; bounds evaluated once, step a constant that is
    not 0.
    """

    variable: Local
    start: Expr
    stop: Expr
    step: int
    body: tuple["Stmt", ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Break:
    """Leaves the innermost loop."""

    span: Span


@dataclass(frozen=True, slots=True)
class Continue:
    """Goes to the innermost loop's next round."""

    span: Span


@dataclass(frozen=True, slots=True)
class Return:
    """Leaves the function."""

    value: Expr | None
    span: Span


Stmt = Assign | Do | Assert | If | While | ForRange | Break | Continue | Return
