"""The organiser's desk on the evening before: what went wrong is said so that it can be mended."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from conting_cli.main import main
from conting_client import Tickets, Wallet, save_keypair
from conting_client.generated.ticket import GateRole
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.system_program import transfer

from tests.e2e.people import Show, Town

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

FEE = 5_000  # lamports, of a transaction with one signature
Out = pytest.CaptureFixture[str]


@dataclass(frozen=True)
class Desk:
    """An organiser's wallet in a file, and a show."""

    town: Town
    show: Show
    wallet: Path
    out: Out

    async def gate(
        self, action: str, *words: object, event: Pubkey | None = None
    ) -> tuple[int, str]:
        """Exit code and words of `conting gate ACTION` for this show."""
        at = ["--event", event or self.show.address, "--rpc", self.town.rpc.url]
        code = await asyncio.to_thread(main, ["gate", action, *map(str, [*at, *words])])
        said = self.out.readouterr()
        return code, said.out + said.err


@pytest.fixture
async def desk(town: Town, tmp_path: Path, capsys: Out) -> Desk:
    show, file = await town.announce(), tmp_path / "organiser.json"
    save_keypair(show.organiser.keypair, file)
    return Desk(town, show, file, capsys)


async def test_approving_again_changes_nothing_and_says_what_stands(desk: Desk) -> None:
    """A command whose answer was lost is given once more."""
    key = Keypair().pubkey()
    words = ("--gate", key, "--organiser", desk.wallet)
    first = await desk.gate("approve", *words, "--group", 1)
    assert first == (0, f"approved {key}: scanner of group 1\n")
    assert await desk.gate("approve", *words, "--group", 1) == first
    stays = "is approved already, as scanner of group 1, and stays that"
    another = "make another key (conting gate new)"
    for other in (("--group", 2), ("--group", 1, "--supervisor")):
        told = await desk.gate("approve", *words, *other)
        assert told == (1, f"conting: {key} {stays}: {another}\n")
    found = await Tickets(desk.town.rpc).gate(desk.show.address, key)
    assert found is not None
    assert (found.data.group, found.data.role, found.data.active) == (1, GateRole.SCANNER, True)
    assert await desk.gate("revoke", *words) == (0, f"revoked {key}: it writes no more entries\n")
    told = await desk.gate("approve", *words, "--group", 1)
    assert told == (1, f"conting: {key} was revoked, for good: {another}\n")


async def test_a_group_that_is_no_sections_home_is_told(desk: Desk) -> None:
    """By a slip of the finger: online everybody gets in at such a gate, and offline nobody."""
    key = Keypair().pubkey()
    words = ("--gate", key, "--organiser", desk.wallet)
    code, said = await desk.gate("approve", *words, "--group", 11)
    assert code == 0
    assert said.splitlines() == [
        f"approved {key}: scanner of group 11",
        "No section's home is group 11 (but 1): without a network it lets nobody in.",
    ]


@pytest.mark.parametrize("money", [0, 10**9])
async def test_who_is_not_the_organiser_approves_and_revokes_nobody(
    desk: Desk, tmp_path: Path, money: int
) -> None:
    """It is told that the wallet is the wrong one, and not that it has no money."""
    stranger, wallet = tmp_path / "stranger.json", Wallet.generate()
    save_keypair(wallet.keypair, stranger)
    if money:
        await desk.town.rpc.airdrop(wallet.key, money)
    gate = await desk.town.register_gate(desk.show)
    words = ("--gate", gate.wallet.key, "--organiser", stranger)
    told = 1, f"conting: {stranger} is not the wallet of the event's organiser\n"
    assert await desk.gate("approve", *words, "--group", 1) == told
    assert await desk.gate("revoke", *words) == told


async def test_an_organiser_without_money_is_told_that(desk: Desk) -> None:
    purse = desk.show.organiser
    left = await desk.town.rpc.account(purse.key)
    assert left is not None
    away = desk.town.treasury.pubkey()
    gift = left.lamports - FEE
    order = transfer({"from_pubkey": purse.key, "to_pubkey": away, "lamports": gift})
    await desk.town.send([order], purse.keypair)
    words = ("--gate", Keypair().pubkey(), "--organiser", desk.wallet, "--group", 1)
    told = f"conting: {purse.key} has too few lamports: send it some SOL\n"
    assert await desk.gate("approve", *words) == (1, told)


