"""What fails is found in the log by the id that its answer has, and nobody is named there."""

import io
import json
import logging
from collections.abc import Iterator, Sequence

import httpx2
import pytest
from conting_client import Wallet
from conting_gateway.logs import JsonFormatter
from conting_gateway.redis import Redis
from solders.pubkey import Pubkey
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.gateway.fastlane.servers import make_room, serve, session
from tests.gateway.support import Gateway, Json

pytestmark = pytest.mark.anyio


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """The gateway's own log, as an operator sees it."""
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(JsonFormatter())
    ours = logging.getLogger("conting_gateway")
    before = ours.level
    ours.addHandler(handler)
    ours.setLevel(logging.INFO)
    yield handler.stream
    ours.removeHandler(handler)
    ours.setLevel(before)


def lines(written: io.StringIO) -> list[Json]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


async def fail(*_: object) -> None:
    raise ZeroDivisionError


async def fail_to_write(_event: Pubkey, _guests: Sequence[str]) -> list[int] | None:
    raise ZeroDivisionError


async def test_a_failure_is_found_by_the_id_that_its_answer_has(
    desk: Gateway, redis: Redis, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    fan, event = Wallet.generate(), await make_room(desk, redis)
    monkeypatch.setattr(desk.services.auth, "new_nonce", fail)
    monkeypatch.setattr(desk.services.waitroom._batcher, "_write", fail_to_write)
    async with serve(desk, fast=True) as lane, httpx2.AsyncClient() as http:
        here = f"http://127.0.0.1:{lane.port}/v1"
        answers = [
            await http.post(f"{here}/auth/nonce", json={"wallet": str(fan.key)}),
            await http.post(
                f"{here}/events/{event}/queue/join",
                headers={"authorization": f"Bearer {session(desk, fan)}"},
            ),
        ]
    for answer in answers:
        assert (answer.status_code, answer.json()["error"]) == (500, "internal")
        failures = [
            line
            for line in lines(written)
            if line.get("request") == answer.headers["x-request-id"] and "exception" in line
        ]
        assert len(failures) == 1
        assert "ZeroDivisionError" in failures[0]["exception"]
        assert failures[0]["level"] == "error"
    assert desk.app.state.hot.joins[500] == 1  # the second one is the fast lane's


async def test_a_channel_has_an_id_and_a_line_and_its_failure_is_found_by_it(
    desk: Gateway, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.services.passes, "challenge", fail)
    fan = Wallet.generate()
    async with serve(desk, fast=True) as lane:
        url = f"ws://127.0.0.1:{lane.port}/v1/tickets/{fan.key}/presence"
        async with connect(url, open_timeout=None) as socket:
            assert socket.response is not None
            request = socket.response.headers["x-request-id"]
            await socket.send(json.dumps({"token": session(desk, fan)}))
            with pytest.raises(ConnectionClosed):
                await socket.recv()
            assert socket.close_code == 1011  # RFC 6455: an error of the server's
    failure, line = [each for each in lines(written) if each.get("request") == request]
    assert "ZeroDivisionError" in failure["exception"]
    assert (line["message"], line["route"], line["status"]) == (
        "request",
        "/v1/tickets/{ticket}/presence",
        101,
    )
    assert str(fan.key) not in written.getvalue()
    told = 'conting_requests_total{method="GET",route="/v1/tickets/{ticket}/presence",status="101"}'
    assert f"{told} 1.0" in (await desk.http.get("/metrics")).text


async def test_a_websocket_that_is_turned_away_is_no_fault_of_the_gateways(
    desk: Gateway, written: io.StringIO
) -> None:
    """Else anybody could set an alarm off."""
    async with serve(desk, fast=True) as lane:
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://127.0.0.1:{lane.port}/nowhere", open_timeout=None)
        assert refused.value.response.status_code == 403
    (line,) = [each for each in lines(written) if each["message"] == "request"]
    assert line["status"] == 403
    told = (await desk.http.get("/metrics")).text
    assert 'conting_requests_total{method="GET",route="none",status="403"} 1.0' in told
    assert 'conting_request_seconds_count{route="none"}' not in told  # it is no answer's time


async def test_a_path_that_names_somebody_is_logged_as_its_route(
    desk: Gateway, written: io.StringIO
) -> None:
    who = Wallet.generate()
    await desk.http.get(f"/v1/persons/{who.key}?token={who.key}")
    (line,) = [each for each in lines(written) if each["message"] == "request"]
    assert (line["method"], line["route"]) == ("GET", "/v1/persons/{person}")
    assert line["request"]
    assert str(who.key) not in written.getvalue()
