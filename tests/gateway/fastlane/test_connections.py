"""What happens on a connection of the fast lane beside answers: waiting, ending, idling."""

import asyncio
import json
from collections.abc import Sequence

import pytest
from conting_client import Wallet
from conting_gateway.config import Settings
from conting_gateway.fastlane import HELD, FastLane
from conting_gateway.redis import Redis
from conting_gateway.waitroom.batch import PATIENCE
from conting_gateway.waitroom.recent import Recent
from conting_gateway.waitroom.store import WaitroomStore
from solders.pubkey import Pubkey

from tests.gateway.fastlane.servers import Lane, make_room, serve, session, until
from tests.gateway.fastlane.streams import Place, request
from tests.gateway.support import Gateway

pytestmark = pytest.mark.anyio

LATER = 0.3  # seconds


class SlowRedis:
    """Stands between the batches and Redis: no join is written before `go`."""

    def __init__(self, gateway: Gateway) -> None:
        self.go = asyncio.Event()
        self.batches: list[int] = []
        batcher = gateway.services.waitroom._batcher
        self._write = batcher._write
        batcher._write = self.write

    async def write(self, event: Pubkey, wallets: Sequence[str]) -> list[int] | None:
        self.batches.append(len(wallets))
        await self.go.wait()
        return await self._write(event, wallets)


async def place_in(gateway: Gateway, redis: Redis) -> Place:
    return Place(str(await make_room(gateway, redis)), "none", session(gateway))


async def connect(lane: Lane) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", lane.port)


async def test_joins_that_wait_for_redis_go_there_together(desk: Gateway, redis: Redis) -> None:
    event, slow = str(await make_room(desk, redis)), SlowRedis(desk)
    joins = [request((p := Place(event, "", session(desk))).join, p.bearer) for _ in range(50)]
    async with serve(desk, fast=True) as lane:
        first = asyncio.create_task(lane.ask([joins[0]], in_turn=False))
        assert await until(lambda: slow.batches == [1])
        rest = [asyncio.create_task(lane.ask([join], in_turn=False)) for join in joins[1:]]
        assert await until(lambda: desk.services.waitroom.load().waiting == len(rest))
        assert slow.batches == [1]  # one at a time, the others collect
        slow.go.set()
        answers = [await each for each in (first, *rest)]
    assert slow.batches == [1, 49]
    assert all(data.startswith(b"HTTP/1.1 200") for data, _ in answers)


@pytest.mark.slow
async def test_who_waits_too_long_is_told_to_come_back(desk: Gateway, redis: Redis) -> None:
    event, slow = str(await make_room(desk, redis)), SlowRedis(desk)
    joins = [request((p := Place(event, "", session(desk))).join, p.bearer) for _ in range(3)]
    async with serve(desk, fast=True) as lane:
        first = asyncio.create_task(lane.ask([joins[0]], in_turn=False))
        assert await until(lambda: slow.batches == [1])
        second = asyncio.create_task(lane.ask([joins[1]], in_turn=False))
        assert await until(lambda: desk.services.waitroom.load().waiting == 1)
        await asyncio.sleep(PATIENCE + LATER)  # who collects has now waited too long
        refused, _ = await lane.ask([joins[2]], in_turn=False)
        slow.go.set()
        answers = [(await each)[0] for each in (first, second)]
    assert all(answer.startswith(b"HTTP/1.1 200") for answer in answers)
    assert refused.startswith(b"HTTP/1.1 503")
    assert b"queue_busy" in refused
    assert b"\r\nretry-after: 1\r\n" in refused


async def test_a_join_that_is_under_way_is_answered_when_the_server_ends(
    desk: Gateway, redis: Redis
) -> None:
    place, slow = await place_in(desk, redis), SlowRedis(desk)
    async with serve(desk, fast=True) as lane:
        reader, writer = await connect(lane)
        _, idle = await connect(lane)
        writer.write(request(place.join, place.bearer))
        assert await until(lambda: slow.batches == [1])
        lane.server.should_exit = True
        await asyncio.sleep(LATER)
        slow.go.set()
        answer = await reader.read()  # until the server closes
        assert answer.startswith(b"HTTP/1.1 200")
        writer.close()
        idle.close()


