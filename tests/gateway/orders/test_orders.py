"""Purchases and refunds: what the gateway builds, what it refuses, and what the chain decides."""

import asyncio
import base64

import pytest
from conting_client import (
    DeviceKey,
    Rpc,
    Wallet,
    build,
    device_key_of,
    from_base64,
    instructions_of,
    read_person,
    self_person_address,
    sign,
    to_base64,
)
from conting_client.generated.ticket import TicketState, rotate_admission
from conting_client.rules import Changes
from conting_client.tickets import Tickets
from conting_gateway.redis import Redis, connect
from conting_localnet import LocalnetProcess
from solders.keypair import Keypair
from solders.system_program import TransferParams, transfer

from tests.cluster import Server
from tests.gateway.chain import HOUR, PRICE, Chain
from tests.gateway.orders.shop import (
    both_on_sale,
    bought,
    buy_body,
    hold,
    hold_body,
    holds,
    on_sale,
    once,
    order,
    signed,
    submit,
)
from tests.gateway.support import Gateway, Json, Start
from tests.gateway.waitroom.rooms import join, open_room, open_sale, visit

pytestmark = pytest.mark.anyio

BUY = "/v1/orders/buy"


def device() -> DeviceKey:
    return DeviceKey(Keypair())


async def test_a_seat_is_bought_at_the_price_of_the_chain(gateway: Gateway, chain: Chain) -> None:
    show = await on_sale(gateway, chain)
    fan, phone = await chain.fund(), device()
    admission = await visit(gateway, show, fan)
    vault = (await Tickets(chain.rpc).vault(show.address)).lamports
    address = await bought(gateway, show, fan, 4, admission, phone=phone)
    stored = await Tickets(chain.rpc).ticket(address)
    assert stored is not None
    assert address == show.ticket(4)
    person = await read_person(chain.rpc, stored.data.person)
    assert person is not None
    assert (stored.data.holder, person.wallet) == (fan.key, fan.key)
    assert device_key_of(person) == phone.key
    assert stored.data.price_paid == PRICE
    assert (await Tickets(chain.rpc).vault(show.address)).lamports == vault + PRICE
    mine = await gateway.ok("GET", f"/v1/tickets?holder={fan.key}")
    assert [ticket["ticket"] for ticket in mine["tickets"]] == [str(address)]
    seats = await gateway.ok("GET", f"/v1/events/{show.address}/sections/0/seats")
    assert (seats["sold"], seats["held"]) == ([4], [])


@pytest.mark.slow
async def test_the_gateway_builds_nothing_but_the_purchase(gateway: Gateway, chain: Chain) -> None:
    show = await on_sale(gateway, chain)
    fan = await chain.fund()
    admission = await visit(gateway, show, fan)
    await hold(gateway, show, fan, 4, admission)
    transaction = from_base64((await order(gateway, show, fan, 4, admission))["transaction"])
    steps = instructions_of(transaction)
    programs = [str(step.program_id)[:13] for step in steps]
    assert programs == ["ComputeBudget", "J5cBYNdneK2PR", "6oNCLWbR2jQyL"]
    assert transaction.message.account_keys[0] == fan.key


@pytest.mark.slow
async def test_a_wallet_registers_with_its_first_purchase_only(
    gateway: Gateway, chain: Chain
) -> None:
    show = await on_sale(gateway, chain)
    fan, phone = await chain.fund(), device()
    await bought(gateway, show, fan, 0, await visit(gateway, show, fan), phone=phone)
    later_show = await on_sale(gateway, chain)
    admission = await visit(gateway, later_show, fan)
    await hold(gateway, later_show, fan, 0, admission)
    built = await order(gateway, later_show, fan, 0, admission)
    steps = instructions_of(from_base64(built["transaction"]))
    assert [str(step.program_id)[:13] for step in steps] == ["ComputeBudget", "6oNCLWbR2jQyL"]
    assert (await submit(gateway, fan, built))["state"] == "done"
    person = await read_person(chain.rpc, self_person_address(fan.key))
    assert person is not None
    assert device_key_of(person) == phone.key


