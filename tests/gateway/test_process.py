"""`python -m conting_gateway` as an operator runs it."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from conting_client import save_keypair
from conting_localnet import LocalnetProcess
from solders.keypair import Keypair
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "conting_gateway"]


def environment(**settings: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CONTING_")}
    clean.pop("REDIS_URL", None)
    return clean | {f"CONTING_{name}": value for name, value in settings.items()}


def refusal(**settings: str) -> str:
    """What a process says that does not start."""
    ended = subprocess.run(
        COMMAND,
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr
    return str(json.loads(ended.stderr.splitlines()[-1])["message"])


def test_it_tells_its_address_serves_and_ends_gracefully(
    node: LocalnetProcess, tmp_path: Path
) -> None:
    started = environment(
        PORT="0",
        RPC_URL=node.rpc_url,
        DATA_DIR=str(tmp_path),
        HOLD_SECOND="5",
        ISSUER_NAME="of another program",
    )
    with subprocess.Popen(
        COMMAND, env=started, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        ready = json.loads(process.stdout.readline())
        assert ready["ready"] is True
        url = ready["url"]
        assert os.sched_getscheduler(process.pid) == os.SCHED_BATCH
        itself = Path("/proc") / str(process.pid)
        assert "glibc.malloc.hugetlb=1" in (itself / "environ").read_text()
        (guard,) = (itself / "task" / itself.name / "children").read_text().split()  # of its Redis
        assert "hugetlb" not in (itself.parent / guard / "environ").read_text()
        assert httpx2.get(f"{url}/health").json() == {"status": "ok"}
        state = httpx2.get(f"{url}/ready")
        assert (state.status_code, state.json()["redis"], state.json()["rpc"]) == (200, True, True)
        secret = "session.0a0a0a0a.very.secret"
        asked = httpx2.get(f"{url}/v1/events/x/queue/status?ticket={secret}")
        assert asked.json()["error"] == "invalid_request"
        process.send_signal(signal.SIGTERM)
        lines = process.stderr.read().splitlines()
        assert process.wait(30) == 0
    assert all(json.loads(line) for line in lines)
    assert asked.headers["x-request-id"] in "".join(lines)
    assert secret not in "".join(lines)
    (told,) = (
        each["message"] for each in map(json.loads, lines) if "no setting" in each["message"]
    )
    assert told == "no setting of the gateway, and not heeded: CONTING_HOLD_SECOND"


def test_its_log_names_nobody_who_opens_a_channel(tmp_path: Path) -> None:
    started = environment(PORT="0", DATA_DIR=str(tmp_path))
    with subprocess.Popen(
        COMMAND, env=started, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        url = json.loads(process.stdout.readline())["url"].replace("http", "ws")
        ticket, secret = Keypair().pubkey(), "session.0a0a0a0a.very.secret"
        named = [secret, str(ticket)]
        for path in (f"/v1/tickets/{ticket}/presence", f"/nowhere/{ticket}"):
            with (
                contextlib.suppress(InvalidStatus),
                connect(f"{url}{path}?token={secret}", open_timeout=None) as socket,
            ):
                named.append("{}:{}".format(*socket.local_address))
        process.send_signal(signal.SIGTERM)
        log = process.stderr.read()
        assert process.wait(30) == 0
    routes = [json.loads(line).get("route") for line in log.splitlines()]
    assert "/v1/tickets/{ticket}/presence" in routes
    assert len(named) == 3
    assert not [each for each in named if each in log]


def test_an_address_that_is_taken_is_named(node: LocalnetProcess, tmp_path: Path) -> None:
    taken = node.rpc_url.removeprefix("http://")
    port = taken.rpartition(":")[2]
    said = refusal(PORT=port, RPC_URL=node.rpc_url, DATA_DIR=str(tmp_path))
    assert said == f"cannot listen on {taken}: Address already in use"


def test_production_refuses_what_was_left_open() -> None:
    said = refusal(ENV="production")
    for name in ("REDIS_URL", "RPC_URL", "ADMISSION_KEY", "CHALLENGE_KEY", "SECRET", "DOMAIN"):
        assert f"CONTING_{name}" in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET", "abcd"),
        ("SECRET", "no hex at all"),
        ("TICKET_PROGRAM", "no address"),
        ("PORT", "70000"),
        ("ENV", "prod"),
        ("DOMAIN", "https://tickets.example"),
        ("DOMAIN", "tickets.example/shop"),
        ("DOMAIN", "tickets example"),
        ("SHOP_SECONDS", "inf"),
        ("RPC_URL", "nonsense"),
        ("RPC_URL", "http://"),
        ("RPC_URL", "http://me:s3cret/s3cret@node.example"),
        ("WS_URL", "ws://me:[s3cret@node.example"),
        ("SECOND_RPC_URL", "ftp://node.example"),
        ("WS_URL", "http://node.example"),
        ("REDIS_URL", "nonsense"),
        ("REDIS_URL", "redis://:s3cret/s3cret@localhost:6379"),
        ("REDIS_URL", "redis+cluster://:s3cret@localhost:port"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(name: str, value: str) -> None:
    said = refusal(**{name: value})
    assert f": CONTING_{name}: " in said
    assert "s3cret" not in said
    if name == "SECRET":
        assert value not in said


def test_a_key_file_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    path.write_text("[1, 2, 3]")
    assert str(path) in refusal(ADMISSION_KEY=str(path), DATA_DIR=str(tmp_path))
    missing = tmp_path / "nothing.json"
    save_keypair(Keypair(), tmp_path / "good.json")
    said = refusal(
        ADMISSION_KEY=str(tmp_path / "good.json"),
        CHALLENGE_KEY=str(missing),
        DATA_DIR=str(tmp_path),
    )
    assert str(missing) in said


def test_sighup_has_it_read_its_keys_again_and_keep_them_where_it_cannot(tmp_path: Path) -> None:
    first, second = Keypair(), Keypair()
    save_keypair(first, tmp_path / "first.json")
    save_keypair(second, tmp_path / "second.json")
    ring = tmp_path / "ring.json"
    ring.write_text(json.dumps({"keys": [{"file": "first.json"}]}))
    started = environment(PORT="0", CHALLENGE_KEY=str(ring), DATA_DIR=str(tmp_path))
    with subprocess.Popen(
        COMMAND, env=started, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        url = json.loads(process.stdout.readline())["url"]

        def reload(text: str, *, until: str) -> list[str]:
            """Writes the ring, and reads the log until it says so."""
            assert process.stderr is not None
            ring.write_text(text)
            process.send_signal(signal.SIGHUP)
            while until not in json.loads(process.stderr.readline())["message"]:
                pass
            return [key["key"] for key in httpx2.get(f"{url}/v1/keys").json()["challenge"]]

        both = {"keys": [{"file": "first.json"}, {"file": "second.json", "from": 1}]}
        told = [str(second.pubkey()), str(first.pubkey())]
        assert reload(json.dumps(both), until="key is now") == told
        assert reload("{", until="stays as it was") == told
        process.send_signal(signal.SIGTERM)
        process.stderr.read()
        assert process.wait(30) == 0


def test_a_key_in_the_keychain_is_turned_by_sighup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyrings.alt.file.PlaintextKeyring")
    monkeypatch.setenv("KEYRING_PROPERTY_FILE_PATH", str(tmp_path / "keychain.cfg"))
    entry = {"CHALLENGE_KEY": "keychain:conting/challenge", "DATA_DIR": str(tmp_path)}
    said = refusal(**entry)
    assert "keychain:conting/challenge" in said
    assert "no such entry" in said

    def keyring(text: str) -> None:
        """As docs/keys.md has an operator fill the keychain."""
        command = [sys.executable, "-m", "keyring", "set", "conting", "challenge"]
        subprocess.run(command, input=text, text=True, timeout=60, check=True)

    first, second = Keypair(), Keypair()
    keyring(first.to_json())
    with subprocess.Popen(
        COMMAND,
        env=environment(PORT="0", **entry),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        url = json.loads(process.stdout.readline())["url"]

        def published() -> list[str]:
            return [key["key"] for key in httpx2.get(f"{url}/v1/keys").json()["challenge"]]

        assert published() == [str(first.pubkey())]
        keyring(second.to_json())
        process.send_signal(signal.SIGHUP)
        while "key is now" not in json.loads(process.stderr.readline())["message"]:
            pass
        assert published() == [str(second.pubkey())]
        process.send_signal(signal.SIGTERM)
        process.stderr.read()
        assert process.wait(30) == 0
