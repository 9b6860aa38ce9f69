"""What becomes of a prize, for the log."""

from seahorse.prelude import u32

from .events import PrizeMoved
from .state import RaffleEntry


def tell(raffle_entry: RaffleEntry, place: u32, delivered: bool) -> None:
    """Says that a prize was claimed or delivered."""
    PrizeMoved(raffle_entry.raffle, raffle_entry.index, place, delivered).emit()
