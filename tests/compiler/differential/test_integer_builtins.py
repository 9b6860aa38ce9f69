"""Powers, min, max and abs of integers; numbers as text: CPython, the prelude, SBPF v3 and v0."""

import math
from collections.abc import Mapping
from itertools import cycle, product
from pathlib import Path

import pytest

from tests.compiler.differential.expressions import ADDRESS, edges, limits
from tests.compiler.differential.machines import Machine, Model, compiled
from tests.compiler.differential.test_floats import (
    EDGES,
    HEAD,
    OVERFLOW,
    Case,
    anything,
    differences,
    packed,
)

pytestmark = pytest.mark.slow

POWERS = ("a ** n", "a ** 3", "10 ** n", "b - 10 ** n", "2 ** n * a", "pow(b, n)")


def of_integers(case: Case, values: Mapping[str, float]) -> bytes | int:
    """Python's integers; what leaves the type on the way is an overflow."""
    low, high = limits(case.kind)
    if "10 ** n" in case.text and 10 ** int(values["n"]) > high:
        return OVERFLOW
    if "2 ** n" in case.text and 2 ** int(values["n"]) > high:
        return OVERFLOW
    result = eval(case.text, {}, dict(values))
    return packed(case.kind, result) if low <= result <= high else OVERFLOW


@pytest.mark.parametrize("kind", ["u64", "i64", "u128", "i128"])
def test_powers_and_extremes(kind: str, tmp_path: Path) -> None:
    bases = edges(kind)
    texts = (*POWERS, "min(a, b)", "max(a, b, 5)", *(("abs(a)",) if kind[0] == "i" else ()))
    cases = tuple(Case(text, kind) for text in texts)
    kinds = {"a": kind, "b": kind, "n": "u8"}
    exponents = cycle((0, 1, 2, 3, 7, 63, 64))
    inputs = [(a, b, next(exponents)) for a, b in product(bases, repeat=2)]
    inputs += [(a, 1, n) for a in (2, 3, 7, 10) for n in (19, 20, 27, 38, 39, 62, 126, 127, 255)]
    if kind[0] == "i":
        inputs += [(a, 1, n) for a in (-2, -3, -1) for n in (39, 40, 63, 64, 127, 128, 255)]
    assert differences(tmp_path / f"{kind}.py", cases, kinds, inputs, of_integers) == []


TEXTS = f"""
from seahorse.prelude import *

declare_id("{ADDRESS}")


class Result(Account):
    same: bool


@instruction
def floats(out: Result, a: f64, text: str):
    out.same = f"<{{a}}>" == text and str(a) != text


@instruction
def unsigned(out: Result, a: u128, text: str):
    out.same = f"<{{a}}>" == text


@instruction
def signed(out: Result, a: i128, text: str):
    out.same = f"<{{a}}>" == text
"""


def test_numbers_as_text(tmp_path: Path) -> None:
    path = tmp_path / "texts.py"
    path.write_text(TEXTS)
    start = HEAD + b"\0"
    model = Model.of(path, start)
    machines = {arch: Machine.of(elf, start) for arch, elf in compiled(path).items()}
    floats = [*EDGES, 1e15, 1e16, 1e-4, 1e-5, 1e22, *(anything() for _ in range(60))]
    wide = [0, 9, 10**19, 2**64, 10**38, 2**127, 2**128 - 1]
    cases: list[tuple[str, str, float]] = [
        *(("floats", "f64", value) for value in floats if not math.isnan(value)),
        *(("unsigned", "u128", value) for value in wide),
        *(("signed", "i128", sign * value) for value in wide[:5] for sign in (1, -1)),
        ("signed", "i128", -(2**127)),
    ]
    entries = model.chain.programs[model.program]
    for name, kind, value in cases:
        for text, same in ((f"<{value}>", True), (f"<{value}0>", False)):
            size = len(text).to_bytes(4, "little")
            data = entries.entry(name).discriminator + packed(kind, value) + size + text.encode()
            wanted = HEAD + bytes([same])
            assert model.run(data) == wanted, (text, kind)
            for arch, machine in machines.items():
                assert machine.run(data) == wanted, (text, arch)
