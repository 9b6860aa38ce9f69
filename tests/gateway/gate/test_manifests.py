"""Manifests and writers through the gateway: the chain's own words, and one writer per group."""

import asyncio
from pathlib import Path

import pytest
from conting_client import (
    GatewayRefused,
    ManifestHead,
    Tickets,
    device_key_hash,
    read_manifest,
)
from conting_client.gate_api import GateClient, ManifestFile
from conting_client.manifest import index_of, root_of, unpack_lines
from conting_client.scanner import LogFault
from conting_gateway.gate.manifests import SESSIONS
from conting_gateway.gate.store import LOGS
from solders.signature import Signature

from tests.gateway.gate.night import AT_HOME, Device, Night, register, revoked
from tests.gateway.waitroom.rooms import until

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

LOG = "0" * 32


def client(night: Night, device: Device) -> GateClient:
    """What the device asks the gateway with."""
    gateway = device.out.gateway
    assert gateway is not None
    return gateway


async def fetch(night: Night, device: Device, since: bytes = b"") -> ManifestFile:
    return await client(night, device).manifest(
        night.show.address, session=0, log=device.log.id, since=since
    )


async def test_rpc_alone_makes_the_same_manifest(night: Night, tmp_path: Path) -> None:
    fan, device = night.home.pop(), night.device(night.north, tmp_path)
    await device.upkeep.round()
    assert await device.scan(await night.pass_of(fan)) == (None, False)
    while await device.entries.round():
        pass
    rebuilt = await read_manifest(night.chain.rpc, night.show.address, 0)
    night.gateway.now.ahead = 3  # past the gateway's two seconds with one reading of the chain
    file = await fetch(night, device)
    head = ManifestHead.decode(file.head)
    head.verify(Signature.from_bytes(file.signature), night.gateway.keys.challenge.pubkey())
    assert (head.root, head.entered) == (rebuilt.root, rebuilt.entered)
    assert root_of(unpack_lines(file.tickets)) == rebuilt.root
    assert file.full


async def test_a_scanner_that_has_one_gets_only_what_changed(night: Night, tmp_path: Path) -> None:
    fan, device = night.home.pop(), night.device(night.north, tmp_path)
    await device.upkeep.round()
    before = device.keeper.version
    assert await device.scan(await night.pass_of(fan)) == (None, False)
    file = await fetch(night, device, before)
    assert not file.full
    assert index_of(night.show.address, fan.ticket) in unpack_lines(file.entries)
    device.keeper.take(file)
    assert device.keeper.known is not None
    entry = device.keeper.known.manifest.entry(fan.ticket, device_key_hash(fan.phone.key))
    assert entry is not None
    assert entry.gate == night.north.key


async def test_a_group_has_one_writer_and_a_supervisor_may_change_it(
    night: Night, tmp_path: Path
) -> None:
    first = night.device(night.north, tmp_path, is_writer=True)
    clone = night.device(night.north, tmp_path, is_writer=True, name="clone")
    chief = night.device(night.chief, tmp_path, is_writer=True, name="chief")
    for device in (first, clone, chief):
        await device.upkeep.round()
    assert first.raised == []
    assert clone.raised == chief.raised == ["not_writer"]
    with pytest.raises(GatewayRefused, match="not_supervisor"):
        await clone.upkeep.take_over()
    await chief.upkeep.take_over()
    for device, admits in ((first, False), (clone, False), (chief, True)):
        await device.upkeep.round()
        assert device.keeper.known is not None
        assert (device.keeper.known.head.writer == device.log.gate) is admits
    assert await chief.upkeep.finish()


async def test_a_supervisor_takes_over_what_it_had_itself_before_it_broke_down(
    night: Night, tmp_path: Path
) -> None:
    """Its manifest on disk still names it; without the gateway that has to do."""
    chief = night.device(night.chief, tmp_path, is_writer=True, name="chief")
    await chief.upkeep.round()
    chief.log.close()
    night.gateway.now.ahead = 20_000  # its right has ended
    north = night.device(night.north, tmp_path, is_writer=True)
    await north.upkeep.round()
    assert "not_writer" not in north.raised
    chief = night.device(night.chief, tmp_path, name="chief")
    chief.lan.cut = True
    assert await chief.upkeep.take_over()
    chief.lan.cut = False
    assert await chief.upkeep.take_over()
    for device, admits in ((north, False), (chief, True)):
        await device.upkeep.round()
        assert device.keeper.known is not None
        assert (device.keeper.known.head.writer == device.log.gate) is admits
    assert "not_writer" not in chief.raised
    assert await chief.upkeep.finish()


