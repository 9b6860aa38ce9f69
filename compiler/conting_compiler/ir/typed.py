"""The typed IR: a whole program after names and types are resolved, before anything is known of the
machine.

Every node is frozen and carries its span. The frontend builds it, the lowering and the IDL read it.
Both operands of a Binary or Compare have one type (the frontend inserts Convert); methods are
functions whose first parameter is `self`.
"""

from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from typing import Literal

from conting_compiler.ir.typesystem import (
    NONE,
    AccountLikeT,
    AccountT,
    BoolT,
    ClassT,
    EmptyT,
    FloatT,
    IntT,
    NoneT,
    OptionT,
    SeedsT,
    Type,
    inside,
)
from conting_compiler.source import Span

# --- expressions ---------------------------------------------------------------------------------


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
    POW takes an exponent of any unsigned type for an integer, an i64 for an f64.
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
    """A field of an account class or plain class."""

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
    owner: bytes | None = None
    """The address of the program that it is imported from; None for a class of this program."""


@dataclass(frozen=True, slots=True)
class PlainClass:
    """A class without a base: fields in order, as they lie on chain (Borsh)."""

    name: str
    doc: str
    fields: tuple[FieldDef, ...]
    span: Span
    event: bool = False
    """Derived from Event: it can be emitted, and stands among the events of the IDL."""

    @property
    def discriminator(self) -> bytes:
        """What the log of such an event begins with, 8 bytes (Anchor: lang/syn, `event:Name`)."""
        return sha256(f"event:{self.name}".encode()).digest()[:8]


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
class Pda:
    """IDL: how a client derives an address."""

    seeds: tuple[PdaSeed, ...]
    program: bytes | None = None
    """Under which program, if not under this one: of associated token accounts."""


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
    pda: Pda | None
    """How a client derives the address, where that can be said in the IDL."""
    span: Span
    optional: bool = False
    """Whether the program's own id may stand in its place, for none; the variable is an Option."""


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
    sysvars: tuple[Param, ...] = ()
    """Parameters of the types Rent and SlotHashes."""
    result: Type = NONE
    """What it gives back, as return data (Borsh)."""


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
    classes: tuple[PlainClass, ...] = ()

    def plain_class(self, name: str) -> PlainClass:
        """The plain class of that name; the frontend has made sure that it exists."""
        return next(each for each in self.classes if each.name == name)

    def account(self, name: str) -> AccountClass:
        """The account class of that name; the frontend has made sure that it exists."""
        return next(a for a in self.accounts if a.name == name)


def is_account(kind: Type) -> bool:
    """Whether values of the type are accounts, or none (a Local of it holds a reference)."""
    return isinstance(inside(kind), AccountLikeT)


def is_empty(kind: Type) -> bool:
    """Whether the type says that nothing is at the address yet."""
    return isinstance(kind, EmptyT)
