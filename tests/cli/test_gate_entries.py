"""`conting gate scan` and the chain: nobody waits for it without an end, and nothing is untold."""

import asyncio
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conting_cli.gate import scan
from conting_cli.gate.words import Teller
from conting_cli.main import main
from conting_client import save_keypair
from conting_client.gate_api import GateClient
from conting_client.scanner import Connection, GateLog, Outside, ScanVerdict
from conting_client.scanner.verdicts import Holder
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.client.offline_world import NOW, World

PEOPLE = 40
A_LITTLE = 0.3  # seconds


class Writer:
    """Writes one entry in each round, and takes its time."""

    def __init__(self, _key: Keypair, log: GateLog, *_: object) -> None:
        self.log = log

    async def round(self) -> int:
        await asyncio.sleep(0.1)
        self.log.mark(self.log.without("entry", 1)[0].sequence, "entry")
        return 1


class Broken(Writer):
    """What it reads, nobody thought of."""

    async def round(self) -> int:
        raise ValueError("what is this")


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., list[dict[str, Any]]]:
    """Lines in, lines out, of a scanner that has let people in; `writer` is its way to a node."""
    world, path = World(), tmp_path / "gate.log"
    save_keypair(world.gate, tmp_path / "gate.json")
    log = GateLog(path, event=world.event, gate=world.gate.pubkey(), session=0)
    for _ in range(PEOPLE):
        ticket = Pubkey.new_unique()
        holder = Holder(world.person, world.phone.key)
        verdict = ScanVerdict(None, NOW, ticket=ticket, offline=True, holder=holder)
        shown = world.shown(ticket=ticket).encode()
        assert log.admit(world.gate, verdict, shown=shown, after=b"")
    log.close()

    def run(writer: type[Writer], *lines: str) -> list[dict[str, Any]]:
        monkeypatch.setattr(scan, "EntryWriter", writer)
        monkeypatch.setattr(scan, "LAST_SECONDS", A_LITTLE)
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        asked = ["gate", "scan", "--event", str(world.event), "--key", str(tmp_path / "gate.json")]
        asked += ["--log", str(path), "--rpc", "http://127.0.0.1:9", "--json"]
        asked += ["--every", "3600"]  # nothing is written but what a line asks for
        assert main(asked) == 0
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return run


def test_an_end_and_a_finish_wait_some_seconds_for_the_chain_and_say_what_is_left(
    run: Callable[..., list[dict[str, Any]]],
) -> None:
    told = run(Writer, "/finish")
    (finish,) = (each for each in told if "finished" in each)
    (left,) = (each for each in told if "left" in each)
    assert not finish["finished"]
    assert PEOPLE > finish["to_write"] > left["left"] > 0


def test_a_sync_writes_now_and_each_status_says_what_is_left(
    run: Callable[..., list[dict[str, Any]]],
) -> None:
    told = run(Writer, "/status", "/sync", "/sync")
    found = [each["status"] for each in told if "status" in each]
    assert [each["to_write"] for each in found] == [PEOPLE - 1, PEOPLE - 2, PEOPLE - 3]
    assert [each["to_hand_over"] for each in found] == [PEOPLE] * 3


def test_what_nobody_foresaw_is_told_and_ends_no_scanner(
    run: Callable[..., list[dict[str, Any]]],
) -> None:
    told = run(Broken, "/sync", "/finish")
    assert {each["detail"] for each in told if each.get("alarm") == "unexpected"} == {
        "ValueError: what is this"
    }
    assert told[-1] == {"left": PEOPLE}
    assert any(each.get("status", {}).get("to_write") == PEOPLE for each in told)


def test_a_task_that_fails_is_told_and_goes_on() -> None:
    out, rounds = io.StringIO(), 0

    async def do() -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 3:
            raise asyncio.CancelledError
        raise ZeroDivisionError(f"round {rounds}")

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(scan._repeat(do, 0.01, Teller(out, as_json=True)))
    told = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [each["alarm"] for each in told] == ["unexpected"] * 2
    assert told[0]["detail"] == "ZeroDivisionError: round 1"


@pytest.mark.parametrize(
    ("has_gateway", "writes", "done", "to_write", "finished", "word"),
    [
        (True, True, True, 0, True, "everything is handed over"),
        (False, True, True, 0, True, "everything is on chain"),
        (True, True, False, 0, False, "not finished: the gateway has not taken all"),
        (True, True, True, 2, False, "not finished: 2 entries are not on chain yet"),
        (True, False, True, 2, True, "everything is handed over; 2 entries are not on chain: st"),
        (False, True, True, 2, False, "not finished: 2 entries are not on chain yet"),
        (False, False, True, 2, False, "not finished: 2 entries are not on chain: start it"),
    ],
)
def test_a_night_is_finished_when_the_gateway_and_the_chain_have_everything(
    *, has_gateway: bool, writes: bool, done: bool, to_write: int, finished: bool, word: str
) -> None:
    """Without a node the gateway is enough: its key, its log and a node are for the rest."""
    plain, as_json = io.StringIO(), io.StringIO()
    gateway = GateClient("http://127.0.0.1:9") if has_gateway else None
    connection = Connection(Keypair(), Outside(gateway, lambda *_: None, bytes))
    for out in (plain, as_json):
        teller = Teller(out, as_json=out is as_json)
        teller.finished(connection, done=done, to_write=to_write, writes=writes)
    assert plain.getvalue().startswith(word)
    assert json.loads(as_json.getvalue()) == {"finished": finished, "to_write": to_write}
