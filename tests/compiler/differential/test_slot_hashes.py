"""SlotHashes on both machines, whatever slots have a block and whatever slot is asked for."""

import hashlib
import random
from pathlib import Path

import pytest
from conting_compiler.driver import compile_program
from conting_compiler.link.linker import Arch
from seahorse.prelude import Pubkey
from solders.hash import Hash

from tests.compiler.differential.pair import Pair

pytestmark = pytest.mark.slow

SOURCE = """
from seahorse.prelude import *

declare_id('Fg6PaFpoGXkYsidMpWTK6W2BeZ7FEfcYkg476zPFsLnS')


@instruction
def bounds(hashes: SlotHashes) -> Array[u64, 2]:
    return [hashes.oldest_slot(), hashes.newest_slot()]


@instruction
def first_from(hashes: SlotHashes, slot: u64) -> u64:
    return hashes.first_from(slot)


@instruction
def has(hashes: SlotHashes, slot: u64) -> bool:
    return hashes.has(slot)


@instruction
def hash_of(hashes: SlotHashes, slot: u64) -> Array[u8, 32]:
    return hashes.hash_of(slot)
"""
MOST = 512
ROUNDS = 8
PEOPLE = [Pubkey.of(bytes([1]) * 32)]


def hash_of(slot: int) -> bytes:
    return hashlib.sha256(str(slot).encode()).digest()


def slots_with_blocks(chosen: random.Random) -> list[int]:
    """Ascending; blocks are missing rarely, often, or for long."""
    present, gap = chosen.choice([(1.0, 1), (0.95, 1), (0.3, 1), (0.9, 400)])
    slot, found = chosen.choice([0, 5, 10**9]), []
    for _ in range(chosen.choice([0, 1, 2, 3, 17, MOST])):
        found.append(slot)
        slot += 1
        while chosen.random() > present:
            slot += chosen.randint(1, gap)
    return found


@pytest.mark.parametrize("arch", ["v3", "v0"])
def test_both_know_the_same(arch: Arch, tmp_path: Path) -> None:
    source = tmp_path / "hashes.py"
    source.write_text(SOURCE)
    pair = Pair(source, compile_program(source, arch=arch), PEOPLE)
    chosen = random.Random(7)
    for _ in range(ROUNDS):
        known = slots_with_blocks(chosen)
        pair.svm.set_slot_hashes([(slot, Hash(hash_of(slot))) for slot in reversed(known)])
        pair.chain.clock.slot_hashes = {slot: hash_of(slot) for slot in known}
        pair.run("bounds", {})
        edges = [0, 1, 2**64 - 1]
        if known:
            edges += [known[0] - 1, known[-1] + 1, known[-1] + 2**63, known[0], known[-1]]
            edges += chosen.choices(range(known[0], known[-1] + 1), k=12)
        for slot in (each for each in edges if each >= 0):
            for name in ("first_from", "has", "hash_of"):
                pair.run(name, {}, {"slot": slot})
