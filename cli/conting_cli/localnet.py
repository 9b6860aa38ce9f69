"""`conting localnet`: a local Solana node, until Ctrl-C."""

import argparse
import asyncio
import sys

from conting_localnet.genesis import GenesisError, GenesisProgram
from conting_localnet.server import DEFAULT_HOST, DEFAULT_PORT, DEFAULT_SLOT_MS, Endpoints, serve


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `conting localnet`."""
    parser.add_argument("--host", default=DEFAULT_HOST)
    parser.add_argument(
        "--port", type=int, default=DEFAULT_PORT, help="websockets on the next; 0: any free pair"
    )
    parser.add_argument("--slot-ms", type=int, default=DEFAULT_SLOT_MS, help="length of a slot")
    parser.add_argument(
        "--bpf-program", action="append", default=[], metavar="ID=FILE.so", help="loaded at genesis"
    )


def run(options: argparse.Namespace) -> int:
    """Runs the node until it is interrupted; 1 if it cannot start."""
    try:
        asyncio.run(
            serve(
                host=options.host,
                port=options.port,
                slot_ms=options.slot_ms,
                programs=[GenesisProgram.parse(text) for text in options.bpf_program],
                ready=_announce,
            )
        )
    except (GenesisError, OSError) as error:
        print(f"conting: {error}", file=sys.stderr)
        return 1
    return 0


def _announce(endpoints: Endpoints) -> None:
    print(f"JSON-RPC    {endpoints.rpc_url}")
    print(f"websocket   {endpoints.ws_url}")
    print("running until Ctrl-C; all state is gone then", flush=True)
