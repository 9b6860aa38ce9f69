"""May this pass enter? The rules, pure: the gateway and an offline scanner decide by them alike.

In two steps, because between them somebody has to look the ticket up:
    found = read_pass(data, challenge_key=key, event=event, now=now)
    if isinstance(found, Pass):
        verdict = judge(found, ticket=..., gate=..., event=...)
"""

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final

from solders.instruction import Instruction
from solders.pubkey import Pubkey

from conting_client._errors import BadSignature, PassError
from conting_client._transactions import ed25519_instruction
from conting_client.generated.ticket import (
    PROGRAM_ID,
    TicketState,
    check_in,
    gate_address,
    mint_address,
)
from conting_client.passes import Pass, device_key_hash


@unique
class GateReason(StrEnum):
    """Why a gate refuses: stable codes."""

    NOT_YOURS = "not_yours"
    """Another device key than that of the ticket's person."""
    UNKNOWN_TICKET = "unknown_ticket"
    EXPIRED = "expired"
    REPLAYED = "replayed"
    """The nonce was spent at another gate."""
    ALREADY_IN = "already_in"
    WRONG_EVENT = "wrong_event"
    WRONG_SESSION = "wrong_session"
    WRONG_GATE = "wrong_gate"
    """A scanner without connection admits only the tickets of its own gate group."""
    COOLING = "cooling"
    """The ticket was given back and its seat waits for the re-draw."""
    REFUNDED = "refunded"
    VOID = "void"
    NOT_OPEN = "not_open"
    GATE_REVOKED = "gate_revoked"
    STALE_MANIFEST = "stale_manifest"
    BAD_SIGNATURE = "bad_signature"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Admitted, or refused for `reason`."""

    reason: GateReason | None = None

    @property
    def admitted(self) -> bool:
        """Whether the person may go in."""
        return self.reason is None


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """What chain or manifest say about the pass's ticket."""

    event: Pubkey
    device_key: Pubkey | None
    """The Ed25519 key of the person's phone; None if there is none."""
    state: TicketState
    gate_group: int
    entered: bool
    """Whether there is an entry of this ticket in the pass's session."""


@dataclass(frozen=True, slots=True)
class GateFacts:
    """What chain or manifest say about the gate that scans."""

    event: Pubkey
    group: int
    active: bool
    home_tickets_only: bool = False
    """True for a scanner without connection: then no other writer knows of its entries."""


@dataclass(frozen=True, slots=True)
class EventFacts:
    """What chain or manifest say about the event; `now` and the others in the chain's seconds."""

    doors: int
    ends: int
    sessions: int
    now: int


def read_pass(data: bytes, *, challenge_key: Pubkey, event: Pubkey, now: int) -> Pass | GateReason:
    """The pass, if the gateway made it for this event and it is alive; else why not.

    `now` in Unix seconds by the clock that pass lifetimes go by: the gateway's, or the scanner's.
    """
    try:
        found = Pass.decode(data)
        found.challenge.verify(challenge_key)
    except BadSignature:
        return GateReason.BAD_SIGNATURE
    except PassError:
        return GateReason.MALFORMED
    if found.challenge.event != event:
        return GateReason.WRONG_EVENT
    if now >= found.challenge.expires:
        return GateReason.EXPIRED
    return found


def judge(
    found: Pass, *, ticket: TicketFacts | None, gate: GateFacts | None, event: EventFacts
) -> Verdict:
    """The verdict on a pass that `read_pass` let through; None: there is no such account.

    Whether its nonce was spent before is for the caller to say, who keeps the nonces (REPLAYED).
    """
    reason = (
        _gate_reason(found, gate)
        or _ticket_reason(found, ticket)
        or _event_reason(found, event)
        or _meeting_reason(ticket, gate)
    )
    return Verdict(reason)


def _gate_reason(found: Pass, gate: GateFacts | None) -> GateReason | None:
    if gate is None or not gate.active:
        return GateReason.GATE_REVOKED
    return GateReason.WRONG_EVENT if gate.event != found.challenge.event else None


def _ticket_reason(found: Pass, ticket: TicketFacts | None) -> GateReason | None:
    if ticket is None:
        return GateReason.UNKNOWN_TICKET
    if ticket.event != found.challenge.event:
        return GateReason.WRONG_EVENT
    device, state = ticket.device_key, _STATE_REASONS.get(ticket.state)
    if device is None:  # a ticket that was given back is nobody's
        return state or GateReason.NOT_YOURS
    if device_key_hash(device) != found.challenge.device_key_hash:
        return GateReason.NOT_YOURS
    try:
        found.verify_device(device)
    except BadSignature:
        return GateReason.BAD_SIGNATURE
    return state


_STATE_REASONS: Final = {
    TicketState.COOLING: GateReason.COOLING,
    TicketState.OFFERED: GateReason.COOLING,
    TicketState.VOIDING: GateReason.VOID,
    TicketState.VOID: GateReason.VOID,
}


def _event_reason(found: Pass, event: EventFacts) -> GateReason | None:
    if not event.doors <= event.now < event.ends:
        return GateReason.NOT_OPEN
    return None if found.challenge.session < event.sessions else GateReason.WRONG_SESSION


def _meeting_reason(ticket: TicketFacts | None, gate: GateFacts | None) -> GateReason | None:
    if ticket is None or gate is None:
        return None
    if ticket.entered:
        return GateReason.ALREADY_IN
    away = gate.home_tickets_only and ticket.gate_group != gate.group
    return GateReason.WRONG_GATE if away else None


def check_in_instructions(
    found: Pass,
    *,
    gate_key: Pubkey,
    person: Pubkey,
    device_key: Pubkey,
    is_live: bool = True,
    program_id: Pubkey = PROGRAM_ID,
) -> tuple[Instruction, Instruction]:
    """What writes the entry of an admitted pass on chain: the device's proof, then `check_in`.

    They have to follow each other at once; `gate_key` signs and pays. A ticket that is not live has
    no NFT whose status could be written: without it the chain says why the ticket does not enter.
    """
    challenge = found.challenge
    proof = ed25519_instruction(
        found.device_signature, device_key, challenge.entry_message().encode()
    )
    entry = check_in(
        gate_key=gate_key,
        event=challenge.event,
        gate=gate_address(event=challenge.event, key=gate_key, program_id=program_id),
        ticket=challenge.ticket,
        person=person,
        mint=mint_address(ticket=challenge.ticket, program_id=program_id) if is_live else None,
        session=challenge.session,
        nonce=challenge.nonce,
        expires=challenge.expires,
        gate_bound=False,
        program_id=program_id,
    )
    return proof, entry
