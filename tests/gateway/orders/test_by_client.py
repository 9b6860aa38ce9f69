"""Orders through the client: it signs what was asked for, and nothing else."""

import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from conting_client import (
    GatewayClient,
    GatewayRefused,
    TransactionChanged,
    Wallet,
    build,
    from_base64,
    instructions_of,
    to_base64,
)
from conting_client import case_asks as cases
from conting_client import order_asks as asks
from conting_client import raffle_asks as after
from conting_client import redraw_asks as redraws
from conting_client.gateway_answers import OrderView, Seats
from conting_client.generated import raffle
from conting_client.generated import ticket as program
from conting_client.tickets import Tickets
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.system_program import TransferParams, transfer

from tests.gateway.chain import HOUR, PRICE, Chain
from tests.gateway.orders import shop
from tests.gateway.orders.folk import draw, fan, on_sale, open_lots, sell
from tests.gateway.orders.test_gifts import kin
from tests.gateway.orders.test_waiting import offered, returning
from tests.gateway.support import DOMAIN, Gateway, Json
from tests.gateway.waitroom.rooms import visit

pytestmark = pytest.mark.anyio

PAGE = (Path(__file__).parents[3] / "docs" / "orders.md").read_text()
Change = Callable[[list[Instruction]], list[Instruction]]


class Cheat(httpx2.AsyncBaseTransport):
    """Carries requests into the gateway, and changes what it has built."""

    def __init__(self, gateway: Gateway) -> None:
        self._inner = httpx2.ASGITransport(gateway.app)
        self.change: Change | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = await self._inner.handle_async_request(request)
        if self.change is None or not request.url.path.startswith("/v1/orders/"):
            return answer
        body: dict[str, Any] = json.loads(await answer.aread())
        built = from_base64(body["transaction"])
        payer = built.message.account_keys[0]
        steps = self.change(list(instructions_of(built)))
        body["transaction"] = to_base64(build(payer, steps, built.message.recent_blockhash))
        return httpx2.Response(answer.status_code, json=body)


@asynccontextmanager
async def client_of(
    gateway: Gateway, wallet: Wallet, transport: httpx2.AsyncBaseTransport | None = None
) -> AsyncIterator[GatewayClient]:
    way = transport or httpx2.ASGITransport(gateway.app)
    async with GatewayClient(f"http://{DOMAIN}", transport=way) as client:
        await client.sign_in(wallet)
        yield client


@pytest.mark.slow
async def test_a_waiting_list_and_a_grant(gateway: Gateway, chain: Chain) -> None:
    show = await shop.on_sale(gateway, chain)
    owner, helper = await fan(chain), await fan(chain)
    at = asks.SectionAt(show.address, 0)
    me, other = asks.Buyer(owner.wallet), asks.Buyer(helper.wallet)
    async with (
        client_of(gateway, owner.wallet) as mine,
        client_of(gateway, helper.wallet) as theirs,
    ):
        for ask in (asks.join_waiting, asks.leave_waiting):
            done = await mine.orders.place(me, ask(me, at))
            assert (done.kind, done.state) == (ask.__name__, "done")
        expires = await chain.rpc.chain_time() + HOUR
        terms = asks.Terms(PRICE, [0], count=1, expires=expires)
        asked = asks.grant_help(me, show.address, helper.person, terms)
        done = await mine.orders.place(me, asked, key="leave to buy")
        assert done == await mine.orders.place(me, asked, key="leave to buy")
        admission = await visit(gateway, show, helper.wallet)
        await theirs.hold(show.address, section=0, seat=4, admission_pass=admission)
        bought = await theirs.orders.place(
            other,
            asks.buy_for(
                other,
                at,
                4,
                owner=owner.person,
                owner_wallet=owner.wallet.key,
                max_price=PRICE,
                admission_pass=admission,
            ),
        )
        assert (bought.state, bought.seat, bought.account) == ("done", 4, at.ticket(4))
        (held,) = await mine.tickets(owner.wallet.key)
        assert (held.person, held.paid_by) == (owner.person, helper.wallet.key)
        done = await mine.orders.place(me, asks.revoke_grant(me, show.address, helper.person))
        assert done.state == "done"


