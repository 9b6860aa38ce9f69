"""Blocks, transactions and the list of an address, judged by solana-py."""

from __future__ import annotations

import pytest
from conting_localnet import LocalnetProcess
from solana.rpc.async_api import AsyncClient
from solana.rpc.commitment import Confirmed, Finalized
from solders.keypair import Keypair
from solders.signature import Signature
from solders.transaction_status import EncodedTransactionWithStatusMeta

from tests.localnet.support import (
    FEE,
    SOL,
    UNCHECKED,
    call,
    eventually,
    funded,
    move,
    pass_slots,
    result,
    send,
)

pytestmark = pytest.mark.anyio


async def confirmed(client: AsyncClient, signature: Signature) -> int:
    """Wait until a transaction is confirmed and return its slot."""
    got = await eventually(
        lambda: client.get_transaction(
            signature, commitment=Confirmed, max_supported_transaction_version=0
        ),
        lambda got: got.value is not None,
    )
    assert got.value is not None
    return got.value.slot


async def test_transaction_in_json(client: AsyncClient, url: str) -> None:
    payer, to = await funded(client), Keypair().pubkey()
    signature = await send(client, [move(payer, to, SOL)], [payer])
    slot = await confirmed(client, signature)
    config = {"commitment": "confirmed", "maxSupportedTransactionVersion": 0}
    got = result(url, "getTransaction", str(signature), config)
    assert got["slot"] == slot
    assert got["version"] == 0
    assert got["transaction"]["signatures"] == [str(signature)]
    meta = got["meta"]
    assert meta["err"] is None
    assert meta["fee"] == FEE
    assert meta["preBalances"] == [10 * SOL, 0, 1]
    assert meta["postBalances"] == [9 * SOL - FEE, SOL, 1]
    assert meta["computeUnitsConsumed"] == 150
    assert meta["logMessages"][-1].endswith("success")
    assert got["blockTime"] == result(url, "getBlockTime", slot)


async def test_transaction_in_base64_is_what_was_sent(client: AsyncClient) -> None:
    payer = await funded(client)
    signature = await send(client, [move(payer, payer.pubkey(), 1)], [payer])
    await confirmed(client, signature)
    for encoding in ("base64", "jsonParsed"):
        got = (
            await client.get_transaction(
                signature, encoding, Confirmed, max_supported_transaction_version=0
            )
        ).value
        assert got is not None
        held: EncodedTransactionWithStatusMeta = got.transaction
        if encoding == "base64":
            assert held.transaction.signatures == [signature]


async def test_failed_transaction_is_history(client: AsyncClient, url: str) -> None:
    payer = await funded(client)
    signature = await send(client, [move(payer, Keypair().pubkey(), 99 * SOL)], [payer], UNCHECKED)
    await confirmed(client, signature)
    config = {"commitment": "confirmed", "maxSupportedTransactionVersion": 0}
    meta = result(url, "getTransaction", str(signature), config)["meta"]
    assert meta["err"] == {"InstructionError": [0, {"Custom": 1}]}
    assert meta["status"] == {"Err": meta["err"]}
    assert meta["postBalances"][0] == 10 * SOL - FEE


async def test_a_client_that_knows_no_versions_is_told(client: AsyncClient, url: str) -> None:
    payer = await funded(client)
    signature = await send(client, [move(payer, payer.pubkey(), 1)], [payer])
    await confirmed(client, signature)
    refused = call(url, "getTransaction", str(signature), {"commitment": "confirmed"})
    assert refused["error"]["code"] == -32015


async def test_history_is_not_read_at_processed(url: str) -> None:
    for method, first in (
        ("getTransaction", str(Signature.default())),
        ("getSignaturesForAddress", str(Keypair().pubkey())),
        ("getBlock", 1),
    ):
        refused = call(url, method, first, {"commitment": "processed"})
        assert refused["error"]["code"] == -32602, method


async def test_unknown_transaction_is_null(url: str) -> None:
    assert result(url, "getTransaction", str(Signature.default())) is None


async def test_signatures_for_address_page_by_page(client: AsyncClient) -> None:
    payer, to = await funded(client), Keypair().pubkey()
    sent = [await send(client, [move(payer, to, SOL + n)], [payer]) for n in range(5)]
    await confirmed(client, sent[-1])
    newest_first = sent[::-1]

    async def page(
        limit: int | None = None, before: Signature | None = None, until: Signature | None = None
    ) -> list[Signature]:
        got = await client.get_signatures_for_address(to, before, until, limit, Confirmed)
        return [entry.signature for entry in got.value]

    assert await page() == newest_first
    assert await page(limit=2) == newest_first[:2]
    assert await page(limit=2, before=newest_first[1]) == newest_first[2:4]
    assert await page(until=newest_first[3]) == newest_first[:3]
    assert await page(before=newest_first[4]) == []


async def test_block_holds_its_transactions(client: AsyncClient, url: str) -> None:
    payer = await funded(client)
    signature = await send(client, [move(payer, payer.pubkey(), 1)], [payer])
    slot = await confirmed(client, signature)
    block = (
        await client.get_block(slot, commitment=Confirmed, max_supported_transaction_version=0)
    ).value
    assert block is not None
    assert block.parent_slot == slot - 1
    assert block.transactions is not None
    assert len(block.transactions) >= 1
    config = {"commitment": "confirmed", "transactionDetails": "signatures"}
    named = result(url, "getBlock", slot, config)
    assert str(signature) in named["signatures"]
    parent = result(url, "getBlock", slot - 1, config)
    assert named["previousBlockhash"] == parent["blockhash"]


async def test_blocks_that_are_not_there(client: AsyncClient, url: str) -> None:
    far = (await client.get_slot(Confirmed)).value + 1_000_000
    assert call(url, "getBlock", far)["error"]["code"] == -32004
    assert call(url, "getBlockTime", far)["error"]["code"] == -32004
    newest = (await client.get_slot(Finalized)).value
    blocks = (await client.get_blocks(max(0, newest - 3), newest)).value
    assert blocks == list(range(max(0, newest - 3), newest + 1))


async def test_a_jump_leaves_skipped_slots(still_node: LocalnetProcess) -> None:
    url = still_node.rpc_url
    before = result(url, "getSlot", {"commitment": "processed"})
    pass_slots(url, 1_000)
    assert call(url, "getBlock", before + 100)["error"]["code"] == -32007
    assert result(url, "getBlock", before + 900)["parentSlot"] == before + 899


async def test_transaction_count_grows_by_what_lands(client: AsyncClient, url: str) -> None:
    payer = await funded(client)
    config = {"commitment": "processed"}
    before = result(url, "getTransactionCount", config)
    await send(client, [move(payer, payer.pubkey(), 1)], [payer])
    assert result(url, "getTransactionCount", config) == before + 1
