"""`conting disasm FILE.so`: the instructions of a compiled program as text."""

import argparse
import sys
from pathlib import Path

from conting_compiler.link.disasm import disassemble
from conting_compiler.link.error import LinkError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `conting disasm`."""
    parser.add_argument("file", type=Path, metavar="FILE.so", help="an SBPF program, v0 or v3")


def run(options: argparse.Namespace) -> int:
    """Prints the listing; 1 if the file is not there or is no program that the loader takes."""
    try:
        print(disassemble(options.file.read_bytes()), end="")
    except OSError as error:
        print(f"conting: cannot read {options.file}: {error.strerror}", file=sys.stderr)
        return 1
    except LinkError as error:
        print(f"conting: {options.file} is no program: {error}", file=sys.stderr)
        return 1
    return 0
