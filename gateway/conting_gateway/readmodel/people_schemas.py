"""Persons, families and issuers as they are shown. Times are Unix seconds of the chain's clock.

Only what the chain shows: no name of anybody, and nothing that ties a person to a family.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from conting_gateway.readmodel.feed_schemas import Happened
from conting_gateway.readmodel.schemas import AsOf, Digest, Maybe, Page, Shown
from conting_gateway.schemas import Address, DeviceKeyText

DidText = Annotated[
    str, Field(pattern=r"^did:conting:[^:]+:[^:]+$", description="GET /1.0/identifiers/… resolves")
]
Standing = Literal["valid", "expired", "revoked"]
WHO = Field(description="Null: the wallet vouches for itself")
PHONE = Field(description="Null: what stands on chain is no key")


class Move(BaseModel):
    """A re-binding that was announced. The present wallet cannot stop it, for it may have been
    bought: the person asks the issuer to, who looks at the person and not at the wallet. A wallet
    that vouches for itself stops a new phone itself (`cancel_device`)."""

    wallet: Address = Field(description="Where the person will be")
    device_key: DeviceKeyText | None = PHONE
    takes_over_at: int
    due: bool = Field(description="The notice has run out: whoever sends finish_rebinding ends it")


class PersonView(Shown):
    """One human being in the eyes of one issuer, or one wallet."""

    person: Address
    did: DidText
    issuer: Maybe = WHO
    wallet: Address
    device_key: DeviceKeyText | None = PHONE
    valid_until: int | None = Field(description="Null: without end")
    revoked: bool
    state: Standing
    membership: Digest | None = Field(
        description="Salted hash of the agreement to be of one family; it does not tell of which"
    )
    member_since: int | None
    may_join_from: int | None = Field(
        description="End of the cool-down after a family was left; null: there is none"
    )
    move: Move | None = Field(description="A re-binding that was announced")


class PersonAnswer(BaseModel):
    """A person."""

    as_of: AsOf
    person: PersonView


class MyPersons(BaseModel):
    """Who the caller's wallet is to issuers and to itself, and who is about to move to it."""

    as_of: AsOf
    persons: list[PersonView]
    arriving: list[PersonView]


class FamilyView(Shown):
    """A family: how many it has, and a Merkle root that tells nobody who they are."""

    family: Address
    did: DidText
    issuer: Address
    guardian: Address = Field(description="A key made for this family")
    size: int
    version: int = Field(description="Goes up with every change: proofs of the one before are over")
    root: Digest
    valid_until: int
    revoked: bool
    state: Standing


class FamilyAnswer(BaseModel):
    """A family."""

    as_of: AsOf
    family: FamilyView


class IssuerView(Shown):
    """Who vouches for persons and families."""

    issuer: Address
    did: DidText
    name: str
    uri: str
    authority: Address
    help_desk: Address
    notice: int = Field(description="Seconds from the announcement of a re-binding to its effect")
    cool_down: int = Field(description="Seconds between leaving a family and joining another")


class IssuerAnswer(BaseModel):
    """An issuer."""

    as_of: AsOf
    issuer: IssuerView


class Issuers(Page):
    """Issuers. Anybody may register one; an event names the one that it trusts."""

    issuers: list[IssuerView]


class Warnings(BaseModel):
    """What befalls the caller's persons, the newest first: moves that were announced, and ends.

    Persons that have moved away from the caller's wallet are told of, too.
    """

    as_of: AsOf
    pending: list[PersonView] = Field(description="Those with a move that is announced now")
    warnings: list[Happened]
