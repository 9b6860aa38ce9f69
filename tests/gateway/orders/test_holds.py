"""A seat is held by one person at a time, for who was admitted, and not for long."""

import asyncio
import itertools
import time

import pytest
from conting_client import DeviceKey, Rpc, Wallet
from conting_gateway.orders.hold_store import HoldRules, HoldStore, Seat
from conting_gateway.redis import Redis
from conting_localnet import LocalnetProcess
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.system_program import TransferParams, transfer

from tests.gateway.chain import SOL, Chain, Show
from tests.gateway.lying import between
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
from tests.gateway.waitroom.rooms import until, visit

pytestmark = pytest.mark.anyio

FIVE_MINUTES = 300


@pytest.mark.slow
async def test_of_fifty_at_once_one_holds_the_seat(gateway: Gateway, chain: Chain) -> None:
    show = await on_sale(gateway, chain)
    fans = [Wallet.generate() for _ in range(50)]
    passes = [await visit(gateway, show, fan) for fan in fans]
    answers = await asyncio.gather(
        *(
            gateway.call("POST", holds(show), who=fan, body=hold_body(7, admission))
            for fan, admission in zip(fans, passes, strict=True)
        )
    )
    codes = [answer.status_code for answer in answers]
    assert (codes.count(200), codes.count(409)) == (1, 49)
    assert {answer.json()["error"] for answer in answers if answer.status_code == 409} == {
        "seat_held"
    }
    winner = fans[codes.index(200)]
    again = await hold(gateway, show, winner, 7, passes[codes.index(200)])
    assert again == answers[codes.index(200)].json()


async def test_a_person_holds_two_seats_and_not_three(gateway: Gateway, chain: Chain) -> None:
    show = await on_sale(gateway, chain)
    fan = Wallet.generate()
    admission = await visit(gateway, show, fan)
    answers = await asyncio.gather(
        *(
            gateway.call("POST", holds(show), who=fan, body=hold_body(seat, admission))
            for seat in range(6)
        )
    )
    held = [seat for seat, answer in enumerate(answers) if answer.is_success]
    assert len(held) == 2
    codes = {answer.json()["error"] for answer in answers if not answer.is_success}
    assert codes == {"hold_limit"}
    ends = [answer.json()["expires_at"] for answer in answers if answer.is_success]
    assert all(abs(each - time.time() - FIVE_MINUTES) < FIVE_MINUTES / 10 for each in ends)
    seats = await gateway.ok("GET", f"/v1/events/{show.address}/sections/0/seats")
    assert seats["held"] == held
    await gateway.ok("DELETE", f"{holds(show)}/0/{held[0]}", who=fan)
    await hold(gateway, show, fan, 9, admission)


@pytest.mark.attack
async def test_who_asks_for_seats_without_end_is_slowed_down(
    redis: Redis, chain: Chain, start: Start
) -> None:
    """Also for those of others, each of which costs a look at the node."""
    async with start(redis, chain.rpc, holds_per_minute=3) as gateway:
        show = await on_sale(gateway, chain)
        fan, other = Wallet.generate(), Wallet.generate()
        mine, theirs = await visit(gateway, show, fan), await visit(gateway, show, other)
        await hold(gateway, show, other, 7, theirs)
        gateway.now.stop()
        codes = [
            await gateway.refused("POST", holds(show), who=fan, body=hold_body(7, mine))
            for _ in range(4)
        ]
        assert codes == ["seat_held", "seat_held", "seat_held", "rate_limited"]
        await hold(gateway, show, other, 8, theirs)


