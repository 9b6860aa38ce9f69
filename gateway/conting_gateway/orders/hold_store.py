"""Holds in Redis: who has which seat for the next minutes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

from solders.pubkey import Pubkey

from conting_gateway.orders import lua
from conting_gateway.redis import Redis, Script

HoldOutcome = Literal["held", "seat_held", "hold_limit", "hold_cooling", "not_admitted"]


@dataclass(frozen=True, slots=True)
class Seat:
    """One seat of one event."""

    event: Pubkey
    section: int
    number: int


@dataclass(frozen=True, slots=True)
class HoldRules:
    """How long a hold lasts, how many a person may have, and what letting seats go costs.

    Times in seconds. `free` seats are let go without a wait; each one more doubles it, from
    `cooling` to `longest`; all is forgotten `forget` after the last one.
    """

    seconds: float
    most: int
    cooling: float
    free: int = 2
    longest: float = 1800.0
    forget: float = 3600.0

    def cooling_args(self) -> list[str | int]:
        """As the scripts take them."""
        times = (self.cooling, self.longest, self.forget)
        return [self.free, *(round(each * 1000) for each in times)]


class HoldStore:
    """Which guest of the waiting room holds which seat. Times in milliseconds."""

    def __init__(self, redis: Redis, rules: HoldRules) -> None:
        self._redis = redis
        self._rules = rules
        self._hold = Script(redis, lua.HOLD)
        self._release = Script(redis, lua.RELEASE)
        self._keep = Script(redis, lua.KEEP)
        self._holder = Script(redis, lua.HOLDER)
        self._held = Script(redis, lua.HELD)

    async def hold(
        self, seat: Seat, guest: str, *, place: int, visit_keys: Sequence[str]
    ) -> tuple[HoldOutcome, int]:
        """Tries to hold a seat for who is inside at `place`.

        The outcome, and the end of the hold or of the time to wait.
        """
        rules = self._rules
        outcome, ends = await self._hold(
            [*_keys(seat, guest), *visit_keys],
            seat.number,
            guest,
            _member(seat),
            *rules.cooling_args(),
            round(rules.seconds * 1000),
            rules.most,
            place,
        )
        return cast("HoldOutcome", outcome), int(ends)

    async def release(self, seat: Seat, guest: str, *, lets_go: bool) -> bool:
        """Ends a hold; False if the guest did not hold the seat.

        `lets_go`: by choice, which is counted, and the seat is free; not because it is sold.
        """
        return bool(
            await self._release(
                _keys(seat, guest),
                seat.number,
                guest,
                _member(seat),
                *self._rules.cooling_args(),
                int(lets_go),
            )
        )

    async def keep(self, seat: Seat, guest: str, payable: float) -> bool:
        """Has a hold last while an order that is built now can be paid, for so many seconds.

        At most as long beyond its own end; False if the guest does not hold the seat.
        """
        asked = (seat.number, guest, _member(seat), round(payable * 1000))
        return bool(await self._keep(_keys(seat, guest), *asked))

    async def holder(self, seat: Seat) -> tuple[str, int]:
        """Who holds a seat, and until when; nobody if empty."""
        guest, ends = await self._holder(_keys(seat, ""), seat.number)
        return str(guest), int(ends)

    async def seats_of(self, event: Pubkey, guest: str) -> dict[Seat, int]:
        """The seats that a guest holds, or has held until a moment ago, and the ends of that."""
        key = _keys(Seat(event, 0, 0), guest)[1]
        kept = await self._redis.zrange(key, 0, -1, withscores=True)
        pairs = cast("list[tuple[str, float]]", kept)
        return {_seat(event, member): int(ends) for member, ends in pairs}

    async def held(self, event: Pubkey, section: int) -> dict[int, int]:
        """The held seats of a section and the ends of their holds."""
        flat = await self._held(_keys(Seat(event, section, 0), ""))
        return {int(seat): int(ends) for seat, ends in zip(flat[::2], flat[1::2], strict=True)}


def _keys(seat: Seat, guest: str) -> list[str]:
    tag = f"conting:{{{seat.event}}}"
    return [f"{tag}:holds:{seat.section}", f"{tag}:held-by:{guest}", f"{tag}:let-go:{guest}"]


def _member(seat: Seat) -> str:
    return f"{seat.section}:{seat.number}"


def _seat(event: Pubkey, member: str) -> Seat:
    section, number = member.split(":")
    return Seat(event, int(section), int(number))
