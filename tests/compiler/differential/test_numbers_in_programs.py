"""Numbers of 128 bits and floats in all places of a program: the prelude, SBPF v3 and v0 agree."""

import hashlib
import math
import random
import struct
from pathlib import Path

import pytest

from tests.compiler.differential.expressions import ADDRESS
from tests.compiler.differential.machines import Machine, Model, compiled

pytestmark = pytest.mark.slow

CHANCE = random.Random(11)
BAD_ARGUMENTS, CONVERSION, INDEX = 102, 5503, 5502
SOURCE = f"""
from seahorse.prelude import *

declare_id("{ADDRESS}")

RATE = 1.25
HALF: f64 = 0.5
THIRD = 1 / 3
HUGE = 1 << 100
SCALE: u128 = 10 ** 18


class Box(Account):
    f: f64
    u: u128
    i: i128
    fs: Array[f64, 3]
    us: Array[u128, 2]
    small: u8


def mixed(a: u128, b: i128, c: f64, d: u128, e: u8) -> u128:
    if c > a:
        return d + e
    return a // d + e


def negated(b: i128) -> i128:
    return -b


def mean(xs: Array[f64, 3]) -> f64:
    total = 0.0
    for x in xs:
        total += x
    return total / len(xs)


def best(a: f64, b: u64, c: bool) -> f64:
    return a if c else b


@instruction
def arithmetic(box: Box, a: u128, b: i128, c: f64, d: u64, e: u8):
    box.u = mixed(a // 2, b, c, HUGE, e) + d
    box.i = negated(b // 3) + d - (e - i128(1))
    box.f = c * RATE + HALF * d - THIRD
    x: f64 = d
    x += e
    box.fs[e % 3] = x
    box.us[e % 2] = SCALE * d
    box.fs[-1] = best(c, d, c > d)
    box.f -= mean(box.fs) if e > 3 else d / 7


@instruction
def loops(box: Box, fs: Array[f64, 3], us: Array[u128, 2], i: i128):
    n: u128 = 1
    while n < us[0] // 4 + 1 and n < HUGE:
        n *= 3
    box.u = n
    for k in range(2):
        box.us[k] = us[k]
    for k in range(3):
        box.fs[k] = fs[k]
    box.f = fs[i] + mean(fs)
    if fs[0] < fs[1] < fs[2] or us[0] >= us[1]:
        box.small += 1
    box.i = i - u64(us[1] % 1000) if us[1] < HUGE else i


@instruction
def bytes_(box: Box, a: u128, b: i128, c: f64):
    digest = sha256(bytes_of(a, b, c))
    box.small = digest[0]
    box.u = digest[1] * (u128(1) << 64)
    assert a == a and (c == c) and not b != b, "numbers equal themselves"


@instruction
def no_number(box: Box, a: f64, b: f64):
    nan = a * 0 * b
    assert nan != nan or a == a, "a NaN equals nothing"
    box.small = 1 if nan < 1 or nan >= 1 else 2
    box.f = nan + 1


@instruction
def text(box: Box, a: u128, b: i128, c: f64):
    print(a, b, c, f"{{a}}:{{c}}")
    box.small = u8(len(f"{{a}} {{b}} {{c}}"))
"""
START = hashlib.sha256(b"account:Box").digest()[:8] + bytes(8 + 16 + 16 + 24 + 32 + 1)


def wide(*, signed: bool = False) -> bytes:
    value = CHANCE.choice((0, 1, 7, CHANCE.getrandbits(64), CHANCE.getrandbits(100), 2**127 - 1))
    if signed:
        return (value * CHANCE.choice((1, -1))).to_bytes(16, "little", signed=True)
    return (value * CHANCE.choice((1, 2))).to_bytes(16, "little")


def real() -> bytes:
    usual = (0.0, 1.5, -2.25, CHANCE.uniform(-1e6, 1e6), CHANCE.uniform(0, 1e30), 5e-324)
    return struct.pack("<d", CHANCE.choice(usual))


def word() -> bytes:
    return CHANCE.choice((0, 1, CHANCE.getrandbits(20), CHANCE.getrandbits(64))).to_bytes(
        8, "little"
    )


class World:
    """The program under CPython and compiled, for both kinds of machine."""

    def __init__(self, path: Path) -> None:
        path.write_text(SOURCE)
        self.model = Model.of(path, START)
        self.machines = {a: Machine.of(elf, START) for a, elf in compiled(path).items()}
        self.program = self.model.chain.programs[self.model.program]

    def run(self, name: str, *arguments: bytes) -> object:
        """What all of them answer."""
        data = self.program.entry(name).discriminator + b"".join(arguments)
        expected = self.model.run(data)
        for arch, machine in self.machines.items():
            assert machine.run(data) == expected, (name, arguments, arch)
        return expected


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("numbers") / "numbers_.py")


def test_arithmetic(world: World) -> None:
    outcomes = {
        type(world.run("arithmetic", wide(), wide(signed=True), real(), word(), bytes([n % 9])))
        for n in range(60)
    }
    assert bytes in outcomes


def test_arrays_and_loops(world: World) -> None:
    for n in range(60):
        index = CHANCE.choice((n % 6 - 3, -4, 3, 2**70)).to_bytes(16, "little", signed=True)
        world.run("loops", real(), real(), real(), wide(), wide(), index)


def test_an_index_of_128_bits(world: World) -> None:
    zeros = bytes(24 + 32)
    for index in (3, -4, 2**64, 2**64 + 1, -(2**64), 2**127 - 1):
        assert world.run("loops", zeros, index.to_bytes(16, "little", signed=True)) == INDEX


def test_bytes_of_numbers(world: World) -> None:
    for _ in range(20):
        world.run("bytes_", wide(), wide(signed=True), real())


def test_numbers_as_text(world: World) -> None:
    for _ in range(20):
        assert isinstance(world.run("text", wide(), wide(signed=True), real()), bytes)


def test_a_nan_is_computed_with_and_not_stored(world: World) -> None:
    infinite, one = struct.pack("<d", math.inf), struct.pack("<d", 1.0)
    assert world.run("no_number", infinite, one) == CONVERSION
    assert isinstance(world.run("no_number", one, one), bytes)


def test_a_nan_is_no_argument(world: World) -> None:
    for bits in (0x7FF8000000000000, 0xFFF8000000000000, 0x7FF0000000000001, 0xFFFFFFFFFFFFFFFF):
        nan = bits.to_bytes(8, "little")
        one = struct.pack("<d", 1.0)
        assert world.run("no_number", nan, one) == BAD_ARGUMENTS
        assert world.run("no_number", one, nan) == BAD_ARGUMENTS
        assert world.run("loops", one, one, nan, bytes(32), bytes(16)) == BAD_ARGUMENTS
