"""A raffle is over and without entries: it is closed."""

from seahorse.prelude import Clock, UncheckedAccount, instruction

from .errors import RaffleError
from .state import Raffle, RaffleState, Series


@instruction
def close_raffle(organiser: UncheckedAccount, series: Series, raffle: Raffle, clock: Clock) -> None:
    """Gives the rent back to the organiser, who paid it. Anybody may send this."""
    assert raffle.organiser == organiser.key(), RaffleError.WRONG_PAYER
    assert raffle.series == series.key(), RaffleError.WRONG_SERIES
    assert raffle.state == RaffleState.DRAWN, RaffleError.NOT_DRAWN
    assert raffle.kept == 0, RaffleError.NOT_LAST
    assert clock.unix_timestamp() >= raffle.claim_until, RaffleError.TOO_EARLY

    series.kept -= 1
    raffle.close(organiser)
