"""The prizes have lapsed: what somebody entered with is closed."""

from seahorse.prelude import Clock, UncheckedAccount, i64, instruction

from .errors import RaffleError
from .state import KEEPING, PrizeState, Raffle, RaffleEntry, RaffleState


def kept_until(raffle: Raffle, raffle_entry: RaffleEntry) -> i64:
    """Until prizes lapse anybody can check the draw; a prize still owed stays on record longer."""
    if raffle_entry.state == PrizeState.CLAIMED:
        return raffle.claim_until + KEEPING
    return raffle.claim_until


@instruction
def close_raffle_entry(
    entrant: UncheckedAccount, raffle: Raffle, raffle_entry: RaffleEntry, clock: Clock
) -> None:
    """Gives the rent back to the entrant, who paid it. Anybody may send this."""
    assert raffle_entry.raffle == raffle.key(), RaffleError.WRONG_RAFFLE
    assert raffle_entry.entrant == entrant.key(), RaffleError.WRONG_PAYER
    assert raffle.state == RaffleState.DRAWN, RaffleError.NOT_DRAWN
    assert clock.unix_timestamp() >= kept_until(raffle, raffle_entry), RaffleError.TOO_EARLY

    raffle.kept -= 1
    raffle_entry.close(entrant)
