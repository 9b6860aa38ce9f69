"""Two gates, one pass, the same instant. `CONTING_RACES=10000` in the environment runs them all:

CONTING_RACES=10000 .venv/bin/python -m pytest -m slow tests/gateway/gate/test_races.py
"""

import asyncio
import json
import os
import secrets
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest
from conting_client import MAX_LIFETIME, Challenge, DeviceKey, Wallet, save_keypair
from conting_gateway.gate.lua import MENDING
from conting_gateway.gate.records import Attempt, Record
from conting_gateway.gate.store import GateStore
from conting_gateway.redis import CLUSTER, EmbeddedRedis, Redis, connect
from conting_gateway.tokens import TokenKeys
from conting_localnet import LocalnetProcess
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from bench.load.stage import run_gateway
from bench.load.wire import Wire, body_of, status_of
from tests.cluster import Server
from tests.gateway.chain import Chain, Show
from tests.gateway.faults.wire import wire_to
from tests.gateway.gate.door import Fan, known_for_hours
from tests.gateway.gate.night import SESSIONS
from tests.gateway.gate.power import patiently
from tests.gateway.support import Json

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.attack]

RACES = int(os.environ.get("CONTING_RACES", "400"))
AT_ONCE = 8  # races under way at the same time
OVER_HTTP = max(10, RACES // 20) if RACES < 10_000 else RACES


async def test_one_of_two_gates_spends_a_pass_however_often(redis_server: Server) -> None:
    """Each gate has its own connection: Redis alone decides who was first."""
    clients = [connect(redis_server.url) for _ in range(2)]
    stores = [GateStore(client) for client in clients]
    event, winners = Pubkey.new_unique(), [0, 0]
    for _ in range(RACES):
        nonce, ticket = secrets.token_bytes(16), Pubkey.new_unique()
        attempt = Attempt(event, 0, ticket, 1, nonce, nonce.hex(), 60, 60)
        told = await asyncio.gather(
            *(
                patiently(partial(store.spend, attempt, Record(f"gate{number}", 1, "", "d")))
                for number, store in enumerate(stores)
            )
        )
        assert sorted(first for first, _ in told) == [False, True]
        assert told[0][1] == told[1][1]
        winners[0 if told[0][0] else 1] += 1
    assert sum(winners) == RACES
    for client in clients:
        await client.aclose()


@pytest.fixture
def one_redis(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    """One server, whatever the others are tested on: there is a wire to it."""
    with EmbeddedRedis(tmp_path / "redis") as server:
        yield server


async def test_the_first_is_told_so_though_the_answer_was_lost(one_redis: EmbeddedRedis) -> None:
    """Redis has kept the verdict; its client asks again, for the same gate and the same call."""
    direct, event, nonce = connect(one_redis.url), Pubkey.new_unique(), secrets.token_bytes(16)
    attempt = Attempt(event, 0, Pubkey.new_unique(), 1, nonce, nonce.hex(), 60, 60)
    other, record = GateStore(direct), Record("gate", 1, "", "d")
    await known_for_hours(direct, event)
    before = replace(attempt, ticket=Pubkey.new_unique(), spends=bytes(16), nonce=bytes(16).hex())
    assert await other.spend(before, record) == (True, record)  # Redis knows the script
    async with wire_to(one_redis.url) as wire:
        through = connect(wire.url)
        wire.hold()
        asked = asyncio.create_task(GateStore(through).spend(attempt, record))
        while await other.kept(event, nonce) is None:  # noqa: ASYNC110 Redis tells nobody
            await asyncio.sleep(0.01)
        wire.lose()
        told = await asked
        await through.aclose()
    again = await other.spend(attempt, Record("other", 1, "", "d"))
    await direct.aclose()
    assert told == (True, record)
    assert again == (False, record)


@dataclass(frozen=True)
class Contest:
    """Two gateway processes before one Redis, a gate at each, and a fan with many sessions."""

    show: Show
    gates: tuple[Wallet, Wallet]
    fan: Fan
    urls: tuple[str, str]
    challenge: Keypair
    tokens: TokenKeys
    on_cluster: bool
    """Its masters may change, and then verdicts wait."""

    def request(self, number: int, data: bytes) -> bytes:
        """What a gate sends to its gateway."""
        url, gate = self.urls[number], str(self.gates[number].key)
        token = self.tokens.mint("session", gate, secrets.token_hex(8), str(int(time.time()) + 60))
        body = json.dumps({"pass": b64encode(data).decode()})
        return (
            f"POST /v1/events/{self.show.address}/gate/verify HTTP/1.1\r\n"
            f"host: {url.removeprefix('http://')}\r\nauthorization: Bearer {token}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n{body}"
        ).encode()

    def wire(self, number: int) -> "Wire[asyncio.Future[bytes]]":
        host, _, port = self.urls[number].removeprefix("http://").partition(":")
        return Wire(host, int(port), asyncio.Future[bytes].set_result)


@pytest.fixture
async def contest(
    redis_server: Server, redis: Redis, node: LocalnetProcess, chain: Chain, tmp_path: Path
) -> AsyncIterator[Contest]:
    secret, challenge, admission = secrets.token_bytes(32), Keypair(), Wallet.generate()
    save_keypair(challenge, tmp_path / "challenge.json")
    settings = {
        "REDIS_URL": redis_server.url,
        "RPC_URL": node.rpc_url,
        "SECRET": secret.hex(),
        "CHALLENGE_KEY": str(tmp_path / "challenge.json"),
        "REQUESTS_PER_MINUTE": "100000000",
        "FEED_WRITES": "false",
    }
    show = await chain.make_show(admission.key, sessions=SESSIONS)
    gates = await chain.register_gate(show), await chain.register_gate(show)
    await chain.advance_to(show.opens)
    wallet, phone = await chain.fund(), DeviceKey(Keypair())
    fan = Fan(wallet, phone, await chain.buy(show, admission, wallet, 0, phone.key))
    await chain.advance_to(show.doors)
    await known_for_hours(redis, show.address)
    log = str(tmp_path / "gateway.log")
    with run_gateway(log=log, **settings) as (_, one), run_gateway(log=log, **settings) as (_, two):
        keys = TokenKeys.from_secrets(secret)
        on_cluster = redis_server.url.startswith(CLUSTER)
        yield Contest(show, gates, fan, (one, two), challenge, keys, on_cluster)


async def test_one_of_two_gates_admits_through_two_gateways(contest: Contest) -> None:
    """One ticket, and as many sessions as races: in each of them one entry, at one gate."""
    assert OVER_HTTP <= SESSIONS
    races = iter(range(1, OVER_HTTP + 1))
    won = await asyncio.gather(*(_run(contest, races) for _ in range(min(AT_ONCE, OVER_HTTP))))
    firsts = [sum(each[gate] for each in won) for gate in (0, 1)]
    assert sum(firsts) == OVER_HTTP
    print(json.dumps({"races": OVER_HTTP, "won": firsts}))  # noqa: T201 for the record


async def _run(contest: Contest, races: Iterator[int]) -> list[int]:
    """Races one after the other over two open connections; how many each gate has won."""
    wires, won = [contest.wire(0), contest.wire(1)], [0, 0]
    for wire in wires:
        await wire.open()
    for session in races:
        answers = await _race(contest, wires, session)
        assert sorted(each["verdict"] for each in answers) == ["admitted", "refused"], answers
        (refused,) = [each for each in answers if each["verdict"] == "refused"]
        assert refused["reason"] in {"replayed", "already_in"}
        won[answers.index(refused) ^ 1] += 1
    for wire in wires:
        wire.close()
    return won


async def _race(
    contest: Contest, wires: "list[Wire[asyncio.Future[bytes]]]", session: int
) -> list[Json]:
    """What both gates are told.

    While verdicts wait they ask again, and with a new pass if the first was over before that was.
    """
    while True:
        data = _pass_of(contest, session)
        requests = [contest.request(number, data) for number in (0, 1)]
        order = (0, 1) if session % 2 else (1, 0)
        told: dict[int, Json] = {}
        while len(told) < len(order):
            asked = {n: _ask(wires[n], requests[n]) for n in order if n not in told}
            answers = {number: await answer for number, answer in asked.items()}
            for number, answer in answers.items():
                if status_of(answer) == 200:
                    told[number] = json.loads(body_of(answer))
                else:
                    assert contest.on_cluster, answer
                    assert b"store_unavailable" in answer, answer
                    await asyncio.sleep(MENDING / 1000)
        if {each["reason"] for each in told.values()} != {"expired"}:
            return [told[number] for number in (0, 1)]


def _pass_of(contest: Contest, session: int) -> bytes:
    now, fan = int(time.time()), contest.fan
    asked = Challenge.issue(
        contest.challenge,
        session=session,
        issued=now,
        expires=now + MAX_LIFETIME,
        event=contest.show.address,
        ticket=fan.ticket,
        device_key=fan.phone.key,
        nonce=secrets.token_bytes(16),
    )
    return fan.phone.answer(asked, ticket=fan.ticket, session=session, now=now).encode()


def _ask(wire: "Wire[asyncio.Future[bytes]]", request: bytes) -> "asyncio.Future[bytes]":
    """Sends it at once; the whole answer will be there."""
    answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    wire.send(request, answer)
    return answer
