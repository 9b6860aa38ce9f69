"""The verdict without a network: by the manifest, the scanner's clock and its own log.

Only the one writer of a gate group admits, and only the group's own tickets: nobody else has let
them in, or ever will while it has that right.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from solders.pubkey import Pubkey

from conting_client.answers import GateChallenge
from conting_client.gate import (
    EventFacts,
    GateFacts,
    GateReason,
    Shown,
    TicketFacts,
    is_answer,
    is_passkeys,
    judge,
    proof_reason,
    read_answer,
    read_pass,
)
from conting_client.manifest import EntryLine, Manifest, ManifestHead, TicketLine
from conting_client.scanner.verdicts import ScanVerdict, holder_of

NOBODY: Final = Pubkey.default()


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What a scanner goes by: a signed manifest, and whether its key was revoked since."""

    head: ManifestHead
    manifest: Manifest
    revoked: bool = False

    def entry(self, found: Shown) -> EntryLine | None:
        """The ticket's last entry that the manifest has, undone or not."""
        return self.manifest.entry(found.entry_message().ticket, found.device_key_hash)

    def chain_now(self, now: int) -> int:
        """Unix seconds of the chain's clock, as far as one can tell."""
        return self.head.chain_time + (now - self.head.issued)


def read_shown(
    data: bytes, known: Knowledge, live: Sequence[GateChallenge], now: int
) -> Shown | GateReason:
    """What the phone showed, if it is alive and for this event and gate; else why not."""
    head = known.head
    if is_answer(data):
        return read_answer(data, live=live, event=head.event, gate=head.gate, now=now)
    if is_passkeys(data):
        return GateReason.OFFLINE  # the lower class: only the gateway admits by it
    others = [] if head.other_key == NOBODY else [head.other_key]
    key = head.challenge_key
    return read_pass(data, challenge_key=key, other_keys=others, event=head.event, now=now)


def decide(found: Shown, known: Knowledge, now: int) -> ScanVerdict:
    """The verdict on what `read_shown` let through, but for the scanner's own log."""
    head, signed = known.head, found.entry_message()
    line = known.manifest.ticket(signed.ticket, found.device_key_hash)
    entry = known.entry(found)
    reason = _standing_reason(known, now)
    if reason is None and signed.session != head.session:
        reason = GateReason.WRONG_SESSION
    if reason is None:
        reason = _ticket_reason(found, known, line, now) or _right_reason(head)
    was_in = reason is GateReason.ALREADY_IN and entry is not None
    return ScanVerdict(
        reason=reason,
        at=now,
        where=entry.gate if was_in and entry is not None else _gate_to_go_to(reason, head, line),
        when=entry.at if was_in and entry is not None else None,
        group=line.group if reason is GateReason.WRONG_GATE and line is not None else None,
        ticket=signed.ticket,
        section=None if line is None else line.section,
        seat=None if line is None else line.seat,
        offline=True,
        holder=holder_of(line),
    )


def _standing_reason(known: Knowledge, now: int) -> GateReason | None:
    if known.revoked:
        return GateReason.GATE_REVOKED
    return GateReason.STALE_MANIFEST if now >= known.head.valid_until else None


def _ticket_reason(
    found: Shown, known: Knowledge, line: TicketLine | None, now: int
) -> GateReason | None:
    head, manifest = known.head, known.manifest
    ticket = found.entry_message().ticket
    if line is None and manifest.knows(ticket):
        return _stranger_reason(found, manifest)
    entry = known.entry(found)
    facts = None
    if line is not None:
        entered = entry is not None and not entry.undone
        facts = TicketFacts(head.event, line.device, line.state, line.group, entered)
    return judge(
        found,
        ticket=facts,
        gate=GateFacts(head.event, head.group, active=True, home_tickets_only=True),
        event=EventFacts(
            head.doors, head.ends, head.sessions, known.chain_now(now), head.cancelled
        ),
    ).reason


def _stranger_reason(found: Shown, manifest: Manifest) -> GateReason:
    """Of a device that can't open the ticket's line: it is another's now, or always was."""
    former = manifest.returned(found.entry_message().ticket, found.device_key_hash)
    if former is None:
        return GateReason.NOT_YOURS
    return proof_reason(found, former) or GateReason.REFUNDED


def _right_reason(head: ManifestHead) -> GateReason | None:
    if head.writer == head.gate:
        return None
    return GateReason.OFFLINE if head.writer == NOBODY else GateReason.WRONG_GATE


def _gate_to_go_to(
    reason: GateReason | None, head: ManifestHead, line: TicketLine | None
) -> Pubkey | None:
    at_home = line is not None and line.group == head.group
    return head.writer if reason is GateReason.WRONG_GATE and at_home else None
