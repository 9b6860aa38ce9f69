"""One document per section, with a version, and what changed since an earlier one."""

import asyncio

import pytest
from conting_client import Rpc, Wallet
from conting_gateway.orders.map_store import KeptMap, MapStore, Step
from conting_gateway.redis import Redis
from conting_localnet import LocalnetProcess
from solders.pubkey import Pubkey

from tests.cluster import empty
from tests.gateway.chain import Chain, Show
from tests.gateway.orders.folk import fan, ordered, sell
from tests.gateway.orders.shop import hold, holds, on_sale
from tests.gateway.support import Gateway, Json, Start
from tests.gateway.waitroom.rooms import until, visit

pytestmark = pytest.mark.anyio

LISTS = ("held", "sold", "cooling", "offered", "used", "void")


def map_of(show: Show) -> str:
    return f"/v1/events/{show.address}/sections/0/seats"


async def read(gateway: Gateway, show: Show) -> Json:
    return await gateway.ok("GET", map_of(show))


async def changes(gateway: Gateway, show: Show, since: str) -> Json:
    return await gateway.ok("GET", f"{map_of(show)}/changes?since={since}")


def applied(document: Json, change: Json) -> Json:
    """The document after the change, as a client would make it."""
    seats = {seat: name for name in LISTS for seat in document[name]}
    for name in LISTS:
        seats |= dict.fromkeys(change[name], name)
    for seat in change["free"]:
        seats.pop(seat, None)
    lists = {name: sorted(seat for seat in seats if seats[seat] == name) for name in LISTS}
    return document | lists | {"version": change["version"]}


@pytest.mark.attack
@pytest.mark.slow
async def test_a_section_of_all_seats_there_can_be_costs_no_more_than_what_is_taken_of_it(
    gateway: Gateway, chain: Chain
) -> None:
    """Anybody can make one for the price of any other, and have anybody look at it."""
    show, visitor = await on_sale(gateway, chain, seats=2**32 - 1), Wallet.generate()
    before, admission = await read(gateway, show), await visit(gateway, show, visitor)
    await hold(gateway, show, visitor, 2**32 - 2, admission)
    now = await read(gateway, show)
    assert (before["seats"], before["held"], now["held"]) == (2**32 - 1, [], [2**32 - 2])
    assert applied(before, await changes(gateway, show, before["version"])) == now


@pytest.mark.slow
async def test_changes_lead_from_any_version_to_the_newest(gateway: Gateway, chain: Chain) -> None:
    show = await on_sale(gateway, chain)
    visitor, buyer = Wallet.generate(), await fan(chain)
    admission = await visit(gateway, show, visitor)
    steps = [await read(gateway, show)]
    await hold(gateway, show, visitor, 7, admission)
    steps.append(await read(gateway, show))
    await hold(gateway, show, visitor, 2, admission)
    await gateway.ok("DELETE", f"{holds(show)}/0/7", who=visitor)
    steps.append(await read(gateway, show))
    ticket = await sell(gateway, chain, show, buyer, 5)
    await is_shown(gateway, show, "sold", 5)
    steps.append(await read(gateway, show))
    await ordered(gateway, "refund", buyer, ticket=ticket)
    steps.append(await read(gateway, show))
    assert [(step["held"], step["sold"], step["cooling"]) for step in steps] == [
        ([], [], []),
        ([7], [], []),
        ([2], [], []),
        ([2], [5], []),
        ([2], [], [5]),
    ]
    assert len({step["version"] for step in steps}) == len(steps)
    for step in steps:
        assert applied(step, await changes(gateway, show, step["version"])) == steps[-1]


async def is_shown(gateway: Gateway, show: Show, state: str, seat: int) -> None:
    async def shown() -> bool:
        return seat in (await read(gateway, show))[state]

    await until(shown)


