"""What a scanner says to who stands before it."""

from dataclasses import dataclass

from solders.pubkey import Pubkey

from conting_client.device_keys import DevicePublicKey
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
