"""Token methods on real SPL Token and Token-2022 accounts."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from solana.rpc.async_api import AsyncClient
from solana.rpc.commitment import Processed
from solana.rpc.models import TokenAccountOpts
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.system_program import CreateAccountParams, create_account

from tests.localnet.support import call, eventually, funded, meta, result, send

pytestmark = pytest.mark.anyio

TOKEN = Pubkey.from_string("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA")
TOKEN_2022 = Pubkey.from_string("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb")
ATA = Pubkey.from_string("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL")
SYSTEM = Pubkey.from_string("11111111111111111111111111111111")
DECIMALS = 2


async def make_mint(client: AsyncClient, payer: Keypair, program: Pubkey) -> Pubkey:
    mint = Keypair()
    rent = (await client.get_minimum_balance_for_rent_exemption(82)).value
    create = CreateAccountParams(
        from_pubkey=payer.pubkey(), to_pubkey=mint.pubkey(), lamports=rent, space=82, owner=program
    )
    initialize = Instruction(  # InitializeMint2: decimals, mint authority, no freeze authority
        program, bytes([20, DECIMALS]) + bytes(payer.pubkey()) + b"\0", [meta(mint.pubkey(), "w")]
    )
    await send(client, [create_account(create), initialize], [payer, mint])
    return mint.pubkey()


def holding_of(owner: Pubkey, mint: Pubkey, program: Pubkey) -> Pubkey:
    return Pubkey.find_program_address([bytes(owner), bytes(program), bytes(mint)], ATA)[0]


async def mint_to(
    client: AsyncClient,
    payer: Keypair,
    owner: Pubkey,
    amount: int,
    *,
    mint: Pubkey,
    program: Pubkey,
) -> Pubkey:
    """Create the owner's associated account and mint into it."""
    holding = holding_of(owner, mint, program)
    keys = [(payer.pubkey(), "sw"), (holding, "w"), (owner, ""), (mint, ""), (SYSTEM, "")]
    metas = [meta(key, flags) for key, flags in [*keys, (program, "")]]
    create = Instruction(ATA, b"\x01", metas)
    minted = Instruction(
        program,
        b"\x07" + struct.pack("<Q", amount),
        [meta(mint, "w"), meta(holding, "w"), meta(payer.pubkey(), "s")],
    )
    await send(client, [create, minted], [payer])
    return holding


@pytest.mark.parametrize("program", [TOKEN, TOKEN_2022], ids=["token", "token-2022"])
async def test_balances_supply_and_holdings(client: AsyncClient, program: Pubkey) -> None:
    payer, owner = await funded(client), Keypair().pubkey()
    mint, other = [await make_mint(client, payer, program) for _ in range(2)]
    holding = await mint_to(client, payer, owner, 12_345, mint=mint, program=program)
    second = await mint_to(client, payer, owner, 5, mint=other, program=program)
    await mint_to(client, payer, payer.pubkey(), 100, mint=mint, program=program)

    balance = (await client.get_token_account_balance(holding)).value
    assert (balance.amount, balance.decimals, balance.ui_amount_string) == ("12345", 2, "123.45")
    assert (await client.get_token_supply(mint)).value.ui_amount_string == "124.45"
    largest = (await client.get_token_largest_accounts(mint)).value
    assert [each.amount.amount for each in largest] == ["12345", "100"]

    by_mint = TokenAccountOpts(mint=mint, encoding="base64")
    found = (await client.get_token_accounts_by_owner(owner, by_mint)).value
    assert [each.pubkey for each in found] == [holding]
    by_program = TokenAccountOpts(program_id=program, encoding="base64")
    found = (await client.get_token_accounts_by_owner(owner, by_program)).value
    assert {each.pubkey for each in found} == {holding, second}
    parsed = (
        await client.get_token_accounts_by_owner_json_parsed(owner, TokenAccountOpts(mint=mint))
    ).value
    info: Any = parsed[0].account.data.parsed
    info = info["info"]
    assert info["mint"] == str(mint)
    assert info["tokenAmount"]["uiAmountString"] == "123.45"


async def test_mint_in_parsed_form(client: AsyncClient, url: str) -> None:
    payer = await funded(client)
    mint = await make_mint(client, payer, TOKEN)
    config = {"encoding": "jsonParsed", "commitment": "processed"}
    data = result(url, "getAccountInfo", str(mint), config)["value"]["data"]
    assert data["program"] == "spl-token"
    assert data["parsed"]["type"] == "mint"
    assert data["parsed"]["info"] == {
        "mintAuthority": str(payer.pubkey()),
        "supply": "0",
        "decimals": DECIMALS,
        "isInitialized": True,
        "freezeAuthority": None,
    }


async def test_token_balances_and_inner_instructions_of_a_transaction(
    client: AsyncClient, url: str
) -> None:
    payer, owner = await funded(client), Keypair().pubkey()
    mint = await make_mint(client, payer, TOKEN)
    holding = await mint_to(client, payer, owner, 7, mint=mint, program=TOKEN)
    config = {"commitment": "confirmed"}
    entries = await eventually(lambda: _entries(url, holding, config), bool)
    versioned = {**config, "maxSupportedTransactionVersion": 0}
    got = result(url, "getTransaction", entries[0]["signature"], versioned)
    assert got["meta"]["preTokenBalances"] == []
    (balance,) = got["meta"]["postTokenBalances"]
    keys = got["transaction"]["message"]["accountKeys"]
    assert keys[balance["accountIndex"]] == str(holding)
    assert (balance["mint"], balance["owner"]) == (str(mint), str(owner))
    assert balance["programId"] == str(TOKEN)
    assert balance["uiTokenAmount"]["amount"] == "7"
    inner = got["meta"]["innerInstructions"]
    assert [each["index"] for each in inner] == [0]  # the creation, not the minting
    assert all(each["stackHeight"] == 2 for each in inner[0]["instructions"])


async def _entries(url: str, key: Pubkey, config: dict[str, str]) -> list[dict[str, str]]:
    entries: list[dict[str, str]] = result(url, "getSignaturesForAddress", str(key), config)
    return entries


async def test_what_is_no_token_is_refused(client: AsyncClient, url: str) -> None:
    payer = await funded(client)
    key, processed = str(payer.pubkey()), {"commitment": str(Processed)}
    assert call(url, "getTokenAccountBalance", key, processed)["error"]["code"] == -32602
    assert call(url, "getTokenSupply", key, processed)["error"]["code"] == -32602
    for selector in ({}, {"mint": key}, {"programId": str(SYSTEM)}):
        answer = call(url, "getTokenAccountsByOwner", key, selector, processed)
        assert answer["error"]["code"] == -32602, selector
