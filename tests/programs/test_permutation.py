"""The draw's permutation on chain: a bijection, and what its description says."""

import hashlib
import random
from pathlib import Path

import pytest
from conting_client import fairness
from conting_compiler.driver import compile_program
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.litesvm import LiteSVM
from solders.message import Message
from solders.pubkey import Pubkey
from solders.transaction import Transaction
from solders.transaction_metadata import TransactionMetadata

SOURCE = """
from fairness.permutation import index_at, place_of
from seahorse.prelude import *

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


@instruction
def place(key: Array[u8, 32], n: u32, index: u32) -> u32:
    return place_of(key, n, index)


@instruction
def back(key: Array[u8, 32], n: u32, place: u32) -> u32:
    return index_at(key, n, place)
"""
LIBRARY = Path(__file__).parents[2] / "programs" / "fairness"
HUGE = [2**31 + 1, 2**32 - 1]
"""Sizes for which many words are left out."""


class Machine:
    """The library in a program of its own, on LiteSVM."""

    def __init__(self, folder: Path) -> None:
        (folder / "fairness").symlink_to(LIBRARY)
        (folder / "probe").mkdir()
        (folder / "probe" / "program.py").write_text(SOURCE)
        self.compiled = compile_program(folder / "probe")
        self.program = Pubkey(self.compiled.program.address)
        self.svm = LiteSVM().with_sigverify(sigverify=False).with_blockhash_check(check=False)
        self.svm = self.svm.with_transaction_history(0)
        self.svm.add_program(self.program, self.compiled.elf)
        self.payer = Keypair()
        self.svm.airdrop(self.payer.pubkey(), 10**12)

    def call(self, name: str, key: bytes, n: int, x: int) -> int:
        """What the instruction gives back."""
        found = next(i for i in self.compiled.program.instructions if i.name == name)
        numbers = n.to_bytes(4, "little") + x.to_bytes(4, "little")
        call = Instruction(self.program, found.discriminator + key + numbers, [])
        transaction = Transaction.new_unsigned(Message([call], self.payer.pubkey()))
        result = self.svm.send_transaction(transaction)
        assert isinstance(result, TransactionMetadata), result
        return int.from_bytes(result.return_data().data.ljust(4, b"\0"), "little")


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    return Machine(tmp_path_factory.mktemp("fairness"))


def key_of(number: int) -> bytes:
    return hashlib.sha256(b"key" + bytes([number])).digest()


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 17, 64, 100])
def test_each_place_is_taken_once(machine: Machine, n: int) -> None:
    for number in range(3):
        places = [machine.call("place", key_of(number), n, index) for index in range(n)]
        assert sorted(places) == list(range(n))
        assert [fairness.place_of(key_of(number), n, index) for index in range(n)] == places
        back = [machine.call("back", key_of(number), n, place) for place in places]
        assert back == list(range(n))


def test_large_draws_agree_with_the_description(machine: Machine) -> None:
    chosen = random.Random(7)
    for n in [*HUGE, *(chosen.randrange(1, 2 ** chosen.randrange(1, 33)) for _ in range(60))]:
        index = chosen.randrange(n)
        key = chosen.randbytes(32)
        place = machine.call("place", key, n, index)
        assert place == fairness.place_of(key, n, index)
        assert machine.call("back", key, n, place) == index == fairness.index_at(key, n, place)


@pytest.mark.slow
def test_the_client_permutes_every_size() -> None:
    for n in [*range(1, 60), 499, 500]:
        found = fairness.winners_of(key_of(1), n, n)
        assert sorted(found) == list(range(n))
        assert fairness.winners_of(key_of(1), n, n + 5) == found
        assert fairness.winners_of(key_of(1), n, 3) == found[:3]
