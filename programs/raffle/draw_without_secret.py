"""The organiser has broken the promise: the chain alone decides, and the bond is lost."""

from seahorse.prelude import Clock, SlotHashes, UncheckedAccount, instruction

from .draw import draw, no_secret
from .errors import RaffleError
from .state import INCINERATOR, REVEAL_SLOTS, Raffle, RaffleState


@instruction
def draw_without_secret(
    incinerator: UncheckedAccount, raffle: Raffle, slot_hashes: SlotHashes, clock: Clock
) -> None:
    """Draws by the first slot of the present round. Anybody may send this, so nobody can wait for
    a better one.
    """
    assert incinerator.key() == INCINERATOR, RaffleError.WRONG_INCINERATOR
    assert raffle.state == RaffleState.OPEN, RaffleError.DRAWN_ALREADY
    assert clock.slot() > raffle.target_slot + REVEAL_SLOTS, RaffleError.TOO_EARLY

    rounds = (clock.slot() - raffle.target_slot - 1) // REVEAL_SLOTS
    target = raffle.target_slot + rounds * REVEAL_SLOTS
    draw(raffle, no_secret(), target, slot_hashes, clock)
    raffle.transfer_lamports(incinerator, raffle.bond)
