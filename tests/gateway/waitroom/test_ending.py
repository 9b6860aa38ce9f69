"""After the event its room rests: nobody goes on with it, and its record can still be checked."""

import pytest
from conting_client import Wallet
from conting_gateway.redis import Redis
from conting_gateway.waitroom.store import WaitroomStore

from tests.gateway.chain import HOUR, Chain
from tests.gateway.support import Gateway
from tests.gateway.waitroom.rooms import join, open_room, open_sale, public, status, until

pytestmark = pytest.mark.anyio


@pytest.mark.slow
async def test_a_room_rests_when_its_event_is_over(
    gateway: Gateway, chain: Chain, redis: Redis
) -> None:
    show = await chain.make_show(gateway.keys.admission.pubkey())
    await open_room(gateway, chain, show, rate=0.001, capacity=1)
    tickets = [(await join(gateway, show, Wallet.generate()))["ticket"] for _ in range(3)]
    before = await open_sale(gateway, chain, show)
    store = WaitroomStore(redis)
    assert show.address in await store.events()
    await chain.advance_to(show.doors + 4 * HOUR)

    async def rests() -> bool:
        known = gateway.services.waitroom.knows(str(show.address))
        return show.address not in await store.events() and not known

    await until(rests)
    after = await public(gateway, show)
    for name in ("commit", "secret", "seed", "beacon_hash", "collected", "tail"):
        assert after[name] == before[name]
    for ticket in tickets:
        assert (await status(gateway, show, ticket))["state"] in {"sold_out", "admitted", "lapsed"}


@pytest.mark.slow
async def test_a_room_that_redis_names_no_more_rests_once_its_event_is_over(
    gateway: Gateway, chain: Chain, redis: Redis
) -> None:
    """Another gateway has found that it is over, or Redis has lost it: each would ask for ever."""
    show = await chain.make_show(gateway.keys.admission.pubkey())
    await open_room(gateway, chain, show)
    await open_sale(gateway, chain, show)
    await WaitroomStore(redis).retire(show.address)
    await chain.advance_to(show.doors + 4 * HOUR)

    async def rests() -> bool:
        return not gateway.services.waitroom.knows(str(show.address))

    await until(rests)
