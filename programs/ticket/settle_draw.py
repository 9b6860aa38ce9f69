"""What a draw keeps: everything that is needed to draw again."""

from fairness.seed import seed_of
from fairness.shares import SIZES, winners_by_size
from seahorse.prelude import Array, Clock, Pubkey, SlotHashes, bytes_of, u8, u32, u64

from .draw_state import Draw, DrawState
from .errors import TicketError
from .events import SeatsDrawn
from .state import Event, Section

DRAW_DOMAIN = b"conting:draw:v1"
PROGRAM = Pubkey("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


def assert_drawable(event: Event, section: Section, draw: Draw, clock: Clock) -> None:
    """Not drawn yet, and winners will still have the time to claim."""
    assert draw.event == event.key(), TicketError.WRONG_EVENT
    assert draw.section == section.key(), TicketError.WRONG_SECTION
    assert draw.state == DrawState.OPEN, TicketError.DRAWN_ALREADY
    assert not event.cancelled, TicketError.EVENT_CANCELLED
    assert clock.unix_timestamp() < event.freeze, TicketError.TOO_LATE
    assert clock.slot() > draw.target_slot, TicketError.TOO_EARLY


def share_out(draw: Draw, draw_key: Array[u8, 32], seats: u32) -> None:
    """The seats of the larger groups come first: from each size's first seat on, side by side."""
    winners = winners_by_size(draw_key, draw.groups, seats)
    first = u32(0)
    for step in range(1, SIZES + 1):
        place = SIZES - step
        draw.winners[place] = winners[place]
        draw.first_seat[place] = first
        first += winners[place] * (u32(place) + 1)


def settle(
    event: Event,
    section: Section,
    draw: Draw,
    secret: Array[u8, 32],
    target: u64,
    slot_hashes: SlotHashes,
    clock: Clock,
) -> None:
    """Decides who wins, by the hash of the first block from the target slot on; once."""
    slot = slot_hashes.first_from(target)
    slot_hash = slot_hashes.hash_of(slot)
    root, entries = bytes_of(draw.root), draw.entries
    draw_key = seed_of(DRAW_DOMAIN, PROGRAM, draw.key(), secret, slot_hash, root, u64(entries))
    SeatsDrawn(draw.key(), secret, slot, slot_hash, entries, draw_key).emit()
    share_out(draw, draw_key, section.seats)
    draw.secret = secret
    draw.drawn_slot = slot
    draw.slot_hash = slot_hash
    draw.draw_key = draw_key
    draw.claim_until = min(clock.unix_timestamp() + draw.claim_window, event.freeze)
    draw.state = DrawState.DRAWN
    section.open_from = draw.claim_until
