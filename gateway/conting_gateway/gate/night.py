"""What gates decided by themselves, where that contradicts others, and the report of the night."""

import asyncio
import hashlib
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from conting_client import (
    BadSignature,
    MalformedPass,
    Scan,
    ScanKind,
)
from conting_client.generated.ticket import Entry, GateRole
from solders.pubkey import Pubkey

from conting_gateway.catalog.cache import Cache
from conting_gateway.catalog.service import Catalog
from conting_gateway.catalog.store import Standing
from conting_gateway.clock import Clock
from conting_gateway.errors import (
    GateRevokedError,
    GatewayError,
    NotOrganiserError,
    WrongSessionError,
)
from conting_gateway.gate.records import AdmissionRecord, Attempt, Conflict, Scanner, Writer
from conting_gateway.gate.service import is_proven, keep_seconds
from conting_gateway.gate.store import GateStore

TOGETHER = 16  # scans that are looked up at the same time

Outcome = Literal["kept", "known", "conflict", "unproven"]


class TooManyLogsError(GatewayError):
    """This gate has told of too many logs of this session; only what the first ones count is
    in the report."""

    status = 409
    code = "too_many_logs"


@dataclass(frozen=True, slots=True)
class GateTally:
    """What one gate did: how many it let in, and how many it sent away for which reason."""

    gate: Pubkey
    admitted: int
    refused: dict[str, int]
    to_write: int
    """Of those whom it let in, how many have no entry on chain yet."""


@dataclass(frozen=True, slots=True)
class Report:
    """A session of an event as the gateway and the chain know it."""

    sold: int
    admitted: int
    on_chain: int
    """Entries that stand on chain."""
    undone: int
    """How often supervisors took an entry back, as far as that is known."""
    pending: list[Pubkey]
    """Tickets that were admitted and have no entry on chain yet."""
    passkeys: int
    """Tickets that are in by a passkey, and have no entry on chain."""
    offline: int
    """Admissions that gates decided by themselves."""
    conflicts: int
    gates: list[GateTally]
    writers: dict[int, Writer]
    slot: int
    at: int