async def test_a_map_that_has_not_changed_is_not_sent_again(gateway: Gateway, chain: Chain) -> None:
    show = await chain.make_show(gateway.keys.admission.pubkey())
    first = await gateway.call("GET", map_of(show))
    etag = first.headers["etag"]
    assert etag == f'"{first.json()["version"]}"'
    assert first.headers["cache-control"] == "public, max-age=1"
    again = await gateway.call("GET", map_of(show), headers={"if-none-match": etag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    other = await gateway.call("GET", map_of(show), headers={"if-none-match": '"0.1"'})
    assert (other.status_code, other.json()) == (200, first.json())
    nothing = await changes(gateway, show, first.json()["version"])
    assert nothing["version"] == nothing["since"]
    assert not any(nothing[name] for name in ("free", *LISTS))
    path = f"/v1/events/{show.address}/sections/1/seats"
    assert await gateway.refused("GET", path) == "unknown_section"
    assert await gateway.refused("GET", path + "/changes?since=0.1") == "unknown_section"
    assert await gateway.refused("GET", path + "/changes") == "invalid_request"


@pytest.mark.slow
async def test_a_version_of_an_earlier_life_is_gone(
    gateway: Gateway, chain: Chain, redis: Redis, node: LocalnetProcess, start: Start
) -> None:
    show = await chain.make_show(gateway.keys.admission.pubkey())
    before = (await read(gateway, show))["version"]
    await empty(redis)
    async with Rpc(node.rpc_url) as rpc, start(redis, rpc) as fresh:
        after = (await read(fresh, show))["version"]
        assert after != before
        for version in (before, "nonsense", "", "0.0"):
            path = f"{map_of(show)}/changes?since={version}"
            answer = await fresh.call("GET", path)
            assert (answer.status_code, answer.json()["error"]) == (410, "version_gone")


@pytest.mark.slow
async def test_a_version_that_redis_lost_in_a_crash_is_gone(
    gateway: Gateway, chain: Chain, redis: Redis
) -> None:
    """Another map has come in its place: who had it would go wrong, and not hear of it."""
    show = await on_sale(gateway, chain)
    visitor = Wallet.generate()
    admission = await visit(gateway, show, visitor)
    before = await read(gateway, show)
    names = [f"conting:{{{show.address}}}:{name}:0" for name in ("seats", "seat-changes")]
    for name in names:
        await redis.copy(name, f"{name}:before")
    await hold(gateway, show, visitor, 7, admission)
    lost = await read(gateway, show)
    for name in names:
        await redis.rename(f"{name}:before", name)
    await hold(gateway, show, visitor, 2, admission)
    now = await read(gateway, show)
    assert (lost["held"], now["held"]) == ([7], [2, 7])
    assert now["version"] != lost["version"]
    path = f"{map_of(show)}/changes?since={lost['version']}"
    assert await gateway.refused("GET", path) == "version_gone"
    assert applied(before, await changes(gateway, show, before["version"])) == now


async def test_a_map_that_redis_lost_while_it_was_compared_is_drawn_anew(redis: Redis) -> None:
    store, event = MapStore(redis), Pubkey.new_unique()
    lost, new = KeptMap("lost", {}), KeptMap("new", {0: "h"})
    assert await store.draw(event, 0, before=lost, after=new, slot=1) == new
    assert await store.read(event, 0) == new
    assert await store.changes(event, 0) == [Step("new", [0])]


@pytest.mark.slow
async def test_all_gateways_tell_the_same(
    gateway: Gateway, chain: Chain, redis: Redis, node: LocalnetProcess, start: Start
) -> None:
    show = await on_sale(gateway, chain, seats=60)
    async with Rpc(node.rpc_url) as rpc, start(redis, rpc, keys=gateway.keys) as other:
        seen: dict[str, Json] = {}

        async def watch(where: Gateway) -> None:
            for _ in range(20):
                found = await read(where, show)
                assert seen.setdefault(found["version"], found) == found
                await asyncio.sleep(0.02)

        async def shop() -> None:
            for seat in range(6):
                await sell(gateway, chain, show, await fan(chain), seat)

        await asyncio.gather(watch(gateway), watch(other), watch(gateway), shop())
        for where in (gateway, other):
            await is_shown(where, show, "sold", 5)
        first, second = await read(gateway, show), await read(other, show)
        assert first == second


@pytest.mark.slow
async def test_a_hold_that_ends_by_itself_is_a_change(
    redis: Redis, node: LocalnetProcess, chain: Chain, start: Start
) -> None:
    async with Rpc(node.rpc_url) as rpc, start(redis, rpc, hold_seconds=1.0) as gateway:
        show = await on_sale(gateway, chain)
        visitor = Wallet.generate()
        await hold(gateway, show, visitor, 3, await visit(gateway, show, visitor))
        held = await read(gateway, show)

        async def is_free() -> bool:
            return not (await read(gateway, show))["held"]

        await until(is_free)
        assert (await changes(gateway, show, held["version"]))["free"] == held["held"]


async def test_who_sees_an_older_slot_or_came_later_changes_nothing(redis: Redis) -> None:
    store, event = MapStore(redis), Pubkey.new_unique()
    first, newer, older = KeptMap("a.1", {}), KeptMap("a.2", {0: "s"}), KeptMap("a.3", {1: "s"})
    assert await store.draw(event, 0, before=None, after=first, slot=10) == first
    assert await store.draw(event, 0, before=first, after=newer, slot=12) == newer
    assert await store.draw(event, 0, before=newer, after=older, slot=11) == newer  # a node behind
    assert (
        await store.draw(event, 0, before=first, after=older, slot=12) == newer
    )  # had read `first`
    assert await store.read(event, 0) == newer
    assert [step.version for step in await store.changes(event, 0)] == ["a.2", "a.1"]
