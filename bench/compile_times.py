"""`python -m bench.compile_times`: how long compiling takes, in wall and in CPU seconds.

A JSON line per case {"what", "wall", "cpu"}, of the fastest of three runs in fresh processes, with
Python's bytecode cached. CPU is user and system time of the compiler and of LLVM's processes. Cold
is from the process's start to its end; again is compiling a second time in the same process. The
figures in bench/README.md are from a run of it on two cores that do nothing else; a busy machine
shows several times as much.
"""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

RUNS: Final = 3
ROOT: Final = Path(__file__).parents[1]
_PROGRAM: Final = """
import json, resource, sys, time
from pathlib import Path
from conting_compiler.driver import compile_program, compile_programs

def used():
    both = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
    return sum(each.ru_utime + each.ru_stime for each in map(resource.getrusage, both))

again, *roots = json.loads(sys.argv[1])
start = wall = 0.0
if again:
    compile_program(Path(roots[0]))
    file, before, after = again
    text = Path(file).read_text()
    assert before in text
    Path(file).write_text(text.replace(before, after))
    start, wall = used(), time.perf_counter()
compile_programs([Path(each) for each in roots])
print(json.dumps([time.perf_counter() - wall if again else 0, used() - start]))
"""
_TICKET: Final = "programs/ticket"
_FILE: Final = f"{_TICKET}/withdraw.py"
_AS_IT_WAS: Final = (_FILE, "amount > 0", "amount > 0")
_EDITED: Final = (_FILE, "amount > 0", "amount > 7")
CASES: Final = {
    "the three programs in one process, cold": (
        None,
        _TICKET,
        "programs/family",
        "programs/raffle",
    ),
    "the ticket program, cold": (None, _TICKET),
    "the ticket program again, one instruction's body changed": (_EDITED, _TICKET),
    "the ticket program again, nothing changed": (_AS_IT_WAS, _TICKET),
    "hello_world.py in a process of its own": (None, "bench/programs/hello_world.py"),
}
"""What is compiled; before it, for compiling again: a file, a text in it, and what takes its place
between the two times.
"""


class Seconds(NamedTuple):
    """What a run took."""

    wall: float
    cpu: float


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


def seconds(case: object) -> Seconds:
    """Of compiling what a case of CASES names; the fastest run."""
    return min(_run(case) for _ in range(RUNS))


def _run(case: object) -> Seconds:
    """In a copy of the programs, since some cases change them."""
    command = [sys.executable, "-c", _PROGRAM, json.dumps(case)]
    with TemporaryDirectory() as copy:
        for name in ("programs", "bench/programs"):
            shutil.copytree(ROOT / name, Path(copy) / name)
        start = time.perf_counter()
        run = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=True)
        whole = time.perf_counter() - start
    wall, cpu = json.loads(run.stdout)
    return Seconds(wall or whole, cpu)


def main() -> None:
    """Measures and prints."""
    for what, case in CASES.items():
        _show(what, seconds(case))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "large.py"
        path.write_text("".join(_large()), encoding="utf-8")
        _show(f"a function of {_CHOICES} choices", seconds((None, str(path))))


def _show(what: str, spent: Seconds) -> None:
    rounded = {"wall": round(spent.wall, 2), "cpu": round(spent.cpu, 2)}
    print(json.dumps({"what": what} | rounded), flush=True)


if __name__ == "__main__":
    main()
