"""`conting verify-draw` against a node: true draws, and accounts that were falsified."""

import asyncio
from dataclasses import dataclass, field

import pytest
from conting_cli.main import main
from conting_compiler.ir.typesystem import fixed_size
from conting_localnet.node import Node
from solders.account import Account
from solders.pubkey import Pubkey

from tests.cli.test_verify_raffle import serving
from tests.compiled import compiled
from tests.programs.draws import ROUND, Lots, Party
from tests.programs.test_draw_life import winning_seats
from tests.programs.world import World

pytestmark = pytest.mark.anyio
SIZES = (1, 2, 1, 4, 1, 3, 2)
SEATS = 6


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def place_of(kind: str, wanted: str) -> int:
    """Where a field of fixed size lies in an account."""
    classes = {each.name: each for each in compiled("ticket").program.accounts}
    place = 8
    for each in classes[kind].fields:
        if each.name == wanted:
            return place
        size = fixed_size(each.type)
        assert size is not None
        place += size
    raise KeyError(wanted)


@dataclass
class Scene:
    """Seven groups and six seats on a node's chain."""

    node: Node = field(default_factory=lambda: Node(lambda: 1_700_000_000.0, slot_seconds=3_600))

    def __post_init__(self) -> None:
        self.lots = Lots(world=World(svm=self.node.svm), seats=SEATS)
        self.parties = [self.lots.party(size) for size in SIZES]

    @property
    def world(self) -> World:
        return self.lots.world

    def group(self, number: int) -> Pubkey:
        return self.lots.group(self.parties[number])

    def change(self, key: Pubkey, kind: str, name: str, value: bytes) -> None:
        """Falsifies a field."""
        old = self.world.account(key)
        assert old is not None
        at, data = place_of(kind, name), bytes(old.data)
        assert data[at : at + len(value)] != value
        false = data[:at] + value + data[at + len(value) :]
        self.world.svm.set_account(key, Account(old.lamports, false, old.owner))

    async def verify(self) -> int:
        async with serving(self.node) as url:
            words = ["verify-draw", str(self.lots.draw), "--url", url]
            return await asyncio.to_thread(main, words)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def lines_of(party: Party, seat: int | None) -> str:
    members = " ".join(str(each.person) for each in party.members)
    return f"{'lost' if seat is None else f'seat {seat}':<11} {members}"


async def test_a_true_draw(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    scene.lots.drawn()
    assert await scene.verify() == 0
    said = capsys.readouterr().out
    assert "drawn as promised" in said
    assert scene.lots.read().draw_key.hex() in said
    for party, seat in winning_seats(scene.lots, scene.parties):
        assert lines_of(party, seat) in said
        for member, human in enumerate(party.members):
            if seat is not None:
                scene.world.must(scene.lots.claim(party, human, seat + member))
            else:
                scene.world.must(scene.lots.take_back(party, human))
    assert await scene.verify() == 0  # who has claimed and who has left changes nothing
    assert capsys.readouterr().out == said


async def test_without_the_secret(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    scene.world.to_slot(scene.lots.target + 3 * ROUND + 17)
    scene.world.must(scene.world.send(scene.lots.drawing(), by=scene.world.actor()))
    assert await scene.verify() == 0
    assert "the bond is burned" in capsys.readouterr().out


async def test_a_draw_long_ago(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    scene.lots.drawn()
    scene.world.to_slot(scene.world.slot + 10_000)
    assert await scene.verify() == 0
    assert "as the draw kept it" in capsys.readouterr().out


async def test_not_drawn(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    assert await scene.verify() == 1
    assert "has not taken place" in capsys.readouterr().err


OTHER = bytes(range(32))
FALSE_DRAWS = [
    ("commit", OTHER, "not the one that the organiser committed to"),
    ("secret", OTHER, "not the one that the organiser committed to"),
    ("secret", bytes(32), "before its time was over"),
    ("slot_hash", OTHER, "hash is another one"),
    ("root", OTHER, "not that of the groups"),
    ("draw_key", OTHER, "key does not follow"),
    ("winners", bytes(16), "numbers of winners do not follow"),
    ("first_seat", b"\x09" * 16, "seats do not follow"),
    ("entries", (len(SIZES) + 1).to_bytes(4, "little"), "groups are on chain"),
    ("groups", b"\x02", "groups are on chain"),
    ("target_slot", (1).to_bytes(8, "little"), "not the one that was fixed"),
    ("target_slot", (2**40).to_bytes(8, "little"), "not the one that was fixed"),
]


@pytest.mark.parametrize(("name", "value", "finding"), FALSE_DRAWS)
async def test_a_falsified_draw(
    scene: Scene, capsys: pytest.CaptureFixture[str], name: str, value: bytes, finding: str
) -> None:
    scene.lots.drawn()
    scene.change(scene.lots.draw, "Draw", name, value)
    assert await scene.verify() == 1
    assert finding in capsys.readouterr().err


FALSE_GROUPS = [
    ("size", b"\2", "groups are on chain"),
    ("complete", b"\0", "groups are on chain"),
    ("index", b"\7", "wrong number"),
    ("number", b"\7", "wrong number"),
    ("leader", OTHER, "not at its address"),
]


@pytest.mark.parametrize(("name", "value", "finding"), FALSE_GROUPS)
async def test_a_falsified_group(
    scene: Scene, capsys: pytest.CaptureFixture[str], name: str, value: bytes, finding: str
) -> None:
    scene.lots.drawn()
    scene.change(scene.group(2), "Group", name, value)
    assert await scene.verify() == 1
    assert finding in capsys.readouterr().err


async def test_a_person_in_two_groups(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    scene.lots.drawn()
    person = scene.parties[1].members[1].person
    scene.change(scene.group(2), "Group", "members", bytes(person))
    assert await scene.verify() == 1
    assert "in two groups" in capsys.readouterr().err


async def test_a_slot_that_was_passed_over(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    scene.lots.drawn()
    scene.world.to_slot(scene.world.slot + 5)
    later = scene.lots.target + 1
    scene.change(scene.lots.draw, "Draw", "drawn_slot", later.to_bytes(8, "little"))
    scene.change(scene.lots.draw, "Draw", "slot_hash", bytes(scene.world.hash_of(later)))
    assert await scene.verify() == 1
    assert "passed over" in capsys.readouterr().err


async def test_what_is_no_draw(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    async with serving(scene.node) as url:
        for address in (scene.group(0), Pubkey.new_unique(), scene.lots.on.event):
            words = ["verify-draw", str(address), "--url", url]
            assert await asyncio.to_thread(main, words) == 1
            assert "is not a Draw" in capsys.readouterr().err
        assert await asyncio.to_thread(main, ["verify-draw", "whales", "--url", url]) == 1
        assert "is not an address" in capsys.readouterr().err