@pytest.mark.attack
async def test_a_pass_buys_once(gateway: Gateway, chain: Chain) -> None:
    show = await on_sale(gateway, chain)
    fan = await chain.fund()
    first = await join(gateway, show, fan)
    admission = await visit(gateway, show, fan)
    await hold(gateway, show, fan, 1, admission)
    await bought(gateway, show, fan, 0, admission, phone=device())
    body = hold_body(2, admission)
    assert await gateway.refused("POST", holds(show), who=fan, body=body) == "pass_spent"
    body = buy_body(show, 1, admission, Keypair().pubkey())
    assert await gateway.refused("POST", BUY, who=fan, body=body, headers=once()) == "pass_spent"
    assert (await join(gateway, show, fan))["number"] != first["number"]


@pytest.mark.slow
@pytest.mark.attack
async def test_a_pass_buys_once_though_two_orders_are_made_before_either_is_paid(
    gateway: Gateway, chain: Chain
) -> None:
    """What is co-signed could be sent past the gateway: so it co-signs one seat at a time."""
    show = await on_sale(gateway, chain)
    fan, phone = await chain.fund(), device()
    admission = await visit(gateway, show, fan)
    for seat in (0, 1):
        await hold(gateway, show, fan, seat, admission)
    asked = [
        gateway.call(
            "POST",
            BUY,
            who=fan,
            body=buy_body(show, seat, admission, phone.key),
            headers=once(),
        )
        for seat in (0, 1)
    ]
    answers = await asyncio.gather(*asked)
    (built,) = [each.json() for each in answers if each.is_success]
    (refused,) = [each for each in answers if not each.is_success]
    assert (refused.status_code, refused.json()["error"]) == (409, "order_open")
    assert refused.json()["retry_after"] >= 1
    again = await order(gateway, show, fan, built["seat"], admission, device=phone.key)
    assert (await submit(gateway, fan, again))["state"] == "done"


@pytest.mark.slow
async def test_who_chooses_another_seat_waits_until_the_first_cannot_be_paid(
    gateway: Gateway, chain: Chain
) -> None:
    show = await on_sale(gateway, chain)
    fan = await chain.fund()
    admission = await visit(gateway, show, fan)
    for seat in (0, 1):
        await hold(gateway, show, fan, seat, admission)
    await order(gateway, show, fan, 0, admission)
    body = buy_body(show, 1, admission, device().key)
    assert await gateway.refused("POST", BUY, who=fan, body=body, headers=once()) == "order_open"
    await chain.advance_to(await chain.rpc.chain_time() + 200)
    assert (await submit(gateway, fan, await order(gateway, show, fan, 1, admission)))["state"] == (
        "done"
    )


@pytest.mark.attack
@pytest.mark.slow
async def test_an_order_needs_an_own_pass_of_this_event(gateway: Gateway, chain: Chain) -> None:
    show, other_show = await both_on_sale(gateway, chain)
    fan, other = await chain.fund(), await chain.fund()
    mine, theirs = await visit(gateway, show, fan), await visit(gateway, show, other)
    elsewhere = await visit(gateway, other_show, fan)
    await hold(gateway, show, fan, 0, mine)
    for token in (theirs, elsewhere, mine[:-2] + "AA"):
        body = buy_body(show, 0, token, Keypair().pubkey())
        assert await gateway.refused("POST", BUY, who=fan, body=body, headers=once()) == (
            "not_admitted"
        )


@pytest.mark.attack
@pytest.mark.slow
async def test_an_order_needs_an_own_hold(gateway: Gateway, chain: Chain) -> None:
    show = await on_sale(gateway, chain)
    fan, other = await chain.fund(), await chain.fund()
    mine, theirs = await visit(gateway, show, fan), await visit(gateway, show, other)
    await hold(gateway, show, other, 0, theirs)
    body = buy_body(show, 0, mine, Keypair().pubkey())
    assert await gateway.refused("POST", BUY, who=fan, body=body, headers=once()) == "not_held"


