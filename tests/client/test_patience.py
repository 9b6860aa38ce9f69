"""What a client asks for again, and what it does not."""

import pytest
from conting_client import GatewayRefused
from conting_client._http import patiently

pytestmark = pytest.mark.anyio


async def asked(code: str, retry_after: float | None) -> list[float]:
    """The waits before an answer that comes after one refusal."""
    waits, refusals = list[float](), [GatewayRefused(503, code, "", retry_after)]

    async def request() -> str:
        if refusals:
            raise refusals.pop()
        return "answer"

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    assert await patiently(request, sleep) == "answer"
    return waits


@pytest.mark.parametrize("code", ["store_unavailable", "chain_unavailable", "rate_limited"])
async def test_who_is_told_to_come_back_does(code: str) -> None:
    assert await asked(code, 7) == [7]


@pytest.mark.parametrize(("code", "retry_after"), [("store_unavailable", None), ("order_open", 7)])
async def test_what_is_an_answer_is_not_asked_for_again(
    code: str, retry_after: float | None
) -> None:
    with pytest.raises(GatewayRefused, match=code):
        await asked(code, retry_after)
