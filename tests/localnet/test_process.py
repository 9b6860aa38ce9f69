"""The node as a process: it says where it listens, stops when told, ends with its parent."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conting_localnet import Localnet, LocalnetProcess
from conting_localnet.process import LocalnetError

from tests.localnet.support import result

pytestmark = pytest.mark.slow

PARENT = """
import sys, time
from conting_localnet import LocalnetProcess
node = LocalnetProcess().start()
print(node.pid, flush=True)
time.sleep(60)
"""


def is_alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"


def wait_until_gone(pid: int) -> None:
    while is_alive(pid):
        time.sleep(0.01)


def test_it_answers_once_started_and_is_gone_once_stopped() -> None:
    with LocalnetProcess() as node:
        assert result(node.rpc_url, "getHealth") == "ok"
        pid = node.pid
        assert pid is not None
        rpc_port = int(node.rpc_url.rsplit(":", 1)[1])
        assert node.ws_url == f"ws://127.0.0.1:{rpc_port + 1}"
    assert not is_alive(pid)
    node.stop()


def test_kill_ends_it_at_once() -> None:
    node = LocalnetProcess().start()
    pid = node.pid
    assert pid is not None
    node.kill()
    assert not is_alive(pid)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_it_does_not_outlive_a_killed_parent() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert is_alive(pid)
        parent.kill()
    wait_until_gone(pid)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "conting_localnet", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        ready = json.loads(process.stdout.readline())
        assert ready["pid"] == process.pid
        os.kill(process.pid, number)
        assert process.wait() == 0
        assert process.stderr.read() == b""


def test_a_taken_port_is_said_in_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(LocalnetError):
        LocalnetProcess(port=(port := taken.getsockname()[1])).start()
    written = capfd.readouterr().err
    assert written.startswith(f"error: cannot listen on 127.0.0.1:{port}: ")
    assert len(written.splitlines()) == 1


@pytest.mark.anyio
async def test_it_runs_inside_a_loop_too() -> None:
    async with Localnet(port=0) as endpoints:
        reader = socket.create_connection((endpoints.host, endpoints.port + 1))
        reader.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((endpoints.host, endpoints.port))
