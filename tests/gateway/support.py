"""A gateway in this process, and an HTTP client that holds it to its own OpenAPI description."""

import asyncio
import contextlib
import functools
import json
import re
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, ParamSpec

import httpx2
from conting_client import Rpc, Wallet
from conting_gateway.app import World, create_app
from conting_gateway.config import Settings
from conting_gateway.keys import KeyRing, Keys
from conting_gateway.redis import Redis
from conting_gateway.redis_cluster import ClusterRedis
from conting_gateway.services import Services
from conting_gateway.tokens import TokenKeys
from fastapi import FastAPI
from solders.keypair import Keypair

Json = dict[str, Any]
P = ParamSpec("P")

DOMAIN = "tickets.example"
NOWHERE = "http://127.0.0.1:9"  # the discard port: nobody answers
TRIES = 4
ATTEMPTS = 4
AWAY = frozenset({"store_unavailable", "queue_busy"})
"""What 503 says while the gateway's memory is away, or was just now."""
DESCRIBED: dict[str, Json] = {}  # the same for every gateway; making it takes a second


@dataclass
class Now:
    """The gateway's clock: the real one, and what a test adds to it (seconds)."""

    ahead: float = 0.0
    stopped: float | None = None

    def __call__(self) -> float:
        return (time.time() if self.stopped is None else self.stopped) + self.ahead

    def stop(self) -> None:
        """From now on only what a test adds moves it."""
        self.stopped = time.time()

    def begin_minute(self) -> None:
        """Limits that count by the minute begin to."""
        self.ahead += 60 - self() % 60


