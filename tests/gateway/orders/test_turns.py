"""A turn buys once, wherever its orders are sent and whatever becomes of them."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
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
from tests.gateway.orders.line import Line, carried
from tests.gateway.orders.shop import buy_body, hold, on_sale, once, order, signed, submit
from tests.gateway.orders.test_lots import section_of
from tests.gateway.orders.test_sponsor_failures import Careless
from tests.gateway.orders.test_sponsoring import House, house
from tests.gateway.support import Gateway, Json, Start
from tests.gateway.waitroom.rooms import open_room, open_sale, until, visit

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


@pytest.mark.attack
async def test_a_turn_whose_seat_another_has_bought_buys_another_one_at_once(
    gateway: Gateway, chain: Chain
) -> None:
    """An order for a seat that was let go can be paid, which costs the next holder no time."""
    show, other = await on_sale(gateway, chain), await chain.fund()
    first = await visit(gateway, show, other)
    await hold(gateway, show, other, 0, first)
    theirs = await order(gateway, show, other, 0, first)
    await gateway.ok("DELETE", f"/v1/events/{show.address}/holds/0/0", who=other)
    fan = await chain.fund()
    admission = await visit(gateway, show, fan)
    for seat in (0, 1):
        await hold(gateway, show, fan, seat, admission)
    lost = await order(gateway, show, fan, 0, admission)
    assert await refusal(gateway, show, fan, 1, admission) == "order_open"
    await send_past(chain, theirs, other)
    another = await order(gateway, show, fan, 1, admission)
    stands = await gateway.ok("GET", f"/v1/orders/{lost['order']}", who=fan)
    assert (stands["state"], stands["error"]) == ("refused", "seat_taken")
    await hold(gateway, show, fan, 2, admission)  # the lost seat is none of their two any more
    assert (await submit(gateway, fan, another))["state"] == "done"


@pytest.mark.attack
async def test_a_seat_is_not_anothers_for_lamports_at_the_address_of_its_ticket(
    gateway: Gateway, chain: Chain
) -> None:
    """Anybody can send them there; the order can be paid all the same, and a turn buys once."""
    show, fan, admission = await inside(gateway, chain)
    first = await order(gateway, show, fan, 0, admission)
    await chain.rpc.airdrop(show.ticket(0), SOL)
    assert await refusal(gateway, show, fan, 1, admission) == "order_open"
    await send_past(chain, first, fan)
    assert await refusal(gateway, show, fan, 1, admission) == "pass_spent"


@pytest.mark.attack
async def test_a_seat_that_the_order_itself_buys_while_it_is_asked_about_is_not_anothers(
    gateway: Gateway, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    show, fan, admission = await inside(gateway, chain)
    first = await order(gateway, show, fan, 0, admission)
    await send_past(chain, first, fan)

    async def not_yet(_: object) -> bool:
        return False

    with monkeypatch.context() as patch:
        for look in ("shows", "has_landed"):
            patch.setattr(gateway.services.orders._chain, look, not_yet)
        assert await refusal(gateway, show, fan, 1, admission) == "order_open"
    assert await refusal(gateway, show, fan, 1, admission) == "pass_spent"


async def test_an_order_that_changes_what_there_is_stays_open_until_it_has(
    gateway: Gateway, chain: Chain
) -> None:
    """What it has not changed yet is not another's."""
    show, fan, admission = await inside(gateway, chain)
    await submit(gateway, fan, await order(gateway, show, fan, 0, admission))
    body = {"ticket": str(show.ticket(0))}
    back = await gateway.ok("POST", "/v1/orders/refund", who=fan, body=body)
    assert (await gateway.ok("GET", f"/v1/orders/{back['order']}", who=fan))["state"] == "built"


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
    claims = f"conting:{{{show.address}}}:claims-of:{turn.place}"
    assert await redis.pttl(claims) > CLAIM_SECONDS * 1000  # it may be paid for as long as that
    assert (await submit(gateway, fan, built))["state"] == "done"


async def test_who_has_claimed_a_turn_keeps_it_as_long_whoever_claims_it_again(
    gateway: Gateway, chain: Chain, redis: Redis
) -> None:
    """Of two gateways that are asked for the same order, the later one claims it for seconds."""
    show, fan, admission = await inside(gateway, chain)
    first = await kept(redis, await order(gateway, show, fan, 0, admission))
    assert first.visit is not None
    store, second, third = OrderStore(redis), replace(first, id="second"), replace(first, id="3rd")
    assert not await store.claim_turn(second, first.visit, 600, beside=[first.id])
    assert not await store.claim_turn(first, first.visit, 0)
    both = {each.id: each.claim for each in (first, second)}
    assert await store.claim_turn(third, first.visit, 0) == both


async def lose(redis: Redis, built: Json) -> None:
    """As a cluster does whose master dies with the order, while another keeps what it claimed."""
    assert await redis.delete(f"conting:order:{built['order']}") == 1


async def test_an_order_that_redis_has_lost_blocks_its_turn_while_it_can_be_paid(
    gateway: Gateway, chain: Chain, redis: Redis
) -> None:
    show, fan, admission = await inside(gateway, chain)
    await lose(redis, await order(gateway, show, fan, 0, admission))
    assert await refusal(gateway, show, fan, 1, admission) == "order_open"
    await outlast(chain)
    built = await order(gateway, show, fan, 1, admission)
    assert (await submit(gateway, fan, built))["state"] == "done"


