"""The typed IR: a whole program after names and types are resolved, before anything is known of the
machine.

Every node is frozen and carries its span. The frontend builds it, the lowering and the IDL read it.
Both operands of a Binary or Compare have one type (the frontend inserts Convert); methods are
functions whose first parameter is `self`.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from conting_compiler.ir.typesystem import AccountLikeT, AccountT, BoolT, EmptyT, IntT, Type
from conting_compiler.source import Span

# --- expressions ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class IntLit:
    """An integer; the frontend has checked that it fits."""

    value: int
    type: IntT
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
class Local:
    """A parameter or variable.

    A name may change from Empty[T] to T (by `init`), never otherwise.
    """

    name: str
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an account: read and written in place."""

    base: "Expr"
    name: str
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class Index:
    """An element of an array; the index is checked, a negative one counts from the end."""

    base: "Expr"
    index: "Expr"
    type: Type
    span: Span


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
    """Integer operators, checked: a result that does not fit is Fault.OVERFLOW.

    // and % floor as in Python.
    """

    ADD = "+"
    SUB = "-"
    MUL = "*"
    FLOOR_DIV = "//"
    MOD = "%"
    AND = "&"
    OR = "|"
    XOR = "^"
    SHIFT_LEFT = "<<"
    SHIFT_RIGHT = ">>"


@dataclass(frozen=True, slots=True)
class Binary:
    """An integer operation on two operands of the result's type."""

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
    """A comparison of two operands of one type."""

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
    """An integer as another integer type; a value that does not fit is Fault.CONVERSION."""

    operand: "Expr"
    type: IntT
    span: Span


@dataclass(frozen=True, slots=True)
class Format:
    """An f-string; parts are str (StrT) or integers (decimal). The result lies on the heap."""

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
    if_empty: bool
    type: AccountT
    span: Span


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
    metadata: tuple["Expr", "Expr", "Expr"] | None
    """Name, symbol, URI (StrT), kept in the mint itself; `authority` may update them."""
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class InitTokenAccount:
    """`empty.init(payer=…, seeds=…, mint=…, authority=…)` of a Token-2022 token account."""

    target: "Expr"
    payer: "Expr"
    seeds: tuple["Expr", ...]
    mint: "Expr"
    authority: "Expr"
    type: Type
    span: Span


Expr = (
    IntLit
    | BoolLit
    | BytesLit
    | EnumLit
    | ArrayLit
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
)

# --- statements ----------------------------------------------------------------------------------


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

# --- definitions ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FieldDef:
    """A field of an account class. Those of varying size (str, bytes) come last."""

    name: str
    type: Type
    doc: str
    span: Span


@dataclass(frozen=True, slots=True)
class ConstSeed:
    """A seed that is the same for every account of the class."""

    value: bytes


@dataclass(frozen=True, slots=True)
class FieldSeed:
    """A seed that is a field of the account: a Pubkey's 32 bytes, an integer's little-endian
    bytes.
    """

    field: str


@dataclass(frozen=True, slots=True)
class AccountClass:
    """A class derived from Account: 8 bytes of discriminator, then its fields in order, packed
    (Borsh).
    """

    name: str
    doc: str
    discriminator: bytes
    fields: tuple[FieldDef, ...]
    seeds: tuple[ConstSeed | FieldSeed, ...] | None
    """As declared by the method `seeds`; such a class has a field `bump: u8`."""
    span: Span


@dataclass(frozen=True, slots=True)
class EnumDef:
    """A class derived from Enum."""

    name: str
    doc: str
    variants: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ErrorDef:
    """One named error of the program: SCREAMING_CASE in source, CamelCase in the IDL."""

    name: str
    code: int
    message: str


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter of a function, or an argument of an instruction."""

    name: str
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class ConstPdaSeed:
    """IDL: constant seed bytes."""

    value: bytes


@dataclass(frozen=True, slots=True)
class AccountPdaSeed:
    """IDL: the address of another account of the instruction."""

    account: str


@dataclass(frozen=True, slots=True)
class ArgumentPdaSeed:
    """IDL: an argument of the instruction."""

    argument: str


PdaSeed = ConstPdaSeed | AccountPdaSeed | ArgumentPdaSeed


@dataclass(frozen=True, slots=True)
class AccountParam:
    """An account that an instruction takes, in the order of the source."""

    name: str
    type: AccountLikeT
    writable: bool
    """Inferred: a field written, lamports moved, init, or written by a CPI."""
    signer: bool
    address: bytes | None
    """The one address it may have (sysvars), 32 bytes."""
    pda: tuple[PdaSeed, ...] | None
    """How a client derives the address, where that can be said in the IDL."""
    span: Span


@dataclass(frozen=True, slots=True)
class ProgramAccount:
    """A program that the instruction calls: appended after the accounts of the source."""

    name: str
    address: bytes


@dataclass(frozen=True, slots=True)
class Function:
    """A plain function or method."""

    name: str
    params: tuple[Param, ...]
    result: Type
    body: tuple[Stmt, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Instruction:
    """An entry of the program: `@instruction`."""

    name: str
    doc: str
    discriminator: bytes
    accounts: tuple[AccountParam, ...]
    programs: tuple[ProgramAccount, ...]
    arguments: tuple[Param, ...]
    clock: str | None
    """The name of the Clock parameter, if there is one."""
    body: tuple[Stmt, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Program:
    """All of one program; tuples are in the order of first appearance from the root module."""

    name: str
    doc: str
    address: bytes
    accounts: tuple[AccountClass, ...]
    enums: tuple[EnumDef, ...]
    errors: tuple[ErrorDef, ...]
    functions: tuple[Function, ...]
    instructions: tuple[Instruction, ...]

    def account(self, name: str) -> AccountClass:
        """The account class of that name; the frontend has made sure that it exists."""
        return next(a for a in self.accounts if a.name == name)


def is_account(kind: Type) -> bool:
    """Whether values of the type are accounts (a Local of it holds a reference)."""
    return isinstance(kind, AccountLikeT)


def is_empty(kind: Type) -> bool:
    """Whether the type says that nothing is at the address yet."""
    return isinstance(kind, EmptyT)