@dataclass
class Gateway:
    """One gateway process, as far as its users can tell."""

    app: FastAPI
    http: httpx2.AsyncClient
    now: Now
    keys: "OwnKeys"
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def services(self) -> Services:
        services: Services = self.app.state.services
        return services

    async def token(self, wallet: Wallet) -> str:
        """A session token, by the whole way."""
        if str(wallet.key) not in self.tokens:
            self.tokens[str(wallet.key)] = await sign_in(self.http, wallet)
        return self.tokens[str(wallet.key)]

    async def call(
        self,
        method: str,
        path: str,
        *,
        who: Wallet | None = None,
        body: Json | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx2.Response:
        """An answer whatever its status."""
        sent = dict(headers or {})
        if who is not None:
            sent["authorization"] = f"Bearer {await self.token(who)}"
        return await self.http.request(method, path, json=body, headers=sent)

    async def ok(
        self,
        method: str,
        path: str,
        *,
        who: Wallet | None = None,
        body: Json | None = None,
        headers: dict[str, str] | None = None,
    ) -> Json:
        """The body of an answer that has to be a success."""
        answer = await self.call(method, path, who=who, body=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else {}

    async def refused(
        self,
        method: str,
        path: str,
        *,
        who: Wallet | None = None,
        body: Json | None = None,
        headers: dict[str, str] | None = None,
    ) -> str:
        """The code of an answer that has to be a refusal."""
        answer = await self.call(method, path, who=who, body=body, headers=headers)
        assert not answer.is_success, answer.text
        return str(answer.json()["error"])


Start = Callable[..., AbstractAsyncContextManager[Gateway]]


async def sign_in(http: httpx2.AsyncClient, wallet: Wallet) -> str:
    asked = (await http.post("/v1/auth/nonce", json={"wallet": str(wallet.key)})).json()
    signature = wallet.sign_message(asked["message"].encode())
    body = {"wallet": str(wallet.key), "nonce": asked["nonce"], "signature": str(signature)}
    answer = await http.post("/v1/auth/sign-in", json=body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["token"])


@dataclass(frozen=True)
class OwnKeys:
    """The keys of one gateway, or of several workers."""

    admission: Keypair
    challenge: Keypair
    tokens: TokenKeys
    sponsor: Keypair | None = None

    def rings(self, now: Now) -> Keys:
        admission, challenge = KeyRing.of(self.admission, now), KeyRing.of(self.challenge, now)
        sponsor = None if self.sponsor is None else KeyRing.of(self.sponsor, now)
        return Keys(admission, challenge, self.tokens, sponsor)


def once_more_if_slower_than(
    seconds: float,
) -> Callable[[Callable[P, Awaitable[None]]], Callable[P, Awaitable[None]]]:
    """For a test that has to be through before so many seconds of the product's are over.

    Of a machine that stood still so long its failure shows nothing, so it is played anew.
    """

    def patient(test: Callable[P, Awaitable[None]]) -> Callable[P, Awaitable[None]]:
        @functools.wraps(test)
        async def play(*args: P.args, **more: P.kwargs) -> None:
            for _ in range(ATTEMPTS):
                began = time.monotonic()
                try:
                    return await test(*args, **more)
                except AssertionError:
                    if time.monotonic() - began < seconds:
                        raise
            return await test(*args, **more)

        return play

    return patient


def fresh_keys() -> OwnKeys:
    tokens = TokenKeys.from_secrets(secrets.token_bytes(32))
    return OwnKeys(admission=Keypair(), challenge=Keypair(), tokens=tokens)


class Patient(httpx2.AsyncBaseTransport):
    """Asks again, a few times, when the gateway's memory is away: as clients should."""

    def __init__(self, under: httpx2.AsyncBaseTransport, tries: int = TRIES) -> None:
        self._under = under
        self._tries = tries

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        for _ in range(self._tries):
            answer = await self._under.handle_async_request(request)
            if answer.status_code != httpx2.codes.SERVICE_UNAVAILABLE:
                break
            if json.loads(await answer.aread()).get("error") not in AWAY:
                break
            await asyncio.sleep(int(answer.headers["retry-after"]))
        return answer


def way_to(app: FastAPI) -> httpx2.AsyncBaseTransport:
    """To a gateway in this process; on a cluster, whose masters may change, a patient one."""
    straight = httpx2.ASGITransport(app, raise_app_exceptions=False)
    return Patient(straight) if isinstance(app.state.services.redis, ClusterRedis) else straight


@contextlib.asynccontextmanager
async def start_gateway(
    redis: Redis, rpc: Rpc, *, keys: OwnKeys | None = None, **settings: Any
) -> AsyncIterator[Gateway]:
    """Runs a gateway; several may share Redis and keys, as several workers do."""
    now, keys = Now(), keys or fresh_keys()
    usual: Json = {"domain": DOMAIN, "sign_ins_per_minute": 100_000, "feed_writes": False}
    chosen = usual | settings
    made = Settings(**chosen)
    app = create_app(made, World(redis, rpc, keys.rings(now), now, secrets.token_bytes))
    app.openapi_schema = DESCRIBED.get("gateway")  # it is the same, and takes a second to make
    described = DESCRIBED.setdefault("gateway", app.openapi())

    async def check(answer: httpx2.Response) -> None:
        await answer.aread()
        assert_described(described, answer)

    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(
            transport=way_to(app), base_url="http://gateway", event_hooks={"response": [check]}
        ) as http,
    ):
        yield Gateway(app, http, now, keys)


def assert_described(described: Json, answer: httpx2.Response) -> None:
    """Every refusal that a test meets has to be in the description of its route."""
    operation = _operation(described, answer.request.method, answer.request.url.path)
    if operation is None or answer.is_success:
        return
    responses = operation["responses"]
    assert str(answer.status_code) in responses, f"{answer.status_code} is not described"
    if not answer.is_error:
        return  # such as 304
    if answer.status_code == 409 and "chain_refused" in json.dumps(responses["409"]):
        return  # the program's own names
    content = responses[str(answer.status_code)]["content"]
    media = answer.headers["content-type"].partition(";")[0]
    assert media in content, f"{media} is not described"
    examples = content[media].get("examples")
    if examples is not None:
        assert answer.json()["error"] in examples


def _operation(described: Json, method: str, path: str) -> Json | None:
    fixed_first = sorted(described["paths"].items(), key=lambda item: item[0].count("{"))
    for template, operations in fixed_first:
        pattern = re.sub(r"\{\w+\}", "[^/]+", template)
        if re.fullmatch(pattern, path) and method.lower() in operations:
            operation: Json = operations[method.lower()]
            return operation
    return None
