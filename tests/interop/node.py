"""The real node of ../shared/tools/real-node: set up once, started empty, ended with us.

It is agave 2.2.1 behind JSON-RPC: SBPF v0 only, loader v3 only. Its gaps are in
../shared/facts/tooling.md, section 2.4: its ed25519 precompile checks no signature.
"""

import json
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

ROOT: Final = Path(__file__).parents[2]
SCRIPTS: Final = ROOT.parent / "shared" / "tools" / "real-node"
TOOLS: Final = ROOT / ".real-node"
ANCHOR: Final = TOOLS / "bin" / "anchor"

_GRPC: Final = 1102  # start.sh puts a third port this far above the first
_START_SECONDS: Final = 30.0
_GUARD: Final = (
    '"$@" </dev/null & child=$!; cat >/dev/null; kill "$child" 2>/dev/null; wait "$child"'
)
"""Runs a command until standard input ends: the pipe closes when its holder does."""


def is_available() -> bool:
    """Whether the scripts that set the node up lie beside the repository."""
    return SCRIPTS.is_dir()


def install() -> None:
    """Sets the node and the Anchor CLI up, unless they are there: 20 to 50 s, 220 MB."""
    if (TOOLS / ".installed").exists():
        return
    subprocess.run(["bash", str(SCRIPTS / "setup.sh"), str(TOOLS)], check=True)
    (TOOLS / ".installed").touch()


@contextmanager
def running() -> Iterator[str]:
    """The URL of a node with an empty ledger; its websocket is one port higher."""
    with TemporaryDirectory() as folder:
        port = _free_port()
        process = subprocess.Popen(
            ["bash", "-c", _GUARD, "-", str(SCRIPTS / "start.sh"), str(TOOLS), str(port)],
            env=os.environ | {"TMPDIR": folder, "RUST_LOG": "error"},
            stdin=subprocess.PIPE,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(url, process)
            yield url
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait()


def _free_port() -> int:
    """A port that is free, and so are the next and the one at _GRPC."""
    while True:
        with socket.socket() as first:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
        if port + _GRPC < 2**16 and all(_is_free(port + gap) for gap in (0, 1, _GRPC)):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if _is_healthy(url):
            return
        time.sleep(0.1)
    raise RuntimeError(f"the real node did not start (exit code {process.poll()})")


def _is_healthy(url: str) -> bool:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "getHealth"}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=1) as answer:
            return bool(json.load(answer).get("result") == "ok")
    except OSError:
        return False


if __name__ == "__main__":
    install()
