"""Transactions over RPC, judged by solana-py: what lands, what is refused, what it costs."""

from __future__ import annotations

import base64

import pytest
from conting_localnet import LocalnetProcess
from conting_localnet.wire import base58_encode
from solana.rpc.async_api import AsyncClient
from solana.rpc.commitment import Finalized, Processed
from solana.rpc.core import RPCException
from solana.rpc.models import TxOpts
from solders.compute_budget import set_compute_unit_limit, set_compute_unit_price
from solders.hash import Hash
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.message import Message, MessageV0, to_bytes_versioned
from solders.pubkey import Pubkey
from solders.rpc.errors import SendTransactionPreflightFailureMessage
from solders.transaction import VersionedTransaction
from solders.transaction_status import InstructionErrorCustom, TransactionErrorInstructionError

from tests.localnet.support import (
    CHECKED,
    FEE,
    SOL,
    UNCHECKED,
    call,
    funded,
    latest,
    move,
    pass_slots,
    result,
    send,
    signed,
)

pytestmark = pytest.mark.anyio

MEMO = Pubkey.from_string("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr")
INSUFFICIENT = TransactionErrorInstructionError(0, InstructionErrorCustom(1))


def encoded(transaction: VersionedTransaction) -> str:
    return base64.b64encode(bytes(transaction)).decode()


async def test_airdrop_is_a_transaction_of_its_own_each_time(client: AsyncClient) -> None:
    key = Keypair().pubkey()
    first = (await client.request_airdrop(key, SOL)).value
    second = (await client.request_airdrop(key, SOL)).value
    assert first != second
    assert (await client.get_balance(key)).value == 2 * SOL


async def test_transfer_moves_lamports_and_charges_the_fee(client: AsyncClient) -> None:
    payer, to = await funded(client), Keypair().pubkey()
    await send(client, [move(payer, to, SOL)], [payer])
    assert (await client.get_balance(to)).value == SOL
    assert (await client.get_balance(payer.pubkey())).value == 9 * SOL - FEE


async def test_legacy_transaction_in_base58(client: AsyncClient, url: str) -> None:
    payer, to = await funded(client), Keypair().pubkey()
    blockhash = await latest(client)
    message = Message.new_with_blockhash([move(payer, to, SOL)], payer.pubkey(), blockhash)
    transaction = VersionedTransaction(message, [payer])
    config = {"preflightCommitment": "processed"}
    sent = result(url, "sendTransaction", base58_encode(bytes(transaction)), config)
    assert sent == str(transaction.signatures[0])
    assert (await client.get_balance(to)).value == SOL


async def test_fee_for_message_is_what_is_charged(client: AsyncClient) -> None:
    payer, second = await funded(client), Keypair()
    instructions = [
        set_compute_unit_limit(300_001),
        set_compute_unit_price(1_500_000),
        Instruction(MEMO, b"hello", []),
        move(payer, second.pubkey(), SOL),
        move(second, payer.pubkey(), 0),
    ]
    message = MessageV0.try_compile(payer.pubkey(), instructions, [], await latest(client))
    expected = 2 * FEE + 450_002  # 300,001 units at 1.5 lamports, rounded up
    assert (await client.get_fee_for_message(message)).value == expected
    await client.send_transaction(VersionedTransaction(message, [payer, second]), CHECKED)
    assert (await client.get_balance(payer.pubkey())).value == 9 * SOL - expected


async def test_fee_without_a_limit_counts_the_default_units(client: AsyncClient) -> None:
    payer = await funded(client)
    instructions = [set_compute_unit_price(1_000_000), Instruction(MEMO, b"hello", [])]
    message = MessageV0.try_compile(payer.pubkey(), instructions, [], await latest(client))
    fee = (await client.get_fee_for_message(message)).value
    assert fee is not None
    await client.send_transaction(VersionedTransaction(message, [payer]), CHECKED)
    assert (await client.get_balance(payer.pubkey())).value == 10 * SOL - fee


async def test_fee_for_message_of_an_unknown_blockhash_is_null(
    client: AsyncClient, url: str
) -> None:
    payer = Keypair()
    message = MessageV0.try_compile(payer.pubkey(), [], [], Hash.new_unique())
    text = base64.b64encode(to_bytes_versioned(message)).decode()
    assert result(url, "getFeeForMessage", text)["value"] is None


async def test_preflight_failure_carries_error_logs_and_units(client: AsyncClient) -> None:
    payer = await funded(client)
    with pytest.raises(RPCException) as refused:
        await send(client, [move(payer, Keypair().pubkey(), 11 * SOL)], [payer])
    failure = refused.value.args[0]
    assert isinstance(failure, SendTransactionPreflightFailureMessage)
    assert "custom program error: 0x1" in failure.message
    assert failure.data.err == INSUFFICIENT
    assert failure.data.logs is not None
    assert "insufficient lamports" in failure.data.logs[1]
    assert failure.data.units_consumed == 150  # the system program's fixed cost
    assert (await client.get_balance(payer.pubkey())).value == 10 * SOL


async def test_failure_after_preflight_is_recorded_and_pays(client: AsyncClient) -> None:
    payer = await funded(client)
    signature = await send(client, [move(payer, Keypair().pubkey(), 11 * SOL)], [payer], UNCHECKED)
    status = (await client.get_signature_statuses([signature])).value[0]
    assert status is not None
    assert status.err == INSUFFICIENT
    assert (await client.get_balance(payer.pubkey())).value == 10 * SOL - FEE


