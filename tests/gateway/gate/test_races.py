"""Two gates, one pass, the same instant. `CONTING_RACES=10000` in the environment runs them all:

CONTING_RACES=10000 .venv/bin/python -m pytest -m slow tests/gateway/gate/test_races.py
"""

import asyncio
import os
import secrets
from base64 import b64encode

import pytest
from conting_gateway.gate.store import Attempt, GateStore, Record
from conting_gateway.redis import connect
from solders.pubkey import Pubkey

from tests.cluster import Server
from tests.gateway.gate.night import SESSIONS, Night, forged

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.attack]

RACES = int(os.environ.get("CONTING_RACES", "400"))
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
                store.spend(attempt, Record(f"gate{number}", 1, "", "d"))
                for number, store in enumerate(stores)
            )
        )
        assert sorted(first for first, _ in told) == [False, True]
        assert told[0][1] == told[1][1]
        winners[0 if told[0][0] else 1] += 1
    assert sum(winners) == RACES
    for client in clients:
        await client.aclose()


async def test_one_of_two_gates_admits_through_the_gateway(night: Night) -> None:
    """A ticket, and as many sessions as races: in each, one entry at one gate."""
    fan, gates = night.home.pop(), (night.north, night.south)
    path = f"/v1/events/{night.show.address}/gate/verify"
    assert OVER_HTTP <= SESSIONS
    for session in range(1, OVER_HTTP + 1):
        body = {"pass": b64encode(forged(night, fan, session=session)).decode()}
        told = await asyncio.gather(
            *(night.gateway.ok("POST", path, who=gate, body=body) for gate in gates)
        )
        assert sorted(each["verdict"] for each in told) == ["admitted", "refused"]
        (refused,) = [each for each in told if each["verdict"] == "refused"]
        assert refused["reason"] in {"replayed", "already_in"}
