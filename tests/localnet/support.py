"""What the tests of the local node share: raw JSON-RPC, transactions, programs made by hand."""

from __future__ import annotations

import asyncio
import itertools
import json
import struct
import urllib.request
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from solana.rpc.async_api import AsyncClient
from solana.rpc.commitment import Confirmed, Processed
from solana.rpc.models import TxOpts
from solders.hash import Hash
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.message import MessageV0
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.system_program import TransferParams, transfer
from solders.transaction import VersionedTransaction

SOL = 10**9
SLOT_MS = 50  # of the shared node: short, so that nobody waits long for the next slot
STILL_SLOT_MS = 3_600_000  # of the node whose time the tests move: it does not move by itself
FEE = 5_000  # lamports a signature
UNCHECKED = TxOpts(skip_preflight=True)
CHECKED = TxOpts(preflight_commitment=Processed)

T = TypeVar("T")

_identifiers = itertools.count(1)


def post(url: str, body: bytes) -> Any:
    """Send a raw body and return the decoded answer."""
    request = urllib.request.Request(url, body, {"content-type": "application/json"})
    with urllib.request.urlopen(request) as response:
        return json.loads(response.read() or b"null")


def call(url: str, method: str, *params: Any) -> Any:
    """Call a method and return its whole response."""
    request = {"jsonrpc": "2.0", "id": next(_identifiers), "method": method, "params": params}
    return post(url, json.dumps(request).encode())


def result(url: str, method: str, *params: Any) -> Any:
    """Call a method that must succeed and return its result."""
    response = call(url, method, *params)
    assert "error" not in response, response
    return response["result"]


def signed(
    instructions: Sequence[Instruction], signers: Sequence[Keypair], blockhash: Hash
) -> VersionedTransaction:
    """Sign a v0 transaction; the first signer pays."""
    message = MessageV0.try_compile(signers[0].pubkey(), list(instructions), [], blockhash)
    return VersionedTransaction(message, list(signers))


def move(source: Keypair, to: Pubkey, lamports: int) -> Instruction:
    """Build a system transfer."""
    return transfer(TransferParams(from_pubkey=source.pubkey(), to_pubkey=to, lamports=lamports))


def pass_slots(url: str, count: int) -> None:
    """Move a node with slots of STILL_SLOT_MS forward by `count` of them."""
    result(url, "localnet_advanceTime", {"seconds": count * STILL_SLOT_MS / 1_000})


async def latest(client: AsyncClient) -> Hash:
    """Return the newest blockhash."""
    return (await client.get_latest_blockhash(Confirmed)).value.blockhash


async def send(
    client: AsyncClient,
    instructions: Sequence[Instruction],
    signers: Sequence[Keypair],
    options: TxOpts = CHECKED,
) -> Signature:
    """Sign with the newest blockhash, and send."""
    transaction = signed(instructions, signers, await latest(client))
    return (await client.send_transaction(transaction, options)).value


async def funded(client: AsyncClient, lamports: int = 10 * SOL) -> Keypair:
    """Return a new keypair that holds `lamports`."""
    keypair = Keypair()
    await client.request_airdrop(keypair.pubkey(), lamports)
    return keypair


async def eventually(read: Callable[[], Awaitable[T]], wanted: Callable[[T], bool]) -> T:
    """Read until the value is as wanted; the caller's own timeout ends what never comes."""
    while not wanted(value := await read()):  # noqa: ASYNC110 - the other side is a process
        await asyncio.sleep(0.005)
    return value


# -- programs: SBPF v3, one code segment at 1 << 32 (facts/solana.md 3.2) --------------------------

_RETURN = bytes.fromhex("9500000000000000")
# r1 = r2 (the instruction's data); r2 = its length, the u64 before it; call sol_log_; r0 = 0
ECHO = (
    bytes.fromhex("bf21000000000000 7922f8ff00000000 85000000bd597520 b700000000000000") + _RETURN
)


def returning(code: int) -> bytes:
    """Return the code of a program that ends with `code`: 0 is success, else a custom error."""
    return b"\xb7\0\0\0" + struct.pack("<i", code) + _RETURN


def elf(code: bytes) -> bytes:
    """Wrap SBPF code into the smallest ELF that the v3 loader takes."""
    base, at = 1 << 32, 64 + 56
    header = struct.pack(
        "<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 3, 247, 1, base, 64, 0, 3, 64, 56, 1, 64, 0, 0
    )
    return header + struct.pack("<IIQQQQQQ", 1, 1, at, base, base, len(code), len(code), 8) + code


def meta(key: Pubkey, flags: str = "") -> AccountMeta:
    """Name an account; flags: s signs, w is writable."""
    return AccountMeta(key, "s" in flags, "w" in flags)
