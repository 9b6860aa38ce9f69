"""A helper buys for somebody who allowed it: the helper pays, the ticket is the owner's."""

from family.state import Person
from seahorse.prelude import (
    Clock,
    Empty,
    Option,
    Pubkey,
    Signer,
    Token2022Account,
    Token2022Mint,
    TokenAccount,
    UncheckedAccount,
    i64,
    instruction,
    u32,
    u64,
)

from .errors import TicketError
from .money import pay_in
from .persons import assert_person_in
from .sale import assert_for_sale, count_in, issue_seat, open_holding
from .state import (
    MAX_PRINCIPALS,
    NOBODY,
    Event,
    Grant,
    Helping,
    Holding,
    Section,
    Ticket,
    Vault,
)


def assert_granted(grant: Grant, event: Event, section: Section, now: i64) -> None:
    """The grant still allows a ticket of this section at its price."""
    assert grant.event == event.key(), TicketError.WRONG_EVENT
    assert now < grant.expires, TicketError.GRANT_EXPIRED
    assert grant.count >= 1, TicketError.GRANT_SPENT
    assert section.price <= grant.max_price, TicketError.NOT_GRANTED
    assert (grant.sections >> section.index) & 1 == 1, TicketError.NOT_GRANTED


def place_for(helping: Helping, principal: Pubkey) -> u64:
    """Where the principal stands among those of the helper, or may; behind all if there is no place
    left.
    """
    for place in range(MAX_PRINCIPALS):
        if helping.principals[place] in (principal, NOBODY):
            return u64(place)
    return u64(MAX_PRINCIPALS)


@instruction
def buy_for(
    admission: Signer,
    payer: Signer,
    helper: Person,
    wallet: UncheckedAccount,
    person: Person,
    event: Event,
    section: Section,
    vault: Vault,
    grant: Grant,
    helping: Empty[Helping],
    holding: Empty[Holding],
    ticket: Empty[Ticket],
    mint: Empty[Token2022Mint],
    token: Empty[Token2022Account],
    purse: Option[TokenAccount],
    till: Option[TokenAccount],
    clock: Clock,
    seat: u32,
    max_price: u64,
) -> None:
    """Sells `seat` to the person in whose name the helper pays, who need not sign.

    The NFT goes to the person's `wallet`; limit and entry are the person's.
    """
    now = clock.unix_timestamp()
    assert_for_sale(admission, event, section, vault, now, max_price)
    assert_person_in(event, helper, payer, now)
    assert_person_in(event, person, wallet, now)
    assert grant.owner == person.key(), TicketError.WRONG_PERSON
    assert grant.helper == helper.key(), TicketError.NOT_GRANTED
    assert_granted(grant, event, section, now)
    assert seat < section.seats, TicketError.NO_SUCH_SEAT
    assert ticket.is_empty(), TicketError.SEAT_TAKEN
    noted = helping.init_if_empty(
        payer=payer, event=event.key(), helper=helper.key(), rent_to=payer.key()
    )
    place = place_for(noted, person.key())
    assert place < MAX_PRINCIPALS, TicketError.TOO_MANY_PRINCIPALS
    held = open_holding(payer, event, person, holding)

    pay_in(payer, event, vault, purse, till, section.price)
    issue_seat(payer, wallet, payer.key(), person, event, section, vault, ticket, mint, token, seat)
    noted.principals[place] = person.key()
    count_in(held)
    grant.count -= 1
