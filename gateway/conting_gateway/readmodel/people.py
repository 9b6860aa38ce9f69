"""Persons, families and issuers: what the chain says of them, and nothing beside it."""

from collections.abc import Iterable
from typing import Final

from conting_client import MalformedPass, device_key_of
from conting_client.device_keys import DevicePublicKey, decode_device_key
from conting_client.dids import Did
from conting_client.generated.family import Family, Issuer, Person
from conting_client.persons import NOBODY
from solders.pubkey import Pubkey

from conting_gateway.readmodel import people_schemas as schemas
from conting_gateway.readmodel.errors import (
    NoSuchPersonError,
    UnknownFamilyError,
    UnknownIssuerError,
)
from conting_gateway.readmodel.happenings import Happening
from conting_gateway.readmodel.model import Model, Row
from conting_gateway.readmodel.schemas import shown

FOR_EVER: Final = 2**63 - 1
NONE: Final = bytes(32)
WARNED_OF: Final = frozenset({
    "announce_device", "announce_rebinding", "cancel_device", "cancel_rebinding",
    "finish_rebinding", "revoke_person", "shorten_rebinding",
})  # fmt: skip
"""Instructions by which a person moves, or comes to an end."""
BECAME: Final = frozenset({"attest_person", "register_self"})
"""Instructions by which a wallet becomes a person's."""


class People:
    """Who is who, at a moment of the chain's clock and on the chain that DIDs name so."""

    def __init__(self, model: Model, chain: str, now: int) -> None:
        self._model = model
        self._chain = chain
        self._now = now

    def person(self, address: Pubkey) -> schemas.PersonView:
        """A person. Raises NoSuchPersonError."""
        row = self._model.get(Person, address)
        if row is None:
            raise NoSuchPersonError
        return self._show_person(row)

    def of_wallet(self, wallet: Pubkey) -> list[schemas.PersonView]:
        """The persons whose wallet it is."""
        rows = self._model.by(Person, "wallet", wallet)
        return [self._show_person(row) for row in rows]

    def arriving(self, wallet: Pubkey) -> list[schemas.PersonView]:
        """The persons that are to move to a wallet from another one."""
        rows = self._model.by(Person, "next_wallet", wallet)
        return [self._show_person(row) for row in rows if row.data.wallet != wallet]

    def known(self, addresses: Iterable[Pubkey]) -> list[schemas.PersonView]:
        """The persons at these addresses, each once, without those that are none."""
        rows = (self._model.get(Person, each) for each in dict.fromkeys(addresses))
        return [self._show_person(row) for row in rows if row is not None]

    def family(self, address: Pubkey) -> schemas.FamilyView:
        """A family. Raises UnknownFamilyError."""
        row = self._model.get(Family, address)
        if row is None:
            raise UnknownFamilyError
        state = self._standing(row.data.valid_until, revoked=row.data.revoked)
        did = self._did(address)
        return shown(schemas.FamilyView, row, family=address, did=did, state=state)

    def issuer(self, address: Pubkey) -> schemas.IssuerView:
        """An issuer. Raises UnknownIssuerError."""
        row = self._model.get(Issuer, address)
        if row is None:
            raise UnknownIssuerError
        return self.show_issuer(row)

    def issuers(self) -> list[Row[Issuer]]:
        """All issuers."""
        return self._model.all(Issuer)

    def show_issuer(self, row: Row[Issuer]) -> schemas.IssuerView:
        """An issuer as it is shown."""
        return shown(schemas.IssuerView, row, issuer=row.address, did=self._did(row.address))

    def _show_person(self, row: Row[Person]) -> schemas.PersonView:
        person = row.data
        is_member = person.membership != NONE
        ends = person.valid_until != FOR_EVER
        return shown(
            schemas.PersonView,
            row,
            person=row.address,
            did=self._did(row.address),
            issuer=person.issuer if person.nullifier != NOBODY else NOBODY,
            device_key=device_key_of(person),
            valid_until=person.valid_until if ends else None,
            state=self._standing(person.valid_until, revoked=person.revoked),
            membership=person.membership if is_member else None,
            member_since=person.member_since if is_member else None,
            may_join_from=self._cool_down(person),
            move=self._move(person),
        )

    def _cool_down(self, person: Person) -> int | None:
        issuer = self._model.get(Issuer, person.issuer)
        if issuer is None or not person.left_at:
            return None
        end = person.left_at + issuer.data.cool_down
        return end if end > self._now else None

    def _move(self, person: Person) -> schemas.Move | None:
        if person.next_wallet == NOBODY or person.revoked:
            return None
        return schemas.Move(
            wallet=person.next_wallet,
            device_key=_next_device(person),
            takes_over_at=person.rebinds_at,
            due=self._now >= person.rebinds_at,
        )

    def _standing(self, valid_until: int, *, revoked: bool) -> schemas.Standing:
        if revoked:
            return "revoked"
        return "valid" if self._now < valid_until else "expired"

    def _did(self, address: Pubkey) -> str:
        return str(Did(self._chain, address))


def is_warning(happening: Happening) -> bool:
    """Whether it moves or ends a person."""
    return happening.program == "family" and happening.instruction in WARNED_OF


def became(history: Iterable[Happening], wallet: Pubkey) -> list[Pubkey]:
    """The persons that a wallet became, whatever has become of them since."""
    return [
        Pubkey.from_string(each.accounts["person" if "person" in each.accounts else "self_person"])
        for each in history
        if each.program == "family"
        and each.instruction in BECAME
        and each.accounts.get("wallet") == str(wallet)
    ]


def _next_device(person: Person) -> DevicePublicKey | None:
    try:
        return decode_device_key(person.next_scheme.value, bytes(person.next_device))
    except MalformedPass:
        return None
