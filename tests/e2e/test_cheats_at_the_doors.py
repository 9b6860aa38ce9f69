"""What people try who want in: with copies, with others' tickets, with refunded ones, at gates."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace

import pytest
from conting_client import ChainError, Pass, check_in_instructions
from conting_client.generated.ticket import (
    ErrorCode,
    check_in,
    gate_address,
    mint_address,
    revoke_gate,
)
from solders.instruction import Instruction
from solders.keypair import Keypair

from tests.e2e.asking import code_of, refused
from tests.e2e.doors import Doors
from tests.e2e.people import Fan, Show, Town
from tests.e2e.refusals import failure, refused_by_chain, state_of

pytestmark = [pytest.mark.anyio, pytest.mark.attack]

WRONG_OWNER = 3007  # docs/errors.md, as Anchor numbers it: there is no account of ours


def entry_of(shown: Pass, fan: Fan, gate: Fan, *, is_live: bool = True) -> Sequence[Instruction]:
    """What a gate writes on chain for a pass of the fan's."""
    return check_in_instructions(
        shown,
        gate_key=gate.wallet.key,
        person=fan.person,
        device_key=fan.phone.pubkey(),
        is_live=is_live,
    )


# One pass, many gates


async def test_one_pass_at_two_gates_at_once_lets_one_person_in(town: Town, doors: Doors) -> None:
    fan = await doors.holder()
    shown = await fan.new_pass()
    answers = await asyncio.gather(
        *(doors.show(gate, shown) for gate in (doors.gate_a, doors.gate_b))
    )
    assert sorted(answer.verdict for answer in answers) == ["admitted", "refused"]
    winner, loser = (
        (doors.gate_a, doors.gate_b)
        if answers[0].verdict == "admitted"
        else (doors.gate_b, doors.gate_a)
    )
    (refusal,) = [answer for answer in answers if answer.verdict == "refused"]
    assert (refusal.reason, refusal.where) == ("replayed", winner.wallet.key)
    await town.send(entry_of(shown, fan, winner), winner.wallet.keypair)
    await refused_by_chain(
        town, ErrorCode.ALREADY_ENTERED, entry_of(shown, fan, loser), loser.wallet.keypair
    )


async def test_twenty_scans_of_one_pass_at_two_gates_admit_at_one_of_them(
    town: Town, doors: Doors
) -> None:
    fan = await doors.holder()
    await town.connect(20)
    shown = await fan.new_pass()
    gates = [doors.gate_a, doors.gate_b] * 10
    answers = await asyncio.gather(*(doors.show(gate, shown) for gate in gates))
    by_gate = [answers[0::2], answers[1::2]]
    winners = [each for each in by_gate if any(a.verdict == "admitted" for a in each)]
    assert len(winners) == 1
    (losers,) = [each for each in by_gate if each is not winners[0]]
    assert {answer.verdict for answer in winners[0]} == {"admitted"}
    assert sorted(answer.repeated for answer in winners[0]) == [False] + [True] * 9
    assert {answer.reason for answer in losers} == {"replayed"}


async def test_two_entries_written_at_once_and_one_stands(town: Town, doors: Doors) -> None:
    """Two gates that ask nobody, with two passes of one person."""
    fan = await doors.holder()
    passes = [await fan.new_pass(), await fan.new_pass()]
    gates = doors.gate_a, doors.gate_b
    outcomes = await asyncio.gather(
        *(
            town.send(entry_of(shown, fan, gate), gate.wallet.keypair)
            for gate, shown in zip(gates, passes, strict=True)
        ),
        return_exceptions=True,
    )
    (lost,) = [each for each in outcomes if each is not None]
    assert isinstance(lost, ChainError)
    assert lost.code == ErrorCode.ALREADY_ENTERED
    entry = await town.tickets.entry(fan.ticket, 0)
    assert entry is not None
    assert entry.data.gate == gates[outcomes.index(None)].wallet.key


# Others' tickets


async def test_ones_own_live_pass_does_not_admit_another_ticket(doors: Doors) -> None:
    """The seed's hole: its code was not bound to the ticket that it was shown for."""
    fan, victim = await doors.holder(), await doors.holder()
    own = await fan.new_pass()
    forged = replace(own, challenge=replace(own.challenge, ticket=victim.ticket))
    signed = Pass(
        forged.challenge, fan.phone.sign_message(forged.challenge.entry_message().encode())
    )
    for shown in (forged, signed):
        assert (await doors.show(doors.gate_a, shown)).reason == "bad_signature"
    assert (await doors.show(doors.gate_a, await victim.new_pass())).verdict == "admitted"
    assert (await doors.show(doors.gate_a, own)).verdict == "admitted"