@pytest.mark.attack
async def test_an_order_that_redis_has_lost_and_the_chain_has_run_spends_the_pass(
    gateway: Gateway, chain: Chain, redis: Redis
) -> None:
    show, fan, admission = await inside(gateway, chain)
    built = await order(gateway, show, fan, 0, admission)
    await lose(redis, built)
    await send_past(chain, built, fan)
    await outlast(chain)
    assert await refusal(gateway, show, fan, 1, admission) == "pass_spent"


@pytest.mark.attack
async def test_a_lost_order_that_lands_at_the_last_moment_spends_the_pass(
    gateway: Gateway, chain: Chain, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looked for before it is known that it cannot land any more, it would not be found."""
    show, fan, admission = await inside(gateway, chain)
    built = await order(gateway, show, fan, 0, admission)
    await lose(redis, built)

    async def lands_and_can_no_more(_: object) -> bool:
        await send_past(chain, built, fan)
        return False

    monkeypatch.setattr(gateway.services.orders._chain, "can_land", lands_and_can_no_more)
    assert await refusal(gateway, show, fan, 1, admission) == "pass_spent"


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


class Watched(Line):
    """A way to the node on which somebody acts when a method is asked for the next time."""

    def __init__(self, node_url: str) -> None:
        super().__init__(node_url)
        self.acts: dict[str, Callable[[], Awaitable[object]]] = {}

    async def _ask(self, request: bytes) -> bytes:
        method = json.loads(request.partition(b"\r\n\r\n")[2])["method"]
        if (act := self.acts.pop(method, None)) is not None:
            await act()
        return await super()._ask(request)


class Twice:
    """An order that is submitted twice: refused the first time, and on its way by then.

    The wallet has nothing at the first trial.
    """

    def __init__(self, paid: House, line: Watched, fan: Wallet, built: Json) -> None:
        self._paid, self._line, self._fan, self._built = paid, line, fan, built
        self._sends, self._arrives = asyncio.Event(), asyncio.Event()
        self._second: asyncio.Task[str] | None = None

    async def first(self, show: Show) -> str:
        """What the first request is told; the second one is held up on its way to the node."""
        await empty(self._paid.chain, show, self._fan)
        self._line.acts["isBlockhashValid"] = self._submit_again
        return await self._paid.submit(self._fan, self._built)

    async def second(self) -> str:
        """What the second one is told, once it has arrived."""
        self._arrives.set()
        assert self._second is not None
        return await self._second

    async def _submit_again(self) -> None:
        await self._paid.chain.rpc.airdrop(self._fan.key, 10 * SOL)
        self._line.acts["sendTransaction"] = self._hold_up
        self._second = asyncio.ensure_future(self._paid.submit(self._fan, self._built))
        await self._sends.wait()

    async def _hold_up(self) -> None:
        self._sends.set()
        await self._arrives.wait()


@pytest.fixture
async def watched(node: LocalnetProcess) -> AsyncIterator[Watched]:
    async with carried(Watched(node.rpc_url)) as line:
        yield line


@pytest.fixture
async def paid(watched: Watched, redis: Redis, start: Start) -> AsyncIterator[House]:
    """A gateway that pays fees, at the end of that way."""
    async with Rpc(watched.url) as rpc, house(redis, rpc, start) as made:
        yield made


@pytest.mark.attack
async def test_who_submits_twice_and_is_refused_once_has_no_second_purchase(
    paid: House, watched: Watched, chain: Chain
) -> None:
    """The sponsor has paid for the second request when the first one is refused."""
    gateway, fan = paid.gateway, await chain.fund()
    show = await chain.make_show(gateway.keys.admission.pubkey(), organiser=paid.organiser)
    await open_room(gateway, chain, show)
    await open_sale(gateway, chain, show)
    admission = await visit(gateway, show, fan)
    for seat in (0, 1):
        await hold(gateway, show, fan, seat, admission)
    built = await paid.place("buy", fan, **buy_body(show, 0, admission, Keypair().pubkey()))
    twice = Twice(paid, watched, fan, built)
    assert await twice.first(show) == "not_enough_lamports"
    assert await refusal(gateway, show, fan, 1, admission) == "order_open"
    assert await twice.second() == "done"
    assert await refusal(gateway, show, fan, 1, admission) == "pass_spent"


async def test_what_has_landed_is_done_though_it_was_refused_meanwhile(
    paid: House, watched: Watched, chain: Chain
) -> None:
    """Whoever pays a deposit finds the order done, not refused."""
    show, fan = await paid.show(), await chain.fund()
    body = section_of(show) | {"device_key": str(Keypair().pubkey())}
    path = "/v1/orders/join_waiting"
    built = await paid.gateway.ok("POST", path, who=fan, body=body, headers=once())
    twice = Twice(paid, watched, fan, built)
    assert await twice.first(show) == "not_enough_lamports"
    assert await twice.second() == "done"
    found = await paid.gateway.ok("GET", f"/v1/orders/{built['order']}", who=fan)
    assert (found["state"], found["error"]) == ("done", None)


async def test_the_same_key_gives_the_same_answer_when_its_order_is_signed(
    gateway: Gateway, chain: Chain
) -> None:
    """A client that asks again compares: what it names is who has to sign, not who has yet to."""
    show, fan, admission = await inside(gateway, chain)
    asked: Json = {
        "who": fan,
        "body": buy_body(show, 0, admission, Keypair().pubkey()),
        "headers": once(),
    }
    built = await gateway.ok("POST", "/v1/orders/buy", **asked)
    assert built["awaits"] == [str(fan.key)]
    assert (await submit(gateway, fan, built))["state"] == "done"
    assert await gateway.ok("POST", "/v1/orders/buy", **asked) == built
