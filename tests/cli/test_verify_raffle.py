"""`conting verify-raffle` against a node: true raffles, and accounts that were falsified."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
import uvicorn
from conting_cli.main import main
from conting_client.generated.raffle import PrizeState, RaffleEntry
from conting_compiler.ir.typesystem import fixed_size
from conting_localnet.app import Application
from conting_localnet.node import Node
from solders.account import Account
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.compiled import compiled
from tests.programs.raffle_calls import draw_without_secret
from tests.programs.raffles import REVEAL_SLOTS, Bazaar, bazaars
from tests.programs.world import World

pytestmark = pytest.mark.anyio
SEATS = 4
PRIZES = 2


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@asynccontextmanager
async def serving(node: Node) -> AsyncIterator[str]:
    """The node on a free port; its time stands still, and it shows all as it is now."""
    node.journal.forget_through(node.slot)
    server = uvicorn.Server(uvicorn.Config(Application(node), port=0, log_level="error"))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event to wait for
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await task


def place_of(kind: str, field: str) -> int:
    """Where a field of fixed size lies in an account."""
    classes = {each.name: each for each in compiled("raffle").program.accounts}
    place = 8
    for each in classes[kind].fields:
        if each.name == field:
            return place
        size = fixed_size(each.type)
        assert size is not None
        place += size
    raise KeyError(field)


@dataclass
class Scene:
    """A raffle of four entries and two prizes on a node's chain."""

    on: Bazaar
    node: Node

    @property
    def world(self) -> World:
        return self.on.world

    @property
    def raffle(self) -> Pubkey:
        return self.on.raffle_of()

    def wallet(self, seat: int) -> Keypair:
        return self.on.show.holders[seat].wallet

    def entry(self, seat: int) -> Pubkey:
        return self.on.raffle_entry(self.on.nft(seat))

    def read_entry(self, seat: int) -> RaffleEntry:
        return self.world.read(RaffleEntry, self.entry(seat))

    def change(self, key: Pubkey, kind: str, field: str, value: bytes) -> None:
        """Falsifies a field."""
        old = self.world.account(key)
        assert old is not None
        at, data = place_of(kind, field), bytes(old.data)
        assert data[at : at + len(value)] != value
        self.put(key, data[:at] + value + data[at + len(value) :])

    def put(self, key: Pubkey, data: bytes) -> None:
        """Falsifies an account."""
        old = self.world.account(key)
        assert old is not None
        self.world.svm.set_account(key, Account(old.lamports, data, old.owner))

    def claim(self) -> list[int]:
        """All who have won claim; their seats, by place."""
        for seat in range(SEATS):
            call = self.on.claim_prize(self.on.nft(seat), self.wallet(seat))
            self.world.send(call, by=self.wallet(seat))
        won = [s for s in range(SEATS) if self.read_entry(s).state == PrizeState.CLAIMED]
        return sorted(won, key=lambda seat: self.read_entry(seat).place)

    async def verify(self) -> int:
        async with serving(self.node) as url:
            words = ["verify-raffle", str(self.raffle), "--url", url]
            return await asyncio.to_thread(main, words)


@pytest.fixture
def scene() -> Scene:
    """Everybody has entered."""
    node = Node(lambda: 1_700_000_000.0, slot_seconds=3_600)
    on = bazaars(7, seats=SEATS, world=World(svm=node.svm))[0]
    on.opened(winners=PRIZES)
    for seat in range(SEATS):
        on.entered(on.minted(seat), on.show.holders[seat].wallet)
    return Scene(on, node)


