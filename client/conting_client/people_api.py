"""Who is who, as a gateway reads it from the chain: persons, families, issuers, warnings.

A DID is resolved without a gateway: `conting_client.dids.resolve`.
"""

from dataclasses import dataclass
from typing import Literal

from solders.pubkey import Pubkey

from conting_client.gateway_answers import Address, DeviceKeyText
from conting_client.gateway_orders import Ask
from conting_client.list_answers import Happened

Standing = Literal["valid", "expired", "revoked"]


@dataclass(frozen=True, slots=True)
class Move:
    """A re-binding that was announced; `takes_over_at` in Unix seconds of the chain's clock."""

    wallet: Address
    device_key: DeviceKeyText | None
    takes_over_at: int
    due: bool


@dataclass(frozen=True, slots=True)
class PersonView:
    """One human being in the eyes of one issuer, or of its own wallet (`issuer` is None).

    Times in Unix seconds of the chain's clock. `membership`: hex; it does not tell of which family.
    """

    person: Address
    did: str
    issuer: Address | None
    wallet: Address
    device_key: DeviceKeyText | None
    valid_until: int | None
    revoked: bool
    state: Standing
    membership: str | None
    member_since: int | None
    may_join_from: int | None
    move: Move | None


@dataclass(frozen=True, slots=True)
class FamilyView:
    """A family as its account shows it. `root`: hex."""

    family: Address
    did: str
    issuer: Address
    guardian: Address
    size: int
    version: int
    root: str
    valid_until: int
    revoked: bool
    state: Standing


@dataclass(frozen=True, slots=True)
class IssuerRules:
    """Who vouches for persons and families, by which rules; periods in seconds."""

    issuer: Address
    did: str
    name: str
    uri: str
    authority: Address
    help_desk: Address
    notice: int
    cool_down: int


@dataclass(frozen=True, slots=True)
class MyPersons:
    """Whom the caller's wallet stands for, and who is about to move to it."""

    persons: list[PersonView]
    arriving: list[PersonView]


@dataclass(frozen=True, slots=True)
class MyWarnings:
    """Moves that are announced now, and what has befallen the caller's persons, newest first."""

    pending: list[PersonView]
    warnings: list[Happened]


@dataclass(frozen=True, slots=True)
class _Person:
    person: PersonView


@dataclass(frozen=True, slots=True)
class _Family:
    family: FamilyView


@dataclass(frozen=True, slots=True)
class _Issuer:
    issuer: IssuerRules


class PeopleApi:
    """Questions about people. Every method raises GatewayRefused and GatewayUnavailable.

    `min_slot`: the answer is at least as new as this slot, or refused with `not_fresh`.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    async def person(self, person: Pubkey, *, min_slot: int = 0) -> PersonView:
        """A person, and the move that was announced, if one was."""
        path = f"/v1/persons/{person}?min_slot={min_slot}"
        return (await self._ask("GET", path, _Person)).person

    async def family(self, family: Pubkey, *, min_slot: int = 0) -> FamilyView:
        """A family: how many, and since which version; not who."""
        path = f"/v1/families/{family}?min_slot={min_slot}"
        return (await self._ask("GET", path, _Family)).family

    async def issuer(self, issuer: Pubkey, *, min_slot: int = 0) -> IssuerRules:
        """An issuer's keys and periods."""
        path = f"/v1/issuers/{issuer}?min_slot={min_slot}"
        return (await self._ask("GET", path, _Issuer)).issuer

    async def mine(self, *, min_slot: int = 0) -> MyPersons:
        """Whom the wallet stands for that has signed in."""
        return await self._ask("GET", f"/v1/my/persons?min_slot={min_slot}", MyPersons)

    async def warnings(self, *, min_slot: int = 0) -> MyWarnings:
        """What befalls the persons of the wallet that has signed in: look before a notice ends."""
        return await self._ask("GET", f"/v1/my/warnings?min_slot={min_slot}", MyWarnings)
