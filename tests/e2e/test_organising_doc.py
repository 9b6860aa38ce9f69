"""docs/organising.md: what an organiser copies from there makes a show that sells."""

import re
import sys
from asyncio import create_subprocess_exec, subprocess
from pathlib import Path

import pytest
from conting_client import save_keypair
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.e2e.people import Town

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

DOC = Path(__file__).parents[2] / "docs" / "organising.md"


async def test_the_script_of_the_page_announces_a_show(town: Town, tmp_path: Path) -> None:
    (script,) = re.findall(r"```python\n(.+?)```", DOC.read_text(), re.DOTALL)
    for told, here in (
        ("http://127.0.0.1:8899", town.rpc.url),
        ("http://127.0.0.1:8000", town.url),
    ):
        assert script.count(told) == 1
        script = script.replace(told, here)
    (tmp_path / "announce.py").write_text(script)
    save_keypair(Keypair(), tmp_path / "organiser.json")
    process = await create_subprocess_exec(
        sys.executable,
        "announce.py",
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, problems = await process.communicate()
    assert process.returncode == 0, problems.decode()
    event, kept = out.decode().splitlines()
    room = (await town.http.get(f"{town.url}/v1/events/{event}/queue/public")).json()
    assert (room["state"], f"commit {room['commit']}, beacon" in kept) == ("collecting", True)
    found = await town.tickets.event(Pubkey.from_string(event))
    assert (found.data.sections, found.data.limit) == (1, 2)
