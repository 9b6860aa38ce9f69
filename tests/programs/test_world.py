"""The tool of the other tests: it names refusals, moves time, and sees what a failure changed."""

import pytest
from conting_client.generated import family
from solders.account import Account
from solders.message import Message
from solders.pubkey import Pubkey

from tests.programs.world import KNOWN_SLOTS, START, World, refused, swapped, unsigned


@pytest.fixture
def world() -> World:
    return World()


def test_time_and_slots_move_together(world: World) -> None:
    first = world.slot
    world.wait(100)
    assert world.now == START + 100
    assert world.slot == first + 250
    world.to_slot(first + 1_000)
    assert world.now == START + 400
    assert world.svm.get_clock().slot == first + 1_000


def test_slots_have_their_own_hashes(world: World) -> None:
    world.skip(world.slot - 2)
    hashes = dict(world.svm.get_slot_hashes())
    assert world.slot - 2 not in hashes
    assert max(hashes) == world.slot - 1
    assert len(set(hashes.values())) == len(hashes) == KNOWN_SLOTS - 1
    kept = hashes[world.slot - 1]
    world.wait(4)
    assert dict(world.svm.get_slot_hashes())[world.slot - 11] == kept


def test_refusals_have_names(world: World) -> None:
    ann, bob = world.actor(), world.actor()
    call = family.register_self(wallet=ann.pubkey(), scheme=family.Scheme.ED25519, device=bytes(33))
    refused(world.send(unsigned(call, ann.pubkey()), by=bob), "NOT_SIGNER")
    refused(world.send(swapped(call, ann.pubkey(), bob.pubkey()), by=bob), "WRONG_SEEDS")
    world.must(world.send(call, by=ann))
    refused(world.send(call, by=ann), "NOT_EMPTY")
    bad = family.register_self(
        wallet=bob.pubkey(), scheme=family.Scheme.SECP256R1, device=bytes(33)
    )
    refused(world.send(bad, by=bob), "BAD_DEVICE_KEY")
    assert len(world.sent) == 5


class Leaky(World):
    """Lets something change on the chain with each transaction, also with those that fail."""

    def _snapshot(self, message: Message) -> dict[Pubkey, Account | None]:
        found = super()._snapshot(message)
        self.svm.set_account(Pubkey.new_unique(), Account(1, b"x", self.program("family")))
        return found


def test_a_change_by_a_failed_transaction_is_seen() -> None:
    world = Leaky()
    ann = world.actor()
    bad = family.register_self(
        wallet=ann.pubkey(), scheme=family.Scheme.SECP256R1, device=bytes(33)
    )
    with pytest.raises(AssertionError, match="but changed"):
        world.send(bad, by=ann)
