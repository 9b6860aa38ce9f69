"""The event is over: its series is closed."""

from seahorse.prelude import Clock, UncheckedAccount, instruction

from .errors import RaffleError
from .state import Series


@instruction
def close_series(organiser: UncheckedAccount, series: Series, clock: Clock) -> None:
    """Gives the rent back to the organiser, who paid it. Anybody may send this.

    Not before the event's own accounts may be closed: a new series would make second NFTs of them.
    """
    assert series.organiser == organiser.key(), RaffleError.WRONG_PAYER
    assert series.kept == 0, RaffleError.NOT_LAST
    assert clock.unix_timestamp() >= series.close_from, RaffleError.TOO_EARLY

    series.close(organiser)
