"""Redis and gateways die at random moments while people take holds, pay and go in.

The seed chooses when who dies; a failure names it. `CONTING_FUZZ=N` plays N other evenings, longer
ones, and with `CONTING_SEED` those again that had it.
"""

import random
from pathlib import Path

import pytest
from conting_localnet import LocalnetProcess

from tests.e2e.evening import (
    SECONDS,
    Evening,
    check_doors,
    check_holds,
    check_line,
    check_orders,
    check_seats,
    evenings,
    play,
    stage,
)
from tests.e2e.house import GatewayKeys
from tests.e2e.storm import house, storm

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_nothing_is_lost_doubled_or_left_hanging_whoever_is_killed_whenever(
    node: LocalnetProcess, keys: GatewayKeys, tmp_path: Path
) -> None:
    async def one(number: int, seed: int) -> None:
        dice = random.Random(seed)
        with house(keys, node.rpc_url, tmp_path / str(number)) as home:
            async with stage(home, keys, dice) as (town, show, doors):
                evening = Evening(town, home, dice, show, doors)
                await play(evening, storm(home, dice, SECONDS))
                await check_line(evening)
                check_holds(evening)
                await check_seats(evening)
                await check_orders(evening)
                await check_doors(evening)

    await evenings(one)
