"""The report of the night: its numbers add up, whatever happened."""

import asyncio
from itertools import count
from pathlib import Path

import pytest
from conting_client import GatewayRefused, P256Secret, Tickets
from conting_client.gate_api import NightReport
from solders.pubkey import Pubkey

from tests.gateway.gate.door import Fan, challenge
from tests.gateway.gate.night import Device, Night, undone
from tests.gateway.gate.test_lanes import assertion
from tests.gateway.support import DOMAIN

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

SESSIONS = count(100)
"""One for each test: a report is of one session."""


@pytest.fixture
def session() -> int:
    return next(SESSIONS)


async def report(night: Night, device: Device) -> NightReport:
    night.gateway.now.ahead += 3  # past the gateway's two seconds with one reading of the chain
    assert device.out.gateway is not None
    found = await device.out.gateway.report(night.show.address, session=device.log.session)
    assert found.admitted == found.on_chain + len(found.pending) + found.passkeys
    assert sum(gate.to_write for gate in found.gates) == len(found.pending)
    return found


async def passkeys_pass(night: Night, fan: Fan, session: int) -> bytes:
    secret = fan.phone._keypair
    assert isinstance(secret, P256Secret)
    return assertion(secret, await challenge(night.gateway, fan, session), f"https://{DOMAIN}")


async def test_who_is_in_is_on_chain_or_waits_for_it_or_came_with_a_passkey(
    night: Night, tmp_path: Path, session: int
) -> None:
    device = night.device(night.north, tmp_path, session=session)
    assert await device.upkeep.round()
    assert (await report(night, device)).admitted == 0
    written, waits, chip = *night.home[:2], night.chips[0]
    assert await device.scan(await night.pass_of(written, session)) == (None, False)
    assert await device.entries.round() == 0
    assert await device.scan(await night.pass_of(waits, session)) == (None, False)
    assert await device.scan(await passkeys_pass(night, chip, session)) == (None, False)
    found = await report(night, device)
    assert (found.admitted, found.on_chain, found.passkeys) == (3, 1, 1)
    assert found.pending == [waits.ticket]
    assert [(gate.gate, gate.admitted, gate.to_write, gate.refused) for gate in found.gates] == [
        (night.north.key, 3, 1, {})
    ]
    assert await device.entries.round() == 0
    assert (await report(night, device)).pending == []


async def test_who_was_let_in_alone_and_taken_back_is_not_among_those_who_are_in(
    night: Night, tmp_path: Path, session: int
) -> None:
    fan, device = night.home[0], await writer(night, tmp_path, session)
    device.lan.cut = True
    assert await device.scan(device.answer_of(fan, session)) == (None, True)
    device.lan.cut = False
    assert await device.upkeep.round()
    assert await device.entries.round() == 0
    found = await report(night, device)
    assert (found.admitted, found.offline, found.undone) == (1, 1, 0)
    await night.send(undone(night, fan, session), night.chief)
    found = await report(night, device)
    assert (found.admitted, found.offline, found.undone) == (0, 0, 1)


async def test_who_was_taken_back_and_is_in_again_went_through_the_gates_twice(
    night: Night, tmp_path: Path, session: int
) -> None:
    fan, device = night.home[0], await writer(night, tmp_path, session)
    for times in (0, 1, 2):
        assert await device.scan(await night.pass_of(fan, session)) == (None, False)
        found = await report(night, device)
        assert (found.admitted, found.on_chain, found.undone) == (1, 0, times)
        assert await device.entries.round() == 0
        found = await report(night, device)
        assert (found.admitted, found.on_chain, found.undone) == (1, 1, times)
        assert [(gate.gate, gate.admitted) for gate in found.gates] == [
            (night.north.key, 1 + times)
        ]
        await night.send(undone(night, fan, session), night.chief)
        found = await report(night, device)
        assert (found.admitted, found.on_chain, found.undone) == (0, 0, 1 + times)
        assert await device.upkeep.round()


