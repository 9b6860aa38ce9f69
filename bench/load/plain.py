"""The same work as one writes it at first: FastAPI routes, one Redis call for each join.

`python -m bench.load.plain` takes REDIS_URL, CONTING_SECRET, RPC_URL, CHALLENGE and EVENT, whose
room is open; prints its port and ends with its standard input.
"""

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator
from typing import Annotated

import uvicorn
import uvloop
from conting_gateway.waitroom.schemas import PlaceAnswer, StatusAnswer
from conting_gateway.waitroom.store import Room, WaitroomStore
from fastapi import Depends, FastAPI
from solders.pubkey import Pubkey

from bench.load.plain_doors import KEYS, REDIS, caller, router

EVENT = Pubkey.from_string(os.environ.get("EVENT", str(Pubkey.default())))
STORE = WaitroomStore(REDIS)
ROOMS: list[Room] = []


@contextlib.asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Follows the room while the server runs."""
    follower = asyncio.create_task(follow())
    yield
    follower.cancel()


async def follow() -> None:
    """Keeps a copy of the room, as the gateway does: polls cost no Redis call here either."""
    while True:
        found = await STORE.load(EVENT)
        assert found is not None
        ROOMS[:] = [found.room]
        await asyncio.sleep(0.1)


app = FastAPI(lifespan=lifespan)


@app.post("/v1/events/{event}/queue/join")
async def join(event: str, wallet: Annotated[str, Depends(caller)]) -> PlaceAnswer:
    """A place."""
    numbers = await STORE.join(Pubkey.from_string(event), 10**9, [wallet])
    assert numbers is not None
    ticket = KEYS.mint("place", event, str(numbers[0]), wallet, "0")
    return PlaceAnswer(number=numbers[0], ticket=ticket, **standing(numbers[0]).model_dump())


@app.get("/v1/events/{event}/queue/status")
async def status(event: str, ticket: str) -> StatusAnswer:
    """Where a place stands."""
    named, number, _, _ = KEYS.read("place", ticket)
    assert named == event
    return standing(int(number))


def standing(number: int) -> StatusAnswer:
    """Where a number stands; the draw has no early guests here."""
    room = ROOMS[0]
    ahead = max(0, number - room.serving - 1)
    return StatusAnswer(
        state="waiting" if number > room.serving else "admitted",
        place=number,
        ahead=ahead,
        rate=room.rate,
        eta_seconds=round(ahead / room.rate),
        next_poll_ms=2000,
        stale=False,
    )


app.include_router(router)


async def serve() -> None:
    """Until standard input ends."""
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listener:
        config = uvicorn.Config(app, log_level="error", access_log=False)
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110 uvicorn tells it by a flag
            await asyncio.sleep(0.01)
        print(listener.getsockname()[1], flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        server.should_exit = True
        await task


if __name__ == "__main__":
    uvloop.run(serve())
