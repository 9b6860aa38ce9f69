"""GET /v1/events/{event} and its sections tell the rules of a show as they are on chain."""

from dataclasses import fields

import pytest
from conting_client import Tickets
from conting_client.generated import ticket as program
from conting_client.generated.ticket import Event, SaleMode, Section
from solders.pubkey import Pubkey

from tests.gateway.chain import Chain
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
