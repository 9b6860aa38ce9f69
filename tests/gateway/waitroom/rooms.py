"""Opening a waiting room and walking people through it, over HTTP."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from conting_client import Wallet
from solders.pubkey import Pubkey

from tests.gateway.chain import Chain, Show
from tests.gateway.support import Gateway, Json

PATIENCE = 30.0  # seconds after which a test gives up waiting; no test measures time by it


async def until(found: Callable[[], Awaitable[bool]]) -> None:
    end = time.monotonic() + PATIENCE
    while not await found():
        assert time.monotonic() < end, "it did not happen"
        await asyncio.sleep(0.05)


def queue(event: Pubkey) -> str:
    return f"/v1/events/{event}/queue"


async def open_room(
    gateway: Gateway,
    chain: Chain,
    show: Show,
    *,
    rate: float = 1000,
    capacity: int = 1000,
    beacon_in: int = 20_000,  # more than pass while a machine stands still; the clock jumps past it
) -> Json:
    body = {
        "rate_per_second": rate,
        "capacity": capacity,
        "beacon_slot": await chain.rpc.slot() + beacon_in,
    }
    return await gateway.ok("PUT", queue(show.address), who=show.organiser, body=body)


async def join(gateway: Gateway, show: Show, who: Wallet) -> Json:
    return await gateway.ok("POST", queue(show.address) + "/join", who=who)


async def status(gateway: Gateway, show: Show, ticket: str) -> Json:
    return await gateway.ok("GET", f"{queue(show.address)}/status?ticket={ticket}")


async def public(gateway: Gateway, show: Show) -> Json:
    return await gateway.ok("GET", queue(show.address) + "/public")


async def open_sale(gateway: Gateway, chain: Chain, show: Show) -> Json:
    """Moves the chain to the opening and waits for the draw; the public document."""
    await chain.advance_to(show.opens)

    async def is_open() -> bool:
        return bool((await public(gateway, show))["state"] == "open")

    await until(is_open)
    return await public(gateway, show)


async def wait_for(gateway: Gateway, show: Show, ticket: str, state: str) -> None:
    async def reached() -> bool:
        return bool((await status(gateway, show, ticket))["state"] == state)

    await until(reached)


async def enter(gateway: Gateway, show: Show, who: Wallet, ticket: str) -> str:
    """The admission pass of a place whose turn will come."""
    await wait_for(gateway, show, ticket, "admitted")
    body = {"ticket": ticket}
    answer = await gateway.ok("POST", queue(show.address) + "/enter", who=who, body=body)
    return str(answer["admission_pass"])


async def visit(gateway: Gateway, show: Show, who: Wallet) -> str:
    """Joins, waits, enters: an admission pass."""
    return await enter(gateway, show, who, (await join(gateway, show, who))["ticket"])