async def test_whoever_is_sent_away_by_one_of_two_gates_at_once_is_counted(
    night: Night, tmp_path: Path, session: int
) -> None:
    gates = [
        night.device(key, tmp_path, session=session, name=name)
        for name, key in (("north", night.north), ("south", night.south))
    ]
    for each in gates:
        assert await each.upkeep.round()
    for fan in night.home[:4]:
        data = await night.pass_of(fan, session)
        said = await asyncio.gather(*(each.scan(data) for each in gates))
        assert set(said) == {(None, False), ("replayed", False)}
    found = await report(night, gates[0])
    assert sum(gate.admitted for gate in found.gates) == 4
    assert sum(gate.refused.get("replayed", 0) for gate in found.gates) == 4


async def test_of_a_session_that_the_event_does_not_have_nothing_is_said(
    night: Night, tmp_path: Path
) -> None:
    """Nobody is in and nothing is left to write: that would be the end of the night."""
    device = night.device(night.chief, tmp_path)
    assert await device.upkeep.round()
    assert device.keeper.known is not None
    assert device.out.gateway is not None
    beyond = device.keeper.known.head.sessions
    for ask in (device.out.gateway.report, device.out.gateway.conflicts):
        await ask(night.show.address, session=beyond - 1)
        with pytest.raises(GatewayRefused, match="wrong_session"):
            await ask(night.show.address, session=beyond)


@pytest.mark.attack
@pytest.mark.parametrize("first", ["north", "chief"])
async def test_whom_two_gates_let_in_is_in_once_and_waits_for_no_second_entry(
    night: Night, tmp_path: Path, session: int, first: str
) -> None:
    """Whichever of them is the first one on chain: the other one has nothing to write."""
    fan, north = night.home[0], await writer(night, tmp_path, session)
    chief = night.device(night.chief, tmp_path, session=session, name="chief")
    north.lan.cut = True
    assert await north.scan(north.answer_of(fan, session)) == (None, True)
    await chief.upkeep.take_over()
    assert await chief.scan(await night.pass_of(fan, session)) == (None, False)
    one, other = (north, chief) if first == "north" else (chief, north)
    assert await one.entries.round() == 0
    assert await writes(night, fan.ticket, session) == one.log.gate
    north.lan.cut = False
    assert await north.upkeep.round()
    assert "conflict" in north.raised
    found = await report(night, chief)
    assert (found.admitted, found.on_chain, found.conflicts, found.pending) == (1, 1, 1, [])
    assert await other.entries.round() == 0


async def test_who_let_whom_in_is_known_from_the_chain_alone(
    night: Night, tmp_path: Path, session: int
) -> None:
    """After a night without a gateway, or one whose Redis was lost: it was told of nobody."""
    back, stays, device = *night.home[:2], await writer(night, tmp_path, session)
    device.lan.cut = True
    for fan in (back, stays):
        assert await device.scan(device.answer_of(fan, session)) == (None, True)
    assert await device.entries.round() == 0
    await night.send(undone(night, back, session), night.chief)
    device.lan.cut = False
    found = await report(night, device)
    assert (found.admitted, found.on_chain, found.undone) == (1, 1, 1)
    assert [(gate.gate, gate.admitted) for gate in found.gates] == [(night.north.key, 2)]
    assert await device.upkeep.round()
    found = await report(night, device)
    assert [(gate.gate, gate.admitted) for gate in found.gates] == [(night.north.key, 2)]


async def test_a_writer_that_has_finished_leaves_its_right_to_another(
    night: Night, tmp_path: Path, session: int
) -> None:
    north = await writer(night, tmp_path, session)
    assert list((await report(night, north)).writers.values()) != []
    assert await north.upkeep.finish()
    assert (await report(night, north)).writers == {}


async def writer(night: Night, folder: Path, session: int) -> Device:
    device = night.device(night.north, folder, session=session, is_writer=True)
    assert await device.upkeep.round()
    assert device.keeper.known is not None
    assert device.keeper.known.head.writer == night.north.key
    return device


async def writes(night: Night, ticket: Pubkey, session: int) -> Pubkey:
    """The gate that wrote the ticket's entry."""
    entry = await Tickets(night.chain.rpc).entry(ticket, session)
    assert entry is not None
    return entry.data.gate