async def test_who_comes_back_is_told_which_seats_they_hold(gateway: Gateway, chain: Chain) -> None:
    show = await on_sale(gateway, chain)
    fan, other = Wallet.generate(), Wallet.generate()
    mine, theirs = await visit(gateway, show, fan), await visit(gateway, show, other)
    assert await gateway.ok("GET", holds(show), who=fan) == {"holds": []}
    first, last = [await hold(gateway, show, fan, seat, mine) for seat in (7, 3)]
    await hold(gateway, show, other, 4, theirs)
    assert await gateway.ok("GET", holds(show), who=fan) == {"holds": [first, last]}
    await gateway.ok("DELETE", f"{holds(show)}/0/7", who=fan)
    assert await gateway.ok("GET", holds(show), who=fan) == {"holds": [last]}
    assert await gateway.refused("GET", holds(show)) == "not_signed_in"


@pytest.mark.slow
async def test_a_released_seat_is_free_for_others(gateway: Gateway, chain: Chain) -> None:
    show = await on_sale(gateway, chain)
    fan, other = Wallet.generate(), Wallet.generate()
    mine, theirs = await visit(gateway, show, fan), await visit(gateway, show, other)
    await hold(gateway, show, fan, 3, mine)
    path = f"{holds(show)}/0/3"
    assert await gateway.refused("DELETE", path, who=other) == "not_held"
    await gateway.ok("DELETE", path, who=fan)
    await hold(gateway, show, other, 3, theirs)


@pytest.mark.slow
async def test_a_hold_ends_by_itself(
    redis: Redis, node: LocalnetProcess, chain: Chain, start: Start
) -> None:
    async with Rpc(node.rpc_url) as rpc, start(redis, rpc, hold_seconds=0.2) as gateway:
        show = await on_sale(gateway, chain)
        fan, other = Wallet.generate(), Wallet.generate()
        mine, theirs = await visit(gateway, show, fan), await visit(gateway, show, other)
        await hold(gateway, show, fan, 3, mine)
        await asyncio.sleep(0.25)
        assert await gateway.ok("GET", holds(show), who=fan) == {"holds": []}
        await hold(gateway, show, other, 3, theirs)


async def test_holds_that_have_ended_are_not_looked_at_again(
    gateway: Gateway, chain: Chain, redis: Redis
) -> None:
    """Of a stadium's section there would be one for each seat, and all looked at twice a second."""
    show, fan = await on_sale(gateway, chain), Wallet.generate()
    await hold(gateway, show, fan, 4, await visit(gateway, show, fan))
    kept = f"conting:{{{show.address}}}:holds:0"
    await redis.hset(kept, mapping={"8": f"{fan.key} 1", "9": "- 1"})
    seats = await gateway.ok("GET", f"/v1/events/{show.address}/sections/0/seats")
    assert seats["held"] == [4]
    assert await redis.hkeys(kept) == ["4"]


@pytest.mark.slow
async def test_a_seat_stays_held_while_its_order_can_be_paid(
    redis: Redis, node: LocalnetProcess, chain: Chain, start: Start
) -> None:
    async with Rpc(node.rpc_url) as rpc, start(redis, rpc, hold_seconds=5) as gateway:
        show = await on_sale(gateway, chain)
        fan, other = await chain.fund(), Wallet.generate()
        mine, theirs = await visit(gateway, show, fan), await visit(gateway, show, other)
        ends = (await hold(gateway, show, fan, 3, mine))["expires_at"]
        await order(gateway, show, fan, 3, mine)
        await asyncio.sleep(max(0, ends + 1 - time.time()))
        body = hold_body(3, theirs)
        assert await gateway.refused("POST", holds(show), who=other, body=body) == "seat_held"
        seats = await gateway.ok("GET", f"/v1/events/{show.address}/sections/0/seats")
        assert seats["held"] == [3]


