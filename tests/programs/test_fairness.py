"""Draws are fair: the permutation is one for all sizes, every place is equally likely, and groups
of all sizes have the same chance per person. Also that unfair ones would be noticed.

What is simulated is tied to what runs on chain: `order` equals the client's `place_of`, which
equals the program's on LiteSVM (test_permutation.py) and under CPython.
"""

import random
import struct
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from _pytest.mark import ParameterSet
from conting_client import fairness
from conting_compiler.driver import compile_program
from seahorse.loading import load
from seahorse.model import Chain
from seahorse.prelude import Pubkey as Key

from tests.compiled import PROGRAMS
from tests.compiler.token_world import SYSTEM, TokenWorld, reads, writes
from tests.programs.chances import (
    bits_of,
    deviation,
    is_uniform,
    key_of,
    limit,
    order,
    order_of,
    tally,
)

DRAWS = 100_000
QUICK = 1_000


def slow(n: int) -> ParameterSet:
    """The full number of draws among n."""
    return pytest.param(n, DRAWS, marks=pytest.mark.slow)


SLOW = pytest.param(DRAWS, marks=pytest.mark.slow)
amounts = pytest.mark.parametrize("draws", [QUICK, SLOW])


# The simulation is the code


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6, 7, 10, 33, 100, 101])
def test_the_simulation_is_the_specification(n: int) -> None:
    for number in range(3):
        key = key_of("same", number)
        who = order(key, n)
        assert who == [fairness.index_at(key, n, place) for place in range(n)]
        assert [who.index(index) for index in range(n)] == [
            fairness.place_of(key, n, index) for index in range(n)
        ]


@pytest.mark.slow
def test_a_bijection_for_all_sizes_to_5000() -> None:
    largest = 5_000
    bits = bits_of(key_of("sizes", 0), largest)
    chosen = random.Random(5)
    for n in range(1, largest + 1):
        shifts = [chosen.randrange(n) for _ in bits]
        assert len(set(order_of(n, shifts, bits))) == n


@pytest.mark.parametrize("step", [97, pytest.param(1, marks=pytest.mark.slow)])
def test_place_and_index_are_inverse(step: int) -> None:
    chosen = random.Random(6)
    for n in range(1, 5_001, step):
        key, index = key_of("inverse", n), chosen.randrange(n)
        assert fairness.index_at(key, n, fairness.place_of(key, n, index)) == index


# Uniform


@amounts
@pytest.mark.slow
def test_all_orders_of_five(draws: int) -> None:
    """Not only places and pairs: every one of the 120 orders."""
    places = {each: place for place, each in enumerate(permutations(range(5)))}
    counts = tally(draws, 120, lambda d: places[tuple(order(key_of("five", d), 5))])
    assert is_uniform(counts)


@pytest.mark.parametrize(("n", "draws"), [*((n, QUICK) for n in (2, 3, 7, 10)), slow(7), slow(101)])
def test_single_places(n: int, draws: int) -> None:
    """Where the one who entered first comes."""
    counts = tally(draws, n, lambda d: fairness.place_of(key_of(f"one of {n}", d), n, 0))
    assert is_uniform(counts)


@pytest.mark.parametrize(("n", "draws"), [*((n, QUICK) for n in (3, 4, 9)), slow(9)])
@pytest.mark.slow
def test_pairs_of_winners(n: int, draws: int) -> None:
    def pair(number: int) -> int:
        key = key_of(f"pair of {n}", number)
        return fairness.index_at(key, n, 0) * n + fairness.index_at(key, n, 1)

    counts = tally(draws, n * n, pair)
    assert all(counts[same * n + same] == 0 for same in range(n))
    assert is_uniform([each for each in counts if each])


# Unfair ones are noticed


@pytest.mark.slow
def test_two_rounds_are_noticed() -> None:
    n = 7

    def place(number: int) -> int:
        key = key_of("two rounds", number)
        x = 0
        for round_ in range(2):
            x = fairness.turned(x, n, key, [round_])
        return x

    assert not is_uniform(tally(QUICK, n, place))


@pytest.mark.slow
def test_modulo_bias_is_noticed() -> None:
    n = 100
    counts = tally(DRAWS, n, lambda d: key_of("modulo", d)[0] % n)
    assert not is_uniform(counts)


@pytest.mark.slow
def test_a_favourite_is_noticed() -> None:
    """One in twenty draws is given to the first."""
    n = 10

    def place(number: int) -> int:
        key = key_of("favourite", number)
        return 0 if number % 20 == 0 else fairness.place_of(key, n, 0)

    assert not is_uniform(tally(5 * QUICK, n, place))


def test_the_limits_are_those_of_tables() -> None:
    """Chi-square at one in ten thousand, from printed tables: within three per cent."""
    for freedom, value in ((5, 25.745), (10, 35.564), (30, 67.633), (100, 161.319)):
        assert abs(limit(freedom) / value - 1) < 0.03
    assert deviation([10, 10, 10]) == 0


# Groups


