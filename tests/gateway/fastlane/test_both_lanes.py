"""Connections on which requests of both lanes follow each other, and tickets of another event."""

import asyncio

import pytest
from conting_gateway.fastlane import FastLane
from conting_gateway.redis import Redis

from tests.gateway.fastlane.servers import make_room, serve, session
from tests.gateway.fastlane.streams import Place, request
from tests.gateway.fastlane.test_connections import LATER, SlowRedis, connect, place_in
from tests.gateway.support import Gateway

pytestmark = pytest.mark.anyio

HEALTH = request(b"GET /health")
END = b"connection: close\r\n"
IDLE = 3  # seconds; the machine may stand still for two of them


async def ticket_of(gateway: Gateway, place: Place) -> Place:
    """The place with a ticket of its event."""
    headers = {"authorization": f"Bearer {place.token}"}
    joined = await gateway.http.post(f"/v1/events/{place.event}/queue/join", headers=headers)
    return Place(place.event, joined.json()["ticket"], place.token)


async def answer(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(60):
        return await reader.readuntil(b"}")


@pytest.mark.slow
async def test_polls_and_joins_keep_a_connection_that_the_other_lane_has_answered(
    desk: Gateway, redis: Redis
) -> None:
    """uvicorn has set its timer there, which would end the connection."""
    place = await ticket_of(desk, await place_in(desk, redis))
    slow = SlowRedis(desk)
    other = request(
        Place(place.event, "", token := session(desk)).join, Place("", "", token).bearer
    )
    async with serve(desk, fast=True) as lane:
        lane.server.config.timeout_keep_alive = IDLE
        reader, writer = await connect(lane)
        for sent in (HEALTH, *[request(place.poll)] * 5, HEALTH):
            writer.write(sent)
            assert (await answer(reader)).startswith(b"HTTP/1.1 200")
            await asyncio.sleep(IDLE / 5)  # together longer than that
        writer.write(other)
        await asyncio.sleep(IDLE + 0.5)
        slow.go.set()
        assert b'"ticket"' in await answer(reader)
        writer.close()


async def test_a_ticket_is_good_for_its_own_event_only(desk: Gateway, redis: Redis) -> None:
    here = await ticket_of(desk, await place_in(desk, redis))
    there = Place(str(await make_room(desk, redis)), here.ticket, here.token)
    own = await ticket_of(desk, Place(there.event, "", session(desk)))
    polls = [[request(each.poll)] for each in (here, own, there)]
    for fast in (True, False):
        async with serve(desk, fast=fast) as lane:
            answers = [(await lane.ask(poll, in_turn=False))[0] for poll in polls]
        assert [each[9:12] for each in answers] == [b"200", b"200", b"403"]


async def test_nothing_is_answered_behind_the_last_request_of_a_connection(
    desk: Gateway, redis: Redis
) -> None:
    place, slow = await ticket_of(desk, await place_in(desk, redis)), SlowRedis(desk)
    join = request(Place(place.event, "", token := session(desk)).join, Place("", "", token).bearer)
    async with serve(desk, fast=True) as lane:
        reader, writer = await connect(lane)
        for sent in (join, request(place.poll, END), request(place.poll)):
            writer.write(sent)
            await asyncio.sleep(LATER)
        slow.go.set()
        async with asyncio.timeout(5):
            answers = await reader.read()
        assert answers.count(b"HTTP/1.1 200") == 2
        assert answers.count(b"connection: close") == 1
        writer.close()


async def test_polls_of_who_takes_no_answers_wait(desk: Gateway, redis: Redis) -> None:
    place = await ticket_of(desk, await place_in(desk, redis))
    async with serve(desk, fast=True) as lane:
        reader, writer = await connect(lane)
        writer.write(request(place.poll))
        assert await answer(reader)
        (protocol,) = lane.server.server_state.connections
        assert isinstance(protocol, FastLane)
        protocol.pause_writing()  # as its transport does when the client does not read
        writer.write(request(place.poll))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(LATER):
                await reader.read(1)
        protocol.resume_writing()
        assert (await answer(reader)).startswith(b"HTTP/1.1 200")
        writer.close()
