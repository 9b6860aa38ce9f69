"""May this pass enter? The rules, pure: the gateway and an offline scanner decide by them alike.

In two steps, because between them somebody has to look the ticket up:
    found = read_pass(data, challenge_key=key, event=event, now=now)
    if not isinstance(found, GateReason):
        verdict = judge(found, ticket=..., gate=..., event=...)

An answer to the gate's own screen goes the same way, with `read_answer`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final

from solders.instruction import Instruction
from solders.pubkey import Pubkey

from conting_client._errors import BadSignature, PassError
from conting_client._transactions import device_proof
from conting_client.answers import ANSWER_LANE, Answer, GateChallenge
from conting_client.device_keys import DevicePublicKey, device_key_hash
from conting_client.generated.ticket import (
    PROGRAM_ID,
    TicketState,
    check_in,
    gate_address,
    mint_address,
)
from conting_client.passes import ANY_GATE, Pass
from conting_client.passkeys import PASSKEY_LANE, PasskeyPass, PasskeyRules

MAX_SKEW: Final = 5  # seconds that a scanner's clock may be off

Shown = Pass | Answer | PasskeyPass
"""What a phone may hold before a scanner."""


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
    """Who shows this gave the ticket back and somebody else has it, or the event is cancelled."""
    VOID = "void"
    NOT_OPEN = "not_open"
    GATE_REVOKED = "gate_revoked"
    STALE_MANIFEST = "stale_manifest"
    BAD_SIGNATURE = "bad_signature"
    MALFORMED = "malformed"
    OFFLINE = "offline"
    """The scanner has no connection, and is not the one that may admit without it."""
    LOG_FULL = "log_full"
    """The scanner cannot write down whom it admits."""


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
    device_key: DevicePublicKey | None
    """The key of the person's phone; None if there is none."""
    state: TicketState
    gate_group: int
    entered: bool
    """Whether there is an entry of this ticket in the pass's session."""
    returned_by: DevicePublicKey | None = None
    """The key of the phone of who gave the ticket back last."""


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
    cancelled: bool = False


def read_pass(
    data: bytes,
    *,
    challenge_key: Pubkey,
    event: Pubkey,
    now: int,
    other_keys: Collection[Pubkey] = (),
    passkeys: PasskeyRules | None = None,
) -> Pass | PasskeyPass | GateReason:
    """The pass, if the gateway made it for this event and it is alive; else why not.

    `now` in Unix seconds by the clock that pass lifetimes go by: the gateway's, or the scanner's.
    `other_keys` of the gateway are taken too: those before a change of keys, and those after it.
    Without `passkeys` none is read.
    """
    try:
        found = _decode_pass(data, passkeys)
        found.challenge.verify(challenge_key, *other_keys)
    except BadSignature:
        return GateReason.BAD_SIGNATURE
    except PassError:
        return GateReason.MALFORMED
    if found.challenge.event != event:
        return GateReason.WRONG_EVENT
    if now >= found.challenge.expires:
        return GateReason.EXPIRED
    return found


def _decode_pass(data: bytes, passkeys: PasskeyRules | None) -> Pass | PasskeyPass:
    if passkeys is None or not is_passkeys(data):
        return Pass.decode(data)
    found = PasskeyPass.decode(data)
    found.verify_page(passkeys)
    return found


def read_answer(
    data: bytes, *, live: Sequence[GateChallenge], event: Pubkey, gate: Pubkey, now: int
) -> Answer | GateReason:
    """The answer, if it is one to what this gate's screen shows (`GateScreen.live`); else why not.

    `now` in Unix seconds by the scanner's own clock, the only one that counts here.
    """
    found = _answer_here(data, event, gate)
    if isinstance(found, GateReason):
        return found
    answered = [each for each in live if each.nonce == found.nonce]
    if not any(each.issued == found.issued <= now < each.expires for each in answered):
        return GateReason.EXPIRED
    return found


def read_sent_answer(data: bytes, *, event: Pubkey, gate: Pubkey, now: int) -> Answer | GateReason:
    """The same for who does not see the screen, and goes by a clock that is not the scanner's.

    For answers that the gate itself sends on: it has compared them with its screen.
    """
    found = _answer_here(data, event, gate)
    if isinstance(found, GateReason):
        return found
    alive = found.issued - MAX_SKEW <= now < found.entry_message().expires + MAX_SKEW
    return found if alive else GateReason.EXPIRED


def _answer_here(data: bytes, event: Pubkey, gate: Pubkey) -> Answer | GateReason:
    try:
        found = Answer.decode(data)
    except PassError:
        return GateReason.MALFORMED
    if found.event != event:
        return GateReason.WRONG_EVENT
    return found if found.gate == gate else GateReason.WRONG_GATE


