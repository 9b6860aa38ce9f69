"""Every operator of every type at the edges of the type, under CPython and compiled."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest

from tests.compiler.differential.expressions import (
    ADDRESS,
    ARITHMETIC,
    COMPARISONS,
    FIELDS,
    INTS,
    SIZE,
    edges,
)
from tests.compiler.differential.machines import Machine, Model, compiled

pytestmark = pytest.mark.slow

START = hashlib.sha256(b"account:Result").digest()[:8] + bytes(SIZE)


@dataclass(frozen=True, slots=True)
class Case:
    """One instruction: `a` and `b` of type `kind` give a value of type `result`."""

    kind: str
    text: str
    result: str


def cases_of(kind: str) -> list[Case]:
    """Everything that can be done with numbers of the type."""
    signs = ("-a", "~a") if kind[0] == "i" else ("~a",)
    return [
        *(Case(kind, f"a {op} b", kind) for op in ARITHMETIC),
        *(Case(kind, f"a {op} b", "bool") for op in COMPARISONS),
        *(Case(kind, text, kind) for text in signs),
        *(Case(kind, f"{other}(a)", other) for other in INTS if other != kind),
    ]


def program_of(cases: list[Case]) -> str:
    instructions = "".join(
        f"\n\n@instruction\ndef e{n}(out: Result, a: {case.kind}, b: {case.kind}) -> None:\n"
        f"    out.as_{case.result} = {case.text}\n"
        for n, case in enumerate(cases)
    )
    return f"""
from seahorse.prelude import Account, declare_id, instruction, {", ".join(INTS)}

declare_id("{ADDRESS}")


class Result(Account):
{FIELDS}
{instructions}"""


def pairs(case: Case) -> Iterator[tuple[int, int]]:
    """All pairs of edges; one number is enough where only `a` is used."""
    others = edges(case.kind) if "b" in case.text else (0,)
    yield from product(edges(case.kind), others)


@pytest.mark.parametrize("kind", INTS)
def test_operators_at_the_edges(kind: str, tmp_path: Path) -> None:
    assert differences(cases_of(kind), tmp_path / "edges.py") == []


def differences(cases: list[Case], source: Path) -> list[str]:
    source.write_text(program_of(cases))
    model = Model.of(source, START)
    machines = {arch: Machine.of(elf, START) for arch, elf in compiled(source).items()}
    entries = model.chain.programs[model.program].entries
    found = []
    for entry, case in zip(entries, cases, strict=True):
        for a, b in pairs(case):
            data = entry.encode_arguments({"a": a, "b": b})
            expected = model.run(data)
            outcomes = {arch: machine.run(data) for arch, machine in machines.items()}
            if any(outcome != expected for outcome in outcomes.values()):
                found.append(f"{case.text} a={a} b={b}: CPython {expected!r}, {outcomes}")
    return found[:10]
