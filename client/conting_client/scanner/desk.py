"""A scanner at work: what it was shown, and what it says.

What a person's entry rests on is in the log, on disk, before the verdict is shown: before the
gateway is asked, that it will be; before its verdict is told, what it was; before somebody is let
in without it, that they are. So a question without an answer in the log, also after a restart, is
one whose answer nobody was told: the person did not go in on it.
"""

import asyncio
from dataclasses import replace
from typing import Final

from solders.keypair import Keypair

from conting_client import gateway_answers as answers
from conting_client._errors import GatewayRefused, MalformedPass
from conting_client.answers import GateChallenge, GateScreen
from conting_client.gate import (
    GateReason,
    Shown,
    decode_shown,
    is_answer,
    proof_reason,
    read_answer,
)
from conting_client.manifest import EntryLine
from conting_client.passes import NONCE_SIZE
from conting_client.scanner.alarms import Alarm, Outside
from conting_client.scanner.connection import Connection, Offline
from conting_client.scanner.keeper import Keeper
from conting_client.scanner.log import GateLog, LogFault, LoggedAdmission
from conting_client.scanner.offline import decide, read_shown
from conting_client.scanner.verdicts import Holder, ScanVerdict, holder_of
from conting_client.scans import Scan

AGAIN_SECONDS: Final = 600  # in which a pass gets its verdict once more; later it is one that is in


