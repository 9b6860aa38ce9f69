"""The waiting room in Redis: its keys, and its scripts as methods."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from solders.pubkey import Pubkey

from conting_gateway.redis import Redis, Script
from conting_gateway.waitroom import lua, lua_visits

ROOMS = "conting:rooms"
PARTS = ("room", "users", "inside", "grace", "lapsed", "turns", "changes", "losses", "workers")

NOT_NOW = -2  # instead of a number: lost ones are being set apart (lua.JOIN)

RoomState = Literal["collecting", "drawing", "open", "sold_out"]
Entering = Literal["entered", "waiting", "sold_out", "grace", "lapsed", "spent", "lost"]
Leaving = Literal["out", "anew", "waiting"]
Standing = Literal["inside", "spent", "outside"]


@dataclass(frozen=True, slots=True)
class Loss:
    """What a crash of Redis took, or a part of it: the numbers above `left`, up to `top`.

    It was found `at`, in Unix milliseconds.
    """

    left: int
    top: int
    at: int


@dataclass(frozen=True, slots=True)
class Room:
    """A waiting room's record. `rate` is people a second; what is not yet known is None.

    `changed` counts what happened to places so far.
    """

    state: RoomState
    rate: float
    capacity: int
    beacon_slot: int
    secret: bytes
    commit: bytes
    tail: int
    serving: int
    version: int
    changed: int = 0
    losses: tuple["Loss", ...] = ()
    collected: int | None = None
    beacon_used: int | None = None
    beacon_hash: bytes | None = None
    seed: bytes | None = None
    issuer: Pubkey | None = None
    """Whose persons have places; without one, wallets have."""

    @property
    def era(self) -> int:
        """When the newest of the losses was found; 0 before the first."""
        return self.losses[-1].at if self.losses else 0


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to the places from `first` to `last`; `ends` of a lease: Unix milliseconds."""

    kind: Literal["in", "grace", "out"]
    first: int
    last: int
    ends: int


@dataclass(frozen=True, slots=True)
class Pulse:
    """What moves all the time. `first` is the number of the first of the changes."""

    state: RoomState
    serving: int
    tail: int
    version: int
    first: int
    changes: Sequence[Change]
    run: str
    """Of the Redis process."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A room at one moment. `inside`: places and the ends of their leases, Unix milliseconds."""

    room: Room
    inside: dict[int, int]
    grace: set[int]
    run: str


def room_keys(event: Pubkey) -> list[str]:
    """The keys of one event's room, in the order of the scripts; one cluster slot."""
    return [f"conting:{{{event}}}:{part}" for part in PARTS]


def visit_keys(event: Pubkey) -> tuple[str, str]:
    """Of these, `inside` and `turns`: what a hold has to look at in the same moment."""
    keys = dict(zip(PARTS, room_keys(event), strict=True))
    return keys["inside"], keys["turns"]


