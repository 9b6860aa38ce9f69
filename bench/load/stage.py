"""What the load tests run against: a node, a Redis, a gateway, an event whose sale is open."""

import asyncio
import contextlib
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx2
from conting_client import Rpc, save_keypair
from conting_gateway.redis import EmbeddedRedis, connect
from conting_gateway.tokens import TokenKeys
from conting_localnet import LocalnetProcess
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from bench.load.crowd import Requests
from tests.gateway.chain import Chain, Show, compiled_programs
from tests.gateway.support import sign_in

SESSION_SECONDS = 3600


@dataclass(frozen=True)
class Stage:
    """Processes that are running; `redis_pid` is 0 if Redis is not on this machine."""

    host: str
    port: int
    show: Show
    secret: bytes
    admission: Keypair
    challenge: Keypair
    challenge_file: Path
    rpc_url: str
    redis_url: str
    gateway_pids: Sequence[int]
    redis_pid: int

    @property
    def event(self) -> Pubkey:
        """The event whose room is open."""
        return self.show.address

    def session(self, wallet: str) -> str:
        """The token of somebody who signed in before the test."""
        keys = TokenKeys.from_secrets(self.secret)
        expires = str(int(time.time()) + SESSION_SECONDS)
        return keys.mint("session", wallet, secrets.token_hex(8), expires)

    def requests(self, users: int) -> Requests:
        """Joins of so many signed-in wallets, whose sessions are opened before the test."""
        path = f"/v1/events/{self.event}/queue"
        end = f" HTTP/1.1\r\nhost: {self.host}:{self.port}\r\naccept: */*\r\n"
        joins = []
        for _ in range(users):
            token = self.session(str(Pubkey(secrets.token_bytes(32))))
            joins.append(f"POST {path}/join{end}authorization: Bearer {token}\r\n\r\n".encode())
        return Requests(joins, f"GET {path}/status?ticket=".encode(), f"{end}\r\n".encode())


@contextlib.asynccontextmanager
async def raise_stage(*, rate: float, capacity: int, gateways: int = 1) -> AsyncIterator[Stage]:
    """Starts everything; Redis is the one of REDIS_URL, if that is set.

    The gateways share one port, as replicas on one machine do.
    """
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        redis_url = (
            os.environ.get("REDIS_URL") or stack.enter_context(EmbeddedRedis(folder / "redis")).url
        )
        node = stack.enter_context(LocalnetProcess(programs=compiled_programs(folder)))
        admission, challenge, secret = Keypair(), Keypair(), secrets.token_bytes(32)
        save_keypair(admission, folder / "admission.json")
        save_keypair(challenge, folder / "challenge.json")
        settings = {
            "REDIS_URL": redis_url,
            "RPC_URL": node.rpc_url,
            "SECRET": secret.hex(),
            "ADMISSION_KEY": str(folder / "admission.json"),
            "CHALLENGE_KEY": str(folder / "challenge.json"),
            "JOINS_PER_MINUTE": "1000000",
            "REQUESTS_PER_MINUTE": "100000000",
            "CHALLENGES_PER_MINUTE": "100000000",
            "SHARE_PORT": "true",
        }
        pids, port = [], "0"
        for number in range(gateways):
            log = str(folder / f"gateway{number}.log")
            gateway, url = stack.enter_context(run_gateway(log=log, PORT=port, **settings))
            pids.append(gateway.pid)
            port = url.rpartition(":")[2]
        async with Rpc(node.rpc_url) as rpc:
            show = await _open_sale(Chain(rpc), url, admission.pubkey(), rate, capacity)
        host, _, port = url.removeprefix("http://").partition(":")
        yield Stage(
            host=host,
            port=int(port),
            show=show,
            secret=secret,
            admission=admission,
            challenge=challenge,
            challenge_file=folder / "challenge.json",
            rpc_url=node.rpc_url,
            redis_url=redis_url,
            gateway_pids=pids,
            redis_pid=await _redis_pid(redis_url),
        )


@contextlib.contextmanager
def run_gateway(*, log: str, **settings: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A gateway process and its URL; it is stopped by SIGTERM."""
    environment = {name: v for name, v in os.environ.items() if not name.startswith("CONTING_")}
    settings = {"PORT": "0"} | settings
    environment |= {f"CONTING_{name}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "conting_gateway"]
    with (
        Path(log).open("a") as lines,
        subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=lines, text=True
        ) as process,
    ):
        assert process.stdout is not None
        try:
            ready = process.stdout.readline()
            assert ready, Path(log).read_text()
            yield process, json.loads(ready)["url"]
        finally:
            process.terminate()
            process.wait(60)


@contextlib.contextmanager
def run_helper(module: str, **environment: str) -> Iterator[tuple[int, int]]:
    """One of the servers beside this file; its process id and port."""
    command = [sys.executable, "-m", module]
    with subprocess.Popen(
        command,
        env=os.environ | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.pid, int(process.stdout.readline())
        finally:
            process.stdin.close()
            process.wait(30)


async def _open_sale(chain: Chain, url: str, admission: Pubkey, rate: float, capacity: int) -> Show:
    """An event, its waiting room with one early guest, its opening."""
    show = await chain.make_show(admission)
    path = f"/v1/events/{show.address}/queue"
    async with httpx2.AsyncClient(base_url=url, timeout=30) as http:
        headers = {"authorization": f"Bearer {await sign_in(http, show.organiser)}"}
        beacon = await chain.rpc.slot() + 50
        body = {"rate_per_second": rate, "capacity": capacity, "beacon_slot": beacon}
        (await http.put(path, json=body, headers=headers)).raise_for_status()
        await chain.advance_to(show.opens)
        while (await http.get(f"{path}/public")).json()["state"] != "open":  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    return show


async def _redis_pid(url: str) -> int:
    client = connect(url)
    try:
        pid = int((await client.info("server"))["process_id"])
    finally:
        await client.aclose()
    return pid if "127.0.0.1" in url else 0


def cpu_seconds(pids: Sequence[int]) -> float:
    """What processes have used so far, together."""
    return sum(map(_cpu_seconds, pids))


def _cpu_seconds(pid: int) -> float:
    if not pid:
        return 0.0
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
