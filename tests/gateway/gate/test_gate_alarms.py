"""What a scanner tells its operator: in words that say what to do, and not over and over."""

from pathlib import Path

import pytest
from conting_client import Tickets, Wallet
from conting_client.generated import ticket as program
from conting_client.scanner import Connection, Upkeep

from tests.gateway.gate.night import AT_HOME, Night, register, revoked

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_answers_that_a_wrong_clock_spoils_are_told_as_that(
    night: Night, tmp_path: Path
) -> None:
    fan, device = night.home.pop(), night.device(night.north, tmp_path)
    assert await device.upkeep.round()
    device.clock.ahead = 60.0
    assert await device.scan(device.answer_of(fan)) == ("expired", False)
    assert any("answers to the screen" in text for _, text in device.alarms)
    device.clock.ahead = 0.0
    assert await device.scan(device.answer_of(fan)) == (None, False)


async def test_a_clock_that_is_older_than_its_manifest_is_told_without_a_network(
    night: Night, tmp_path: Path
) -> None:
    """A laptop whose battery was empty: it begins in the past, and would find the doors closed."""
    device = night.device(night.north, tmp_path)
    assert await device.upkeep.round()
    device.lan.cut = True
    assert not await device.upkeep.round()
    device.clock.ahead = -3600.0
    started_again = Upkeep(
        device.log, device.keeper, Connection(device.key, device.out), device.out, is_writer=True
    )
    device.alarms.clear()
    for _ in range(3):
        assert not await started_again.round()
    about = [text for code, text in device.alarms if code == "clock_skew"]
    assert len(about) == 1
    assert "its manifest is newer" in about[0]


async def test_a_gate_that_was_revoked_finishes_its_night(night: Night, tmp_path: Path) -> None:
    """It has no right to give back; whom it let in before is told."""
    fan, gate = night.home.pop(), await register(night.chain, night.show, AT_HOME)
    device = night.device(gate, tmp_path, is_writer=True)
    assert await device.upkeep.round()
    device.lan.cut = True
    assert await device.scan(device.answer_of(fan)) == (None, True)
    await night.send(revoked(night, gate), night.show.organiser)
    night.gateway.now.ahead = 2  # past the second that the gateway knows a gate for
    assert not await device.upkeep.finish()
    device.lan.cut = False
    assert await device.upkeep.finish()
    assert set(device.log.marks("synced").values()) == {"kept"}
    assert device.raised == ["offline", "online", "gate_revoked"]


async def test_a_gate_without_money_is_told_so_and_not_for_each_ticket(
    night: Night, tmp_path: Path
) -> None:
    poor, chain = Wallet.generate(), night.chain
    order = program.register_gate(
        organiser=night.show.organiser.key,
        event=night.show.address,
        key=poor.key,
        group=AT_HOME,
        role=program.GateRole.SCANNER,
    )
    await chain.send(order, night.show.organiser)
    device = night.device(poor, tmp_path)
    assert await device.upkeep.round()
    for fan in (night.home.pop(), night.home.pop()):
        assert await device.scan(await night.pass_of(fan)) == (None, False)
    assert await device.entries.round() == 2
    assert device.alarms == [
        ("entry_failed", f"the gate's key {poor.key} has too few lamports: send it some SOL")
    ]
    little = await chain.rpc.rent(0) + 1_000_000  # it lives, and cannot pay an entry's rent
    await chain.rpc.airdrop(poor.key, little)
    assert await device.entries.round() == 2
    assert len(device.alarms) == 2
    assert device.alarms[0] == device.alarms[1]
    await chain.rpc.airdrop(poor.key, 10**9)
    assert await device.entries.round() == 0
    assert len(device.alarms) == 2


@pytest.mark.attack
async def test_money_at_an_entrys_address_keeps_nobody_from_being_written(
    night: Night, tmp_path: Path
) -> None:
    """The address is public, and an account lies there as soon as it holds the rent of one."""
    fan, device, chain = night.home.pop(), night.device(night.north, tmp_path), night.chain
    address = program.entry_address(ticket=fan.ticket, session=0)
    await chain.rpc.airdrop(address, await chain.rpc.rent(0))
    assert await device.scan(await night.pass_of(fan)) == (None, False)
    assert await device.entries.round() == 0
    entry = await Tickets(chain.rpc).entry(fan.ticket, 0)
    assert entry is not None
    assert entry.data.gate == night.north.key
    assert device.alarms == []
