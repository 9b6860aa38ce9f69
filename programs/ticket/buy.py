"""A person whom the gateway has admitted buys a seat."""

from family.state import Person
from seahorse.prelude import (
    Clock,
    Empty,
    Signer,
    Token2022Account,
    Token2022Mint,
    i64,
    instruction,
    u32,
    u64,
)

from .errors import TicketError
from .money import pay_in
from .nft import mint_nft
from .persons import assert_person
from .state import Event, Holding, Section, Ticket, TicketState, Vault


def assert_on_sale(event: Event, section: Section, now: i64) -> None:
    """Anybody may buy a free seat now."""
    assert not event.cancelled, TicketError.EVENT_CANCELLED
    assert now >= event.sale_opens, TicketError.SALE_NOT_OPEN
    assert now < event.sale_closes, TicketError.SALE_CLOSED
    assert now >= section.open_from, TicketError.NOT_ON_SALE


@instruction
def buy(
    admission: Signer,
    buyer: Signer,
    person: Person,
    event: Event,
    section: Section,
    vault: Vault,
    holding: Empty[Holding],
    ticket: Empty[Ticket],
    mint: Empty[Token2022Mint],
    token: Empty[Token2022Account],
    clock: Clock,
    seat: u32,
    max_price: u64,
) -> None:
    """Sells `seat` to the person at the section's price, if that is at most `max_price`."""
    now = clock.unix_timestamp()
    assert event.admission == admission.key(), TicketError.NOT_ADMITTED
    assert section.event == event.key(), TicketError.WRONG_EVENT
    assert vault.event == event.key(), TicketError.WRONG_EVENT
    assert person.wallet == buyer.key(), TicketError.WRONG_WALLET
    assert_person(event, person, now)
    assert_on_sale(event, section, now)
    assert seat < section.seats, TicketError.NO_SUCH_SEAT
    assert section.price <= max_price, TicketError.PRICE_ABOVE_LIMIT
    assert ticket.is_empty(), TicketError.SEAT_TAKEN

    held = holding.init_if_empty(
        payer=buyer, event=event.key(), person=person.key(), rent_to=buyer.key()
    )
    assert held.count < event.limit, TicketError.LIMIT_REACHED

    sold = ticket.init(
        payer=buyer,
        event=event.key(),
        section=section.key(),
        seat=seat,
        state=TicketState.ISSUED,
        gate_group=section.gate_group,
        mint=mint.key(),
        holder=buyer.key(),
        person=person.key(),
        paid_by=buyer.key(),
        price_paid=section.price,
        rent_to=buyer.key(),
    )
    pay_in(buyer, vault, section.price)
    mint_nft(buyer, event, section, sold, mint, token)
    vault.refundable += section.price
    held.count += 1
    section.kept += 1
    section.sold += 1
