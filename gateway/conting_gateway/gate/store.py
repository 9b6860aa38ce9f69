"""Spent nonces, admissions, writers and conflicts in Redis."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from solders.pubkey import Pubkey

from conting_gateway.gate.lua import CLAIM, RELEASE, SPEND, SYNC
from conting_gateway.redis import Redis, Script, texts

Synced = Literal["kept", "known", "conflict"]


@dataclass(frozen=True, slots=True)
class Record:
    """A verdict as it is kept. `at` and `when` are Unix seconds; `where` and `gate`, gate keys.

    `reason` is empty if it admits; `digest` names the very bytes of the pass.
    """

    gate: str
    at: int
    reason: str
    digest: str
    where: str | None = None
    when: int | None = None


@dataclass(frozen=True, slots=True)
class AdmissionRecord:
    """Who let a ticket in: gate key, Unix seconds, the nonce that the entry has on chain (hex).

    `scan`, the gate's signed word for it (base64), if it gave one; `offline`, whether it decided
    by itself.
    """

    gate: str
    at: int
    nonce: str
    scan: str | None = None
    offline: bool = False
    off_chain: bool = False
    """Let in by a passkey, whose proof the chain cannot check: there will be no entry."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two admissions of one ticket to one session."""

    first: AdmissionRecord
    second: AdmissionRecord


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one verdict would spend and whom it would admit, for how long (seconds).

    `nonce` is the one that the entry would have on chain; `undone`, that of the last entry if a
    supervisor took it back (both hex).
    """

    event: Pubkey
    session: int
    ticket: Pubkey
    group: int
    spends: bytes
    nonce: str
    keep_nonce: int
    keep_admission: int
    undone: str = ""
    scan: str | None = None
    off_chain: bool = False
    log: str = ""
    """Names the log that the gate writes: two devices with one key are not one writer."""


@dataclass(frozen=True, slots=True)
class Writer:
    """The one gate that admits a group's tickets, which of its logs, and until when."""

    gate: str
    log: str
    until: int


class GateStore:
    """First come, first kept. Times in seconds."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._spend = Script(redis, SPEND)
        self._claim = Script(redis, CLAIM)
        self._release = Script(redis, RELEASE)
        self._sync = Script(redis, SYNC)

    async def kept(self, event: Pubkey, nonce: bytes) -> Record | None:
        """The verdict that was given on a pass."""
        text = await self._redis.get(_nonce(event, nonce))
        return None if text is None else Record(**json.loads(text))

    async def spend(self, attempt: Attempt, record: Record) -> tuple[bool, Record]:
        """Keeps a verdict unless there is one; whether it is new, and the one that now is."""
        night = _Night(attempt.event, attempt.session)
        keys = [
            _nonce(attempt.event, attempt.spends),
            night.key("in"),
            night.key("in-log"),
            night.key("writers"),
            night.key("tally"),
        ]
        admission = AdmissionRecord(
            record.gate,
            record.at,
            attempt.nonce,
            attempt.scan,
            off_chain=attempt.off_chain,
        )
        args: list[str | int] = [
            _json(record),
            str(attempt.ticket),
            attempt.group,
            record.at,
            attempt.keep_nonce * 1000,
            attempt.keep_admission * 1000,
            attempt.undone,
            _json(admission),
            attempt.log,
        ]
        first, kept = await self._spend(keys, *args)
        return bool(first), Record(**json.loads(kept))

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
        night = _Night(attempt.event, attempt.session)
        found = await self._sync(
            [night.key(name) for name in ("in", "in-log", "tally", "conflicts")],
            str(attempt.ticket),
            admission.gate,
            admission.nonce,
            _json(admission),
            attempt.keep_admission * 1000,
            attempt.undone,
            conflict,
            "" if on_chain is None else _json(on_chain),
        )
        outcome: Synced = found
        return outcome

    async def claim(
        self, event: Pubkey, session: int, group: int, wanted: Writer, *, now: int, force: bool
    ) -> tuple[bool, Writer]:
        """Makes a gate its group's writer; whether it is, and who is."""
        done, text = await self._ask(event, session, group, wanted, now=now, how=(force, True))
        return done, Writer(**json.loads(text))

    async def renew(
        self, event: Pubkey, session: int, group: int, wanted: Writer, *, now: int
    ) -> Writer | None:
        """Who is the group's writer; for longer, if it is the one that asks."""
        _, text = await self._ask(event, session, group, wanted, now=now, how=(False, False))
        return Writer(**json.loads(text)) if text else None

    async def _ask(
        self,
        event: Pubkey,
        session: int,
        group: int,
        wanted: Writer,
        *,
        now: int,
        how: tuple[bool, bool],
    ) -> tuple[bool, str]:
        force, claim = how
        done, text = await self._claim(
            [_Night(event, session).key("writers")],
            group,
            wanted.gate,
            wanted.log,
            wanted.until,
            now,
            int(force),
            int(claim),
            max(1, wanted.until - now) * 1000,
        )
        return bool(done), str(text)

    async def release(self, event: Pubkey, session: int, group: int, gate: str, log: str) -> bool:
        """Takes the writer's right from who has it; whether this gate had it."""
        keys = [_Night(event, session).key("writers")]
        return bool(await self._release(keys, group, gate, log))

    async def writers(self, event: Pubkey, session: int) -> dict[int, Writer]:
        """The writer of each group, even where its time is over."""
        found = await self._hash(event, session, "writers")
        return {int(group): Writer(**json.loads(text)) for group, text in found.items()}

    async def admissions(
        self, event: Pubkey, session: int, since: int
    ) -> tuple[int, dict[str, AdmissionRecord]]:
        """The admissions after so many of them, by ticket; and how many there are now.

        A count below `since` says that Redis lost some: ask from 0.
        """
        night = _Night(event, session)
        named = [str(each) for each in await self._redis.lrange(night.key("in-log"), since, -1)]
        if not named:
            return int(await self._redis.llen(night.key("in-log"))), {}
        records = await self._redis.hmget(night.key("in"), named)
        pairs = zip(named, records, strict=True)
        found = {ticket: AdmissionRecord(**json.loads(text)) for ticket, text in pairs if text}
        return since + len(named), found

    async def tally(self, event: Pubkey, session: int) -> dict[tuple[str, str], int]:
        """How often each gate gave each verdict, by gate and reason ('' if it admitted)."""
        found = await self._hash(event, session, "tally")
        split = ((name.partition(" "), count) for name, count in found.items())
        return {(gate, reason): int(count) for (gate, _, reason), count in split}

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


def _nonce(event: Pubkey, nonce: bytes) -> str:
    return f"conting:{{{event}}}:nonce:{nonce.hex()}"
