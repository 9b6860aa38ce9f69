"""GET /v1/events/{event} and its sections tell the rules of a show as they are on chain."""

import time
from dataclasses import fields
from typing import Any

import pytest
from conting_client import AccountInfo, Rpc, Tickets
from conting_client.generated import ticket as program
from conting_client.generated.ticket import Event, SaleMode, Section
from conting_gateway.catalog.service import Catalog
from conting_gateway.catalog.store import ChainStore
from conting_localnet import LocalnetProcess
from solders.pubkey import Pubkey

from tests.gateway.chain import Chain
from tests.gateway.orders.folk import fan, sell
from tests.gateway.support import Gateway, Json

pytestmark = pytest.mark.anyio

NO_RULES = {"bump", "open_cases"}
LADDER = {"refund_until", "refund_share"}


def as_told(value: object) -> object:
    return str(value) if isinstance(value, Pubkey) else value


async def test_every_rule_of_an_event_is_told_as_it_is_on_chain(
    gateway: Gateway, chain: Chain
) -> None:
    show = await chain.make_show(gateway.keys.admission.pubkey())
    found = (await Tickets(chain.rpc).event(show.address)).data
    told: Json = await gateway.ok("GET", f"/v1/events/{show.address}")
    for name in {each.name for each in fields(Event)} - NO_RULES - LADDER:
        assert told[name] == as_told(getattr(found, name)), name
    ladder = [(each["until"], each["share"]) for each in told["refunds"]]
    assert ladder == list(zip(found.refund_until, found.refund_share, strict=True))


@pytest.mark.slow
async def test_a_cancelled_event_says_so(gateway: Gateway, chain: Chain) -> None:
    show = await chain.make_show(gateway.keys.admission.pubkey())
    here = f"/v1/events/{show.address}"
    assert (await gateway.ok("GET", here))["cancelled"] is False
    cancel = program.cancel_event(organiser=show.organiser.key, event=show.address)
    await chain.send(cancel, show.organiser)
    gateway.now.ahead = 60  # more than it is kept for
    assert (await gateway.ok("GET", here))["cancelled"] is True


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(SaleMode))
async def test_a_section_says_how_and_from_when_it_is_sold(
    gateway: Gateway, chain: Chain, mode: SaleMode
) -> None:
    show = await chain.make_show(gateway.keys.admission.pubkey(), mode=mode)
    event = await Tickets(chain.rpc).event(show.address)
    (found,) = await Tickets(chain.rpc).sections(event)
    (told,) = (await gateway.ok("GET", f"/v1/events/{show.address}/sections"))["sections"]
    assert told["mode"] == mode.name.lower()
    never = mode == SaleMode.DRAW  # on chain 2**63 - 1, which no JavaScript reads as it is
    assert told["open_from"] == (None if never else found.data.open_from)
    for name in ("index", "name", "seats", "sold", "price", "gate_group"):
        assert name in {each.name for each in fields(Section)}
        assert told[name] == getattr(found.data, name), name


class Counting(Rpc):
    """Counts how often all accounts of a kind are asked for."""

    lists = 0

    async def program_accounts(self, *args: Any, **more: Any) -> list[AccountInfo]:
        self.lists += 1
        return await super().program_accounts(*args, **more)


@pytest.mark.slow
async def test_whether_all_is_sold_is_known_without_a_list_while_seats_are_left(
    gateway: Gateway, chain: Chain, node: LocalnetProcess
) -> None:
    """A list of a hall's tickets takes a second, and every gateway asks every five."""
    show = await chain.make_show(gateway.keys.admission.pubkey(), seats=2, limit=2)
    await chain.advance_to(show.opens)
    buyers = [await fan(chain), await fan(chain)]
    async with Counting(node.rpc_url) as rpc:
        for seat, buyer in enumerate(buyers):
            catalog = Catalog(ChainStore(rpc, program.PROGRAM_ID), clock=time.time)
            assert not await catalog.is_sold_out(show.address)
            assert rpc.lists == 0
            await sell(gateway, chain, show, buyer, seat)
        catalog = Catalog(ChainStore(rpc, program.PROGRAM_ID), clock=time.time)
        assert await catalog.is_sold_out(show.address)
        assert rpc.lists == 1
