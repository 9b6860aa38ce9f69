"""The organiser has broken the promise: the chain alone decides, and the bond is lost."""

from fairness.slots import ROUND, target_at
from seahorse.prelude import Clock, SlotHashes, UncheckedAccount, instruction

from .draw import draw, no_secret
from .errors import RaffleError
from .state import INCINERATOR, Raffle, RaffleState


@instruction
def draw_without_secret(
    incinerator: UncheckedAccount, raffle: Raffle, slot_hashes: SlotHashes, clock: Clock
) -> None:
    """Draws by the next fixed slot, and burns the bond. Anybody may send this, so nobody can wait
    for a better one.
    """
    assert incinerator.key() == INCINERATOR, RaffleError.WRONG_INCINERATOR
    assert raffle.state == RaffleState.OPEN, RaffleError.DRAWN_ALREADY
    assert clock.slot() > raffle.target_slot + ROUND, RaffleError.TOO_EARLY

    target = target_at(raffle.target_slot, clock.slot())
    draw(raffle, no_secret(), target, slot_hashes, clock)
    raffle.transfer_lamports(incinerator, raffle.bond)