async def test_a_scanner_hears_that_its_own_key_has_the_right_with_another_log(
    night: Night, tmp_path: Path
) -> None:
    first = night.device(night.north, tmp_path, is_writer=True)
    clone = night.device(night.north, tmp_path, is_writer=True, name="clone")
    chief = night.device(night.chief, tmp_path, is_writer=True, name="chief")
    for device in (first, clone, chief):
        await device.upkeep.round()
    (_, told), (_, another) = *clone.alarms, *chief.alarms
    assert "with another log" in told
    assert str(night.north.key) not in told
    assert str(night.north.key) in another
    assert await first.upkeep.finish()


async def test_a_writer_that_has_given_its_right_back_admits_nobody_alone(
    night: Night, tmp_path: Path
) -> None:
    """The network is cut before a new manifest says so; another scanner may have the right."""
    north = night.device(night.north, tmp_path, is_writer=True)
    chief = night.device(night.chief, tmp_path, is_writer=True, name="chief")
    await north.upkeep.round()
    assert await north.upkeep.finish()
    north.lan.cut = True
    await chief.upkeep.round()
    fan = night.home.pop()
    assert await chief.scan(await night.pass_of(fan)) == (None, False)
    assert await north.scan(await night.pass_of(fan)) == ("offline", True)
    north.log.close()
    again = night.device(night.north, tmp_path)
    again.lan.cut = True
    assert await again.scan(await night.pass_of(fan)) == ("offline", True)
    assert await chief.upkeep.finish()


async def test_a_right_that_may_have_been_given_back_is_not_used(
    night: Night, tmp_path: Path
) -> None:
    """The gateway took it, and its answer was lost."""
    fan, north = night.home.pop(), night.device(night.north, tmp_path, is_writer=True)
    await north.upkeep.round()
    north.lan.eats_answers_to = "DELETE"
    assert not await north.upkeep.finish()
    assert await north.scan(north.answer_of(fan)) == ("offline", True)
    north.lan.eats_answers_to = ""
    assert await north.upkeep.round()
    assert await north.upkeep.finish()


async def test_a_manifest_from_before_the_end_is_not_gone_by_after_it(
    night: Night, tmp_path: Path
) -> None:
    """A round of upkeep is on its way when the operator says that the night is over."""
    fan, north = night.home.pop(), night.device(night.north, tmp_path, is_writer=True)
    await north.upkeep.round()
    north.lan.holds = held = asyncio.Event()
    earlier = asyncio.create_task(north.upkeep.round())

    async def is_held() -> bool:
        return north.lan.holds is None

    await until(is_held)
    finishing = asyncio.create_task(north.upkeep.finish())
    await asyncio.wait([finishing], timeout=1)
    held.set()
    assert await finishing
    await earlier
    north.lan.cut = True
    assert await north.scan(north.answer_of(fan)) == ("offline", True)


async def test_a_right_is_not_given_back_where_that_cannot_be_written_down(
    night: Night, tmp_path: Path
) -> None:
    """Started again without the network, the scanner would use it."""
    north = night.device(night.north, tmp_path, is_writer=True)
    chief = night.device(night.chief, tmp_path, is_writer=True, name="chief")
    await north.upkeep.round()
    north.log._db.execute("PRAGMA query_only = ON")
    with pytest.raises(LogFault):
        await north.upkeep.finish()
    await chief.upkeep.round()
    assert chief.raised == ["not_writer"]
    north.log._db.execute("PRAGMA query_only = OFF")
    assert await north.upkeep.finish()


async def test_a_right_that_was_not_given_back_is_used_again(night: Night, tmp_path: Path) -> None:
    """The gateway never heard of it, and says so with the next manifest."""
    fan, north = night.home.pop(), night.device(night.north, tmp_path, is_writer=True)
    await north.upkeep.round()
    north.lan.cuts_off = "DELETE"
    assert not await north.upkeep.finish()
    assert await north.upkeep.round()
    north.lan.cut = True
    assert await north.scan(north.answer_of(fan)) == (None, True)
    north.lan.cut, north.lan.cuts_off = False, ""
    assert await north.upkeep.finish()


async def test_a_writer_keeps_its_right_as_long_as_it_is_heard_of(
    night: Night, tmp_path: Path
) -> None:
    first = night.device(night.north, tmp_path, is_writer=True)
    chief = night.device(night.chief, tmp_path, is_writer=True, name="chief")
    await first.upkeep.round()
    night.gateway.now.ahead = 10_000
    await first.upkeep.round()
    night.gateway.now.ahead = 20_000
    await chief.upkeep.round()
    assert chief.raised[-1] == "not_writer"
    night.gateway.now.ahead = 30_000
    await chief.upkeep.round()
    assert chief.keeper.known is not None
    assert chief.keeper.known.head.writer == chief.log.gate
    assert await chief.upkeep.finish()


