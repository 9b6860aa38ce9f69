"""What an operator sets of waiting rooms: how long, how many, and whose."""

from dataclasses import dataclass

from solders.pubkey import Pubkey

from conting_gateway.waitroom.streams import StreamBounds


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a turn waits to be taken, a visit lasts, and a missed turn is kept. Seconds."""

    claim: float
    visit: float
    grace: float


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one waiting room, one wallet and one process may use at most."""

    places: int
    joins_per_minute: int
    streams: StreamBounds
    organisers: frozenset[Pubkey] = frozenset()
    """Who may open a room; empty: anybody."""
