"""What a scanner says to who stands before it."""

import json
from dataclasses import dataclass

from solders.pubkey import Pubkey

from conting_client.device_keys import DevicePublicKey, parse_device_key
from conting_client.gate import GateReason
from conting_client.manifest import TicketLine


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose entry is written on chain: person account and the phone's key."""

    person: Pubkey
    device: DevicePublicKey


@dataclass(frozen=True, slots=True)
class ScanVerdict:
    """Admitted (no reason), or refused. Times in Unix seconds."""

    reason: GateReason | None
    at: int
    """When this was said first."""
    repeated: bool = False
    where: Pubkey | None = None
    """already_in, replayed: at which gate; wrong_gate: the one to go to, if there is one."""
    when: int | None = None
    group: int | None = None
    """wrong_gate: the number of the gates to go to."""
    ticket: Pubkey | None = None
    section: int | None = None
    seat: int | None = None
    offline: bool = False
    """Decided by the manifest."""
    holder: Holder | None = None

    @property
    def admitted(self) -> bool:
        """Whether the person may go in."""
        return self.reason is None


def holder_of(line: TicketLine | None) -> Holder | None:
    """Whose entry it would be."""
    if line is None or line.device is None:
        return None
    return Holder(line.person, line.device)


def write_verdict(verdict: ScanVerdict) -> str:
    """As the log keeps it, JSON."""
    holder = verdict.holder
    told = {
        "reason": verdict.reason,
        "at": verdict.at,
        "where": _text(verdict.where),
        "when": verdict.when,
        "group": verdict.group,
        "ticket": _text(verdict.ticket),
        "section": verdict.section,
        "seat": verdict.seat,
        "offline": verdict.offline,
        "person": None if holder is None else str(holder.person),
        "device": None if holder is None else str(holder.device),
    }
    return json.dumps({name: value for name, value in told.items() if value is not None})


def read_verdict(text: str) -> ScanVerdict:
    """What the log keeps. Raises ValueError, KeyError."""
    told = json.loads(text)
    holder = None
    if "person" in told:
        person = Pubkey.from_string(told["person"])
        holder = Holder(person, parse_device_key(told["device"]))
    return ScanVerdict(
        reason=GateReason(told["reason"]) if "reason" in told else None,
        at=told["at"],
        where=_key(told.get("where")),
        when=told.get("when"),
        group=told.get("group"),
        ticket=_key(told.get("ticket")),
        section=told.get("section"),
        seat=told.get("seat"),
        offline=told["offline"],
        holder=holder,
    )


def _text(key: Pubkey | None) -> str | None:
    return None if key is None else str(key)


def _key(text: str | None) -> Pubkey | None:
    return None if text is None else Pubkey.from_string(text)
