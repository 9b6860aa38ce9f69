"""What is wrong with one event's room stops no other one."""

import asyncio

import pytest
from conting_client import Rpc, Wallet
from conting_gateway.redis import Redis
from conting_gateway.waitroom.store import Pulse, WaitroomStore, room_keys
from conting_localnet import LocalnetProcess
from solders.pubkey import Pubkey

from tests.gateway.chain import Chain
from tests.gateway.fastlane.servers import make_room
from tests.gateway.lying import between
from tests.gateway.support import Gateway, Json, Start
from tests.gateway.waitroom.rooms import join, open_room, open_sale, public, until

pytestmark = pytest.mark.anyio


async def test_a_room_whose_key_nobody_can_read_stops_no_other_room(
    desk: Gateway, redis: Redis
) -> None:
    """As when one master of a cluster is away: the others' events go on."""
    broken, other = await make_room(desk, redis), await make_room(desk, redis)
    await redis.delete(room_keys(broken)[0])
    await redis.set(room_keys(broken)[0], "no hash")
    views, began = desk.services.waitroom._rooms._views, desk.now()
    assert list(views) == [str(broken), str(other)]  # in which they are asked for

    async def is_followed() -> bool:
        return views[str(other)].seen > began + 1

    await until(is_followed)


async def test_a_room_that_does_not_answer_holds_no_other_room_up(
    desk: Gateway, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent, other = await make_room(desk, redis), await make_room(desk, redis)
    rooms, answers = desk.services.waitroom._rooms, asyncio.Event()
    ask = rooms._ask

    async def ask_or_hang(event: Pubkey, seen: int) -> Pulse | None:
        if event == silent:
            await answers.wait()
        return await ask(event, seen)

    async def is_followed() -> bool:
        return rooms._views[str(other)].seen > began + 1

    monkeypatch.setattr(rooms, "_ask", ask_or_hang)
    began = desk.now()
    await until(is_followed)
    answers.set()


@pytest.mark.slow
async def test_a_room_opens_though_redis_lost_that_it_is_one_of_them(
    gateway: Gateway, chain: Chain, redis: Redis
) -> None:
    """The list of rooms lies on one master of a cluster, each room on its own."""
    show = await chain.make_show(gateway.keys.admission.pubkey())
    await open_room(gateway, chain, show)
    await WaitroomStore(redis).retire(show.address)
    await join(gateway, show, Wallet.generate())
    assert (await open_sale(gateway, chain, show))["collected"] == 1


@pytest.mark.slow
async def test_a_room_whose_event_no_node_tells_stops_no_other_room(
    redis: Redis,
    node: LocalnetProcess,
    chain: Chain,
    start: Start,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As when an account is too large for it: the others' sales open."""
    async with (
        between(node.rpc_url) as way,
        Rpc(way.rpc_url) as rpc,
        start(redis, rpc) as gateway,
    ):
        untold, show = [await chain.make_show(gateway.keys.admission.pubkey()) for _ in range(2)]
        for each in (untold, show):
            await open_room(gateway, chain, each)

        def tell(_method: str, answer: Json) -> Json | None:
            return None if str(untold.address) in str(way.heard[-1]) else answer

        async def events(_: WaitroomStore) -> list[Pubkey]:
            return [untold.address, show.address]  # else the one that opens may come first

        monkeypatch.setattr(WaitroomStore, "events", events)
        way.lie = tell
        gateway.now.ahead = 60  # what it knew of the event is too old by then
        assert (await open_sale(gateway, chain, show))["state"] == "open"
        assert (await public(gateway, untold))["state"] == "collecting"