async def test_what_comes_behind_a_join_is_bounded_and_answered_after_it(
    desk: Gateway, redis: Redis
) -> None:
    place, slow = await place_in(desk, redis), SlowRedis(desk)
    health = request(b"GET /health", b"x-pad: " + b"a" * 1000 + b"\r\n")
    async with serve(desk, fast=True) as lane:
        reader, writer = await connect(lane)
        writer.write(request(place.join, place.bearer))
        assert await until(lambda: slow.batches == [1])
        (protocol,) = lane.server.server_state.connections
        assert isinstance(protocol, FastLane)
        for _ in range(40):
            writer.write(health)
            await asyncio.sleep(0.005)
        assert await until(lambda: protocol.flow.read_paused)
        assert (
            sum(map(len, protocol._held)) <= HELD + 256 * 1024
        )  # one read more, then it stops reading
        slow.go.set()
        answers = b""
        while answers.count(b"HTTP/1.1") < 41:
            async with asyncio.timeout(60):
                answers += (more := await reader.read(65_536))
            assert more, answers
        assert answers.count(b"HTTP/1.1 200") == 41, answers
        assert answers.index(b'"ticket"') < answers.index(b'"ok"')
        writer.close()


@pytest.mark.slow
async def test_an_idle_connection_is_closed_and_a_busy_one_is_not(
    desk: Gateway, redis: Redis
) -> None:
    place = await place_in(desk, redis)
    join = request(place.join, place.bearer)
    async with serve(desk, fast=True) as lane:
        lane.server.config.timeout_keep_alive = 3  # the machine may stand still for two of them
        reader, writer = await connect(lane)
        for _ in range(7):
            writer.write(join)
            async with asyncio.timeout(60):
                assert await reader.read(65_536)
            await asyncio.sleep(0.6)
        async with asyncio.timeout(60):
            assert await reader.read() == b""
        writer.close()


