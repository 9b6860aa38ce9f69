"""What endpoints may call: one service per domain."""

from dataclasses import dataclass

from conting_gateway.auth.service import Auth
from conting_gateway.catalog.service import Catalog
from conting_gateway.dids.service import Dids
from conting_gateway.gate.manifests import Manifests
from conting_gateway.gate.night import Night
from conting_gateway.gate.service import GateDesk
from conting_gateway.keys import Keys
from conting_gateway.limits.service import Limits
from conting_gateway.orders.holds import Holds
from conting_gateway.orders.seatmap import SeatMaps
from conting_gateway.orders.service import Orders
from conting_gateway.passes.presence import Presence
from conting_gateway.passes.service import Passes
from conting_gateway.readmodel.reading import Reading
from conting_gateway.redis import Redis
from conting_gateway.sponsoring.service import Sponsor
from conting_gateway.waitroom.service import Waitroom


@dataclass(frozen=True, slots=True)
class Services:
    """Made once per process, by `app`."""

    auth: Auth
    catalog: Catalog
    limits: Limits
    waitroom: Waitroom
    orders: Orders
    holds: Holds
    maps: SeatMaps
    passes: Passes
    presence: Presence
    gate: GateDesk
    reading: Reading
    keys: Keys
    manifests: Manifests
    night: Night
    dids: Dids
    redis: Redis
    sponsor: Sponsor
