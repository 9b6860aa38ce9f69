"""The presence channel on a real server: challenges live while a phone holds it."""

import asyncio
import contextlib
import functools
import json
from base64 import b64decode
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
from conting_client import Challenge, GatewayClient, GatewayRefused, GatewayUnavailable, Wallet
from conting_gateway.main import WS_PING_SECONDS
from conting_gateway.passes.presence import OF_ONE_WALLET
from conting_gateway.redis import Redis
from solders.pubkey import Pubkey
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.gateway.chain import Chain, Show
from tests.gateway.fastlane.servers import Lane, serve, session
from tests.gateway.gate.door import Fan, challenge, sell, to_the_doors, verify
from tests.gateway.support import DOMAIN, NOWHERE, Gateway, Json

pytestmark = pytest.mark.anyio
PATIENCE = 60  # seconds that something may take on a busy machine


@dataclass(frozen=True)
class Door:
    """An open show, a gate, a phone, and a server to hold a channel to."""

    gateway: Gateway
    chain: Chain
    show: Show
    gate: Wallet
    fan: Fan
    lane: Lane
    redis: Redis

    @contextlib.asynccontextmanager
    async def raw(self, hello: str = "") -> AsyncIterator[ClientConnection]:
        path = f"/v1/tickets/{self.fan.ticket}/presence"
        async with phone(f"ws://127.0.0.1:{self.lane.port}{path}") as socket:
            await socket.send(hello or self.hello())
            yield socket

    def hello(self, wallet: Wallet | None = None) -> str:
        return json.dumps({"token": session(self.gateway, wallet or self.fan.wallet)})

    def answered(self, told: bytes | str) -> bytes:
        """The pass that the phone makes of what the gateway told it."""
        asked = Challenge.decode(b64decode(json.loads(told)["challenge"]))
        return self.fan.phone.answer(asked, ticket=self.fan.ticket, now=asked.issued).encode()

    async def verdict(self, data: bytes) -> str:
        answer = await verify(self.gateway, self.show, self.gate, data)
        return str(answer["reason"] or answer["verdict"])

    async def gone(self) -> None:
        """Waits until the gateway has noticed that the phone has let go."""

        async def noticed() -> bool:
            return bool(await self.redis.keys(f"*{{{self.show.address}}}:gone:*"))

        await until(noticed)

    async def held(self, most: int) -> None:
        """Waits until the server holds no more than so many channels."""

        async def closed() -> bool:
            return self.gateway.services.presence.held <= most

        await until(closed)


phone = functools.partial(connect, open_timeout=None, ping_interval=None)
"""A phone that waits: a machine may stand still."""


@contextlib.asynccontextmanager
async def patient(gateway: Gateway) -> AsyncIterator[Lane]:
    """A server that pings nobody: who stands still would not answer."""
    async with serve(gateway, fast=True) as lane:
        lane.server.config.ws_ping_interval = None
        yield lane


@pytest.fixture(autouse=True)
def slow_phones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conting_gateway.passes.channel.HELLO_SECONDS", 10 * PATIENCE)