async def test_anothers_challenge_is_not_answered_by_ones_own_key(doors: Doors) -> None:
    """And the attempt spends nothing: the owner's own answer still admits."""
    thief, victim = await doors.holder(), await doors.holder()
    stolen = await victim.new_pass()
    message = stolen.challenge.entry_message().encode()
    forged = Pass(stolen.challenge, thief.phone.sign_message(message))
    assert (await doors.show(doors.gate_a, forged)).reason == "bad_signature"
    assert (await doors.show(doors.gate_b, stolen)).verdict == "admitted"


async def test_a_challenge_for_anothers_ticket_is_not_given(doors: Doors) -> None:
    thief, victim = await doors.holder(), await doors.holder()
    with refused("not_yours", status=403):
        await thief.gateway.challenge(victim.ticket)


async def test_a_challenge_that_the_gateway_did_not_sign_admits_nobody(doors: Doors) -> None:
    fan = await doors.holder()
    shown = doors.pass_of(fan, Keypair())
    assert (await doors.show(doors.gate_a, shown)).reason == "bad_signature"


async def test_a_stranger_burns_nobodys_ticket(town: Town, doors: Doors) -> None:
    """The seed's gate call needed no gate: anybody could use up any ticket."""
    victim, stranger = await doors.holder(), await doors.holder()
    stolen = await victim.new_pass()
    with refused("gate_revoked", status=403):
        await doors.show(stranger, stolen)
    writing = entry_of(stolen, victim, stranger)
    assert (await failure(town, writing, stranger.wallet.keypair)).code == WRONG_OWNER
    assert (await doors.show(doors.gate_a, stolen)).verdict == "admitted"


async def test_a_gate_burns_no_ticket_without_its_device(town: Town, doors: Doors) -> None:
    """A bribed gate has a key, but no proof by the ticket's device key."""
    victim = await doors.holder()
    gate = doors.gate_a
    own = replace(victim, phone=Keypair())  # the gate's key in place of the victim's
    proof, writing = entry_of(doors.pass_of(own, town.keys.challenge), own, gate)
    for tried in ([writing], [proof, writing], [writing, proof]):
        await refused_by_chain(town, ErrorCode.NO_DEVICE_PROOF, tried, gate.wallet.keypair)
    assert (await doors.show(gate, await victim.new_pass())).verdict == "admitted"


# Refunded tickets


async def test_a_refunded_ticket_gets_no_challenge(doors: Doors) -> None:
    with refused("refunded", status=409):
        await doors.refunded.gateway.challenge(doors.refunded.ticket)


async def test_a_pass_from_before_the_refund_does_not_admit(town: Town, doors: Doors) -> None:
    """The seed let refunded tickets in. The challenge is a true one, as if issued before."""
    shown = doors.pass_of(doors.refunded, town.keys.challenge)
    assert (await doors.show(doors.gate_a, shown)).reason == "cooling"


async def test_no_gate_writes_the_entry_of_a_refunded_ticket(town: Town, doors: Doors) -> None:
    shown = doors.pass_of(doors.refunded, town.keys.challenge)
    writing = entry_of(shown, doors.refunded, doors.gate_a, is_live=False)
    await refused_by_chain(town, ErrorCode.TICKET_COOLING, writing, doors.gate_a.wallet.keypair)


# Twice


async def test_nobody_enters_twice(town: Town, doors: Doors) -> None:
    fan = await doors.holder()
    first, kept = await fan.new_pass(), await fan.new_pass()
    assert (await doors.show(doors.gate_a, first)).verdict == "admitted"
    for gate in (doors.gate_a, doors.gate_b):  # the entry is not on chain yet
        again = await doors.show(gate, await fan.new_pass())
        assert (again.reason, again.where) == ("already_in", doors.gate_a.wallet.key)
    await town.send(entry_of(first, fan, doors.gate_a), doors.gate_a.wallet.keypair)

    with refused("already_in", status=409):
        await fan.gateway.challenge(fan.ticket)
    assert (await doors.show(doors.gate_b, kept)).reason == "already_in"
    for gate in (doors.gate_a, doors.gate_b):
        await refused_by_chain(
            town, ErrorCode.ALREADY_ENTERED, entry_of(kept, fan, gate), gate.wallet.keypair
        )