async def test_strangers_get_no_manifest_no_right_and_no_report(
    night: Night, tmp_path: Path
) -> None:
    stranger = night.device(night.home[0].wallet, tmp_path)
    await stranger.upkeep.round()
    assert stranger.raised == ["gate_revoked"]
    assert stranger.keeper.known is None
    gateway, event = client(night, stranger), night.show.address
    with pytest.raises(GatewayRefused, match="gate_revoked"):
        await gateway.claim_writer(event, session=0, log=LOG)
    with pytest.raises(GatewayRefused, match="gate_revoked"):
        await gateway.send_scans(event, [])
    with pytest.raises(GatewayRefused, match="gate_revoked"):
        await gateway.tell_refused(event, session=0, log=LOG, refused={"expired": 1})
    with pytest.raises(GatewayRefused, match="gates that the organiser approved"):
        await gateway.report(event, session=0)
    with pytest.raises(GatewayRefused, match="not_organiser"):
        await gateway.conflicts(event, session=0)


@pytest.mark.attack
async def test_evidence_is_for_supervisors_and_the_report_for_every_gate(
    night: Night, tmp_path: Path
) -> None:
    event = night.show.address
    for number, gate in enumerate((night.north, night.chief)):
        gateway = client(night, night.device(gate, tmp_path, name=str(number)))
        await gateway.sign_in(gate)
        assert (await gateway.report(event, session=0)).sold > 0
        if gate is night.chief:
            assert await gateway.conflicts(event, session=0) == []
        else:
            with pytest.raises(GatewayRefused, match="gates of supervisors"):
                await gateway.conflicts(event, session=0)


@pytest.mark.attack
async def test_a_gate_that_makes_up_logs_fills_only_its_own_place(
    night: Night, tmp_path: Path
) -> None:
    event, told = night.show.address, {"expired": 1}
    gate = await register(night.chain, night.show, AT_HOME)
    greedy = client(night, night.device(gate, tmp_path))
    await greedy.sign_in(gate)
    for number in range(LOGS):
        await greedy.tell_refused(event, session=0, log=f"{number:032x}", refused=told)
    with pytest.raises(GatewayRefused) as refused:
        await greedy.tell_refused(event, session=0, log="f" * 32, refused=told)
    assert (refused.value.status, refused.value.code) == (409, "too_many_logs")
    await greedy.tell_refused(event, session=0, log=LOG, refused={"expired": 2})  # one of its own
    other = client(night, night.device(night.south, tmp_path, name="other"))
    await other.sign_in(night.south)
    await other.tell_refused(event, session=0, log="f" * 32, refused=told)


@pytest.mark.attack
async def test_a_gate_tells_of_no_refusals_in_sessions_that_are_none(
    night: Night, tmp_path: Path
) -> None:
    """There are 65,536 numbers, and each would keep sixteen logs."""
    event, told = night.show.address, {"expired": 1}
    gateway = client(night, night.device(night.south, tmp_path))
    await gateway.sign_in(night.south)
    sessions = (await Tickets(night.chain.rpc).event(event)).data.sessions
    await gateway.tell_refused(event, session=sessions - 1, log=LOG, refused=told)
    with pytest.raises(GatewayRefused, match="wrong_session"):
        await gateway.tell_refused(event, session=sessions, log=LOG, refused=told)


async def test_a_revoked_gate_tells_of_no_refusals(night: Night, tmp_path: Path) -> None:
    gate = await register(night.chain, night.show, AT_HOME)
    gateway = client(night, night.device(gate, tmp_path))
    await gateway.sign_in(gate)
    told = {"expired": 1}
    await gateway.tell_refused(night.show.address, session=0, log=LOG, refused=told)
    await night.send(revoked(night, gate), night.show.organiser)
    night.gateway.now.ahead = 2  # past the second that the gateway knows a gate for
    with pytest.raises(GatewayRefused, match="gate_revoked"):
        await gateway.tell_refused(night.show.address, session=0, log=LOG, refused=told)


@pytest.mark.attack
async def test_who_asks_for_every_session_there_is_fills_no_memory(
    night: Night, tmp_path: Path
) -> None:
    device = night.device(night.north, tmp_path)
    await device.upkeep.round()
    gateway, before = client(night, device), device.keeper.version
    for session in range(1, SESSIONS + 8):
        await gateway.manifest(night.show.address, session=session, log=device.log.id, since=b"")
    assert night.gateway.services.manifests.kept == SESSIONS
    device.keeper.take(await fetch(night, device, before))
    assert device.keeper.version == before
