"""The shape of the builtin tables."""

from dataclasses import dataclass
from typing import Final

from conting_compiler.ir.typesystem import (
    NONE,
    AccountT,
    ClockT,
    EmptyT,
    InstructionsT,
    MintT,
    SignerT,
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
    "an account", (AccountT, MintT, TokenAccountT, EmptyT, SignerT, UncheckedT, InstructionsT)
)
CLASS: Final = Kind("an account of this program", (AccountT,))
EMPTY: Final = Kind("an Empty account", (EmptyT,))
AUTHORITY: Final = Kind(
    "a Signer or an account whose class declares its seeds", (SignerT, AccountT), signs=True
)
SIGNER: Final = SignerT()
CLOCK: Final = ClockT()
INSTRUCTIONS: Final = InstructionsT()
MINT: Final = MintT()
TOKEN: Final = TokenAccountT()

SYSTEM: Final = "system_program"
TOKEN_2022: Final = "token_2022_program"  # noqa: S105 - an account's name


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

    @property
    def has_effect(self) -> bool:
        """Whether calling it twice differs from calling it once."""
        return self.result == NONE


def fits(kind: Type, wanted: Wanted | None) -> bool:
    """Whether a type is the wanted one, or of the wanted family."""
    if isinstance(wanted, Kind):
        return isinstance(kind, wanted.classes)
    return kind == wanted
