"""`make bench-costs`: a JSON line per program and arch, and the table of bench/README.md.

python -m bench.costs [--check]: with --check it only says whether the table is stale.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from conting_compiler.driver import Compiled, compile_program
from conting_compiler.link.linker import Arch, link
from solders.pubkey import Pubkey

from bench.chain import Bench
from bench.rows import ROWS, Row
from bench.ticket import ticket_units

ROOT = Path(__file__).parents[1]
README = ROOT / "bench" / "README.md"
ARCHES: tuple[Arch, ...] = ("v3", "v0")
_TABLE = re.compile(r"(?<=<!-- table -->\n).*?(?=<!-- end -->)", re.DOTALL)
_OTHERS = ("Anchor", "Rust", "pinocchio", "Zig", "C", "Quasar")
_HEAD = ("program", "CU", "bytes v3", "bytes v0", "at most", *_OTHERS)


@dataclass(frozen=True)
class Cost:
    """What one program costs on one version of SBPF."""

    program: str
    arch: Arch
    units: int
    size: int

    @property
    def line(self) -> str:
        """As JSON."""
        fields = {"program": self.program, "arch": self.arch, "cu": self.units, "bytes": self.size}
        return json.dumps(fields)


def cost(row: Row, arch: Arch) -> Cost:
    """Compiles and runs a row. Raises RefusedError if its transaction fails."""
    elf = _elf(row.file, arch)
    units = Bench(_compiled(row.file), elf, row.scene).units()
    if row.less is not None:
        shared = row.less.replace("-", "_")
        units -= Bench(_compiled(shared), _elf(shared, arch), row.scene).units()
    return Cost(row.program, arch, units, len(elf))


def measure() -> Iterator[Cost]:
    """All rows and the instructions of the ticket program, on every arch."""
    for row in ROWS:
        for arch in ARCHES:
            yield cost(row, arch)
    ticket = compile_program(ROOT / "programs" / "ticket")
    for arch in ARCHES:
        elf = link(ticket.emitted.object, arch)
        for name, units in ticket_units(elf, Pubkey(ticket.program.address)):
            yield Cost(name, arch, units, len(elf))


@cache
def _compiled(file: str) -> Compiled:
    return compile_program(ROOT / "bench" / "programs" / f"{file}.py")


def _elf(file: str, arch: Arch) -> bytes:
    return link(_compiled(file).emitted.object, arch)


def table(costs: Iterable[Cost]) -> str:
    """The costs beside what others published, as Markdown."""
    rows = {row.program: row for row in ROWS}
    found: dict[str, dict[Arch, Cost]] = {}
    for each in costs:
        found.setdefault(each.program, {})[each.arch] = each
    lines = [_HEAD, ("---", *("---:",) * (len(_HEAD) - 1))]
    lines += [_line(name, costs, rows.get(name)) for name, costs in found.items()]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _line(name: str, costs: dict[Arch, Cost], row: Row | None) -> tuple[str, ...]:
    units = sorted({each.units for each in costs.values()})
    others = row.others if row else {}
    return (
        name,
        " / ".join(f"{each:,}" for each in units),
        *(f"{costs[arch].size:,}" for arch in ARCHES),
        f"{row.target:,}" if row and row.target else "",
        *(f"{others[each]:,}" if each in others else "" for each in _OTHERS),
    )


def main(arguments: list[str]) -> int:
    """Measures; 1 if --check finds the table stale."""
    costs = list(measure())
    old = README.read_text()
    new = _TABLE.sub(lambda _: table(costs), old)
    if "--check" in arguments:
        if new != old:
            print("bench/README.md is stale: run `make bench-costs`", file=sys.stderr)
        return int(new != old)
    for each in costs:
        print(each.line)
    README.write_text(new)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