async def test_a_payer_without_money_lands_nothing(client: AsyncClient) -> None:
    payer = Keypair()
    signature = await send(client, [move(payer, Keypair().pubkey(), 1)], [payer], UNCHECKED)
    assert (await client.get_signature_statuses([signature])).value == [None]


async def test_bad_signature_is_refused(client: AsyncClient, url: str) -> None:
    payer, to = await funded(client), Keypair().pubkey()
    good = signed([move(payer, to, SOL)], [payer], await latest(client))
    forged = VersionedTransaction.populate(good.message, [Keypair().sign_message(b"other")])
    config = {"encoding": "base64", "preflightCommitment": "processed"}
    assert call(url, "sendTransaction", encoded(forged), config)["error"]["code"] == -32003
    # Without preflight a node forwards it, and no leader takes it.
    result(url, "sendTransaction", encoded(forged), config | {"skipPreflight": True})
    assert (await client.get_balance(to)).value == 0


async def test_unknown_blockhash_is_refused(client: AsyncClient) -> None:
    payer = await funded(client)
    transaction = signed([move(payer, Keypair().pubkey(), SOL)], [payer], Hash.new_unique())
    with pytest.raises(RPCException, match="Blockhash not found"):
        await client.send_transaction(transaction, CHECKED)


async def test_blockhash_newer_than_the_preflight_bank_is_not_found(
    still_client: AsyncClient, still_node: LocalnetProcess
) -> None:
    payer = await funded(still_client)
    pass_slots(still_node.rpc_url, 40)
    transaction = signed([move(payer, payer.pubkey(), 1)], [payer], await latest(still_client))
    finalized = TxOpts(preflight_commitment=Finalized)
    with pytest.raises(RPCException, match="Blockhash not found"):
        await still_client.send_transaction(transaction, finalized)
    pass_slots(still_node.rpc_url, 40)
    await still_client.send_transaction(transaction, finalized)


async def test_the_same_transaction_never_runs_twice(client: AsyncClient) -> None:
    payer, to = await funded(client), Keypair().pubkey()
    transaction = signed([move(payer, to, SOL)], [payer], await latest(client))
    await client.send_transaction(transaction, CHECKED)
    with pytest.raises(RPCException, match="already been processed"):
        await client.send_transaction(transaction, CHECKED)
    await client.send_transaction(transaction, UNCHECKED)
    assert (await client.get_balance(to)).value == SOL


async def test_the_packet_limit_is_1232_bytes(client: AsyncClient, url: str) -> None:
    payer = await funded(client)
    blockhash = await latest(client)
    overhead = len(bytes(signed([Instruction(MEMO, b"a" * 1000, [])], [payer], blockhash))) - 1000
    largest = signed([Instruction(MEMO, b"a" * (1232 - overhead), [])], [payer], blockhash)
    assert len(bytes(largest)) == 1232
    await client.send_transaction(largest, CHECKED)
    larger = signed([Instruction(MEMO, b"a" * (1233 - overhead), [])], [payer], blockhash)
    refused = call(url, "sendTransaction", encoded(larger), {"encoding": "base64"})
    assert refused["error"]["code"] == -32602
    assert "too large" in refused["error"]["message"]


async def test_garbage_and_trailing_bytes_are_refused(client: AsyncClient, url: str) -> None:
    payer = await funded(client)
    good = bytes(signed([move(payer, payer.pubkey(), 1)], [payer], await latest(client)))
    for raw in (b"", b"\x01", good[:-1], good + b"\0"):
        text = base64.b64encode(raw).decode()
        answer = call(url, "sendTransaction", text, {"encoding": "base64"})
        assert answer["error"]["code"] == -32602, raw
    assert call(url, "sendTransaction", "0OIl")["error"]["code"] == -32602


async def test_simulation_shows_accounts_and_changes_nothing(client: AsyncClient, url: str) -> None:
    payer, to = await funded(client), Keypair().pubkey()
    unsigned = VersionedTransaction.populate(
        MessageV0.try_compile(payer.pubkey(), [move(payer, to, SOL)], [], Hash.default()),
        [Keypair().sign_message(b"no")],
    )
    config = {
        "encoding": "base64",
        "replaceRecentBlockhash": True,
        "accounts": {"encoding": "base64", "addresses": [str(to), str(payer.pubkey())]},
    }
    value = result(url, "simulateTransaction", encoded(unsigned), config)["value"]
    assert value["err"] is None
    assert [account["lamports"] for account in value["accounts"]] == [SOL, 9 * SOL - FEE]
    assert Hash.from_string(value["replacementBlockhash"]["blockhash"])
    assert (await client.get_balance(to)).value == 0
    verified = {"encoding": "base64", "sigVerify": True}
    assert call(url, "simulateTransaction", encoded(unsigned), verified)["error"]["code"] == -32003


async def test_simulation_through_solana_py(client: AsyncClient) -> None:
    payer = await funded(client)
    transaction = signed([Instruction(MEMO, b"hello", [])], [payer], await latest(client))
    value = (await client.simulate_transaction(transaction, commitment=Processed)).value
    assert value.err is None
    assert value.logs is not None
    assert "Program log: hello" in value.logs