class Scanner:
    """One gate key, one event, one session, one log."""

    def __init__(
        self, key: Keypair, log: GateLog, keeper: Keeper, connection: Connection, out: Outside
    ) -> None:
        self._key = key
        self._log = log
        self._keeper = keeper
        self._connection = connection
        self._out = out
        self._screen = GateScreen(key, log.event)
        self._lock = asyncio.Lock()

    def screen(self) -> GateChallenge:
        """What the gate shows now, for phones without a network."""
        known = self._keeper.known
        slot = 0 if known is None else known.head.slot
        return self._screen.show(now=self._now(), slot=slot, nonce=self._out.entropy(NONCE_SIZE))

    async def scan(self, data: bytes) -> ScanVerdict:
        """The verdict on what a phone showed. One after the other."""
        async with self._lock:
            try:
                return await self._scan(data)
            except LogFault as error:
                self._out.alarm(Alarm.LOG_FULL, str(error))
                return ScanVerdict(GateReason.LOG_FULL, self._now(), offline=True)

    async def _scan(self, data: bytes) -> ScanVerdict:
        now = self._now()
        try:
            found = decode_shown(data)
        except MalformedPass:
            return self._refuse(ScanVerdict(GateReason.MALFORMED, now, offline=True))
        verdict = self._said_before(found, data, now) or self._off_screen(data, now)
        if verdict is not None:
            return verdict
        if self._connection.is_up:
            try:
                return await self._ask(found, data, now)
            except Offline:
                pass
        return self._decide(found, data, now)

    def _said_before(self, found: Shown, data: bytes, now: int) -> ScanVerdict | None:
        """The same pass gets the same verdict; a ticket that went in here is in.

        It is the same, too, if the phone has signed it anew.
        """
        for seen in self._log.seen(found.spends):
            said = seen.verdict
            if said is None or now - said.at >= AGAIN_SECONDS:
                continue
            if seen.scan.shown == data or _is_of(said.holder, found):
                return replace(said, repeated=True)
        admission = self._standing(found)
        if admission is None or (self._connection.is_up and self._may_be_over(found, admission)):
            return None
        return self._already_in(found, admission, now)

    def _already_in(self, found: Shown, admission: LoggedAdmission, now: int) -> ScanVerdict:
        here, when = self._key.pubkey(), admission.at
        told = ScanVerdict(GateReason.ALREADY_IN, now, where=here, when=when, offline=True)
        return self._refuse(replace(told, ticket=found.entry_message().ticket))

    def _off_screen(self, data: bytes, now: int) -> ScanVerdict | None:
        """Only the scanner knows what its screen shows: the gateway is not asked about others."""
        if not is_answer(data):
            return None
        event, gate, live = self._log.event, self._key.pubkey(), self._screen.live(now)
        read = read_answer(data, live=live, event=event, gate=gate, now=now)
        if isinstance(read, GateReason):
            return self._refuse(ScanVerdict(read, now, offline=True))
        return None

    def _standing(self, found: Shown) -> LoggedAdmission | None:
        """The ticket's last admission here, unless it was taken back.

        It was, too, if the gateway has let in another code since, of which nobody here was told.
        """
        signed, entry = found.entry_message(), self._entry(found)
        last = self._log.admission(signed.ticket, signed.session)
        if last is None or entry is None:
            return last
        asked = self._log.unanswered(signed.ticket, signed.session)
        unheard = {_nonce(each.scan) for each in asked if each.sequence > last.sequence}
        is_over = entry.nonce == last.nonce if entry.undone else entry.nonce in unheard
        return None if is_over else last

    def _may_be_over(self, found: Shown, last: LoggedAdmission) -> bool:
        """Whether another entry than the last one here was taken back: before or after it?

        Once the chain has had the one here, the gateway knows by it.
        """
        entry = self._entry(found)
        other = entry is not None and entry.undone and entry.nonce != last.nonce
        return other and self._log.is_written(last.sequence)

    def _after(self, found: Shown) -> bytes:
        """The nonce of the entry, taken back, that an admission would follow; empty for none."""
        signed = found.entry_message()
        last = self._log.admission(signed.ticket, signed.session)
        return self._undone(found) if last is None else last.nonce

    def _undone(self, found: Shown) -> bytes:
        """The nonce of the ticket's entry that a supervisor took back; empty for none."""
        entry = self._entry(found)
        return entry.nonce if entry is not None and entry.undone else b""

    def _entry(self, found: Shown) -> EntryLine | None:
        """The ticket's last entry that the manifest has."""
        known = self._keeper.known
        return None if known is None else known.entry(found)

    # With the gateway

    async def _ask(self, found: Shown, data: bytes, now: int) -> ScanVerdict:
        """Raises Offline, and LogFault: what cannot be written down is not told."""
        unheard = any(each.verdict is None for each in self._log.seen(found.spends))
        sequence, scan = self._asked(found, data, now)
        sent = self._out.clock()
        try:
            answer = await self._connection.ask(
                lambda gateway: gateway.judge(
                    self._log.event,
                    data,
                    session=self._log.session,
                    scan=scan.encode(),
                    log=self._log.id,
                )
            )
        except GatewayRefused as error:
            return self._settle_refusal(sequence, scan, error, now)
        if not answer.repeated:
            self._connection.compare_clocks(answer.at, sent)
        verdict = _verdict_of(answer)
        if unheard:  # the gateway has said it before, and nobody here was told
            verdict = replace(verdict, repeated=False)
        if verdict.reason is GateReason.EXPIRED and is_answer(data):  # of a screen that is shown
            text = "this clock is too far off for answers to the screen: set it right"
            self._out.alarm(Alarm.CLOCK_SKEW, text)
        if verdict.reason is GateReason.ALREADY_IN and verdict.where == self._key.pubkey():
            late = self._lost_answer(sequence, found, verdict)
            if late is not None:
                return late
        last = self._standing(found)
        is_new = last is None or (not verdict.repeated and self._may_be_over(found, last))
        self._log.settle(sequence, scan, verdict, self._after(found) if is_new else None)
        return verdict

    def _asked(self, found: Shown, data: bytes, now: int) -> tuple[int, Scan]:
        """The scan as it is in the log, before the gateway hears of it."""
        for seen in self._log.seen(found.spends):
            if seen.verdict is None and seen.scan.shown == data:
                return seen.sequence, seen.scan
        return self._log.ask(self._key, at=now, shown=data)

    def _settle_refusal(
        self, sequence: int, scan: Scan, error: GatewayRefused, now: int
    ) -> ScanVerdict:
        """The gateway gives this gate no verdicts."""
        if error.code != GateReason.GATE_REVOKED:
            raise Offline(str(error)) from error
        self._out.alarm(Alarm.GATE_REVOKED, error.detail)
        self._keeper.revoke()
        verdict = ScanVerdict(GateReason.GATE_REVOKED, now, ticket=scan.ticket)
        self._log.settle(sequence, scan, verdict, None)
        return verdict

    def _lost_answer(self, sequence: int, found: Shown, verdict: ScanVerdict) -> ScanVerdict | None:
        """The gateway let this ticket in here, and nobody was told: they go in now.

        The entry is that of the pass that it let in: the manifest names it, unless it is older.
        """
        if self._standing(found) is not None:
            return None
        signed = found.entry_message()
        last = self._log.admission(signed.ticket, signed.session)
        since = 0 if last is None else last.sequence
        asked = self._log.unanswered(signed.ticket, signed.session)
        others = [each for each in asked if each.scan.spends != found.spends]
        earlier = [each for each in others if each.sequence > since]
        entry = self._entry(found)
        if entry is not None and not entry.undone:
            earlier = [each for each in earlier if _nonce(each.scan) == entry.nonce]
        if not earlier:
            return None
        known = self._keeper.known
        line = None
        if known is not None:
            line = known.manifest.ticket(signed.ticket, found.device_key_hash)
        late = replace(verdict, reason=None, where=None, when=None)
        late = replace(late, holder=holder_of(line))
        first, after = earlier[0], self._after(found)
        self._log.settle(first.sequence, first.scan, late, after, also=sequence)
        return late

    # Without it

    def _decide(self, found: Shown, data: bytes, now: int) -> ScanVerdict:
        known, admission = self._keeper.known, self._standing(found)
        if admission is not None:
            return self._already_in(found, admission, now)
        if known is None:
            return self._refuse(ScanVerdict(GateReason.STALE_MANIFEST, now, offline=True))
        read = read_shown(data, known, self._screen.live(now), now)
        if isinstance(read, GateReason):
            return self._refuse(ScanVerdict(read, now, offline=True))
        verdict = decide(found, known, now)
        if not verdict.admitted:
            return self._refuse(verdict)
        if self._log.admit(self._key, verdict, shown=data, after=self._undone(found)):
            return verdict
        return self._refuse(replace(verdict, reason=GateReason.ALREADY_IN, holder=None))

    def _refuse(self, verdict: ScanVerdict) -> ScanVerdict:
        """Counts a refusal that the gateway does not count."""
        assert verdict.reason is not None
        try:
            self._log.count_refusal(verdict.reason)
        except LogFault as error:
            self._out.alarm(Alarm.LOG_FULL, str(error))
        return verdict

    def _now(self) -> int:
        return int(self._out.clock())


def _nonce(scan: Scan) -> bytes:
    return scan.read().entry_message().nonce


def _is_of(holder: Holder | None, found: Shown) -> bool:
    return holder is not None and proof_reason(found, holder.device) is None


def _verdict_of(answer: answers.GateAnswer) -> ScanVerdict:
    told, seat = answer.check_in, answer.seat
    return ScanVerdict(
        reason=answer.reason,
        at=answer.at,
        repeated=answer.repeated,
        where=answer.where,
        when=answer.when,
        group=answer.group,
        ticket=answer.ticket,
        section=None if seat is None else seat.section,
        seat=None if seat is None else seat.seat,
        holder=None if told is None else Holder(told.person, told.device_key),
    )
