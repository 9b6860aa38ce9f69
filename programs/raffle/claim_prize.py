"""A winner claims the prize."""

from fairness.permutation import place_of
from seahorse.prelude import Clock, Signer, instruction

from .errors import RaffleError
from .prizes import tell
from .state import PrizeState, Raffle, RaffleEntry, RaffleState


@instruction
def claim_prize(winner: Signer, raffle: Raffle, raffle_entry: RaffleEntry, clock: Clock) -> None:
    """Whoever entered with the number that the draw has put before `winners` has won that place."""
    assert raffle_entry.raffle == raffle.key(), RaffleError.WRONG_RAFFLE
    assert raffle_entry.entrant == winner.key(), RaffleError.NOT_YOUR_ENTRY
    assert raffle.state == RaffleState.DRAWN, RaffleError.NOT_DRAWN
    assert raffle_entry.state == PrizeState.ENTERED, RaffleError.CLAIMED_ALREADY
    assert clock.unix_timestamp() < raffle.claim_until, RaffleError.TOO_LATE

    place = place_of(raffle.draw_key, raffle.entries, raffle_entry.index)
    assert place < raffle.winners, RaffleError.NOT_A_WINNER
    tell(raffle_entry, place, delivered=False)
    raffle_entry.place = place
    raffle_entry.state = PrizeState.CLAIMED
