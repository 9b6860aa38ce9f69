"""What a wallet may order of the ticket program through a gateway, beside purchase and refund.

    here = SectionAt(event, 0)
    await gateway.orders.place(me, make_group(me, here, max_price=price))

Each function gives what it asks for as instructions, built here, and the request that asks for it.
Accounts and numbers that only the chain knows are left open (`OPEN`): the program checks them.
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from solders.instruction import Instruction
from solders.pubkey import Pubkey

from conting_client._wallet import Wallet
from conting_client.device_keys import DevicePublicKey
from conting_client.generated import ticket as program
from conting_client.generated.ticket import PROGRAM_ID
from conting_client.money import SOL, Money, money_of
from conting_client.persons import self_person_address

OPEN: Final = Pubkey.default()
MOST_MEMBERS: Final = 4


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who orders. `person`: the account that an issuer vouches for; else the wallet's own.

    `device_key`: the phone of a wallet that becomes a person of its own by its first order.
    """

    wallet: Wallet
    person: Pubkey | None = None
    device_key: DevicePublicKey | None = None

    @property
    def key(self) -> Pubkey:
        """The wallet's key."""
        return self.wallet.key

    @property
    def account(self) -> Pubkey:
        """The person account."""
        return self.person or self_person_address(self.key)

    def told(self, *, by: str = "person") -> dict[str, Any]:
        """As requests name it."""
        named = {by: self.person, "device_key": self.device_key}
        return {name: str(value) for name, value in named.items() if value is not None}


@dataclass(frozen=True, slots=True)
class SectionAt:
    """A section of an event, sold by the program at `program_id`.

    `payment`: the mint of the token that the event is paid in (`EventView.payment`). Nothing is
    signed that pays in anything else, so it has to come from somebody whom the wallet believes.
    """

    event: Pubkey
    index: int
    program_id: Pubkey = PROGRAM_ID
    payment: Pubkey = SOL

    @property
    def key(self) -> Pubkey:
        """Its account."""
        return program.section_address(
            event=self.event, index=self.index, program_id=self.program_id
        )

    @property
    def draw(self) -> Pubkey:
        """Its draw's account."""
        return program.draw_address(section=self.key, program_id=self.program_id)

    def ticket(self, seat: int) -> Pubkey:
        """A seat's account."""
        return program.ticket_address(section=self.key, seat=seat, program_id=self.program_id)

    def money(self, payer: Pubkey) -> Money:
        """The accounts that `payer` pays from and into."""
        return money_of(self.payment, self.event, payer, self.program_id)

    def told(self) -> dict[str, Any]:
        """As requests name it."""
        return {"event": str(self.event), "section": self.index}


@dataclass(frozen=True, slots=True)
class Asked:
    """One order: what it is to do, and the request's body."""

    wanted: Instruction
    body: dict[str, Any]
    then: tuple[Instruction, ...] = ()
    """What the same transaction does after `wanted`, which has the kind's name."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a helper may buy: `count` tickets of these sections, each for at most `max_price`
    of the event's smallest units, until `expires` (Unix seconds)."""

    max_price: int
    sections: Sequence[int]
    count: int
    expires: int


def grant_help(who: Buyer, event: Pubkey, helper: Pubkey, terms: Terms) -> Asked:
    """Lets `helper`, a person account, buy for who orders this."""
    wanted = program.grant_help(
        owner=who.key,
        person=who.account,
        event=event,
        helper=helper,
        max_price=terms.max_price,
        sections=sum(1 << section for section in set(terms.sections)),
        count=terms.count,
        expires=terms.expires,
    )
    body = {
        "event": str(event),
        "helper": str(helper),
        "max_price": terms.max_price,
        "sections": list(terms.sections),
        "count": terms.count,
        "expires": terms.expires,
    }
    return Asked(wanted, body | who.told())


