"""`make bench-programs`: what each instruction of our programs costs, as a whole transaction.

A JSON line per instruction {"program", "instruction", "cu", "lamports"} and per program {"program",
"bytes"}, and docs/programs.md. python -m bench.program_costs --check says whether that is stale.
`lamports` is the rent that the transaction locks, or gives back if it is below zero; fees, prices,
deposits and bonds are not in it.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from solders.instruction import Instruction

from bench.program_docs import document
from tests.compiled import compiled, elf
from tests.programs import family_calls, raffle_calls, ticket_calls
from tests.programs.tampering import Call
from tests.programs.world import Outcome, World

DOC: Final = Path(__file__).parents[1] / "docs" / "programs.md"
PROGRAMS: Final = ("ticket", "family", "raffle")
BYTES_LIMIT: Final = {"ticket": 60_000, "family": 25_000, "raffle": 40_000}
"""design/programs.md, "Budgets"."""
UNITS_LIMIT: Final = {
    "buy": 60_000,
    "buy_for": 60_000,
    "family_transfer": 25_000,
    "refund": 25_000,
    "check_in": 15_000,
    "claim_seat": 65_000,
    "list_entry": 25_000,
    "buy_entry": 25_000,
    "cancel_listing": 25_000,
}
PURE_LIMIT: Final = 3_000
"""Of an instruction that only changes state: it calls no other program."""


@dataclass(frozen=True)
class Cost:
    """Of one instruction: compute units of its transaction, and lamports of rent that it locks."""

    program: str
    instruction: str
    units: int
    lamports: int

    @property
    def line(self) -> str:
        """As JSON."""
        fields = {"program": self.program, "instruction": self.instruction}
        return json.dumps({**fields, "cu": self.units, "lamports": self.lamports})


def _ticket(name: str) -> tuple[World, Call, Sequence[Instruction]]:
    scene = ticket_calls.SCENES[name]()
    return scene.world, scene.call, scene.before


def _family(name: str) -> tuple[World, Call, Sequence[Instruction]]:
    stage = family_calls.Stage(World())
    return stage.world, family_calls.CALLS[name](stage), ()


def _raffle(name: str) -> tuple[World, Call, Sequence[Instruction]]:
    world, call = raffle_calls.SCENES[name]()
    return world, call, ()


SCENES: Final[Mapping[str, Callable[[str], tuple[World, Call, Sequence[Instruction]]]]] = {
    "ticket": _ticket,
    "family": _family,
    "raffle": _raffle,
}


def play(program: str, name: str) -> Outcome:
    """One instruction, on the chain that its scene makes. AssertionError if it is refused."""
    world, call, before = SCENES[program](name)
    signers = [world.actor(), *call.signers]
    return world.must(world.send(*before, call.instruction, by=signers))


def cost(program: str, name: str) -> Cost:
    """Of one instruction. AssertionError if it is refused."""
    outcome = play(program, name)
    return Cost(program, name, outcome.units, outcome.rent)


def measure(program: str) -> Iterator[Cost]:
    """Of every instruction, in the order of the program."""
    for each in compiled(program).program.instructions:
        yield cost(program, each.name)


def main(arguments: list[str]) -> int:
    """Measures; 1 if --check finds the document stale."""
    costs = {name: list(measure(name)) for name in PROGRAMS}
    sizes = {name: (len(elf(name, "v3")), BYTES_LIMIT[name]) for name in PROGRAMS}
    old = DOC.read_text()
    new = document(old, {name: compiled(name).program for name in PROGRAMS}, costs, sizes)
    if "--check" in arguments:
        if new != old:
            print("docs/programs.md is stale: run `make bench-programs`", file=sys.stderr)
        return int(new != old)
    for name in PROGRAMS:
        for each in costs[name]:
            print(each.line)
        print(json.dumps({"program": name, "bytes": sizes[name][0]}))
    DOC.write_text(new)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
