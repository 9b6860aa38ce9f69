"""A case about a ticket, from the organiser's word to its end: every step is an order."""

import base64

import pytest
from conting_client import Tickets, Wallet, order_asks
from conting_client import case_asks as asks
from conting_client.generated import ticket as program
from conting_client.generated.ticket import CaseState, TicketState
from solders.pubkey import Pubkey

from tests.gateway.chain import HOUR, PRICE, Chain, Show
from tests.gateway.orders.folk import Fan, fan, on_sale, ordered, refusal, sell
from tests.gateway.orders.test_by_client import client_of
from tests.gateway.orders.test_lots import money
from tests.gateway.support import Gateway, Json

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

DAY = 24 * HOUR
WORD = bytes(range(32))
EVIDENCE = {"rule": 7, "evidence": base64.b64encode(WORD).decode()}
STATEMENT = {"statement": base64.b64encode(WORD[::-1]).decode()}


async def show_of(gateway: Gateway, chain: Chain) -> Show:
    """Whoever organises a show here is its arbiter, too."""
    return await on_sale(gateway, chain, appeal_window=DAY, doors_after=60 * HOUR)


async def case_of(chain: Chain, done: Json) -> program.Case:
    info = await chain.rpc.account(Pubkey.from_string(done["account"]))
    assert info is not None
    return program.Case.decode(info.data)


async def state_of(chain: Chain, ticket: Pubkey) -> TicketState:
    found = await Tickets(chain.rpc).ticket(ticket)
    assert found is not None
    return found.data.state


async def accused(gateway: Gateway, chain: Chain, show: Show, seat: int) -> tuple[Fan, Pubkey]:
    who = await fan(chain)
    ticket = await sell(gateway, chain, show, who, seat)
    opened = await ordered(gateway, "open_void", show.organiser, ticket=ticket, **EVIDENCE)
    case = await case_of(chain, opened)
    assert (case.state, case.rule, case.evidence) == (CaseState.OPEN, 7, WORD)
    return who, ticket


async def test_the_organiser_accuses_and_the_arbiter_decides(
    gateway: Gateway, chain: Chain
) -> None:
    show = await show_of(gateway, chain)
    stranger, boss = await chain.fund(), show.organiser
    (ann, hers), (ben, his) = [await accused(gateway, chain, show, seat) for seat in (0, 1)]
    assert await refusal(gateway, "open_void", boss, ticket=hers, **EVIDENCE) == "ticket_void"
    free = await sell(gateway, chain, show, cid := await fan(chain), 2)
    for who in (stranger, cid):
        assert await refusal(gateway, "open_void", who, ticket=free, **EVIDENCE) == "not_organiser"
    verdict = {"ticket": free, "upheld": True}
    assert await refusal(gateway, "decide_void", boss, **verdict) == "unknown_case"
    for who, ticket, upheld in ((ann, hers, False), (ben, his, True)):
        verdict = {"ticket": ticket, "upheld": upheld}
        assert await refusal(gateway, "decide_void", boss, **verdict) == "case_not_open"
        await ordered(gateway, "appeal", who, ticket=ticket, **STATEMENT)
        assert await refusal(gateway, "decide_void", who, **verdict) == "not_arbiter"
        assert await refusal(gateway, "finish_void", stranger, ticket=ticket) == "too_early"
        done = await ordered(gateway, "decide_void", boss, **verdict)
        decided = CaseState.UPHELD if upheld else CaseState.DISMISSED
        assert (await case_of(chain, done)).state == decided
    assert await state_of(chain, hers) is TicketState.ISSUED
    before = await money(chain, ben.wallet)
    ended = await ordered(gateway, "finish_void", stranger, ticket=his)
    assert (ended["price"], ended["seat"]) == (PRICE, 1)
    assert await money(chain, ben.wallet) >= before + PRICE
    assert await state_of(chain, his) is TicketState.VOID


async def test_time_decides_where_nobody_answers(gateway: Gateway, chain: Chain) -> None:
    show = await show_of(gateway, chain)
    stranger = await chain.fund()
    (ann, hers), (_, his) = [await accused(gateway, chain, show, seat) for seat in (0, 1)]
    await ordered(gateway, "appeal", ann, ticket=hers, **STATEMENT)
    assert await refusal(gateway, "restore_ticket", stranger, ticket=hers) == "too_early"
    await chain.advance_to(show.opens + DAY + HOUR)
    await ordered(gateway, "finish_void", stranger, ticket=his)
    assert await state_of(chain, his) is TicketState.VOID
    await chain.advance_to(show.opens + 2 * DAY + HOUR)
    done = await ordered(gateway, "restore_ticket", stranger, ticket=hers)
    assert (await case_of(chain, done)).state == CaseState.DISMISSED
    assert await state_of(chain, hers) is TicketState.ISSUED


async def test_the_client_asks_for_every_step(gateway: Gateway, chain: Chain) -> None:
    show = await show_of(gateway, chain)
    who, boss = await fan(chain), order_asks.Buyer(show.organiser)
    ticket = await sell(gateway, chain, show, who, 0)
    me, at = order_asks.Buyer(who.wallet), order_asks.SectionAt(show.address, 0)
    case = asks.CaseAt(at, 0, me.account)
    async with client_of(gateway, show.organiser) as office, client_of(gateway, who.wallet) as mine:
        opened = await office.orders.place(boss, asks.open_void(boss, case, rule=7, evidence=WORD))
        assert opened.state == "done"
        await mine.orders.place(me, asks.appeal(me, case, WORD))
        await office.orders.place(boss, asks.decide_void(boss, case, upheld=True))
        ended = await mine.orders.place(me, asks.finish_void(case))
        assert (ended.state, ended.account) == ("done", ticket)
    async with client_of(gateway, other := await chain.fund()) as anybody:
        another = order_asks.Buyer(Wallet(other.keypair))
        late = await sell(gateway, chain, show, someone := await fan(chain), 1)
        case = asks.CaseAt(at, 1, order_asks.Buyer(someone.wallet).account)
        await ordered(gateway, "open_void", show.organiser, ticket=late, **EVIDENCE)
        await ordered(gateway, "appeal", someone, ticket=late, **STATEMENT)
        await chain.advance_to(await chain.rpc.chain_time() + 2 * DAY)
        done = await anybody.orders.place(another, asks.restore_ticket(case))
        assert done.state == "done"
