"""What the concert is played on: a node, a Redis and a gateway, each a process of its own.

All of them end with the stage, however it ends: each reads a pipe that only this process holds.
"""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx2
from conting_client import Rpc, Wallet, deploy, save_keypair
from conting_compiler.driver import Compiled, compile_program
from conting_gateway.redis import EmbeddedRedis
from conting_localnet.process import LocalnetProcess
from solders.keypair import Keypair

from conting_cli.project import Project, development_seed

Say = Callable[[str], None]

GUARD: Final = (
    '"$@" </dev/null & child=$!; cat >/dev/null; kill "$child" 2>/dev/null; wait "$child"'
)
"""Runs a command until standard input ends: the pipe closes when its holder does."""
STOP_SECONDS: Final = 10
NOBODY: Final = "192.0.2.1"  # RFC 5737: no proxy stands before the demo's gateway
LAMPORTS: Final = 1_000_000_000  # in one SOL


class StageError(RuntimeError):
    """A part did not start; the message says which, and where its log is."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the node and the gateway listen; 0 is any free port."""

    rpc: int = 0
    gateway: int = 0


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that runs, and the ticket program on it."""

    folder: Path
    node: LocalnetProcess
    redis: EmbeddedRedis
    gateway_url: str
    gateway_pid: int
    admission: Keypair
    program: Compiled
    http: httpx2.AsyncClient

    @property
    def rpc_url(self) -> str:
        """The node's JSON-RPC address."""
        return self.node.rpc_url

    async def call_node(self, method: str, *params: object) -> object:
        """One JSON-RPC call that the client has no use for; raises StageError on a refusal."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = (await self.http.post(self.rpc_url, json=body)).json()
        if "error" in answer:
            raise StageError(f"{method}: {answer['error']}")
        return answer["result"]


@asynccontextmanager
async def raise_stage(
    project: Project, folder: Path, say: Say, ports: Ports
) -> AsyncIterator[Stage]:
    """Compiles and deploys the programs and starts everything; stops it all in the end."""
    say("compiling programs/family and programs/ticket")
    family = compile_program(project.program("family"))
    program = compile_program(project.program("ticket"))
    with LocalnetProcess(port=ports.rpc) as node, EmbeddedRedis(folder / "redis") as redis:
        say(f"a Solana node at {node.rpc_url}, Redis on loopback")
        for each in (family, program):
            address = await _deploy(node.rpc_url, each)
            say(f"deployed the {each.name} program, {len(each.elf):,} bytes, at {address}")
        admission = _make_keys(folder)
        env = _gateway_env(folder, node.rpc_url, redis.url, ports.gateway)
        async with httpx2.AsyncClient() as http:
            with run_gateway(env, folder / "gateway.log") as (url, pid):
                say(f"the gateway at {url}")
                yield Stage(folder, node, redis, url, pid, admission, program, http)


async def _deploy(rpc_url: str, program: Compiled) -> str:
    payer, keypair = Wallet.generate(), Keypair.from_seed(development_seed(program.name))
    async with Rpc(rpc_url) as rpc:
        await rpc.airdrop(payer.key, 100 * LAMPORTS)
        await deploy(rpc, payer, keypair, program.elf)
    return str(keypair.pubkey())


def _make_keys(folder: Path) -> Keypair:
    admission = Keypair()
    for name, keypair in (("admission", admission), ("challenge", Keypair())):
        path = folder / f"{name}.json"
        path.unlink(missing_ok=True)
        save_keypair(keypair, path)
    return admission


def _gateway_env(folder: Path, rpc_url: str, redis_url: str, port: int) -> dict[str, str]:
    return {
        "CONTING_RPC_URL": rpc_url,
        "CONTING_REDIS_URL": redis_url,
        "CONTING_PORT": str(port),
        "CONTING_ADMISSION_KEY": str(folder / "admission.json"),
        "CONTING_CHALLENGE_KEY": str(folder / "challenge.json"),
        "CONTING_SECRET": secrets.token_hex(32),
        "CONTING_TRUSTED_PROXIES": NOBODY,
    }


@contextmanager
def run_gateway(settings: Mapping[str, str], log: Path) -> Iterator[tuple[str, int]]:
    """A gateway process with these settings: its URL, and the pid of the shell that holds it."""
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 our own module
            ["/bin/sh", "-c", GUARD, "conting-gateway", sys.executable, "-m", "conting_gateway"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=out,
            env={**os.environ, **settings},
            start_new_session=True,  # Ctrl-C is for us; we stop the gateway in our own time
        )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line:
            raise StageError(f"the gateway did not start; see {log}")
        yield json.loads(line)["url"], process.pid
    finally:
        process.stdin.close()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()
        process.stdout.close()
