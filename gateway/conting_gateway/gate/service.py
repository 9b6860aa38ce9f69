"""Verdicts on passes. Without Redis or the chain there is none: the gate then decides offline.

Everything that a verdict rests on is inside the signed bytes or on chain; a ticket is never taken
from beside the pass.
"""

import hashlib
from base64 import b64encode
from dataclasses import dataclass, replace
from functools import partial

from conting_client import (
    Answer,
    BadSignature,
    DevicePublicKey,
    EventFacts,
    GateFacts,
    GateReason,
    MalformedPass,
    PasskeyPass,
    PasskeyRules,
    Scan,
    Shown,
    TicketFacts,
    decode_shown,
    device_key_of,
    is_answer,
    judge,
    read_pass,
    read_sent_answer,
)
from conting_client.gate import proof_reason
from conting_client.generated.family import Person
from conting_client.generated.ticket import Gate, Ticket
from solders.pubkey import Pubkey

from conting_gateway.catalog.service import Catalog
from conting_gateway.catalog.store import Standing
from conting_gateway.clock import Clock
from conting_gateway.errors import GateRevokedError, InvalidRequestError
from conting_gateway.gate.memory import once_mended
from conting_gateway.gate.records import Attempt, Record
from conting_gateway.gate.store import GateStore
from conting_gateway.keys import KeyRing
from conting_gateway.passes.presence import Presence

KEEP_NONCE = 600  # seconds in which a gate may ask again about the same pass
KEEP_AFTER_END = 86_400  # seconds that admissions are kept after the event
LONGEST_EVENT = 100 * 365 * 86_400  # seconds; Redis takes no time that overflows in milliseconds
UNPROVEN = frozenset({GateReason.UNKNOWN_TICKET, GateReason.NOT_YOURS, GateReason.BAD_SIGNATURE})
"""Refusals of passes that the ticket's device key did not make: they spend nothing, or a stranger
could spend somebody else's pass."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """A verdict: the record that is kept, whether it was given before, and on whose ticket."""

    record: Record
    repeated: bool = False
    found: Shown | None = None
    ticket: Ticket | None = None
    device: DevicePublicKey | None = None
    """The key of the phone that answered."""
    section: int | None = None
    counted: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What a gate sends: the pass, the session that it admits to, and its signed word for it."""

    data: bytes
    session: int | None = None
    scan: bytes | None = None
    log: str = ""


