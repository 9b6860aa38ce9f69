"""Reading accounts: encodings, slices, filters, and the state at each commitment."""

from __future__ import annotations

import base64
import shutil
import subprocess

import pytest
from conting_localnet import LocalnetProcess
from conting_localnet.wire import base58_decode, base58_encode
from solana.rpc.async_api import AsyncClient
from solana.rpc.commitment import Confirmed, Finalized, Processed
from solana.rpc.models import DataSliceOpts, MemcmpOpts
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.system_program import (
    CreateAccountParams,
    TransferParams,
    create_account,
    transfer,
)

from tests.localnet.support import (
    FEE,
    SOL,
    UNCHECKED,
    call,
    funded,
    move,
    pass_slots,
    result,
    send,
)

pytestmark = pytest.mark.anyio

LEVELS = (Processed, Confirmed, Finalized)
CLOCK = "SysvarC1ock11111111111111111111111111111111"
TOKEN = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"


async def owned_accounts(client: AsyncClient, owner: Pubkey, sizes: list[int]) -> list[Pubkey]:
    """Create accounts of zero bytes that `owner` owns."""
    payer = await funded(client)
    created = []
    for size in sizes:
        account = Keypair()
        rent = (await client.get_minimum_balance_for_rent_exemption(size)).value
        params = CreateAccountParams(
            from_pubkey=payer.pubkey(),
            to_pubkey=account.pubkey(),
            lamports=rent,
            space=size,
            owner=owner,
        )
        await send(client, [create_account(params)], [payer, account])
        created.append(account.pubkey())
    return created


def test_base58_agrees_with_solders() -> None:
    for seed in (bytes(32), bytes(3) + b"\xff" * 29, bytes(range(32))):
        assert base58_encode(seed) == str(Pubkey(seed))
        assert base58_decode(str(Pubkey(seed))) == seed
    keypair = Keypair()
    assert base58_encode(bytes(keypair)) == str(keypair)
    with pytest.raises(ValueError, match="base58"):
        base58_decode("0")


async def test_account_in_every_encoding(client: AsyncClient, url: str) -> None:
    raw = (await client.get_account_info(Pubkey.from_string(CLOCK))).value
    assert raw is not None
    assert len(raw.data) == 40

    def data(encoding: str) -> list[str]:
        config = {"encoding": encoding, "commitment": "processed"}
        value = result(url, "getAccountInfo", CLOCK, config)["value"]
        assert value["space"] == 40
        encoded: list[str] = value["data"]
        return encoded

    assert len(base58_decode(data("base58")[0])) == 40
    assert len(base64.b64decode(data("base64")[0])) == 40
    assert data("jsonParsed")[1] == "base64"  # a node shows what it cannot parse as base64


@pytest.mark.skipif(shutil.which("zstd") is None, reason="needs the zstd command as the judge")
def test_zstd_frames_are_what_zstd_reads(url: str) -> None:
    loader = Pubkey.from_string("BPFLoaderUpgradeab1e11111111111111111111111")
    program = Pubkey.from_string("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb")
    key = str(Pubkey.find_program_address([bytes(program)], loader)[0])
    plain, packed = (
        base64.b64decode(result(url, "getAccountInfo", key, {"encoding": form})["value"]["data"][0])
        for form in ("base64", "base64+zstd")
    )
    assert len(plain) > 2 * 128 * 1024  # more than two blocks
    unpacked = subprocess.run(["zstd", "-dc"], input=packed, capture_output=True, check=True)
    assert unpacked.stdout == plain


async def test_long_data_has_no_base58_form(url: str) -> None:
    hashes = "SysvarS1otHashes111111111111111111111111111"
    assert call(url, "getAccountInfo", hashes)["error"]["code"] == -32600
    sliced = {"encoding": "base58", "dataSlice": {"offset": 0, "length": 128}}
    assert (
        len(base58_decode(result(url, "getAccountInfo", hashes, sliced)["value"]["data"][0])) == 128
    )


async def test_absent_accounts_are_null(client: AsyncClient) -> None:
    there, absent = await funded(client), Keypair().pubkey()
    assert (await client.get_account_info(absent)).value is None
    found = (await client.get_multiple_accounts([there.pubkey(), absent])).value
    assert found[0] is not None
    assert found[0].lamports == 10 * SOL
    assert found[1] is None


async def test_an_emptied_account_is_gone(client: AsyncClient) -> None:
    payer, source = await funded(client), await funded(client, SOL)
    params = TransferParams(from_pubkey=source.pubkey(), to_pubkey=payer.pubkey(), lamports=SOL)
    await send(client, [transfer(params)], [payer, source])
    assert (await client.get_account_info(source.pubkey())).value is None


async def test_program_accounts_with_filters_and_slices(client: AsyncClient) -> None:
    owner = Keypair().pubkey()
    small, middle, large = await owned_accounts(client, owner, [0, 40, 200])
    every = (await client.get_program_accounts(owner, encoding="base64")).value
    assert {each.pubkey for each in every} == {small, middle, large}
    sized = (await client.get_program_accounts(owner, encoding="base64", filters=[40])).value
    assert [each.pubkey for each in sized] == [middle]
    zeros = MemcmpOpts(offset=100, bytes=base58_encode(bytes(8)))
    compared = (
        await client.get_program_accounts(
            owner,
            encoding="base64",
            filters=[zeros],
            data_slice=DataSliceOpts(offset=190, length=20),
        )
    ).value
    assert [each.pubkey for each in compared] == [large]
    assert compared[0].account.data == bytes(10)
    differs = MemcmpOpts(offset=0, bytes=base58_encode(b"\x01"))
    assert (await client.get_program_accounts(owner, filters=[differs])).value == []


