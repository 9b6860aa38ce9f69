"""How long a gate waits for a verdict: `make bench-verdicts`.

Passes come at a steady rate, open loop: each one's time runs from the moment at which it was due,
whatever became of the others. Each is a session of its own, so each is an admission: the nonce is
spent in Redis and ticket, person and entry are read from the node. Processes, all on this machine:
a node, a Redis with its log, one gateway. Ends with one line of JSON.
"""

import argparse
import asyncio
import collections
import dataclasses
import json
import os
import sys
from collections.abc import Sequence

import uvloop
from conting_client import DeviceKey, Rpc, Wallet
from solders.keypair import Keypair

from bench.load.doors import Doors
from bench.load.stage import Stage, raise_stage
from bench.load.wire import Wire, body_of, status_of
from tests.gateway.chain import Chain

PER_SECOND = 20.0  # forty gates with somebody new every two seconds
SECONDS = 30.0
GATES = 8  # connections that are kept open
WARM_UP = 20  # verdicts that are not counted


@dataclasses.dataclass(frozen=True)
class Options:
    """How many passes a second are shown, and for how many seconds."""

    per_second: float
    seconds: float

    @property
    def count(self) -> int:
        """How many are counted."""
        return round(self.per_second * self.seconds)


@dataclasses.dataclass
class Heard:
    """Milliseconds of each verdict, and how many said what."""

    times: list[float] = dataclasses.field(default_factory=list)
    verdicts: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)

    def line(self, options: Options) -> str:
        """The result, in JSON."""
        times = sorted(self.times)
        return json.dumps(
            {
                "row": "gate-verdict",
                "per_s": options.per_second,
                "verdicts": sum(self.verdicts.values()),
                "said": dict(self.verdicts),
                "p50_ms": _percentile(times, 50),
                "p95_ms": _percentile(times, 95),
                "p99_ms": _percentile(times, 99),
                "max_ms": round(times[-1], 1),
                "load": round(os.getloadavg()[0], 1),
            }
        )


async def open_many(stage: Stage, sessions: int) -> Doors:
    """An event of so many sessions whose doors are open, one ticket and one gate of it."""
    async with Rpc(stage.rpc_url) as rpc:
        chain = Chain(rpc)
        show = await chain.make_show(stage.admission.pubkey(), sessions=sessions)
        gate = await chain.register_gate(show)
        await chain.advance_to(show.opens)
        holder, phone = await chain.fund(), DeviceKey(Keypair())
        ticket = await chain.buy(show, Wallet(stage.admission), holder, 0, phone.key)
        await chain.advance_to(show.doors)
    doors = Doors(dataclasses.replace(stage, show=show), ticket, holder, phone, gate)
    await doors.are_open()
    return doors


async def scan(doors: Doors, options: Options) -> Heard:
    """Shows the passes, each when it is due."""
    host, port = doors.stage.host, doors.stage.port
    wires = [Wire(host, port, asyncio.Future[bytes].set_result) for _ in range(GATES)]
    for wire in wires:
        await wire.open()
    heard, warm = Heard(), Heard()
    for session in range(WARM_UP):
        await _one(wires[session % GATES], doors.shown(session), warm, _now())
    began, shown = _now(), list[asyncio.Task[None]]()
    for number in range(options.count):
        due = began + number / options.per_second
        await asyncio.sleep(max(0.0, due - _now()))
        request = doors.shown(WARM_UP + number)
        shown.append(asyncio.create_task(_one(wires[number % GATES], request, heard, due)))
    await asyncio.gather(*shown)
    for wire in wires:
        wire.close()
    return heard


async def _one(
    wire: "Wire[asyncio.Future[bytes]]", request: bytes, heard: Heard, due: float
) -> None:
    answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    wire.send(request, answer)
    said = _said(await answer)
    heard.times.append((_now() - due) * 1000)
    heard.verdicts[said] += 1


def _said(answer: bytes) -> str:
    if status_of(answer) != 200:
        return f"status {status_of(answer)}"
    told = json.loads(body_of(answer))
    return str(told["reason"] or told["verdict"])


def _now() -> float:
    return asyncio.get_running_loop().time()


def _percentile(times: Sequence[float], percent: int) -> float:
    return round(times[min(len(times) - 1, len(times) * percent // 100)], 1)


async def bench(options: Options) -> None:
    """Measures and prints."""
    async with raise_stage(rate=0.001, capacity=1) as stage:
        doors = await open_many(stage, WARM_UP + options.count)
        print((await scan(doors, options)).line(options), flush=True)


def main() -> int:
    """Runs it as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--per-second", type=float, default=PER_SECOND)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    options = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(bench(Options(options.per_second, options.seconds)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