class Night:
    """For gates that come back, supervisors and organisers."""

    def __init__(self, store: GateStore, catalog: Catalog, *, clock: Clock) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock
        self._snapshots = Cache(catalog.snapshot, clock=clock, seconds=0, is_long=True)

    async def sync(self, caller: Pubkey, event: Pubkey, scans: Sequence[bytes]) -> list[Outcome]:
        """Takes over what a gate admitted by itself; the same scan twice changes nothing.

        A gate that was revoked meanwhile is heard: what it did cannot be undone by not knowing it.
        Raises GateRevokedError for keys that were never a gate of the event, UnknownEventError.
        """
        if await self._catalog.gate(event, caller) is None:
            raise GateRevokedError
        outcomes: list[Outcome] = []
        for start in range(0, len(scans), TOGETHER):
            part = scans[start : start + TOGETHER]
            outcomes += await asyncio.gather(*(self._take(caller, event, data) for data in part))
        return outcomes

    async def note_refusals(self, scanner: Scanner, refused: Mapping[str, int]) -> None:
        """Keeps how many a gate sent away by itself, in place of what the same log told before.

        Raises GateRevokedError for keys that are no gate of the event, or not any more;
        UnknownEventError, WrongSessionError, TooManyLogsError.
        """
        gate = await self._catalog.gate(scanner.event, scanner.gate)
        if gate is None or not gate.active:
            raise GateRevokedError
        if not await self._has(scanner.event, scanner.session):
            raise WrongSessionError
        keep = await keep_seconds(self._catalog, scanner.event)
        if not await self._store.note_refusals(scanner, refused, keep):
            raise TooManyLogsError

    async def conflicts(self, caller: Pubkey, event: Pubkey, session: int) -> list[Conflict]:
        """The evidence, for organiser and supervisors.

        Raises NotOrganiserError, WrongSessionError.
        """
        await self._require_office(caller, event, session, any_gate=False)
        return await self._store.conflicts(event, session)

    async def report(self, caller: Pubkey, event: Pubkey, session: int) -> Report:
        """The session so far, for the organiser and all gates.

        Raises NotOrganiserError, WrongSessionError.
        """
        await self._require_office(caller, event, session, any_gate=True)
        snapshot, tally, alone, conflicts, writers, (_, admissions) = await asyncio.gather(
            self._snapshots.get(event),
            self._store.tally(event, session),
            self._store.refusals(event, session),
            self._store.conflicts(event, session),
            self._store.writers(event, session),
            self._store.admissions(event, session),
        )
        entries = [each.data for each in snapshot.entries if each.data.session == session]
        written = {str(each.ticket) for each in entries if not each.undone}
        let_in = _standing(entries, admissions)
        unwritten = {ticket: each for ticket, each in let_in.items() if ticket not in written}
        pending = {ticket: each for ticket, each in unwritten.items() if not each.off_chain}
        return Report(
            sold=sum(section.data.sold for section in await self._catalog.sections(event)),
            admitted=len(written) + len(unwritten),
            on_chain=len(written),
            undone=len(_taken_back(entries, admissions)),
            pending=sorted(map(Pubkey.from_string, pending), key=bytes),
            passkeys=len(unwritten) - len(pending),
            offline=sum(each.offline for each in let_in.values()),
            conflicts=len(conflicts),
            gates=_by_gate(
                tally,
                alone,
                waiting=Counter(each.gate for each in pending.values()),
                wrote=Counter(str(each.gate) for each in entries),
            ),
            writers=writers,
            slot=snapshot.slot,
            at=int(self._clock()),
        )

    async def _require_office(
        self, caller: Pubkey, event: Pubkey, session: int, *, any_gate: bool
    ) -> None:
        found = await self._catalog.event(event)
        if found.organiser != caller:
            await self._require_office_gate(caller, event, any_gate=any_gate)
        if session >= found.sessions:
            raise WrongSessionError

    async def _require_office_gate(self, caller: Pubkey, event: Pubkey, *, any_gate: bool) -> None:
        gate = await self._catalog.gate(event, caller)
        may = gate is not None and gate.active and (any_gate or gate.role is GateRole.SUPERVISOR)
        if not may:
            whose = "gates that the organiser approved" if any_gate else "gates of supervisors"
            raise NotOrganiserError(f"Only the organiser of this event and {whose} may read this.")

    async def _take(self, caller: Pubkey, event: Pubkey, data: bytes) -> Outcome:
        try:
            scan = Scan.decode(data)
        except (MalformedPass, BadSignature):
            return "unproven"
        if (scan.gate, scan.event, scan.kind) != (caller, event, ScanKind.ADMITTED):
            return "unproven"
        if not await self._has(event, scan.session):
            return "unproven"
        standing = await self._catalog.fresh_standing(scan.ticket, scan.session)
        if not is_proven(scan.read(), standing.person):  # a gate makes up no entries
            return "unproven"
        return await self._keep_scan(scan, standing, b64encode(data).decode())

    async def _keep_scan(self, scan: Scan, standing: Standing, text: str) -> Outcome:
        entry, ticket = standing.entry, standing.ticket
        nonce = _nonce(scan).hex()
        attempt = Attempt(
            event=scan.event,
            session=scan.session,
            ticket=scan.ticket,
            group=0 if ticket is None else ticket.gate_group,
            spends=scan.spends,
            nonce=nonce,
            keep_nonce=0,
            keep_admission=await keep_seconds(self._catalog, scan.event),
            undone="" if entry is None else await self._taken_back(scan, entry),
        )
        after = attempt.undone or None
        told = AdmissionRecord(str(scan.gate), scan.at, nonce, text, offline=True, after=after)
        word = f"{scan.gate} {scan.ticket} {nonce}"  # whatever else it says, and however often
        name = hashlib.sha256(word.encode()).hexdigest()[:32]
        return await self._store.sync(attempt, told, _on_chain(entry), name)

    async def _taken_back(self, scan: Scan, entry: Entry) -> str:
        """The nonce (hex) of what a supervisor took back before the scan's admission; '' for none.

        Where the chain has the scan's own entry already, and had another one before, that is over.
        """
        if entry.nonce != _nonce(scan):
            return bytes(entry.nonce).hex() if entry.undone else ""
        before = await self._store.admission(scan.event, scan.session, scan.ticket)
        if before is None or before.scan is None:
            return ""
        expires = Scan.decode(b64decode(before.scan)).read().entry_message().expires
        return before.nonce if expires <= entry.stale else ""

    async def _has(self, event: Pubkey, session: int) -> bool:
        return session < (await self._catalog.event(event)).sessions


def _nonce(scan: Scan) -> bytes:
    return scan.read().entry_message().nonce


def _on_chain(entry: Entry | None) -> AdmissionRecord | None:
    if entry is None or entry.undone:
        return None
    return AdmissionRecord(str(entry.gate), entry.entered_at, bytes(entry.nonce).hex())


def _standing(
    entries: Sequence[Entry], admissions: Mapping[str, AdmissionRecord]
) -> dict[str, AdmissionRecord]:
    """The admissions that no supervisor took back, by ticket."""
    undone = {(str(each.ticket), bytes(each.nonce).hex()) for each in entries if each.undone}
    return {t: each for t, each in admissions.items() if (t, each.nonce) not in undone}


def _taken_back(entries: Sequence[Entry], admissions: Mapping[str, AdmissionRecord]) -> set[str]:
    """The nonces of entries that supervisors took back; others may have followed them."""
    now = {bytes(each.nonce).hex() for each in entries if each.undone}
    return now.union(*((each.after or "").split() for each in admissions.values()))


def _by_gate(
    *tallies: Mapping[tuple[str, str], int], waiting: Mapping[str, int], wrote: Mapping[str, int]
) -> list[GateTally]:
    """The gateway's counts; and the chain's, where it was told of fewer, or has lost some."""
    gates: dict[str, Counter[str]] = {gate: Counter() for gate in wrote}
    for (gate, reason), count in chain.from_iterable(each.items() for each in tallies):
        gates.setdefault(gate, Counter())[reason] += count
    return [
        GateTally(
            Pubkey.from_string(gate),
            max(counts[""], wrote.get(gate, 0)),
            {reason: count for reason, count in sorted(counts.items()) if reason},
            waiting.get(gate, 0),
        )
        for gate, counts in sorted(gates.items())
    ]
