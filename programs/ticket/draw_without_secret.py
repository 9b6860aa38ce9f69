"""The organiser has broken the promise: the chain alone decides, and the bond is lost."""

from fairness.slots import ROUND, target_at
from identity.tree import no_leaf
from seahorse.prelude import Clock, SlotHashes, UncheckedAccount, instruction, u64

from .draw_state import INCINERATOR, Draw
from .errors import TicketError
from .settle_draw import assert_drawable, settle
from .state import Event, Section


@instruction
def draw_without_secret(
    incinerator: UncheckedAccount,
    event: Event,
    section: Section,
    draw: Draw,
    slot_hashes: SlotHashes,
    clock: Clock,
) -> None:
    """Draws by the next fixed slot, and burns the bond. Anybody may send this, so nobody can wait
    for a better slot; and nobody is paid for a secret that was not told.
    """
    assert incinerator.key() == INCINERATOR, TicketError.WRONG_INCINERATOR
    assert_drawable(event, section, draw, clock)
    assert clock.slot() > draw.target_slot + ROUND, TicketError.TOO_EARLY

    target = target_at(draw.target_slot, clock.slot())
    settle(event, section, draw, no_leaf(), target, slot_hashes, clock)
    draw.transfer_lamports(incinerator, draw.bond)
    draw.bond = u64(0)
