"""One process's copy of a room, and what it tells a person who asks; no Redis in here."""

from array import array
from dataclasses import dataclass
from typing import Literal

from conting_gateway.waitroom.store import Guests, Room

STALE_AFTER = 1.0  # seconds without news from Redis
POLL_MIN, POLL_MAX = 2.0, 30.0  # seconds
POLL_SHARE = 3  # polls within the expected wait
JITTER = 0.2

PlaceState = Literal["collecting", "waiting", "admitted", "lapsed", "sold_out"]


@dataclass(frozen=True, slots=True)
class RoomView:
    """A room as this process last saw it, at `seen` Unix seconds."""

    room: Room
    guests: Guests
    places: "array[int]"
    seen: float

    def place(self, number: int) -> int | None:
        """The place of a number; None while it is not decided."""
        if self.room.seed is None:
            return None
        return self.places[number - 1] if number <= len(self.places) else number


@dataclass(frozen=True, slots=True)
class Status:
    """Where somebody stands. `ahead`: people before them; `eta` in seconds."""

    state: PlaceState
    place: int | None
    ahead: int | None
    rate: float
    eta: int | None
    next_poll_ms: int
    stale: bool


def status_of(view: RoomView, number: int, now: float, dice: float) -> Status:
    """What to tell who holds `number` at `now` (Unix seconds); `dice` in [0, 1) spreads polls."""
    place = view.place(number)
    ahead = _ahead(view, place)
    eta = None if ahead is None else round(ahead / view.room.rate)
    return Status(
        state=_state(view, place, now),
        place=place,
        ahead=ahead,
        rate=view.room.rate,
        eta=eta,
        next_poll_ms=_next_poll(eta, dice),
        stale=now - view.seen > STALE_AFTER,
    )


def _state(view: RoomView, place: int | None, now: float) -> PlaceState:
    if place is None:
        return "collecting"
    if view.guests.inside.get(place, 0) > now * 1000:
        return "admitted"
    if view.room.state == "sold_out":
        return "sold_out"
    if place > view.room.serving or place in view.guests.grace:
        return "waiting"
    return "lapsed"


def _ahead(view: RoomView, place: int | None) -> int | None:
    return None if place is None else max(0, place - view.room.serving - 1)


def _next_poll(eta: int | None, dice: float) -> int:
    wait = POLL_MIN if eta is None else min(max(eta / POLL_SHARE, POLL_MIN), POLL_MAX)
    return round(1000 * wait * (1 - JITTER + 2 * JITTER * dice))
