"""Bodies that cannot be read: who sent one is told why."""

import httpx2
import pytest

from tests.gateway.support import Gateway, way_to

pytestmark = pytest.mark.anyio

JSON = "application/json"
NO_JSON = "body: has to be JSON, sent with content-type: application/json"


@pytest.mark.attack
@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        (b'{"wallet": "x"}', None, NO_JSON),
        (b'{"wallet": "x"}', "text/plain", NO_JSON),
        (b"wallet=x", "application/x-www-form-urlencoded", NO_JSON),
        (b'{"wallet": "\xff"}', JSON, NO_JSON),
        (b"\x1f\x8b\x08\x00", JSON, NO_JSON),
        (b"[" * 50_000 + b"]" * 50_000, JSON, NO_JSON),
        (b'{"wallet": ' + b"9" * 5_000 + b"}", JSON, NO_JSON),
        (b'{"wallet"', JSON, "body.9: JSON decode error"),
        (b"[]", JSON, "body: Input should be a valid dictionary or object to extract fields from"),
        (b"", JSON, "body: Field required"),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused_with_the_reason(
    gateway: Gateway, body: bytes, kind: str | None, said: str
) -> None:
    headers = {} if kind is None else {"content-type": kind}
    async with httpx2.AsyncClient(base_url="http://gateway", transport=way_to(gateway.app)) as http:
        answer = await http.post("/v1/auth/nonce", content=body, headers=headers)
    assert answer.status_code == 422
    assert answer.json() == {"error": "invalid_request", "detail": said}