CROWDS = [
    ((30, 0, 0, 0), 10),
    ((1_000, 0, 0, 1), 100),
    ((3, 1, 4, 1), 9),
    ((1, 1, 1, 1), 4),
    ((0, 5, 0, 7), 11),
    ((17, 9, 3, 2), 20),
    ((0, 0, 0, 6), 4),
]


@pytest.mark.parametrize(("groups", "seats"), CROWDS)
def test_group_sizes_have_equal_chances(groups: tuple[int, ...], seats: int) -> None:
    """Not on average of many draws but exactly: over all spins there are."""
    persons = fairness.persons_in(groups)
    assert persons > seats
    outcomes = [fairness.shared(spin, groups, seats) for spin in range(persons)]
    largest = max(size for size, entered in enumerate(groups, 1) if entered)
    for each in outcomes:
        used = fairness.persons_in(each)
        assert seats - 2 * (largest - 1) <= used <= seats
        assert all(0 <= won <= entered for won, entered in zip(each, groups, strict=True))
    for size, entered in enumerate(groups):
        won = sum(each[size] for each in outcomes)
        assert won == (seats - (largest - 1)) * entered  # of persons * entered


@amounts
@pytest.mark.slow
def test_every_person_has_the_same_chance(draws: int) -> None:
    """Simulated whole: shares, then the permutation of each size."""
    groups, seats = (4, 2, 1, 1), 8
    won = [0] * 4
    for number in range(draws):
        key = key_of("person", number)
        winners = fairness.winners_by_size(key, groups, seats)
        for size in range(1, 5):
            place = fairness.place_of(fairness.size_key(key, size), groups[size - 1], 0)
            won[size - 1] += place < winners[size - 1]
    expected = draws * (seats - 3) / fairness.persons_in(groups)
    spread = sum((each - expected) ** 2 for each in won) / (expected * (1 - expected / draws))
    assert spread <= limit(4)


# The program's code under CPython and on chain


PROBE = """
from fairness.permutation import index_at, place_of
from fairness.shares import size_key, winners_by_size
from seahorse.prelude import *

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Out(Account):
    place: u32
    index: u32
    winners: Array[u32, 4]
    key: Array[u8, 32]


@instruction
def ask(user: Signer, out: Empty[Out], key: Array[u8, 32], n: u32, index: u32,
        groups: Array[u32, 4], seats: u32):
    place = place_of(key, n, index)
    made = out.init(
        payer=user, seeds=["out", user], place=place, index=index_at(key, n, place)
    )
    winners = winners_by_size(key, groups, seats)
    for at in range(4):
        made.winners[at] = winners[at]
    of_three = size_key(key, u8(3))
    for at in range(32):
        made.key[at] = of_three[at]
"""


def probe(folder: Path) -> Path:
    (folder / "fairness").symlink_to(PROGRAMS / "fairness")
    (folder / "probe.py").write_text(PROBE)
    return folder / "probe.py"


def answers(number: int) -> tuple[dict[str, Any], bytes]:
    """Questions, and the account that the specification says."""
    chosen = random.Random(number)
    key, n = chosen.randbytes(32), chosen.randrange(1, 1_000)
    index = chosen.randrange(n)
    groups = tuple(chosen.choice([0, 1, 5, 1_000]) for _ in range(4))
    seats = chosen.randrange(4, 2_000)
    asked = {"key": key, "n": n, "index": index, "groups": groups, "seats": seats}
    winners = fairness.winners_by_size(key, groups, seats)
    numbers = (fairness.place_of(key, n, index), index, *winners)
    data = b"".join(each.to_bytes(4, "little") for each in numbers)
    return asked, data + fairness.size_key(key, 3)


@pytest.mark.slow
def test_the_program_under_cpython(tmp_path: Path) -> None:
    program = load(probe(tmp_path))
    for number in range(20):
        chain = Chain()
        deployed = chain.deploy(program)
        me = Key.of(bytes([number + 1]) * 32)
        chain.airdrop(me, 10**9)
        out, _ = Key.find_program_address(["out", me], deployed)
        asked, expected = answers(number)
        chain.run(deployed, "ask", {"user": me, "out": out}, asked, signers=[me])
        assert bytes(chain.data(out))[8:] == expected


@pytest.mark.slow
def test_the_program_on_chain(tmp_path: Path) -> None:
    compiled = compile_program(probe(tmp_path))
    for number in range(20):
        world = TokenWorld(compiled.elf)
        me = world.person.pubkey()
        out = world.address(b"out", bytes(me))
        asked, expected = answers(number)
        accounts = (writes(me, signs=True), writes(out), reads(SYSTEM))
        assert world.run("ask", *accounts, data=encoded(asked)) == 0
        assert world.data(out)[8:] == expected


def encoded(asked: dict[str, Any]) -> bytes:
    groups = struct.pack("<4I", *asked["groups"])
    numbers = struct.pack("<II", asked["n"], asked["index"])
    return bytes(asked["key"]) + numbers + groups + struct.pack("<I", asked["seats"])
