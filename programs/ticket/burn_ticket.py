"""The event is over: a holder wants the rent back rather than a keepsake."""

from seahorse.prelude import (
    Clock,
    Signer,
    Token2022Account,
    Token2022Mint,
    UncheckedAccount,
    instruction,
)

from .closing import assert_over
from .errors import TicketError
from .nft import end_nft
from .state import Event, Section, Ticket, TicketState
from .tickets import assert_nft_of


@instruction
def burn_ticket(
    holder: Signer,
    paid_by: UncheckedAccount,
    rent_to: UncheckedAccount,
    event: Event,
    section: Section,
    ticket: Ticket,
    mint: Token2022Mint,
    token: Token2022Account,
    clock: Clock,
) -> None:
    """Burns the NFT and closes the ticket; each rent goes to who paid it."""
    assert ticket.event == event.key(), TicketError.WRONG_EVENT
    assert ticket.section == section.key(), TicketError.WRONG_SECTION
    assert ticket.holder == holder.key(), TicketError.NOT_YOUR_TICKET
    assert ticket.rent_to == rent_to.key(), TicketError.WRONG_PAYER
    assert ticket.state != TicketState.VOIDING, TicketError.CASES_OPEN
    assert not event.cancelled, TicketError.EVENT_CANCELLED
    assert_nft_of(ticket, mint, token, paid_by)
    assert_over(event, clock)

    end_nft(event, mint, token, paid_by)
    section.kept -= 1
    ticket.close(rent_to)
