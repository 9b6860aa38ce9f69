"""Programs near what the chain allows end as under CPython, or with the fault or the error that is
named for it; never otherwise.

CONTING_FUZZ=N runs 20 N programs more of each kind.
"""

import io
import os
import random
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from conting_compiler.diagnostics import UserError
from solders.compute_budget import ComputeBudget

from tests.compiler.differential.limits import HeapWriter, ManyWriter, SpaceWriter, StackWriter
from tests.compiler.differential.logged import NO_UNITS, Logged, Result, empty, on_chain

pytestmark = pytest.mark.slow

FACTOR = int(os.environ.get("CONTING_FUZZ", "0"))
TOO_LONG = 5505
NO_ROOM = 3004


def machines_of(source: str, path: Path, data: bytes, places: tuple[bytes, ...]) -> Logged:
    """The three machines; transactions may use what one can ask for at most."""
    machines = Logged.of(source, path, data, places)
    for machine in machines.machines.values():
        budget = ComputeBudget(simd_0268_active=False)
        machine.svm = machine.svm.with_compute_budget(budget)
    return machines


def in_model(machines: Logged, data: bytes) -> Result:
    """The same under CPython."""
    out = io.StringIO()
    with redirect_stdout(out):
        outcome = machines.model.run(data)
    is_refused = isinstance(outcome, int | str)
    return outcome, () if is_refused else tuple(out.getvalue().splitlines())


def encoded(machines: Logged, name: str, arguments: Mapping[str, object]) -> bytes:
    """The instruction's data."""
    model = machines.model
    return model.chain.programs[model.program].entry(name).encode_arguments(arguments)


def agreed(machines: Logged, data: bytes) -> Result:
    """What all three machines make of an instruction; of one that one of them has no units for,
    the others.
    """
    found = {arch: on_chain(each, data) for arch, each in machines.machines.items()}
    results = {each for each in found.values() if each[0] != NO_UNITS}
    assert len(results) <= 1, found
    return results.pop() if results else (NO_UNITS, ())


INSTRUCTIONS = 6
HEAP_COUNTS = (0, 1, 6, 25, 90, 300, 1_000, 4_000)
STATE = bytes([7] * 32)


@pytest.mark.parametrize("seed", range(1 + 20 * FACTOR))
def test_the_heap_ends_with_its_fault(seed: int, tmp_path: Path) -> None:
    """Until then all that lives on it is whole; and when it has ended, it has for more too."""
    start = empty("Data", 16)
    source = HeapWriter(random.Random(seed)).source(INSTRUCTIONS)
    machines = machines_of(source, tmp_path / "heap.py", start, (STATE,))
    endings = set[object]()
    for number in range(INSTRUCTIONS):
        has_ended = False
        for count in HEAP_COUNTS:
            machines.reset(start)
            data = encoded(machines, f"e{number}", {"n": count, "word": "wörd"})
            found = agreed(machines, data)
            has_ended = has_ended or found[0] in {TOO_LONG, NO_UNITS}
            if has_ended:
                assert count > 1, (number, count)
                assert found[0] in {TOO_LONG, NO_UNITS}, (number, count, found)
                endings.add(found[0])
            else:
                assert found == in_model(machines, data), (number, count)
    assert TOO_LONG in endings


SPACES = (40, 64, 100, 333, 10_240)


@pytest.mark.parametrize("seed", sorted({*range(1 + 20 * FACTOR), 40}))
def test_accounts_hold_what_fits(seed: int, tmp_path: Path) -> None:
    """What does not fit an account's length is refused, there and under CPython."""
    chance = random.Random(seed)
    source = SpaceWriter(chance).source(8)
    machines = machines_of(source, tmp_path / "space.py", empty("Data", 40), (STATE,))
    outcomes = set[object]()
    for space in SPACES:
        machines.reset(empty("Data", space))
        for _ in range(40):
            word = chance.choice("aé") * chance.choice((0, 1, 5, space // 9, space // 4))
            arguments = {"n": chance.randint(0, 255), "word": word[:700]}
            data = encoded(machines, f"e{chance.randrange(8)}", arguments)
            before = machines.model.chain.data(machines.model.places[0])
            found, wanted = agreed(machines, data), in_model(machines, data)
            if found[0] in {TOO_LONG, NO_UNITS} and found != wanted:
                assert space > 1_000, (space, arguments, found)
                machines.model.put(before)
            else:
                assert found == wanted, (space, arguments, found, wanted)
                outcomes.add(found[0] if isinstance(found[0], int) else bytes)
    assert {NO_ROOM, bytes} <= outcomes


SHAPES = ((64, 2), (3, 60), (70, 3), (1, 220), (61, 9), (2, 470), (63, 2), (1, 560), (90, 6))
"""Functions below each other, and numbers that each of them keeps over a call."""


@pytest.mark.parametrize("shape", SHAPES if FACTOR else SHAPES[:2])
def test_deep_calls_of_large_functions(shape: tuple[int, int], tmp_path: Path) -> None:
    """Refused in words, or the right result."""
    source = StackWriter(random.Random(FACTOR)).source(*shape)
    try:
        machines = machines_of(source, tmp_path / "stack.py", empty("Data", 24), (STATE,))
    except UserError as error:
        refused = {each.code for each in error.diagnostics}
    else:
        refused = set[str]()
        check_calls(machines, shape)
    assert refused <= {"E325"}, shape


def check_calls(machines: Logged, shape: tuple[int, int]) -> None:
    """The instruction ends as under CPython, unless units end."""
    for x, y in ((0, 0), (1, 5), (999, 1)):
        data = encoded(machines, "go", {"x": x, "y": y})
        found, wanted = agreed(machines, data), in_model(machines, data)
        assert found in {wanted, (NO_UNITS, ())}, (shape, found, wanted)
        if found != wanted:
            machines.reset(empty("Data", 24))


@pytest.mark.parametrize("seed", range(1 + 20 * FACTOR))
def test_many_accounts(seed: int, tmp_path: Path) -> None:
    """Up to as many as fit a transaction."""
    chance = random.Random(seed)
    count = chance.choice((2, 9, 20, 30))
    places = tuple(bytes([each + 10] * 32) for each in range(count))
    source, start = ManyWriter(chance).source(count, 4), empty("Data", 60)
    machines = machines_of(source, tmp_path / "many.py", start, places)
    for _ in range(25):
        data = encoded(machines, f"e{chance.randrange(4)}", {"n": chance.randint(0, 99)})
        found, wanted = agreed(machines, data), in_model(machines, data)
        assert found == wanted, (count, found, wanted)


def test_units_that_end_after_many_lines(tmp_path: Path) -> None:
    """A node keeps 10,000 bytes of what a program prints; the line that says why it ended is read
    all the same.
    """
    source = """
class Data(Account):
    total: u64


@instruction
def go(data: Data, n: u64):
    for i in range(n):
        print("a line that is fifty characters long, or almost so")
        data.total += i
"""
    machines = Logged.of(source, tmp_path / "lines.py", empty("Data", 16), (STATE,))
    outcome, lines = machines.run("go", {"n": 300})
    assert isinstance(outcome, bytes)
    assert len(lines) == 300
    assert machines.run("go", {"n": 100_000}) == (NO_UNITS, ())
