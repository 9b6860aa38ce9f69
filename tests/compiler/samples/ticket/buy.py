"""A person whom the gateway has admitted buys a seat."""

from seahorse.prelude import (
    Clock,
    Empty,
    Metadata,
    Pubkey,
    Signer,
    Token2022Account,
    Token2022Mint,
    instruction,
    u8,
    u32,
    u64,
)

from .errors import TicketError
from .state import Event, Holding, Section, Ticket, TicketState, Vault


def mint_ticket_nft(
    buyer: Signer,
    event: Event,
    section: Section,
    ticket: Ticket,
    mint: Empty[Token2022Mint],
    token: Empty[Token2022Account],
) -> None:
    """One NFT in the buyer's wallet, frozen, its supply closed at 1; the event rules over it."""
    mint = mint.init(
        payer=buyer,
        seeds=["mint", ticket.key()],
        decimals=u8(0),
        authority=event,
        freeze_authority=event,
        permanent_delegate=event,
        close_authority=event,
        default_frozen=True,
        metadata=Metadata(
            name=f"{event.name} {section.name} {ticket.seat}",
            symbol="CONTING",
            uri=f"{event.uri}/{section.index}/{ticket.seat}.json",
        ),
    )
    token = token.init(
        payer=buyer, seeds=["token", mint.key(), buyer.key()], mint=mint, authority=buyer
    )
    token.thaw(mint=mint, authority=event)
    mint.mint_to(account=token, amount=u64(1), authority=event)
    token.freeze(mint=mint, authority=event)
    mint.give_up_mint_authority(authority=event)


@instruction
def buy(
    admission: Signer,
    buyer: Signer,
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
    device_key: Pubkey,
) -> None:
    """Sells `seat` at the section's price, if that is at most `max_price` lamports.

    `device_key` is the Ed25519 key that will answer at the gate.
    """
    now = clock.unix_timestamp()
    assert event.admission == admission.key(), TicketError.NOT_ADMITTED
    assert section.event == event.key(), TicketError.WRONG_EVENT
    assert vault.event == event.key(), TicketError.WRONG_EVENT
    assert now >= event.sale_opens, TicketError.SALE_NOT_OPEN
    assert now < event.sale_closes, TicketError.SALE_CLOSED
    assert seat < section.seats, TicketError.NO_SUCH_SEAT
    assert section.price <= max_price, TicketError.PRICE_ABOVE_LIMIT
    assert ticket.is_empty(), TicketError.SEAT_TAKEN
    assert buyer.key().is_on_curve(), TicketError.NOT_A_PERSON

    held = holding.init_if_empty(payer=buyer, event=event.key(), person=buyer.key())
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
        device_key=device_key,
        paid_by=buyer.key(),
        price_paid=section.price,
    )
    buyer.transfer_lamports(vault, section.price)
    mint_ticket_nft(buyer, event, section, sold, mint, token)
    held.count += 1
    section.sold += 1
