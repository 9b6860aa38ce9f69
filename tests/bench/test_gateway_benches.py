"""The commands that measure the gateway run as they are written down; here small and briefly."""

import asyncio
import json
import sys
from typing import Any

import pytest

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

PATIENCE = 300  # seconds; no test measures time by it


async def bench(name: str, **options: float) -> list[dict[str, Any]]:
    """The lines of JSON that `python -m bench.NAME` prints; it has to succeed."""
    words = [f"--{key.replace('_', '-')}={value}" for key, value in options.items()]
    run = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"bench.{name}", *words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(PATIENCE):
        said, wrong = await run.communicate()
    assert run.returncode == 0, wrong.decode()
    return [json.loads(line) for line in said.decode().splitlines() if line.startswith("{")]


async def test_the_peak_ends_with_a_line_that_says_whether_all_had_their_places() -> None:
    told = (await bench("peak", users=60, per_second=60, seconds=8))[-1]
    joins = 60 + 60 // 3  # every third one joins twice
    assert (told["users"], told["join"]["count"]) == (60, joins)
    assert told["requests"] == joins + told["status"]["count"]
    assert told["status"]["count"] >= 60
    assert (told["errors"], told["order_ok"]) == (0, True)
    measured = {"p50_ms", "p99_ms", "max_ms", "bare_p99_ms", "bare_max_ms"}
    assert all(told[name] > 0 for name in measured)


async def test_the_capacity_of_each_endpoint_is_told_beside_a_plain_one_and_a_bare_server() -> None:
    told = await bench("capacity", users=50, seconds=0.5)
    assert [each["endpoint"] for each in told] == ["join", "poll", "challenge", "verdict"]
    for each in told:
        assert min(each["per_s"], each["plain_fastapi_per_s"], each["bare_per_s"]) > 0


async def test_each_pass_that_is_shown_to_measure_verdicts_is_let_in() -> None:
    (told,) = await bench("verdicts", per_second=10, seconds=1)
    assert (told["verdicts"], told["said"]) == (10, {"admitted": 10})
