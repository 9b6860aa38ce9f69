"""An issuer that is killed in the middle of its work, as a process: what stands on chain counts."""

import asyncio
import json
import resource
import secrets
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from conting_client import GatewayRefused, GatewayUnavailable, Rpc, WalletError, save_keypair
from conting_client.families import NO_LEAF, Role, read_tree
from conting_client.issuer_api import IssuerClient, Somebody
from conting_gateway.issuer.keys import SECRET_BYTES, IssuerKeys
from conting_localnet import LocalnetProcess
from solders.keypair import Keypair

from tests.disk import small_disk
from tests.e2e.house import GatewayProcess, mortal_issuer
from tests.gateway.chain import SOL
from tests.gateway.issuer.test_settings import settings_for, start
from tests.gateway.orders.line import Line, carried

pytestmark = pytest.mark.slow

PATIENCE = 300.0  # seconds
SOME = 5  # slots
A_BYTE = 1.0  # seconds; no client gives a node up that is heard so often


@asynccontextmanager
async def office(rpc_url: str, folder: Path) -> AsyncIterator[tuple[GatewayProcess, IssuerClient]]:
    """An issuer with the keys of a folder, and its client.

    It starts and ends in a thread: it asks the chain over a line that this loop carries.
    """
    issuer = mortal_issuer(rpc_url, folder)
    process = await asyncio.to_thread(issuer.__enter__)
    try:
        async with IssuerClient(process.url, timeout=PATIENCE) as client:
            yield process, client
    finally:
        await asyncio.to_thread(issuer.__exit__, None, None, None)


async def somebody(rpc: Rpc) -> Somebody:
    wallet = Keypair()
    await rpc.airdrop(wallet.pubkey(), SOL)
    return Somebody(wallet, Keypair())


async def lamports(rpc: Rpc, who: Somebody) -> int:
    account = await rpc.account(who.wallet.pubkey())
    assert account is not None
    return account.lamports


class Deadly(Line):
    """Whoever sends a transaction over it is killed once the node has it: the answer is lost."""

    victim: GatewayProcess | None = None

    async def _ask(self, request: bytes) -> bytes:
        answer = await super()._ask(request)
        if b'"sendTransaction"' in request and self.victim is not None:
            self.victim.kill()
        return answer


@dataclass(frozen=True)
class Drill:
    """An issuer that dies again and again; `folder` is all that it has."""

    rpc: Rpc
    line: Deadly
    folder: Path

    async def kill_in(self, ask: Callable[[IssuerClient], Awaitable[object]]) -> None:
        """Until the chain has what was asked for."""
        async with office(self.line.url, self.folder) as (process, issuer):
            self.line.victim = process
            with pytest.raises(GatewayUnavailable):
                await ask(issuer)
            self.line.victim = None
        landed = await self.rpc.slot(commitment="processed") + SOME
        async with asyncio.timeout(PATIENCE):
            while await self.rpc.slot() < landed:  # noqa: ASYNC110 the node tells it in no other way
                await asyncio.sleep(0.05)

    def again(self) -> AbstractAsyncContextManager[tuple[GatewayProcess, IssuerClient]]:
        return office(self.rpc.url, self.folder)


@pytest.fixture
async def drill(node: LocalnetProcess, tmp_path: Path) -> AsyncIterator[Drill]:
    async with Rpc(node.rpc_url) as rpc, carried(Deadly(node.rpc_url)) as line:
        yield Drill(rpc, line, tmp_path)


@pytest.mark.anyio
async def test_what_an_issuer_attested_when_it_died_is_attested_once(drill: Drill) -> None:
    """A person, a family and a member: each time it dies after the chain has it."""
    papers, guardian = "passport " + secrets.token_hex(8), Keypair()
    who, other = await somebody(drill.rpc), await somebody(drill.rpc)
    await drill.kill_in(lambda issuer: issuer.attest(who, papers))
    async with drill.again() as (_, issuer):
        before = await lamports(drill.rpc, who)
        person = await issuer.attest(who, papers)
        assert await lamports(drill.rpc, who) == before  # nothing is paid again
        with pytest.raises(GatewayRefused, match="attested_already"):
            await issuer.attest(other, papers)
    await drill.kill_in(lambda issuer: issuer.found_family(who, person, guardian))
    async with drill.again() as (_, issuer):
        kin = await issuer.found_family(who, person, guardian)
        with pytest.raises(GatewayRefused, match="family_exists"):
            await issuer.found_family(who, person, Keypair())
    role = Role.GUARDIAN
    await drill.kill_in(lambda issuer: issuer.join(kin, who, person, role, guardian))
    async with drill.again() as (_, issuer):
        proof = await issuer.join(kin, who, person, role, guardian)
        assert [leaf for leaf in (await read_tree(drill.rpc, kin)).leaves if leaf != NO_LEAF] == [
            proof.leaf
        ]
        await issuer.consent(who, proof)


