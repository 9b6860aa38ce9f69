"""A turn buys once, wherever its orders are sent and whatever becomes of them."""

from dataclasses import replace

import pytest
from conting_client import Rpc, Wallet, build, from_base64, sign
from conting_gateway.orders.service import CLAIM_SECONDS
from conting_gateway.orders.store import Order, OrderStore
from conting_gateway.redis import Redis
from conting_localnet import LocalnetProcess
from solders.keypair import Keypair
from solders.system_program import TransferParams, transfer

from tests.gateway.chain import SOL, Chain, Show
from tests.gateway.orders.line import carried
from tests.gateway.orders.shop import buy_body, hold, on_sale, once, order, signed, submit
from tests.gateway.orders.test_sponsor_failures import Careless
from tests.gateway.support import Gateway, Json, Start
from tests.gateway.waitroom.rooms import until, visit

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

BUY = "/v1/orders/buy"
FEE = 5_000  # lamports, for one signature


async def inside(gateway: Gateway, chain: Chain) -> tuple[Show, Wallet, str]:
    """A fan with a pass, who holds seats 0 and 1."""
    show = await on_sale(gateway, chain)
    fan = await chain.fund()
    admission = await visit(gateway, show, fan)
    for seat in (0, 1):
        await hold(gateway, show, fan, seat, admission)
    return show, fan, admission


async def refusal(gateway: Gateway, show: Show, fan: Wallet, seat: int, admission: str) -> str:
    body = buy_body(show, seat, admission, Keypair().pubkey())
    return await gateway.refused("POST", BUY, who=fan, body=body, headers=once())


async def send_past(chain: Chain, built: Json, fan: Wallet) -> None:
    """Straight to the chain, as a wallet may."""
    await chain.rpc.send(from_base64(signed(built, fan)["transaction"]))


async def outlast(chain: Chain) -> None:
    """Until nothing that was built before can land."""
    await chain.advance_to(await chain.rpc.chain_time() + 200)


async def empty(chain: Chain, show: Show, fan: Wallet, *, but_for: int = 0) -> None:
    """Takes all lamports, but for so many."""
    account = await chain.rpc.account(fan.key)
    assert account is not None
    rest = account.lamports - FEE - but_for
    away = TransferParams(from_pubkey=fan.key, to_pubkey=show.organiser.key, lamports=rest)
    recent = await chain.rpc.latest_blockhash()
    await chain.rpc.send(sign(build(fan.key, [transfer(away)], recent.hash), fan.keypair))


async def kept(redis: Redis, built: Json) -> Order:
    found = await OrderStore(redis).load(built["order"])
    assert found is not None
    return found


@pytest.mark.attack
async def test_an_order_that_is_paid_past_the_gateway_spends_the_pass(
    gateway: Gateway, chain: Chain
) -> None:
    show, fan, admission = await inside(gateway, chain)
    await send_past(chain, await order(gateway, show, fan, 0, admission), fan)
    await outlast(chain)
    assert await refusal(gateway, show, fan, 1, admission) == "pass_spent"


@pytest.mark.attack
async def test_it_does_so_at_once_and_though_the_ticket_was_given_back(
    gateway: Gateway, chain: Chain
) -> None:
    show, fan, admission = await inside(gateway, chain)
    await send_past(chain, await order(gateway, show, fan, 0, admission), fan)
    body = {"ticket": str(show.ticket(0))}
    back = await gateway.ok("POST", "/v1/orders/refund", who=fan, body=body)
    await send_past(chain, back, fan)
    assert await refusal(gateway, show, fan, 1, admission) == "pass_spent"


async def submit_without_money(
    gateway: Gateway, chain: Chain, show: Show, fan: Wallet, built: Json
) -> None:
    """The wallet is emptied for that moment alone."""
    await empty(chain, show, fan)
    path, body = f"/v1/orders/{built['order']}/submit", signed(built, fan)
    assert await gateway.refused("POST", path, who=fan, body=body) == "not_enough_lamports"
    await chain.rpc.airdrop(fan.key, 10 * SOL)


@pytest.mark.attack
async def test_an_order_is_not_forgotten_for_one_of_the_same_seat_that_fails(
    gateway: Gateway, chain: Chain
) -> None:
    show, fan, admission = await inside(gateway, chain)
    first = await order(gateway, show, fan, 0, admission)
    second = await order(gateway, show, fan, 0, admission)
    await submit_without_money(gateway, chain, show, fan, second)
    assert await refusal(gateway, show, fan, 1, admission) == "order_open"
    await send_past(chain, first, fan)
    assert await refusal(gateway, show, fan, 1, admission) == "pass_spent"


