"""Answers that were lost, and nodes that are away: the chain says what happened, nobody guesses."""

import json
from collections.abc import AsyncIterator
from http import HTTPStatus

import httpx2
import pytest
from conting_client import GatewayClient, Rpc, from_base64
from conting_client import order_asks as asks
from conting_client.generated import ticket as program
from conting_gateway.redis import Redis
from conting_localnet import LocalnetProcess

from tests.gateway.chain import PRICE, Chain
from tests.gateway.orders.folk import fan, on_sale, ordered, place, refusal, sell
from tests.gateway.orders.line import Line, carried, line_to
from tests.gateway.orders.shop import signed
from tests.gateway.orders.test_lots import section_of
from tests.gateway.orders.test_sponsoring import house
from tests.gateway.support import DOMAIN, Gateway, Json, Start, way_to

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.fixture
async def line(node: LocalnetProcess) -> AsyncIterator[Line]:
    """All that the gateway knows of the chain comes over it."""
    async with line_to(node.rpc_url) as made:
        yield made


@pytest.fixture
async def far(line: Line, redis: Redis, start: Start) -> AsyncIterator[Gateway]:
    """A gateway at the end of the line."""
    async with Rpc(line.url, timeout=2) as rpc, start(redis, rpc) as gateway:
        yield gateway


async def test_what_was_sent_before_the_line_was_cut_is_found_done(
    far: Gateway, line: Line, chain: Chain
) -> None:
    show, who = await on_sale(far, chain), await fan(chain)
    built = await place(far, "join_waiting", who, **section_of(show))
    line.lost = "sendTransaction"
    submit = f"/v1/orders/{built['order']}/submit"
    body = signed(built, who.wallet)
    done = await far.ok("POST", submit, who=who.wallet, body=body)
    assert done["state"] == "done"  # the node has it, whatever became of its answer
    line.lost = None
    assert await refusal(far, "join_waiting", who, **section_of(show)) == "waiting_already"


async def test_without_a_node_an_order_waits_and_is_not_lost(
    far: Gateway, line: Line, chain: Chain
) -> None:
    show, who = await on_sale(far, chain), await fan(chain)
    built = await place(far, "join_waiting", who, **section_of(show))
    path, body = f"/v1/orders/{built['order']}", signed(built, who.wallet)
    line.is_cut = True
    other = await fan(chain)
    assert await refusal(far, "join_waiting", other, **section_of(show)) == ("chain_unavailable")
    assert await far.refused("GET", path, who=who.wallet) == "chain_unavailable"
    # The wallet goes straight to another node meanwhile.
    await chain.rpc.send(from_base64(body["transaction"]))
    line.is_cut = False
    assert (await far.ok("GET", path, who=who.wallet))["state"] == "done"


async def test_what_has_happened_stays_so_when_the_account_has_moved_on(
    far: Gateway, line: Line, chain: Chain
) -> None:
    """The mark on the account is gone again: then the transaction's own name decides."""
    show, who = await on_sale(far, chain), await fan(chain)
    built = await place(far, "join_waiting", who, **section_of(show))
    path, body = f"/v1/orders/{built['order']}", signed(built, who.wallet)
    line.last = "sendTransaction"  # it arrives, and then nothing does
    assert await far.refused("POST", path + "/submit", who=who.wallet, body=body) == (
        "chain_unavailable"
    )
    leave = program.leave_waiting(
        wallet=who.wallet.key,
        rent_to=who.wallet.key,
        person=who.person,
        section=show.section,
        place=program.place_address(section=show.section, index=0),
    )
    await chain.send(leave, who.wallet)
    line.last, line.is_cut = None, False
    assert (await far.ok("GET", path, who=who.wallet))["state"] == "done"


class Unlucky(httpx2.AsyncBaseTransport):
    """A way to the gateway; its node is away from the first request to `path` until one is refused.

    `sent`: the node hears of the order before that.
    """

    def __init__(self, far: Gateway, line: Line, path: str, *, sent: bool) -> None:
        self._under, self._line, self._path, self._sent = way_to(far.app), line, path, sent
        self.refused = 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        is_first = not self.refused and request.url.path.endswith(self._path)
        if is_first and self._sent:
            self._line.last = "sendTransaction"
        elif is_first:
            self._line.is_cut = True
        answer = await self._under.handle_async_request(request)
        if answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
            self.refused += 1
            self._line.last, self._line.is_cut = None, False
        return answer


@pytest.mark.parametrize("sent", [True, False])
async def test_the_client_follows_an_order_through_the_nodes_absence(
    far: Gateway, line: Line, chain: Chain, *, sent: bool
) -> None:
    show, who = await on_sale(far, chain), await fan(chain)
    me, way = asks.Buyer(who.wallet), Unlucky(far, line, "/submit", sent=sent)
    async with GatewayClient(f"http://{DOMAIN}", transport=way) as client:
        await client.sign_in(who.wallet)
        asked = asks.join_waiting(me, asks.SectionAt(show.address, 0))
        done = await client.orders.place(me, asked)
    assert (done.state, way.refused) == ("done", 1)


