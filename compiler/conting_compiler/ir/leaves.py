"""Expressions of the typed IR: what is written out, what is put together, and places."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conting_compiler.ir.typesystem import BoolT, ClassT, FloatT, IntT, OptionT, Type
from conting_compiler.source import Span

if TYPE_CHECKING:
    from conting_compiler.ir.expressions import Expr
    from conting_compiler.ir.statements import Stmt


@dataclass(frozen=True, slots=True)
class IntLit:
    """An integer; the frontend has checked that it fits."""

    value: int
    type: IntT
    span: Span


@dataclass(frozen=True, slots=True)
class FloatLit:
    """A float."""

    value: float
    type: FloatT
    span: Span


@dataclass(frozen=True, slots=True)
class BoolLit:
    """True or False."""

    value: bool
    type: BoolT
    span: Span


@dataclass(frozen=True, slots=True)
class BytesLit:
    """Constant bytes: of a str (StrT), a bytes (BytesT), a Pubkey (PubkeyT, 32 bytes)."""

    value: bytes
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class EnumLit:
    """A variant of an enum, by its number."""

    value: int
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class ArrayLit:
    """`[a, b, c]` where an Array is wanted; all elements have the element's type."""

    elements: tuple["Expr", ...]
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class ListLit:
    """`[a, b, c]` where a List is wanted: a new list; all elements have the element's type."""

    elements: tuple["Expr", ...]
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class TupleLit:
    """`(a, b)`: the values in a row."""

    elements: tuple["Expr", ...]
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class TupleItem:
    """One value of a tuple, by its place."""

    base: "Expr"
    place: int
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class Nothing:
    """`None` where an Option is wanted."""

    type: OptionT
    span: Span


@dataclass(frozen=True, slots=True)
class Some:
    """A value where an Option of its type is wanted."""

    value: "Expr"
    type: OptionT
    span: Span


@dataclass(frozen=True, slots=True)
class Unwrap:
    """What is in an Option that the frontend knows to be not None."""

    option: "Expr"
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class IsNone:
    """`option is None`."""

    option: "Expr"
    type: BoolT
    span: Span


@dataclass(frozen=True, slots=True)
class New:
    """A new instance of a plain class whose fields are all zero."""

    type: ClassT
    span: Span


@dataclass(frozen=True, slots=True)
class Block:
    """Statements, then the value of `result`: what comprehensions and `sum` are made of."""

    body: tuple["Stmt", ...]
    result: "Expr"
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class Local:
    """A parameter or variable.

    A name may change from Empty[T] to T (by `init`), never otherwise.
    """

    name: str
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an account, or of an instance of a plain class."""

    base: "Expr"
    name: str
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class Index:
    """An element of an array or list; the index is checked, a negative one counts from the end."""

    base: "Expr"
    index: "Expr"
    type: Type
    span: Span
