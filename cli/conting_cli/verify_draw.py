"""`conting verify-draw DRAW`: draws again from what is on chain, and says whether it agrees."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from typing import Final

from conting_client import ContingError, Rpc
from conting_client.draws import DrawFacts, DrawReport, fetch_draw, verify_draw
from conting_client.fairness import NO_SECRET
from solders.pubkey import Pubkey

from conting_cli.gate.options import url

_DEFAULT_URL: Final = "http://127.0.0.1:8899"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `conting verify-draw`."""
    parser.add_argument("draw", metavar="DRAW", help="address of the draw's account")
    parser.add_argument(
        "--url", type=url, default=_DEFAULT_URL, help="the node to ask (%(default)s)"
    )


def run(options: argparse.Namespace) -> int:
    """Prints entries, what decided, and winners; 1 if anything on chain does not follow."""
    try:
        draw = Pubkey.from_string(options.draw)
    except ValueError:
        print(f"conting: {options.draw} is not an address", file=sys.stderr)
        return 1
    try:
        facts = asyncio.run(_fetch(options.url, draw))
    except ContingError as error:
        print(f"conting: {error}", file=sys.stderr)
        return 1
    report = verify_draw(facts)
    print(text_of(facts, report))
    for fault in report.faults:
        print(f"conting: {fault}", file=sys.stderr)
    return 1 if report.faults else 0


async def _fetch(url: str, draw: Pubkey) -> DrawFacts:
    async with Rpc(url) as rpc:
        return await fetch_draw(rpc, draw)


def text_of(facts: DrawFacts, report: DrawReport) -> str:
    """The report as people read it."""
    draw = facts.draw
    told = "told" if draw.secret != NO_SECRET else "not told: the bond is burned"
    seen = (
        "seen by this node too" if draw.drawn_slot in facts.slot_hashes else "as the draw kept it"
    )
    lines = [
        f"draw        {facts.account}",
        f"entries     {draw.entries} groups, of one to four: {_numbers(draw.groups)}",
        f"seats       {facts.seats}",
        f"secret      {draw.secret.hex()} ({told})",
        f"slot        {draw.drawn_slot} (fixed: {draw.target_slot})",
        f"slot hash   {draw.slot_hash.hex()} ({seen})",
        f"root        {draw.root.hex()}",
        f"key         {report.key.hex()}",
        f"winners     of one to four: {_numbers(report.winners)}",
    ]
    for group in report.groups:
        members = " ".join(str(each) for each in group.members)
        place = "lost" if group.seat is None else f"seat {group.seat}"
        lines.append(f"{place:<11} {members}")
    if not report.faults:
        lines.append("drawn as promised: all of it follows")
    return "\n".join(lines)


def _numbers(values: Sequence[int]) -> str:
    return ", ".join(str(each) for each in values)
