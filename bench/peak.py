"""The peak test of a waiting room: `make bench-peak`, or `python -m bench.peak --users 2000`.

100,000 users, 10,000 new a second; each joins, every third one twice, all poll every 3.2 s: about
800,000 requests in 28 s. The generator is open loop and shares the machine with the gateway and
Redis, so a bare server that answers the same bytes is measured first, and bounds what is asked of
the gateway: p99 <= 3 x bare + 10 ms, maximum <= 3 x bare + 100 ms. The last line is JSON.
"""

import argparse
import asyncio
import gc
import importlib
import importlib.util
import json
import os
import select
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import uvloop
from conting_gateway.memory import use_large_pages
from conting_gateway.waitroom.view import STALE_AFTER

from bench.load.crowd import Answer, Crowd, Plan, Requests, Witness
from bench.load.stage import Stage, cpu_seconds, raise_stage, run_helper

RATE = 2_000  # people let in a second
CAPACITY = 50_000
SECONDS = 28.0
CONNECTIONS = 5_000  # as behind a proxy
GATEWAYS = 2  # replicas on one port


@dataclass(frozen=True)
class Outcome:
    """One run of the plan. `cpu`: cores used by each part."""

    crowd: Crowd
    seconds: float
    cpu: dict[str, float]


def make_crowd(plan: Plan, requests: Requests) -> Crowd:
    """The cheapest generator that this machine can have, which leaves the cores to the gateway."""
    if not hasattr(select, "epoll") or not importlib.util.find_spec("numba"):
        return Crowd(plan, requests)
    native = importlib.import_module("bench.load.native")  # numba takes a second to load
    crowd: Crowd = native.NativeCrowd(plan, requests)
    return crowd


async def run(plan: Plan, stage: Stage, port: int, parts: dict[str, Sequence[int]]) -> Outcome:
    """Plays the plan against a port of this machine."""
    crowd = make_crowd(plan, stage.requests(plan.users))
    parts = parts | {"generator": [os.getpid()]}
    gc.collect()
    gc.freeze()
    gc.disable()
    before, began = {name: cpu_seconds(pids) for name, pids in parts.items()}, time.perf_counter()
    await crowd.play(stage.host, port)
    seconds = time.perf_counter() - began
    used = {name: cpu_seconds(pids) - before[name] for name, pids in parts.items()}
    gc.enable()
    crowd.read()
    return Outcome(crowd, seconds, {name: round(cpu / seconds, 2) for name, cpu in used.items()})


def quantile(times: Sequence[float], share: float) -> float:
    """In milliseconds; `times` in order."""
    return round(1000 * times[min(len(times) - 1, int(share * len(times)))], 2) if times else 0.0


def figures(answers: Sequence[Answer]) -> dict[str, float]:
    """Count and percentiles in milliseconds."""
    ordered = sorted(answer.took for answer in answers)
    shares = {"p50_ms": 0.5, "p99_ms": 0.99, "p999_ms": 0.999, "max_ms": 1.0}
    return {"count": len(ordered)} | {name: quantile(ordered, q) for name, q in shares.items()}


def told(name: str, outcome: Outcome) -> dict[str, Any]:
    """Prints one run for people; its figures for the JSON line."""
    crowd = outcome.crowd
    found = {"join": figures(crowd.joins), "status": figures(crowd.polls)}
    for kind, numbers in found.items():
        words = "  ".join(f"{key} {value:,}" for key, value in numbers.items())
        print(f"{name:8} {kind:7} {words}")
    print(f"{name:8} cores   {outcome.cpu}   errors {crowd.errors() or 'none'}", flush=True)
    return found


async def peak(plan: Plan, gateways: int) -> int:
    """Gauges the machine, runs the test; 0 if nothing failed and the order held."""
    async with raise_stage(rate=RATE, capacity=CAPACITY, gateways=gateways) as stage:
        with run_helper("bench.load.bare") as (pid, port):
            bare = await run(plan, stage, port, {"server": [pid]})
        told("bare", bare)
        parts = {"gateway": stage.gateway_pids, "redis": [stage.redis_pid]}
        ours = await run(plan, stage, stage.port, parts)
    found = told("gateway", ours)
    witness = Witness(plan.users, STALE_AFTER if gateways > 1 else 0.0)
    wrong = witness.look(ours.crowd.joins, ours.crowd.polls)
    line = report(plan, bare, ours, order_ok=not wrong)
    for problem in wrong:
        print(f"wrong: {problem}")
    print(json.dumps(line | found))
    return 0 if line["order_ok"] and not line["errors"] else 1


def report(plan: Plan, bare: Outcome, ours: Outcome, *, order_ok: bool) -> dict[str, Any]:
    """The line that the last one is."""
    gauge, all_ = (figures([*run.crowd.joins, *run.crowd.polls]) for run in (bare, ours))
    p99_bound, max_bound = 3 * gauge["p99_ms"] + 10, 3 * gauge["max_ms"] + 100
    return {
        "requests": all_["count"],
        "errors": sum(ours.crowd.errors().values()),
        "p50_ms": all_["p50_ms"],
        "p99_ms": all_["p99_ms"],
        "max_ms": all_["max_ms"],
        "bare_p99_ms": gauge["p99_ms"],
        "bare_max_ms": gauge["max_ms"],
        "order_ok": order_ok,
        "within_bounds": all_["p99_ms"] <= p99_bound and all_["max_ms"] <= max_bound,
        "generator": type(ours.crowd).__name__,
        "users": plan.users,
        "seconds": round(ours.seconds, 1),
        "cores": ours.cpu,
    }


def main() -> int:
    """Runs it as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument(
        "--per-second", type=float, default=None, help="by default a tenth of users"
    )
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--gateways", type=int, default=GATEWAYS, help="processes of the gateway")
    options = parser.parse_args()
    rate = options.per_second or options.users / 10
    plan = Plan(options.users, rate, options.seconds, min(CONNECTIONS, options.users))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(peak(plan, options.gateways))


if __name__ == "__main__":
    use_large_pages()
    sys.exit(main())
