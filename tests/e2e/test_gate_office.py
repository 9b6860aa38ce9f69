"""The organiser's desk on the evening before: what went wrong is said so that it can be mended."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest
from conting_cli.main import main
from conting_client import Tickets, Wallet, save_keypair
from conting_client.generated.ticket import GateRole
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.e2e.people import Show, Town

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

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
