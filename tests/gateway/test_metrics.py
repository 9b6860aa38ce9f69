"""GET /metrics: numbers that agree with what was asked, and name nobody."""

import re

import pytest
from conting_client import Wallet
from conting_gateway.redis import Redis

from tests.gateway.fastlane.servers import make_room, serve, session
from tests.gateway.fastlane.streams import Place, request
from tests.gateway.support import Gateway

pytestmark = pytest.mark.anyio


def number(text: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    assert found is not None, f"no {name} in {text}"
    return float(found[1])


async def test_both_lanes_are_counted_and_nobody_is_named(desk: Gateway, redis: Redis) -> None:
    event, fan = await make_room(desk, redis), Wallet.generate()
    place = Place(str(event), "no.ticket.at-all", session(desk, fan))
    async with serve(desk, fast=True) as lane:
        for _ in range(3):
            await lane.exchange([request(place.join, place.bearer + b"connection: close\r\n")], 5)
        await lane.exchange([request(place.poll, b"connection: close\r\n")], 5)
    await desk.http.get("/health")
    await desk.services.waitroom.tick()
    answer = await desk.http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    text = answer.text
    joined = 'conting_fast_requests_total{route="join",status="200"}'
    refused = 'conting_fast_requests_total{route="status",status="403"}'
    assert number(text, joined) == 3
    assert number(text, refused) == 1
    assert number(text, 'conting_join_seconds_bucket{le="+Inf"}') == 3
    health = 'conting_requests_total{method="GET",route="/health",status="200"}'
    assert number(text, health) == 1
    assert number(text, f'conting_room_tail{{event="{event}"}}') == 1
    assert str(fan.key) not in text
    assert place.token not in text
