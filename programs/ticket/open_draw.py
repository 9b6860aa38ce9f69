"""An organiser lets a section's seats be drawn, and commits to a secret before anybody enters."""

from seahorse.prelude import Array, Clock, Empty, Signer, i64, instruction, u8, u64

from .draw_state import (
    LONGEST_CLAIM,
    LONGEST_WAIT,
    MAX_GROUP,
    SHORTEST_CLAIM,
    SMALLEST_BOND,
    Draw,
)
from .errors import TicketError
from .state import Event, SaleMode, Section


@instruction
def open_draw(
    organiser: Signer,
    event: Event,
    section: Section,
    draw: Empty[Draw],
    clock: Clock,
    commit: Array[u8, 32],
    bond: u64,
    target_slot: u64,
    claim_window: i64,
) -> None:
    """Makes the draw; the organiser pays the bond, and gets it back for the secret in time."""
    assert event.organiser == organiser.key(), TicketError.NOT_ORGANISER
    assert section.event == event.key(), TicketError.WRONG_EVENT
    assert section.mode == SaleMode.DRAW, TicketError.NO_DRAW
    assert not event.cancelled, TicketError.EVENT_CANCELLED
    assert clock.unix_timestamp() < event.sale_opens, TicketError.SALE_STARTED
    assert section.seats >= MAX_GROUP, TicketError.NO_SEATS
    assert bond >= SMALLEST_BOND, TicketError.BAD_BOND
    assert clock.slot() < target_slot <= clock.slot() + LONGEST_WAIT, TicketError.BAD_TARGET
    assert SHORTEST_CLAIM <= claim_window <= LONGEST_CLAIM, TicketError.BAD_WINDOW

    made = draw.init(
        payer=organiser,
        section=section.key(),
        event=event.key(),
        commit=commit,
        bond=bond,
        target_slot=target_slot,
        claim_window=claim_window,
    )
    organiser.transfer_lamports(made, bond)
    section.kept += 1
