"""Programs: deployed, called and upgraded through plain transactions, and loaded at genesis."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from conting_localnet import GenesisError, GenesisProgram, LocalnetProcess
from conting_localnet.process import LocalnetError
from solana.rpc.async_api import AsyncClient
from solana.rpc.commitment import Processed
from solana.rpc.core import RPCException
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.system_program import CreateAccountParams, create_account

from tests.localnet.support import ECHO, SOL, elf, eventually, funded, meta, returning, send

pytestmark = pytest.mark.anyio

LOADER = Pubkey.from_string("BPFLoaderUpgradeab1e11111111111111111111111")
RENT = Pubkey.from_string("SysvarRent111111111111111111111111111111111")
CLOCK = Pubkey.from_string("SysvarC1ock11111111111111111111111111111111")
SYSTEM = Pubkey.from_string("11111111111111111111111111111111")
BUFFER_META, PROGRAM_SIZE = 37, 36
CHUNK = 100  # small, so that there are several writes


def loader(kind: int, body: bytes, accounts: list[tuple[Pubkey, str]]) -> Instruction:
    metas = [meta(key, flags) for key, flags in accounts]
    return Instruction(LOADER, struct.pack("<I", kind) + body, metas)


async def write_buffer(client: AsyncClient, payer: Keypair, code: bytes) -> Pubkey:
    buffer = Keypair()
    create = CreateAccountParams(
        from_pubkey=payer.pubkey(),
        to_pubkey=buffer.pubkey(),
        lamports=SOL,
        space=BUFFER_META + len(code),
        owner=LOADER,
    )
    begin = loader(0, b"", [(buffer.pubkey(), "w"), (payer.pubkey(), "")])
    await send(client, [create_account(create), begin], [payer, buffer])
    for at in range(0, len(code), CHUNK):
        chunk = code[at : at + CHUNK]
        body = struct.pack("<IQ", at, len(chunk)) + chunk
        write = loader(1, body, [(buffer.pubkey(), "w"), (payer.pubkey(), "s")])
        await send(client, [write], [payer])
    return buffer.pubkey()


async def deploy(client: AsyncClient, payer: Keypair, code: bytes) -> Pubkey:
    program = Keypair()
    buffer = await write_buffer(client, payer, code)
    create = CreateAccountParams(
        from_pubkey=payer.pubkey(),
        to_pubkey=program.pubkey(),
        lamports=SOL,
        space=PROGRAM_SIZE,
        owner=LOADER,
    )
    accounts = [
        (payer.pubkey(), "sw"),
        (program_data(program.pubkey()), "w"),
        (program.pubkey(), "w"),
        (buffer, "w"),
        (RENT, ""),
        (CLOCK, ""),
        (SYSTEM, ""),
        (payer.pubkey(), "s"),
    ]
    finish = loader(2, struct.pack("<Q", 4 * len(code)), accounts)
    await send(client, [create_account(create), finish], [payer, program])
    return program.pubkey()


async def upgrade(client: AsyncClient, payer: Keypair, program: Pubkey, code: bytes) -> None:
    buffer = await write_buffer(client, payer, code)
    accounts = [
        (program_data(program), "w"),
        (program, "w"),
        (buffer, "w"),
        (payer.pubkey(), "w"),
        (RENT, ""),
        (CLOCK, ""),
        (payer.pubkey(), "s"),
    ]
    await send(client, [loader(3, b"", accounts)], [payer])


def program_data(program: Pubkey) -> Pubkey:
    return Pubkey.find_program_address([bytes(program)], LOADER)[0]


async def next_slot(client: AsyncClient) -> None:
    now = (await client.get_slot(Processed)).value
    await eventually(lambda: client.get_slot(Processed), lambda got: got.value > now)


async def test_deploy_call_upgrade_call(client: AsyncClient) -> None:
    payer = await funded(client)
    program = await deploy(client, payer, elf(returning(0)))
    await next_slot(client)
    await send(client, [Instruction(program, b"", [])], [payer])
    await upgrade(client, payer, program, elf(returning(7)))
    await next_slot(client)
    with pytest.raises(RPCException, match="custom program error: 0x7"):
        await send(client, [Instruction(program, b"", [])], [payer])
    account = (await client.get_account_info(program)).value
    assert account is not None
    assert account.executable
    assert account.owner == LOADER


async def test_a_stranger_cannot_upgrade(client: AsyncClient) -> None:
    payer, stranger = await funded(client), await funded(client)
    program = await deploy(client, payer, elf(returning(0)))
    await next_slot(client)
    with pytest.raises(RPCException, match="Incorrect authority"):
        await upgrade(client, stranger, program, elf(returning(7)))
    await send(client, [Instruction(program, b"", [])], [payer])


async def test_a_broken_elf_is_not_deployed(client: AsyncClient) -> None:
    payer = await funded(client)
    with pytest.raises(RPCException, match="Invalid account data"):
        await deploy(client, payer, b"\x7fELF" + bytes(200))


async def test_genesis_program_runs_from_the_start(tmp_path: Path) -> None:
    program, path = Keypair().pubkey(), tmp_path / "echo.so"
    path.write_bytes(elf(ECHO))
    with LocalnetProcess(programs=[GenesisProgram(program, path)]) as node:
        async with AsyncClient(node.rpc_url, commitment=Processed) as client:
            payer = await funded(client)
            signature = await send(client, [Instruction(program, b"conting", [])], [payer])
            status = (await client.get_signature_statuses([signature])).value[0]
            assert status is not None
            assert status.err is None


def test_a_bad_genesis_program_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.so"
    path.write_bytes(b"not an ELF")
    with pytest.raises(LocalnetError):
        LocalnetProcess(programs=[GenesisProgram(Keypair().pubkey(), path)]).start()
    written = capfd.readouterr().err
    assert written.startswith("error: ")
    assert "bad.so" in written
    assert "Traceback" not in written
    with pytest.raises(GenesisError, match="ID=FILE"):
        GenesisProgram.parse("only-a-file.so")
    with pytest.raises(GenesisError, match="not a program id"):
        GenesisProgram.parse("nobody=file.so")
