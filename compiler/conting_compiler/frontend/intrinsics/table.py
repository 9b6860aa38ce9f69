"""The shape of the builtin tables."""

from dataclasses import dataclass
from typing import Final

from conting_compiler.base58 import decode
from conting_compiler.ir.typesystem import (
    NONE,
    PUBKEY_SIZE,
    AccountT,
    ClockT,
    EmptyT,
    InstructionsT,
    MintT,
    ProgramT,
    RentT,
    SeedsT,
    SignerT,
    SlotHashesT,
    TokenAccountT,
    Type,
    UncheckedT,
)


@dataclass(frozen=True, slots=True)
class Kind:
    """Any type out of a family, and what a message calls it."""

    label: str
    classes: tuple[type[Type], ...]
    signs: bool = False
    """Whether the account has to sign: a Signer, or a class with declared seeds."""


Wanted = Type | Kind

ANY_ACCOUNT: Final = Kind(
    "an account",
    (AccountT, MintT, TokenAccountT, EmptyT, SignerT, UncheckedT, InstructionsT, ProgramT),
)
CLASS: Final = Kind("an account of this program", (AccountT,))
EMPTY: Final = Kind("an Empty account", (EmptyT,))
AUTHORITY: Final = Kind(
    "a Signer or an account whose class declares its seeds", (SignerT, AccountT), signs=True
)
SIGNER_SEEDS: Final = Kind("a list of seeds that ends with the bump", (SeedsT,))
SIGNER: Final = SignerT()
CLOCK: Final = ClockT()
INSTRUCTIONS: Final = InstructionsT()
RENT: Final = RentT()
SLOT_HASHES: Final = SlotHashesT()
MINT: Final = MintT()
TOKEN: Final = TokenAccountT()
SPL_MINT: Final = MintT(classic=True)
SPL_TOKEN: Final = TokenAccountT(classic=True)

SYSTEM: Final = "system_program"
TOKEN_2022: Final = "token_2022_program"  # noqa: S105 - an account's name
TOKEN_PROGRAM: Final = "token_program"  # noqa: S105 - an account's name
ASSOCIATED: Final = "associated_token_program"
PROGRAMS: Final = {
    SYSTEM: bytes(PUBKEY_SIZE),
    TOKEN_PROGRAM: decode("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"),
    ASSOCIATED: decode("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL"),
    TOKEN_2022: decode("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb"),
}
"""Programs that instructions call, in the order in which their accounts are appended."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a builtin."""

    name: str
    wanted: Wanted
    writes: bool = False
    """Whether the call writes this account."""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One builtin: a method of `receiver`, or a function where that is None."""

    receiver: Wanted | None
    method: str
    name: str
    """As in `typed.Intrinsic.name`; the receiver is argument 0."""
    result: Type
    parameters: tuple[Parameter, ...] = ()
    keyword_only: bool = False
    writes: bool = False
    """Whether the call writes its receiver."""
    programs: tuple[str, ...] = ()
    effect: bool = False
    """Whether it does something although it gives a value."""

    @property
    def has_effect(self) -> bool:
        """Whether calling it twice differs from calling it once."""
        return self.effect or self.result == NONE


def fits(kind: Type, wanted: Wanted | None) -> bool:
    """Whether a type is the wanted one, or of the wanted family."""
    if isinstance(wanted, Kind):
        return isinstance(kind, wanted.classes)
    return kind == wanted
