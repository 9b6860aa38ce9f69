"""Puts a program on chain with the upgradeable loader: buffer, writes in parallel, deploy.

Instruction layouts: bincode of UpgradeableLoaderInstruction (anza-xyz/solana-sdk
loader-v3-interface): u32 number, then the fields, little-endian.
"""

import asyncio
import struct
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.system_program import ID as SYSTEM_PROGRAM
from solders.system_program import CreateAccountParams, create_account
from solders.sysvar import CLOCK, RENT

from conting_client._errors import RpcRefused, TransactionExpired
from conting_client._readings import Landed
from conting_client._rpc import Rpc
from conting_client._transactions import build, sign
from conting_client._wallet import Wallet

LOADER: Final = Pubkey.from_string("BPFLoaderUpgradeab1e11111111111111111111111")
BUFFER_HEAD: Final = 37  # bytes before the program: u32 state, option, authority
PROGRAM_DATA_HEAD: Final = 45  # u32 state, u64 slot, option, authority
PROGRAM_SIZE: Final = 36  # u32 state, address of the program data
ROOM: Final = 2  # a program may grow to this many times its first size

_CHUNK: Final = 1000  # bytes; with one signature and three keys a write then fits a packet
_AT_ONCE: Final = 16
_ROUNDS: Final = 5
_POLL_SECONDS: Final = 0.1
_INITIALIZE_BUFFER, _WRITE, _DEPLOY, _UPGRADE = range(4)


def program_data_address(program: Pubkey) -> Pubkey:
    """Where the loader keeps the program's bytes."""
    return Pubkey.find_program_address([bytes(program)], LOADER)[0]


async def deploy(rpc: Rpc, wallet: Wallet, program: Keypair, elf: bytes) -> Landed:
    """Deploys `elf` at the address of `program`, or upgrades what is there.

    The wallet pays and is the upgrade authority; the first time, room is made for twice the bytes.
    Returns when it can be called: the loader does not run it in the slot in which it landed.
    Raises as `Rpc.send` does; ChainError too if the loader rejects the ELF.
    """
    buffer = Keypair()
    await _make_buffer(rpc, wallet, buffer, len(elf))
    await _fill(rpc, wallet, buffer.pubkey(), elf)
    landed = await _finish(rpc, wallet, program, buffer.pubkey(), ROOM * len(elf))
    while await rpc.slot() <= landed.slot:  # noqa: ASYNC110 (only the node knows)
        await asyncio.sleep(_POLL_SECONDS)
    return landed


async def _finish(rpc: Rpc, wallet: Wallet, program: Keypair, buffer: Pubkey, room: int) -> Landed:
    """Makes the program out of the buffer, or puts the buffer's bytes in place of the old ones."""
    known = await rpc.account(program.pubkey())
    if known is not None and known.owner == LOADER:
        return await _send(rpc, wallet, [_upgrade(wallet.key, program.pubkey(), buffer)])
    create = _create(wallet.key, program.pubkey(), PROGRAM_SIZE, await rpc.rent(PROGRAM_SIZE))
    start = _deploy(wallet.key, program.pubkey(), buffer, room)
    return await _send(rpc, wallet, [create, start], program)


async def _send(
    rpc: Rpc, wallet: Wallet, instructions: Sequence[Instruction], *others: Keypair
) -> Landed:
    recent = await rpc.latest_blockhash()
    transaction = build(wallet.key, instructions, recent.hash)
    return await rpc.send(sign(transaction, wallet.keypair, *others))


async def _make_buffer(rpc: Rpc, wallet: Wallet, buffer: Keypair, size: int) -> None:
    space = BUFFER_HEAD + size
    create = _create(wallet.key, buffer.pubkey(), space, await rpc.rent(space))
    accounts = [_meta(buffer.pubkey()), _meta(wallet.key, writable=False)]
    start = Instruction(LOADER, struct.pack("<I", _INITIALIZE_BUFFER), accounts)
    await _send(rpc, wallet, [create, start], buffer)


async def _fill(rpc: Rpc, wallet: Wallet, buffer: Pubkey, elf: bytes) -> None:
    """Writes what the buffer does not hold yet, until it holds everything."""
    gate = asyncio.Semaphore(_AT_ONCE)
    for _ in range(_ROUNDS):
        missing = await _missing(rpc, buffer, elf)
        if not missing:
            return
        await asyncio.gather(
            *(_write(rpc, wallet, buffer, at, elf[at : at + _CHUNK], gate) for at in missing)
        )
    raise RpcRefused(f"the buffer {buffer} does not hold the program after {_ROUNDS} rounds")


async def _missing(rpc: Rpc, buffer: Pubkey, elf: bytes) -> list[int]:
    found = await rpc.account(buffer)
    held = b"" if found is None else found.data[BUFFER_HEAD:]
    return [
        at for at in range(0, len(elf), _CHUNK) if held[at : at + _CHUNK] != elf[at : at + _CHUNK]
    ]


async def _write(  # noqa: PLR0917 (called in one place)
    rpc: Rpc, wallet: Wallet, buffer: Pubkey, at: int, part: bytes, gate: asyncio.Semaphore
) -> None:
    data = struct.pack("<IIQ", _WRITE, at, len(part)) + part
    accounts = [_meta(buffer), _meta(wallet.key, signer=True, writable=False)]
    async with gate:
        with suppress(TransactionExpired):  # the next round writes it again
            await _send(rpc, wallet, [Instruction(LOADER, data, accounts)])


def _create(payer: Pubkey, address: Pubkey, space: int, lamports: int) -> Instruction:
    return create_account(
        CreateAccountParams(
            from_pubkey=payer, to_pubkey=address, lamports=lamports, space=space, owner=LOADER
        )
    )


def _deploy(payer: Pubkey, program: Pubkey, buffer: Pubkey, room: int) -> Instruction:
    accounts = [
        _meta(payer, signer=True),
        _meta(program_data_address(program)),
        _meta(program),
        _meta(buffer),
        *(_meta(key, writable=False) for key in (RENT, CLOCK, SYSTEM_PROGRAM)),
        _meta(payer, signer=True, writable=False),
    ]
    return Instruction(LOADER, struct.pack("<IQ", _DEPLOY, room), accounts)


def _upgrade(authority: Pubkey, program: Pubkey, buffer: Pubkey) -> Instruction:
    accounts = [
        _meta(program_data_address(program)),
        _meta(program),
        _meta(buffer),
        _meta(authority),
        _meta(RENT, writable=False),
        _meta(CLOCK, writable=False),
        _meta(authority, signer=True, writable=False),
    ]
    return Instruction(LOADER, struct.pack("<I", _UPGRADE), accounts)


def _meta(key: Pubkey, *, signer: bool = False, writable: bool = True) -> AccountMeta:
    return AccountMeta(key, is_signer=signer, is_writable=writable)