async def test_program_accounts_with_base64_filter_and_context(
    client: AsyncClient, url: str
) -> None:
    owner = Keypair().pubkey()
    (account,) = await owned_accounts(client, owner, [16])
    comparison = {"offset": 8, "bytes": base64.b64encode(bytes(8)).decode(), "encoding": "base64"}
    config = {"commitment": "processed", "withContext": True, "filters": [{"memcmp": comparison}]}
    found = result(url, "getProgramAccounts", str(owner), config)
    assert found["context"]["slot"] > 0
    assert [each["pubkey"] for each in found["value"]] == [str(account)]
    bad = {"filters": [{"memcmp": {"offset": -1, "bytes": "1"}}]}
    assert call(url, "getProgramAccounts", str(owner), bad)["error"]["code"] == -32602
    many = {"filters": [{"dataSize": 1}] * 5}
    assert call(url, "getProgramAccounts", str(owner), many)["error"]["code"] == -32602


async def test_commitments_see_the_state_of_their_slot(
    still_client: AsyncClient, still_node: LocalnetProcess
) -> None:
    payer, to = await funded(still_client), Keypair().pubkey()
    spent = 8 * SOL - 2 * FEE

    async def balances() -> list[int]:
        return [(await still_client.get_balance(payer.pubkey(), each)).value for each in LEVELS]

    assert await balances() == [10 * SOL, 0, 0]
    pass_slots(still_node.rpc_url, 1)
    assert await balances() == [10 * SOL, 10 * SOL, 0]
    pass_slots(still_node.rpc_url, 40)
    assert await balances() == [10 * SOL, 10 * SOL, 10 * SOL]
    # Two changes in two slots: each state in between has to be remembered.
    await send(still_client, [move(payer, to, SOL)], [payer])
    pass_slots(still_node.rpc_url, 1)
    await send(still_client, [move(payer, to, SOL)], [payer])
    assert await balances() == [spent, 9 * SOL - FEE, 10 * SOL]
    assert (await still_client.get_account_info(to, Finalized)).value is None
    pass_slots(still_node.rpc_url, 31)
    assert await balances() == [spent, spent, 9 * SOL - FEE]
    pass_slots(still_node.rpc_url, 1)
    assert await balances() == [spent, spent, spent]


async def test_program_accounts_at_a_commitment(
    still_client: AsyncClient, still_node: LocalnetProcess
) -> None:
    owner = Keypair().pubkey()
    (account,) = await owned_accounts(still_client, owner, [8])

    async def found() -> list[list[Pubkey]]:
        listed = [await still_client.get_program_accounts(owner, each) for each in LEVELS]
        return [[entry.pubkey for entry in each.value] for each in listed]

    assert await found() == [[account], [], []]
    pass_slots(still_node.rpc_url, 1)
    assert await found() == [[account], [account], []]
    pass_slots(still_node.rpc_url, 31)
    assert await found() == [[account]] * 3


async def test_status_rises_through_the_commitments(
    still_client: AsyncClient, still_node: LocalnetProcess
) -> None:
    payer = await funded(still_client)
    signature = await send(still_client, [move(payer, payer.pubkey(), 1)], [payer], UNCHECKED)
    seen = []
    for slots in (1, 30, 1, 0):
        (status,) = result(still_node.rpc_url, "getSignatureStatuses", [str(signature)])["value"]
        seen.append((status["confirmationStatus"], status["confirmations"]))
        if slots:
            pass_slots(still_node.rpc_url, slots)
    assert seen == [("processed", 0), ("confirmed", 1), ("confirmed", 31), ("finalized", None)]


async def test_the_slots_of_the_commitments_are_apart(
    still_client: AsyncClient, still_node: LocalnetProcess
) -> None:
    pass_slots(still_node.rpc_url, 100)
    processed, confirmed, finalized = [(await still_client.get_slot(each)).value for each in LEVELS]
    assert (processed - confirmed, processed - finalized) == (1, 32)


async def test_min_context_slot_is_honoured(url: str) -> None:
    key = str(Keypair().pubkey())
    now = result(url, "getSlot", {"commitment": "processed"})
    later = {"minContextSlot": now + 10_000}
    error = call(url, "getBalance", key, later)["error"]
    assert error["code"] == -32016
    assert error["data"]["contextSlot"] < now + 10_000
    met = {"minContextSlot": now, "commitment": "processed"}
    assert result(url, "getBalance", key, met)["value"] == 0


async def test_rent_exemption_is_the_known_price(client: AsyncClient) -> None:
    # 128 bytes of overhead, 3,480 lamports a byte-year, two years (solana-rent's defaults)
    assert (await client.get_minimum_balance_for_rent_exemption(165)).value == (165 + 128) * 6_960


async def test_bad_parameters_are_named(url: str) -> None:
    for method, params in (
        ("getBalance", []),
        ("getBalance", ["not a key"]),
        ("getBalance", [5]),
        ("getBalance", [TOKEN, {"commitment": "certain"}]),
        ("getAccountInfo", [TOKEN, {"encoding": "hex"}]),
        ("getAccountInfo", [TOKEN, {"dataSlice": {"offset": 1}}]),
        ("getMultipleAccounts", [[TOKEN] * 101]),
        ("getMinimumBalanceForRentExemption", [-1]),
        ("getMinimumBalanceForRentExemption", [True]),
        ("getSignatureStatuses", [["x"]]),
        ("isBlockhashValid", ["x"]),
    ):
        assert call(url, method, *params)["error"]["code"] == -32602, (method, params)
