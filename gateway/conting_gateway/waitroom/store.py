"""The waiting room in Redis: its keys, and its scripts as methods."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

from solders.pubkey import Pubkey

from conting_gateway.redis import Redis, Script, texts
from conting_gateway.waitroom import lua

ROOMS = "conting:rooms"
PARTS = ("room", "users", "inside", "grace", "lapsed", "turns")

RoomState = Literal["collecting", "drawing", "open", "sold_out"]
Entering = Literal["entered", "waiting", "sold_out", "grace", "lapsed", "spent", "lost"]
Standing = Literal["inside", "spent", "outside"]


@dataclass(frozen=True, slots=True)
class Room:
    """A waiting room's record. `rate` is people a second; what is not yet known is None."""

    state: RoomState
    rate: float
    capacity: int
    beacon_slot: int
    secret: bytes
    commit: bytes
    tail: int
    serving: int
    version: int
    collected: int | None = None
    beacon_used: int | None = None
    beacon_hash: bytes | None = None
    seed: bytes | None = None


@dataclass(frozen=True, slots=True)
class Pulse:
    """What moves all the time."""

    state: RoomState
    serving: int
    tail: int
    version: int


@dataclass(frozen=True, slots=True)
class Guests:
    """Places with a lease, and its end in Unix milliseconds; places that wait for a second turn."""

    inside: dict[int, int]
    grace: frozenset[int]


def room_keys(event: Pubkey) -> list[str]:
    """The keys of one event's room, in the order of the scripts; one cluster slot."""
    return [f"conting:{{{event}}}:{part}" for part in PARTS]


def visit_keys(event: Pubkey) -> tuple[str, str]:
    """Of these, `inside` and `turns`: what a hold has to look at in the same moment."""
    _, _, inside, _, _, turns = room_keys(event)
    return inside, turns


class WaitroomStore:
    """Scripts and reads of the waiting rooms. Times are milliseconds."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._configure = Script(redis, lua.CONFIGURE)
        self._join = Script(redis, lua.JOIN)
        self._close = Script(redis, lua.CLOSE)
        self._open = Script(redis, lua.OPEN)
        self._sell_out = Script(redis, lua.SELL_OUT)
        self._tick = Script(redis, lua.TICK)
        self._enter = Script(redis, lua.ENTER)
        self._spend = Script(redis, lua.SPEND)
        self._standing = Script(redis, lua.STANDING)

    async def events(self) -> list[Pubkey]:
        """The events that have a room."""
        return [Pubkey.from_string(str(name)) for name in await self._redis.smembers(ROOMS)]

    async def retire(self, event: Pubkey) -> None:
        """Takes a room off the list that is kept going; its record stays."""
        await self._redis.srem(ROOMS, str(event))

    async def configure(
        self,
        event: Pubkey,
        *,
        rate: float,
        capacity: int,
        beacon_slot: int,
        secret: bytes,
        commit: bytes,
    ) -> bool:
        """Makes the room or changes rate and capacity; False if its beacon is another one.

        `secret` and `commit` are kept only when the room is made.
        """
        await self._redis.sadd(ROOMS, str(event))
        args: list[str | int] = [repr(rate), capacity, beacon_slot, secret.hex(), commit.hex()]
        outcome: str = await self._configure(room_keys(event), *args)
        return outcome != "fixed"

    async def load(self, event: Pubkey) -> Room | None:
        """The whole record, or None if there is no room."""
        fields = await self._redis.hgetall(room_keys(event)[0])
        return _room(texts(fields)) if fields else None

    async def guests(self, event: Pubkey) -> Guests:
        """Who is inside or has asked for a second turn."""
        _, _, inside, grace, _, _ = room_keys(event)
        async with self._redis.pipeline(transaction=False) as both:
            both.zrange(inside, 0, -1, withscores=True)
            both.zrange(grace, 0, -1)
            leases, second = await both.execute()
        return Guests(
            {int(place): int(ends) for place, ends in leases}, frozenset(map(int, second))
        )

    async def join(self, event: Pubkey, limit: int, wallets: Sequence[str]) -> list[int] | None:
        """Numbers in the order of `wallets` (see lua.JOIN), or None if there is no room."""
        numbers = await self._join(room_keys(event), limit, *wallets)
        return None if numbers is None else [int(number) for number in numbers]

    async def close(self, event: Pubkey) -> None:
        """Ends the collection, once."""
        await self._close(room_keys(event))

    async def open(self, event: Pubkey, slot: int, digest: bytes, seed: bytes) -> None:
        """Writes the draw, once."""
        await self._open(room_keys(event), slot, digest.hex(), seed.hex())

    async def sell_out(self, event: Pubkey) -> None:
        """Stops the queue."""
        await self._sell_out(room_keys(event))

    async def tick(self, event: Pubkey, claim: int, grace: int) -> Pulse | None:
        """Lets in whom rate and capacity allow."""
        pulse = await self._tick(room_keys(event), claim, grace)
        if pulse is None:
            return None
        state, serving, tail, version = pulse
        return Pulse(cast("RoomState", state), int(serving), int(tail), int(version))

    async def enter(
        self, event: Pubkey, *, wallet: str, number: int, place: int, visit: int, grace: int
    ) -> tuple[Entering, int]:
        """What came of entering, and the end of the visit (see lua.ENTER)."""
        args: list[str | int] = [wallet, number, place, visit, grace]
        outcome, ends = await self._enter(room_keys(event), *args)
        return cast("Entering", outcome), int(ends)

    async def spend(self, event: Pubkey, wallet: str, number: int, place: int) -> None:
        """Ends a visit that bought something."""
        await self._spend(room_keys(event), wallet, number, place)

    async def standing(self, event: Pubkey, place: int) -> Standing:
        """Whether the visit of a place is still on."""
        return cast("Standing", await self._standing(room_keys(event), place))


def _room(fields: dict[str, str]) -> Room:
    return Room(
        state=cast("RoomState", fields["state"]),
        rate=float(fields["rate"]),
        capacity=int(fields["capacity"]),
        beacon_slot=int(fields["beacon_slot"]),
        secret=bytes.fromhex(fields["secret"]),
        commit=bytes.fromhex(fields["commit"]),
        tail=int(fields["tail"]),
        serving=int(fields["serving"]),
        version=int(fields["version"]),
        collected=_int(fields.get("collected")),
        beacon_used=_int(fields.get("beacon_used")),
        beacon_hash=_hex(fields.get("beacon_hash")),
        seed=_hex(fields.get("seed")),
    )


def _int(text: str | None) -> int | None:
    return None if text is None else int(text)


def _hex(text: str | None) -> bytes | None:
    return None if text is None else bytes.fromhex(text)
