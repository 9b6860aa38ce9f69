"""The scanner's log: SQLite, append-only, on disk before anybody is let in.

`scans` says what was seen, `verdicts` what was said, `admissions` who went in, and `marks` what
became of it. Nothing of that is ever changed; triggers refuse it. One ticket is admitted to one
session once: an index says so, whatever the program around it does. `state` and `lines` hold the
manifest, which is replaced.
"""

import contextlib
import json
import secrets
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import NonNegativeInt, TypeAdapter
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from conting_client._errors import BadSignature, ContingError, MalformedPass
from conting_client.passkeys import PasskeyPass
from conting_client.scanner.verdicts import ScanVerdict, read_verdict, write_verdict
from conting_client.scans import Scan, ScanKind

WRITTEN: Final = "entry"
"""The mark of an admission that is on chain, or never will be."""
BY_PASSKEY: Final = "none: a passkey's proof is not for the chain"
CONFLICT: Final = "conflict"
REFUSED: Final = "refused"
_NEVER_WRITTEN: Final = (BY_PASSKEY, CONFLICT, REFUSED)
"""How the details of such marks begin where the chain has no entry by it."""

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS scans (
    sequence INTEGER PRIMARY KEY, kind INTEGER NOT NULL, spends BLOB NOT NULL,
    ticket BLOB NOT NULL, session INTEGER NOT NULL, at INTEGER NOT NULL, scan BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS scans_by_pass ON scans (spends);
CREATE TABLE IF NOT EXISTS verdicts (
    sequence INTEGER PRIMARY KEY REFERENCES scans, reason TEXT NOT NULL, said TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS admissions (
    sequence INTEGER PRIMARY KEY REFERENCES scans, ticket BLOB NOT NULL, session INTEGER NOT NULL,
    after BLOB NOT NULL, nonce BLOB NOT NULL, at INTEGER NOT NULL,
    UNIQUE (ticket, session, after));
CREATE TABLE IF NOT EXISTS marks (
    sequence INTEGER NOT NULL REFERENCES scans, what TEXT NOT NULL, detail TEXT NOT NULL,
    PRIMARY KEY (sequence, what));
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS lines (
    kind TEXT NOT NULL, position BLOB NOT NULL, line BLOB NOT NULL,
    PRIMARY KEY (kind, position)) WITHOUT ROWID;
"""
_GUARD: Final = """
CREATE TRIGGER IF NOT EXISTS {table}_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, 'the log of a gate is only ever added to'); END;
"""
_APPEND_ONLY: Final = ("scans", "verdicts", "admissions", "marks")
_WITHOUT: Final = (
    "JOIN admissions USING (sequence) WHERE kind IN (?, ?) AND NOT EXISTS"
    " (SELECT 1 FROM marks WHERE marks.sequence = scans.sequence AND what = ?)"
)
_MEMORY_PAGES: Final = 2_000
_REFUSED: Final = "refused offline"  # of what is replaced, the value that only grows
_COUNTS: Final = TypeAdapter[dict[str, NonNegativeInt]](dict[str, NonNegativeInt])


class LogFault(ContingError):  # noqa: N818 as the client's errors: it says what happened
    """The log cannot be used: no room, no right, in use, another gate's, or changed by somebody."""


@dataclass(frozen=True, slots=True)
class LoggedScan:
    """A scan and what was said; None while nobody knows."""

    sequence: int
    scan: Scan
    verdict: ScanVerdict | None


@dataclass(frozen=True, slots=True)
class LoggedAdmission:
    """Somebody who went in here; `nonce` is the one of the entry on chain."""

    sequence: int
    nonce: bytes
    at: int


class GateLog:
    """One gate's log of one session of one event, in one file. Raises LogFault.

    Only one process has it open; it is named by a random id that is made with it.
    """

    def __init__(self, path: Path, *, event: Pubkey, gate: Pubkey, session: int) -> None:
        self.path = path
        self.event = event
        self.gate = gate
        self.session = session
        with _faults(path):
            path.touch(mode=0o600)  # it tells who came when; SQLite's other files are like it
            self._db = sqlite3.connect(path, isolation_level=None, timeout=0.2)
            self._prepare()
        belongs = f"{event} {gate} {session}"
        if self._once("belongs", belongs) != belongs:
            raise LogFault(f"{path} is the log of another gate, event or session")
        self.id = self._once("id", secrets.token_hex(16))

    def _prepare(self) -> None:
        for setting in (
            "locking_mode = EXCLUSIVE",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            f"cache_size = {_MEMORY_PAGES}",
        ):
            self._db.execute(f"PRAGMA {setting}")
        (found,) = self._db.execute("PRAGMA integrity_check(1)").fetchone()
        if found != "ok":  # else an admission might be overlooked
            raise sqlite3.DatabaseError(f"it is damaged: {found}")
        self._db.executescript(_TABLES)
        for table in _APPEND_ONLY:
            for verb in ("UPDATE", "DELETE"):
                self._db.execute(_GUARD.format(table=table, verb=verb))

    def close(self) -> None:
        """Ends the use of the file."""
        self._db.close()

    # Scans

    def ask(self, key: Keypair, *, at: int, shown: bytes) -> tuple[int, Scan]:
        """Writes down, before the gateway is asked, that it will be."""
        with self._transaction():
            sequence = self._next()
            scan = Scan.sign(key, kind=ScanKind.ASKED, sequence=sequence, at=at, shown=shown)
            self._add_scan(sequence, scan)
        return sequence, scan

    def settle(
        self,
        sequence: int,
        scan: Scan,
        verdict: ScanVerdict,
        after: bytes | None,
        *,
        also: int | None = None,
    ) -> None:
        """Writes down what the gateway said, and the admission if it is one.

        `after` is the nonce of the ticket's entry that was taken back, empty if there was none;
        None says that the ticket's admission is in the log already. `also` is a scan of the ticket
        that is told the same: both or neither.
        """
        with self._transaction():
            self._add_verdict(sequence, verdict)
            if also is not None:
                self._add_verdict(also, verdict)
            if verdict.admitted and after is not None:
                self._add_admission(sequence, scan, verdict.at, after)

    def admit(self, key: Keypair, verdict: ScanVerdict, *, shown: bytes, after: bytes) -> bool:
        """Lets somebody in without the gateway; whether the ticket was not in already."""
        try:
            with self._transaction():
                sequence, kind = self._next(), ScanKind.ADMITTED
                scan = Scan.sign(key, kind=kind, sequence=sequence, at=verdict.at, shown=shown)
                self._add_scan(sequence, scan)
                self._add_verdict(sequence, verdict)
                self._add_admission(sequence, scan, verdict.at, after)
        except _TwiceError:
            return False
        return True

    def seen(self, spends: bytes) -> list[LoggedScan]:
        """What was said about a pass, the newest first."""
        return self._scans("WHERE spends = ? ORDER BY scans.sequence DESC", spends)

    def unanswered(self, ticket: Pubkey, session: int) -> list[LoggedScan]:
        """Scans of a ticket about which the gateway was asked, and whose verdict nobody knows."""
        return self._scans(
            "WHERE verdicts.sequence IS NULL AND ticket = ? AND session = ?"
            " ORDER BY scans.sequence DESC",
            bytes(ticket),
            session,
        )

    def admission(self, ticket: Pubkey, session: int) -> LoggedAdmission | None:
        """The last time that the ticket went in here."""
        rows = self._rows(
            "SELECT sequence, nonce, at FROM admissions WHERE ticket = ? AND session = ?"
            " ORDER BY sequence DESC LIMIT 1",
            bytes(ticket),
            session,
        )
        return LoggedAdmission(*rows[0]) if rows else None

    # What became of them

    def mark(self, sequence: int, what: str, detail: str = "") -> None:
        """Notes what became of a scan: once for each `what`."""
        with self._transaction():
            self._db.execute(
                "INSERT OR IGNORE INTO marks VALUES (?, ?, ?)", (sequence, what, detail)
            )

    def without(self, what: str, most: int, kind: ScanKind | None = None) -> list[LoggedScan]:
        """Admissions that have no such mark, the oldest first."""
        where = f"{_WITHOUT} ORDER BY scans.sequence LIMIT ?"
        return self._scans(where, *_kinds(kind), what, most)

    def count_without(self, what: str, kind: ScanKind | None = None) -> int:
        """How many admissions have no such mark."""
        query = f"SELECT COUNT(*) FROM scans {_WITHOUT}"  # noqa: S608 nothing in it is from outside
        return int(self._rows(query, *_kinds(kind), what)[0][0])

    def is_written(self, sequence: int) -> bool:
        """Whether the chain has had the entry of an admission, as far as is known."""
        query = "SELECT detail FROM marks WHERE sequence = ? AND what = ?"
        rows = self._rows(query, sequence, WRITTEN)
        return bool(rows) and not rows[0][0].startswith(_NEVER_WRITTEN)

    def marks(self, what: str) -> dict[int, str]:
        """The details of all such marks, by scan."""
        return dict(self._rows("SELECT sequence, detail FROM marks WHERE what = ?", what))

    def count_refusal(self, reason: str) -> None:
        """Counts a refusal that the gateway did not hear of."""
        counts = Counter(self.refused())
        counts[reason] += 1
        self.put(_REFUSED, json.dumps(counts).encode())

    def refused(self) -> dict[str, int]:
        """How often it refused without the gateway, by reason."""
        try:
            return _COUNTS.validate_json(self.get(_REFUSED) or b"{}", strict=True)
        except (TypeError, ValueError) as error:
            raise LogFault(f"the log {self.path} is not as it was written: {error}") from error

    def counts(self) -> dict[str, int]:
        """How often each verdict was given; '' counts admissions."""
        return dict(self._rows("SELECT reason, COUNT(*) FROM verdicts GROUP BY reason"))

    # The manifest and other things that are replaced

    def put(self, name: str, value: bytes) -> None:
        """Keeps a value that may change."""
        with self._transaction():
            self._db.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (name, value))

    def get(self, name: str) -> bytes | None:
        """The value that was kept."""
        rows = self._rows("SELECT value FROM state WHERE name = ?", name)
        return None if not rows else bytes(rows[0][0])

    def put_lines(
        self,
        changes: Mapping[str, Mapping[bytes, bytes]],
        state: Mapping[str, bytes],
        *,
        full: bool,
    ) -> None:
        """Changes the lines of the manifest, and values with them, all or nothing."""
        with self._transaction():
            for kind, lines in changes.items():
                if full:
                    self._db.execute("DELETE FROM lines WHERE kind = ?", (kind,))
                gone = [(kind, index) for index, line in lines.items() if not line]
                kept = [(kind, index, line) for index, line in lines.items() if line]
                self._db.executemany("DELETE FROM lines WHERE kind = ? AND position = ?", gone)
                self._db.executemany("INSERT OR REPLACE INTO lines VALUES (?, ?, ?)", kept)
            self._db.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", state.items())

    def lines(self, kind: str) -> dict[bytes, bytes]:
        """The lines of the manifest."""
        return dict(self._rows("SELECT position, line FROM lines WHERE kind = ?", kind))

    # Within

    def _once(self, name: str, value: str) -> str:
        with self._transaction():
            self._db.execute("INSERT OR IGNORE INTO state VALUES (?, ?)", (name, value.encode()))
        kept = self.get(name)
        assert kept is not None
        return kept.decode()

    def _next(self) -> int:
        return int(self._rows("SELECT COALESCE(MAX(sequence), 0) + 1 FROM scans")[0][0])

    def _add_scan(self, sequence: int, scan: Scan) -> None:
        ticket = bytes(scan.ticket)
        row = sequence, scan.kind, scan.spends, ticket, scan.session, scan.at, scan.encode()
        self._db.execute("INSERT INTO scans VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def _add_verdict(self, sequence: int, verdict: ScanVerdict) -> None:
        row = sequence, verdict.reason or "", write_verdict(verdict)
        self._db.execute("INSERT INTO verdicts VALUES (?, ?, ?)", row)

    def _add_admission(self, sequence: int, scan: Scan, at: int, after: bytes) -> None:
        found, ticket = scan.read(), bytes(scan.ticket)
        nonce = found.entry_message().nonce
        entry = sequence, ticket, scan.session, after, nonce, at
        try:
            self._db.execute("INSERT INTO admissions VALUES (?, ?, ?, ?, ?, ?)", entry)
        except sqlite3.IntegrityError as error:
            raise _TwiceError from error
        if isinstance(found, PasskeyPass):
            self._db.execute("INSERT INTO marks VALUES (?, ?, ?)", (sequence, WRITTEN, BY_PASSKEY))

    def _scans(self, where: str, *values: bytes | str | int) -> list[LoggedScan]:
        rows = self._rows(
            "SELECT scans.sequence, scan, said FROM scans"  # noqa: S608 `where` is from this module
            f" LEFT JOIN verdicts USING (sequence) {where}",
            *values,
        )
        try:
            return [
                LoggedScan(
                    sequence, Scan.decode(scan), None if said is None else read_verdict(said)
                )
                for sequence, scan, said in rows
            ]
        except (MalformedPass, BadSignature, ValueError, LookupError) as error:
            raise LogFault(f"the log {self.path} is not as it was written: {error}") from error

    def _rows(self, query: str, *values: bytes | str | int) -> list[Any]:
        with _faults(self.path):
            return self._db.execute(query, values).fetchall()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        """Everything within is on disk afterwards, or nothing of it."""
        with _faults(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    with contextlib.suppress(sqlite3.Error):
                        self._db.execute("ROLLBACK")
                raise


def _kinds(kind: ScanKind | None) -> tuple[ScanKind, ScanKind]:
    return (ScanKind.ASKED, ScanKind.ADMITTED) if kind is None else (kind, kind)


class _TwiceError(Exception):
    """The ticket is in already."""


@contextlib.contextmanager
def _faults(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError, UnicodeDecodeError) as error:
        in_use = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY
        why = "another scanner has it open; end that one first" if in_use else error
        raise LogFault(f"the log {path} cannot be used: {why}") from error
