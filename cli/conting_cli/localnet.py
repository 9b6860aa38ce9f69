"""`conting localnet`: a local Solana node, until Ctrl-C."""

import argparse
import asyncio
import sys

from conting_localnet.genesis import GenesisError, GenesisProgram
from conting_localnet.options import add_arguments
from conting_localnet.server import Endpoints, serve

__all__ = ["add_arguments", "run"]


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
