"""Budgets of the sponsor in Redis: spent once, by whoever is first, and anew each day."""

import asyncio

import pytest
from conting_gateway.redis import Redis
from conting_gateway.sponsoring.store import Budgets, BudgetStore, Payment
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.gateway.chain import HOUR, SOL

pytestmark = pytest.mark.anyio

FEE = 5_000
"""Lamports for each signature."""


def payment(name: str, *, wallet: Pubkey, event: Pubkey, lamports: int = FEE) -> Payment:
    return Payment(name, wallet, event, lamports)


@pytest.mark.attack
async def test_budgets_hold_whoever_spends_at_the_same_time(redis: Redis) -> None:
    """Of wallet, event and day, the tightest decides."""
    here, there = Keypair().pubkey(), Keypair().pubkey()
    fans = [Keypair().pubkey() for _ in range(8)]
    budgets = Budgets(wallet=3 * FEE, event=10 * FEE, whole=14 * FEE, failures=2)
    stores = [BudgetStore(redis, budgets) for _ in range(2)]

    async def spend(at: int, wallet: Pubkey, event: Pubkey) -> str:
        bill = payment(f"{event} {wallet} {at}", wallet=wallet, event=event)
        answers = [(await stores[n % 2].spend(bill))[0] for n in (at, at + 1)]
        assert answers in (["yes", "again"], ["spent", "spent"])  # counted once
        return answers[0]

    first = await asyncio.gather(*(spend(at, fans[0], here) for at in range(6)))
    assert sorted(first) == ["spent"] * 3 + ["yes"] * 3
    more = await asyncio.gather(*(spend(at, who, here) for at in range(3) for who in fans[1:]))
    assert more.count("yes") == 7  # with those before, all that the event may have
    rest = await asyncio.gather(*(spend(at, who, there) for at in range(3) for who in fans[1:]))
    assert rest.count("yes") == 4  # and all that there is in a day


async def test_failures_are_counted_once_and_only_of_what_was_paid(redis: Redis) -> None:
    who, event = Keypair().pubkey(), Keypair().pubkey()
    store = BudgetStore(redis, Budgets(wallet=SOL, event=SOL, whole=SOL, failures=2))
    bills = [payment(str(n), wallet=who, event=event) for n in range(3)]
    assert not await store.fail(bills[0])
    for each in bills[:2]:
        assert (await store.spend(each))[0] == "yes"
    assert [await store.fail(bills[0]) for _ in range(2)] == [True, False]
    assert (await store.spend(bills[2], ask_only=True))[0] == "yes"
    assert await store.fail(bills[1])
    answer, left = await store.spend(bills[2])
    assert answer == "failures"
    assert 0 < left <= 24 * HOUR


async def test_a_new_day_has_new_budgets(redis: Redis) -> None:
    who, event = Keypair().pubkey(), Keypair().pubkey()
    store = BudgetStore(redis, Budgets(wallet=FEE, event=SOL, whole=SOL, failures=1))
    assert (await store.spend(payment("a", wallet=who, event=event)))[0] == "yes"
    assert (await store.spend(payment("b", wallet=who, event=event)))[0] == "spent"
    key = f"conting:{{sponsor}}:wallet:{who}"
    assert 24 * HOUR < await redis.ttl(key) <= 48 * HOUR
    await redis.hincrby(key, "day", -1)  # as it is tomorrow
    assert (await store.spend(payment("c", wallet=who, event=event)))[0] == "yes"
    assert (await store.spend(payment("d", wallet=who, event=event)))[0] == "spent"


@pytest.mark.attack
async def test_a_clock_that_goes_back_over_midnight_gives_no_second_budget(redis: Redis) -> None:
    """Another Redis has taken over, say, whose clock is behind; after midnight nothing is new."""
    who, event = Keypair().pubkey(), Keypair().pubkey()
    store = BudgetStore(redis, Budgets(wallet=2 * FEE, event=SOL, whole=SOL, failures=1))
    key = f"conting:{{sponsor}}:wallet:{who}"
    assert (await store.spend(payment("a", wallet=who, event=event)))[0] == "yes"
    await redis.hincrby(key, "day", 1)  # as it was yesterday
    assert (await store.spend(payment("b", wallet=who, event=event)))[0] == "yes"
    assert (await store.spend(payment("c", wallet=who, event=event)))[0] == "spent"
    assert await redis.hget(key, "spent") == str(2 * FEE)
    await redis.hincrby(key, "day", -1)  # as it is after midnight
    assert (await store.spend(payment("d", wallet=who, event=event)))[0] == "spent"
