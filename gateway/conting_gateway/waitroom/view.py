"""One process's copy of a room, and what it tells a person who asks; no Redis in here."""

from array import array
from collections.abc import Callable
from dataclasses import replace
from typing import Literal, NamedTuple

from solders.pubkey import Pubkey

from conting_gateway.limits.service import LocalLimits
from conting_gateway.waitroom.pace import Pace
from conting_gateway.waitroom.recent import Recent
from conting_gateway.waitroom.store import Change, Pulse, Room, Snapshot

STALE_AFTER = 1.0  # seconds without news from Redis
CACHED = "public, max-age=1"  # of what is told without a session
POLL_MIN, POLL_MAX = 2.0, 30.0  # seconds
POLL_SHARE = 3  # polls within the expected wait
JITTER = 0.2
SOONEST, SPREAD = 1000 * (1 - JITTER), 2000 * JITTER  # milliseconds for each second
ENDED_LEASES = 2_000  # that may be kept in memory before they are cleared away

PlaceState = Literal["collecting", "waiting", "admitted", "lapsed", "sold_out", "lost"]
Wake = Callable[[], None]


class Status(NamedTuple):
    """Where somebody stands. `ahead`: people before them; `eta` in seconds."""

    state: PlaceState
    place: int | None
    ahead: int | None
    rate: float
    eta: int | None
    next_poll_ms: int
    stale: bool


Told = tuple[PlaceState, int | None, int | None, float, int | None, int, bool]
"""A Status without its names: making one with them costs as much as all the rest of it."""


class RoomView:
    """A room as this process last saw it, at `seen` Unix seconds.

    Its leases are changed in place: there may be as many as people inside, ten times a second.
    """

    def __init__(
        self,
        event: Pubkey,
        found: Snapshot,
        places: "array[int]",
        seen: float,
        floor: int,
        *,
        polls: LocalLimits,
    ) -> None:
        self.event = event
        self.name = str(event)
        self.room: Room = found.room
        self.issuer = found.room.issuer
        self.places = places
        self._drawn = len(places)
        self.seen = seen
        self.floor = max(floor, found.room.tail)
        """The highest number that this process knows to be given out."""
        self.polls = polls
        """By number: how often each place was asked for."""
        self.numbers: Recent[str, int] = Recent()
        """Of guests who joined through this process. A new copy of the room knows none: there is
        one as soon as Redis has lost something."""
        self._inside = found.inside
        self._grace = found.grace
        self._run = found.run
        self._watchers: dict[int, set[Wake]] = {}
        self.pace = Pace(self.room.rate, self.room.capacity)
        self._move()

    def apply(self, pulse: Pulse, now: float) -> bool:
        """Takes in what Redis told at `now`; False if that does not follow on what is known."""
        known = self.room.changed
        if (pulse.run, pulse.version, pulse.first) != (self._run, self.room.version, known + 1):
            return False
        self.room = replace(
            self.room,
            state=pulse.state,
            serving=pulse.serving,
            tail=pulse.tail,
            changed=known + len(pulse.changes),
        )
        self.seen, self.floor = now, max(self.floor, pulse.tail)
        self._move()
        for change in pulse.changes:
            self._apply(change)
        if len(self._inside) > 2 * self.room.capacity + ENDED_LEASES:
            self._inside = {p: ends for p, ends in self._inside.items() if ends > now * 1000}
        return True

    def follow(self, before: "RoomView") -> None:
        """Takes over how fast the line was seen to move, if that is ruled as it was."""
        if (before.room.rate, before.room.capacity) == (self.room.rate, self.room.capacity):
            self.pace = before.pace

    def place(self, number: int) -> int | None:
        """The place of a number; None while it is not decided."""
        if self.room.seed is None:
            return None
        return number if number > self._drawn else self.places[number - 1]

    def is_to_come(self, number: int) -> bool:
        """Whether a number waits for its turn, before which Redis forgets nobody's number."""
        place = self.place(number)
        return place is None or place > self.room.serving

    def is_lost(self, number: int, era: int) -> bool:
        """Whether Redis lost a number that was signed in an earlier era."""
        return any(loss.at > era and loss.left < number <= loss.top for loss in self.room.losses)

    def status(self, number: int, era: int, now: float, dice: float) -> Status:
        """What who holds `number` is told at `now` (Unix seconds); `dice`, 0-1, spreads polls."""
        return Status(*self.told(number, era, now, dice))

    def told(self, number: int, era: int, now: float, dice: float) -> Told:
        """`status`, for who asks thirty thousand times a second."""
        room, stale, jitter = self.room, now - self.seen > STALE_AFTER, SOONEST + SPREAD * dice
        if room.seed is None:  # not drawn: nobody has a place
            state: PlaceState = "lost" if self.is_lost(number, era) else "collecting"
            return state, None, None, room.rate, None, int(POLL_MIN * jitter), stale
        place = number if number > self._drawn else self.places[number - 1]  # `place`, once more
        ahead = place - room.serving - 1
        if ahead < 0 or room.losses or room.state == "sold_out":
            ahead = max(0, ahead)
            state = "lost" if self.is_lost(number, era) else self._state(place, now)
        else:
            state = "waiting"
        eta = round(ahead / self.pace.a_second)
        wait = eta / POLL_SHARE
        if not POLL_MIN <= wait <= POLL_MAX:
            wait = POLL_MIN if wait < POLL_MIN else POLL_MAX
        return state, place, ahead, room.rate, eta, int(wait * jitter), stale

    def watch(self, place: int, wake: Wake) -> None:
        """Calls `wake` when something happens to the place (0: not known yet), until `unwatch`.

        Also when this copy of the room is given up for another one.
        """
        self._watchers.setdefault(place, set()).add(wake)

    def unwatch(self, place: int, wake: Wake) -> None:
        """Ends `watch`."""
        waiting = self._watchers.get(place, set())
        waiting.discard(wake)
        if not waiting:
            self._watchers.pop(place, None)

    def wake_all(self) -> None:
        """To be called when the room itself has changed, or this copy of it is given up."""
        for place in list(self._watchers):
            self._wake(place)

    def _move(self) -> None:
        room = self.room
        is_waited = room.state == "open" and room.tail > room.serving
        self.pace.move(self.seen, room.serving, is_waited=is_waited)

    def _apply(self, change: Change) -> None:
        for place in range(change.first, change.last + 1):
            self._inside.pop(place, None)
            self._grace.discard(place)
            if change.kind == "in":
                self._inside[place] = change.ends
            elif change.kind == "grace":
                self._grace.add(place)
            if self._watchers:
                self._wake(place)

    def _wake(self, place: int) -> None:
        for wake in list(self._watchers.get(place, ())):
            wake()

    def _state(self, place: int, now: float) -> PlaceState:
        if self._inside.get(place, 0) > now * 1000:
            return "admitted"
        if self.room.state == "sold_out":
            return "sold_out"
        if place > self.room.serving or place in self._grace:
            return "waiting"
        return "lapsed"
