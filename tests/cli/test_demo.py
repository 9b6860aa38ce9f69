"""What `conting demo` does where it cannot play, or is told to end."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from conting_cli.demo import _alone_in
from conting_cli.demo.stage import Ports, raise_stage
from conting_cli.project import find_project

from tests.cli.project import make, start

ROOT = Path(__file__).parents[2]


def project(folder: Path) -> Path:
    """This one's programs in a folder where no other demo is."""
    for name in ("Anchor.toml", "programs"):
        (folder / name).symlink_to(ROOT / name)
    return folder


@pytest.mark.slow
def test_a_second_demo_in_a_folder_leaves_the_first_one_alone(tmp_path: Path) -> None:
    make(tmp_path)
    key = tmp_path / ".demo" / "keys" / "organiser.json"
    key.parent.mkdir(parents=True)
    key.write_text("[]")
    first = os.open(tmp_path / ".demo", os.O_RDONLY)
    fcntl.flock(first, fcntl.LOCK_EX)
    try:
        out, _ = start(tmp_path, "demo").communicate(timeout=60)
    finally:
        os.close(first)
    assert "conting: the concert stopped: another demo runs in" in out
    assert "Traceback" not in out
    assert key.read_text() == "[]"


def test_what_fails_in_a_concert_is_no_second_demo(tmp_path: Path) -> None:
    with pytest.raises(BlockingIOError), _alone_in(tmp_path):
        raise BlockingIOError


@pytest.mark.slow
@pytest.mark.anyio
async def test_nobody_names_an_address_of_theirs_to_the_demo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONTING_REQUESTS_PER_MINUTE", "1")
    stage = raise_stage(find_project(ROOT), tmp_path, lambda _: None, Ports())
    async with stage as raised, httpx2.AsyncClient(base_url=raised.gateway_url) as http:
        answers = [
            await http.get("/v1/keys", headers={"x-forwarded-for": f"198.51.100.{host}"})
            for host in range(3)  # a minute may end between two of them
        ]
    assert 429 in [answer.status_code for answer in answers]


@pytest.mark.slow
def test_a_demo_that_a_script_put_behind_itself_ends_when_it_is_told_to(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "conting_cli.main", "demo"]
    ignoring = ["/bin/sh", "-c", "trap '' INT; exec \"$@\"", "sh"]  # as a shell's `&` does
    left = tmp_path / ".demo" / "keys" / "organiser.json"
    left.parent.mkdir(parents=True)
    left.write_text("[]")
    process = subprocess.Popen(
        [*ignoring, *command], cwd=project(tmp_path), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert "compiling" in process.stdout.readline()
    process.terminate()
    process.communicate(timeout=120)
    assert process.returncode == 130
    assert not left.exists(), "it is of the last concert"


LOSING = """
import asyncio, contextlib, os, signal
from conting_cli.demo import _let_sigterm_end_us, _progress

async def play():
    say = _progress(_let_sigterm_end_us())
    os.kill(os.getpid(), signal.SIGTERM)
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.sleep(60)
    print("lost", flush=True)
    say("and went on")

try:
    asyncio.run(play())
except KeyboardInterrupt:
    print("ended")
"""


def test_a_demo_ends_though_its_cancellation_was_lost_on_the_way() -> None:
    """As `asyncio.wait_for` of Python 3.11 loses one where its answer comes in the same moment."""
    ended = subprocess.run(
        [sys.executable, "-c", LOSING], capture_output=True, text=True, timeout=50, check=True
    )
    assert ended.stdout.split() == ["lost", "ended"]