@pytest.mark.slow
@pytest.mark.attack
async def test_orders_hold_a_seat_no_longer_than_one_can_be_paid_beyond_its_end(
    redis: Redis,
) -> None:
    store, seat = HoldStore(redis, HoldRules(2, 2, 30)), Seat(Pubkey.new_unique(), 0, 7)
    inside, turns = visit_keys = [f"conting:{{{seat.event}}}:{name}" for name in "it"]
    await redis.zadd(inside, {"1": time.time() * 1000 + 60_000})
    await redis.hset(turns, "1", "entered")
    unpaid = Seat(seat.event, 0, 8)
    await store.hold(unpaid, "fan", place=1, visit_keys=visit_keys)
    _, due = await store.hold(seat, "fan", place=1, visit_keys=visit_keys)
    assert not await store.keep(seat, "other", 30)
    assert await store.keep(seat, "fan", 1)
    assert await store.holder(seat) == ("fan", due)  # long enough
    assert await store.keep(seat, "fan", 30)
    guest, first = await store.holder(seat)
    assert guest == "fan"
    assert due < first <= due + 30_000
    await asyncio.sleep(max(0, due / 1000 + 0.2 - time.time()))
    for _ in range(2):
        assert await store.keep(seat, "fan", 30)
        assert await store.holder(seat) == ("fan", due + 30_000)
    assert (await store.seats_of(seat.event, "fan"))[seat] == due + 30_000
    assert not await store.keep(unpaid, "fan", 30)
    assert await store.holder(unpaid) == ("", 0)


@pytest.mark.slow
@pytest.mark.attack
async def test_a_hold_needs_an_own_pass_of_this_event(gateway: Gateway, chain: Chain) -> None:
    show, other_show = await both_on_sale(gateway, chain)
    fan, thief = Wallet.generate(), Wallet.generate()
    admission = await visit(gateway, show, fan)
    forged = admission[:-1] + ("A" if admission[-1] != "A" else "B")
    tries = [
        (holds(show), thief, admission),
        (holds(other_show), fan, admission),
        (holds(show), fan, forged),
        (holds(show), fan, "admission.x.y"),
    ]
    for path, who, token in tries:
        assert await gateway.refused("POST", path, who=who, body=hold_body(0, token)) == (
            "not_admitted"
        )


@pytest.mark.slow
async def test_a_pass_ends_with_the_visit(
    redis: Redis, node: LocalnetProcess, chain: Chain, start: Start
) -> None:
    async with Rpc(node.rpc_url) as rpc, start(redis, rpc, shop_seconds=4.0) as gateway:
        show = await on_sale(gateway, chain)
        fan = Wallet.generate()
        admission = await visit(gateway, show, fan)
        await hold(gateway, show, fan, 0, admission)

        async def is_over() -> bool:
            answer = await gateway.call("POST", holds(show), who=fan, body=hold_body(1, admission))
            return not answer.is_success and answer.json()["error"] == "not_admitted"

        await until(is_over)  # while seat 0 is held for some minutes yet
        body = buy_body(show, 0, admission, Keypair().pubkey())
        path = "/v1/orders/buy"
        refused = await gateway.refused("POST", path, who=fan, body=body, headers=once())
        assert refused == "not_admitted"


@pytest.mark.slow
async def test_seats_that_are_not_there_are_refused(gateway: Gateway, chain: Chain) -> None:
    show = await on_sale(gateway, chain, seats=5)
    fan = Wallet.generate()
    admission = await visit(gateway, show, fan)
    body = hold_body(5, admission)
    assert await gateway.refused("POST", holds(show), who=fan, body=body) == "no_such_seat"
    body = hold_body(0, admission) | {"section": 1}
    assert await gateway.refused("POST", holds(show), who=fan, body=body) == "unknown_section"


@pytest.mark.attack
@pytest.mark.slow
async def test_who_lets_seats_go_again_and_again_waits_longer_each_time(
    gateway: Gateway, chain: Chain
) -> None:
    show = await on_sale(gateway, chain)
    fan, other = Wallet.generate(), Wallet.generate()
    mine, theirs = await visit(gateway, show, fan), await visit(gateway, show, other)
    for seat in range(3):  # two may be let go for nothing, the third one not
        await hold(gateway, show, fan, seat, mine)
        await gateway.ok("DELETE", f"{holds(show)}/0/{seat}", who=fan)
    answer = await gateway.call("POST", holds(show), who=fan, body=hold_body(3, mine))
    assert (answer.status_code, answer.json()["error"]) == (429, "hold_cooling")
    assert 0 < answer.json()["retry_after"] <= 30
    assert int(answer.headers["retry-after"]) == answer.json()["retry_after"]
    await hold(gateway, show, other, 3, theirs)  # nobody else waits


