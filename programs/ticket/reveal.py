"""The organiser keeps the promise: the secret decides together with the chain."""

from fairness.slots import ROUND
from identity.tree import no_leaf
from seahorse.prelude import (
    Array,
    Clock,
    SlotHashes,
    UncheckedAccount,
    bytes_of,
    instruction,
    sha256,
    u8,
    u64,
    unchecked,
)

from .draw_state import Draw
from .errors import TicketError
from .settle_draw import assert_drawable, settle
from .state import Event, Section


@instruction
def reveal(
    organiser: UncheckedAccount,
    event: Event,
    section: Section,
    draw: Draw,
    slot_hashes: SlotHashes,
    clock: Clock,
    secret: Array[u8, 32],
) -> None:
    """Draws, and gives the bond back. Whoever knows the secret may send this."""
    unchecked("whoever knows the secret; the bond goes to the organiser whom the event names")
    assert event.organiser == organiser.key(), TicketError.NOT_ORGANISER
    assert_drawable(event, section, draw, clock)
    assert clock.slot() <= draw.target_slot + ROUND, TicketError.TOO_LATE
    assert secret != no_leaf(), TicketError.WRONG_SECRET
    assert sha256(bytes_of(secret)) == draw.commit, TicketError.WRONG_SECRET

    settle(event, section, draw, secret, draw.target_slot, slot_hashes, clock)
    draw.transfer_lamports(organiser, draw.bond)
    draw.bond = u64(0)
