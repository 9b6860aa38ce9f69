"""`conting verify-raffle`: who won a raffle, computed again from what is on chain."""

import argparse
import asyncio
import sys
from typing import Final

from conting_client import ContingError, Rpc
from conting_client.generated.raffle import PrizeState
from conting_client.raffles import Drawing, Verdict, read_drawing, verify
from solders.pubkey import Pubkey

from conting_cli.gate.options import url
from conting_cli.screen import harmless

LOCALNET: Final = "http://127.0.0.1:8899"
_STATES: Final = {
    PrizeState.ENTERED: "not claimed",
    PrizeState.CLAIMED: "claimed",
    PrizeState.DELIVERED: "delivered",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `conting verify-raffle`."""
    parser.add_argument("raffle", help="address of the raffle's account")
    parser.add_argument("--url", type=url, default=LOCALNET, help="JSON-RPC address of a node")


def run(options: argparse.Namespace) -> int:
    """Verifies; 0 if all is as promised, 1 if not or if it cannot be read."""
    try:
        drawing = asyncio.run(_read(options.url, Pubkey.from_string(options.raffle)))
    except ValueError:
        print(f"conting: {options.raffle} is not an address", file=sys.stderr)
        return 1
    except ContingError as error:
        print(f"conting: {error}", file=sys.stderr)
        return 1
    verdict = verify(drawing)
    print("\n".join(_lines(drawing, verdict)))
    for fault in verdict.faults:
        print(f"conting: {fault}", file=sys.stderr)
    return 1 if verdict.faults else 0


async def _read(url: str, address: Pubkey) -> Drawing:
    async with Rpc(url) as rpc:
        return await read_drawing(rpc, address)


def _lines(drawing: Drawing, verdict: Verdict) -> list[str]:
    raffle = drawing.raffle
    lines = [f"{harmless(raffle.name)}: {raffle.entries} entries, {raffle.winners} prizes"]
    lines += [
        f"prize {winner.place}: entry {winner.index}, {winner.entrant}, {_STATES[winner.state]}"
        for winner in verdict.winners
    ]
    if not verdict.faults:
        known = raffle.drawn_slot in drawing.slot_hashes
        said = "the chain still says so" if known else "the chain has forgotten its hash since"
        lines.append(f"drawn as promised, by slot {raffle.drawn_slot} ({said})")
    return lines
