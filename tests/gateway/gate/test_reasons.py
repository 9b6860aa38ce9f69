"""Every refusal that only the chain or another gate can be behind, through the gateway."""

from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest
from conting_client import (
    DeviceKey,
    GateReason,
    Rpc,
    Scan,
    ScanKind,
    Wallet,
    self_person_address,
)
from conting_client.generated import ticket as program
from conting_gateway.redis import connect
from conting_localnet import LocalnetProcess
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.cluster import Server
from tests.gateway.chain import HOUR, Chain
from tests.gateway.gate.door import Fan, known_for_hours
from tests.gateway.gate.night import Night, forged, sell_night
from tests.gateway.support import start_gateway

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

MONTH = 30 * 24 * HOUR


@pytest.fixture
async def before(redis_server: Server, node: LocalnetProcess) -> AsyncIterator[Night]:
    """A show whose doors stay shut for another month."""
    async with (
        aclosing(connect(redis_server.url)) as redis,
        Rpc(node.rpc_url) as rpc,
        start_gateway(redis, rpc) as gateway,
    ):
        night = await sell_night(gateway, Chain(rpc), home=4, doors_in=MONTH)
        await known_for_hours(redis, night.show.address)
        yield night
        night.close()


def refund(night: Night, fan: Fan) -> Instruction:
    event, section = night.show.address, night.show.section
    person, mint = self_person_address(fan.wallet.key), program.mint_address(ticket=fan.ticket)
    return program.refund(
        holder=fan.wallet.key,
        paid_by=fan.wallet.key,
        person=person,
        event=event,
        section=section,
        ticket=fan.ticket,
        holding=program.holding_address(event=event, person=person),
        token=program.token_address(mint=mint, wallet=fan.wallet.key),
    )


def open_case(night: Night, fan: Fan) -> Instruction:
    person = self_person_address(fan.wallet.key)
    seeds = [b"case", bytes(fan.ticket), bytes(person)]
    return program.open_void(
        organiser=night.show.organiser.key,
        event=night.show.address,
        ticket=fan.ticket,
        case=Pubkey.find_program_address(seeds, program.PROGRAM_ID)[0],
        rule=1,
        evidence=bytes(32),
    )


async def test_before_the_doors(before: Night, tmp_path: Path) -> None:
    """Given back, accused, too early, and at last cancelled; online, then the same offline."""
    gave_back, accused, early, other = before.home
    await before.send(refund(before, gave_back), gave_back.wallet)
    await before.send(open_case(before, accused), before.show.organiser)
    expected = {
        gave_back.ticket: GateReason.COOLING,
        accused.ticket: GateReason.VOID,
        early.ticket: GateReason.NOT_OPEN,
    }
    device = before.device(before.north, tmp_path, is_writer=True)
    await device.upkeep.round()
    for cut in (False, True):
        device.lan.cut = cut
        for fan in (gave_back, accused, early):
            said = await device.scan(forged(before, fan))
            assert said == (expected[fan.ticket], cut)
    device.lan.cut = False
    organiser = before.show.organiser
    cancel = program.cancel_event(organiser=organiser.key, event=before.show.address)
    await before.send(cancel, organiser)
    before.gateway.now.ahead = 6  # past the five seconds that the gateway knows an event's rules
    await device.upkeep.round()
    for cut in (False, True):
        device.lan.cut = cut
        late = int(before.gateway.now())
        data = forged(before, other, issued=late, expires=late + 10)
        assert await device.scan(data) == ("refunded", cut)


@pytest.mark.attack
async def test_no_gates_word_lets_in_who_gave_the_ticket_back(before: Night) -> None:
    """Else a gate and a phone that agree would keep whoever has the seat by then out of it."""
    gave_back, north, now = before.home[0], before.north, int(before.gateway.now())
    await before.send(refund(before, gave_back), gave_back.wallet)
    shown, kind = forged(before, gave_back), ScanKind.ADMITTED
    word = Scan.sign(north.keypair, kind=kind, sequence=1, at=now, shown=shown)
    path = f"/v1/events/{before.show.address}/gate/scans"
    body = {"scans": [b64encode(word.encode()).decode()]}
    told = await before.gateway.ok("POST", path, who=north, body=body)
    assert told["outcomes"] == ["unproven"]


async def test_at_the_doors(night: Night, tmp_path: Path) -> None:
    """What is wrong with the pass itself; online, then the same offline."""
    fan, device = night.home.pop(), night.device(night.north, tmp_path, is_writer=True)
    await device.upkeep.round()
    stranger = DeviceKey(Keypair())
    for cut in (False, True):
        device.lan.cut = cut
        cases = {
            "not_yours": forged(night, fan, phone=stranger),
            "unknown_ticket": forged(night, fan, ticket=Pubkey.new_unique()),
            "wrong_session": forged(night, fan, session=1),
            "wrong_event": forged(night, fan, event=Pubkey.new_unique()),
            "expired": forged(night, fan, issued=1_700_000_000, expires=1_700_000_010),
            "bad_signature": forged(night, fan)[:-1] + b"\xff",
        }
        for reason, data in cases.items():
            assert await device.scan(data) == (reason, cut)
    away = await device.full(forged(night, night.away[0]))
    assert (away.reason, away.group, away.offline) == ("wrong_gate", 2, True)
    device.clock.ahead = 5 * HOUR
    late = int(device.clock())
    stale = forged(night, fan, issued=late, expires=late + 10)
    assert await device.scan(stale) == ("stale_manifest", True)


async def test_a_pass_that_another_gate_spent(night: Night, tmp_path: Path) -> None:
    north = night.device(night.north, tmp_path, name="north")
    south = night.device(night.south, tmp_path, name="south")
    data = await night.pass_of(night.home.pop())
    assert await north.scan(data) == (None, False)
    told = await south.full(data)
    assert (told.reason, told.where) == ("replayed", night.north.key)
    south.lan.cut = True
    again = await south.full(data)
    assert (again.reason, again.where, again.repeated) == ("replayed", told.where, True)
    stranger = night.device(Wallet.generate(), tmp_path, name="stranger")
    assert await stranger.scan(await night.pass_of(night.home.pop())) == ("gate_revoked", False)
