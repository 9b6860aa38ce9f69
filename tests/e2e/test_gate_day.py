"""A gate operator's day: set up, doors open, network cut and back, conflict, supervisor, report."""

import json
from base64 import b64decode
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conting_client import Wallet, save_keypair
from conting_client.answers import GateChallenge
from conting_client.gate_api import GateClient
from conting_client.generated.ticket import GateRole
from solders.pubkey import Pubkey

from tests.e2e.doors import Doors, open_doors
from tests.e2e.house import GatewayProcess
from tests.e2e.people import Fan, Town, until
from tests.e2e.scanners import GRACE, Booth, Cable, booth, conting

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@dataclass
class Office:
    """The organiser's desk: a folder with keys, and an event whose doors are open."""

    town: Town
    doors: Doors
    folder: Path

    @property
    def event(self) -> Pubkey:
        return self.doors.event.address

    @property
    def organiser(self) -> Path:
        return self.folder / "organiser.json"

    async def gate(self, name: str, group: int) -> Path:
        """A scanner's key, made and approved by the commands, with money for its entries."""
        path = self.folder / f"{name}.json"
        made = json.loads(await conting("gate", "new", "--key", path, "--json"))
        at = ("--event", self.event, "--gate", made["key"], "--rpc", self.town.rpc.url)
        await conting("gate", "approve", *at, "--group", str(group), "--organiser", self.organiser)
        await self.town.fund(Wallet.load(path))
        return path

    async def quick_gate(self, name: str, group: int, role: GateRole = GateRole.SCANNER) -> Path:
        """The same without the commands."""
        gate = await self.town.register_gate(self.doors.event, group=group, role=role)
        save_keypair(gate.wallet.keypair, self.folder / f"{name}.json")
        return self.folder / f"{name}.json"

    def options(self, key: Path, url: str, *more: str, rpc: str = "") -> list[str]:
        return [
            *("--event", str(self.event), "--key", str(key), "--gateway", url),
            *("--rpc", rpc or self.town.rpc.url, "--patience", GRACE, *more),
        ]

    async def ask(self, action: str, key: Path, url: str) -> Any:
        words = ("--event", self.event, "--key", key, "--gateway", url, "--json")
        return json.loads(await conting("gate", action, *words))


@pytest.fixture
async def office(town: Town, tmp_path: Path) -> Office:
    doors = await open_doors(town, 6)
    save_keypair(doors.event.organiser.keypair, tmp_path / "organiser.json")
    return Office(town, doors, tmp_path)


@dataclass
class Evening:
    """Who stands at the doors."""

    office: Office
    url: str
    north: Booth
    south: Booth
    chief: Path
    lan: list[Cable]

    async def answer(self, fan: Fan) -> bytes:
        """What a phone without a network shows, after a look at the northern gate's screen."""
        shown = GateChallenge.decode(b64decode((await self.north.say("/screen"))["screen"]))
        event = self.office.event
        return fan.device.answer_gate(shown, event=event, ticket=fan.ticket).encode()

    async def all_is_written(self) -> None:
        async with GateClient(self.url) as gateway:
            await gateway.sign_in(Wallet.load(self.chief))

            async def is_so() -> bool:
                return not (await gateway.report(self.office.event, session=0)).pending

            await until("the entries on chain", is_so)

    async def north_has_told(self) -> None:
        async def is_so() -> bool:
            return bool((await self.north.status())["to_hand_over"] == 0)

        await until("the scans to be handed over", is_so)


