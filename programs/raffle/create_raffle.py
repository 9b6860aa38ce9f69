"""An organiser offers goods to those who entered, and commits to a secret."""

from seahorse.prelude import Array, Clock, Empty, Signer, dataclass, i64, instruction, u8, u32, u64

from .errors import RaffleError
from .events import RaffleOpened
from .state import (
    LONGEST_CLAIM,
    LONGEST_WAIT,
    MAX_NAME,
    MAX_URI,
    SHORTEST_CLAIM,
    SMALLEST_BOND,
    Raffle,
    Series,
)


@dataclass
class Terms:
    """What the fields of the same names in `Raffle` say."""

    winners: u32
    opens: i64
    closes: i64
    claim_window: i64
    commit: Array[u8, 32]
    bond: u64
    target_slot: u64


def assert_terms(terms: Terms, series: Series, clock: Clock) -> None:
    """There is something to win, in time, and something to lose for who breaks the promise."""
    assert terms.winners >= 1, RaffleError.NO_PRIZES
    assert terms.opens < terms.closes <= series.closes, RaffleError.BAD_TIMES
    assert clock.unix_timestamp() < terms.closes, RaffleError.BAD_TIMES
    assert SHORTEST_CLAIM <= terms.claim_window <= LONGEST_CLAIM, RaffleError.BAD_TIMES
    assert terms.bond >= SMALLEST_BOND, RaffleError.BAD_BOND
    slot = clock.slot()
    assert slot < terms.target_slot <= slot + LONGEST_WAIT, RaffleError.BAD_TARGET


@instruction
def create_raffle(
    organiser: Signer,
    series: Series,
    raffle: Empty[Raffle],
    clock: Clock,
    number: u64,
    terms: Terms,
    name: str,
    uri: str,
) -> None:
    """Makes the raffle; the organiser pays the bond, and gets it back for the secret in time."""
    assert series.organiser == organiser.key(), RaffleError.NOT_ORGANISER
    assert_terms(terms, series, clock)
    assert len(name) <= MAX_NAME, RaffleError.TEXT_TOO_LONG
    assert len(uri) <= MAX_URI, RaffleError.TEXT_TOO_LONG

    made = raffle.init(
        payer=organiser,
        series=series.key(),
        number=number,
        organiser=organiser.key(),
        winners=terms.winners,
        opens=terms.opens,
        closes=terms.closes,
        claim_window=terms.claim_window,
        commit=terms.commit,
        bond=terms.bond,
        target_slot=terms.target_slot,
        name=name,
        uri=uri,
    )
    organiser.transfer_lamports(made, terms.bond)
    RaffleOpened(made.key(), terms.target_slot).emit()
    series.kept += 1
