"""Entries on chain: what follows a verdict, in batches, until the chain has said its word on each.

An entry is written once whatever happens: its account's address comes from ticket and session, and
before anything is sent again the chain is asked whether it has the entry already.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from solders.compute_budget import set_compute_unit_limit
from solders.hash import Hash
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from conting_client._errors import (
    ChainError,
    ContingError,
    OutcomeUnknown,
    ProgramFault,
    ProgramRefused,
    TransactionExpired,
    TransportError,
)
from conting_client._outcomes import lacks_lamports
from conting_client._rpc import Rpc
from conting_client._transactions import build, sign
from conting_client.gate import check_in_instructions
from conting_client.generated.ticket import PROGRAM_ID, Entry, ErrorCode
from conting_client.passkeys import PasskeyPass
from conting_client.scanner.alarms import Alarm, Raise
from conting_client.scanner.log import (
    BY_PASSKEY,
    CONFLICT,
    REFUSED,
    WRITTEN,
    GateLog,
    LogFault,
    LoggedScan,
)
from conting_client.tickets import Tickets

AT_ONCE: Final = 16  # transactions of one batch
UNITS: Final = 200_000  # compute units that a check_in may use
FOLLOW_SECONDS: Final = 20.0
_SETTLED_ELSEWHERE: Final = frozenset({ErrorCode.ALREADY_ENTERED, ErrorCode.REPLAYED})


class EntryWriter:
    """Writes a log's admissions on chain, paid by the gate's key."""

    def __init__(
        self,
        key: Keypair,
        log: GateLog,
        rpc: Rpc,
        alarm: Raise,
        *,
        program_id: Pubkey = PROGRAM_ID,
    ) -> None:
        self._key = key
        self._log = log
        self._rpc = rpc
        self._alarm = alarm
        self._program_id = program_id
        self._tickets = Tickets(rpc, program_id)
        self._is_poor = False
        self._passed_over: set[int] = set()

    async def round(self) -> int:
        """Writes the next batch; how many admissions are still to be written.

        What the node does not answer, or what expired, is left for the next round; that is told
        in each round in which nothing else could be done. A log that cannot be used is told, and
        counts as one.
        """
        try:
            return await self._round()
        except LogFault as error:
            self._alarm(Alarm.LOG_FULL, str(error))
            return 1

    async def _round(self) -> int:
        batch = self._next()
        if not batch:
            return 0
        self._is_poor = False
        try:
            await self._write(batch)
        except LogFault:
            raise
        except ContingError as error:
            self._alarm(Alarm.ENTRIES_WAIT, str(error))
        if self._is_poor:
            text = f"the gate's key {self._key.pubkey()} has too few lamports: send it some SOL"
            self._alarm(Alarm.ENTRY_FAILED, text)
        return self._log.count_without(WRITTEN)

    def _next(self) -> Sequence[LoggedScan]:
        """The oldest that wait; those that failed as nobody knows why, when no other is left."""
        waiting = self._log.without(WRITTEN, AT_ONCE + len(self._passed_over))
        fresh = [each for each in waiting if each.sequence not in self._passed_over]
        if not fresh:
            self._passed_over.clear()
        return (fresh or waiting)[:AT_ONCE]

    async def _write(self, batch: Sequence[LoggedScan]) -> None:
        missing = await self._not_on_chain(batch)
        if not missing:
            return
        recent = (await self._rpc.latest_blockhash()).hash
        waits = await asyncio.gather(*(self._send(each, recent) for each in missing))
        if all(waits):
            self._alarm(Alarm.ENTRIES_WAIT, waits[0])

    async def _not_on_chain(self, batch: Sequence[LoggedScan]) -> list[LoggedScan]:
        found = await self._tickets.entries(
            [(each.scan.ticket, each.scan.session) for each in batch]
        )
        missing = []
        for each, entry in zip(batch, found, strict=True):
            if entry is None or (entry.data.undone and entry.data.nonce != _nonce(each)):
                missing.append(each)
            else:
                self._note(each, entry.data)
        return missing

    async def _send(self, each: LoggedScan, recent: Hash) -> str:
        """Why the node has it wait, if it does."""
        steps = self._steps(each)
        if not steps:
            return ""
        unsigned = build(self._key.pubkey(), [set_compute_unit_limit(UNITS), *steps], recent)
        try:
            landed = await self._rpc.send(sign(unsigned, self._key), within=FOLLOW_SECONDS)
        except (TransactionExpired, OutcomeUnknown):
            return "what is sent to the node does not land"
        except TransportError as error:
            return str(error)
        except ChainError as error:
            await self._refused(each, error)
        else:
            self._log.mark(each.sequence, WRITTEN, str(landed.signature))
        return ""

    def _steps(self, each: LoggedScan) -> Sequence[Instruction]:
        """What writes the entry; none where the chain will never hear of it."""
        holder = None if each.verdict is None else each.verdict.holder
        found = each.scan.read()
        if isinstance(found, PasskeyPass):
            self._log.mark(each.sequence, WRITTEN, BY_PASSKEY)
            return []
        if holder is None:
            self._fail(each, "the phone's key is not known")
            return []
        return check_in_instructions(
            found,
            gate_key=self._key.pubkey(),
            person=holder.person,
            device_key=holder.device,
            program_id=self._program_id,
        )

    async def _refused(self, each: LoggedScan, error: ChainError) -> None:
        if lacks_lamports(error):
            self._is_poor = True
        elif isinstance(error, ProgramRefused):
            await self._refused_by_rule(each, error)
        elif isinstance(error, ProgramFault):
            self._fail(each, str(error))
        else:
            self._passed_over.add(each.sequence)
            self._alarm(Alarm.ENTRY_FAILED, f"ticket {each.scan.ticket}: {error}")

    async def _refused_by_rule(self, each: LoggedScan, error: ProgramRefused) -> None:
        if error.error is ErrorCode.NOT_OPEN:
            return  # the chain's clock is behind the scanner's
        if error.error not in _SETTLED_ELSEWHERE:
            self._fail(each, f"{error.name}: {error.detail}")
            return
        entry = await self._tickets.entry(each.scan.ticket, each.scan.session)
        if entry is not None:
            self._note(each, entry.data)

    def _note(self, each: LoggedScan, entry: Entry) -> None:
        """The chain has an entry of this ticket: ours, or that of another gate."""
        if entry.nonce == _nonce(each):
            self._log.mark(each.sequence, WRITTEN, "on chain")
            return
        self._log.mark(each.sequence, WRITTEN, f"{CONFLICT} with gate {entry.gate}")
        self._alarm(Alarm.CONFLICT, f"ticket {each.scan.ticket}: gate {entry.gate} wrote its entry")

    def _fail(self, each: LoggedScan, why: str) -> None:
        """For good: the chain will not take it later either."""
        self._log.mark(each.sequence, WRITTEN, f"{REFUSED}: {why}")
        self._alarm(Alarm.ENTRY_FAILED, f"ticket {each.scan.ticket}: {why}")


def _nonce(each: LoggedScan) -> bytes:
    return each.scan.read().entry_message().nonce
