"""An organiser notes that a winner has the goods."""

from seahorse.prelude import Signer, instruction

from .errors import RaffleError
from .prizes import tell
from .state import PrizeState, Raffle, RaffleEntry


@instruction
def mark_delivered(organiser: Signer, raffle: Raffle, raffle_entry: RaffleEntry) -> None:
    """Once per prize."""
    assert raffle.organiser == organiser.key(), RaffleError.NOT_ORGANISER
    assert raffle_entry.raffle == raffle.key(), RaffleError.WRONG_RAFFLE
    assert raffle_entry.state == PrizeState.CLAIMED, RaffleError.NOT_CLAIMED

    tell(raffle_entry, raffle_entry.place, delivered=True)
    raffle_entry.state = PrizeState.DELIVERED
