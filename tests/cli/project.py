"""A fresh project, and the command run in it."""

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """from seahorse.prelude import *

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Sum(Account):
    value: u64


@instruction
def add(total: Sum, amount: u64):
    total.value += amount
"""


def make(folder: Path, source: str = PROGRAM) -> Path:
    """A project with the program `sums`; gives the program's file."""
    file = folder / "programs" / "sums.py"
    file.parent.mkdir()
    file.write_text(source)
    return file


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """The command as a process, its output in lines."""
    return subprocess.Popen(
        [sys.executable, "-m", "conting_cli.main", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
