"""The fast lane counts joins of a wallet as the framework does."""

import pytest
from conting_client import Wallet
from conting_gateway.redis import Redis

from tests.gateway.fastlane.servers import make_room, serve, session
from tests.gateway.fastlane.streams import Place, request
from tests.gateway.support import Gateway

pytestmark = pytest.mark.anyio


async def test_a_wallet_that_joins_without_end_is_told_when_to_come_back(
    desk: Gateway, redis: Redis
) -> None:
    event, wallets = await make_room(desk, redis), [Wallet.generate(), Wallet.generate()]
    desk.now.stop()  # no new minute while the test runs
    desk.services.waitroom._joins._budget = 3
    places = [Place(str(event), "", session(desk, wallet)) for wallet in wallets]
    joins = [request(place.join, place.bearer) for place in places]
    async with serve(desk, fast=True) as lane:
        answers = [
            (await lane.ask([join], in_turn=True))[0] for join in (*[joins[0]] * 4, joins[1])
        ]
    assert [each[9:12] for each in answers] == [b"200"] * 3 + [b"429", b"200"]
    assert b"rate_limited" in answers[3]
    assert b"\r\nretry-after: " in answers[3]
    assert desk.app.state.hot.joins == {200: 4, 429: 1}
