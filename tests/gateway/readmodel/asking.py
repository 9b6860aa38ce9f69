"""Questions to the read model that wait until it knows what the chain has confirmed."""

import asyncio
import time

from conting_client import Wallet

from tests.gateway.chain import Chain
from tests.gateway.support import Gateway, Json

PATIENCE = 300.0  # seconds


async def ask(gateway: Gateway, path: str, *, who: Wallet | None = None) -> Json:
    """An answer, once the read model is there."""
    end = time.monotonic() + PATIENCE
    while True:
        answer = await gateway.call("GET", path, who=who)
        if answer.status_code != 503 or time.monotonic() > end:
            assert answer.is_success, answer.text
            found: Json = answer.json()
            return found
        await asyncio.sleep(0.05)


async def settled(gateway: Gateway, chain: Chain, path: str, *, who: Wallet | None = None) -> Json:
    """An answer that has everything which is confirmed now."""
    slot = await chain.rpc.slot()
    return await ask(gateway, f"{path}{'&' if '?' in path else '?'}min_slot={slot}", who=who)


async def until(
    gateway: Gateway, path: str, count: int, *, who: Wallet | None = None, of: str | None = None
) -> list[Json]:
    """The happenings at a path, once there are so many; `of`: which list of the answer."""
    end = time.monotonic() + PATIENCE
    while True:
        (found,) = (
            each
            for name, each in (await ask(gateway, path, who=who)).items()
            if isinstance(each, list) and of in {None, name}
        )
        if len(found) >= count or time.monotonic() > end:
            assert len(found) == count, found
            return found
        await asyncio.sleep(0.05)
