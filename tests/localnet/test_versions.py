"""Address lookup tables and durable nonces."""

from __future__ import annotations

import struct

import pytest
from conting_localnet import LocalnetProcess
from solana.rpc.async_api import AsyncClient
from solana.rpc.commitment import Confirmed, Processed
from solana.rpc.core import RPCException
from solders.address_lookup_table_account import AddressLookupTableAccount
from solders.hash import Hash
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.message import MessageV0
from solders.pubkey import Pubkey
from solders.system_program import (
    AdvanceNonceAccountParams,
    advance_nonce_account,
    create_nonce_account,
)
from solders.transaction import VersionedTransaction

from tests.localnet.support import (
    CHECKED,
    FEE,
    SOL,
    UNCHECKED,
    eventually,
    funded,
    latest,
    meta,
    move,
    pass_slots,
    send,
    signed,
)

pytestmark = pytest.mark.anyio

TABLES = Pubkey.from_string("AddressLookupTab1e1111111111111111111111111")
SYSTEM = Pubkey.from_string("11111111111111111111111111111111")


async def test_accounts_through_a_lookup_table(client: AsyncClient, url: str) -> None:
    payer, to = await funded(client), Keypair().pubkey()
    slot = (await client.get_slot(Confirmed)).value
    table, bump = Pubkey.find_program_address(
        [bytes(payer.pubkey()), struct.pack("<Q", slot)], TABLES
    )
    who = [meta(table, "w"), meta(payer.pubkey(), "s"), meta(payer.pubkey(), "sw")]
    create = Instruction(TABLES, struct.pack("<IQB", 0, slot, bump), [*who, meta(SYSTEM)])
    extend = Instruction(TABLES, struct.pack("<IQ", 2, 1) + bytes(to), [*who, meta(SYSTEM)])
    await send(client, [create, extend], [payer])
    used_at = (await client.get_slot(Processed)).value
    await eventually(lambda: client.get_slot(Processed), lambda got: got.value > used_at)

    lookup = AddressLookupTableAccount(table, [to])
    message = MessageV0.try_compile(
        payer.pubkey(), [move(payer, to, SOL)], [lookup], await latest(client)
    )
    assert to not in message.account_keys
    transaction = VersionedTransaction(message, [payer])
    signature = (await client.send_transaction(transaction, CHECKED)).value
    assert (await client.get_balance(to)).value == SOL

    got = await eventually(
        lambda: client.get_transaction(
            signature, "json", Confirmed, max_supported_transaction_version=0
        ),
        lambda got: got.value is not None,
    )
    assert got.value is not None
    assert got.value.transaction.meta is not None
    loaded = got.value.transaction.meta.loaded_addresses
    assert loaded is not None
    assert loaded.writable == [to]
    assert got.value.transaction.meta.post_balances[-1] == SOL
    listed = (await client.get_signatures_for_address(to, commitment=Confirmed)).value
    assert [entry.signature for entry in listed] == [signature]


async def nonce_of(client: AsyncClient, key: Pubkey) -> Hash:
    account = (await client.get_account_info(key, Processed)).value
    assert account is not None
    return Hash(account.data[40:72])


async def test_a_durable_nonce_outlives_blockhashes(still_node: LocalnetProcess) -> None:
    async with AsyncClient(still_node.rpc_url, commitment=Processed) as client:
        payer, account, to = await funded(client), Keypair(), Keypair().pubkey()
        create = create_nonce_account(payer.pubkey(), account.pubkey(), payer.pubkey(), SOL)
        await send(client, list(create), [payer, account])
        nonce = await nonce_of(client, account.pubkey())
        advance = advance_nonce_account(
            AdvanceNonceAccountParams(
                nonce_pubkey=account.pubkey(), authorized_pubkey=payer.pubkey()
            )
        )
        transaction = signed([advance, move(payer, to, SOL)], [payer], nonce)
        pass_slots(still_node.rpc_url, 500)
        await client.send_transaction(transaction, CHECKED)
        assert (await client.get_balance(to)).value == SOL
        # Spent: neither it nor another transaction can use that value again.
        pass_slots(still_node.rpc_url, 500)
        await client.send_transaction(transaction, UNCHECKED)
        assert (await client.get_balance(to)).value == SOL
        with pytest.raises(RPCException, match="Blockhash not found"):
            await client.send_transaction(signed([advance], [payer], nonce), CHECKED)


async def test_a_failure_spends_the_nonce_too(client: AsyncClient) -> None:
    payer, account = await funded(client), Keypair()
    create = create_nonce_account(payer.pubkey(), account.pubkey(), payer.pubkey(), SOL)
    await send(client, list(create), [payer, account])
    nonce = await nonce_of(client, account.pubkey())
    advance = advance_nonce_account(
        AdvanceNonceAccountParams(nonce_pubkey=account.pubkey(), authorized_pubkey=payer.pubkey())
    )
    failing = signed([advance, move(payer, Keypair().pubkey(), 99 * SOL)], [payer], nonce)
    before = (await client.get_balance(payer.pubkey())).value
    await client.send_transaction(failing, UNCHECKED)
    assert (await client.get_balance(payer.pubkey())).value == before - FEE
    assert await nonce_of(client, account.pubkey()) != nonce