async def test_a_used_ticket_is_not_given_back(town: Town, doors: Doors) -> None:
    """The seed paid back who had been in."""
    fan = await doors.holder()
    await town.send(entry_of(await fan.new_pass(), fan, doors.gate_a), doors.gate_a.wallet.keypair)
    answer = await fan.post("/v1/orders/refund", {"ticket": str(fan.ticket)})
    assert (answer.status_code, code_of(answer)) == (409, "already_used")


# Gates


async def test_a_gate_that_nobody_registered_admits_nobody(town: Town, doors: Doors) -> None:
    fan, gate = await doors.holder(), await town.newcomer()
    shown = await fan.new_pass()
    with refused("gate_revoked", status=403):
        await doors.show(gate, shown)
    writing = entry_of(shown, fan, gate)
    assert (await failure(town, writing, gate.wallet.keypair)).code == WRONG_OWNER


async def test_a_gate_does_not_write_in_another_gates_name(town: Town, doors: Doors) -> None:
    fan, rogue = await doors.holder(), await town.newcomer()
    shown = await fan.new_pass()
    proof, _ = entry_of(shown, fan, rogue)
    borrowed = written(doors.event, shown, fan, rogue, gate_of=doors.gate_a)
    await refused_by_chain(town, ErrorCode.GATE_REVOKED, [proof, borrowed], rogue.wallet.keypair)


async def test_a_revoked_gate_admits_nobody(town: Town, doors: Doors) -> None:
    fan, gate = await doors.holder(), await town.register_gate(doors.event)
    organiser = doors.event.organiser
    address = gate_address(event=doors.event.address, key=gate.wallet.key)
    revoked = revoke_gate(organiser=organiser.key, event=doors.event.address, gate=address)
    await town.send([revoked], organiser.keypair)
    shown = await fan.new_pass()
    with refused("gate_revoked", status=403):
        await doors.show(gate, shown)
    await refused_by_chain(
        town, ErrorCode.GATE_REVOKED, entry_of(shown, fan, gate), gate.wallet.keypair
    )


async def test_a_gate_of_another_event_admits_nobody_here(
    town: Town, doors: Doors, other_sale: Show
) -> None:
    """Whoever opens an event of their own may register gates, there."""
    fan, gate = await doors.holder(), await town.register_gate(other_sale)
    shown = await fan.new_pass()
    with refused("gate_revoked", status=403):
        await doors.show(gate, shown)
    elsewhere = await gate.gateway.verify_pass(other_sale.address, shown.encode())
    assert elsewhere.reason == "wrong_event"

    proof, _ = entry_of(shown, fan, gate)
    foreign_gate = written(doors.event, shown, fan, gate, gate_of=gate, gate_event=other_sale)
    foreign_event = written(other_sale, shown, fan, gate, gate_of=gate)
    for tried in (foreign_gate, foreign_event):
        await refused_by_chain(town, ErrorCode.WRONG_EVENT, [proof, tried], gate.wallet.keypair)


def written(
    event: Show, shown: Pass, of: Fan, by: Fan, *, gate_of: Fan, gate_event: Show | None = None
) -> Instruction:
    """`check_in` with any event and any gate account."""
    gate = gate_address(event=(gate_event or event).address, key=gate_of.wallet.key)
    return check_in(
        gate_key=by.wallet.key,
        event=event.address,
        gate=gate,
        ticket=shown.challenge.ticket,
        person=of.person,
        mint=mint_address(ticket=shown.challenge.ticket),
        session=shown.challenge.session,
        nonce=shown.challenge.nonce,
        expires=shown.challenge.expires,
        gate_bound=False,
    )


async def test_a_verdict_alone_changes_nothing_on_chain(town: Town, doors: Doors) -> None:
    """The gateway is a convenience: what it says moves no ticket."""
    fan = await doors.holder()
    before = await state_of(town, [fan.ticket])
    assert (await doors.show(doors.gate_a, await fan.new_pass())).verdict == "admitted"
    await town.next_slots(2)
    assert await state_of(town, [fan.ticket]) == before
    assert await town.tickets.entry(fan.ticket, 0) is None


# Last, because it has to wait until the pass is old


async def test_a_screenshot_is_dead_when_its_seconds_are_over(doors: Doors) -> None:
    """The seed's code lived thirty seconds and was the same all the time."""
    owner, shown = doors.photographed
    await asyncio.sleep(max(0.0, shown.challenge.expires - time.time()))
    assert (await doors.show(doors.gate_a, shown)).reason == "expired"
    assert (await doors.show(doors.gate_a, await owner.new_pass())).verdict == "admitted"
