"""Seat maps in Redis: the newest of a section, and the last changes."""

from collections.abc import Sequence
from dataclasses import dataclass

from solders.pubkey import Pubkey

from conting_gateway.orders import lua
from conting_gateway.redis import Redis, Script

KEPT_CHANGES = 256  # versions that a client may be behind
KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class KeptMap:
    """One letter for each seat, and the version's name."""

    version: str
    states: str


@dataclass(frozen=True, slots=True)
class Step:
    """The seats that changed with this version."""

    version: str
    seats: Sequence[int]


class MapStore:
    """Maps by event and section."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._draw = Script(redis, lua.DRAW_MAP)

    async def read(self, event: Pubkey, section: int) -> KeptMap | None:
        """The newest map, None if there is none."""
        version, states = await self._redis.hmget(_keys(event, section)[0], ["version", "states"])
        return None if version is None or states is None else KeptMap(str(version), str(states))

    async def draw(
        self, event: Pubkey, section: int, *, before: KeptMap | None, after: KeptMap, slot: int
    ) -> KeptMap:
        """Keeps `after`, unless `before` is no longer the newest; the map as it then is."""
        version, states = await self._draw(
            _keys(event, section),
            before.version if before else "",
            after.version,
            slot,
            after.states,
            ",".join(map(str, _changed(before, after))),
            KEPT_CHANGES,
            KEPT_SECONDS,
        )
        return KeptMap(version, states)

    async def changes(self, event: Pubkey, section: int) -> list[Step]:
        """The last changes, newest first."""
        lines = await self._redis.lrange(_keys(event, section)[1], 0, -1)
        return [_step(str(line)) for line in lines]


def _keys(event: Pubkey, section: int) -> list[str]:
    tag = f"conting:{{{event}}}"
    return [f"{tag}:map:{section}", f"{tag}:map-changes:{section}"]


def _changed(before: KeptMap | None, after: KeptMap) -> list[int]:
    if before is None:
        return []
    pairs = enumerate(zip(before.states, after.states, strict=True))
    return [seat for seat, (old, new) in pairs if old != new]


def _step(line: str) -> Step:
    version, _, seats = line.partition(" ")
    return Step(version, [int(seat) for seat in seats.split(",") if seat])
