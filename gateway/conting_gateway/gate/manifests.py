"""Manifests for scanners, and the right of one scanner per gate group to admit by itself.

While a gate is its group's writer, the group's tickets get in nowhere else: whatever it does
without a network, nobody else has let the same ticket in. So the right is given first, and the
manifest that goes with it is made afterwards.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from conting_client import (
    EntryLine,
    EventSnapshot,
    Manifest,
    ManifestHead,
    build_manifest,
)
from conting_client.generated.ticket import Gate, GateRole
from conting_client.manifest import changes_between, pack_lines
from solders.pubkey import Pubkey
from solders.signature import Signature

from conting_gateway.catalog.cache import Cache
from conting_gateway.catalog.service import Catalog
from conting_gateway.clock import Clock, in_words
from conting_gateway.errors import GateRevokedError, NotSupervisorError, WriterTakenError
from conting_gateway.gate.memory import once_mended
from conting_gateway.gate.records import FROM_THE_FIRST, AdmissionRecord, Bookmark, Scanner, Writer
from conting_gateway.gate.service import keep_seconds
from conting_gateway.gate.store import ANYBODY, NOBODY, GateStore
from conting_gateway.keys import KeyRing

SNAPSHOT_SECONDS = 2
VERSIONS = 8  # manifests of a session that changes can be told from
NO_KEY = Pubkey.default()
LATEST = 500  # admissions, more than there are in a moment that Redis may lose
SESSIONS = 256  # of all events, in memory: anybody may make an event of 65,535


@dataclass(frozen=True, slots=True)
class Issued:
    """A manifest as it is handed out: all lines, or what has changed since `since`."""

    head: ManifestHead
    signature: Signature
    full: bool
    tickets: bytes
    entries: bytes


@dataclass
class _Session:
    """What this process knows of the admissions of a session, and the manifests that it made."""

    read: Bookmark = FROM_THE_FIRST
    admitted: dict[Pubkey, EntryLine] = field(default_factory=dict)
    made_of: tuple[EventSnapshot, Bookmark] | None = None
    versions: OrderedDict[bytes, Manifest] = field(default_factory=OrderedDict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Manifests:
    """Makes, signs and hands out manifests. Admissions are always as fresh as Redis."""

    def __init__(
        self, store: GateStore, catalog: Catalog, keys: KeyRing, *, clock: Clock, seconds: int
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._keys = keys
        self._clock = clock
        self._seconds = seconds
        self._snapshots = Cache(
            catalog.snapshot, clock=clock, seconds=SNAPSHOT_SECONDS, is_long=True
        )
        self._sessions: OrderedDict[tuple[Pubkey, int], _Session] = OrderedDict()

    @property
    def kept(self) -> int:
        """Of how many sessions this process remembers manifests: those asked for last."""
        return len(self._sessions)

    async def issue(self, scanner: Scanner, since: bytes) -> Issued:
        """The manifest for a gate. Raises GateRevokedError, UnknownEventError."""
        gate = await self._require_gate(scanner)
        now = int(self._clock())
        until = now + self._seconds
        wanted = Writer(str(scanner.gate), scanner.log, until)
        where = scanner.event, scanner.session, gate.group
        writer = await once_mended(partial(self._store.renew, *where, wanted, now=now))
        found, kept = await self._manifest(scanner.event, scanner.session, since)
        snapshot = await self._snapshots.get(scanner.event)
        head = await self._head(scanner, gate, found, snapshot, writer)
        tickets, entries = found.tickets, found.entries
        if kept is not None:
            tickets = changes_between(kept.tickets, found.tickets)
            entries = changes_between(kept.entries, found.entries)
        lines = pack_lines(tickets), pack_lines(entries)
        return Issued(head, head.sign(self._keys.signer), kept is None, *lines)

    async def claim(self, scanner: Scanner, *, force: bool) -> Writer:
        """Makes a gate its group's writer.

        Raises WriterTakenError, GateRevokedError, NotSupervisorError, UnknownEventError.
        """
        gate = await self._require_gate(scanner)
        if force and gate.role is not GateRole.SUPERVISOR:
            raise NotSupervisorError
        now = int(self._clock())
        wanted = Writer(str(scanner.gate), scanner.log, now + self._seconds)
        where = scanner.event, scanner.session, gate.group
        claim = partial(self._store.claim, *where, wanted, now=now)
        whom = ANYBODY if force else NOBODY
        done, writer = await once_mended(partial(claim, take_from=whom))
        if not done and await self._is_revoked(scanner.event, writer):
            done, writer = await once_mended(partial(claim, take_from=writer.name))
        if not done:
            own = writer.gate == str(scanner.gate)
            who = "This gate's own key, with another log," if own else f"Gate {writer.gate}"
            raise WriterTakenError(
                f"{who} admits those of group {gate.group} until {in_words(writer.until)}.",
                retry_after=max(1, writer.until - now),
            )
        self._snapshots.forget(scanner.event)
        return writer

    async def _is_revoked(self, event: Pubkey, writer: Writer) -> bool:
        """Whether the organiser has taken away the writer's right to be a gate at all."""
        gate = await self._catalog.gate(event, Pubkey.from_string(writer.gate))
        return gate is None or not gate.active

    async def release(self, scanner: Scanner) -> None:
        """A writer gives its right back. Raises GateRevokedError, UnknownEventError."""
        gate = await self._require_gate(scanner)
        where = scanner.event, scanner.session, gate.group
        await once_mended(partial(self._store.release, *where, str(scanner.gate), scanner.log))

    async def _require_gate(self, scanner: Scanner) -> Gate:
        gate = await self._catalog.gate(scanner.event, scanner.gate)
        if gate is None or not gate.active:
            raise GateRevokedError
        return gate

    async def _manifest(
        self, event: Pubkey, session: int, since: bytes
    ) -> tuple[Manifest, Manifest | None]:
        """The manifest now, and the one of version `since` if this process still has it."""
        known = self._session(event, session)
        async with known.lock:
            await self._follow(known, event, session)
            await self._bring_up_to_date(known, event, session)
            newest = next(reversed(known.versions.values()))
            return newest, known.versions.get(since)

    def _session(self, event: Pubkey, session: int) -> _Session:
        known = self._sessions.setdefault((event, session), _Session())
        self._sessions.move_to_end((event, session))
        while len(self._sessions) > SESSIONS:
            self._sessions.popitem(last=False)
        return known

    async def _bring_up_to_date(self, known: _Session, event: Pubkey, session: int) -> None:
        snapshot = await self._snapshots.get(event)
        if known.made_of is not None and _same(known.made_of, (snapshot, known.read)):
            return
        made = await asyncio.to_thread(build_manifest, snapshot, session, dict(known.admitted))
        known.made_of = (snapshot, known.read)
        known.versions[made.root + made.entered] = made
        known.versions.move_to_end(made.root + made.entered)
        while len(known.versions) > VERSIONS:
            known.versions.popitem(last=False)

    async def _follow(self, known: _Session, event: Pubkey, session: int) -> None:
        """Whom Redis has lost stays in: the gateway that let them in may be dead, too."""
        read, found = await self._store.admissions(event, session, known.read)
        if found:
            newest = dict(list(found.items())[-LATEST:])
            keep = await keep_seconds(self._catalog, event)
            self._store.remember(event, session, read.run, newest, keep=keep)
        known.read = read
        known.admitted.update(_entry_lines(found))

    async def _head(
        self,
        scanner: Scanner,
        gate: Gate,
        found: Manifest,
        snapshot: EventSnapshot,
        writer: Writer | None,
    ) -> ManifestHead:
        event, now = snapshot.event.data, int(self._clock())
        own = writer is not None and (writer.gate, writer.log) == (str(scanner.gate), scanner.log)
        key, *others = (each.key for each in self._keys.accepted())
        valid_until = writer.until if own and writer is not None else now + self._seconds
        return ManifestHead(
            group=gate.group,
            cancelled=event.cancelled,
            session=scanner.session,
            sessions=event.sessions,
            slot=found.slot,
            issued=now,
            valid_until=valid_until,
            chain_time=await self._catalog.now(),
            doors=event.doors,
            ends=event.ends,
            event=scanner.event,
            gate=scanner.gate,
            writer=_named(writer, scanner, own=own),
            challenge_key=key,
            other_key=others[0] if others else NO_KEY,
            root=found.root,
            entered=found.entered,
        )


def _named(writer: Writer | None, scanner: Scanner, *, own: bool) -> Pubkey:
    """The writer's key; nobody for who has the writer's key, but not its log."""
    if writer is None or (writer.gate == str(scanner.gate) and not own):
        return NO_KEY
    return Pubkey.from_string(writer.gate)


def _same(one: tuple[EventSnapshot, Bookmark], other: tuple[EventSnapshot, Bookmark]) -> bool:
    return one[0] is other[0] and one[1] == other[1]


def _entry_lines(found: Mapping[str, AdmissionRecord]) -> dict[Pubkey, EntryLine]:
    return {
        Pubkey.from_string(ticket): EntryLine(
            Pubkey.from_string(each.gate), bytes.fromhex(each.nonce), each.at
        )
        for ticket, each in found.items()
    }
