"""What every way to a ticket has in common: who may sell a seat, and what selling it is."""

from family.state import Person
from seahorse.prelude import (
    Empty,
    Pubkey,
    Signer,
    Token2022Account,
    Token2022Mint,
    UncheckedAccount,
    i64,
    u32,
    u64,
)

from .errors import TicketError
from .nft import mint_nft
from .state import Event, Holding, Section, Ticket, TicketState, Vault


def assert_for_sale(
    admission: Signer, event: Event, section: Section, vault: Vault, now: i64, max_price: u64
) -> None:
    """Anybody whom the gateway admits may buy a free seat of the section now, at its price."""
    assert event.admission == admission.key(), TicketError.NOT_ADMITTED
    assert section.event == event.key(), TicketError.WRONG_EVENT
    assert vault.event == event.key(), TicketError.WRONG_EVENT
    assert not event.cancelled, TicketError.EVENT_CANCELLED
    assert now >= event.sale_opens, TicketError.SALE_NOT_OPEN
    assert now < event.sale_closes, TicketError.SALE_CLOSED
    assert now >= section.open_from, TicketError.NOT_ON_SALE
    assert section.price <= max_price, TicketError.PRICE_ABOVE_LIMIT


def open_holding(payer: Signer, event: Event, person: Person, holding: Empty[Holding]) -> Holding:
    """The person's holding, made by the first ticket; the event allows one ticket more."""
    held = holding.init_if_empty(
        payer=payer, event=event.key(), person=person.key(), rent_to=payer.key()
    )
    assert held.count < event.limit, TicketError.LIMIT_REACHED
    return held


def count_in(held: Holding) -> None:
    """One ticket more."""
    held.count += 1


def issue_seat(
    payer: Signer,
    wallet: UncheckedAccount,
    paid_by: Pubkey,
    person: Person,
    event: Event,
    section: Section,
    vault: Vault,
    ticket: Empty[Ticket],
    mint: Empty[Token2022Mint],
    token: Empty[Token2022Account],
    seat: u32,
) -> None:
    """Ticket and NFT to the person and the person's wallet; the price is in the vault.

    Checks nothing: the caller knows that the section has this seat, and that it is free.
    """
    sold = ticket.init(
        payer=payer,
        event=event.key(),
        section=section.key(),
        seat=seat,
        state=TicketState.ISSUED,
        gate_group=section.gate_group,
        mint=mint.key(),
        holder=wallet.key(),
        person=person.key(),
        paid_by=paid_by,
        price_paid=section.price,
        rent_to=payer.key(),
    )
    mint_nft(payer, wallet, event, section, sold, mint, token)
    vault.refundable += section.price
    section.kept += 1
    section.sold += 1