def revoke_grant(who: Buyer, event: Pubkey, helper: Pubkey) -> Asked:
    """Takes that back; what was bought stays bought."""
    wanted = program.revoke_grant(
        owner=who.key,
        person=who.account,
        grant=program.grant_address(event=event, person=who.account, helper=helper),
        rent_to=OPEN,
    )
    return Asked(wanted, {"event": str(event), "helper": str(helper)} | who.told())


def buy_for(
    who: Buyer,
    at: SectionAt,
    seat: int,
    *,
    owner: Pubkey,
    owner_wallet: Pubkey,
    max_price: int,
    admission_pass: str,
) -> Asked:
    """Buys a held seat for `owner`, a person account that allowed it; who orders this pays."""
    wanted = program.buy_for(
        admission=OPEN,
        payer=who.key,
        helper=who.account,
        wallet=owner_wallet,
        person=owner,
        event=at.event,
        section=at.key,
        seat=seat,
        max_price=max_price,
        **at.money(who.key),
        program_id=at.program_id,
    )
    body = {
        "seat": seat,
        "person": str(owner),
        "max_price": max_price,
        "admission_pass": admission_pass,
    }
    return Asked(wanted, at.told() | body | who.told(by="helper"))


def make_group(
    who: Buyer, at: SectionAt, members: Sequence[Pubkey] = (), *, max_price: int
) -> Asked:
    """Makes a group for a draw, of these persons beside who orders this, leads it and joins it."""
    named = [who.account, *members]
    wanted = program.make_group(
        wallet=who.key,
        person=who.account,
        event=at.event,
        draw=at.draw,
        size=len(named),
        members=[*named, *[OPEN] * (MOST_MEMBERS - len(named))],
        program_id=at.program_id,
    )
    join = join_group(who, at, leader=who.account, max_price=max_price)
    told = {"members": [str(each) for each in members], "max_price": max_price}
    return Asked(wanted, at.told() | told | who.told(), then=(join.wanted,))


def join_group(who: Buyer, at: SectionAt, *, leader: Pubkey, max_price: int) -> Asked:
    """Pays the deposit for a place in the group that `leader`, a person account, has made."""
    wanted = program.join_group(
        admission=OPEN,
        wallet=who.key,
        person=who.account,
        event=at.event,
        section=at.key,
        max_price=max_price,
        draw=at.draw,
        group=_group(at, leader),
        **at.money(who.key),
        program_id=at.program_id,
    )
    return Asked(wanted, at.told() | {"leader": str(leader), "max_price": max_price} | who.told())


def leave_group(who: Buyer, at: SectionAt, *, leader: Pubkey) -> Asked:
    """Leaves a group that is not complete; the deposit goes back to who paid it."""
    wanted = program.leave_group(
        wallet=who.key,
        paid_by=OPEN,
        person=who.account,
        event=at.event,
        draw=at.draw,
        group=_group(at, leader),
        program_id=at.program_id,
    )
    return Asked(wanted, at.told() | who.told())


def close_group(who: Buyer, at: SectionAt) -> Asked:
    """Ends the group of who orders this, which nobody is in; the rent goes back to who paid it."""
    wanted = program.close_group(
        rent_to=OPEN,
        event=at.event,
        draw=at.draw,
        group=_group(at, who.account),
        program_id=at.program_id,
    )
    return Asked(wanted, at.told() | who.told())


def claim_seat(who: Buyer, at: SectionAt, *, leader: Pubkey) -> Asked:
    """Takes the seat that the draw has given."""
    wanted = program.claim_seat(
        wallet=who.key,
        paid_by=OPEN,
        person=who.account,
        event=at.event,
        section=at.key,
        seat=0,
        draw=at.draw,
        group=_group(at, leader),
        program_id=at.program_id,
    )
    return Asked(wanted, at.told() | who.told())


def take_back(who: Buyer, at: SectionAt, *, leader: Pubkey) -> Asked:
    """Has a deposit paid back that the draw has decided against."""
    here = at.program_id
    wanted = program.take_back(
        paid_by=OPEN,
        event=at.event,
        holding=program.holding_address(event=at.event, person=who.account, program_id=here),
        draw=at.draw,
        group=_group(at, leader),
        bid=program.bid_address(draw=at.draw, person=who.account, program_id=here),
        program_id=here,
    )
    return Asked(wanted, at.told() | who.told())


