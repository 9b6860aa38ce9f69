"""The organiser keeps the promise: the secret decides together with the chain."""

from fairness.slots import ROUND
from seahorse.prelude import (
    Array,
    Clock,
    SlotHashes,
    UncheckedAccount,
    bytes_of,
    instruction,
    sha256,
    u8,
)

from .draw import draw, no_secret
from .errors import RaffleError
from .state import Raffle, RaffleState


@instruction
def reveal_raffle(
    organiser: UncheckedAccount,
    raffle: Raffle,
    slot_hashes: SlotHashes,
    clock: Clock,
    secret: Array[u8, 32],
) -> None:
    """Draws, and gives the bond back. Whoever knows the secret may send this."""
    assert raffle.organiser == organiser.key(), RaffleError.NOT_ORGANISER
    assert raffle.state == RaffleState.OPEN, RaffleError.DRAWN_ALREADY
    assert clock.slot() > raffle.target_slot, RaffleError.TOO_EARLY
    assert clock.slot() <= raffle.target_slot + ROUND, RaffleError.TOO_LATE
    assert secret != no_secret(), RaffleError.WRONG_SECRET
    assert sha256(bytes_of(secret)) == raffle.commit, RaffleError.WRONG_SECRET

    draw(raffle, secret, raffle.target_slot, slot_hashes, clock)
    raffle.transfer_lamports(organiser, raffle.bond)
