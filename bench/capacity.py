"""What one gateway process answers a second: `make bench-capacity`.

Joins, polls, challenges and verdicts of the gateway, of the same work as plain FastAPI routes one
by one (a Redis call for each join, an RPC call for each account), and of a bare server that answers
as many bytes; in turn, three rounds, the medians. One line of JSON per endpoint.
"""

import argparse
import asyncio
import json
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import uvloop

from bench.load.closed import CONNECTIONS, FEW, Pump
from bench.load.crowd import Requests
from bench.load.doors import open_doors
from bench.load.stage import Stage, raise_stage, run_helper
from bench.load.wire import Wire, body_of

USERS = 20_000
ROUNDS = 3
SECONDS = 3.0
TICKETS = 5_000  # that are polled in turn
PASSES = 3_000  # for one measurement
HOST = "127.0.0.1"


@dataclass(frozen=True)
class Server:
    """Where to send it."""

    name: str
    port: int


async def tickets(stage: Stage, requests: Requests, count: int) -> list[bytes]:
    """The tickets of so many users, who join for them."""
    wire, found = Wire(stage.host, stage.port, asyncio.Future[bytes].set_result), list[bytes]()
    await wire.open()
    for join in requests.joins[:count]:
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        wire.send(join, answer)
        found.append(json.loads(body_of(await answer))["ticket"].encode())
    wire.close()
    return found


Make = Callable[[], Sequence[bytes]]
"""The requests of one measurement: some are good for seconds only."""


async def measure(
    servers: Sequence[Server], make: Make, options: "Options", connections: int
) -> dict[str, float]:
    """The median rate of each server, over rounds in turn: all meet the same neighbours."""
    rates: dict[str, list[float]] = {server.name: [] for server in servers}
    for _ in range(ROUNDS):
        for server in servers:
            pump = Pump(make(), options.seconds, connections)
            rates[server.name].append(await pump.rate(HOST, server.port))
    return {name: round(statistics.median(found)) for name, found in rates.items()}


async def capacity(options: "Options") -> None:
    """Measures and prints."""
    async with raise_stage(rate=0.001, capacity=1) as stage:
        environment = {
            "REDIS_URL": stage.redis_url,
            "CONTING_SECRET": stage.secret.hex(),
            "RPC_URL": stage.rpc_url,
            "CHALLENGE": str(stage.challenge_file),
            "EVENT": str(stage.event),
        }
        with run_helper("bench.load.plain", **environment) as (_, plain):
            ours = [Server("per_s", stage.port), Server("plain_fastapi_per_s", plain)]

            async def show(endpoint: str, make: Make, connections: int, size: int = 0) -> None:
                with run_helper("bench.load.bare", BODY=str(size)) as (_, bare):
                    servers = [*ours, Server("bare_per_s", bare)]
                    rates = await measure(servers, make, options, connections)
                print(json.dumps({"endpoint": endpoint} | rates), flush=True)

            requests = stage.requests(options.users)
            held = await tickets(stage, requests, min(options.users, TICKETS))
            polls = [requests.poll_before + ticket + requests.poll_after for ticket in held]
            await show("join", lambda: requests.joins, CONNECTIONS)
            await show("poll", lambda: polls, CONNECTIONS)
            doors = await open_doors(stage)
            challenge, shown = doors.challenges(), doors.passes(1)
            size = len(await doors.ask(challenge[0])), len(await doors.ask(shown[0]))
            await show("challenge", lambda: challenge, FEW, size[0])
            await show("verdict", lambda: doors.passes(PASSES), FEW, size[1])


@dataclass(frozen=True)
class Options:
    """How many users there are; how long each measurement takes, in seconds."""

    users: int
    seconds: float


def main() -> int:
    """Runs it as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=USERS)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each measurement")
    options = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(capacity(Options(options.users, options.seconds)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