@pytest.mark.slow
async def test_a_setting_turns_the_fast_lane_off(
    desk: Gateway, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = await place_in(desk, redis)
    for value, own in (("1", 1), ("0", 0)):
        monkeypatch.setenv("CONTING_FAST_LANE", value)
        hot = desk.app.state.hot
        hot.joins.clear()
        async with serve(desk, fast=True, settings=Settings()) as lane:
            answer, _ = await lane.ask([request(place.join, place.bearer)], in_turn=False)
        assert answer.startswith(b"HTTP/1.1 200")
        assert hot.joins[200] == own


@pytest.mark.slow
async def test_an_exception_is_answered_and_the_connection_lives(
    desk: Gateway, redis: Redis
) -> None:
    place = await place_in(desk, redis)

    async def fail(_event: Pubkey, _wallets: Sequence[str]) -> list[int] | None:
        raise ZeroDivisionError

    desk.services.waitroom._batcher._write = fail
    join = request(place.join, place.bearer)
    async with serve(desk, fast=True) as lane:
        answer, closed = await lane.ask([join, join], in_turn=True)
    assert answer.count(b"HTTP/1.1 500") == 2
    assert answer.count(b'"error":"internal"') == 2
    assert b"ZeroDivision" not in answer
    assert not closed


async def test_who_clicks_again_is_answered_without_redis_until_it_may_have_lost_something(
    desk: Gateway, redis: Redis
) -> None:
    event, token = await make_room(desk, redis), session(desk)
    join = request(Place(str(event), "", token).join, Place(str(event), "", token).bearer)
    waitroom = desk.services.waitroom
    async with serve(desk, fast=True) as lane:
        reader, writer = await connect(lane)

        async def joined() -> tuple[int, int]:
            writer.write(join)
            head = await reader.readuntil(b"\r\n\r\n")
            answer = json.loads(await reader.readuntil(b"}"))
            assert head[9:12] == b"200", answer
            return answer["number"], waitroom.load().batches

        first = await joined()
        assert await joined() == first
        await waitroom._rooms.reload(event)  # as when Redis tells that numbers were lost
        assert await joined() == (first[0], first[1] + 1)
        writer.close()


@pytest.mark.slow
async def test_who_has_bought_joins_again_for_another_turn(desk: Gateway, redis: Redis) -> None:
    event, wallet = await make_room(desk, redis), Wallet.generate()
    place = Place(str(event), "", session(desk, wallet))
    waitroom, store = desk.services.waitroom, WaitroomStore(redis)
    await store.configure(event, rate=1000, capacity=9, beacon_slot=1, secret=b"", commit=b"")
    await waitroom._rooms.reload(event)
    async with serve(desk, fast=True) as lane, asyncio.timeout(60):
        reader, writer = await connect(lane)

        async def join() -> int:
            writer.write(request(place.join, place.bearer))
            await reader.readuntil(b"\r\n\r\n")
            return int(json.loads(await reader.readuntil(b"}"))["number"])

        number = await join()
        view = await waitroom._rooms.view(event)
        while view.is_to_come(number):
            await waitroom.tick()
            await asyncio.sleep(0.05)
            view = await waitroom._rooms.view(event)
        assert await join() == number  # inside, and no second turn
        seat = view.place(number)
        assert seat is not None
        guest = str(wallet.key)
        await store.enter(event, guest=guest, number=number, place=seat, visit=60_000, grace=1)
        await store.spend(event, guest, number, seat)
        assert await join() > number
        writer.close()


async def test_joins_outside_the_fast_lane_go_to_redis_together(
    desk: Gateway, redis: Redis
) -> None:
    event, slow = await make_room(desk, redis), SlowRedis(desk)
    headers = [{"authorization": f"Bearer {session(desk)}"} for _ in range(20)]
    path = f"/v1/events/{event}/queue/join"
    joins = [asyncio.create_task(desk.http.post(path, headers=each)) for each in headers]
    load = desk.services.waitroom.load
    while load().waiting + sum(slow.batches) < len(joins):  # noqa: ASYNC110 it tells nobody
        await asyncio.sleep(0.01)
    slow.go.set()
    answers = [await each for each in joins]
    assert {answer.status_code for answer in answers} == {200}
    assert sum(slow.batches) == len(joins)
    assert len(slow.batches) <= len(["before Redis answered", "after"])


def test_what_many_ask_for_is_kept_within_bounds() -> None:
    kept: Recent[bytes, int] = Recent(most=25)
    tickets = [b"place.%d" % number for number in range(200)]
    for number, ticket in enumerate(tickets):
        kept.keep(ticket, number)
        assert kept.find(tickets[0]) == 0  # who polls on is kept
        assert len(kept) <= 2 * 25
    assert kept.find(tickets[1]) is None
    assert kept.find(tickets[-1] + b" ") is None


@pytest.mark.attack
async def test_a_stream_ends_with_its_connection_though_a_request_waits_behind_it(
    desk: Gateway, redis: Redis
) -> None:
    """Else a few who come and go have all streams, and need to hold no connection for it."""
    place = await place_in(desk, redis)
    async with serve(desk, fast=True) as lane:
        joined, _ = await lane.exchange([request(place.join, place.bearer)], 1)
        ticket = json.loads(joined.partition(b"\r\n\r\n")[2])["ticket"]
        stream = f"GET /v1/events/{place.event}/queue/stream?ticket={ticket}".encode()
        _, writer = await connect(lane)
        writer.write(request(stream) + request(b"GET /health"))
        load = desk.services.waitroom.load
        assert await until(lambda: load().streams == 1)
        writer.close()
        assert await until(lambda: load().streams == 0)


async def test_a_connection_keeps_its_state_where_cpython_finds_it_fast(
    desk: Gateway, redis: Redis
) -> None:
    place = await place_in(desk, redis)
    async with serve(desk, fast=True) as lane:
        reader, writer = await connect(lane)
        for sent in (request(place.poll), request(b"GET /health")):
            writer.write(sent)
            assert await reader.readuntil(b"}")
        (protocol,) = lane.server.server_state.connections
        shared_keys = 30  # SHARED_KEYS_MAX_SIZE: with one more, each is looked up in a dictionary
        assert len(vars(protocol)) <= shared_keys
        writer.close()


async def test_a_ticket_is_read_once_and_each_poll_counted(desk: Gateway, redis: Redis) -> None:
    event, token = await make_room(desk, redis), session(desk)
    headers = {"authorization": f"Bearer {token}"}
    joined = await desk.http.post(f"/v1/events/{event}/queue/join", headers=headers)
    desk.now.stop()  # no new minute while the test runs
    (await desk.services.waitroom._rooms.view(event)).polls._budget = 3
    poll = request(Place(str(event), joined.json()["ticket"], token).poll)
    async with serve(desk, fast=True) as lane:
        reader, writer = await connect(lane)
        answers = []
        for sent in (poll, poll, poll, poll, poll.replace(b"host: x", b"host: y")):
            writer.write(sent)
            answers.append(await reader.readuntil(b"}"))
        assert [b"cache-control: public, max-age=1" in each for each in answers[2:4]] == [1, 0]
        (protocol,) = lane.server.server_state.connections
        assert isinstance(protocol, FastLane)
        assert len(protocol.hot.tickets) == 1
        assert len(protocol.polls) == 2  # other headers are read for themselves
        writer.close()
    assert [each[9:12] for each in answers] == [b"200"] * 3 + [b"429"] * 2
