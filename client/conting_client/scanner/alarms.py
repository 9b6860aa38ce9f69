"""What an operator has to know beside verdicts, and what a scanner takes from outside."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum, unique

from conting_client._wallet import Randomness
from conting_client.gate_api import GateClient


@unique
class Alarm(StrEnum):
    """Stable codes."""

    OFFLINE = "offline"
    ONLINE = "online"
    CLOCK_SKEW = "clock_skew"
    """The scanner's clock is not the gateway's, or was set while it ran."""
    LOG_FULL = "log_full"
    CONFLICT = "conflict"
    """Another gate has let somebody in with a ticket that came in here without network."""
    UNPROVEN = "unproven"
    """The gateway does not take over an admission."""
    BAD_MANIFEST = "bad_manifest"
    GATE_REVOKED = "gate_revoked"
    NOT_WRITER = "not_writer"
    """Another scanner admits the group's tickets by itself."""
    ENTRY_FAILED = "entry_failed"
    """The chain refuses the entry of somebody who is in, or the gate's key cannot pay for it."""
    ENTRIES_WAIT = "entries_wait"
    """The node does not answer, or writes nothing: entries are written once it does.

    Raised in each round that it stays so: who tells it spaces it.
    """
    UNEXPECTED = "unexpected"
    """A fault of the scanner's own, which goes on; for who mends programs."""


Raise = Callable[[Alarm, str], None]


@dataclass(frozen=True, slots=True)
class Outside:
    """What a scanner takes from outside: a gateway, time, randomness, and who hears alarms."""

    gateway: GateClient | None
    alarm: Raise
    entropy: Randomness
    clock: Callable[[], float] = time.time
    """Unix seconds."""
    steady: Callable[[], float] = time.monotonic
    """Seconds that nobody sets."""