async def test_the_gates_of_an_event_are_listed_with_what_they_can_pay(desk: Desk) -> None:
    assert await desk.gate("list") == (0, "the event has no gates\n")
    north = await desk.town.register_gate(desk.show)
    poor = Keypair().pubkey()
    words = ("--gate", poor, "--organiser", desk.wallet)
    await desk.gate("approve", *words, "--group", 2, "--supervisor")
    await desk.gate("revoke", *words)
    code, said = await desk.gate("list")
    assert code == 0
    assert said.splitlines() == [
        f"gate       {north.wallet.key}: scanner of group 1, 5.00 SOL",
        f"gate       {poor}: supervisor of group 2, revoked, 0.00 SOL",
    ]
    purse = await desk.town.rpc.account(north.wallet.key)
    assert purse is not None
    listed = json.loads((await desk.gate("list", "--json"))[1])
    assert [(each["gate"], each["lamports"]) for each in listed] == [
        (str(north.wallet.key), purse.lamports),
        (str(poor), 0),
    ]


async def test_what_a_supervisor_cannot_take_back_is_told(desk: Desk, tmp_path: Path) -> None:
    chief = await desk.town.register_gate(desk.show, role=GateRole.SUPERVISOR)
    save_keypair(chief.wallet.keypair, tmp_path / "chief.json")
    key, ticket = ("--key", tmp_path / "chief.json"), desk.show.ticket(7, section=1)
    ways: list[tuple[object, ...]] = [("--ticket", ticket), ("--section", 1, "--seat", 7)]
    ways.append(("--section", 1, "--seat", 70_000))  # of a field without chairs
    for way, meant in zip(ways, (ticket, ticket, desk.show.ticket(70_000, section=1)), strict=True):
        code, said = await desk.gate("undo", *key, *way)
        assert code == 1
        assert said.startswith(f"conting: {meant} has no entry on chain for session 0: ")
    unclear: list[tuple[object, ...]] = [(), ("--section", 1), ("--seat", 7)]
    for asked in (*unclear, ("--ticket", ticket, "--seat", 7)):
        told = "conting: name the ticket by --ticket, or by --section and --seat\n"
        assert await desk.gate("undo", *key, *asked) == (1, told)
    code, said = await desk.gate("undo", *key, "--ticket", ticket, event=ticket)
    assert (code, said.partition(",")[0]) == (1, f"conting: there is no Event at {ticket}")


async def test_a_session_that_the_event_does_not_have_is_told(desk: Desk) -> None:
    told = (1, "conting: the event's last session is 0\n")
    assert await desk.gate("rebuild", "--session", 1) == told


async def test_an_address_that_is_no_event_or_gate_is_told(desk: Desk, tmp_path: Path) -> None:
    key, ticket = Keypair().pubkey(), desk.show.ticket(0)
    words = ("--gate", key, "--organiser", desk.wallet)
    no_event = f"conting: there is no Event at {ticket}, by program "
    for action in (("approve", *words, "--group", 1), ("revoke", *words), ("rebuild",)):
        code, said = await desk.gate(*action, event=ticket)
        assert code == 1
        assert said.startswith(no_event)
    code, said = await desk.gate("revoke", *words)
    assert (code, said) == (1, f"conting: {key} is no gate of the event\n")


@pytest.mark.attack
async def test_nobody_but_the_organiser_signs_a_manifest(desk: Desk, tmp_path: Path) -> None:
    """No scanner would take it: better told now than at the doors."""
    gate, stranger = await desk.town.register_gate(desk.show), tmp_path / "stranger.json"
    save_keypair(Wallet.generate().keypair, stranger)
    file = tmp_path / "north.manifest"
    words = ("--gate", gate.wallet.key, "--out", file, "--organiser")
    code, said = await desk.gate("rebuild", *words, stranger)
    assert (code, said) == (1, f"conting: {stranger} is not the wallet of the event's organiser\n")
    assert not file.exists()
    assert (await desk.gate("rebuild", *words, desk.wallet))[0] == 0
    assert file.exists()
