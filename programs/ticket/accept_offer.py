"""Who was offered a seat that somebody gave back takes it."""

from family.state import Person
from seahorse.prelude import (
    Clock,
    Empty,
    Option,
    Signer,
    Token2022Account,
    Token2022Mint,
    TokenAccount,
    UncheckedAccount,
    instruction,
    u8,
    u32,
    u64,
)

from .errors import TicketError
from .money import pay_in
from .nft import mint_nft
from .persons import assert_person_in
from .sale import count_in, open_holding
from .state import NOBODY, Event, Holding, Section, Ticket, TicketState, Vault
from .waiting_state import Redraw


def issue_again(ticket: Ticket, wallet: Signer, person: Person, price: u64) -> None:
    """The seat is sold once more, as if for the first time."""
    ticket.hops = u8(0)
    ticket.holder = wallet.key()
    ticket.person = person.key()
    ticket.paid_by = wallet.key()
    ticket.price_paid = price
    ticket.attempt = u32(0)
    ticket.offered_to = NOBODY
    ticket.state = TicketState.ISSUED


@instruction
def accept_offer(
    wallet: Signer,
    rent_to: UncheckedAccount,
    person: Person,
    event: Event,
    section: Section,
    vault: Vault,
    holding: Empty[Holding],
    ticket: Ticket,
    redraw: Redraw,
    mint: Empty[Token2022Mint],
    token: Empty[Token2022Account],
    purse: Option[TokenAccount],
    till: Option[TokenAccount],
    clock: Clock,
    max_price: u64,
) -> None:
    """Sells the seat at the section's price, if that is at most `max_price`; ends the re-draw."""
    now = clock.unix_timestamp()
    assert ticket.event == event.key(), TicketError.WRONG_EVENT
    assert vault.event == event.key(), TicketError.WRONG_EVENT
    assert ticket.section == section.key(), TicketError.WRONG_SECTION
    assert redraw.ticket == ticket.key(), TicketError.WRONG_TICKET
    assert redraw.rent_to == rent_to.key(), TicketError.WRONG_PAYER
    assert not event.cancelled, TicketError.EVENT_CANCELLED
    assert ticket.state == TicketState.OFFERED, TicketError.NOT_OFFERED
    assert ticket.offered_to == person.key(), TicketError.WRONG_PERSON
    assert_person_in(event, person, wallet, now)
    assert now < ticket.offer_until, TicketError.TOO_LATE
    assert section.price <= max_price, TicketError.PRICE_ABOVE_LIMIT
    held = open_holding(wallet, event, person, holding)

    pay_in(wallet, event, vault, purse, till, section.price)
    mint_nft(wallet, wallet, event, section, ticket, mint, token)
    redraw.close(rent_to)
    vault.refundable += section.price
    section.sold += 1
    count_in(held)
    issue_again(ticket, wallet, person, section.price)
