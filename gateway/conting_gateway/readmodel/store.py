"""What has happened, in Redis: a stream for other services, and a history for each person.

All keys have the hash tag `feed`. Names, lengths and fields are described in docs/protocols.md.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, cast

from conting_gateway.readmodel.happenings import Happening
from conting_gateway.redis import Redis, Script

STREAM: Final = "conting:{feed}:events"
PLACES: Final = "conting:{feed}:places"
WRITER: Final = "conting:{feed}:writer"
BEGINNING: Final = (0, 0)
"""In the order of places: before all of them."""
MOST_OF_ONE: Final = 500  # that a person's or wallet's history keeps

# KEYS: places; stream; then histories. ARGV: field of the place; place that this follows on ('' if
# none), and the one after it; lengths of the stream and of a history; then for each happening its
# JSON and the numbers of its histories among KEYS, with blanks.
# Returns 1 if it was written, 0 if the place is another one: somebody else was faster.
APPEND = """
local place = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if place ~= ARGV[2] then return 0 end
for at = 6, #ARGV, 2 do
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[4], '*', 'event', ARGV[at])
  for number in string.gmatch(ARGV[at + 1], '%d+') do
    local history = KEYS[tonumber(number)]
    redis.call('LPUSH', history, ARGV[at])
    redis.call('LTRIM', history, 0, ARGV[5] - 1)
  end
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
"""

# KEYS: writer. ARGV: who asks; milliseconds. Returns 1 if that one writes from now on.
LEASE = """
local writer = redis.call('GET', KEYS[1])
if writer and writer ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""


@dataclass(frozen=True, slots=True)
class Told:
    """A happening at its place in the stream; `ended`, accounts that its transaction closed."""

    place: str
    happening: Happening
    ended: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """What came after a place is not kept, or was lost; it goes on after `next`."""

    after: str
    oldest: str
    next: str


class FeedStore:
    """One stream for all replicas; at most about `most` happenings long."""

    def __init__(self, redis: Redis, most: int) -> None:
        self._redis = redis
        self._most = most
        self._append = Script(redis, APPEND)
        self._lease = Script(redis, LEASE)

    async def lease(self, who: str, seconds: float) -> bool:
        """Whether this process writes for so many seconds; it saves work, and decides nothing."""
        return bool(await self._lease([WRITER], who, round(seconds * 1000)))

    async def place(self, field: str) -> str:
        """How far what happened is written down; '' if nothing is."""
        return str(await self._redis.hget(PLACES, field) or "")

    async def append(
        self,
        field: str,
        after: str,
        place: str,
        found: Sequence[Happening],
        ended: Sequence[str] = (),
    ) -> bool:
        """Writes down what happened after a place, with the new place; False if that was done."""
        keys = [PLACES, STREAM]
        args: list[str | int] = [field, after, place, self._most, MOST_OF_ONE]
        for number, each in enumerate(found):
            fields = asdict(each) | ({"ended": list(ended)} if number == 0 and ended else {})
            histories = [history_key(who) for who in each.whose]
            keys += (key for key in histories if key not in keys)
            args.append(json.dumps(fields, separators=(",", ":")))
            args.append(" ".join(str(keys.index(key) + 1) for key in histories))
        return bool(await self._append(keys, *args))

    async def newest(self) -> str:
        """The place of the newest happening; '0' if there is none."""
        found = cast("list[Any]", await self._redis.xrevrange(STREAM, count=1))
        return str(found[0][0]) if found else "0"

    async def after(self, place: str, most: int) -> list[Told]:
        """What comes after a place, from the oldest that is kept."""
        found = await self._redis.xrange(STREAM, f"({place}", count=most)
        return _told(cast("list[Any]", found))

    async def gap(self, place: str) -> Gap | None:
        """Whether what came right after a place is missing, as far as can be known.

        To be asked after it was read: what is kept only gets less. Nothing is missing after the
        beginning, whatever is kept.
        """
        if order(place) == BEGINNING:
            return None
        found = cast("list[Any]", await self._redis.xrange(STREAM, count=1))
        oldest, newest = str(found[0][0]) if found else "0", await self.newest()
        if order(oldest) <= order(place) <= order(newest):
            return None
        return Gap(place, oldest, newest)

    async def wait(self, place: str, most: int, seconds: float) -> list[Told]:
        """What comes after a place, once there is something; nothing if that takes longer."""
        found = await self._redis.xread({STREAM: place}, count=most, block=round(seconds * 1000))
        streams = cast("list[Any]", found or [])
        return _told(streams[0][1]) if streams else []

    async def history(self, who: str) -> list[Happening]:
        """What happened to a person or wallet, the newest first."""
        found = await self._redis.lrange(history_key(who), 0, -1)
        return [_happening(json.loads(text)) for text in found]


def order(place: str) -> tuple[int, int]:
    """Places in the order of the stream. Raises ValueError for what is none."""
    time, _, number = place.partition("-")
    return int(time), int(number or 0)


def history_key(who: str) -> str:
    """Where the history of a person or wallet is."""
    return f"conting:{{feed}}:of:{who}"


def _told(entries: Sequence[Any]) -> list[Told]:
    told = []
    for place, fields in entries:
        event = json.loads(fields["event"])
        told.append(Told(str(place), _happening(event), tuple(event.get("ended", ()))))
    return told


def _happening(fields: dict[str, Any]) -> Happening:
    known = {name: value for name, value in fields.items() if name in Happening.__slots__}
    return Happening(**known)