@pytest.mark.attack
async def test_an_order_that_was_refused_for_want_of_lamports_may_still_be_paid(
    gateway: Gateway, chain: Chain
) -> None:
    """Whoever has emptied the wallet for a moment has no second purchase for it."""
    show, fan, admission = await inside(gateway, chain)
    first = await order(gateway, show, fan, 0, admission)
    await submit_without_money(gateway, chain, show, fan, first)
    assert await refusal(gateway, show, fan, 1, admission) == "order_open"
    await send_past(chain, first, fan)
    assert await refusal(gateway, show, fan, 1, admission) == "pass_spent"


async def test_what_was_refused_for_want_of_lamports_can_be_sent_again(
    gateway: Gateway, chain: Chain
) -> None:
    show, fan, admission = await inside(gateway, chain)
    built = await order(gateway, show, fan, 0, admission)
    await empty(chain, show, fan)
    path = f"/v1/orders/{built['order']}"
    body = signed(built, fan)
    code = await gateway.refused("POST", f"{path}/submit", who=fan, body=body)
    stands = await gateway.ok("GET", path, who=fan)
    assert (stands["state"], stands["error"]) == ("built", code)
    assert stands["transaction"] == built["transaction"]
    await chain.rpc.airdrop(fan.key, 10 * SOL)
    done = await submit(gateway, fan, built)
    assert (done["state"], done["error"]) == ("done", None)


async def test_it_has_expired_when_nobody_can_pay_it_any_more(
    gateway: Gateway, chain: Chain
) -> None:
    show, fan, admission = await inside(gateway, chain)
    built = await order(gateway, show, fan, 0, admission)
    await empty(chain, show, fan)
    path = f"/v1/orders/{built['order']}"
    await gateway.refused("POST", f"{path}/submit", who=fan, body=signed(built, fan))
    await chain.rpc.airdrop(fan.key, 10 * SOL)
    await outlast(chain)
    assert (await gateway.ok("GET", path, who=fan))["state"] == "expired"
    another = await order(gateway, show, fan, 1, admission)
    assert (await submit(gateway, fan, another))["state"] == "done"


async def test_an_order_that_has_run_and_failed_blocks_nothing(
    gateway: Gateway, chain: Chain, redis: Redis, node: LocalnetProcess, start: Start
) -> None:
    """Its transaction never runs again."""
    show, fan, admission = await inside(gateway, chain)
    async with (
        carried(Careless(node.rpc_url)) as line,
        Rpc(line.url) as rpc,
        start(redis, rpc, keys=gateway.keys) as careless,
    ):
        built = await order(careless, show, fan, 0, admission)
        await empty(chain, show, fan, but_for=SOL // 100)  # for fee and rent, and not for the seat
        path = f"/v1/orders/{built['order']}"
        code = await careless.refused("POST", f"{path}/submit", who=fan, body=signed(built, fan))
        assert code == "not_enough_lamports"
        await chain.rpc.airdrop(fan.key, 10 * SOL)
        another = await order(careless, show, fan, 1, admission)
        assert (await submit(careless, fan, another))["state"] == "done"
        assert (await careless.ok("GET", path, who=fan))["state"] == "refused"


async def test_a_gateway_that_dies_before_it_keeps_an_order_blocks_the_turn_for_seconds(
    gateway: Gateway, chain: Chain, redis: Redis
) -> None:
    show, fan, admission = await inside(gateway, chain)
    first = await kept(redis, await order(gateway, show, fan, 0, admission))
    assert first.visit is not None
    store, lost, beside = OrderStore(redis), replace(first, id="lost"), [first.id]
    assert not await store.claim_turn(lost, first.visit, 600, beside=beside)  # and never kept
    assert await refusal(gateway, show, fan, 0, admission) == "order_open"
    later = replace(first, id="later")
    assert not await store.claim_turn(
        later, first.visit, CLAIM_SECONDS, ended=["lost"], beside=beside
    )
    turn, probe = first.visit, replace(first, id="probe")

    async def is_free() -> bool:
        return not await store.claim_turn(probe, turn, 0, beside=beside)

    await until(is_free)
    built = await order(gateway, show, fan, 0, admission)
    claims = f"conting:{{{show.address}}}:orders-of:{turn.place}"
    assert await redis.pttl(claims) > CLAIM_SECONDS * 1000  # it may be paid for as long as that
    assert (await submit(gateway, fan, built))["state"] == "done"


@pytest.mark.attack
async def test_an_order_that_was_kept_and_lost_its_turn_is_shown_to_nobody(
    gateway: Gateway, chain: Chain, redis: Redis
) -> None:
    """Its gateway died before it answered; whose order it is knows its name."""
    show, fan, admission = await inside(gateway, chain)
    first = await kept(redis, await order(gateway, show, fan, 0, admission))
    late = replace(
        first, id="0" * 32, subject=replace(first.subject, account=show.ticket(1), seat=1)
    )
    await OrderStore(redis).create(late)
    path = f"/v1/orders/{late.id}"
    assert await gateway.refused("GET", path, who=fan) == "unknown_order"