async def holds_and_lets_go(gateway: Gateway, show: Show, fan: Wallet, admission: str) -> None:
    await hold(gateway, show, fan, 0, admission)
    await gateway.ok("DELETE", f"{holds(show)}/0/0", who=fan)


@pytest.mark.slow
async def test_the_wait_doubles_and_ends(
    redis: Redis, node: LocalnetProcess, chain: Chain, start: Start
) -> None:
    async with Rpc(node.rpc_url) as rpc, start(redis, rpc, hold_cooling_seconds=0.5) as gateway:
        show = await on_sale(gateway, chain)
        fan = Wallet.generate()
        admission = await visit(gateway, show, fan)
        for _ in range(3):
            await holds_and_lets_go(gateway, show, fan, admission)
        waits = []
        for _ in range(3):
            seconds, microseconds = await redis.time()
            waits.append(float(await redis.hget(let_go(show, fan), "wait") or 0) / 1000)
            assert waits[-1] <= seconds + microseconds / 1e6 + 0.5 * 2 ** (len(waits) - 1)

            async def is_over() -> bool:
                answer = await gateway.call(
                    "POST", holds(show), who=fan, body=hold_body(0, admission)
                )
                return answer.is_success

            await until(is_over)
            await gateway.ok("DELETE", f"{holds(show)}/0/0", who=fan)
        gaps = [later - earlier for earlier, later in itertools.pairwise(waits)]
        assert gaps[0] >= 1.0  # the second wait alone
        assert gaps[1] >= 2.0


@pytest.mark.slow
async def test_each_hold_that_lapses_was_let_go_once(
    redis: Redis, node: LocalnetProcess, chain: Chain, start: Start
) -> None:
    async with (
        Rpc(node.rpc_url) as rpc,
        start(redis, rpc, hold_seconds=0.1, hold_cooling_seconds=600) as gateway,
    ):
        show = await on_sale(gateway, chain)
        fan = Wallet.generate()
        admission = await visit(gateway, show, fan)
        for seat in range(3):  # two may lapse for nothing
            await hold(gateway, show, fan, seat, admission)
            assert int(await redis.hget(let_go(show, fan), "count") or 0) == seat
            await asyncio.sleep(0.15)
        body = hold_body(3, admission)
        assert await gateway.refused("POST", holds(show), who=fan, body=body) == "hold_cooling"
        assert await redis.hget(let_go(show, fan), "count") == "3"


@pytest.mark.slow
async def test_who_buys_a_seat_has_not_let_it_go(
    gateway: Gateway, chain: Chain, redis: Redis
) -> None:
    show = await on_sale(gateway, chain)
    fan = await chain.fund()
    admission = await visit(gateway, show, fan)
    await hold(gateway, show, fan, 0, admission)
    built = await order(gateway, show, fan, 0, admission)
    assert (await submit(gateway, fan, built))["state"] == "done"
    assert not await redis.exists(let_go(show, fan))


def let_go(show: Show, fan: Wallet) -> str:
    """Where Redis counts the seats that a fan has let go."""
    return f"conting:{{{show.address}}}:let-go:{fan.key}"