async def test_a_gate_operators_day(office: Office, gateway: GatewayProcess) -> None:
    north, south = await office.gate("north", 1), await office.quick_gate("south", 2)
    chief = await office.quick_gate("chief", 1, GateRole.SUPERVISOR)
    ada, ben, cleo, dora = [await office.doors.holder() for _ in range(4)]
    lan = [Cable(gateway.url), Cable(office.town.rpc.url)]
    async with (
        lan[0].laid(),
        lan[1].laid(),
        booth(*office.options(north, lan[0].url, "--writer", rpc=lan[1].url)) as at_north,
        booth(*office.options(south, gateway.url)) as at_south,
    ):
        evening = Evening(office, gateway.url, at_north, at_south, chief, lan)
        await doors_open(evening, ada, ben)
        await the_network_is_cut(evening, ada, ben, cleo)
        async with booth(*office.options(chief, gateway.url, "--take-over")) as at_chief:
            assert at_chief.ready["writer"]
            twice = await at_chief.scan((await cleo.new_pass()).encode())
            assert twice["verdict"] == "admitted"
            await evening.all_is_written()
            await the_network_is_back(evening, at_chief)
            await ada_comes_in_again(evening, at_chief, ada, dora)
            assert (await at_chief.say("/finish"))["finished"]

    report = await office.ask("report", office.organiser, gateway.url)
    assert (report["admitted"], report["on_chain"], report["pending"]) == (4, 4, [])
    assert report["conflicts"] == 1
    by_gate = {each["gate"]: each for each in report["gates"]}
    assert by_gate[at_north.ready["gate"]]["admitted"] == 2
    assert by_gate[at_north.ready["gate"]]["refused"] == {"already_in": 2}
    assert by_gate[at_chief.ready["gate"]]["admitted"] == 3
    assert by_gate[at_south.ready["gate"]]["refused"] == {"wrong_gate": 1}


async def doors_open(evening: Evening, ada: Fan, ben: Fan) -> None:
    assert evening.north.ready["writer"]
    assert not evening.south.ready["writer"]
    shown = (await ada.new_pass()).encode()
    assert (await evening.north.scan(shown))["verdict"] == "admitted"
    assert (await evening.north.scan(shown))["repeated"]
    refused = await evening.south.scan((await ben.new_pass()).encode())
    assert (refused["reason"], refused["group"]) == ("wrong_gate", 1)
    assert refused["where"] == evening.north.ready["gate"]
    await evening.all_is_written()


async def the_network_is_cut(evening: Evening, ada: Fan, ben: Fan, cleo: Fan) -> None:
    """Phones answer the gate's screen; those that reach the gateway have passes still."""
    for cable in evening.lan:
        cable.pull()
    for fan in (ben, cleo):
        let_in = await evening.north.scan(await evening.answer(fan))
        assert (let_in["verdict"], let_in["offline"]) == ("admitted", True)
    refused = await evening.north.scan((await ben.new_pass()).encode())
    assert refused["reason"] == "already_in"
    doors, challenge_key = evening.office.doors, evening.office.town.keys.challenge
    refused = await evening.north.scan(doors.pass_of(ada, challenge_key).encode())
    assert refused["reason"] == "already_in"
    assert "offline" in evening.north.alarms


async def the_network_is_back(evening: Evening, at_chief: Booth) -> None:
    """What contradicts is told, and both words are kept: they were given by two signed scans."""
    for cable in evening.lan:
        cable.plug_in()
    await evening.north_has_told()
    assert {"online", "conflict"} <= set(evening.north.alarms)
    office, url = evening.office, evening.url
    (pair,) = await office.ask("evidence", evening.chief, url)
    words = [pair["first"], pair["second"]]
    gates = {at_chief.ready["gate"], evening.north.ready["gate"]}
    assert {word["gate"] for word in words} == gates
    asked = ("--event", office.event, "--key", office.organiser, "--gateway", url)
    assert (await conting("gate", "evidence", *asked)).count(": signed, entry") == 2


async def ada_comes_in_again(evening: Evening, at_chief: Booth, ada: Fan, dora: Fan) -> None:
    """A supervisor has taken her entry back."""
    await evening.all_is_written()
    event, rpc = evening.office.event, evening.office.town.rpc.url
    ticket = await evening.office.town.tickets.ticket(ada.ticket)
    assert ticket is not None
    undoing = ("--event", event, "--section", "0", "--seat", str(ticket.data.seat), "--rpc", rpc)
    await conting("gate", "undo", *undoing, "--key", evening.chief)
    for fan in (ada, dora):
        let_in = await at_chief.scan((await fan.new_pass()).encode())
        assert let_in["verdict"] == "admitted"
    await evening.all_is_written()
