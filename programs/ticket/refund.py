"""A holder gives a ticket back: money to who paid, the NFT to nobody, the seat to the re-draw."""

from family.state import Person
from seahorse.prelude import (
    Clock,
    Option,
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
from .money import pay_if_lamports, pay_if_tokens
from .nft import end_nft
from .state import (
    NOBODY,
    REFUND_STEPS,
    WHOLE,
    Event,
    Holding,
    Section,
    Ticket,
    TicketState,
    Vault,
)
from .tickets import assert_held_by, assert_issued, assert_nft_of


def share_at(event: Event, now: i64) -> u64:
    """The part of the price, in basis points, that who gives back at `now` receives."""
    for step in range(REFUND_STEPS):
        if now < event.refund_until[step]:
            return u64(event.refund_share[step])
    return u64(0)


def wait_of(event: Event, section: Section) -> u64:
    """Slots until the seat is drawn. Who gives back while nobody waits could hand the seat to the
    one friend who joins at once: then others have the time to hear of it.
    """
    return event.cooling if section.waiting_active >= 1 else event.registration_window


@instruction
def refund(
    holder: Signer,
    paid_by: UncheckedAccount,
    person: Person,
    event: Event,
    section: Section,
    vault: Vault,
    holding: Holding,
    ticket: Ticket,
    mint: Token2022Mint,
    token: Token2022Account,
    till: Option[TokenAccount],
    purse: Option[TokenAccount],
    clock: Clock,
) -> None:
    """Gives the ticket back before the freeze; the seat then cools and is not on sale."""
    now = clock.unix_timestamp()
    assert ticket.event == event.key(), TicketError.WRONG_EVENT
    assert vault.event == event.key(), TicketError.WRONG_EVENT
    assert ticket.section == section.key(), TicketError.WRONG_SECTION
    assert not event.cancelled, TicketError.EVENT_CANCELLED
    assert_issued(ticket)
    assert_held_by(ticket, holder, person)
    assert holding.event == event.key(), TicketError.WRONG_EVENT
    assert holding.person == person.key(), TicketError.WRONG_PERSON
    assert now < event.freeze, TicketError.REFUND_CLOSED
    assert_nft_of(ticket, mint, token, paid_by)

    amount = ticket.price_paid * share_at(event, now) // WHOLE
    pay_if_tokens(event, vault, till, paid_by, purse, amount)
    end_nft(event, mint, token, paid_by)
    pay_if_lamports(event, vault, paid_by, amount)
    vault.refundable -= ticket.price_paid
    holding.count -= 1
    section.sold -= 1
    ticket.returned_by = ticket.person
    ticket.draw_slot = clock.slot() + wait_of(event, section)
    ticket.attempt = u32(0)
    ticket.person = NOBODY
    ticket.holder = NOBODY
    ticket.state = TicketState.COOLING
