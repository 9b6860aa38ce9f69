"""A scanner alone with its disk and its node: full, gone, or silent. Real processes."""

import json
import resource
import signal
import socket
import subprocess
import sys
import time
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from conting_client import DeviceKey, GateChallenge, ManifestHead, TicketLine, save_keypair
from conting_client.generated.ticket import TicketState
from conting_client.manifest import ManifestBuilder, pack_lines
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.client.offline_world import HOME, World
from tests.disk import small_disk

pytestmark = pytest.mark.slow

INTERRUPTED = 130
PEOPLE = 120
LITTLE = 600_000  # bytes that a file may have: the empty log fits, and some scans
FAR = 2**40  # Unix seconds
NODE_PATIENCE = 20.0  # seconds: less than a client waits for a node, which it asks three times


@dataclass
class Crowd:
    """People with phones without a network, and the only gate of their event."""

    world: World
    phones: dict[Pubkey, DeviceKey]
    folder: Path
    log: Path
    more: list[str] = field(default_factory=list)
    """Options of the scanner."""

    def command(self) -> list[str]:
        return [
            *(sys.executable, "-m", "conting_cli.main"),
            *("gate", "scan", "--json", "--event", str(self.world.event)),
            *("--key", str(self.folder / "gate.json"), "--log", str(self.log)),
            *("--manifest", str(self.folder / "manifest")),
            *("--organiser", str(self.world.gateway.pubkey())),
            *self.more,
        ]


@pytest.fixture
def crowd(tmp_path: Path) -> Crowd:
    world = World()
    phones = {Pubkey.new_unique(): DeviceKey(Keypair()) for _ in range(PEOPLE)}
    builder = ManifestBuilder(world.event, 0, 1)
    for seat, (ticket, phone) in enumerate(phones.items()):
        line = TicketLine(TicketState.ISSUED, HOME, 0, seat, phone.key, Pubkey.new_unique())
        builder.add(ticket, line)
    found = builder.build()
    head: ManifestHead = world.head(found, valid_until=FAR, doors=0, ends=FAR)
    document = {
        "head": b64encode(head.encode()).decode(),
        "signature": b64encode(bytes(head.sign(world.gateway))).decode(),
        "full": True,
        "tickets": b64encode(pack_lines(found.tickets)).decode(),
        "entries": "",
    }
    (tmp_path / "manifest").write_text(json.dumps(document))
    save_keypair(world.gate, tmp_path / "gate.json")
    return Crowd(world, phones, tmp_path, tmp_path / "log")


class Process:
    """`conting gate scan`, one line in and one line out; alarms go by."""

    def __init__(self, crowd: Crowd, most_bytes: int | None = None) -> None:
        self.crowd = crowd
        self.alarms: list[str] = []

        def limit() -> None:
            if most_bytes is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

        self.process = subprocess.Popen(
            crowd.command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=limit,  # noqa: PLW1509 nothing else runs in this process
        )
        assert self.hear()["ready"]

    def say(self, line: str) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.hear()

    def hear(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        while line := self.process.stdout.readline():
            told: dict[str, Any] = json.loads(line)
            if "alarm" not in told:
                return told
            self.alarms.append(told["alarm"])
        pytest.fail("the scanner ended")

    def let_in(self, ticket: Pubkey) -> str:
        """The reason, or `admitted`."""
        shown = GateChallenge.decode(b64decode(self.say("/screen")["screen"]))
        phone, event = self.crowd.phones[ticket], self.crowd.world.event
        answer = phone.answer_gate(shown, event=event, ticket=ticket).encode()
        told = self.say(b64encode(answer).decode())
        return str(told.get("reason", told["verdict"]))

    def end(self, *, kill: bool = False) -> None:
        if kill:
            self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()
        self.process.wait()


def test_who_cannot_be_written_down_is_not_let_in(crowd: Crowd) -> None:
    gate = Process(crowd, LITTLE)
    said = {ticket: gate.let_in(ticket) for ticket in crowd.phones}
    assert gate.alarms
    assert set(gate.alarms) == {"log_full"}
    gate.end(kill=True)
    assert set(said.values()) == {"admitted", "log_full"}

    gate = Process(crowd)  # somebody has made room
    again = {ticket: gate.let_in(ticket) for ticket in crowd.phones}
    expected = {"admitted": "already_in", "log_full": "admitted"}
    assert again == {ticket: expected[word] for ticket, word in said.items()}
    gate.end()


def test_nobody_is_let_in_unwritten_on_a_disk_that_is_really_full(
    crowd: Crowd, tmp_path: Path
) -> None:
    """A scanner that is started again while it still is says so, and lets nobody in."""
    with small_disk(tmp_path / "disk", megabytes=8) as disk:
        crowd.log = disk.folder / "log"
        gate = Process(crowd)
        first, *others = crowd.phones
        assert gate.let_in(first) == "admitted"
        disk.fill()
        said = {ticket: gate.let_in(ticket) for ticket in others}
        assert set(gate.alarms) == {"log_full"}
        assert "log_full" in said.values()
        assert set(said.values()) <= {"admitted", "log_full"}
        said[first] = "admitted"
        gate.end(kill=True)

        ended = subprocess.run(
            crowd.command(), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 1
        assert ended.stderr.startswith(f"conting: the log {crowd.log} cannot be used: ")

        disk.make_room()
        gate = Process(crowd)
        again = {ticket: gate.let_in(ticket) for ticket in crowd.phones}
        expected = {"admitted": "already_in", "log_full": "admitted"}
        assert again == {ticket: expected[word] for ticket, word in said.items()}
        gate.end()


def test_a_dead_battery_forgets_nobody(crowd: Crowd) -> None:
    tickets = list(crowd.phones)[:2]
    for count, ticket in enumerate(tickets):
        gate = Process(crowd)
        for earlier in tickets[:count]:
            assert gate.let_in(earlier) == "already_in"
        assert gate.let_in(ticket) == "admitted"
        gate.end(kill=True)


def test_nobody_at_the_door_waits_for_a_node_that_says_nothing(crowd: Crowd) -> None:
    """A hall's network that swallows packets: each question takes until patience is at its end."""
    first, second = list(crowd.phones)[:2]
    with socket.create_server(("127.0.0.1", 0)) as silent:
        crowd.more = ["--rpc", f"http://127.0.0.1:{silent.getsockname()[1]}", "--patience", "0.5"]
        gate = Process(crowd)
        assert gate.let_in(first) == "admitted"
        gate.end(kill=True)
        before = time.monotonic()
        gate = Process(crowd)
        assert gate.let_in(first) == "already_in"
        assert gate.say("/sync")["status"]["to_write"] == 1
        assert gate.let_in(second) == "admitted"
        assert time.monotonic() - before < NODE_PATIENCE
        gate.end(kill=True)


def test_a_night_is_not_finished_while_entries_are_not_on_chain(crowd: Crowd) -> None:
    gate = Process(crowd)
    assert gate.say("/finish") == {"finished": True, "to_write": 0}
    assert gate.let_in(next(iter(crowd.phones))) == "admitted"
    assert gate.say("/finish") == {"finished": False, "to_write": 1}
    assert gate.say("/quit") == {"left": 1}
    gate.end()
    assert gate.process.returncode == 0


def test_who_ends_a_scanner_in_haste_hears_what_is_not_on_chain(crowd: Crowd) -> None:
    gate = Process(crowd)
    assert gate.let_in(next(iter(crowd.phones))) == "admitted"
    gate.process.send_signal(signal.SIGINT)
    assert gate.hear() == {"left": 1}
    gate.end()
    assert gate.process.returncode == INTERRUPTED
