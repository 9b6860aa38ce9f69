"""A seat that was given back: the hash of the slot fixed then decides whom it is offered to."""

from fairness.seed import seed_of
from fairness.slots import target_at
from identity.tree import no_leaf
from seahorse.prelude import (
    Clock,
    Empty,
    Pubkey,
    Signer,
    SlotHashes,
    bytes_of,
    instruction,
    u32,
    u64,
)

from .errors import TicketError
from .events import SeatRedrawn
from .state import Event, Section, Ticket, TicketState
from .waiting_state import Place, Redraw

REDRAW_DOMAIN = b"conting:redraw:v1"
PROGRAM = Pubkey("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


def assert_took_part(section: Section, ticket: Ticket, last: Place, after: Place) -> u32:
    """How many places there were when the ticket's slot came: `last` is the last of them, `after`
    the first that came too late (if all were in time, anything). Nobody can change it later.
    """
    assert last.section == section.key(), TicketError.WRONG_SECTION
    assert last.joined_slot < ticket.draw_slot, TicketError.WRONG_PLACE
    count = last.index + 1
    if count < section.waiting:
        assert after.section == section.key(), TicketError.WRONG_SECTION
        assert after.index == count, TicketError.WRONG_PLACE
        assert after.joined_slot >= ticket.draw_slot, TicketError.WRONG_PLACE
    return count


@instruction
def redraw(
    payer: Signer,
    event: Event,
    section: Section,
    ticket: Ticket,
    last: Place,
    after: Place,
    redraw: Empty[Redraw],
    slot_hashes: SlotHashes,
    clock: Clock,
) -> None:
    """Puts the list into the order in which the seat is offered. Anybody may send this, once."""
    assert ticket.event == event.key(), TicketError.WRONG_EVENT
    assert ticket.section == section.key(), TicketError.WRONG_SECTION
    assert not event.cancelled, TicketError.EVENT_CANCELLED
    assert ticket.state == TicketState.COOLING, TicketError.NOT_COOLING
    assert clock.slot() > ticket.draw_slot, TicketError.TOO_EARLY
    assert clock.unix_timestamp() < event.freeze, TicketError.TOO_LATE
    count = assert_took_part(section, ticket, last, after)
    assert redraw.is_empty(), TicketError.DRAWN_ALREADY

    slot = slot_hashes.first_from(target_at(ticket.draw_slot, clock.slot()))
    slot_hash = slot_hashes.hash_of(slot)
    root = bytes_of(last.root)
    draw_key = seed_of(REDRAW_DOMAIN, PROGRAM, ticket.key(), no_leaf(), slot_hash, root, u64(count))
    redraw.init(
        payer=payer,
        ticket=ticket.key(),
        event=event.key(),
        fixed_slot=ticket.draw_slot,
        drawn_slot=slot,
        slot_hash=slot_hash,
        count=count,
        draw_key=draw_key,
        rent_to=payer.key(),
    )
    SeatRedrawn(ticket.key(), ticket.draw_slot, slot, slot_hash, count, draw_key).emit()
