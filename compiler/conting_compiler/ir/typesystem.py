"""The types of the dialect, and how many bytes their values take on chain (Borsh)."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class IntT:
    """A fixed-width integer: u8..u128, i8..i128."""

    bits: int
    signed: bool

    @property
    def low(self) -> int:
        """The least value."""
        return -(1 << (self.bits - 1)) if self.signed else 0

    @property
    def high(self) -> int:
        """The greatest value."""
        return (1 << (self.bits - self.signed)) - 1

    def __str__(self) -> str:
        return f"{'i' if self.signed else 'u'}{self.bits}"


@dataclass(frozen=True, slots=True)
class FloatT:
    """`f64`: IEEE 754 binary64; at run time a word with its bits. No account holds a NaN."""

    def __str__(self) -> str:
        return "f64"


@dataclass(frozen=True, slots=True)
class BoolT:
    """True or False; one byte on chain."""

    def __str__(self) -> str:
        return "bool"


@dataclass(frozen=True, slots=True)
class PubkeyT:
    """A public key or address, 32 bytes."""

    def __str__(self) -> str:
        return "Pubkey"


@dataclass(frozen=True, slots=True)
class StrT:
    """UTF-8 text of any length; on chain a u32 byte length and the bytes."""

    def __str__(self) -> str:
        return "str"


@dataclass(frozen=True, slots=True)
class BytesT:
    """Bytes of any length; on chain a u32 length and the bytes."""

    def __str__(self) -> str:
        return "bytes"


@dataclass(frozen=True, slots=True)
class NoneT:
    """What a function without a result gives."""

    def __str__(self) -> str:
        return "None"


@dataclass(frozen=True, slots=True)
class ArrayT:
    """`Array[element, length]`: a fixed number of fixed-size elements."""

    element: "Type"
    length: int

    def __str__(self) -> str:
        return f"Array[{self.element}, {self.length}]"


@dataclass(frozen=True, slots=True)
class ListT:
    """`List[element]`: any number of elements, on the heap; on chain a u32 count before them."""

    element: "Type"

    def __str__(self) -> str:
        return f"List[{self.element}]"


@dataclass(frozen=True, slots=True)
class TupleT:
    """`Tuple[…]`: values in a row; in code only, never on chain."""

    elements: tuple["Type", ...]

    def __str__(self) -> str:
        return f"Tuple[{', '.join(map(str, self.elements))}]"


@dataclass(frozen=True, slots=True)
class ClassT:
    """An instance of the plain class `name` (see `typed.PlainClass`), on the heap; on chain its
    fields in order.
    """

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class EnumT:
    """A class derived from Enum: a u8 on chain, numbered in the order of declaration."""

    name: str
    variants: tuple[str, ...]

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class AccountT:
    """An existing account of the class `name` (see `typed.AccountClass`), checked before the
    body runs.
    """

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class MintT:
    """`Token2022Mint` or, `classic`, `TokenMint`: an existing mint of Token-2022 or SPL Token."""

    classic: bool = False

    def __str__(self) -> str:
        return "TokenMint" if self.classic else "Token2022Mint"


@dataclass(frozen=True, slots=True)
class TokenAccountT:
    """`Token2022Account` or, `classic`, `TokenAccount`: an existing account of Token-2022 or SPL
    Token.
    """

    classic: bool = False

    def __str__(self) -> str:
        return "TokenAccount" if self.classic else "Token2022Account"


@dataclass(frozen=True, slots=True)
class EmptyT:
    """`Empty[T]`: an address where nothing is yet; `init` makes the T."""

    inner: AccountT | MintT | TokenAccountT

    def __str__(self) -> str:
        return f"Empty[{self.inner}]"


@dataclass(frozen=True, slots=True)
class SignerT:
    """An account that signed the transaction."""

    def __str__(self) -> str:
        return "Signer"


@dataclass(frozen=True, slots=True)
class UncheckedT:
    """`UncheckedAccount`: any account; the program looks at its address and lamports only."""

    def __str__(self) -> str:
        return "UncheckedAccount"


@dataclass(frozen=True, slots=True)
class InstructionsT:
    """`Instructions`: the instructions sysvar, its address checked."""

    def __str__(self) -> str:
        return "Instructions"


@dataclass(frozen=True, slots=True)
class ProgramT:
    """`Program`: an account that holds a program, which may be called."""

    def __str__(self) -> str:
        return "Program"


@dataclass(frozen=True, slots=True)
class RentT:
    """`Rent`: read by syscall; takes no place among the accounts."""

    def __str__(self) -> str:
        return "Rent"


@dataclass(frozen=True, slots=True)
class SlotHashesT:
    """`SlotHashes`: read by syscall; takes no place among the accounts."""

    def __str__(self) -> str:
        return "SlotHashes"


@dataclass(frozen=True, slots=True)
class SeedsT:
    """A list of seeds as an argument of a call of the prelude; never a variable's type."""

    count: int
    bumped: bool = False
    """Whether the last one is the bump."""

    def __str__(self) -> str:
        return "seeds"


