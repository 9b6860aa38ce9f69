"""What fans ask of the gateway, as the client does it and as it would not."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import pytest
from conting_client import GatewayRefused
from conting_client.gateway_answers import BuiltOrder
from pydantic import TypeAdapter

from tests.e2e.people import PRICE, Fan, Json, Show


async def hold(fan: Fan, show: Show, seat: int, admission: str | None = None) -> None:
    """Holds a seat of section 0 with the fan's own pass, or with `admission`."""
    shown = fan.admission if admission is None else admission
    await fan.gateway.hold(show.address, section=0, seat=seat, admission_pass=shown)


def buy_body(fan: Fan, show: Show, seat: int, **changes: object) -> Json:
    """What the fan sends to buy a held seat of section 0."""
    return {
        "event": str(show.address),
        "section": 0,
        "seat": seat,
        "device_key": str(fan.device.key),
        "max_price": PRICE,
        "admission_pass": fan.admission,
    } | changes


async def order(fan: Fan, show: Show, seat: int, key: str, **changes: object) -> BuiltOrder:
    """A purchase that the gateway has built and co-signed."""
    body = buy_body(fan, show, seat, **changes)
    answer = await fan.post("/v1/orders/buy", body, idempotency_key=key)
    assert answer.status_code == 200, answer.text
    return TypeAdapter(BuiltOrder).validate_json(answer.content)


def code_of(answer: httpx2.Response) -> str:
    """The stable code of a refusal."""
    assert answer.status_code >= 400, answer.text
    return str(answer.json()["error"])


@contextmanager
def refused(code: str, *, status: int | None = None) -> Iterator[None]:
    """The gateway has to refuse, by this code."""
    with pytest.raises(GatewayRefused) as caught:
        yield
    assert caught.value.code == code
    assert status in {None, caught.value.status}
