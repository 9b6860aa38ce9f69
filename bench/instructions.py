"""`make bench-programs`: what each instruction of our programs costs, as whole transactions.

python -m bench.instructions [--check]: runs the tests of what the programs are meant to do, in one
process and always in the same order, and looks at every transaction that was accepted and holds one
instruction of ours. Of each instruction the dearest counts. A JSON line per instruction and per
program; the table of bench/programs.md is made from them, and with --check only compared.

`lamports` is the fee and the rent of the accounts that are made, less that of those that are
closed; prices and deposits are not in it.
"""

import contextlib
import io
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from solders.message import Message

from tests.compiled import ROOT, compiled, elf
from tests.programs.world import WATCHERS, Outcome, World, program_names

TABLE = Path(__file__).parent / "programs.md"
STORIES = (
    "test_family_life",
    "test_ticket_family",
    "test_ticket_help",
    "test_ticket_coins",
    "test_ticket_cases",
    "test_ticket_late",
    "test_ticket_closing",
    "test_ticket_endings",
    "test_draw_life",
    "test_waiting_life",
    "test_raffle_life",
    "test_raffle_tampering",
)
"""Of tests/programs; between them they use every instruction."""
_HEAD = """# What the programs cost

Made by `make bench-programs`, which measures whole transactions on LiteSVM (see
[instructions.py](instructions.py)): the dearest that the tests of the programs' life send. Lamports
are fee and rent; of a closed account the rent comes back, so that they can be below zero.
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """The dearest transaction seen."""

    units: int
    lamports: int


@dataclass
class Meter:
    """Watches worlds, and remembers what their transactions cost."""

    names: dict[tuple[bytes, bytes], tuple[str, str]]
    """Program and instruction, by address and discriminator."""
    costs: dict[tuple[str, str], Cost] = field(default_factory=dict)

    def watch(self, message: Message, outcome: Outcome) -> None:
        """Looks at one transaction."""
        keys = message.account_keys
        called = [
            self.names.get((bytes(keys[each.program_id_index]), bytes(each.data)[:8]))
            for each in message.instructions
        ]
        ours = [each for each in called if each is not None]
        if not outcome.accepted or len(ours) != 1:
            return
        found = Cost(outcome.units, outcome.fee + outcome.rent)
        known = self.costs.get(ours[0])
        if known is None or (found.units, found.lamports) > (known.units, known.lamports):
            self.costs[ours[0]] = found


def _names() -> dict[tuple[bytes, bytes], tuple[str, str]]:
    return {
        (bytes(World.program(name)), each.discriminator): (name, each.name)
        for name in program_names()
        for each in compiled(name).program.instructions
    }


def measure() -> dict[tuple[str, str], Cost]:
    """What each instruction costs. RuntimeError if a story fails or an instruction is in none."""
    meter = Meter(_names())
    WATCHERS.append(meter.watch)
    files = [str(ROOT / "tests" / "programs" / f"{each}.py") for each in STORIES]
    with contextlib.redirect_stdout(io.StringIO()) as said:
        status = pytest.main(["-q", "-p", "no:xdist", "-p", "no:cacheprovider", *files])
    WATCHERS.remove(meter.watch)
    if status:
        raise RuntimeError(said.getvalue())
    missing = sorted(set(meter.names.values()) - set(meter.costs))
    if missing:
        raise RuntimeError(f"no story sends {missing}")
    return meter.costs


def lines(costs: dict[tuple[str, str], Cost]) -> Iterable[str]:
    """As JSON, instruction by instruction and then program by program."""
    for (program, instruction), cost in sorted(costs.items()):
        row = {"program": program, "instruction": instruction, "cu": cost.units}
        yield json.dumps(row | {"lamports": cost.lamports})
    for program in program_names():
        yield json.dumps({"program": program, "bytes": len(elf(program, "v3"))})


def table(costs: dict[tuple[str, str], Cost]) -> str:
    """The same as Markdown."""
    text = [_HEAD]
    for program in program_names():
        text.append(f"\n## {program}: {len(elf(program, 'v3')):,} bytes\n")
        text.append("| instruction | CU | lamports |\n| --- | ---: | ---: |")
        text += [
            f"| {name} | {cost.units:,} | {cost.lamports:,} |"
            for (owner, name), cost in sorted(costs.items())
            if owner == program
        ]
    return "\n".join(text) + "\n"


def main(arguments: list[str]) -> int:
    """Measures; 1 if --check finds the table stale."""
    costs = measure()
    new = table(costs)
    if "--check" in arguments:
        if new != TABLE.read_text():
            print("bench/programs.md is stale: run `make bench-programs`", file=sys.stderr)
            return 1
        return 0
    for each in lines(costs):
        print(each)
    TABLE.write_text(new)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