@pytest.mark.slow
async def test_a_draw(gateway: Gateway, chain: Chain) -> None:
    show = await open_lots(gateway, chain)
    wallet, device = await chain.fund(), Wallet.generate().key
    me, at = asks.Buyer(wallet, device_key=device), asks.SectionAt(show.address, 0)
    async with client_of(gateway, wallet) as client:
        place = client.orders.place
        wrong = asks.make_group(me, at, [Keypair().pubkey()], max_price=PRICE)
        group = (await place(me, wrong)).account
        await place(me, asks.leave_group(me, at, leader=me.account))
        assert (await place(me, asks.close_group(me, at))).account == group
        assert (await place(me, asks.make_group(me, at, max_price=PRICE))).price == PRICE
        join = asks.join_group(me, at, leader=me.account, max_price=PRICE)
        with pytest.raises(GatewayRefused) as twice:
            await place(me, join)
        assert twice.value.code == "entered_already"
        with pytest.raises(GatewayRefused) as refused:
            await place(me, asks.leave_group(me, at, leader=me.account))
        assert refused.value.code == "group_complete"
        await draw(chain, show)
        won = await place(me, asks.claim_seat(me, at, leader=me.account))
        assert won.seat is not None
        assert won.account == at.ticket(won.seat)
        sold = await Tickets(chain.rpc).ticket(won.account)
        assert sold is not None
        assert sold.data.person == me.account
        with pytest.raises(GatewayRefused) as again:
            await place(me, asks.take_back(me, at, leader=me.account))
        assert again.value.code == "not_entered"


@pytest.mark.slow
async def test_an_offer(gateway: Gateway, chain: Chain) -> None:
    show = await returning(gateway, chain)
    seller, waiting = await fan(chain), await fan(chain)
    me, at = asks.Buyer(waiting.wallet), asks.SectionAt(show.address, 0)
    await sell(gateway, chain, show, seller, 3)
    async with (
        client_of(gateway, waiting.wallet) as mine,
        client_of(gateway, seller.wallet) as gone,
    ):
        await mine.orders.place(me, asks.join_waiting(me, at))
        (held,) = await gone.tickets(seller.wallet.key)
        before = await mine.seats(show.address, 0)
        assert (await gone.give_back(seller.wallet, held)).state == "done"
        after: Seats = (await mine.seat_changes(show.address, 0, before)).apply(before)
        assert after == await mine.seats(show.address, 0)
        assert (after.sold, after.cooling) == ([], [3])
        await offered(chain, show, at.ticket(3), [waiting])
        done = await mine.orders.place(me, asks.accept_offer(me, at, 3, max_price=PRICE))
        assert (done.state, done.seat) == ("done", 3)


def membership(shows: Json) -> program.Membership:
    octets = [base64.b64decode(each) for each in (shows["salt"], *shows["siblings"])]
    return program.Membership(
        shows["index"], shows["role"], shows["joined_at"], octets[0], tuple(octets[1:])
    )


def in_another_program(order: OrderView) -> OrderView:
    """The same step, as a gateway that cheats would have a program of its own take it."""
    built = base64.b64decode(order.transaction or "")
    assert bytes(program.PROGRAM_ID) in built
    other = built.replace(bytes(program.PROGRAM_ID), bytes(Pubkey.new_unique()))
    return replace(order, transaction=base64.b64encode(other).decode())


def at_the_expense_of(wallet: Pubkey, order: OrderView) -> OrderView:
    """The same step, and another pays the fee of it."""
    built = from_base64(order.transaction or "")
    steps = instructions_of(built)
    other = build(wallet, steps, built.message.recent_blockhash)
    return replace(order, transaction=to_base64(other))


