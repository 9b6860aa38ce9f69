"""Expressions of the typed IR: operators, calls and what makes accounts; all of them."""

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from conting_compiler.ir.leaves import (
    ArrayLit,
    Block,
    BoolLit,
    BytesLit,
    EnumLit,
    Field,
    FloatLit,
    Index,
    IntLit,
    IsNone,
    ListLit,
    Local,
    New,
    Nothing,
    Some,
    TupleItem,
    TupleLit,
    Unwrap,
)
from conting_compiler.ir.typesystem import AccountT, BoolT, FloatT, IntT, NoneT, SeedsT, Type
from conting_compiler.source import Span


class UnaryOp(Enum):
    """Operators of one operand; NEGATE is checked for overflow."""

    NOT = "not"
    NEGATE = "-"
    INVERT = "~"


@dataclass(frozen=True, slots=True)
class Unary:
    """An operator of one operand; the result has the operand's type."""

    op: UnaryOp
    operand: "Expr"
    type: Type
    span: Span


class BinaryOp(Enum):
    """Operators on numbers; an integer that does not fit is Fault.OVERFLOW.

    // and % floor as in Python. DIV gives an f64, of two integers the exact quotient rounded once.
    POW takes an exponent of any unsigned type for an integer, an i64 or an f64 for an f64.
    """

    ADD = "+"
    SUB = "-"
    MUL = "*"
    FLOOR_DIV = "//"
    MOD = "%"
    DIV = "/"
    POW = "**"
    AND = "&"
    OR = "|"
    XOR = "^"
    SHIFT_LEFT = "<<"
    SHIFT_RIGHT = ">>"


@dataclass(frozen=True, slots=True)
class Binary:
    """An operation on two numbers of the result's type; DIV and POW excepted (see there)."""

    op: BinaryOp
    left: "Expr"
    right: "Expr"
    type: Type
    span: Span


class CompareOp(Enum):
    """Comparisons; order is for integers, equality also for bool, enum, Pubkey, str, bytes and
    arrays.
    """

    EQ = "=="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison of two operands of one type, or of an integer with an f64, which is exact."""

    op: CompareOp
    left: "Expr"
    right: "Expr"
    type: BoolT
    span: Span


@dataclass(frozen=True, slots=True)
class BoolOp:
    """`and` / `or` over two or more bools, evaluated only as far as needed."""

    op: Literal["and", "or"]
    operands: tuple["Expr", ...]
    type: BoolT
    span: Span


@dataclass(frozen=True, slots=True)
class Conditional:
    """`then if test else otherwise`; only the chosen side is evaluated."""

    test: "Expr"
    then: "Expr"
    otherwise: "Expr"
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class Convert:
    """A number as another numeric type; a value that does not fit is Fault.CONVERSION.

    An integer becomes the nearest f64, an f64 loses its fraction.
    """

    operand: "Expr"
    type: IntT | FloatT
    span: Span


@dataclass(frozen=True, slots=True)
class Format:
    """An f-string; parts are str (StrT) or numbers (decimal). The result lies on the heap."""

    parts: tuple["Expr", ...]
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a function of the program; no recursion (the frontend refuses it)."""

    function: str
    arguments: tuple["Expr", ...]
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class Intrinsic:
    """A call of something the prelude has and the compiler provides; `arguments` in the order of
    its table row.
    """

    name: str
    arguments: tuple["Expr", ...]
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class InitAccount:
    """`empty.init(payer=…, field=…, …)`: makes an account of a class and gives it as the value.

    `fields` are evaluated in source order before anything is made; fields not named are zero;
    `bump` is filled in. `seeds` is None where the class declares its seeds (they are then taken
    from `fields`), else the seeds written in the call. With `if_empty` (`init_if_empty`) an account
    that exists already is taken as it is, once its class and its seed fields prove to be the ones
    asked for.
    """

    target: "Expr"
    account_class: str
    payer: "Expr"
    fields: tuple[tuple[str, "Expr"], ...]
    seeds: tuple["Expr", ...] | None
    """Empty: the address is a key of its own, which signs."""
    if_empty: bool
    type: AccountT
    span: Span
    space: "Expr | None" = None
    """Bytes of the account (u64), instead of what its class and initial values need."""
    padding: "Expr | None" = None
    """Bytes (u64) beside what its class and initial values need."""


@dataclass(frozen=True, slots=True)
class InitMint:
    """`empty.init(payer=…, seeds=…, …)` of a Token-2022 mint. Authorities are accounts or None."""

    target: "Expr"
    payer: "Expr"
    seeds: tuple["Expr", ...]
    decimals: "Expr"
    authority: "Expr"
    freeze_authority: "Expr | None"
    permanent_delegate: "Expr | None"
    close_authority: "Expr | None"
    default_frozen: bool
    metadata: tuple["Expr", ...] | None
    """Name, symbol, URI (StrT), kept in the mint itself; `authority` may update them. Perhaps room
    (u64): bytes of further fields whose rent is paid at once.
    """
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class InitTokenAccount:
    """`empty.init(payer=…, seeds=…, mint=…, authority=…)` of a token account.

    No seeds: the address is a key of its own, which signs; `associated`: that of the Associated
    Token Account program.
    """

    target: "Expr"
    payer: "Expr"
    seeds: tuple["Expr", ...]
    mint: "Expr"
    authority: "Expr"
    type: Type
    span: Span
    associated: bool = False


@dataclass(frozen=True, slots=True)
class SignerSeeds:
    """Seeds as an argument of a call of the prelude: `signer=[…]`.

    Of an Intrinsic that signs: they end with the bump, a u8; without one it is found.
    """

    seeds: tuple["Expr", ...]
    type: SeedsT
    span: Span


@dataclass(frozen=True, slots=True)
class Invoke:
    """`program.invoke(accounts=[CpiAccount(…), …], data=…)`: any instruction of any program.

    `flags` has (writable, signer) of each account, `signers` the seeds of those that sign by them.
    """

    program: "Expr"
    accounts: tuple["Expr", ...]
    flags: tuple[tuple[bool, bool], ...]
    signers: tuple[SignerSeeds | None, ...]
    data: "Expr"
    """bytes, or an Array of u8."""
    type: NoneT
    span: Span


Expr = (
    IntLit
    | FloatLit
    | BoolLit
    | BytesLit
    | EnumLit
    | ArrayLit
    | ListLit
    | TupleLit
    | TupleItem
    | Nothing
    | Some
    | Unwrap
    | IsNone
    | New
    | Block
    | Local
    | Field
    | Index
    | Unary
    | Binary
    | Compare
    | BoolOp
    | Conditional
    | Convert
    | Format
    | Call
    | Intrinsic
    | InitAccount
    | InitMint
    | InitTokenAccount
    | SignerSeeds
    | Invoke
)
