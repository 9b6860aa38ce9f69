"""`conting demo` as a person runs it: what it shows, how it ends, and that nothing outlives it."""

import fcntl
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import zxingcpp
from conting_client import Pass, load_keypair
from PIL import Image

pytestmark = pytest.mark.slow

PROGRAMS = Path(__file__).parents[2] / "programs"
CONTING = Path(sys.executable).with_name("conting")
MARK = "CONTING_TEST_MARK"
LIFETIME_SECONDS = 400
"""After which a demo that hangs is killed, so that the tests go on."""
LAST_BREATH_SECONDS = 20
"""In which everything has to be gone after the demo, on however busy a machine."""

EXPECTED_REFUSALS = {
    "buy without admission": "not_admitted",
    "pay less than the price (through the gateway)": "price_above_limit",
    "pay less than the price (straight to the chain)": "price_above_limit",
    "the same seat twice at once": "seat_held",
    "move the NFT out of the wallet": "account_frozen",
    "a screenshot shown after it expired": "expired",
    "the same pass at two gates at once": "replayed",
    "another ticket's id with one's own live pass": "bad_signature",
    "enter with a refunded ticket (through the gateway)": "refunded",
    "enter with a refunded ticket (straight to the chain)": "ticket_cooling",
}
"""The cheats of the demo, and by what each has to be refused."""


@dataclass(frozen=True)
class Demo:
    """A demo that runs, in a project folder of its own."""

    process: "subprocess.Popen[str]"
    folder: Path
    mark: str

    def wait_for(self, text: str) -> list[str]:
        """The lines that it prints up to the first with this text."""
        assert self.process.stdout is not None
        lines: list[str] = []
        for line in self.process.stdout:
            lines.append(line.rstrip())
            if text in line:
                return lines
        pytest.fail("\n".join([f"it ended without '{text}'", *lines, self.complaints()]))

    def finish(self) -> str:
        """The rest of what it prints."""
        assert self.process.stdout is not None
        rest = self.process.stdout.read()
        self.process.wait()
        return rest

    def complaints(self) -> str:
        return (self.folder / "stderr").read_text()

    def press_ctrl_c(self) -> None:
        """As a terminal does it: the signal goes to everybody in the foreground."""
        os.killpg(self.process.pid, signal.SIGINT)

    def survivors(self) -> list[str]:
        """Command lines of what was started with the demo's environment and is still there."""
        return [_command(folder) for folder in _processes() if self._started(folder)]

    def _started(self, folder: Path) -> bool:
        try:
            return f"{MARK}={self.mark}".encode() in (folder / "environ").read_bytes()
        except OSError:  # it has ended meanwhile
            return False

    def assert_nothing_is_left(self) -> None:
        end = time.monotonic() + LAST_BREATH_SECONDS
        while self.survivors() and time.monotonic() < end:
            time.sleep(0.05)
        assert self.survivors() == []


def _processes() -> Iterator[Path]:
    return (folder for folder in Path("/proc").iterdir() if folder.name.isdigit())


def _command(folder: Path) -> str:
    try:
        return (folder / "cmdline").read_text().replace("\0", " ")
    except OSError:
        return "ended"


@contextmanager
def demo(project: Path, *arguments: str) -> Iterator[Demo]:
    """Runs `conting demo` in an otherwise empty project with our programs."""
    (project / "programs").symlink_to(PROGRAMS)
    mark = secrets.token_hex(8)
    with (project / "stderr").open("w") as stderr:
        process = subprocess.Popen(
            [CONTING, "demo", *arguments],
            cwd=project,
            env={**os.environ, MARK: mark},
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            start_new_session=True,
        )
    watchdog = threading.Timer(LIFETIME_SECONDS, process.kill)
    watchdog.start()
    try:
        with process:
            yield Demo(process, project, mark)
            process.kill()
    finally:
        watchdog.cancel()


def test_the_demo_plays_a_concert(tmp_path: Path) -> None:
    with demo(tmp_path) as running:
        said = running.finish()
        assert running.process.returncode == 0, said + running.complaints()
        running.assert_nothing_is_left()
    assert running.complaints() == ""
    assert re.search(r"^seats sold +60 of 60$", said, re.MULTILINE)
    assert re.search(r"^given back +1$", said, re.MULTILINE)
    assert re.search(r"^entered +59$", said, re.MULTILINE)
    assert re.search(r"^ +sold_out +40$", said, re.MULTILINE)
    for instruction in ("buy", "check_in", "refund"):
        assert re.search(rf"^ +{instruction} +[\d,]+ +[\d,]+$", said, re.MULTILINE)
    for title, reason in EXPECTED_REFUSALS.items():
        assert re.search(rf" refused: {re.escape(title)}.*: {reason}$", said, re.MULTILINE), title
    _check_qr_codes(tmp_path / ".demo")


