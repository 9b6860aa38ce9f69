"""The typed IR: a whole program after names and types are resolved, before anything is known of the
machine.

Every node is frozen and carries its span. The frontend builds it, the lowering and the IDL read it.
Both operands of a Binary or Compare have one type (the frontend inserts Convert); methods are
functions whose first parameter is `self`.
"""

from dataclasses import dataclass
from hashlib import sha256

from conting_compiler.ir.expressions import (
    Binary,
    BinaryOp,
    BoolOp,
    Call,
    Compare,
    CompareOp,
    Conditional,
    Convert,
    Expr,
    Format,
    InitAccount,
    InitMint,
    InitTokenAccount,
    Intrinsic,
    Invoke,
    SignerSeeds,
    Unary,
    UnaryOp,
)
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
from conting_compiler.ir.statements import (
    Assert,
    Assign,
    Break,
    Continue,
    Do,
    ForRange,
    If,
    Return,
    Stmt,
    While,
)
from conting_compiler.ir.typesystem import NONE, AccountLikeT, EmptyT, Type, inside
from conting_compiler.source import Span

__all__ = [
    "AccountClass",
    "AccountParam",
    "AccountPdaSeed",
    "ArgumentPdaSeed",
    "ArrayLit",
    "Assert",
    "Assign",
    "Binary",
    "BinaryOp",
    "Block",
    "BoolLit",
    "BoolOp",
    "Break",
    "BytesLit",
    "Call",
    "Compare",
    "CompareOp",
    "Conditional",
    "ConstPdaSeed",
    "ConstSeed",
    "Continue",
    "Convert",
    "Do",
    "EnumDef",
    "EnumLit",
    "ErrorDef",
    "Expr",
    "Field",
    "FieldDef",
    "FieldSeed",
    "FloatLit",
    "ForRange",
    "Format",
    "Function",
    "If",
    "Index",
    "InitAccount",
    "InitMint",
    "InitTokenAccount",
    "Instruction",
    "IntLit",
    "Intrinsic",
    "Invoke",
    "IsNone",
    "ListLit",
    "Local",
    "New",
    "Nothing",
    "Param",
    "Pda",
    "PdaSeed",
    "PlainClass",
    "Program",
    "ProgramAccount",
    "Return",
    "SignerSeeds",
    "Some",
    "Stmt",
    "TupleItem",
    "TupleLit",
    "Unary",
    "UnaryOp",
    "Unwrap",
    "While",
    "is_account",
    "is_empty",
]


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
    is_data: bool = False
    """With '@dataclass': instances are equal where their fields are."""

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
    alone: bool = False
    """Whether it must not be the same as another: a called program may write one of those."""


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
