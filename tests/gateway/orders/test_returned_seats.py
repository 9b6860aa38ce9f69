"""Somebody takes the returned seats of an event on, round after round, until nothing is offered."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from conting_client import GatewayClient, GatewayRefused, Rpc, Wallet
from conting_client.generated import ticket as program
from conting_client.generated.ticket import TicketState
from conting_client.order_asks import Buyer
from conting_client.returned_seats import ReturnedSeats, Round
from conting_gateway.redis import Redis
from conting_localnet import LocalnetProcess
from solders.pubkey import Pubkey

from tests.gateway.chain import HOUR, PRICE, Chain, Show
from tests.gateway.lying import between
from tests.gateway.orders.folk import Fan, fan, ordered, sell
from tests.gateway.orders.test_by_client import client_of
from tests.gateway.orders.test_lots import section_of
from tests.gateway.orders.test_redraws import its_slot_comes, ticket_of
from tests.gateway.orders.test_waiting import returning
from tests.gateway.support import Gateway, Start, start_gateway

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

POOR = 1_500_000  # lamports: enough for an account to be, too few for the rent of a draw


def seats_of(client: GatewayClient, chain: Chain, who: Fan, show: Show) -> ReturnedSeats:
    return ReturnedSeats(client, chain.rpc, Buyer(who.wallet), show.address)


async def kinds(seats: ReturnedSeats) -> list[tuple[int, str]]:
    done = await seats.take_on()
    assert not done.is_last
    assert all((step.section, step.refusal) == (0, None) for step in done.steps)
    return [(step.seat, step.kind) for step in done.steps]


async def give_back(gateway: Gateway, chain: Chain, show: Show, seat: int) -> Pubkey:
    seller = await fan(chain)
    ticket = await sell(gateway, chain, show, seller, seat)
    await ordered(gateway, "refund", seller, ticket=ticket)
    return ticket


@asynccontextmanager
async def one_waits(
    gateway: Gateway, chain: Chain
) -> AsyncIterator[tuple[Show, Fan, Pubkey, ReturnedSeats]]:
    """The seat 3, whose slot has come, somebody who waits for it, and a helper."""
    show = await returning(gateway, chain)
    helper, one = await fan(chain), await fan(chain)
    await ordered(gateway, "join_waiting", one, **section_of(show))
    ticket = await give_back(gateway, chain, show, 3)
    await its_slot_comes(chain, ticket)
    async with client_of(gateway, helper.wallet) as client:
        yield show, helper, ticket, seats_of(client, chain, helper, show)


async def test_seats_come_to_those_who_wait(gateway: Gateway, chain: Chain) -> None:
    show = await returning(gateway, chain)
    helper, *line = [await fan(chain) for _ in range(3)]
    kept = await sell(gateway, chain, show, await fan(chain), 2)
    tickets = [await give_back(gateway, chain, show, seat) for seat in (3, 5)]
    async with client_of(gateway, helper.wallet) as client:
        seats = seats_of(client, chain, helper, show)
        assert await kinds(seats) == []  # it is too early
        await its_slot_comes(chain, tickets[1])
        assert await kinds(seats) == [(3, "wait_longer"), (5, "wait_longer")]  # for nobody is there
        for who in line:
            await ordered(gateway, "join_waiting", who, **section_of(show))
        await its_slot_comes(chain, tickets[1])
        assert await kinds(seats) == [(3, "redraw"), (5, "redraw")]
        assert await kinds(seats) == [(3, "offer_seat"), (5, "offer_seat")]
        while again := await kinds(seats):  # who is offered one is passed over for the other
            assert again == [(5, "offer_seat")]
        found = await ticket_of(chain, tickets[0])
        lucky, other = line if found.offered_to == line[0].person else reversed(line)
        accepted = {"ticket": tickets[0], "max_price": PRICE}
        await ordered(gateway, "accept_offer", lucky, **accepted)
        assert (await ticket_of(chain, tickets[1])).offered_to == other.person
        await chain.advance_to((await ticket_of(chain, tickets[1])).offer_until)
        assert await kinds(seats) == [(5, "expire_offer")]
        assert (await ticket_of(chain, kept)).state is TicketState.ISSUED


async def test_a_draw_ends_when_all_who_waited_were_offered_the_seat(
    gateway: Gateway, chain: Chain
) -> None:
    async with one_waits(gateway, chain) as (_, _, ticket, seats):
        assert await kinds(seats) == [(3, "redraw")]
        assert await kinds(seats) == [(3, "offer_seat")]
        await chain.advance_to((await ticket_of(chain, ticket)).offer_until)
        assert await kinds(seats) == [(3, "expire_offer")]
        assert await kinds(seats) == [(3, "end_redraw")]
        assert (await ticket_of(chain, ticket)).state is TicketState.COOLING


async def test_when_nothing_is_offered_any_more_draws_end_and_their_rent_comes_back(
    gateway: Gateway, chain: Chain
) -> None:
    async with one_waits(gateway, chain) as (show, helper, _, seats):
        before = await money_of(chain, helper)
        assert await kinds(seats) == [(3, "redraw")]
        lent = before - await money_of(chain, helper)
        assert await kinds(seats) == [(3, "offer_seat")]
        await chain.advance_to(show.opens + 2 * HOUR)  # its freeze
        assert await kinds(seats) == [(3, "expire_offer")]
        poor = await money_of(chain, helper)
        assert await kinds(seats) == [(3, "end_redraw")]
        fee = 5_000  # lamports, of a transaction with one signature
        assert await money_of(chain, helper) - poor == lent - 2 * fee
        assert await seats.take_on() == Round((), is_last=True)


async def money_of(chain: Chain, who: Fan) -> int:
    found = await chain.rpc.account(who.wallet.key)
    assert found is not None
    return found.lamports


async def test_what_the_gateway_refuses_is_told(gateway: Gateway, chain: Chain) -> None:
    show = await returning(gateway, chain)
    await ordered(gateway, "join_waiting", await fan(chain), **section_of(show))
    ticket = await give_back(gateway, chain, show, 3)
    poor = Wallet.generate()
    await chain.rpc.airdrop(poor.key, POOR)
    async with client_of(gateway, poor) as client:
        seats = ReturnedSeats(client, chain.rpc, Buyer(poor), show.address)
        await its_slot_comes(chain, ticket)
        (step,) = (await seats.take_on()).steps
    assert (step.seat, step.kind) == (3, "redraw")
    assert step.refusal is not None
    assert step.refusal.startswith("not_enough_lamports: ")


async def test_orders_beyond_what_the_gateway_takes_wait_for_the_next_round(
    redis: Redis, chain: Chain
) -> None:
    async with start_gateway(redis, chain.rpc, orders_per_minute=2) as gateway:
        show = await returning(gateway, chain)
        helper = await fan(chain)
        for seat in (3, 4, 5):
            ticket = await give_back(gateway, chain, show, seat)
        await its_slot_comes(chain, ticket)
        async with client_of(gateway, helper.wallet) as client:
            seats = seats_of(client, chain, helper, show)
            gateway.now.begin_minute()
            done = await seats.take_on()
            assert [(step.seat, step.kind) for step in done.steps] == [(3, "wait_longer")]
            assert 0 < done.wait <= 60
            gateway.now.ahead += 60  # seconds
            await its_slot_comes(chain, show.ticket(3))  # it is due again, too
            assert [step.seat for step in (await seats.take_on()).steps] == [4]


async def test_a_seat_that_the_gateway_cannot_look_at_keeps_no_other_one_waiting(
    gateway: Gateway, chain: Chain, redis: Redis, node: LocalnetProcess, start: Start
) -> None:
    show = await returning(gateway, chain)
    helper, lost = await fan(chain), str(show.ticket(3))
    for seat in (3, 4, 5):
        ticket = await give_back(gateway, chain, show, seat)
    await its_slot_comes(chain, ticket)
    async with (
        between(node.rpc_url) as way,
        Rpc(way.rpc_url) as rpc,
        start(redis, rpc, keys=gateway.keys) as other,
        client_of(other, helper.wallet) as client,
    ):
        way.lie = lambda _, answer: None if lost in str(way.heard[-1]["params"]) else answer
        seats = seats_of(client, chain, helper, show)
        assert await kinds(seats) == []
        assert await kinds(seats) == [(4, "wait_longer"), (5, "wait_longer")]


async def test_a_session_that_is_over_is_told_and_no_step_of_a_seats(
    gateway: Gateway, chain: Chain
) -> None:
    show = await returning(gateway, chain)
    helper = await fan(chain)
    ticket = await give_back(gateway, chain, show, 3)
    await its_slot_comes(chain, ticket)
    async with client_of(gateway, helper.wallet) as client:
        client._http.headers["authorization"] = "Bearer of.nobody"
        with pytest.raises(GatewayRefused, match="not_signed_in"):
            await seats_of(client, chain, helper, show).take_on()


async def test_after_a_cancellation_it_goes_on_until_the_last_draw_is_ended(
    gateway: Gateway, chain: Chain
) -> None:
    async with one_waits(gateway, chain) as (show, _, ticket, seats):
        assert await kinds(seats) == [(3, "redraw")]
        assert await kinds(seats) == [(3, "offer_seat")]
        cancel = program.cancel_event(organiser=show.organiser.key, event=show.address)
        await chain.send(cancel, show.organiser)
        assert await kinds(seats) == []  # the offer still stands
        await chain.advance_to((await ticket_of(chain, ticket)).offer_until)
        assert await kinds(seats) == [(3, "expire_offer")]
        assert await kinds(seats) == [(3, "end_redraw")]
        assert (await seats.take_on()).is_last