class GateDesk:
    """Answers gates. The caller's key has to be an active gate of the event, on chain."""

    def __init__(
        self,
        store: GateStore,
        catalog: Catalog,
        challenge_keys: KeyRing,
        presence: Presence,
        *,
        passkeys: PasskeyRules,
        clock: Clock,
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._challenge_keys = challenge_keys
        self._presence = presence
        self._passkeys = passkeys
        self._clock = clock
        self.mend = store.mend

    async def verify(self, caller: Pubkey, event: Pubkey, asked: Asked) -> Ruling:
        """The verdict on a pass; the same one when the same gate asks again.

        Raises GateRevokedError, UnknownEventError, InvalidRequestError.
        """
        gate = await self._catalog.gate(event, caller)
        if gate is None or not gate.active:
            raise GateRevokedError
        data, now = asked.data, int(self._clock())
        found = self._read(data, event, caller, now)
        blank = Record(str(caller), now, "", hashlib.sha256(data).hexdigest()[:32])
        _require_own(asked, caller)
        if found is GateReason.EXPIRED:
            ruling = await self._rule_expired(event, decode_shown(data), blank, asked)
        elif isinstance(found, GateReason):
            ruling = Ruling(_refused(blank, found))
        elif asked.session not in {None, found.entry_message().session}:
            ruling = Ruling(_refused(blank, GateReason.WRONG_SESSION), found=found)
        else:
            ruling = await once_mended(partial(self._rule, gate, found, blank, asked))
        await self._count(event, asked, ruling)
        return ruling

    async def _count(self, event: Pubkey, asked: Asked, ruling: Ruling) -> None:
        """Refusals that spent nothing are counted by themselves."""
        if ruling.counted or ruling.repeated:
            return
        session = asked.session
        if session is None:
            session = 0 if ruling.found is None else ruling.found.entry_message().session
        keep = await keep_seconds(self._catalog, event)
        await self._store.count(event, session, ruling.record, keep)

    def _read(self, data: bytes, event: Pubkey, gate: Pubkey, now: int) -> Shown | GateReason:
        if is_answer(data):
            return read_sent_answer(data, event=event, gate=gate, now=now)
        key, *older = (each.key for each in self._challenge_keys.accepted())
        return read_pass(
            data,
            challenge_key=key,
            other_keys=older,
            event=event,
            now=now,
            passkeys=self._passkeys,
        )

    async def _rule_expired(
        self, event: Pubkey, found: Shown, blank: Record, asked: Asked
    ) -> Ruling:
        run = self._store.run(event)
        kept = await self._store.kept(event, found.spends)
        if kept is None:
            return Ruling(_refused(blank, GateReason.EXPIRED), found=found)
        return await self._repeat(kept, found, blank, asked, run)

    async def _repeat(
        self, kept: Record, found: Shown, blank: Record, asked: Asked, run: str
    ) -> Ruling:
        """What was said before, and known to a Redis process `run` or a later one.

        Whom it admits goes in by this word too, if the gateway that gave it died unheard.
        """
        signed = found.entry_message()
        standing = await self._catalog.fresh_standing(signed.ticket, signed.session)
        record = _again(kept, blank, found, standing)
        if record.reason == "":
            self._store.hear(await self._attempt(found, standing, asked), record, run)
        return await self._ruling(record, found, standing, repeated=True)

    async def _rule(self, gate: Gate, found: Shown, blank: Record, asked: Asked) -> Ruling:
        signed = found.entry_message()
        run = self._store.run(signed.event)
        kept = await self._store.kept(signed.event, found.spends)
        if kept is not None:
            return await self._repeat(kept, found, blank, asked, run)
        standing = await self._catalog.fresh_standing(signed.ticket, signed.session)
        if not isinstance(found, Answer) and await self._presence.is_withdrawn(found.challenge):
            return Ruling(_refused(blank, GateReason.EXPIRED), found=found)
        record = await self._judge(gate, found, standing, blank)
        if record.reason in UNPROVEN:
            return Ruling(record, found=found)
        first, told = await self._store.spend(await self._attempt(found, standing, asked), record)
        if not first:
            return await self._repeat(told, found, blank, asked, run)
        return replace(await self._ruling(told, found, standing, repeated=False), counted=True)

    async def _judge(self, gate: Gate, found: Shown, standing: Standing, blank: Record) -> Record:
        entry = standing.entry
        rules = await self._catalog.event(found.entry_message().event)
        verdict = judge(
            found,
            ticket=_ticket_facts(standing),
            gate=GateFacts(gate.event, gate.group, gate.active),
            event=EventFacts(
                rules.doors,
                rules.ends,
                rules.sessions,
                await self._catalog.now(),
                rules.cancelled,
            ),
        )
        if verdict.reason is GateReason.ALREADY_IN and entry is not None:
            return _refused(blank, verdict.reason, str(entry.gate), entry.entered_at)
        return blank if verdict.reason is None else _refused(blank, verdict.reason)

    async def _attempt(self, found: Shown, standing: Standing, asked: Asked) -> Attempt:
        signed, entry, ticket = found.entry_message(), standing.entry, standing.ticket
        return Attempt(
            event=signed.event,
            session=signed.session,
            ticket=signed.ticket,
            group=0 if ticket is None else ticket.gate_group,
            spends=found.spends,
            nonce=signed.nonce.hex(),
            keep_nonce=KEEP_NONCE,
            keep_admission=await keep_seconds(self._catalog, signed.event),
            undone=bytes(entry.nonce).hex() if entry is not None and entry.undone else "",
            scan=None if asked.scan is None else b64encode(asked.scan).decode(),
            off_chain=isinstance(found, PasskeyPass),
            log=asked.log,
        )

    async def _ruling(
        self, record: Record, found: Shown, standing: Standing, *, repeated: bool
    ) -> Ruling:
        ticket = standing.ticket
        device = None if standing.person is None else device_key_of(standing.person)
        section = None if ticket is None else (await self._catalog.section_of(ticket)).index
        return Ruling(
            record, repeated and record.reason != "replayed", found, ticket, device, section
        )


async def keep_seconds(catalog: Catalog, event: Pubkey) -> int:
    """For how long from now on what happens at the doors is kept."""
    ends = (await catalog.event(event)).ends
    lasts = max(0, ends - await catalog.now())
    return min(lasts, LONGEST_EVENT) + KEEP_AFTER_END


def _again(kept: Record, blank: Record, found: Shown, standing: Standing) -> Record:
    """What to answer when there is a verdict already: the same one, to the same gate.

    A phone may sign the same anew, and other bytes then say the same.
    """
    if kept.gate != blank.gate:
        return _refused(blank, GateReason.REPLAYED, kept.gate, kept.at)
    phones = standing.person, standing.former
    if kept.digest != blank.digest and not is_proven(found, *phones):
        return _refused(blank, GateReason.BAD_SIGNATURE)
    return kept


def is_proven(found: Shown, *persons: Person | None) -> bool:
    """Whether the phone of one of these made a pass."""
    devices = [None if each is None else device_key_of(each) for each in persons]
    return any(each is not None and proof_reason(found, each) is None for each in devices)


def _refused(
    blank: Record, reason: GateReason, where: str | None = None, when: int | None = None
) -> Record:
    return Record(blank.gate, blank.at, reason.value, blank.digest, where, when)


def _ticket_facts(standing: Standing) -> TicketFacts | None:
    ticket, person = standing.ticket, standing.person
    if ticket is None:
        return None
    return TicketFacts(
        event=ticket.event,
        device_key=None if person is None else device_key_of(person),
        state=ticket.state,
        gate_group=ticket.gate_group,
        entered=standing.entry is not None and not standing.entry.undone,
        returned_by=None if standing.former is None else device_key_of(standing.former),
    )


def _require_own(asked: Asked, caller: Pubkey) -> None:
    """The gate's signed word for its scan has to be its own, about this pass."""
    if asked.scan is None:
        return
    try:
        scan = Scan.decode(asked.scan)
    except (MalformedPass, BadSignature) as error:
        raise InvalidRequestError(f"scan: {error}") from error
    if scan.gate != caller or scan.shown != asked.data:
        raise InvalidRequestError("scan: it is another gate's, or about another pass")
