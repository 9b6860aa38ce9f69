"""Who has won, by the description in docs/fairness.md and not by what anybody says."""

from typing import Literal

from conting_client import fairness
from conting_client.generated import raffle, ticket

Result = Literal["open", "won", "lost"]


def bid_result(draw: ticket.Draw, group: ticket.Group) -> tuple[Result, int | None]:
    """How a group fared, and its first seat if it has won."""
    if draw.state != ticket.DrawState.DRAWN:
        return "open", None
    if not group.complete:
        return "lost", None
    size = group.size - 1
    key = fairness.size_key(draw.draw_key, group.size)
    place = fairness.place_of(key, draw.groups[size], group.index)
    if place >= draw.winners[size]:
        return "lost", None
    return "won", draw.first_seat[size] + place * group.size


def raffle_result(drawn: raffle.Raffle, entry: raffle.RaffleEntry) -> tuple[Result, int | None]:
    """How an entry fared, and which prize it has won, from 0."""
    if drawn.state != raffle.RaffleState.DRAWN:
        return "open", None
    place = fairness.place_of(drawn.draw_key, drawn.entries, entry.index)
    return ("won", place) if place < drawn.winners else ("lost", None)
