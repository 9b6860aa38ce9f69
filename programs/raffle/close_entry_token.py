"""The series is over: the record that an NFT was made is closed."""

from seahorse.prelude import Clock, UncheckedAccount, instruction

from .errors import RaffleError
from .state import EntryToken, Series


@instruction
def close_entry_token(
    rent_to: UncheckedAccount, series: Series, entry_token: EntryToken, clock: Clock
) -> None:
    """Gives the rent back to who paid it. Anybody may send this.

    While its NFT lives only when the event is over, too: it stays with its owner as a keepsake.
    """
    now = clock.unix_timestamp()
    assert entry_token.series == series.key(), RaffleError.WRONG_SERIES
    assert entry_token.rent_to == rent_to.key(), RaffleError.WRONG_PAYER
    assert now >= series.closes, RaffleError.TOO_EARLY
    assert entry_token.burned or now >= series.close_from, RaffleError.NOT_BURNED

    series.kept -= 1
    entry_token.close(rent_to)