class Dripping(Line):
    """Once it is cut, answers on new connections come a byte at a time, and never to an end."""

    def __init__(self, node_url: str) -> None:
        super().__init__(node_url)
        self.has_begun = asyncio.Event()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.is_cut:
            await super().carry(reader, writer)
            return
        self.has_begun.set()
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
        with suppress(ConnectionError):
            while True:
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(A_BYTE)


@pytest.mark.anyio
async def test_it_ends_when_told_to_though_its_node_never_comes_to_an_end(
    node: LocalnetProcess, tmp_path: Path
) -> None:
    async with (
        Rpc(node.rpc_url) as rpc,
        carried(Dripping(node.rpc_url)) as line,
    ):
        who = await somebody(rpc)
        with start(settings_for(line.url, tmp_path)) as process:
            assert process.stdout is not None
            ready = await asyncio.to_thread(process.stdout.readline)
            line.is_cut = True
            async with IssuerClient(json.loads(ready)["url"], timeout=PATIENCE) as issuer:
                asked = asyncio.create_task(issuer.attest(who, "a passport"))
                await line.has_begun.wait()
                process.send_signal(signal.SIGTERM)
                assert await asyncio.to_thread(process.wait, PATIENCE) == 0
                with pytest.raises(GatewayUnavailable):
                    await asked


KEY_FILES = ["authority.json", "help-desk.json", "secret"]
"""In the order in which they are made."""

MAKE_KEYS = """
import secrets, sys
from pathlib import Path
from conting_gateway.issuer.keys import IssuerKeys
IssuerKeys.at(Path(sys.argv[1]), secrets.token_bytes)
"""


def make_keys(folder: Path, most_bytes: int = resource.RLIM_INFINITY) -> int:
    """What a first start does, where files can have so many bytes; the exit code."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

    command = [sys.executable, "-B", "-c", MAKE_KEYS, str(folder)]
    return subprocess.run(
        command,
        stderr=subprocess.DEVNULL,
        preexec_fn=limit,
        check=False,
    ).returncode


def test_keys_are_on_disk_whole_or_not_at_all(tmp_path: Path) -> None:
    """The disk is full at the first start: a part of the secret would be one that others guess."""
    assert make_keys(tmp_path, 100) != 0  # the first key does not fit
    assert not list(tmp_path.iterdir())
    for name in ("authority.json", "help-desk.json"):
        save_keypair(Keypair(), tmp_path / name)
    assert make_keys(tmp_path, 40) != 0  # the secret does not fit
    assert not (tmp_path / "secret").exists()
    made = IssuerKeys.at(tmp_path, secrets.token_bytes)
    assert len(made.secret) == SECRET_BYTES
    assert IssuerKeys.at(tmp_path, secrets.token_bytes) == made


def test_keys_are_whole_or_not_there_on_a_disk_that_is_really_full(tmp_path: Path) -> None:
    """None fits, and then one more each time."""
    with small_disk(tmp_path / "disk") as disk:
        folder, made = disk.folder / "issuer", dict[str, bytes]()
        folder.mkdir()
        for count in range(len(KEY_FILES)):
            disk.fill(but=min(count, 1))
            assert make_keys(folder) != 0
            found = {each.name: each.read_bytes() for each in folder.iterdir()}
            assert set(found) == set(KEY_FILES[:count])
            assert made.items() <= found.items()
            made = found
        disk.make_room()
        assert make_keys(folder) == 0
        keys = IssuerKeys.at(folder, secrets.token_bytes)
        assert len(keys.secret) == SECRET_BYTES
        found = {each.name: each.read_bytes() for each in folder.iterdir()}
        assert set(found) == set(KEY_FILES)
        assert made.items() <= found.items()


@pytest.mark.parametrize("found", ["", "00" * (SECRET_BYTES - 1), "no hex"])
def test_a_secret_that_is_not_whole_is_refused(tmp_path: Path, found: str) -> None:
    """As a crash of an older issuer may have left it."""
    (tmp_path / "secret").write_text(found)
    with pytest.raises(WalletError, match="secret"):
        IssuerKeys.at(tmp_path, secrets.token_bytes)
