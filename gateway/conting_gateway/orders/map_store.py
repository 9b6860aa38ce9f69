"""Seat maps in Redis: the newest of a section, and the last changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from solders.pubkey import Pubkey

from conting_gateway.orders import lua
from conting_gateway.redis import Redis, Script

KEPT_CHANGES = 256  # versions that a client may be behind
KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class KeptMap:
    """A letter for each seat that is not free, and the version's name."""

    version: str
    states: Mapping[int, str]


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
        return None if version is None or states is None else _kept(str(version), str(states))

    async def draw(
        self, event: Pubkey, section: int, *, before: KeptMap | None, after: KeptMap, slot: int
    ) -> KeptMap:
        """Keeps `after`, unless `before` is no longer the newest; the map as it then is."""
        version, states = await self._draw(
            _keys(event, section),
            before.version if before else "",
            after.version,
            slot,
            _packed(after.states),
            ",".join(map(str, _changed(before, after))),
            KEPT_CHANGES,
            KEPT_SECONDS,
        )
        return _kept(version, states)

    async def changes(self, event: Pubkey, section: int) -> list[Step]:
        """The last changes, newest first."""
        lines = await self._redis.lrange(_keys(event, section)[1], 0, -1)
        return [_step(str(line)) for line in lines]


def _keys(event: Pubkey, section: int) -> list[str]:
    tag = f"conting:{{{event}}}"
    return [f"{tag}:seats:{section}", f"{tag}:seat-changes:{section}"]


def _changed(before: KeptMap | None, after: KeptMap) -> list[int]:
    if before is None:
        return []
    old, new = before.states, after.states
    return sorted(seat for seat in old.keys() | new.keys() if old.get(seat) != new.get(seat))


def _packed(states: Mapping[int, str]) -> str:
    """Seat and letter of each, in the order of the seats."""
    return " ".join(f"{seat}{letter}" for seat, letter in sorted(states.items()))


def _kept(version: str, packed: str) -> KeptMap:
    return KeptMap(version, {int(each[:-1]): each[-1] for each in packed.split()})


def _step(line: str) -> Step:
    version, _, seats = line.partition(" ")
    return Step(version, [int(seat) for seat in seats.split(",") if seat])