def _check_qr_codes(folder: Path) -> None:
    """Read by another library than wrote them: a true pass of the demo's own gateway."""
    pictures = sorted((folder / "passes").glob("*.png"))
    assert pictures
    challenge_key = load_keypair(folder / "challenge.json").pubkey()
    for picture in pictures:
        with Image.open(picture) as image:
            (found,) = zxingcpp.read_barcodes(image)
        assert found.format == zxingcpp.BarcodeFormat.QRCode
        shown = Pass.decode(found.bytes)
        shown.challenge.verify(challenge_key)
    assert len({picture.read_bytes() for picture in pictures}) == len(pictures)


def test_ctrl_c_ends_the_demo_and_all_that_it_started(tmp_path: Path) -> None:
    with demo(tmp_path) as running:
        running.wait_for("fans wait")
        running.press_ctrl_c()
        running.finish()
        assert running.process.returncode == 130
        running.assert_nothing_is_left()
    assert running.complaints() == ""


def test_sigterm_ends_the_demo_and_all_that_it_started(tmp_path: Path) -> None:
    with demo(tmp_path) as running:
        running.wait_for("a Solana node at")
        running.process.terminate()
        running.finish()
        assert running.process.returncode == 130
        running.assert_nothing_is_left()
    assert running.complaints() == ""


def test_killing_the_demo_ends_all_that_it_started(tmp_path: Path) -> None:
    with demo(tmp_path) as running:
        running.wait_for("the gateway at")
        everybody = "\n".join(running.survivors())
        for name in ("conting demo", "conting_localnet", "conting_gateway", "redis.conf"):
            assert name in everybody
        running.process.kill()
        running.process.wait()
        running.assert_nothing_is_left()


@contextmanager
def fixed_ports() -> Iterator[None]:
    """The ports of --serve are ours; skips the test where another run or program has them."""
    path = Path(tempfile.gettempdir(), f"conting-serve-{os.getuid()}.lock")
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for port in (8000, 8899, 8900):
                _try_port(port)
        except OSError as error:
            pytest.skip(f"--serve needs ports 8000, 8899 and 8900: {error}")
        yield


def _try_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))


def test_serve_goes_on_after_the_concert_until_ctrl_c(tmp_path: Path) -> None:
    with fixed_ports(), demo(tmp_path, "--serve") as running:
        said = "\n".join(running.wait_for("running until Ctrl-C"))
        assert re.search(r"^seats sold +60 of 60$", said, re.MULTILINE)
        urls = dict(re.findall(r"^(gateway|node) +(http://\S+)", said, re.MULTILINE))
        assert urls == {"gateway": "http://127.0.0.1:8000", "node": "http://127.0.0.1:8899"}
        for path in ("/health", "/ready", "/docs"):
            assert _get(urls["gateway"] + path) == 200
        assert _health_of_node(urls["node"]) == b'"ok"'
        _play_on(tmp_path, said)
        assert running.process.poll() is None
        running.press_ctrl_c()
        running.finish()
        assert running.process.returncode == 130
        running.assert_nothing_is_left()
    assert running.complaints() == ""


def _play_on(folder: Path, said: str) -> None:
    """Somebody who came late gets in, by the commands alone and with what the demo left."""
    (event,) = re.findall(r"^event +(\S+)$", said, re.MULTILINE)
    (fan, ticket), *_ = re.findall(r"^  (fan \d+)  ticket (\S+)$", said, re.MULTILINE)
    keys = folder / ".demo" / "keys"
    name, gate = fan.replace(" ", "-"), keys / "gate-A.json"
    wallet, phone = keys / f"{name}-wallet.json", keys / f"{name}-phone.json"
    at = ("--ticket", ticket, "--phone", phone, "--wallet", wallet)
    picture = folder / "pass.png"
    _conting("phone", "pass", *at, "--out", picture)
    there = ("--gateway", "http://127.0.0.1:8000", "--rpc", "http://127.0.0.1:8899")
    scanner = ("--event", event, "--key", gate, *there, "--patience", "60")
    lines = _conting("gate", "scan", *scanner, said=f"{picture}\n").splitlines()
    assert lines[0].startswith("ready")
    assert lines[1].startswith("IN "), lines


def _conting(*words: str | Path, said: str = "") -> str:
    ended = subprocess.run(
        [CONTING, *map(str, words)], input=said, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def _get(url: str) -> int:
    with urllib.request.urlopen(url) as answer:
        return int(answer.status)


def _health_of_node(url: str) -> bytes:
    body = b'{"jsonrpc":"2.0","id":1,"method":"getHealth"}'
    request = urllib.request.Request(url, body, {"content-type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        found = re.search(rb'"result":\s*("ok")', answer.read())
    return found[1] if found else b""