def decode_shown(data: bytes) -> Shown:
    """What a phone showed, of any lane, not yet verified. Raises MalformedPass."""
    if is_passkeys(data):
        return PasskeyPass.decode(data)
    return Answer.decode(data) if is_answer(data) else Pass.decode(data)


def is_passkeys(data: bytes) -> bool:
    """Whether these bytes, if anything, are a passkey's."""
    return data[1:2] == bytes([PASSKEY_LANE])


def is_answer(data: bytes) -> bool:
    """Whether these bytes, if anything, are of the answer lane."""
    return data[1:2] == bytes([ANSWER_LANE])


def judge(
    found: Shown, *, ticket: TicketFacts | None, gate: GateFacts | None, event: EventFacts
) -> Verdict:
    """The verdict on what `read_pass` or `read_answer` let through; None: there is no such account.

    Whether it was spent before is for the caller to say, who keeps what was (`spends`; REPLAYED).
    """
    reason = (
        _gate_reason(found, gate)
        or _ticket_reason(found, ticket)
        or _event_reason(found, event)
        or _meeting_reason(ticket, gate)
    )
    return Verdict(reason)


def _gate_reason(found: Shown, gate: GateFacts | None) -> GateReason | None:
    if gate is None or not gate.active:
        return GateReason.GATE_REVOKED
    return GateReason.WRONG_EVENT if gate.event != found.entry_message().event else None


def _ticket_reason(found: Shown, ticket: TicketFacts | None) -> GateReason | None:
    if ticket is None:
        return GateReason.UNKNOWN_TICKET
    if ticket.event != found.entry_message().event:
        return GateReason.WRONG_EVENT
    device, state = ticket.device_key, _STATE_REASONS.get(ticket.state)
    if device is None:  # a ticket that was given back is nobody's
        return state or GateReason.NOT_YOURS
    if device_key_hash(device) == found.device_key_hash:
        return proof_reason(found, device) or state
    former = ticket.returned_by
    if former is None or device_key_hash(former) != found.device_key_hash:
        return GateReason.NOT_YOURS
    return proof_reason(found, former) or GateReason.REFUNDED


def proof_reason(found: Shown, device: DevicePublicKey) -> GateReason | None:
    """BAD_SIGNATURE unless this device key made it."""
    try:
        found.verify_device(device)
    except BadSignature:
        return GateReason.BAD_SIGNATURE
    return None


_STATE_REASONS: Final = {
    TicketState.COOLING: GateReason.COOLING,
    TicketState.OFFERED: GateReason.COOLING,
    TicketState.VOIDING: GateReason.VOID,
    TicketState.VOID: GateReason.VOID,
}


def _event_reason(found: Shown, event: EventFacts) -> GateReason | None:
    if event.cancelled:
        return GateReason.REFUNDED
    if not event.doors <= event.now < event.ends:
        return GateReason.NOT_OPEN
    return None if found.entry_message().session < event.sessions else GateReason.WRONG_SESSION


def _meeting_reason(ticket: TicketFacts | None, gate: GateFacts | None) -> GateReason | None:
    if ticket is None or gate is None:
        return None
    if ticket.entered:
        return GateReason.ALREADY_IN
    away = gate.home_tickets_only and ticket.gate_group != gate.group
    return GateReason.WRONG_GATE if away else None


def check_in_instructions(
    found: Pass | Answer,
    *,
    gate_key: Pubkey,
    person: Pubkey,
    device_key: DevicePublicKey,
    is_live: bool = True,
    program_id: Pubkey = PROGRAM_ID,
) -> tuple[Instruction, Instruction]:
    """What writes the entry of who was admitted on chain: the device's proof, then `check_in`.

    They have to follow each other at once; `gate_key` signs and pays. A ticket that is not live has
    no NFT whose status could be written: without it the chain says why the ticket does not enter.
    There is none for a passkey: its proof is not one that the chain can check.
    """
    signed = found.entry_message()
    proof = device_proof(found.device_signature, device_key, signed.encode())
    entry = check_in(
        gate_key=gate_key,
        event=signed.event,
        gate=gate_address(event=signed.event, key=gate_key, program_id=program_id),
        ticket=signed.ticket,
        person=person,
        mint=mint_address(ticket=signed.ticket, program_id=program_id) if is_live else None,
        session=signed.session,
        nonce=signed.nonce,
        expires=signed.expires,
        gate_bound=signed.gate != ANY_GATE,
        program_id=program_id,
    )
    return proof, entry
