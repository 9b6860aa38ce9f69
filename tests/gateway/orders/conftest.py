"""Whatever these tests order: what shows that it is done is not there before it is."""

from typing import Any

import pytest
from conting_gateway.orders.chain import Built
from conting_gateway.orders.plans import Plan
from conting_gateway.orders.service import Orders
from solders.pubkey import Pubkey


@pytest.fixture(autouse=True)
def marks_show_nothing_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """An order that the chain would take now, and which shows as done, would be paid by nobody."""
    build = Orders._build

    async def built(orders: Orders, caller: Pubkey, plan: Plan, offer: Any) -> Built:
        made = await build(orders, caller, plan, offer)
        assert not await orders._chain.shows(plan.mark), plan
        return made

    monkeypatch.setattr(Orders, "_build", built)
