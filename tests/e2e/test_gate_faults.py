"""A gateway that dies in the middle of a verdict, and a night without one. Real processes."""

import json
from base64 import b64decode
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest
from conting_client import Wallet, save_keypair, to_png
from conting_client.answers import GateChallenge
from conting_localnet import LocalnetProcess
from solders.pubkey import Pubkey

from tests.cluster import Server
from tests.e2e.doors import Doors, open_doors
from tests.e2e.house import GatewayKeys, GatewayProcess, gateway_process
from tests.e2e.people import Fan, Town, until
from tests.e2e.scanners import Booth, Cable, booth, conting

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


StartGateway = Callable[[], AbstractContextManager[GatewayProcess]]


@pytest.fixture
def start(keys: GatewayKeys, node: LocalnetProcess, redis: Server) -> StartGateway:
    """Starts a gateway that the test may kill."""
    return partial(gateway_process, keys, node.rpc_url, redis.url)


@pytest.fixture
async def night(town: Town) -> Doors:
    return await open_doors(town, 3)


async def key_of(town: Town, doors: Doors, folder: Path) -> Path:
    gate = await town.register_gate(doors.event)
    save_keypair(gate.wallet.keypair, folder / "gate.json")
    return folder / "gate.json"


async def answer(gate: Booth, fan: Fan, event: Pubkey) -> bytes:
    shown = GateChallenge.decode(b64decode((await gate.say("/screen"))["screen"]))
    return fan.device.answer_gate(shown, event=event, ticket=fan.ticket).encode()


async def test_a_gateway_that_is_killed_in_the_middle_of_a_verdict(
    town: Town, night: Doors, start: StartGateway, tmp_path: Path
) -> None:
    """It has admitted, or has not: whichever it was, the person is in once."""
    key, event = await key_of(town, night, tmp_path), night.event.address
    fan, other = night.quiet_holder(), night.quiet_holder()
    cable = Cable("")
    options = ["--event", str(event), "--key", str(key), "--rpc", town.rpc.url, "--writer"]
    async with cable.laid():
        with start() as first:
            cable.target = first.url
            async with booth(*options, "--gateway", cable.url, "--patience", "5") as gate:
                assert gate.ready["writer"]
                cable.deaf = True
                let_in = await gate.scan(night.pass_of(fan, town.keys.challenge).encode())
                assert (let_in["verdict"], let_in["offline"]) == ("admitted", True)
                assert cable.heard.is_set()
                first.kill()
                cable.pull()
                let_in = await gate.scan(await answer(gate, other, event))
                assert (let_in["verdict"], let_in["offline"]) == ("admitted", True)
                with start() as second:
                    cable.target = second.url
                    cable.plug_in()

                    async def is_told() -> bool:
                        state = await gate.status()
                        return bool(state["to_hand_over"] == 0 and state["to_write"] == 0)

                    await until("everything to be handed over", is_told)
                    assert "conflict" not in gate.alarms
                    for each in (fan, other):
                        again = await gate.scan(night.pass_of(each, town.keys.challenge).encode())
                        assert again["reason"] == "already_in"
                        assert await town.tickets.entry(each.ticket, 0) is not None


async def test_a_night_without_a_gateway(town: Town, night: Doors, tmp_path: Path) -> None:
    """The organiser's manifest, made by RPC alone; phones answer the screen, read as pictures."""
    key, event = await key_of(town, night, tmp_path), night.event.address
    save_keypair(night.event.organiser.keypair, tmp_path / "organiser.json")
    fan, rpc = night.quiet_holder(), ("--rpc", town.rpc.url)
    for_gate = ("--gate", Wallet.load(key).key, "--out", tmp_path / "manifest")
    signed = ("--organiser", tmp_path / "organiser.json")
    rebuilt = await conting("gate", "rebuild", "--event", event, *rpc, *signed, *for_gate, "--json")
    assert json.loads(rebuilt)["entries"] == 0
    options = ["--event", str(event), "--key", str(key), "--manifest", str(tmp_path / "manifest")]
    async with booth(*options, *rpc, "--organiser", str(night.event.organiser.key)) as gate:
        assert gate.ready["writer"]
        assert gate.ready["root"] == json.loads(rebuilt)["root"]
        picture = tmp_path / "phone.png"
        picture.write_bytes(to_png(await answer(gate, fan, event)))
        assert (await gate.scan(str(picture)))["verdict"] == "admitted"

        async def is_written() -> bool:
            return bool((await gate.status())["to_write"] == 0)

        await until("the entry on chain", is_written)
    assert await town.tickets.entry(fan.ticket, 0) is not None
    again = await conting("gate", "rebuild", "--event", event, *rpc, "--json")
    assert json.loads(again)["entries"] == 1
