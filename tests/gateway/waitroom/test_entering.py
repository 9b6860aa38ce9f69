"""Taking a turn that another gateway, or the last answer, told of: nobody is sent away for it."""

import asyncio
import secrets
from pathlib import Path

import pytest
from conting_client import GatewayClient, Rpc, Wallet
from conting_gateway.redis import Redis, connect
from conting_gateway.waitroom.store import WaitroomStore
from conting_localnet import LocalnetProcess
from solders.pubkey import Pubkey

from tests.cluster import prompt_redis
from tests.gateway.chain import Chain
from tests.gateway.support import DOMAIN, Gateway, Start, way_to
from tests.gateway.waitroom.rooms import join, open_room, open_sale, queue, visit, wait_for

pytestmark = pytest.mark.anyio

ROOMS = 10  # a gateway hears of each within 0.1 s: of one it might have heard already
MINUTE = 60_000  # milliseconds
RETRY_AFTER = 2  # seconds, of a gateway whose memory is away


@pytest.mark.parametrize("door", ["enter", "leave"])
async def test_a_gateway_that_has_not_heard_of_the_draw_yet_sends_nobody_away(
    door: str, desk: Gateway, redis: Redis
) -> None:
    """Another one has drawn, and told the guest of the turn."""
    store, fan = WaitroomStore(redis), Wallet.generate()
    for _ in range(ROOMS):
        event, secret = Pubkey.new_unique(), secrets.token_bytes(32)
        await store.configure(
            event, rate=1000, capacity=1, beacon_slot=1, secret=secret, commit=secret
        )
        body = {"ticket": (await desk.ok("POST", f"{queue(event)}/join", who=fan))["ticket"]}
        await store.close(event)
        await store.open(event, 1, secret, secret)
        serving = 0
        while not serving:  # the bucket fills with time, counted in milliseconds
            pulse = await store.tick(event, MINUTE, MINUTE, worker="another")
            assert pulse is not None
            serving = pulse.serving
        await desk.ok("POST", f"{queue(event)}/{door}", who=fan, body=body)


@pytest.mark.slow
async def test_who_missed_the_turn_and_waits_on_is_let_in_next(
    redis: Redis, node: LocalnetProcess, chain: Chain, start: Start
) -> None:
    async with Rpc(node.rpc_url) as rpc, start(redis, rpc, claim_seconds=3.0) as gateway:
        show = await chain.make_show(gateway.keys.admission.pubkey())
        await open_room(gateway, chain, show, capacity=1)
        await open_sale(gateway, chain, show)
        late = Wallet.generate()
        async with GatewayClient(f"http://{DOMAIN}", transport=way_to(gateway.app)) as client:
            await client.sign_in(late)
            place = await client.join(show.address)
            await wait_for(gateway, show, place.ticket, "lapsed")
            inside = Wallet.generate()
            await visit(gateway, show, inside)
            ticket = (await join(gateway, show, inside))["ticket"]
            leave, body = queue(show.address) + "/leave", {"ticket": ticket}
            paces: list[float] = []

            async def sleep(seconds: float) -> None:
                if not paces:
                    await gateway.ok("POST", leave, who=inside, body=body)
                paces.append(seconds)
                await asyncio.sleep(0.3)

            admission = await client.wait_for_turn(show.address, place, sleep=sleep)
            assert admission.admission_pass
            assert min(paces) > 1  # the gateway's


@pytest.mark.slow
async def test_who_waits_for_a_turn_is_let_in_though_redis_was_away_when_it_came(
    node: LocalnetProcess, chain: Chain, start: Start, tmp_path: Path
) -> None:
    with prompt_redis(tmp_path) as server:
        memory, fan = connect(server.url), Wallet.generate()
        async with Rpc(node.rpc_url) as rpc, start(memory, rpc) as gateway:
            show = await chain.make_show(gateway.keys.admission.pubkey())
            await open_room(gateway, chain, show)
            await open_sale(gateway, chain, show)
            async with GatewayClient(f"http://{DOMAIN}", transport=way_to(gateway.app)) as client:
                await client.sign_in(fan)
                place = await client.join(show.address)
                paces: list[float] = []

                async def sleep(seconds: float) -> None:
                    paces.append(seconds)
                    if len(paces) == 1:
                        await wait_for(gateway, show, place.ticket, "admitted")
                        await asyncio.to_thread(server.kill)
                        return
                    if len(paces) == 2:
                        await asyncio.to_thread(server.start)
                    await asyncio.sleep(seconds)

                turn = await client.wait_for_turn(show.address, place, sleep=sleep)
                assert turn.admission_pass
                assert paces[1] == RETRY_AFTER
        await memory.aclose()