async def until(so: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            if await so():
                return
            await asyncio.sleep(0.02)


async def last_words(socket: ClientConnection) -> Json:
    """The last message before the gateway closes."""
    last: Json = {}
    with contextlib.suppress(ConnectionClosed):
        while True:
            last = json.loads(await socket.recv())
    return last


@pytest.fixture
async def door(gateway: Gateway, chain: Chain, redis: Redis) -> AsyncIterator[Door]:
    show = await chain.make_show(gateway.keys.admission.pubkey())
    gate = await chain.register_gate(show)
    await chain.advance_to(show.opens)
    (fan,) = await sell(chain, gateway, show, 0)
    await to_the_doors(chain, gateway, show)
    async with patient(gateway) as lane:
        yield Door(gateway, chain, show, gate, fan, lane, redis)


@pytest.mark.slow
async def test_a_pass_lives_while_the_phone_holds_the_channel(door: Door) -> None:
    door.gateway.now.stop()  # a pass lives for ten seconds, and the machine may take them
    async with door.raw() as socket:
        shown = door.answered(await socket.recv())
        assert await door.verdict(shown) == "admitted"
        numbers = (await door.gateway.http.get("/metrics")).text
        assert "conting_presence_channels 1.0" in numbers


@pytest.mark.attack
async def test_when_the_channel_drops_every_open_challenge_is_withdrawn(door: Door) -> None:
    other_way = await challenge(door.gateway, door.fan)
    async with door.raw() as socket:
        shown = door.answered(await socket.recv())
        socket.transport.abort()  # the phone is gone, and says nothing
        await door.gone()
    assert await door.verdict(shown) == "expired"
    also = door.fan.phone.answer(other_way, ticket=door.fan.ticket, now=other_way.issued)
    assert await door.verdict(also.encode()) == "expired"
    async with door.raw() as socket:  # in this very second, perhaps
        assert await door.verdict(door.answered(await socket.recv())) == "admitted"


@pytest.mark.slow
@pytest.mark.attack
async def test_a_phone_that_calls_its_going_a_restart_has_gone(door: Door) -> None:
    async with door.raw() as socket:
        shown = door.answered(await socket.recv())
        await socket.close(1012)  # RFC 6455: as a gateway says that ends
    await door.held(0)
    assert await door.verdict(shown) == "expired"


@pytest.mark.slow
@pytest.mark.attack
async def test_a_phone_that_falls_silent_is_let_go_of(door: Door) -> None:
    """Its network is gone, and nobody tells: the connection stays open and no ping is answered."""
    door.lane.server.config.ws_ping_interval = WS_PING_SECONDS
    door.gateway.now.stop()  # the challenge does not end by itself
    async with door.raw() as socket:
        shown = door.answered(await socket.recv())
        transport = socket.transport
        assert isinstance(transport, asyncio.ReadTransport)
        transport.pause_reading()
        await door.gone()
        assert await door.verdict(shown) == "expired"
        await door.held(0)
        socket.transport.abort()


@pytest.mark.slow
async def test_a_gateway_that_ends_says_so_and_withdraws_nothing(door: Door) -> None:
    door.gateway.now.stop()
    async with door.raw() as socket:
        shown = door.answered(await socket.recv())
        door.lane.server.should_exit = True
        await last_words(socket)
        assert socket.close_code == 1012
    await door.held(0)
    assert await door.verdict(shown) == "admitted"


@pytest.mark.slow
async def test_a_verdict_that_was_given_stands(door: Door) -> None:
    door.gateway.now.stop()  # a pass lives for ten seconds, and the machine may take them
    async with door.raw() as socket:
        shown = door.answered(await socket.recv())
        assert await door.verdict(shown) == "admitted"
    await door.gone()
    assert await door.verdict(shown) == "admitted"


@pytest.mark.slow
async def test_an_old_connection_that_dies_late_ends_no_new_one(door: Door) -> None:
    door.gateway.now.stop()  # a pass lives for ten seconds, and the machine may take them
    async with door.raw() as old:
        await old.recv()
        async with door.raw() as new:
            shown = door.answered(await new.recv())
            await old.close()
            await door.held(1)
            assert await door.verdict(shown) == "admitted"


@pytest.mark.slow
async def test_a_dead_connection_that_is_still_told_challenges_ends_no_new_one(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The phone has changed its network; the ping that finds it out is later than a renewal."""
    monkeypatch.setattr("conting_gateway.passes.presence.RENEWAL", 0.01)
    door.gateway.now.stop()  # what is withdrawn is what was issued in this second
    presence, token = door.gateway.services.presence, session(door.gateway, door.fan.wallet)
    with (
        presence.channel(token, door.fan.ticket, 0) as old,
        presence.channel(token, door.fan.ticket, 0) as new,
    ):
        before, after = old.challenges(), new.challenges()
        await anext(before)
        told = await anext(after)
        await anext(before)
        await old.drop()
        assert isinstance(told, Challenge)
        assert not await presence.is_withdrawn(told)
        await new.drop()
        assert await presence.is_withdrawn(told)


@pytest.mark.slow
async def test_a_connection_of_which_redis_has_lost_that_it_is_the_newest_is_so_again(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conting_gateway.passes.presence.RENEWAL", 0.01)
    door.gateway.now.stop()  # what is withdrawn is what was issued in this second
    presence, token = door.gateway.services.presence, session(door.gateway, door.fan.wallet)
    with (
        presence.channel(token, door.fan.ticket, 0) as old,
        presence.channel(token, door.fan.ticket, 0) as new,
    ):
        before, after = old.challenges(), new.challenges()
        await anext(before)
        await anext(after)
        assert new._holder is not None
        assert await door.gateway.services.redis.delete(new._holder.key("present")) == 1
        renewed = await anext(after)
        await old.drop()
        assert isinstance(renewed, Challenge)
        assert not await presence.is_withdrawn(renewed)


@pytest.mark.slow
async def test_challenges_come_anew_and_the_chain_is_looked_at_each_time(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conting_gateway.passes.presence.RENEWAL", 0.01)
    async with door.raw() as socket:
        first = door.answered(await socket.recv())
        assert door.answered(await socket.recv()) != first
        door.gateway.now.ahead = 3600  # the session's token has ended
        assert (await last_words(socket))["error"] == "session_expired"
        assert socket.close_code == 1008


@pytest.mark.attack
async def test_who_says_something_else_gets_a_reason(desk: Gateway) -> None:
    async with patient(desk) as lane:
        url = f"ws://127.0.0.1:{lane.port}/v1/tickets/{Pubkey.default()}/presence"
        for hello, code in WRONG_HELLOS.items():
            async with phone(url) as socket:
                await socket.send(hello)
                said = await last_words(socket)
                assert said["error"] == code
                if code == "invalid_request":
                    assert '{"token": "…", "session": 0}, within 10 seconds' in said["detail"]
                assert socket.close_code == 1008


WRONG_HELLOS = {
    "": "invalid_request",
    "[]": "invalid_request",
    '{"token": 1}': "invalid_request",
    '{"token": "x", "session": -1}': "invalid_request",
    '{"token": "x", "more": 1}': "invalid_request",
    '{"token": "session.a.b"}': "not_signed_in",
}


@pytest.mark.slow
@pytest.mark.attack
async def test_strangers_and_strange_tickets_get_no_channel(door: Door) -> None:
    async with door.raw(door.hello(Wallet.generate())) as socket:
        assert json.loads(await socket.recv())["error"] == "not_yours"
    url = f"ws://127.0.0.1:{door.lane.port}/v1/tickets/none/presence"
    async with phone(url) as socket:
        assert json.loads(await socket.recv())["error"] == "invalid_request"
    async with door.raw(door.hello()) as socket:
        await socket.recv()
        await socket.send("x" * 5000)  # more than any phone has to say
        await last_words(socket)
        assert socket.close_code == 1009  # RFC 6455: too big
    await door.held(0)


@pytest.mark.slow
async def test_a_full_process_says_so(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door.gateway.services.presence._slots, "_most", 0)
    async with door.raw() as socket:
        said = json.loads(await socket.recv())
    assert (said["error"], said["retry_after"]) == ("streams_full", 5)


@pytest.mark.slow
@pytest.mark.attack
async def test_one_wallet_does_not_take_all_channels(door: Door) -> None:
    slots = door.gateway.services.presence._slots
    slots._taken[str(door.fan.wallet.key)] = OF_ONE_WALLET  # as if it held so many
    async with door.raw() as one_more:
        assert json.loads(await one_more.recv())["error"] == "streams_full"
    async with door.raw(door.hello(Wallet.generate())) as other:
        assert json.loads(await other.recv())["error"] == "not_yours"


@pytest.mark.slow
async def test_the_client_holds_a_channel_and_reads_refusals(door: Door) -> None:
    url = f"http://127.0.0.1:{door.lane.port}"
    async with GatewayClient(url, domain=DOMAIN) as client:
        with pytest.raises(GatewayRefused, match="not_signed_in"):
            await anext(client.presence(door.fan.ticket))
        await client.sign_in(door.fan.wallet)
        held = client.presence(door.fan.ticket)
        told = await anext(held)
        asked = Challenge.decode(told.challenge)
        shown = door.fan.phone.answer(asked, ticket=door.fan.ticket, now=told.issued_at)
        assert await door.verdict(shown.encode()) == "admitted"
        await held.aclose()
        await door.gone()
    async with GatewayClient(NOWHERE) as client:
        with pytest.raises(GatewayUnavailable):
            await anext(client.presence(door.fan.ticket))
