"""Every verdict that a scanner gives without a network."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from conting_client import DeviceKey, EntryLine, GateReason, P256Secret, Pass
from conting_client.answers import GateScreen
from conting_client.generated.ticket import TicketState
from conting_client.scanner.offline import Knowledge, decide, read_shown
from conting_client.scanner.verdicts import Holder, ScanVerdict
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.client.offline_world import HOME, NOBODY, NOW, World

Case = tuple[World, Pass, Knowledge]


def verdict_on(data: bytes, known: Knowledge, now: int = NOW) -> ScanVerdict:
    read = read_shown(data, known, (), now)
    return ScanVerdict(read, now) if isinstance(read, GateReason) else decide(read, known, now)


def test_a_home_ticket_is_admitted_by_its_writer() -> None:
    world = World()
    verdict = verdict_on(world.shown().encode(), world.known())
    assert verdict == ScanVerdict(
        None,
        NOW,
        ticket=world.ticket,
        section=1,
        seat=7,
        offline=True,
        holder=Holder(world.person, world.phone.key),
    )


def test_a_phone_with_a_p256_key_is_admitted_too() -> None:
    world = World(phone=DeviceKey(P256Secret.generate()))
    assert verdict_on(world.shown().encode(), world.known()).admitted


def changed_state(state: TicketState) -> Callable[[], Case]:
    def case() -> Case:
        world = World()
        return world, world.shown(), world.known(world.manifest(world.line(state=state)))

    return case


def nobodys(state: TicketState) -> Callable[[], Case]:
    def case() -> Case:
        world = World()
        line = world.line(state=state, device=None, person=NOBODY)
        return world, world.shown(), world.known(world.manifest(line))

    return case


def head_with(**changes: Any) -> Callable[[], Case]:
    def case() -> Case:
        world = World()
        return world, world.shown(), world.known(**changes)

    return case


def shown_with(**changes: Any) -> Callable[[], Case]:
    def case() -> Case:
        world = World()
        return world, world.shown(**changes), world.known()

    return case


def resold() -> Case:
    world, new = World(), DeviceKey(Keypair())
    manifest = world.manifest(world.line(device=new.key), returned=world.phone.key)
    return world, world.shown(), world.known(manifest)


def resold_and_forged() -> Case:
    """Somebody knows the former phone's key, and has not the phone."""
    world, shown, known = resold()
    signature = Keypair().sign_message(shown.entry_message().encode())
    return world, replace(shown, device_signature=signature), known


def entered() -> Case:
    world = World()
    entry = EntryLine(Pubkey.from_bytes(b"\x09" * 32), b"m" * 16, NOW - 30)
    return world, world.shown(), world.known(world.manifest(entry=entry))


def revoked() -> Case:
    world = World()
    return world, world.shown(), replace(world.known(), revoked=True)


def answered_by_another() -> Case:
    world = World()
    shown = world.shown()
    signature = Keypair().sign_message(shown.entry_message().encode())
    return world, replace(shown, device_signature=signature), world.known()


def away() -> Case:
    world = World()
    return world, world.shown(), world.known(world.manifest(world.line(group=HOME + 1)))


CASES: dict[GateReason, list[Callable[[], Case]]] = {
    GateReason.NOT_YOURS: [shown_with(by=DeviceKey(Keypair()))],
    GateReason.UNKNOWN_TICKET: [shown_with(ticket=Pubkey.new_unique())],
    GateReason.EXPIRED: [shown_with(issued=NOW - 10)],
    GateReason.ALREADY_IN: [entered],
    GateReason.WRONG_EVENT: [shown_with(event=Pubkey.new_unique())],
    GateReason.WRONG_SESSION: [shown_with(session=1)],
    GateReason.WRONG_GATE: [away, head_with(writer=Pubkey.new_unique())],
    GateReason.COOLING: [nobodys(TicketState.COOLING), nobodys(TicketState.OFFERED)],
    GateReason.REFUNDED: [resold, head_with(cancelled=True)],
    GateReason.VOID: [changed_state(TicketState.VOIDING), nobodys(TicketState.VOID)],
    GateReason.NOT_OPEN: [head_with(doors=NOW + 10**4), head_with(ends=NOW)],
    GateReason.GATE_REVOKED: [revoked],
    GateReason.STALE_MANIFEST: [head_with(valid_until=NOW)],
    GateReason.BAD_SIGNATURE: [shown_with(key=Keypair()), answered_by_another, resold_and_forged],
    GateReason.OFFLINE: [head_with(writer=NOBODY)],
}


@pytest.mark.parametrize(
    ("reason", "case"), [(reason, case) for reason, cases in CASES.items() for case in cases]
)
def test_the_verdicts_without_a_network(reason: GateReason, case: Callable[[], Case]) -> None:
    _, shown, known = case()
    verdict = verdict_on(shown.encode(), known)
    assert verdict.reason is reason


def test_only_what_needs_others_is_never_said_alone() -> None:
    """Replayed needs another gate; the log and the bytes are the scanner's own matter."""
    said_elsewhere = {GateReason.REPLAYED, GateReason.LOG_FULL, GateReason.MALFORMED}
    assert set(GateReason) - set(CASES) == said_elsewhere


def test_already_in_says_where_and_when_and_wrong_gate_says_which() -> None:
    _, shown, known = entered()
    verdict = verdict_on(shown.encode(), known)
    assert (verdict.where, verdict.when) == (Pubkey.from_bytes(b"\x09" * 32), NOW - 30)
    _, shown, known = away()
    verdict = verdict_on(shown.encode(), known)
    assert (verdict.group, verdict.where) == (HOME + 1, None)
    other = Pubkey.new_unique()
    _, shown, known = head_with(writer=other)()
    assert verdict_on(shown.encode(), known).where == other


def test_an_entry_that_was_taken_back_lets_the_ticket_in_again() -> None:
    world = World()
    entry = EntryLine(Pubkey.new_unique(), b"m" * 16, NOW - 30, undone=True)
    known = world.known(world.manifest(entry=entry))
    verdict = verdict_on(world.shown().encode(), known)
    assert (verdict.reason, verdict.where, verdict.when) == (None, None, None)
    early = replace(known, head=replace(known.head, doors=NOW + 10**4))
    verdict = verdict_on(world.shown().encode(), early)
    assert (verdict.reason, verdict.where, verdict.when) == (GateReason.NOT_OPEN, None, None)


def test_the_key_of_before_a_rotation_still_counts() -> None:
    world, old = World(), Keypair()
    known = world.known(other_key=old.pubkey())
    assert verdict_on(world.shown(key=old).encode(), known).admitted
    assert verdict_on(world.shown().encode(), known).admitted


def test_an_answer_counts_for_the_screen_that_this_scanner_shows() -> None:
    world = World()
    known = world.known()
    screen = GateScreen(world.gate, world.event)
    shown = screen.show(now=NOW, slot=5, nonce=b"s" * 16)
    data = world.phone.answer_gate(shown, event=world.event, ticket=world.ticket).encode()
    read = read_shown(data, known, screen.live(NOW), NOW)
    assert not isinstance(read, GateReason)
    assert decide(read, known, NOW).admitted
    assert read_shown(data, known, screen.live(NOW + 10), NOW + 10) is GateReason.EXPIRED
    elsewhere = GateScreen(Keypair(), world.event).show(now=NOW, slot=5, nonce=b"s" * 16)
    data = world.phone.answer_gate(elsewhere, event=world.event, ticket=world.ticket).encode()
    assert read_shown(data, known, screen.live(NOW), NOW) is GateReason.WRONG_GATE