@pytest.mark.slow
async def test_a_seat_that_is_sold_while_a_gateway_looks_at_the_chain_is_not_held(
    gateway: Gateway, chain: Chain, redis: Redis, node: LocalnetProcess, start: Start
) -> None:
    """It is not sold yet when the gateway looks, and its hold is over when it asks Redis."""
    show = await on_sale(gateway, chain)
    buyer, rival = await chain.fund(), Wallet.generate()
    admission, other = await visit(gateway, show, buyer), await visit(gateway, show, rival)
    async with (
        between(node.rpc_url) as way,
        Rpc(way.rpc_url) as rpc,
        start(redis, rpc, keys=gateway.keys) as slow,
    ):
        await hold(slow, show, rival, 4, other)  # it knows the event now
        way.slow.clear()
        way.heard.clear()
        asked = asyncio.create_task(
            slow.call("POST", holds(show), who=rival, body=hold_body(3, other))
        )

        async def has_looked() -> bool:
            return str(show.ticket(3)) in str(way.heard)

        await until(has_looked)
        await bought(gateway, show, buyer, 3, admission, phone=DeviceKey(Keypair()))
        await redis.hdel(f"conting:{{{show.address}}}:holds:0", "3")
        way.slow.set()
        assert (await asked).json()["error"] == "seat_taken"
    assert await hold(gateway, show, rival, 5, other)  # one seat, and not two


@pytest.mark.slow
async def test_a_gateway_whose_node_lags_gives_no_hold_of_what_is_sold(
    gateway: Gateway, chain: Chain, redis: Redis, node: LocalnetProcess, start: Start
) -> None:
    """Who has paid may hold two other seats at once."""
    show = await on_sale(gateway, chain)
    buyer, rival = await chain.fund(), Wallet.generate()
    admission, other = await visit(gateway, show, buyer), await visit(gateway, show, rival)
    async with (
        between(node.rpc_url) as way,
        Rpc(way.rpc_url) as rpc,
        start(redis, rpc, keys=gateway.keys) as late,
    ):

        def unsold(_method: str, answer: Json) -> Json:
            """The ticket is not there yet."""
            if way.heard[-1]["params"][:1] != [str(show.ticket(3))]:
                return answer
            return answer | {"result": answer["result"] | {"value": None}}

        way.lie = unsold
        await bought(gateway, show, buyer, 3, admission, phone=DeviceKey(Keypair()))
        assert await gateway.refused("DELETE", f"{holds(show)}/0/3", who=buyer) == "not_held"
        code = await late.refused("POST", holds(show), who=rival, body=hold_body(3, other))
        assert code == "seat_held"
        assert await gateway.refused("POST", holds(show), who=rival, body=hold_body(3, other)) == (
            "seat_taken"
        )
    assert (await gateway.ok("GET", holds(show), who=buyer))["holds"] == []
    admission = await visit(gateway, show, buyer)
    for seat in (4, 5):
        await hold(gateway, show, buyer, seat, admission)


@pytest.mark.attack
@pytest.mark.slow
async def test_a_payment_that_the_chain_refuses_lets_no_seat_go(
    gateway: Gateway, chain: Chain
) -> None:
    """Nor would who empties the wallet first hold one seat after the other, and never wait."""
    show = await on_sale(gateway, chain)
    fan, rival = await chain.fund(1), Wallet.generate()
    admission = await visit(gateway, show, fan)
    held = await hold(gateway, show, fan, 0, admission)
    phone = Keypair().pubkey()
    built = await order(gateway, show, fan, 0, admission, device=phone)
    gift = TransferParams(from_pubkey=fan.key, to_pubkey=rival.key, lamports=800_000_000)
    await chain.send(transfer(gift), fan)
    path = f"/v1/orders/{built['order']}/submit"
    code = await gateway.refused("POST", path, who=fan, body=signed(built, fan))
    assert code == "not_enough_lamports"
    assert await hold(gateway, show, fan, 0, admission) == held
    body = hold_body(0, await visit(gateway, show, rival))
    assert await gateway.refused("POST", holds(show), who=rival, body=body) == "seat_held"
    await chain.rpc.airdrop(fan.key, SOL)
    again = await order(gateway, show, fan, 0, admission, device=phone)
    assert (await submit(gateway, fan, again))["state"] == "done"
