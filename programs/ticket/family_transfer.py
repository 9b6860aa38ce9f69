"""A ticket passes on within a family, for nothing: both sign, both show that they belong to it."""

from family.state import Family, Person
from identity.membership import Membership, is_in_force, is_member, is_since
from seahorse.prelude import (
    Clock,
    Empty,
    Signer,
    Token2022Account,
    Token2022Mint,
    i64,
    instruction,
)

from .errors import TicketError
from .nft import hand_on_nft
from .persons import assert_person_in
from .sale import count_in, open_holding
from .state import Event, Holding, Ticket
from .tickets import assert_held_by, assert_issued, assert_nft


def assert_member(event: Event, family: Family, person: Person, shown: Membership) -> None:
    """Of this family, and long enough before the sale opened."""
    assert is_member(family, person, shown), TicketError.NOT_FAMILY
    since = event.sale_opens - event.family_age
    assert is_since(person, shown, since), TicketError.FAMILY_TOO_YOUNG


def assert_may_pass(event: Event, family: Family, ticket: Ticket, now: i64) -> None:
    """The event still lets tickets pass within families that its issuer vouches for."""
    assert family.issuer == event.issuer, TicketError.WRONG_ISSUER
    assert is_in_force(family, now), TicketError.NOT_FAMILY
    assert not event.cancelled, TicketError.EVENT_CANCELLED
    assert now < event.freeze, TicketError.TRANSFER_CLOSED
    assert ticket.hops < event.max_hops, TicketError.NO_HOPS_LEFT


@instruction
def family_transfer(
    sender: Signer,
    wallet: Signer,
    sender_person: Person,
    person: Person,
    family: Family,
    event: Event,
    ticket: Ticket,
    sender_holding: Holding,
    holding: Empty[Holding],
    mint: Token2022Mint,
    token: Token2022Account,
    clock: Clock,
    sender_shows: Membership,
    shows: Membership,
) -> None:
    """Makes the ticket `person`'s, who pays the rent of what is new.

    What was paid for the ticket, rent included, still goes back to who paid it.
    """
    now = clock.unix_timestamp()
    assert ticket.event == event.key(), TicketError.WRONG_EVENT
    assert_issued(ticket)
    assert_held_by(ticket, sender, sender_person)
    assert_nft(ticket, mint, token)
    assert_person_in(event, sender_person, sender, now)
    assert_person_in(event, person, wallet, now)
    assert sender_holding.event == event.key(), TicketError.WRONG_EVENT
    assert sender_holding.person == sender_person.key(), TicketError.WRONG_PERSON
    assert_may_pass(event, family, ticket, now)
    assert_member(event, family, sender_person, sender_shows)
    assert_member(event, family, person, shows)
    held = open_holding(wallet, event, person, holding)

    hand_on_nft(sender, wallet.key(), event, mint, token)
    count_in(held)
    sender_holding.count -= 1
    ticket.hops += 1
    ticket.person = person.key()
    ticket.holder = wallet.key()