async def test_a_true_draw(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    scene.on.drawn()
    assert await scene.verify() == 0
    said = capsys.readouterr().out
    assert "the chain still says so" in said
    won = scene.claim()
    assert len(won) == PRIZES
    for place, seat in enumerate(won):
        line = f"prize {place}: entry {seat}, {scene.wallet(seat).pubkey()}, not claimed"
        assert line in said
    assert await scene.verify() == 0
    assert "not claimed" not in capsys.readouterr().out


@pytest.mark.attack
async def test_a_raffles_name_says_nothing_in_the_verifiers_place(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    """The organiser names it: a line of its own, or what hides the lines that follow."""
    scene.on.drawn()
    assert await scene.verify() == 0
    honest = capsys.readouterr().out.splitlines()
    account = scene.world.account(scene.raffle)
    assert account is not None
    called = bytes(account.data).replace(b"A drum of the band", b"A\ndrawn well!\x1b[8m ")
    scene.put(scene.raffle, called)
    assert await scene.verify() == 0
    first, *others = capsys.readouterr().out.splitlines()
    assert first.isprintable()
    assert others == honest[1:]


async def test_a_true_draw_without_the_secret(scene: Scene) -> None:
    target = scene.on.read_raffle().target_slot
    scene.world.to_slot(target + 3 * REVEAL_SLOTS + 17)
    call = draw_without_secret(scene.on)
    scene.world.must(scene.world.send(call, by=scene.on.organiser))
    assert await scene.verify() == 0


async def test_a_draw_long_ago(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    scene.on.drawn()
    scene.world.to_slot(scene.world.slot + 10_000)
    assert await scene.verify() == 0
    assert "has forgotten" in capsys.readouterr().out


async def test_a_raffle_that_is_not_drawn(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    assert await scene.verify() == 1
    assert "not drawn yet" in capsys.readouterr().err


OTHER = bytes(range(32))
FALSE_FIELDS = [
    ("root", OTHER, "the entries are not those"),
    ("draw_key", OTHER, "does not follow"),
    ("slot_hash", OTHER, "the slot's hash is another one"),
    ("secret", OTHER, "not the one that the organiser committed to"),
    ("commit", OTHER, "not the one that the organiser committed to"),
    ("secret", bytes(32), "left out before its time"),
    ("entries", (SEATS + 1).to_bytes(4, "little"), "closed or left out"),
    ("target_slot", (2**40).to_bytes(8, "little"), "not the one that was fixed"),
    ("target_slot", (1).to_bytes(8, "little"), "not the one that was fixed"),
]


@pytest.mark.parametrize(("field", "value", "finding"), FALSE_FIELDS)
async def test_a_falsified_raffle(
    scene: Scene, capsys: pytest.CaptureFixture[str], field: str, value: bytes, finding: str
) -> None:
    scene.on.drawn()
    scene.change(scene.raffle, "Raffle", field, value)
    assert await scene.verify() == 1
    assert finding in capsys.readouterr().err


async def test_a_slot_that_was_passed_over(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    """Drawn by the next slot, whose hash is right, too."""
    scene.on.drawn()
    raffle = scene.on.read_raffle()
    scene.world.to_slot(scene.world.slot + 5)
    later = raffle.target_slot + 1
    scene.change(scene.raffle, "Raffle", "drawn_slot", later.to_bytes(8, "little"))
    scene.change(scene.raffle, "Raffle", "slot_hash", bytes(scene.world.hash_of(later)))
    assert await scene.verify() == 1
    assert "was passed over" in capsys.readouterr().err


async def test_a_winner_who_did_not_win(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    scene.on.drawn()
    won = scene.claim()
    loser = next(seat for seat in range(SEATS) if seat not in won)
    scene.change(scene.entry(loser), "RaffleEntry", "state", b"\1")
    assert await scene.verify() == 1
    assert f"entry {loser} has claimed prize 0, and won none" in capsys.readouterr().err


async def test_a_winner_of_another_prize(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    scene.on.drawn()
    first = scene.claim()[0]
    scene.change(scene.entry(first), "RaffleEntry", "place", b"\1\0\0\0")
    assert await scene.verify() == 1
    assert f"entry {first} has claimed prize 1, and won prize 0" in capsys.readouterr().err


async def test_an_entrant_who_was_exchanged(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    scene.on.drawn()
    scene.change(scene.entry(1), "RaffleEntry", "entrant", OTHER)
    assert await scene.verify() == 1
    assert "the entries are not those" in capsys.readouterr().err


async def test_entries_in_another_order(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    scene.on.drawn()
    for seat in (0, 1):
        index = (1 - seat).to_bytes(4, "little")
        scene.change(scene.entry(seat), "RaffleEntry", "index", index)
    assert await scene.verify() == 1
    assert "the entries are not those" in capsys.readouterr().err


async def test_an_entry_that_is_left_out(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    scene.on.drawn()
    scene.world.svm.set_account(scene.entry(2), Account(0, b"", Pubkey.default()))
    assert await scene.verify() == 1
    assert "closed or left out" in capsys.readouterr().err


async def test_an_entry_at_another_address(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    """A node that shows an account that the program cannot have made."""
    scene.on.drawn()
    found = scene.world.account(scene.entry(2))
    assert found is not None
    scene.world.svm.set_account(scene.entry(2), Account(0, b"", Pubkey.default()))
    scene.world.svm.set_account(Pubkey.new_unique(), found)
    assert await scene.verify() == 1
    assert "is not at its address" in capsys.readouterr().err


async def test_what_is_no_raffle(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    async with serving(scene.node) as url:
        for address in (scene.on.series, Pubkey.new_unique(), scene.on.show.event):
            words = ["verify-raffle", str(address), "--url", url]
            assert await asyncio.to_thread(main, words) == 1
            assert "is not a Raffle" in capsys.readouterr().err
        assert await asyncio.to_thread(main, ["verify-raffle", "whales", "--url", url]) == 1
        assert "is not an address" in capsys.readouterr().err