@pytest.mark.attack
@pytest.mark.slow
async def test_a_price_above_what_was_agreed_is_refused(gateway: Gateway, chain: Chain) -> None:
    show = await on_sale(gateway, chain)
    fan = await chain.fund()
    admission = await visit(gateway, show, fan)
    await hold(gateway, show, fan, 0, admission)
    body = buy_body(show, 0, admission, Keypair().pubkey(), PRICE - 1)
    assert await gateway.refused("POST", BUY, who=fan, body=body, headers=once()) == (
        "price_above_limit"
    )


@pytest.mark.slow
async def test_an_event_of_another_authority_is_not_sold_here(
    gateway: Gateway, chain: Chain
) -> None:
    """It was when the waiting room opened, and the organiser has turned elsewhere since."""
    show, fan = await on_sale(gateway, chain), await chain.fund()
    admission = await visit(gateway, show, fan)
    elsewhere = Wallet.generate().key
    turn = rotate_admission(organiser=show.organiser.key, event=show.address, admission=elsewhere)
    await chain.send(turn, show.organiser)
    await hold(gateway, show, fan, 0, admission)
    body = buy_body(show, 0, admission, Keypair().pubkey())
    assert await gateway.refused("POST", BUY, who=fan, body=body, headers=once()) == (
        "wrong_authority"
    )


async def test_the_same_key_gives_the_same_order(gateway: Gateway, chain: Chain) -> None:
    show = await on_sale(gateway, chain)
    fan = await chain.fund()
    admission = await visit(gateway, show, fan)
    await hold(gateway, show, fan, 0, admission)
    body, headers = buy_body(show, 0, admission, Keypair().pubkey()), once()
    answers = await asyncio.gather(
        *(gateway.ok("POST", BUY, who=fan, body=body, headers=headers) for _ in range(5))
    )
    assert all(answer == answers[0] for answer in answers)
    other = body | {"device_key": str(Keypair().pubkey())}
    assert await gateway.refused("POST", BUY, who=fan, body=other, headers=headers) == (
        "idempotency_conflict"
    )


@pytest.mark.attack
async def test_only_the_transaction_that_was_built_is_sent(gateway: Gateway, chain: Chain) -> None:
    show = await on_sale(gateway, chain)
    fan = await chain.fund()
    admission = await visit(gateway, show, fan)
    await hold(gateway, show, fan, 0, admission)
    built = await order(gateway, show, fan, 0, admission)
    path = f"/v1/orders/{built['order']}/submit"

    async def refusal(transaction: str) -> str:
        return await gateway.refused("POST", path, who=fan, body={"transaction": transaction})

    original = from_base64(built["transaction"])
    gift = transfer(TransferParams(from_pubkey=fan.key, to_pubkey=show.organiser.key, lamports=1))
    steps = [*instructions_of(original), gift]
    changed = build(fan.key, steps, original.message.recent_blockhash)
    changed = sign(changed, fan.keypair, gateway.keys.admission)
    assert await refusal(to_base64(changed)) == "transaction_changed"
    assert await refusal(base64.b64encode(b"no transaction").decode()) == "transaction_changed"
    assert await refusal(built["transaction"]) == "not_signed"
    assert await Tickets(chain.rpc).ticket(show.ticket(0)) is None
    assert (await submit(gateway, fan, built))["state"] == "done"


@pytest.mark.attack
@pytest.mark.slow
async def test_orders_of_others_are_not_there(gateway: Gateway, chain: Chain) -> None:
    show = await on_sale(gateway, chain)
    fan, thief = await chain.fund(), Wallet.generate()
    admission = await visit(gateway, show, fan)
    await hold(gateway, show, fan, 0, admission)
    built = await order(gateway, show, fan, 0, admission)
    path = f"/v1/orders/{built['order']}"
    assert await gateway.refused("GET", path, who=thief) == "unknown_order"
    body = signed(built, fan)
    assert await gateway.refused("POST", path + "/submit", who=thief, body=body) == "unknown_order"


