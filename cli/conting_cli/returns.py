"""`conting returns --event EVENT --wallet FILE`: takes returned seats on, to those who wait.

Nothing happens to a seat that was given back until somebody draws who is asked for it next, offers
it, and takes back an offer whose time is over. Anybody may; who wants it to happen runs this until
the event's freeze, or again and again with --once. The wallet pays the network's fees, and lends
the rent of each draw until it is over.
"""

import argparse
import asyncio
import sys
import time
from pathlib import Path

from conting_client import (
    ContingError,
    GatewayClient,
    GatewayRefused,
    Rpc,
    TransportError,
    Wallet,
)
from conting_client.order_asks import Buyer
from conting_client.returned_seats import ReturnedSeats, Round, Step

from conting_cli.gate.options import add_event, add_gateway, add_rpc
from conting_cli.project import ProjectError

_EVERY = 5.0  # seconds
_SOON = 60  # seconds before a session ends, in which another one is opened


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `conting returns`."""
    parser.description = __doc__
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add_event(parser)
    parser.add_argument("--wallet", type=Path, required=True, metavar="FILE", help="who pays")
    parser.add_argument("--once", action="store_true", help="one round, and end")
    add_gateway(parser)
    add_rpc(parser)


def run(options: argparse.Namespace) -> int:
    """Prints each step; 1 if the event, the wallet or the gateway says no."""
    try:
        return asyncio.run(_run(options))
    except ContingError as error:
        raise ProjectError(str(error)) from error


async def _run(options: argparse.Namespace) -> int:
    wallet = Wallet.load(options.wallet)
    async with (
        Rpc(options.rpc) as rpc,
        GatewayClient(options.gateway, domain=options.domain) as gateway,
    ):
        seats = ReturnedSeats(gateway, rpc, Buyer(wallet), options.event)
        ends = (await gateway.sign_in(wallet)).expires_at
        done = await _round(seats)
        while not options.once and not done.is_last:
            await asyncio.sleep(max(_EVERY, done.wait))
            try:
                if ends < time.time() + _SOON:
                    ends = (await gateway.sign_in(wallet)).expires_at
                done = await _round(seats)
            except (TransportError, GatewayRefused) as error:
                ends = 0  # the session may be over
                print(f"conting: {error}; asking again", file=sys.stderr)
        return 1 if any(step.refusal for step in done.steps) else 0


async def _round(seats: ReturnedSeats) -> Round:
    done = await seats.take_on()
    for step in done.steps:
        print(text_of(step), flush=True)
    return done


def text_of(step: Step) -> str:
    """A step as people read it."""
    said = f"section {step.section} seat {step.seat}: {step.kind}"
    return f"{said} refused: {step.refusal}" if step.refusal else said