def join_waiting(who: Buyer, at: SectionAt) -> Asked:
    """Takes the next place of a section's waiting list."""
    wanted = program.join_waiting(
        admission=OPEN,
        wallet=who.key,
        person=who.account,
        event=at.event,
        section=at.key,
        index=0,
        program_id=at.program_id,
    )
    return Asked(wanted, at.told() | who.told())


def leave_waiting(who: Buyer, at: SectionAt) -> Asked:
    """Gives the place up."""
    wanted = program.leave_waiting(
        wallet=who.key,
        rent_to=OPEN,
        person=who.account,
        section=at.key,
        place=OPEN,
        program_id=at.program_id,
    )
    return Asked(wanted, at.told() | who.told())


def accept_offer(who: Buyer, at: SectionAt, seat: int, *, max_price: int) -> Asked:
    """Buys a seat that the re-draw has offered to who orders this."""
    ticket = at.ticket(seat)
    wanted = program.accept_offer(
        wallet=who.key,
        rent_to=OPEN,
        person=who.account,
        event=at.event,
        section=at.key,
        ticket=ticket,
        max_price=max_price,
        **at.money(who.key),
        program_id=at.program_id,
    )
    return Asked(wanted, {"ticket": str(ticket), "max_price": max_price})


def refund_cancelled(at: SectionAt, seat: int, *, person: Pubkey) -> Asked:
    """Has the whole price of `person`'s ticket paid back to who paid, after a cancellation."""
    ticket, here = at.ticket(seat), at.program_id
    wanted = program.refund_cancelled(
        paid_by=OPEN,
        event=at.event,
        section=at.key,
        holding=program.holding_address(event=at.event, person=person, program_id=here),
        ticket=ticket,
        token=OPEN,
        program_id=here,
    )
    return Asked(wanted, {"ticket": str(ticket)})


def follow_person(who: Buyer, at: SectionAt, seat: int) -> Asked:
    """Moves a ticket's NFT into the wallet to which its person was re-bound."""
    ticket = at.ticket(seat)
    wanted = program.follow_person(
        payer=who.key,
        person=who.account,
        wallet=who.key,
        event=at.event,
        ticket=ticket,
        old_token=OPEN,
        program_id=at.program_id,
    )
    return Asked(wanted, {"ticket": str(ticket)})


@dataclass(frozen=True, slots=True)
class Kin:
    """Who gets a ticket within a family, and what proves that the two belong to it."""

    person: Pubkey
    wallet: Pubkey
    family: Pubkey
    sender_shows: program.Membership
    shows: program.Membership


def family_transfer(who: Buyer, at: SectionAt, seat: int, to: Kin) -> Asked:
    """Passes a ticket on within a family; the receiver signs too (`OrdersApi.receive`)."""
    ticket, here = at.ticket(seat), at.program_id
    wanted = program.family_transfer(
        sender=who.key,
        wallet=to.wallet,
        sender_person=who.account,
        person=to.person,
        family=to.family,
        event=at.event,
        ticket=ticket,
        sender_holding=program.holding_address(event=at.event, person=who.account, program_id=here),
        token=OPEN,
        sender_shows=to.sender_shows,
        shows=to.shows,
        program_id=here,
    )
    body = {
        "ticket": str(ticket),
        "to": str(to.person),
        "family": str(to.family),
        "sender_shows": _shown(to.sender_shows),
        "shows": _shown(to.shows),
    }
    return Asked(wanted, body)


def _shown(shows: program.Membership) -> dict[str, Any]:
    return {
        "index": shows.index,
        "role": shows.role,
        "joined_at": shows.joined_at,
        "salt": b64encode(shows.salt).decode(),
        "siblings": [b64encode(each).decode() for each in shows.siblings],
    }


def _group(at: SectionAt, leader: Pubkey) -> Pubkey:
    return program.group_address(draw=at.draw, person=leader, program_id=at.program_id)
