"""`python -m bench.compile_times`: how long compiling takes, in CPU seconds.

A JSON line per case {"what", "seconds"}: user and system time of the compiler and of LLVM's
process, the least of three runs in fresh processes, with Python's bytecode cached. The figures in
bench/README.md are from a run of it; a busy machine shows up to twice as much.
"""

import json
import subprocess
import sys
from pathlib import Path
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
        print(json.dumps({"what": what, "seconds": round(seconds(first, roots), 2)}), flush=True)


if __name__ == "__main__":
    main()
