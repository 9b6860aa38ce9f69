"""What is kept of the doors, and what is asked of what is kept."""

from dataclasses import dataclass
from typing import Literal

from solders.pubkey import Pubkey

Synced = Literal["kept", "known", "conflict"]


@dataclass(frozen=True, slots=True)
class Record:
    """A verdict as it is kept. `at` and `when` are Unix seconds; `where` and `gate`, gate keys.

    `reason` is empty if it admits; `digest` names the very bytes of the pass.
    """

    gate: str
    at: int
    reason: str
    digest: str
    where: str | None = None
    when: int | None = None


@dataclass(frozen=True, slots=True)
class AdmissionRecord:
    """Who let a ticket in: gate key, Unix seconds, the nonce that the entry has on chain (hex).

    `scan`, the gate's signed word for it (base64), if it gave one; `offline`, whether it decided
    by itself.
    """

    gate: str
    at: int
    nonce: str
    scan: str | None = None
    offline: bool = False
    off_chain: bool = False
    """Let in by a passkey, whose proof the chain cannot check: there will be no entry."""
    after: str | None = None
    """The nonces (hex) of the entries that supervisors took back before, with spaces between."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two admissions of one ticket to one session."""

    first: AdmissionRecord
    second: AdmissionRecord


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one verdict would spend and whom it would admit, for how long (seconds).

    `nonce` is the one that the entry would have on chain; `undone`, that of the last entry if a
    supervisor took it back (both hex).
    """

    event: Pubkey
    session: int
    ticket: Pubkey
    group: int
    spends: bytes
    nonce: str
    keep_nonce: int
    keep_admission: int
    undone: str = ""
    scan: str | None = None
    off_chain: bool = False
    log: str = ""
    """Names the log that the gate writes: two devices with one key are not one writer."""


@dataclass(frozen=True, slots=True)
class Scanner:
    """Who asks, for which session. `log` names the one log that it writes (hex)."""

    gate: Pubkey
    event: Pubkey
    session: int
    log: str = ""


@dataclass(frozen=True, slots=True)
class Writer:
    """The one gate that admits a group's tickets, which of its logs, and until when.

    `since`, when it got the right, in milliseconds of Redis's clock.
    """

    gate: str
    log: str
    until: int
    since: int = 0

    @property
    def name(self) -> str:
        """Which log of which gate."""
        return f"{self.gate} {self.log}"


@dataclass(frozen=True, slots=True)
class Bookmark:
    """How far the admissions of a session were read: so many of them, at this Redis process."""

    run: str = ""
    count: int = 0


FROM_THE_FIRST = Bookmark()
