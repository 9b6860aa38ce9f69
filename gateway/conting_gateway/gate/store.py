"""Spent nonces, admissions, writers and conflicts in Redis."""

import hashlib
import json
import secrets
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from solders.pubkey import Pubkey

from conting_gateway.clock import Clock
from conting_gateway.gate.lua import CLAIM, GIVE_BACK, NOTE_REFUSALS, RELEASE, RUN, SPEND, SYNC
from conting_gateway.gate.memory import Memory, MendingError
from conting_gateway.gate.records import (
    FROM_THE_FIRST,
    AdmissionRecord,
    Attempt,
    Bookmark,
    Conflict,
    Record,
    Scanner,
    Synced,
    Writer,
)
from conting_gateway.redis import Redis, Script, texts

LOGS = 16  # of one gate and session: it names its logs as it likes
NOBODY, ANYBODY = "", "*"
KEEP_RELEASE = 86_400  # seconds; longer than a right

_MENDING = 3  # see lua.SPEND


class GateStore:
    """First come, first kept. Times in seconds.

    `mend` has to be called several times a second, so that a crash of Redis costs nobody what they
    were told; see lua.MENDING.
    """

    def __init__(self, redis: Redis, steady: Clock = time.monotonic) -> None:
        self._redis = redis
        self._memory = Memory(steady)
        self._run = Script(redis, RUN)
        self._give_back = Script(redis, GIVE_BACK)
        self._spend = Script(redis, SPEND)
        self._claim = Script(redis, CLAIM)
        self._release = Script(redis, RELEASE)
        self._sync = Script(redis, SYNC)
        self._note_refusals = Script(redis, NOTE_REFUSALS)

    async def kept(self, event: Pubkey, nonce: bytes) -> Record | None:
        """The verdict that was given on a pass."""
        text = await self._redis.get(_nonce(event, nonce))
        return None if text is None else _record(text)

    async def spend(self, attempt: Attempt, record: Record) -> tuple[bool, Record]:
        """Keeps a verdict unless there is one; whether it is new, and the one that now is.

        Raises MendingError.
        """
        night = _Night(attempt.event, attempt.session)
        keys = [
            _nonce(attempt.event, attempt.spends),
            night.key("in"),
            night.key("in-log"),
            night.key("writers"),
            night.key("tally"),
            _run_key(attempt.event),
        ]
        args: list[str | int] = [
            _json(record),
            str(attempt.ticket),
            attempt.group,
            record.at,
            attempt.keep_nonce * 1000,
            attempt.keep_admission * 1000,
            attempt.undone,
            _json(_admission(attempt, record)),
            attempt.log,
            self._memory.run(attempt.event),
            secrets.token_hex(8),
        ]
        first, kept, run = await self._spend(keys, *args)
        if first == _MENDING:
            raise MendingError(int(kept))
        told = _record(kept)
        if run:
            self.hear(attempt, told, run)
        return bool(first), told

    def run(self, event: Pubkey) -> str:
        """The Redis process that the event's gates were last served by, as far as is known."""
        return self._memory.run(event)

    def hear(self, attempt: Attempt, record: Record, run: str) -> None:
        """Remembers an admission that a gate is told of, and that this Redis process knows."""
        name = (attempt.event, attempt.session, attempt.ticket, attempt.spends)
        again = partial(self._admit_again, attempt, record)
        self._memory.keep(name, attempt.event, run, again)

    def expect(self, event: Pubkey) -> None:
        """Somebody comes to an event's doors: `mend` begins what a verdict may have to wait for."""
        self._memory.expect(event)

    async def mend(self) -> None:
        """Tells Redis again what it may have lost."""
        await self._memory.mend(self._ask_run)

    async def _ask_run(self, event: Pubkey, seen: str) -> str:
        return str(await self._run([_run_key(event)], seen))

    async def _admit_again(self, attempt: Attempt, record: Record) -> None:
        """The verdict first: who asks again in between hears it, and not that somebody is in."""
        key = _nonce(attempt.event, attempt.spends)
        await self._redis.set(key, _json(record), px=attempt.keep_nonce * 1000, nx=True)
        name = hashlib.sha256(_json(record).encode()).hexdigest()[:32]
        await self._keep_admission(attempt, _admission(attempt, record), None, name)

    async def count(self, event: Pubkey, session: int, record: Record, keep: int) -> None:
        """Counts a refusal that spent nothing; the count is kept for so many seconds."""
        key = _Night(event, session).key("tally")
        await self._redis.hincrby(key, f"{record.gate} {record.reason}", 1)
        await self._redis.expire(key, keep)

    async def sync(
        self,
        attempt: Attempt,
        admission: AdmissionRecord,
        on_chain: AdmissionRecord | None,
        conflict: str,
    ) -> Synced:
        """Keeps an admission that a gate decided by itself, or both words if they contradict."""
        outcome, run = await self._keep_admission(attempt, admission, on_chain, conflict)
        name = (attempt.event, attempt.session, attempt.ticket, admission.nonce)
        again = partial(self._keep_admission, attempt, admission, on_chain, conflict)
        self._memory.keep(name, attempt.event, run, again)
        return outcome

    async def _keep_admission(
        self,
        attempt: Attempt,
        admission: AdmissionRecord,
        on_chain: AdmissionRecord | None,
        conflict: str,
    ) -> tuple[Synced, str]:
        night = _Night(attempt.event, attempt.session)
        keys = [night.key(name) for name in ("in", "in-log", "tally", "conflicts")]
        outcome, run = await self._sync(
            [*keys, _run_key(attempt.event)],
            str(attempt.ticket),
            admission.gate,
            admission.nonce,
            _json(admission),
            attempt.keep_admission * 1000,
            attempt.undone,
            conflict,
            "" if on_chain is None else _json(on_chain),
            self._memory.run(attempt.event),
        )
        return outcome, str(run)

    async def claim(
        self,
        event: Pubkey,
        session: int,
        group: int,
        wanted: Writer,
        *,
        now: int,
        take_from: str = NOBODY,
    ) -> tuple[bool, Writer]:
        """Makes a gate its group's writer; whether it is, and who is. Raises MendingError.

        `take_from`: the name of the writer that may lose its right, or NOBODY or ANYBODY.
        """
        done, text = await self._ask(event, session, group, wanted, now=now, how=(take_from, True))
        return done, Writer(**json.loads(text))

    async def renew(
        self, event: Pubkey, session: int, group: int, wanted: Writer, *, now: int
    ) -> Writer | None:
        """Who is the group's writer; for longer, if it is the one that asks."""
        _, text = await self._ask(event, session, group, wanted, now=now, how=(NOBODY, False))
        return Writer(**json.loads(text)) if text else None

    async def _ask(
        self,
        event: Pubkey,
        session: int,
        group: int,
        wanted: Writer,
        *,
        now: int,
        how: tuple[str, bool],
    ) -> tuple[bool, str]:
        take_from, claim = how
        done, text, run = await self._claim(
            [_Night(event, session).key("writers"), _run_key(event)],
            group,
            wanted.gate,
            wanted.log,
            wanted.until,
            now,
            take_from,
            int(claim),
            max(1, wanted.until - now) * 1000,
            self._memory.run(event),
        )
        if done == _MENDING:
            raise MendingError(int(text))
        if done:
            self._keep_writer(event, session, group, text=str(text), run=str(run))
        return bool(done), str(text)

    def _keep_writer(self, event: Pubkey, session: int, group: int, *, text: str, run: str) -> None:
        again = partial(self._claim_again, event, session, group, text)
        since = Writer(**json.loads(text)).since
        self._memory.keep((event, session, group), event, run, again, since=since)

    async def _claim_again(self, event: Pubkey, session: int, group: int, text: str) -> None:
        writer, key = Writer(**json.loads(text)), _Night(event, session).key("writers")
        keep = max(KEEP_RELEASE, writer.until - int(time.time()))
        await self._give_back([key], group, text, keep * 1000)

    async def release(self, event: Pubkey, session: int, group: int, gate: str, log: str) -> bool:
        """Takes the writer's right from this gate if it has it; whether nobody has it now.

        Raises MendingError.
        """
        is_free, text, run = await self._release(
            [_Night(event, session).key("writers"), _run_key(event)],
            group,
            gate,
            log,
            int(time.time()),
            KEEP_RELEASE * 1000,
            self._memory.run(event),
        )
        if is_free == _MENDING:
            raise MendingError(int(text))
        if text:
            self._keep_writer(event, session, group, text=str(text), run=str(run))
        return bool(is_free)

    async def writers(self, event: Pubkey, session: int) -> dict[int, Writer]:
        """The writer of each group, even where its time is over; none that gave its right back."""
        found = await self._hash(event, session, "writers")
        writers = {int(group): Writer(**json.loads(text)) for group, text in found.items()}
        return {group: each for group, each in writers.items() if each.until}

    async def admission(
        self, event: Pubkey, session: int, ticket: Pubkey
    ) -> AdmissionRecord | None:
        """By which the ticket went in last."""
        text = await self._redis.hget(_Night(event, session).key("in"), str(ticket))
        return None if text is None else AdmissionRecord(**json.loads(text))

    async def admissions(
        self, event: Pubkey, session: int, since: Bookmark = FROM_THE_FIRST
    ) -> tuple[Bookmark, dict[str, AdmissionRecord]]:
        """The admissions after a bookmark, by ticket; and the bookmark after them.

        All of them, if its `run` is another one: Redis may have lost some of those before.
        """
        night, run = _Night(event, session), await self._ask_run(event, self._memory.run(event))
        count = since.count if since.run == run else 0
        named = [str(each) for each in await self._redis.lrange(night.key("in-log"), count, -1)]
        records = await self._redis.hmget(night.key("in"), named) if named else []
        pairs = zip(named, records, strict=True)
        found = {ticket: AdmissionRecord(**json.loads(text)) for ticket, text in pairs if text}
        return Bookmark(run, count + len(named)), found

    def remember(
        self,
        event: Pubkey,
        session: int,
        run: str,
        found: Mapping[str, AdmissionRecord],
        *,
        keep: int,
    ) -> None:
        """Has Redis told again of admissions that were read of it: who told it may be dead.

        It would keep them for so many seconds.
        """
        for ticket, each in found.items():
            whose, word = Pubkey.from_string(ticket), f"{each.gate} {ticket} {each.nonce}"
            undone = (each.after or "").rpartition(" ")[2]
            attempt = Attempt(event, session, whose, 0, b"", each.nonce, 0, keep, undone=undone)
            conflict = hashlib.sha256(word.encode()).hexdigest()[:32]
            again = partial(self._keep_admission, attempt, each, None, conflict)
            self._memory.keep((event, session, whose, "read"), event, run, again)

    async def tally(self, event: Pubkey, session: int) -> dict[tuple[str, str], int]:
        """How often each gate gave each verdict, by gate and reason ('' if it admitted)."""
        found = await self._hash(event, session, "tally")
        split = ((name.partition(" "), count) for name, count in found.items())
        return {(gate, reason): int(count) for (gate, _, reason), count in split}

    async def note_refusals(self, scanner: Scanner, refused: Mapping[str, int], keep: int) -> bool:
        """Keeps what a gate's log counted, in place of what it told before; for so many seconds.

        False if the gate has told of LOGS others.
        """
        key = _Night(scanner.event, scanner.session).key("refusals")
        args = f"{scanner.gate} ", scanner.log, json.dumps(refused), LOGS, keep * 1000
        return bool(await self._note_refusals([key], *args))

    async def refusals(self, event: Pubkey, session: int) -> dict[tuple[str, str], int]:
        """How often each gate refused by itself, by gate and reason."""
        found = Counter[tuple[str, str]]()
        for log, counts in (await self._hash(event, session, "refusals")).items():
            gate = log.partition(" ")[0]
            found.update({(gate, reason): count for reason, count in json.loads(counts).items()})
        return found

    async def conflicts(self, event: Pubkey, session: int) -> list[Conflict]:
        """The pairs of admissions that contradict each other, the oldest first."""
        found = await self._hash(event, session, "conflicts")
        pairs = [json.loads(text) for text in found.values()]
        conflicts = [
            Conflict(AdmissionRecord(**pair["first"]), AdmissionRecord(**pair["second"]))
            for pair in pairs
        ]
        return sorted(conflicts, key=lambda pair: (pair.first.at, pair.second.at))

    async def _hash(self, event: Pubkey, session: int, name: str) -> Mapping[str, str]:
        return texts(await self._redis.hgetall(_Night(event, session).key(name)))


@dataclass(frozen=True, slots=True)
class _Night:
    event: Pubkey
    session: int

    def key(self, name: str) -> str:
        return f"conting:{{{self.event}}}:gate:{self.session}:{name}"


def _json(value: Any) -> str:  # noqa: ANN401 a dataclass of this module
    return json.dumps({name: each for name, each in asdict(value).items() if each is not None})


def _admission(attempt: Attempt, record: Record) -> AdmissionRecord:
    return AdmissionRecord(
        record.gate,
        record.at,
        attempt.nonce,
        attempt.scan,
        off_chain=attempt.off_chain,
        after=attempt.undone or None,
    )


def _run_key(event: Pubkey) -> str:
    return f"conting:{{{event}}}:gate:run"


def _record(text: str | bytes) -> Record:
    fields = json.loads(text)
    fields.pop("call", None)
    return Record(**fields)


def _nonce(event: Pubkey, nonce: bytes) -> str:
    return f"conting:{{{event}}}:nonce:{nonce.hex()}"
