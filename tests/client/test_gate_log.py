"""The scanner's log: only ever added to, one writer, one admission, and nothing half-written."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conting_client import GateReason, Rpc, ScanKind
from conting_client.scanner import Alarm, EntryWriter, GateLog, LogFault, ScanVerdict
from conting_client.scanner.verdicts import Holder
from solders.pubkey import Pubkey
from solders.signature import Signature

from tests.client.offline_world import NOW, World

NOWHERE = "http://127.0.0.1:9"  # the discard port: nobody answers


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def log(world: World, tmp_path: Path) -> Iterator[GateLog]:
    log = open_log(world, tmp_path)
    yield log
    log.close()


def open_log(world: World, folder: Path) -> GateLog:
    gate = world.gate.pubkey()
    return GateLog(folder / "log", event=world.event, gate=gate, session=0)


def admitted(world: World, at: int = NOW) -> ScanVerdict:
    holder = Holder(world.person, world.phone.key)
    return ScanVerdict(
        None, at, ticket=world.ticket, section=1, seat=7, offline=True, holder=holder
    )


def test_what_was_said_is_read_back_after_a_restart(
    world: World, log: GateLog, tmp_path: Path
) -> None:
    shown, verdict = world.shown(), admitted(world)
    assert log.admit(world.gate, verdict, shown=shown.encode(), after=b"")
    name = log.id
    log.close()
    again = open_log(world, tmp_path)
    (seen,) = again.seen(shown.spends)
    assert seen.verdict == verdict
    assert (seen.scan.kind, seen.scan.sequence, seen.scan.at) == (ScanKind.ADMITTED, 1, NOW)
    assert again.id == name
    again.close()


def test_a_log_of_another_gate_event_or_session_is_not_used(
    world: World, log: GateLog, tmp_path: Path
) -> None:
    log.close()
    gate, event, other = world.gate.pubkey(), world.event, Pubkey.new_unique()
    for key, of, session in ((other, event, 0), (gate, other, 0), (gate, event, 1)):
        with pytest.raises(LogFault):
            GateLog(tmp_path / "log", event=of, gate=key, session=session)


def test_what_is_written_is_on_the_disk_when_it_returns(log: GateLog) -> None:
    """As SQLite does it: each commit of the write-ahead log is synced (FULL)."""

    def setting(name: str) -> object:
        return log._db.execute(f"PRAGMA {name}").fetchone()[0]

    assert (setting("synchronous"), setting("journal_mode")) == (2, "wal")


def test_nobody_else_on_the_machine_reads_who_came_when(log: GateLog) -> None:
    modes = {each.name: each.stat().st_mode & 0o777 for each in log.path.parent.iterdir()}
    assert len(modes) > 1  # with those that SQLite keeps beside it
    assert set(modes.values()) == {0o600}, modes


def test_a_ticket_is_admitted_once_whatever_the_caller_does(world: World, log: GateLog) -> None:
    first, second = world.shown(), world.shown(issued=NOW + 5)
    assert log.admit(world.gate, admitted(world), shown=first.encode(), after=b"")
    assert not log.admit(world.gate, admitted(world), shown=second.encode(), after=b"")
    assert len(log.without("synced", 10)) == 1
    assert len(log.seen(first.spends)) == 1  # nothing of the second is in the log
    nonce = first.entry_message().nonce
    assert log.admit(world.gate, admitted(world), shown=second.encode(), after=nonce)
    assert not log.admit(world.gate, admitted(world), shown=second.encode(), after=nonce)


@pytest.mark.parametrize(
    ("detail", "is_written"),
    [
        ("on chain", True),
        (str(Signature.default()), True),
        ("conflict with gate 2Nx", False),
        ("refused: NOT_LIVE", False),
        ("none: a passkey's proof is not for the chain", False),
        (None, False),
    ],
)
def test_an_entry_is_one_that_the_chain_has_had(
    world: World, log: GateLog, detail: str | None, *, is_written: bool
) -> None:
    assert log.admit(world.gate, admitted(world), shown=world.shown().encode(), after=b"")
    if detail is not None:
        log.mark(1, "entry", detail)
    assert log.is_written(1) == is_written


def test_nothing_is_changed_or_removed(world: World, log: GateLog, tmp_path: Path) -> None:
    log.admit(world.gate, admitted(world), shown=world.shown().encode(), after=b"")
    log.mark(1, "synced", "kept")
    log.mark(1, "synced", "conflict")
    assert log.marks("synced") == {1: "kept"}
    log.close()
    with sqlite3.connect(tmp_path / "log") as db:
        for table in ("scans", "verdicts", "admissions", "marks"):
            for order in (f"DELETE FROM {table}", f"UPDATE {table} SET sequence = 9"):
                with pytest.raises(sqlite3.IntegrityError, match="only ever added to"):
                    db.execute(order)
    db.close()


def test_one_process_has_it_open(world: World, log: GateLog, tmp_path: Path) -> None:
    with pytest.raises(LogFault, match="another scanner has it open; end that one first"):
        open_log(world, tmp_path)
    assert log.admit(world.gate, admitted(world), shown=world.shown().encode(), after=b"")


def test_asked_and_not_answered_stays_known(world: World, log: GateLog) -> None:
    shown = world.shown()
    sequence, scan = log.ask(world.gate, at=NOW, shown=shown.encode())
    (waiting,) = log.unanswered(world.ticket, 0)
    assert (waiting.sequence, waiting.verdict) == (sequence, None)
    assert log.without("synced", 10) == []
    log.settle(sequence, scan, admitted(world), b"")
    assert log.unanswered(world.ticket, 0) == []
    assert [each.sequence for each in log.without("synced", 10)] == [sequence]
    assert log.without("synced", 10, ScanKind.ADMITTED) == []


def test_two_scans_that_are_told_the_same_are_settled_both_or_neither(
    world: World, log: GateLog
) -> None:
    asked = [log.ask(world.gate, at=NOW, shown=world.shown().encode()) for _ in range(3)]
    (first, scan), (second, _), (told, other) = asked
    log.settle(told, other, ScanVerdict(GateReason.NOT_OPEN, NOW, ticket=world.ticket), None)
    with pytest.raises(LogFault):
        log.settle(first, scan, admitted(world), b"", also=told)
    assert log.admission(world.ticket, 0) is None
    assert {each.sequence for each in log.unanswered(world.ticket, 0)} == {first, second}
    log.settle(first, scan, admitted(world), b"", also=second)
    assert log.unanswered(world.ticket, 0) == []
    assert [each.sequence for each in log.without("synced", 10)] == [first]


def test_refusals_are_kept_and_let_nobody_in(world: World, log: GateLog) -> None:
    sequence, scan = log.ask(world.gate, at=NOW, shown=world.shown().encode())
    where = Pubkey.new_unique()
    verdict = ScanVerdict(GateReason.ALREADY_IN, NOW, where=where, when=5, ticket=world.ticket)
    log.settle(sequence, scan, verdict, b"")
    assert log.admission(world.ticket, 0) is None
    assert log.seen(scan.spends)[0].verdict == verdict
    assert log.counts() == {"already_in": 1}


def flipped(db: sqlite3.Connection, sequence: int) -> None:
    """One bit of a signed scan is another one."""
    (scan,) = db.execute("SELECT scan FROM scans WHERE sequence = ?", (sequence,)).fetchone()
    db.execute("UPDATE scans SET scan = ? WHERE sequence = ?", (scan[:20] + b"?" + scan[21:], 1))


def swapped(db: sqlite3.Connection, sequence: int) -> None:
    """What was said is another text."""
    db.execute("UPDATE verdicts SET said = '{}' WHERE sequence = ?", (sequence,))


@pytest.mark.attack
@pytest.mark.parametrize("change", [flipped, swapped])
def test_a_log_that_somebody_has_changed_is_told_so(
    world: World, log: GateLog, tmp_path: Path, change: Callable[[sqlite3.Connection, int], None]
) -> None:
    """By who has the file and takes the guards off; the scanner neither goes by it nor ends."""
    shown = world.shown()
    log.admit(world.gate, admitted(world), shown=shown.encode(), after=b"")
    log.close()
    with sqlite3.connect(tmp_path / "log") as db:
        for table in ("scans", "verdicts"):
            db.execute(f"DROP TRIGGER {table}_UPDATE")
        change(db, 1)
    db.close()
    again = open_log(world, tmp_path)
    with pytest.raises(LogFault, match="not as it was written"):
        again.seen(shown.spends)
    with pytest.raises(LogFault, match="not as it was written"):
        again.without("synced", 10)
    told: list[Alarm] = []
    writer = EntryWriter(world.gate, again, Rpc(NOWHERE), lambda alarm, _: told.append(alarm))
    assert asyncio.run(writer.round()) == 1
    assert told == [Alarm.LOG_FULL]
    again.close()


@pytest.mark.attack
@pytest.mark.parametrize(
    "changed", [b"{", b"\xff", b"[1]", b'{"expired": "1"}', b'{"expired": -1}', b"[" * 99_999, 7]
)
def test_counts_that_somebody_has_changed_are_told_so(
    world: World, log: GateLog, tmp_path: Path, changed: bytes | int
) -> None:
    log.count_refusal("expired")
    log.count_refusal("expired")
    assert log.refused() == {"expired": 2}
    log.close()
    with sqlite3.connect(tmp_path / "log") as db:
        db.execute("UPDATE state SET value = ? WHERE name = 'refused offline'", (changed,))
    db.close()
    again = open_log(world, tmp_path)
    with pytest.raises(LogFault, match="not as it was written"):
        again.refused()
    with pytest.raises(LogFault, match="not as it was written"):
        again.count_refusal("expired")
    again.close()


@pytest.mark.parametrize(
    "content", [b"no database at all" * 99, b"SQLite format 3\0" + b"\1" * 999]
)
def test_a_broken_file_is_told_so(world: World, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "log").write_bytes(content)
    with pytest.raises(LogFault):
        open_log(world, tmp_path)


@pytest.mark.parametrize(
    ("was", "harmed"),
    [
        (b"\x04\x1b\x4c\x1etickets", b"\x04\x1b\x00\x1etickets"),  # a line without a position
        (b"\x04\x01\x19\x15\x02synced", b"\x04\x01\x00\x15\x02synced"),  # a mark that says nothing
        (b"INDEX scans_by_pass ON scans", b"INDEX scans_by_pass ON sc\xa0ns"),
    ],
)
def test_a_log_that_its_disk_has_damaged_is_told_so_at_the_start(
    world: World, log: GateLog, tmp_path: Path, was: bytes, harmed: bytes
) -> None:
    """Rows begin with a header, by SQLite's file format: its size, and each column's type."""
    file = tmp_path / "log"
    for _ in range(2):
        log.ask(world.gate, at=NOW, shown=world.shown().encode())
    log.mark(2, "synced", "kept")
    log.put_lines({"tickets": {bytes(32): bytes(9)}}, {}, full=True)
    log.close()
    content = file.read_bytes()
    assert was in content
    file.write_bytes(content.replace(was, harmed))
    with pytest.raises(LogFault, match="cannot be used"):
        open_log(world, tmp_path)