@pytest.mark.slow
async def test_a_transfer_that_both_sign(gateway: Gateway, chain: Chain) -> None:
    here = await kin(gateway, chain)
    at = asks.SectionAt(here.show.address, 0)
    ann = asks.Buyer(here.ann.wallet, here.ann.person)
    ben = asks.Buyer(here.ben.wallet, here.ben.person)
    shows = [membership(here.house.shows(each)) for each in (here.ann, here.ben)]
    to = asks.Kin(ben.account, ben.key, here.house.address, shows[0], shows[1])
    async with client_of(gateway, ann.wallet) as hers, client_of(gateway, ben.wallet) as his:
        half = await hers.orders.place(ann, asks.family_transfer(ann, at, 0, to))
        assert (half.state, half.awaits) == ("built", [ben.key])
        seen = await his.orders.order(half.order)
        with pytest.raises(TransactionChanged):
            await his.orders.receive(ben, seen, ticket=at.ticket(1))
        with pytest.raises(TransactionChanged):
            await his.orders.receive(ben, in_another_program(seen), ticket=at.ticket(0))
        with pytest.raises(TransactionChanged, match="fee"):
            await his.orders.receive(ben, at_the_expense_of(ben.key, seen), ticket=at.ticket(0))
        done = await his.orders.receive(ben, seen, ticket=at.ticket(0))
        assert done.state == "done"
        (held,) = await his.tickets(ben.key)
        assert held.ticket == here.ticket


def stolen(thief: Pubkey, victim: Pubkey) -> list[Change]:
    """What a gateway that cheats might build in place of a place on the waiting list."""
    theft = transfer(TransferParams(from_pubkey=victim, to_pubkey=thief, lamports=1))

    def with_theft(steps: list[Instruction]) -> list[Instruction]:
        return [*steps, theft]

    def only_theft(steps: list[Instruction]) -> list[Instruction]:
        return [*steps[:-1], theft]

    def for_another(steps: list[Instruction]) -> list[Instruction]:
        accounts = list(steps[-1].accounts)
        names = program.INSTRUCTIONS[bytes(steps[-1].data[:8])][1:]
        meta = accounts[names.index("person")]
        accounts[names.index("person")] = type(meta)(thief, meta.is_signer, meta.is_writable)
        return [*steps[:-1], Instruction(steps[-1].program_id, steps[-1].data, accounts)]

    def longer(steps: list[Instruction]) -> list[Instruction]:
        last = steps[-1]
        return [*steps[:-1], Instruction(last.program_id, last.data + b"\0", last.accounts)]

    return [with_theft, only_theft, for_another, longer]


@pytest.mark.attack
@pytest.mark.slow
async def test_what_was_not_asked_for_is_not_signed(gateway: Gateway, chain: Chain) -> None:
    show = await on_sale(gateway, chain)
    who, thief = await fan(chain), Wallet.generate()
    me, at = asks.Buyer(who.wallet), asks.SectionAt(show.address, 0)
    cheat = Cheat(gateway)
    async with client_of(gateway, who.wallet, cheat) as client:
        for change in stolen(thief.key, who.wallet.key):
            cheat.change = change
            with pytest.raises(TransactionChanged):
                await client.orders.place(me, asks.join_waiting(me, at))
        cheat.change = None
        assert (await client.orders.place(me, asks.join_waiting(me, at))).state == "done"


@pytest.mark.slow
async def test_every_kind_of_order_can_be_asked_for_by_the_client(desk: Gateway) -> None:
    routes = {
        path.removeprefix("/v1/orders/")
        for path, operations in desk.app.openapi()["paths"].items()
        if path.startswith("/v1/orders/") and "{" not in path
        for _ in operations
    }
    asked = {
        name for module in (asks, cases, redraws, after) for name in vars(module) if name in routes
    }
    assert routes == asked | {"buy", "refund"}  # GatewayClient.purchase and give_back
    assert all(f"`{kind}`" in PAGE for kind in routes)
    tables = (program.INSTRUCTIONS, raffle.INSTRUCTIONS)
    assert routes <= {names[0] for table in tables for names in table.values()}
