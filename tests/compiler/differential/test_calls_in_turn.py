"""Calls within calls and one after the other: whom they reach, what they give back, on CPython, v3
and v0.
"""

from pathlib import Path

import pytest
from conting_compiler.driver import compile_program
from conting_compiler.link.linker import Arch

from tests.compiler.differential.pair import Pair
from tests.compiler.differential.test_calls_of_accounts import ANN, DESK, HALL, call, number

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("arch", ["v3", "v0"])]

SOURCE = """
from seahorse.prelude import *

declare_id("{}")


class Box(Account):
    note: str


@instruction
def make(user: Signer, box: Empty[Box]):
    box.init(payer=user, seeds=["box"], note="tea")


@instruction
def relay(first: Program, second: Program, call: List[u8]):
    unchecked("a test")
    first.invoke(accounts=[CpiAccount(second), CpiAccount(first)], data=call)


@instruction
def give(n: u64) -> u64:
    return n


@instruction
def keep(n: u64):
    assert n > 0


@instruction
def both(program: Program, one: List[u8], two: List[u8]):
    unchecked("a test")
    program.invoke(accounts=[CpiAccount(program)], data=one)
    program.invoke(accounts=[CpiAccount(program)], data=two)


@instruction
def compare(one: Box, two: Box) -> bool:
    return one.note == two.note


@instruction
def hand_twice(box: UncheckedAccount, program: Program, call: List[u8]):
    unchecked("a test")
    program.invoke(accounts=[CpiAccount(box, mut=True), CpiAccount(box, mut=True)], data=call)
"""


def packed(data: list[int]) -> bytes:
    """A List[u8]."""
    return len(data).to_bytes(4, "little") + bytes(data)


def hall_of(folder: Path, arch: Arch) -> Pair:
    """The first program, alone on both machines."""
    path = folder / "hall.py"
    path.write_text(SOURCE.format(HALL))
    return Pair(path, compile_program(path, arch=arch), [ANN])


def test_a_program_is_not_called_while_it_waits_for_another(arch: Arch, tmp_path: Path) -> None:
    hall = hall_of(tmp_path, arch)
    path = tmp_path / "desk.py"
    path.write_text(SOURCE.format(DESK))
    desk = hall.beside(path, compile_program(path, arch=arch))
    end = call("relay", packed(call("keep", number(1))))
    for second, outcome in ((desk.program, 0), (hall.program, "ReentrancyNotAllowed")):
        accounts = {"first": desk.program, "second": second}
        assert hall.run("relay", accounts, {"call": end}) == outcome
    itself = {"first": hall.program, "second": hall.program}
    assert hall.run("relay", itself, {"call": end}) == 0


def test_what_a_call_gives_back_stays_until_the_next_one(arch: Arch, tmp_path: Path) -> None:
    hall = hall_of(tmp_path, arch)
    give, keep = call("give", number(7)), call("keep", number(1))
    for one, two in ((give, keep), (keep, give), (give, call("give", number(8))), (keep, keep)):
        assert hall.run("both", {"program": hall.program}, {"one": one, "two": two}) == 0
        expected = {bytes(give): number(7), bytes(keep): b""}.get(bytes(two), number(8))
        assert hall.chain.returned == expected


def test_a_called_program_takes_one_account_twice_to_read_it(arch: Arch, tmp_path: Path) -> None:
    hall = hall_of(tmp_path, arch)
    box = hall.address(b"box")
    assert hall.run("make", {"user": ANN, "box": box}) == 0
    accounts = {"box": box, "program": hall.program}
    assert hall.run("hand_twice", accounts, {"call": call("compare")}) == 0
    assert hall.chain.returned == b"\1"
