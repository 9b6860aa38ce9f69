"""The RPC client against the real local node: what lands, what is refused, what is lost."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext

import httpx2
import pytest
from conting_client import (
    AccountMissing,
    ChainError,
    Landed,
    Match,
    OutcomeUnknown,
    ProgramFault,
    ProgramRefused,
    Rpc,
    RpcRefused,
    RpcUnavailable,
    TransactionExpired,
    TransactionFailed,
    Wallet,
    build,
    deploy,
    ed25519_instruction,
    sign,
)
from conting_client.generated.ticket import ErrorCode
from conting_client.notifications import subscribe
from conting_client.tickets import Tickets
from conting_localnet import LocalnetProcess
from solders.hash import Hash
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.system_program import TransferParams, transfer
from solders.transaction import VersionedTransaction

from tests.client.conftest import SLOT_MS, SOL, Funded

pytestmark = pytest.mark.anyio

JSON = "application/json"

# SBPF v3 (facts/solana.md 3.2): `r0 = code; exit` behind the smallest headers that load.
EXIT = bytes.fromhex("9500000000000000")


def returning(code: int) -> bytes:
    body = b"\xb7\0\0\0" + struct.pack("<i", code) + EXIT
    base, at = 1 << 32, 64 + 56
    header = struct.pack(
        "<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 3, 247, 1, base, 64, 0, 3, 64, 56, 1, 64, 0, 0
    )
    return header + struct.pack("<IIQQQQQQ", 1, 1, at, base, base, len(body), len(body), 8) + body


async def signed(rpc: Rpc, wallet: Wallet, *instructions: Instruction) -> VersionedTransaction:
    recent = await rpc.latest_blockhash()
    return sign(build(wallet.key, instructions, recent.hash), wallet.keypair)


def pay(wallet: Wallet, to: Pubkey, lamports: int) -> Instruction:
    return transfer(TransferParams(from_pubkey=wallet.key, to_pubkey=to, lamports=lamports))


async def test_a_transfer_lands_and_is_read_back(rpc: Rpc, funded: Funded) -> None:
    wallet, to = await funded(), Pubkey.new_unique()
    transaction = await signed(rpc, wallet, pay(wallet, to, SOL))
    simulation = await rpc.simulate(transaction, check_signatures=True)
    landed = await rpc.send(transaction)

    found = await rpc.account(to)
    assert found is not None
    assert (found.address, found.lamports, found.data) == (to, SOL, b"")
    assert found.slot >= landed.slot
    assert simulation.units == 150  # the System program's fixed cost of an instruction
    assert await rpc.outcome(transaction.signatures[0]) == landed
    assert await rpc.slot() >= landed.slot


async def test_sending_twice_moves_the_money_once(rpc: Rpc, funded: Funded) -> None:
    wallet, to = await funded(), Pubkey.new_unique()
    transaction = await signed(rpc, wallet, pay(wallet, to, SOL))
    assert await rpc.send(transaction) == await rpc.send(transaction)
    found = await rpc.account(to)
    assert found is not None
    assert found.lamports == SOL


async def test_what_is_not_there_is_none(rpc: Rpc) -> None:
    address = Pubkey.new_unique()
    assert await rpc.account(address) is None
    assert await rpc.accounts([address] * 101) == [None] * 101
    assert await rpc.outcome(Signature.default()) is None
    with pytest.raises(AccountMissing):
        await Tickets(rpc).event(address)
    assert await Tickets(rpc).tickets_of_holder(address) == []


async def test_reads_the_clock_and_the_slot_hashes(rpc: Rpc) -> None:
    hashes, later = await rpc.slot_hashes(), await rpc.slot_hashes()
    assert 0 < len(hashes) <= 512
    assert max(hashes) <= await rpc.slot(commitment="processed")
    assert sorted(hashes) == list(range(min(hashes), max(hashes) + 1))
    assert all(later[slot] == value for slot, value in hashes.items() if slot in later)
    assert await rpc.chain_time() > 1_600_000_000
    assert await rpc.rent(0) == 128 * 6960


async def test_accounts_come_in_order_over_several_calls(rpc: Rpc, funded: Funded) -> None:
    wallet = await funded()
    found = await rpc.accounts([Pubkey.new_unique() for _ in range(120)] + [wallet.key])
    assert [each is not None for each in found] == [False] * 120 + [True]


async def test_too_little_money_is_refused_by_name(rpc: Rpc, funded: Funded) -> None:
    wallet = await funded()
    transaction = await signed(rpc, wallet, pay(wallet, Pubkey.new_unique(), 1000 * SOL))
    with pytest.raises(TransactionFailed) as refused:
        await rpc.send(transaction)
    assert refused.value.name == "CUSTOM_1"  # SystemError::ResultWithNegativeLamports
    assert any("insufficient lamports" in line for line in refused.value.logs)
    assert await rpc.outcome(transaction.signatures[0]) is None


async def test_nobody_without_money_pays_a_fee(rpc: Rpc) -> None:
    wallet = Wallet.generate()
    with pytest.raises(TransactionFailed) as refused:
        await rpc.send(await signed(rpc, wallet, pay(wallet, Pubkey.new_unique(), 1)))
    assert refused.value.name in {"ACCOUNT_NOT_FOUND", "INSUFFICIENT_FUNDS_FOR_FEE"}


async def test_an_unsigned_transaction_is_refused(rpc: Rpc, funded: Funded) -> None:
    wallet = await funded()
    recent = await rpc.latest_blockhash()
    with pytest.raises((TransactionFailed, RpcRefused)):
        await rpc.send(build(wallet.key, [pay(wallet, Pubkey.new_unique(), 1)], recent.hash))


async def test_an_unknown_blockhash_is_expired(rpc: Rpc, funded: Funded) -> None:
    wallet = await funded()
    old = build(wallet.key, [pay(wallet, Pubkey.new_unique(), 1)], Hash.new_unique())
    with pytest.raises(TransactionExpired):
        await rpc.send(sign(old, wallet.keypair))


async def test_the_ed25519_program_accepts_our_instruction_and_no_forged_one(
    rpc: Rpc, funded: Funded
) -> None:
    wallet, device = await funded(), Keypair()
    good = ed25519_instruction(device.sign_message(b"entry"), device.pubkey(), b"entry")
    await rpc.send(await signed(rpc, wallet, good))
    bad = ed25519_instruction(device.sign_message(b"entry"), device.pubkey(), b"other")
    with pytest.raises(TransactionFailed):
        await rpc.send(await signed(rpc, wallet, bad))


@pytest.mark.parametrize(
    ("code", "name", "kind"),
    [
        (6015, "SEAT_TAKEN", ProgramRefused),
        (2006, "WRONG_SEEDS", ProgramFault),
        (5999, "CUSTOM_5999", ProgramFault),
    ],
)
async def test_a_deployed_program_refuses_by_name(
    node: LocalnetProcess, funded: Funded, code: int, name: str, kind: type[ChainError]
) -> None:
    program = Keypair()
    async with Rpc(node.rpc_url, programs={program.pubkey(): ErrorCode}) as rpc:
        wallet = await funded()
        await deploy(rpc, wallet, program, returning(code))
        await after_the_next_slot(rpc)
        call = Instruction(program.pubkey(), b"", [])
        transaction = await signed(rpc, wallet, call)
        for attempt in (rpc.send(transaction), rpc.simulate(transaction)):
            with pytest.raises(kind) as refused:
                await attempt
            assert (refused.value.code, refused.value.name) == (code, name)


async def test_without_an_error_list_the_number_stays(rpc: Rpc, funded: Funded) -> None:
    wallet, program = await funded(), Keypair()
    await deploy(rpc, wallet, program, returning(6015))
    await after_the_next_slot(rpc)
    with pytest.raises(TransactionFailed) as refused:
        await rpc.send(await signed(rpc, wallet, Instruction(program.pubkey(), b"", [])))
    assert refused.value.code == 6015


async def test_deploys_in_chunks_and_upgrades(rpc: Rpc, funded: Funded) -> None:
    wallet, program = await funded(), Keypair()
    padded = returning(0) + bytes(5000)  # more than five writes; what follows the code is ignored
    await deploy(rpc, wallet, program, padded)
    await after_the_next_slot(rpc)
    call = Instruction(
        program.pubkey(), b"", [AccountMeta(wallet.key, is_signer=True, is_writable=True)]
    )
    assert isinstance(await rpc.send(await signed(rpc, wallet, call)), Landed)

    await deploy(rpc, wallet, program, returning(7))
    await after_the_next_slot(rpc)
    with pytest.raises(TransactionFailed) as refused:
        await rpc.send(await signed(rpc, wallet, call))
    assert refused.value.code == 7


async def test_bytes_that_are_no_program_are_not_deployed(rpc: Rpc, funded: Funded) -> None:
    with pytest.raises(TransactionFailed):
        await deploy(rpc, await funded(), Keypair(), b"not an ELF file at all" * 10)


async def test_finds_the_accounts_of_a_program(rpc: Rpc, funded: Funded) -> None:
    wallet, program = await funded(), Keypair()
    await deploy(rpc, wallet, program, returning(0))
    loader = Pubkey.from_string("BPFLoaderUpgradeab1e11111111111111111111111")
    data_address = Pubkey.find_program_address([bytes(program.pubkey())], loader)[0]
    found = await rpc.program_accounts(loader, Match(4, bytes(data_address)))
    assert [each.address for each in found] == [program.pubkey()]


@pytest.mark.slow
async def test_a_dead_node_is_unavailable_and_the_outcome_unknown() -> None:
    with LocalnetProcess(slot_ms=SLOT_MS) as node:
        async with Rpc(node.rpc_url, timeout=2.0) as rpc:
            wallet = Wallet.generate()
            await rpc.airdrop(wallet.key, SOL)
            transaction = await signed(rpc, wallet, pay(wallet, Pubkey.new_unique(), 1000))
            node.kill()
            with pytest.raises(RpcUnavailable):
                await rpc.slot()
            with pytest.raises(OutcomeUnknown) as lost:
                await rpc.send(transaction, within=1.0)
            assert lost.value.signature == transaction.signatures[0]


@asynccontextmanager
async def lossy_way(url: str, method: str, *, arrives: bool) -> AsyncIterator[str]:
    """A way to the node that loses the answers of one method, and its requests too unless they
    arrive.
    """

    serving: set[asyncio.Task[None] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.add(asyncio.current_task())
        try:
            await answer(reader, writer)
        finally:
            writer.close()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        size = next(
            int(line.split(b":")[1])
            for line in head.lower().splitlines()
            if line.startswith(b"content-length")
        )
        body = await reader.readexactly(size)
        lost = f'"{method}"'.encode() in body
        if arrives or not lost:
            async with httpx2.AsyncClient() as client:
                found = await client.post(url, content=body, headers={"content-type": JSON})
        if not lost:
            lines = f"HTTP/1.1 200 OK\r\ncontent-length: {len(found.content)}\r\nconnection: close"
            writer.write(lines.encode() + b"\r\n\r\n" + found.content)
            await writer.drain()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        # Who gave up may have left requests behind.
        await asyncio.gather(*(each for each in serving if each), return_exceptions=True)


async def test_a_lost_answer_is_resolved_by_asking_for_the_signature(
    node: LocalnetProcess, rpc: Rpc, funded: Funded
) -> None:
    wallet, to = await funded(), Pubkey.new_unique()
    transaction = await signed(rpc, wallet, pay(wallet, to, SOL))
    async with lossy_way(node.rpc_url, "sendTransaction", arrives=True) as url, Rpc(url) as lossy:
        landed = await lossy.send(transaction)
    assert landed.signature == transaction.signatures[0]
    found = await rpc.account(to)
    assert found is not None
    assert found.lamports == SOL


@pytest.mark.slow
async def test_a_transaction_that_never_arrived_is_not_called_landed(
    node: LocalnetProcess, rpc: Rpc, funded: Funded
) -> None:
    wallet = await funded()
    transaction = await signed(rpc, wallet, pay(wallet, Pubkey.new_unique(), SOL))
    async with lossy_way(node.rpc_url, "sendTransaction", arrives=False) as url, Rpc(url) as lossy:
        with pytest.raises((OutcomeUnknown, TransactionExpired)):
            await lossy.send(transaction, within=1.0)
    assert await rpc.outcome(transaction.signatures[0]) is None


async def test_an_answer_that_is_not_json_rpc_is_unavailable() -> None:
    async def speak_html(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\nconnection: close\r\n\r\n<html>")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(speak_html, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, Rpc(f"http://127.0.0.1:{port}") as rpc:
        with pytest.raises(RpcUnavailable):
            await rpc.slot()


async def test_a_method_that_the_node_does_not_do_is_refused(rpc: Rpc) -> None:
    with pytest.raises(RpcRefused):
        await rpc.rent(-1)


async def after_the_next_slot(rpc: Rpc) -> None:
    """A program runs from the slot after its deployment on."""
    deployed = await rpc.slot(commitment="processed")
    while await rpc.slot() <= deployed:  # noqa: ASYNC110 (the node tells nobody)
        await asyncio.sleep(SLOT_MS / 1000)


async def test_a_node_that_is_silent_or_not_there_is_told_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for port, why in (
            (silent.getsockname()[1], "has not answered within 0.2 seconds"),
            (9, "cannot be reached"),
        ):
            async with Rpc(f"http://127.0.0.1:{port}", timeout=0.2) as rpc:
                with pytest.raises(RpcUnavailable) as told:
                    await rpc.slot()
            assert str(told.value) == f"getSlot at http://127.0.0.1:{port}: {why}"


async def test_what_is_wrong_with_a_node_is_told_without_the_key_in_its_address() -> None:
    """Providers have their customers' keys in the path, in the query, or before the host."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    host = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    for there in (host, "127.0.0.1:9"):  # one refuses, at the other nobody is
        at = f"user:s3cret@{there}/v2/s3cret?api-key=s3cret"
        async with server if there == host else nullcontext(), Rpc(f"http://{at}") as rpc:
            with pytest.raises(RpcUnavailable) as unavailable:
                await rpc.slot()
            with pytest.raises(RpcUnavailable) as deaf:
                async with subscribe(f"ws://{at}", []):
                    pass
        for told in (str(unavailable.value), str(deaf.value)):
            assert there in told
            assert "s3cret" not in told
