"""Rate limits: of a network address, of a wallet; nobody pays for another, and windows end."""

from collections.abc import Sequence

import httpx2
import pytest
from conting_client import GatewayRefused, Rpc, Wallet
from conting_client.presence import challenges
from conting_gateway.config import Settings
from conting_gateway.errors import RateLimitedError
from conting_gateway.limits.service import LocalLimits, network_of
from conting_gateway.limits.store import LimitStore
from conting_gateway.redis import Redis
from pydantic import ValidationError
from solders.pubkey import Pubkey
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.gateway.fastlane.servers import serve, session
from tests.gateway.support import NOWHERE, Gateway, Now, Start, fresh_keys

pytestmark = pytest.mark.anyio

V4, OTHER_V4 = "203.0.113.7", "203.0.113.8"
V6, NEAR_V6, OTHER_V6 = "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1"
SOME = Pubkey.default()
NONCE = {"wallet": str(SOME)}


@pytest.mark.parametrize(
    ("host", "network"),
    [
        (V4, V4),
        ("::ffff:203.0.113.7", V4),
        (V6, "2001:db8:1:2::/64"),
        (NEAR_V6, "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
    ],
)
async def test_whom_an_address_stands_for(host: str, network: str) -> None:
    assert network_of(host) == network


async def test_a_window_of_a_minute_ends_and_says_when() -> None:
    now = Now()
    now.stop()
    limits = LocalLimits(now, 2)
    limits.spend("a")
    limits.spend("a")
    with pytest.raises(RateLimitedError) as refused:
        limits.spend("a")
    assert refused.value.retry_after is not None
    assert 1 <= refused.value.retry_after <= 60
    limits.spend("b")
    now.ahead = refused.value.retry_after
    limits.spend("a")


async def asked_from(
    gateway: Gateway, host: str, method: str, path: str, times: int, **request: object
) -> Sequence[httpx2.Response]:
    """The answers to somebody at this address."""
    transport = httpx2.ASGITransport(gateway.app, client=(host, 5))
    async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as http:
        return [await http.request(method, path, **request) for _ in range(times)]  # type: ignore[arg-type]


def statuses(answers: Sequence[httpx2.Response]) -> list[int]:
    return [each.status_code for each in answers]


@pytest.mark.slow
@pytest.mark.attack
async def test_signing_in_is_limited_by_address_over_all_replicas(
    redis: Redis, start: Start
) -> None:
    keys = fresh_keys()
    async with (
        Rpc(NOWHERE) as rpc,
        start(redis, rpc, keys=keys, sign_ins_per_minute=3) as one,
        start(redis, rpc, keys=keys, sign_ins_per_minute=3) as other,
    ):
        nonce = ("POST", "/v1/auth/nonce")
        for first, near, far in ((V4, V4, OTHER_V4), (V6, NEAR_V6, OTHER_V6)):
            assert statuses(await asked_from(one, first, *nonce, 2, json=NONCE)) == [200, 200]
            answers = await asked_from(other, near, *nonce, 2, json=NONCE)
            assert statuses(answers) == [200, 429]
            assert 1 <= int(answers[1].headers["retry-after"]) <= 60
            assert statuses(await asked_from(other, far, *nonce, 1, json=NONCE)) == [200]


async def test_a_clock_of_redis_that_is_put_back_locks_nobody_out(redis: Redis) -> None:
    """Its keys end at a time of day: an hour back, and a window would be an hour longer."""
    limits = LimitStore(redis)
    assert await limits.count("sign-in:somebody", 60) == (1, 60)
    await redis.expire("conting:limit:sign-in:somebody", 3660)
    assert await limits.count("sign-in:somebody", 60) == (2, 60)


@pytest.mark.attack
async def test_an_address_is_limited_over_all_routes_and_hears_of_health(
    redis: Redis, start: Start
) -> None:
    async with Rpc(NOWHERE) as rpc, start(redis, rpc, requests_per_minute=3) as gateway:
        gateway.now.stop()
        assert statuses(await asked_from(gateway, V6, "GET", "/v1/keys", 2)) == [200, 200]
        assert statuses(await asked_from(gateway, V6, "GET", "/v1/nothing", 1)) == [404]
        answers = await asked_from(gateway, NEAR_V6, "GET", "/v1/keys", 1)
        assert (answers[0].status_code, answers[0].json()["error"]) == (429, "rate_limited")
        assert answers[0].headers["x-request-id"]
        assert statuses(await asked_from(gateway, NEAR_V6, "GET", "/health", 2)) == [200, 200]
        assert statuses(await asked_from(gateway, OTHER_V6, "GET", "/v1/keys", 1)) == [200]
        gateway.now.ahead = 60
        assert statuses(await asked_from(gateway, V6, "GET", "/v1/keys", 1)) == [200]


@pytest.mark.slow
@pytest.mark.attack
async def test_websockets_are_requests_too(redis: Redis, start: Start) -> None:
    async with (
        Rpc(NOWHERE) as rpc,
        start(redis, rpc, requests_per_minute=2) as gateway,
        serve(gateway, fast=True) as lane,
    ):
        gateway.now.stop()
        url = f"ws://127.0.0.1:{lane.port}/v1/tickets/none/presence"
        for _ in range(2):
            async with connect(url) as socket:
                assert "invalid_request" in str(await socket.recv())
        with pytest.raises(InvalidStatus) as refused:
            await connect(url)
        answer = refused.value.response
        assert answer.status_code == 429
        assert b"rate_limited" in (answer.body or b"")
        held = challenges(f"http://127.0.0.1:{lane.port}", "token", Pubkey.default())
        with pytest.raises(GatewayRefused) as told:
            await anext(held)
        assert (told.value.status, told.value.code) == (429, "rate_limited")
        assert told.value.retry_after == float(answer.headers["retry-after"])


@pytest.mark.attack
@pytest.mark.parametrize("proxies", ["127.0.0.1", "10.0.0.0/8, 10.1.1.1"])
async def test_only_a_proxy_that_is_named_says_whose_request_it_is(
    redis: Redis, start: Start, proxies: str
) -> None:
    believed = proxies == "127.0.0.1"
    async with Rpc(NOWHERE) as rpc, start(redis, rpc, requests_per_minute=1) as gateway:
        gateway.now.stop()
        settings = Settings(trusted_proxies=proxies)
        async with (
            serve(gateway, fast=True, settings=settings) as lane,
            httpx2.AsyncClient(timeout=None) as http,
        ):
            url = f"http://127.0.0.1:{lane.port}/v1/keys"
            answers = [
                await http.get(url, headers={"x-forwarded-for": f"198.51.100.1, {host}"})
                for host in (V4, OTHER_V4)  # what a client makes up stands before them
            ]
    assert statuses(answers) == [200, 200 if believed else 429]


@pytest.mark.parametrize(
    "proxies", ["*", "", "localhost", "127.0.0.1, *", "::1, 0.0.0.0/0", "::/0"]
)
def test_proxies_are_named_by_address(proxies: str) -> None:
    with pytest.raises(ValidationError, match="trusted_proxies"):
        Settings(trusted_proxies=proxies)


@pytest.mark.attack
async def test_no_answer_sends_anybody_where_the_host_header_says(desk: Gateway) -> None:
    for path in ("/v1/events/", "/v1/keys/", "/health/"):
        answer = await desk.call("GET", path)
        assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


@pytest.mark.attack
@pytest.mark.parametrize(
    ("setting", "path", "otherwise"),
    [
        ("challenges_per_minute", f"/v1/tickets/{SOME}/challenge", "chain_unavailable"),
        ("joins_per_minute", f"/v1/events/{SOME}/queue/join", "no_queue"),
    ],
)
@pytest.mark.slow
async def test_a_wallet_is_limited_from_wherever_it_asks(
    redis: Redis, start: Start, setting: str, path: str, otherwise: str
) -> None:
    """What costs the gateway a look at the chain is not had for nothing."""
    async with Rpc(NOWHERE, timeout=0.5) as rpc, start(redis, rpc, **{setting: 2}) as gateway:
        gateway.now.stop()
        mine, theirs = (
            {"authorization": f"Bearer {session(gateway, wallet)}"}
            for wallet in (Wallet.generate(), Wallet.generate())
        )
        codes = [
            answer.json()["error"]
            for host in (V4, OTHER_V4, V6)
            for answer in await asked_from(gateway, host, "POST", path, 1, headers=mine)
        ]
        assert codes == [otherwise, otherwise, "rate_limited"]
        (answer,) = await asked_from(gateway, V4, "POST", path, 1, headers=theirs)
        assert answer.json()["error"] == otherwise