@pytest.mark.slow
async def test_a_refusal_of_the_chain_has_its_name_and_frees_the_seat(
    gateway: Gateway, chain: Chain
) -> None:
    show = await on_sale(gateway, chain)
    fan, rival = await chain.fund(), await chain.fund()
    admission = await visit(gateway, show, fan)
    await hold(gateway, show, fan, 0, admission)
    built = await order(gateway, show, fan, 0, admission)
    await chain.buy(show, Wallet(gateway.keys.admission), rival, 0, Keypair().pubkey())
    path = f"/v1/orders/{built['order']}"
    body = signed(built, fan)
    assert await gateway.refused("POST", path + "/submit", who=fan, body=body) == "seat_taken"
    stands = await gateway.ok("GET", path, who=fan)
    assert (stands["state"], stands["error"]) == ("refused", "seat_taken")
    assert await gateway.refused("DELETE", holds(show) + "/0/0", who=fan) == "not_held"
    again = hold_body(0, admission)
    assert await gateway.refused("POST", holds(show), who=fan, body=again) == "seat_taken"
    await hold(gateway, show, fan, 1, admission)  # the visit goes on


@pytest.mark.slow
async def test_the_limit_of_the_chain_is_told_before_anybody_signs(
    gateway: Gateway, chain: Chain
) -> None:
    show = await on_sale(gateway, chain, limit=1)
    fan = await chain.fund()
    await bought(gateway, show, fan, 0, await visit(gateway, show, fan), phone=device())
    admission = await visit(gateway, show, fan)
    await hold(gateway, show, fan, 1, admission)
    body = buy_body(show, 1, admission, Keypair().pubkey())
    assert await gateway.refused("POST", BUY, who=fan, body=body, headers=once()) == (
        "limit_reached"
    )


@pytest.mark.slow
async def test_a_purchase_past_the_gateway_is_found_by_asking_the_chain(
    gateway: Gateway, chain: Chain
) -> None:
    show = await on_sale(gateway, chain)
    fan = await chain.fund()
    admission = await visit(gateway, show, fan)
    await hold(gateway, show, fan, 0, admission)
    built = await order(gateway, show, fan, 0, admission)
    await chain.rpc.send(from_base64(signed(built, fan)["transaction"]))
    found = await gateway.ok("GET", f"/v1/orders/{built['order']}", who=fan)
    assert found["state"] == "done"
    assert (await submit(gateway, fan, built))["state"] == "done"
    body = hold_body(1, admission)
    assert await gateway.refused("POST", holds(show), who=fan, body=body) == "pass_spent"


@pytest.mark.slow
async def test_an_order_that_the_chain_no_longer_takes_has_expired(
    gateway: Gateway, chain: Chain
) -> None:
    show = await on_sale(gateway, chain)
    fan = await chain.fund()
    admission = await visit(gateway, show, fan)
    await hold(gateway, show, fan, 0, admission)
    built = await order(gateway, show, fan, 0, admission)
    await chain.advance_to(await chain.rpc.chain_time() + 200)
    path = f"/v1/orders/{built['order']}"
    body = signed(built, fan)
    assert await gateway.refused("POST", path + "/submit", who=fan, body=body) == "order_expired"
    assert (await gateway.ok("GET", path, who=fan))["state"] == "expired"
    anew = await order(gateway, show, fan, 0, admission)  # still held, still admitted
    assert (await submit(gateway, fan, anew))["state"] == "done"


