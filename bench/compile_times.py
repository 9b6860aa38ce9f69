"""`python -m bench.compile_times`: how long compiling takes, in CPU seconds.

A JSON line per case {"what", "seconds"}: user and system time of the compiler and of LLVM's
process, the least of three runs in fresh processes, with Python's bytecode cached. The figures in
bench/README.md are from a run of it; a busy machine shows up to twice as much.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

RUNS: Final = 3
ROOT: Final = Path(__file__).parents[1]
_PROGRAM: Final = """
import resource, sys
from pathlib import Path
from conting_compiler.driver import compile_program, compile_programs

def used():
    both = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
    return sum(each.ru_utime + each.ru_stime for each in map(resource.getrusage, both))

roots = [Path(each) for each in sys.argv[2:]]
start = 0.0
if int(sys.argv[1]):
    compile_program(roots.pop(0))
    start = used()
compile_programs(roots)
print(used() - start)
"""
_TICKET: Final = "programs/ticket"
CASES: Final = {
    "the three programs in one process, cold": (0, (_TICKET, "programs/family", "programs/raffle")),
    "the ticket program, cold": (0, (_TICKET,)),
    "the ticket program again in the same process": (1, (_TICKET, _TICKET)),
    "hello_world.py in a process of its own": (0, ("bench/programs/hello_world.py",)),
}
"""What is compiled; 1: the first program does not count, 0: all does, from the process's start."""


_CHOICES: Final = 1200
"""Of one function; each makes four blocks, too many for the optimiser's usual passes."""


def _large() -> Iterator[str]:
    """A program of one function that is one chain of choices."""
    yield "from seahorse.prelude import *\n\n"
    yield 'declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")\n\n\n'
    yield "@instruction\ndef go(x: i64):\n    v0 = x\n"
    for n in range(1, _CHOICES):
        yield f"    v{n} = v{n - 1} + {n % 9}\n    if v{n} > {1000 + n}:\n"
        yield f"        v{n} = {n % 5} - v{n - 1}\n"
    yield f"    print(v{_CHOICES - 1})\n"


def seconds(first: int, roots: tuple[str, ...]) -> float:
    """CPU seconds of compiling the programs at `roots`; see CASES."""
    command = [sys.executable, "-c", _PROGRAM, str(first), *roots]
    runs = (
        subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        for _ in range(RUNS)
    )
    return min(float(each.stdout) for each in runs)


def main() -> None:
    """Measures and prints."""
    for what, (first, roots) in CASES.items():
        _show(what, seconds(first, roots))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "large.py"
        path.write_text("".join(_large()), encoding="utf-8")
        _show(f"a function of {_CHOICES} choices", seconds(0, (str(path),)))


def _show(what: str, spent: float) -> None:
    print(json.dumps({"what": what, "seconds": round(spent, 2)}), flush=True)


if __name__ == "__main__":
    main()