@dataclass(frozen=True, slots=True)
class ClockT:
    """`Clock`: read by syscall; takes no place among the accounts."""

    def __str__(self) -> str:
        return "Clock"


@dataclass(frozen=True, slots=True)
class OptionT:
    """`Option[inner]`: a value or None; on chain a byte that says which, then the value.

    Of accounts: one that the instruction may be called without.
    """

    inner: "Type"

    def __str__(self) -> str:
        return f"Option[{self.inner}]"


AccountLikeT = (
    AccountT | MintT | TokenAccountT | EmptyT | SignerT | UncheckedT | InstructionsT | ProgramT
)
SysvarT = ClockT | RentT | SlotHashesT
"""Parameters of an instruction that the runtime gives by syscall."""
Type = (
    IntT
    | FloatT
    | BoolT
    | PubkeyT
    | StrT
    | BytesT
    | NoneT
    | ArrayT
    | EnumT
    | AccountLikeT
    | ListT
    | TupleT
    | ClassT
    | OptionT
    | SysvarT
    | SeedsT
)

U8: Final = IntT(8, signed=False)
U16: Final = IntT(16, signed=False)
U32: Final = IntT(32, signed=False)
U64: Final = IntT(64, signed=False)
I64: Final = IntT(64, signed=True)
U128: Final = IntT(128, signed=False)
I128: Final = IntT(128, signed=True)
F64: Final = FloatT()
BOOL: Final = BoolT()
PUBKEY: Final = PubkeyT()
STR: Final = StrT()
BYTES: Final = BytesT()
NONE: Final = NoneT()

PUBKEY_SIZE: Final = 32
DISCRIMINATOR_SIZE: Final = 8


def inside(kind: Type) -> Type:
    """What is in an Option; of any other type itself."""
    return kind.inner if isinstance(kind, OptionT) else kind


def fixed_size(kind: Type) -> int | None:
    """Bytes that every value of the type takes in an account or an argument; None where they
    vary.
    """
    match kind:
        case IntT(bits=bits):
            return bits // 8
        case FloatT():
            return 8
        case BoolT() | EnumT():
            return 1
        case PubkeyT():
            return PUBKEY_SIZE
        case ArrayT(element=element, length=length):
            size = fixed_size(element)
            return None if size is None else size * length
        case _:
            return None


def is_packed(kind: Type) -> bool:
    """Whether a value of the type is a fixed number of bytes, the same on chain and in memory."""
    return fixed_size(kind) is not None


def is_reference(kind: Type) -> bool:
    """Whether two names of one value see each other's changes."""
    return isinstance(kind, ArrayT | ListT | ClassT)


def holds_references(kind: Type) -> bool:
    """Whether a value of the type is, or has in it, something that two names may share."""
    if isinstance(kind, TupleT):
        return any(holds_references(each) for each in kind.elements)
    return holds_references(kind.inner) if isinstance(kind, OptionT) else is_reference(kind)
