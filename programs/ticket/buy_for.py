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
from .persons import assert_person_in
from .sale import assert_for_sale, count_in, sell_seat
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


def note_principal(
    payer: Signer, event: Event, helper: Person, helping: Empty[Helping], principal: Pubkey
) -> None:
    """Keeps for whom this helper has bought at the event, and refuses one too many."""
    noted = helping.init_if_empty(
        payer=payer, event=event.key(), helper=helper.key(), rent_to=payer.key()
    )
    is_noted = False
    for place in range(MAX_PRINCIPALS):
        if not is_noted and noted.principals[place] in (principal, NOBODY):
            noted.principals[place] = principal
            is_noted = True
    assert is_noted, TicketError.TOO_MANY_PRINCIPALS


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

    note_principal(payer, event, helper, helping, person.key())
    count_in(payer, event, person, holding)
    sell_seat(payer, wallet, person, event, section, vault, ticket, mint, token, purse, till, seat)
    grant.count -= 1
