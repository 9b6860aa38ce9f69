"""The `conting` command: one row per subcommand, each a module with `add_arguments` and `run`.

Exit codes: 0 done, 1 the user's or the project's fault (the message says what to change),
2 a fault of conting itself, 130 interrupted.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from conting_cli import build, demo, deploy, gateway, localnet
from conting_cli.project import ProjectError


class Command(NamedTuple):
    """A subcommand: its help line, its arguments, what it does."""

    help: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


COMMANDS: Final = {
    "build": Command("compile programs/ to ELF, IDL and client", build.add_arguments, build.run),
    "localnet": Command("run a local Solana node", localnet.add_arguments, localnet.run),
    "deploy": Command("put a compiled program on a cluster", deploy.add_arguments, deploy.run),
    "gateway": Command("run the gateway", gateway.add_arguments, gateway.run),
    "demo": Command("play a concert from sale to entry", demo.add_arguments, demo.run),
}


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    parser = argparse.ArgumentParser(prog="conting", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        command.add_arguments(commands.add_parser(name, help=command.help))
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one subcommand and gives its exit code."""
    options = build_parser().parse_args(arguments)
    try:
        return COMMANDS[options.command].run(options)
    except ProjectError as error:
        print(f"conting: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
