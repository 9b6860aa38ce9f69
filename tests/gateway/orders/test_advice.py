"""A refusal of the chain says what to do next, and what it names is there."""

import re

import pytest
from conting_client._errors import FAULTS
from conting_client.generated import raffle
from conting_client.generated import ticket as program
from conting_gateway.orders.advice import NEXT
from conting_gateway.orders.kinds import KINDS
from fastapi import FastAPI

from tests.gateway.chain import Chain
from tests.gateway.orders.folk import fan, on_sale, sell
from tests.gateway.orders.shop import once
from tests.gateway.support import Gateway

pytestmark = pytest.mark.anyio

CODES = {
    name.lower()
    for name in (
        *program.ErrorCode.__members__,
        *raffle.ErrorCode.__members__,
        *FAULTS.values(),
    )
}


def names(app: FastAPI) -> set[str]:
    """Kinds of orders, and fields of requests and answers."""
    schemas = app.openapi()["components"]["schemas"].values()
    return KINDS.keys() | {name for each in schemas for name in each.get("properties", {})}


async def test_advice_is_for_orders_and_codes_that_exist(desk: Gateway) -> None:
    known, paths = names(desk.app), desk.app.openapi()["paths"]
    for (kind, code), sentence in NEXT.items():
        assert kind in KINDS
        assert code in CODES
        assert set(re.findall(r"`(\w+)`", sentence)) <= known, sentence
        assert all(each in paths for each in re.findall(r"GET ([^\s)]+)", sentence)), sentence


@pytest.mark.slow
async def test_who_would_give_a_ticket_of_a_cancelled_event_back_is_told_how(
    gateway: Gateway, chain: Chain
) -> None:
    show, who = await on_sale(gateway, chain), await fan(chain)
    ticket = await sell(gateway, chain, show, who, 0)
    cancel = program.cancel_event(organiser=show.organiser.key, event=show.address)
    await chain.send(cancel, show.organiser)
    body = {"ticket": str(ticket)}
    answer = await gateway.call(
        "POST", "/v1/orders/refund", who=who.wallet, body=body, headers=once()
    )
    refused = answer.json()
    assert refused["error"] == "event_cancelled"
    assert refused["detail"].startswith("the event is cancelled: order `refund_cancelled`")
    answer = await gateway.call(
        "POST", "/v1/orders/refund_cancelled", who=who.wallet, body=body, headers=once()
    )
    assert answer.is_success
