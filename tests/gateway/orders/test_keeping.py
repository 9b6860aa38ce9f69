"""How long an order is remembered: asking for many and paying none must not fill Redis."""

import pytest
from conting_client import Rpc, from_base64
from conting_gateway.orders.store import Order, OrderStore
from conting_gateway.redis import Redis
from conting_localnet import LocalnetProcess

from tests.gateway.chain import Chain, Show
from tests.gateway.orders import shop
from tests.gateway.orders.folk import Fan, fan, on_sale, place
from tests.gateway.orders.shop import buy_body, hold, once, signed
from tests.gateway.orders.test_lots import section_of
from tests.gateway.support import Gateway, Json, Start
from tests.gateway.waitroom.rooms import until, visit

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

BUY = "/v1/orders/buy"
QUARTER, DAY = 900, 86_400  # seconds
SHORT = range(QUARTER - 60, QUARTER + 1)
LONG = range(DAY - 60, DAY + 1)


async def rest(redis: Redis, built: Json) -> int:
    return int(await redis.ttl(f"conting:order:{built['order']}"))


async def kept(gateway: Gateway, chain: Chain, store: OrderStore) -> tuple[Json, Order]:
    """An order as it is told, and as it is kept."""
    show, who = await on_sale(gateway, chain), await fan(chain)
    built = await place(gateway, "join_waiting", who, **section_of(show))
    found = await store.load(built["order"])
    assert found is not None
    return built, found


async def submit(gateway: Gateway, who: Fan, built: Json) -> str:
    """The order's state, or the code with which it is refused."""
    path = f"/v1/orders/{built['order']}/submit"
    answer = await gateway.call("POST", path, who=who.wallet, body=signed(built, who.wallet))
    told: Json = answer.json()
    return str(told.get("state") or told["error"])


async def ordered_anew(gateway: Gateway, chain: Chain, show: Show, who: Fan) -> Json:
    """An order whose transaction is another one than those of before: on a younger blockhash."""
    before = await chain.rpc.latest_blockhash()

    async def is_younger() -> bool:
        return (await chain.rpc.latest_blockhash()).hash != before.hash

    await until(is_younger)
    return await place(gateway, "join_waiting", who, **section_of(show))


async def test_an_order_that_is_never_paid_is_forgotten_after_a_quarter_of_an_hour(
    gateway: Gateway, chain: Chain, redis: Redis
) -> None:
    show, who = await on_sale(gateway, chain), await fan(chain)
    built = await place(gateway, "join_waiting", who, **section_of(show))
    assert await rest(redis, built) in SHORT
    await chain.advance_to(await chain.rpc.chain_time() + 200)
    stands = await gateway.ok("GET", f"/v1/orders/{built['order']}", who=who.wallet)
    assert stands["state"] == "expired"
    assert await rest(redis, built) in SHORT


async def test_one_that_was_paid_here_is_remembered_for_a_day(
    gateway: Gateway, chain: Chain, redis: Redis
) -> None:
    show, who = await on_sale(gateway, chain), await fan(chain)
    built = await place(gateway, "join_waiting", who, **section_of(show))
    assert await submit(gateway, who, built) == "done"
    assert await rest(redis, built) in LONG


async def test_what_another_transaction_has_done_is_remembered_for_a_quarter_of_an_hour(
    gateway: Gateway, chain: Chain, redis: Redis
) -> None:
    """Else one that is paid would keep any number of others."""
    show, who = await on_sale(gateway, chain), await fan(chain)
    past, late, old = [await ordered_anew(gateway, chain, show, who) for _ in range(3)]
    await chain.rpc.send(from_base64(signed(past, who.wallet)["transaction"]))
    assert (await gateway.ok("GET", f"/v1/orders/{past['order']}", who=who.wallet))["state"] == (
        "done"
    )
    assert await submit(gateway, who, late) == "done"
    await chain.advance_to(await chain.rpc.chain_time() + 200)
    assert await submit(gateway, who, old) == "done"
    for each in (past, late, old):
        assert await rest(redis, each) in SHORT
    assert await submit(gateway, who, past) == "done"  # it was: nothing is asked any more


async def test_what_the_chain_refused_is_remembered_for_a_quarter_of_an_hour(
    gateway: Gateway, chain: Chain, redis: Redis
) -> None:
    show, who, other = await on_sale(gateway, chain), await fan(chain), await fan(chain)
    mine = await place(gateway, "join_waiting", who, **section_of(show))
    theirs = await place(gateway, "join_waiting", other, **section_of(show))
    assert await submit(gateway, other, theirs) == "done"
    assert await submit(gateway, who, mine) == "wrong_place"
    assert await rest(redis, mine) in SHORT


async def test_one_that_was_sent_is_remembered_for_a_day_until_it_is_known_what_became_of_it(
    gateway: Gateway, chain: Chain, redis: Redis
) -> None:
    store = OrderStore(redis)
    built, found = await kept(gateway, chain, store)
    sent = await store.move(found, "sent")
    assert await rest(redis, built) in LONG
    await store.move(sent, "done", by_itself=True)
    await store.move(sent, "refused", "late", "and not so")
    assert await rest(redis, built) in LONG


async def test_one_that_is_found_done_by_the_way_is_kept_once_it_is_known_to_have_landed(
    gateway: Gateway, chain: Chain, redis: Redis
) -> None:
    store = OrderStore(redis)
    built, found = await kept(gateway, chain, store)
    await store.move(found, "done")
    assert await rest(redis, built) in SHORT
    assert (await store.move(found, "done", by_itself=True)).state == "done"
    assert await rest(redis, built) in LONG


async def test_an_order_is_remembered_for_as_long_as_its_turn_may_buy(
    redis: Redis, node: LocalnetProcess, chain: Chain, start: Start
) -> None:
    """The turn asks it whether it was paid, before it buys another seat."""
    async with Rpc(node.rpc_url) as rpc, start(redis, rpc, shop_seconds=2_000) as gateway:
        show, who = await shop.on_sale(gateway, chain), await fan(chain)
        admission = await visit(gateway, show, who.wallet)
        await hold(gateway, show, who.wallet, 0, admission)
        body, key = buy_body(show, 0, admission, who.wallet.key), once()
        built = await gateway.ok("POST", BUY, who=who.wallet, body=body, headers=key)
        assert await rest(redis, built) > 2_000
        await redis.delete(f"conting:order:{built['order']}")  # as when its time is over
        anew = await gateway.ok("POST", BUY, who=who.wallet, body=body, headers=key)
        assert anew["order"] == built["order"]
        assert await submit(gateway, who, anew) == "done"