class WaitroomStore:
    """Scripts and reads of the waiting rooms. Times are milliseconds."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._configure = Script(redis, lua.CONFIGURE)
        self._join = Script(redis, lua.JOIN)
        self._reclaim = Script(redis, lua.RECLAIM)
        self._load = Script(redis, lua.LOAD)
        self._close = Script(redis, lua.CLOSE)
        self._open = Script(redis, lua.OPEN)
        self._sell_out = Script(redis, lua.SELL_OUT)
        self._tick = Script(redis, lua.TICK)
        self._enter = Script(redis, lua_visits.ENTER)
        self._spend = Script(redis, lua_visits.SPEND)
        self._leave = Script(redis, lua_visits.LEAVE)
        self._standing = Script(redis, lua_visits.STANDING)

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
        issuer: Pubkey | None = None,
    ) -> bool:
        """Makes the room or changes rate and capacity; False if its beacon is another one.

        `secret`, `commit` and `issuer` are kept only when the room is made.
        """
        await self._redis.sadd(ROOMS, str(event))
        args: list[str | int] = [repr(rate), capacity, beacon_slot, secret.hex(), commit.hex()]
        args.append("" if issuer is None else str(issuer))
        outcome: str = await self._configure(room_keys(event), *args)
        return outcome != "fixed"

    async def load(self, event: Pubkey, worker: str = "") -> Snapshot | None:
        """Everything that a worker keeps a copy of, or None if there is no room.

        `worker` names this process, if it will `tick`.
        """
        found = await self._load(room_keys(event), worker)
        if found is None:
            return None
        fields, leases, grace, losses, run = found
        named = {str(name): str(value) for name, value in _pairs(fields)}
        inside = {int(place): int(ends) for place, ends in _pairs(leases)}
        return Snapshot(_room(named, losses), inside, set(map(int, grace)), str(run))

    async def join(
        self, event: Pubkey, limit: int, guests: Sequence[str], floor: int = 0
    ) -> list[int] | None:
        """Numbers in the order of `guests` (see lua.JOIN), or None if there is no room.

        `floor` is the highest number that this process has seen.
        """
        numbers = await self._join(room_keys(event), limit, floor, " ".join(guests))
        return None if numbers is None else [int(number) for number in numbers]

    async def reclaim(self, event: Pubkey, guest: str, number: int, era: int) -> tuple[int, int]:
        """Gives back a number that Redis lost; the guest's number, or 0, and the era.

        See lua.RECLAIM.
        """
        has, now = await self._reclaim(room_keys(event), guest, number, era)
        return int(has), int(now)

    async def close(self, event: Pubkey, floor: int = 0) -> None:
        """Ends the collection, once; not yet while lost numbers are set apart.

        `floor` is the highest number that this process has seen.
        """
        await self._close(room_keys(event), floor)

    async def open(
        self, event: Pubkey, slot: int, digest: bytes, seed: bytes, floor: int = 0
    ) -> None:
        """Writes the draw, once; not yet while one that was lost may be told again.

        `floor` is the highest number that this process has seen.
        """
        await self._open(room_keys(event), slot, digest.hex(), seed.hex(), floor)

    async def sell_out(self, event: Pubkey) -> None:
        """Stops the queue."""
        await self._sell_out(room_keys(event))

    async def tick(
        self,
        event: Pubkey,
        claim: int,
        grace: int,
        *,
        worker: str,
        floor: int = 0,
        seen: int = 0,
        drawn: Room | None = None,
    ) -> Pulse | None:
        """Lets in whom rate and capacity allow; tells what happened after the change `seen`.

        `worker` names this process, of which `floor` is the highest number that it has seen, and
        `drawn` the room with its order.
        """
        args = (claim, grace, floor, seen, worker, _draw(drawn))
        pulse = await self._tick(room_keys(event), *args)
        if pulse is None:
            return None
        state, serving, tail, version, first, news, run = pulse
        numbers = int(serving), int(tail), int(version), int(first)
        changes = [_change(each) for each in news]
        return Pulse(cast("RoomState", state), *numbers, changes, str(run))

    async def enter(
        self, event: Pubkey, *, guest: str, number: int, place: int, visit: int, grace: int
    ) -> tuple[Entering, int]:
        """What came of entering, and the end of the visit (see lua_visits.ENTER)."""
        args: list[str | int] = [guest, number, place, visit, grace]
        outcome, ends = await self._enter(room_keys(event), *args)
        return cast("Entering", outcome), int(ends)

    async def spend(self, event: Pubkey, guest: str, number: int, place: int) -> None:
        """Ends a visit that bought something."""
        await self._spend(room_keys(event), guest, number, place)

    async def leave(self, event: Pubkey, guest: str, number: int, place: int) -> Leaving:
        """Ends a visit or a turn, unless it is still to come."""
        return cast("Leaving", await self._leave(room_keys(event), guest, number, place))

    async def standing(self, event: Pubkey, place: int) -> Standing:
        """Whether the visit of a place is still on."""
        return cast("Standing", await self._standing(room_keys(event), place))


def _pairs(flat: Sequence[str]) -> Iterator[tuple[str, str]]:
    return zip(flat[::2], flat[1::2], strict=True)


def _change(text: str) -> Change:
    kind, *numbers = text.split()
    first, last, ends = (*map(int, numbers), *map(int, numbers), 0)[:3]
    return Change(cast("Literal['in', 'grace', 'out']", kind), first, last, ends)


def _loss(text: str) -> Loss:
    return Loss(*map(int, text.split()))


def _draw(room: Room | None) -> str:
    if room is None or room.beacon_hash is None or room.seed is None:
        return ""
    commit, digest, seed = room.commit.hex(), room.beacon_hash.hex(), room.seed.hex()
    return f"{commit} {room.collected} {room.beacon_used} {digest} {seed}"


def _room(fields: dict[str, str], losses: Sequence[str]) -> Room:
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
        changed=int(fields["changed"]),
        losses=tuple(map(_loss, losses)),
        collected=_int(fields.get("collected")),
        beacon_used=_int(fields.get("beacon_used")),
        beacon_hash=_hex(fields.get("beacon_hash")),
        seed=_hex(fields.get("seed")),
        issuer=Pubkey.from_string(fields["issuer"]) if fields.get("issuer") else None,
    )


def _int(text: str | None) -> int | None:
    return None if text is None else int(text)


def _hex(text: str | None) -> bytes | None:
    return None if text is None else bytes.fromhex(text)
