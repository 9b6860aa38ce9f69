"""The `conting` command: one row per subcommand, each a module with `add_arguments` and `run`.

Only the module of the subcommand that was asked for is imported: the compiler, the node and the
gateway would each add to the start of every other. Exit codes: 0 done, 1 the user's or the
project's fault (the message says what to change), 2 a fault of conting itself, 130 interrupted,
141 if who reads the output stops reading.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Final, Protocol, cast

from conting_cli.project import ProjectError


class Command(Protocol):
    """What the module of a subcommand offers."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declares the options."""

    def run(self, options: argparse.Namespace) -> int:
        """Does it; gives the exit code."""


COMMANDS: Final = {
    "new": "make a program with its test",
    "build": "compile programs/ to ELF, IDL and client",
    "explain": "say what an error of the compiler means",
    "disasm": "print the instructions of a compiled program",
    "localnet": "run a local Solana node",
    "deploy": "put a compiled program on a cluster",
    "gateway": "run the gateway",
    "issuer": "run an issuer for development: it attests persons and families",
    "gate": "scan at the doors, and what organisers do about gates",
    "phone": "a fan's phone as a program, to rehearse at the doors",
    "returns": "take returned seats on, to those who wait for one",
    "demo": "play a concert from sale to entry",
    "verify-draw": "draw a section's seats again from what is on chain",
    "verify-queue": "draw a waiting room's order again from what was published",
    "verify-raffle": "draw a raffle again from what is on chain",
}
"""The help line of each subcommand; its module has the same name, with `_` for `-`."""


def build_parser(chosen: str | None) -> argparse.ArgumentParser:
    """The parser of the command line, with the options of the chosen subcommand only."""
    parser = argparse.ArgumentParser(prog="conting", description="Solana programs in Python.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, help_line in COMMANDS.items():
        subparser = commands.add_parser(name, help=help_line)
        if name == chosen:
            load(name).add_arguments(subparser)
    return parser


def load(command: str) -> Command:
    """The module of a subcommand."""
    return cast("Command", importlib.import_module(f"conting_cli.{command.replace('-', '_')}"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one subcommand and gives its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    chosen = next((word for word in words if word in COMMANDS), None)
    try:
        options = build_parser(chosen).parse_args(words)
        return load(options.command).run(options)
    except ProjectError as error:
        print(f"conting: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the flush at exit
        return 141


if __name__ == "__main__":
    sys.exit(main())
