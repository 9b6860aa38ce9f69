"""JSON-RPC 2.0 itself, over HTTP."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest
from solana.rpc.async_api import AsyncClient

from tests.localnet.support import call, post, result

HEALTH = {"jsonrpc": "2.0", "id": 1, "method": "getHealth"}


def test_malformed_json_is_a_parse_error(url: str) -> None:
    for body in (b"", b"{", b"\xff\xfe", b'{"jsonrpc": "2.0", "method"'):
        answer = post(url, body)
        assert answer["error"]["code"] == -32700
        assert answer["id"] is None


def test_what_is_no_request_is_refused(url: str) -> None:
    for body in (b"1", b'"x"', b"null", b"[]", b'{"id": 1}', b'{"jsonrpc": "1.0", "id": 1}'):
        assert post(url, body)["error"]["code"] == -32600, body
    odd_id = {**HEALTH, "id": {}}
    assert post(url, json.dumps(odd_id).encode())["error"]["code"] == -32600


def test_unknown_method_and_odd_parameters(url: str) -> None:
    assert call(url, "getMoney")["error"] == {"code": -32601, "message": "Method not found"}
    request = {**HEALTH, "method": "getSlot", "params": 5}
    assert post(url, json.dumps(request).encode())["error"]["code"] == -32602


def test_the_id_comes_back_as_it_was(url: str) -> None:
    for identifier in (0, -5, "text", 1.5, None):
        answer = post(url, json.dumps({**HEALTH, "id": identifier}).encode())
        assert answer == {"jsonrpc": "2.0", "result": "ok", "id": identifier}


def test_a_batch_answers_each_of_its_requests(url: str) -> None:
    batch = [HEALTH, {**HEALTH, "id": 2, "method": "getMoney"}, 7, {**HEALTH, "id": 3}]
    answers = post(url, json.dumps(batch).encode())
    assert [answer["id"] for answer in answers] == [1, 2, None, 3]
    codes = [answer.get("error", {}).get("code") for answer in answers]
    assert codes == [None, -32601, -32600, None]


def test_notifications_are_not_answered(url: str) -> None:
    silent = {"jsonrpc": "2.0", "method": "getHealth"}
    assert post(url, json.dumps(silent).encode()) is None
    assert post(url, json.dumps([silent, silent]).encode()) is None
    assert len(post(url, json.dumps([silent, HEALTH]).encode())) == 1


def test_browsers_may_call(url: str) -> None:
    headers = {"Origin": "http://localhost:3000", "Access-Control-Request-Method": "POST"}
    request = urllib.request.Request(url, headers=headers, method="OPTIONS")
    with urllib.request.urlopen(request) as response:
        assert response.status == 204
        assert response.headers["access-control-allow-origin"] == "*"
        assert "POST" in response.headers["access-control-allow-methods"]


def test_health_is_a_page_and_nothing_else_is(url: str) -> None:
    with urllib.request.urlopen(f"{url}/health") as response:
        assert response.read() == b"ok"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(url)
    assert refused.value.code == 405
    refused.value.close()


def test_a_huge_body_is_refused(url: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        post(url, b" " * (2 << 20))
    assert refused.value.code == 413
    refused.value.close()


@pytest.mark.anyio
async def test_the_node_introduces_itself(client: AsyncClient, url: str) -> None:
    assert await client.is_connected()
    assert (await client.get_version()).value.solana_core
    assert (await client.get_identity()).value
    assert (await client.get_genesis_hash()).value
    assert (await client.get_epoch_schedule()).value.slots_per_epoch == 432_000
    assert (await client.get_first_available_block()).value == 0
    info = (await client.get_epoch_info()).value
    assert info.epoch == 0
    assert info.absolute_slot == info.slot_index == info.block_height
    fees = (await client.get_recent_prioritization_fees()).value
    assert all(fee.prioritization_fee == 0 for fee in fees)
    assert result(url, "getSlotLeader")
