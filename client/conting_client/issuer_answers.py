"""What an issuer answers, typed."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from conting_client.gateway_answers import Address, Base64


@dataclass(frozen=True, slots=True)
class IssuerView:
    """Who attests, by which rules; periods in seconds."""

    issuer: Address
    authority: Address
    help_desk: Address
    name: str
    uri: str
    notice: int
    cool_down: int


@dataclass(frozen=True, slots=True)
class Challenge:
    """What statements end with."""

    challenge: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class ToSign:
    """A transaction that is to be signed."""

    transaction: str


@dataclass(frozen=True, slots=True)
class Attested:
    """A person, or what makes it."""

    person: Address
    nullifier: Address
    valid_until: int
    proof: Literal["device", "passkey"]
    to_sign: ToSign | None


@dataclass(frozen=True, slots=True)
class Moving:
    """Where a re-binding stands; `takes_over_at` in Unix seconds of the chain's clock.

    `proof`: what the phone has proven itself by; a passkey is the lower class.
    """

    progress: Literal["done", "announced", "to_sign"]
    takes_over_at: int | None
    proof: Literal["device", "passkey"]
    to_sign: ToSign | None


@dataclass(frozen=True, slots=True)
class Renewed:
    """Until when the issuer vouches."""

    valid_until: int


@dataclass(frozen=True, slots=True)
class Own:
    """What only the person's wallet signs."""

    to_sign: ToSign | None


@dataclass(frozen=True, slots=True)
class FamilyView:
    """A family, or what makes or renews it."""

    family: Address
    family_id: Address
    valid_until: int
    to_sign: ToSign | None


@dataclass(frozen=True, slots=True)
class ProofView:
    """What a member keeps."""

    family: Address
    person: Address
    index: Annotated[int, Field(ge=0, lt=8)]
    role: int
    joined_at: int
    salt: Base64
    siblings: list[Base64]
    version: int


@dataclass(frozen=True, slots=True)
class Joined:
    """The proof, and what puts the member into the tree."""

    proof: ProofView
    to_sign: ToSign | None


@dataclass(frozen=True, slots=True)
class Sent:
    """It is confirmed."""

    signature: str


@dataclass(frozen=True, slots=True)
class Done:
    """It is so on chain."""

    done: bool
