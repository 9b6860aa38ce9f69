"""A node, a Redis and a gateway, each a process of its own, and the keys that tie them together."""

import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from conting_cli.demo.stage import GUARD, run_gateway
from conting_client import save_keypair
from solders.keypair import Keypair

UNLIMITED = "1000000"
NOTHING: Mapping[str, str] = MappingProxyType({})
SLOT_MS = 100
"""A quarter of mainnet's: transactions are confirmed sooner; the 150 blockhashes last 15 s."""


@dataclass(frozen=True)
class GatewayKeys:
    """The gateway's keys. The tests hold them too: as who stole them, or as who works there."""

    folder: Path
    admission: Keypair
    challenge: Keypair
    secret: str

    @classmethod
    def make(cls, folder: Path) -> "GatewayKeys":
        keys = cls(folder, Keypair(), Keypair(), secrets.token_hex(32))
        save_keypair(keys.admission, folder / "admission.json")
        save_keypair(keys.challenge, folder / "challenge.json")
        return keys

    def environment(self, rpc_url: str, redis_url: str) -> dict[str, str]:
        return {
            "CONTING_RPC_URL": rpc_url,
            "CONTING_REDIS_URL": redis_url,
            "CONTING_PORT": "0",
            "CONTING_ADMISSION_KEY": str(self.folder / "admission.json"),
            "CONTING_CHALLENGE_KEY": str(self.folder / "challenge.json"),
            "CONTING_SECRET": self.secret,
            "CONTING_SIGN_INS_PER_MINUTE": UNLIMITED,
            "CONTING_JOINS_PER_MINUTE": UNLIMITED,
        }


@dataclass(frozen=True)
class GatewayProcess:
    """A gateway, or an issuer, that runs, or ran."""

    url: str
    pid: int
    log: Path

    def kill(self) -> None:
        """Ends it as a crash would."""
        os.kill(self.pid, signal.SIGKILL)


@contextmanager
def gateway_process(
    keys: GatewayKeys,
    rpc_url: str,
    redis_url: str,
    *,
    environment: Mapping[str, str] = NOTHING,
    **settings: str,
) -> Iterator[GatewayProcess]:
    """A gateway with these keys on a free port; `run_gateway` ends it, whatever the test did.

    `settings` by their names without CONTING_; `environment` beside them.
    """
    log = keys.folder / f"gateway-{secrets.token_hex(4)}.log"
    more = {f"CONTING_{name}": value for name, value in settings.items()} | dict(environment)
    with run_gateway(keys.environment(rpc_url, redis_url) | more, log) as (url, guard):
        yield GatewayProcess(url, _child(guard, "conting_gateway"), log)


@contextmanager
def issuer_process(rpc_url: str, folder: Path) -> Iterator[str]:
    """A development issuer on a free port, with the keys of a folder; its URL."""
    with mortal_issuer(rpc_url, folder) as issuer:
        yield issuer.url


@contextmanager
def mortal_issuer(rpc_url: str, folder: Path) -> Iterator[GatewayProcess]:
    """Likewise; the test may kill it."""
    settings = {
        "CONTING_RPC_URL": rpc_url,
        "CONTING_ISSUER_PORT": "0",
        "CONTING_ISSUER_DATA_DIR": str(folder),
    }
    command = [sys.executable, "-m", "conting_gateway.issuer"]
    with (
        (folder / "issuer.log").open("wb") as log,
        subprocess.Popen(
            ["/bin/sh", "-c", GUARD, "issuer", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=os.environ | settings,
            start_new_session=True,
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            url = str(json.loads(process.stdout.readline())["url"])
            yield GatewayProcess(
                url, _child(process.pid, "conting_gateway.issuer"), folder / "issuer.log"
            )
        finally:
            process.stdin.close()


def _child(parent: int, word: str) -> int:
    """The process that `parent` started with this word on its command line."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    (found,) = (
        int(child) for child in children if word in Path(f"/proc/{child}/cmdline").read_text()
    )
    return found
