"""`python -m conting_localnet`: run a node and print one line of JSON when it is ready."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import os
import sys
import threading
from collections.abc import Callable, Sequence

from conting_localnet.genesis import GenesisError, GenesisProgram
from conting_localnet.options import add_arguments
from conting_localnet.server import Endpoints, serve


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a node from the command line; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        programs = [GenesisProgram.parse(text) for text in options.bpf_program]
        if options.watch_stdin:
            threading.Thread(target=_exit_with_parent, daemon=True).start()
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(
                serve(
                    host=options.host,
                    port=options.port,
                    slot_ms=options.slot_ms,
                    programs=programs,
                    ready=_announce,
                )
            )
    except (GenesisError, OSError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="conting_localnet", description=__doc__)
    add_arguments(parser)
    parser.add_argument(
        "--watch-stdin", action="store_true", help="exit when standard input is closed"
    )
    return parser


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return uvloop's factory where it is installed, else None for the default."""
    try:
        module = importlib.import_module("uvloop")
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = module.new_event_loop
    return factory


def _announce(endpoints: Endpoints) -> None:
    line = {"rpc": endpoints.rpc_url, "ws": endpoints.ws_url, "pid": os.getpid()}
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _exit_with_parent() -> None:
    """Wait for the end of standard input: the parent closed its side of the pipe, or died."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
