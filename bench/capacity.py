"""What one gateway process answers a second: `make bench-capacity`.

Joins and polls of the gateway, of the same work as plain FastAPI routes with a Redis call for each
join, and of a bare server that answers the same bytes; in turn, three rounds, the medians. One line
of JSON per endpoint.
"""

import argparse
import asyncio
import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import uvloop

from bench.load.closed import Pump
from bench.load.crowd import Requests
from bench.load.stage import Stage, raise_stage, run_helper
from bench.load.wire import Wire

USERS = 20_000
ROUNDS = 3
SECONDS = 3.0


@dataclass(frozen=True)
class Server:
    """Where to send it."""

    name: str
    port: int


async def tickets(stage: Stage, requests: Requests, count: int) -> list[bytes]:
    """The tickets of so many users, who join for them."""
    wire, found = Wire(stage.host, stage.port), list[bytes]()
    await wire.open()
    for join in requests.joins[:count]:
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        wire.send(join, lambda _status, body, answer=answer: answer.set_result(body))  # type: ignore[misc]
        found.append(json.loads(await answer)["ticket"].encode())
    wire.close()
    return found


async def measure(
    servers: Sequence[Server], requests: Sequence[bytes], host: str, seconds: float
) -> dict[str, float]:
    """The median rate of each server, over rounds in turn: all meet the same neighbours."""
    rates: dict[str, list[float]] = {server.name: [] for server in servers}
    for _ in range(ROUNDS):
        for server in servers:
            rates[server.name].append(await Pump(requests, seconds).rate(host, server.port))
    return {name: round(statistics.median(found)) for name, found in rates.items()}


async def capacity(users: int, seconds: float) -> None:
    """Measures and prints."""
    async with raise_stage(rate=0.001, capacity=1) as stage:
        requests = stage.requests(users)
        held = await tickets(stage, requests, min(users, 1000))
        polls = [requests.poll_before + ticket + requests.poll_after for ticket in held]
        environment = {
            "REDIS_URL": stage.redis_url,
            "CONTING_SECRET": stage.secret.hex(),
            "EVENT": str(stage.event),
        }
        with (
            run_helper("bench.load.bare") as (_, bare),
            run_helper("bench.load.plain", **environment) as (_, plain),
        ):
            servers = [
                Server("per_s", stage.port),
                Server("plain_fastapi_per_s", plain),
                Server("bare_per_s", bare),
            ]
            for endpoint, sent in (("join", requests.joins), ("status", polls)):
                rates = await measure(servers, sent, stage.host, seconds)
                print(json.dumps({"endpoint": endpoint} | rates), flush=True)


def main() -> int:
    """Runs it as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=USERS)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each measurement")
    options = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(capacity(options.users, options.seconds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
