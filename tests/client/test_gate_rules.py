"""Verdicts: one admitted pass, and one change for each reason."""

from dataclasses import replace

import pytest
from conting_client import (
    Challenge,
    EventFacts,
    GateFacts,
    GateReason,
    Pass,
    TicketFacts,
    Verdict,
    check_in_instructions,
    judge,
    read_pass,
)
from conting_client.generated.ticket import TicketState, gate_address
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.sysvar import INSTRUCTIONS

GATEWAY, DEVICE, STRANGER = (Keypair.from_seed(bytes([n]) * 32) for n in (1, 2, 3))
EVENT, TICKET, GATE_KEY, PERSON = (Pubkey.from_bytes(bytes([n]) * 32) for n in (4, 5, 6, 7))
NOW = 1_000


def shown(*, session: int = 0, answer: Keypair = DEVICE, named: Keypair = DEVICE) -> Pass:
    challenge = Challenge.issue(
        GATEWAY,
        session=session,
        issued=NOW,
        expires=NOW + 10,
        event=EVENT,
        ticket=TICKET,
        device_key=named.pubkey(),
        nonce=bytes(16),
    )
    return Pass(challenge, answer.sign_message(challenge.entry_message().encode()))


TICKET_FACTS = TicketFacts(EVENT, DEVICE.pubkey(), TicketState.ISSUED, gate_group=1, entered=False)
GATE_FACTS = GateFacts(EVENT, group=2, active=True)
EVENT_FACTS = EventFacts(doors=500, ends=2_000, sessions=2, now=1_000)


def read(data: bytes, *, key: Keypair = GATEWAY, event: Pubkey = EVENT, now: int = NOW) -> object:
    return read_pass(data, challenge_key=key.pubkey(), event=event, now=now)


def verdict(
    found: Pass,
    *,
    ticket: TicketFacts | None = TICKET_FACTS,
    gate: GateFacts | None = GATE_FACTS,
    event: EventFacts = EVENT_FACTS,
) -> Verdict:
    return judge(found, ticket=ticket, gate=gate, event=event)


def in_state(state: TicketState) -> TicketFacts:
    return replace(TICKET_FACTS, state=state)


def test_a_pass_in_order_is_read_and_admitted() -> None:
    found = read(shown().encode(), now=NOW + 9)
    assert found == shown()
    assert verdict(shown()) == Verdict(None)
    assert verdict(shown()).admitted


def test_a_used_ticket_may_enter_another_session() -> None:
    used = replace(TICKET_FACTS, state=TicketState.USED)
    assert verdict(shown(session=1), ticket=used).admitted


@pytest.mark.attack
@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (read(b""), GateReason.MALFORMED),
        (read(shown().encode()[:-1]), GateReason.MALFORMED),
        (read(shown().encode(), key=STRANGER), GateReason.BAD_SIGNATURE),
        (read(shown().encode(), event=TICKET), GateReason.WRONG_EVENT),
        (read(shown().encode(), now=NOW + 10), GateReason.EXPIRED),
    ],
)
def test_a_pass_that_is_not_readable_here(found: object, reason: GateReason) -> None:
    assert found is reason


@pytest.mark.attack
@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (verdict(shown(), ticket=None), GateReason.UNKNOWN_TICKET),
        (verdict(shown(), ticket=replace(TICKET_FACTS, event=TICKET)), GateReason.WRONG_EVENT),
        (verdict(shown(answer=STRANGER, named=STRANGER)), GateReason.NOT_YOURS),
        (verdict(shown(), ticket=replace(TICKET_FACTS, device_key=None)), GateReason.NOT_YOURS),
        (verdict(shown(answer=STRANGER)), GateReason.BAD_SIGNATURE),
        (verdict(shown(), ticket=in_state(TicketState.COOLING)), GateReason.COOLING),
        (verdict(shown(), ticket=in_state(TicketState.OFFERED)), GateReason.COOLING),
        (verdict(shown(), ticket=in_state(TicketState.VOIDING)), GateReason.VOID),
        (verdict(shown(), ticket=in_state(TicketState.VOID)), GateReason.VOID),
        (verdict(shown(), ticket=replace(TICKET_FACTS, entered=True)), GateReason.ALREADY_IN),
        (verdict(shown(), gate=None), GateReason.GATE_REVOKED),
        (verdict(shown(), gate=replace(GATE_FACTS, active=False)), GateReason.GATE_REVOKED),
        (verdict(shown(), gate=replace(GATE_FACTS, event=TICKET)), GateReason.WRONG_EVENT),
        (
            verdict(shown(), gate=replace(GATE_FACTS, home_tickets_only=True)),
            GateReason.WRONG_GATE,
        ),
        (verdict(shown(), event=replace(EVENT_FACTS, now=499)), GateReason.NOT_OPEN),
        (verdict(shown(), event=replace(EVENT_FACTS, now=2_000)), GateReason.NOT_OPEN),
        (verdict(shown(session=2)), GateReason.WRONG_SESSION),
    ],
)
def test_each_rule_refuses_with_its_reason(given: Verdict, reason: GateReason) -> None:
    assert given == Verdict(reason)
    assert not given.admitted


def test_at_home_a_scanner_without_connection_admits() -> None:
    home = replace(GATE_FACTS, group=1, home_tickets_only=True)
    assert verdict(shown(), gate=home).admitted


def test_the_reasons_are_those_of_the_protocol() -> None:
    named = (
        "not_yours unknown_ticket expired replayed already_in wrong_event wrong_session wrong_gate"
        " cooling refunded void not_open gate_revoked stale_manifest bad_signature malformed"
        " offline log_full"
    )
    assert {reason.value for reason in GateReason} == set(named.split())


def test_the_entry_is_written_with_the_devices_own_signature() -> None:
    found = shown(session=1)
    proof, entry = check_in_instructions(
        found, gate_key=GATE_KEY, person=PERSON, device_key=DEVICE.pubkey()
    )
    data = bytes(proof.data)
    assert data[16:48] == bytes(DEVICE.pubkey())
    assert data[48:112] == bytes(found.device_signature)
    assert data[112:] == found.challenge.entry_message().encode()
    keys = [each.pubkey for each in entry.accounts]
    gate = gate_address(event=EVENT, key=GATE_KEY)
    assert keys[:5] == [GATE_KEY, EVENT, gate, TICKET, PERSON]
    assert INSTRUCTIONS in keys
    expires = (NOW + 10).to_bytes(8, "little")
    assert bytes(entry.data)[8:] == b"\1\0" + bytes(16) + expires + b"\0"