async def test_a_key_that_was_used_for_something_else(
    redis: Redis, node: LocalnetProcess, chain: Chain, start: Start
) -> None:
    async with Rpc(node.rpc_url) as rpc, start(redis, rpc) as gateway:
        show, who, other = await on_sale(gateway, chain), await fan(chain), await fan(chain)
        ticket = await sell(gateway, chain, show, who, 0)
        key = {"idempotency-key": "the same for all"}
        group = section_of(show) | {"leader": str(who.person), "max_price": PRICE}
        first = await gateway.ok(
            "POST",
            "/v1/orders/join_waiting",
            who=who.wallet,
            body=section_of(show),
            headers=key,
        )
        again = await gateway.ok(
            "POST",
            "/v1/orders/join_waiting",
            who=who.wallet,
            body=section_of(show),
            headers=key,
        )
        assert again == first
        bodies = {
            "join_waiting": section_of(show) | {"device_key": str(other.person)},
            "leave_waiting": section_of(show),
            "refund": {"ticket": str(ticket)},
            "join_group": group,
        }
        for kind, body in bodies.items():
            code = await gateway.refused(
                "POST", f"/v1/orders/{kind}", who=who.wallet, body=body, headers=key
            )
            assert code == "idempotency_conflict"
        theirs = await gateway.ok(
            "POST",
            "/v1/orders/join_waiting",
            who=other.wallet,
            body=section_of(show),
            headers=key,
        )
        assert theirs["order"] != first["order"]
        for kind in (
            "buy",
            "buy_for",
            "make_group",
            "join_group",
            "accept_offer",
        ):  # who pays has to bring one
            answer = await gateway.call(
                "POST", f"/v1/orders/{kind}", who=who.wallet, body=bodies["join_group"]
            )
            assert (answer.status_code, answer.json()["error"]) == (422, "invalid_request")
            assert "idempotency-key" in answer.json()["detail"]


async def test_who_orders_without_end_is_slowed_down(
    redis: Redis, node: LocalnetProcess, chain: Chain, start: Start
) -> None:
    async with Rpc(node.rpc_url) as rpc, start(redis, rpc, orders_per_minute=1) as gateway:
        show, who = await on_sale(gateway, chain), await fan(chain)
        codes = {await refusal(gateway, "leave_waiting", who, **section_of(show)) for _ in range(5)}
        assert "rate_limited" in codes
        other = await fan(chain)
        assert (await ordered(gateway, "join_waiting", other, **section_of(show)))["state"] == (
            "done"
        )


class Lagging(Line):
    """A node that does not know the newest blockhash yet, as one of several behind an address."""

    lags = False

    async def _ask(self, request: bytes) -> bytes:
        asked = json.loads(request.partition(b"\r\n\r\n")[2])
        unknown = {"err": "BlockhashNotFound", "logs": []}
        said: dict[str, Json] = {
            "simulateTransaction": {"result": {"context": {"slot": 1}, "value": unknown}},
            "sendTransaction": {"error": {"code": -32002, "message": "", "data": unknown}},
        }
        if not self.lags or asked["method"] not in said:
            return await super()._ask(request)
        told = {"jsonrpc": "2.0", "id": asked["id"]} | said[asked["method"]]
        body = json.dumps(told).encode()
        head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: "
        return head.encode() + b"%d\r\n\r\n" % len(body) + body


@pytest.mark.parametrize("payer", ["fan", "gateway"])
async def test_what_a_node_that_lags_has_not_taken_is_sent_again(
    payer: str, node: LocalnetProcess, redis: Redis, chain: Chain, start: Start
) -> None:
    """Nobody waits for an order to expire that was never on its way."""
    async with (
        carried(Lagging(node.rpc_url)) as line,
        Rpc(line.url) as rpc,
        house(redis, rpc, start) as paid,
    ):
        gateway, show, who = paid.gateway, await paid.show(), await fan(chain)
        path = "/v1/orders/join_waiting" + ("?sponsored=true" if payer == "gateway" else "")
        built = await gateway.ok("POST", path, who=who.wallet, body=section_of(show))
        submit, body = f"/v1/orders/{built['order']}/submit", signed(built, who.wallet)
        line.lags = True
        assert await gateway.refused("POST", submit, who=who.wallet, body=body) == (
            "chain_unavailable"
        )
        line.lags = False
        done = await gateway.ok("POST", submit, who=who.wallet, body=body)
        assert done["state"] == "done"


async def test_what_a_node_that_lags_could_not_try_out_is_not_built(
    node: LocalnetProcess, redis: Redis, chain: Chain, start: Start
) -> None:
    async with (
        carried(Lagging(node.rpc_url)) as line,
        Rpc(line.url) as rpc,
        start(redis, rpc) as gateway,
    ):
        show, who = await on_sale(gateway, chain), await fan(chain)
        line.lags = True
        assert await refusal(gateway, "join_waiting", who, **section_of(show)) == (
            "chain_unavailable"
        )
        line.lags = False
        await ordered(gateway, "join_waiting", who, **section_of(show))