@pytest.mark.slow
async def test_a_refund_returns_the_money_and_only_to_the_holder(
    gateway: Gateway, chain: Chain
) -> None:
    show = await on_sale(gateway, chain)
    fan, other = await chain.fund(), await chain.fund()
    ticket = await bought(gateway, show, fan, 0, await visit(gateway, show, fan), phone=device())
    body = {"ticket": str(ticket)}
    assert await gateway.refused("POST", "/v1/orders/refund", who=other, body=body) == "not_yours"
    before = await chain.rpc.account(fan.key)
    built = await gateway.ok("POST", "/v1/orders/refund", who=fan, body=body)
    assert (await submit(gateway, fan, built))["state"] == "done"
    after = await chain.rpc.account(fan.key)
    assert before is not None
    assert after is not None
    assert after.lamports > before.lamports + PRICE * 9 // 10  # all but fee and the seat's rent
    stored = await Tickets(chain.rpc).ticket(ticket)
    assert stored is not None
    assert stored.data.state is TicketState.COOLING
    assert await gateway.refused("POST", "/v1/orders/refund", who=fan, body=body) == "refunded"
    seats = await gateway.ok("GET", f"/v1/events/{show.address}/sections/0/seats")
    assert seats["cooling"] == [0]


@pytest.mark.slow
async def test_a_refund_says_what_comes_back_and_not_what_was_paid(
    gateway: Gateway, chain: Chain
) -> None:
    now = await chain.rpc.chain_time()
    steps = (now + 2 * HOUR, now + 2 * HOUR + 600, now + 2 * HOUR + 1200)
    admission = gateway.keys.admission.pubkey()
    ladder: Changes = {"refund_until": steps, "refund_share": (9_000, 3_333, 0)}
    show = await chain.make_show(admission, **ladder)
    await open_room(gateway, chain, show)
    await open_sale(gateway, chain, show)
    fan = await chain.fund()
    ticket = await bought(gateway, show, fan, 0, await visit(gateway, show, fan), phone=device())
    body = {"ticket": str(ticket)}

    async def asked() -> Json:
        return await gateway.ok("POST", "/v1/orders/refund", who=fan, body=body)

    assert (await asked())["price"] == PRICE * 9 // 10
    await chain.advance_to(steps[0])
    vault = (await Tickets(chain.rpc).vault(show.address)).lamports
    built = await asked()
    assert built["price"] == 83_325_000  # a third of 250,000,000, in basis points
    assert (await submit(gateway, fan, built))["state"] == "done"
    left = (await Tickets(chain.rpc).vault(show.address)).lamports
    assert vault - left == 83_325_000


@pytest.mark.slow
async def test_without_the_chain_orders_are_refused_and_can_be_repeated(
    redis: Redis, own_node: LocalnetProcess, start: Start
) -> None:
    async with Rpc(own_node.rpc_url, timeout=1) as rpc, start(redis, rpc) as gateway:
        chain = Chain(rpc)
        show = await on_sale(gateway, chain)
        fan = await chain.fund()
        admission = await visit(gateway, show, fan)
        await hold(gateway, show, fan, 0, admission)
        own_node.kill()
        body = buy_body(show, 0, admission, Keypair().pubkey())
        answer = await gateway.call("POST", BUY, who=fan, body=body, headers=once())
        assert (answer.status_code, answer.json()["error"]) == (503, "chain_unavailable")
        assert int(answer.headers["retry-after"]) > 0
        await gateway.ok("DELETE", holds(show) + "/0/0", who=fan)  # the hold is still there
        ready = await gateway.http.get("/ready")
        assert (ready.status_code, ready.json()["redis"], ready.json()["rpc"]) == (503, True, False)


@pytest.mark.slow
async def test_without_redis_holds_and_orders_are_refused(
    own_redis: Server, node: LocalnetProcess, chain: Chain, start: Start
) -> None:
    redis = connect(own_redis.url)
    async with Rpc(node.rpc_url) as rpc, start(redis, rpc) as gateway:
        show = await on_sale(gateway, chain)
        fan = await chain.fund()
        admission = await visit(gateway, show, fan)
        own_redis.kill()
        body = hold_body(0, admission)
        assert await gateway.refused("POST", holds(show), who=fan, body=body) == (
            "store_unavailable"
        )
        body = buy_body(show, 0, admission, Keypair().pubkey())
        assert await gateway.refused("POST", BUY, who=fan, body=body, headers=once()) == (
            "store_unavailable"
        )
    await redis.aclose()
