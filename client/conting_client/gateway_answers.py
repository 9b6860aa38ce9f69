"""What the gateway answers, typed; times in Unix seconds.

Prices are in lamports, or in the smallest units of the token that an event is paid in.
"""

from base64 import b64decode
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from pydantic import PlainValidator
from solders.pubkey import Pubkey

from conting_client.device_keys import DevicePublicKey, parse_device_key
from conting_client.gate import GateReason


def _address(value: object) -> Pubkey:
    return Pubkey.from_string(str(value))


def _octets(value: object) -> bytes:
    return b64decode(str(value), validate=True)


Address = Annotated[Pubkey, PlainValidator(_address)]
DeviceKeyText = Annotated[DevicePublicKey, PlainValidator(lambda text: parse_device_key(str(text)))]
Base64 = Annotated[bytes, PlainValidator(_octets)]


@dataclass(frozen=True, slots=True)
class SignInRequest:
    """What the wallet has to sign, exactly as it stands."""

    nonce: str
    message: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class Session:
    """A session token, which the client sends along from then on."""

    token: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class RefundStep:
    """Before `until`, `share` basis points of the price come back."""

    until: int
    share: int


@dataclass(frozen=True, slots=True)
class EventView:
    """The rules of a show; `challenge_key` signs the challenges of its passes.

    `payment`: the mint of the token that prices are in, or `money.SOL` for lamports; with its
    `decimals` `money.amount_text` writes them as people read them.
    """

    event: Address
    organiser: Address
    number: int
    admission: Address
    issuer: Address
    payment: Address
    decimals: int | None
    name: str
    uri: str
    arbiter: Address
    sale_opens: int
    sale_closes: int
    freeze: int
    doors: int
    ends: int
    dispute_until: int
    close_from: int
    refunds: list[RefundStep]
    limit: int
    max_hops: int
    family_age: int
    sessions: int
    sections: int
    appeal_window: int
    offer_window: int
    cooling: int
    registration_window: int
    cancelled: bool
    chain_time: int
    challenge_key: Address


@dataclass(frozen=True, slots=True)
class SectionView:
    """A block of seats at one price."""

    section: Address
    index: int
    name: str
    mode: Literal["first_come", "draw"]
    open_from: int | None
    """None until a draw has left seats over."""
    seats: int
    sold: int
    price: int
    gate_group: int


@dataclass(frozen=True, slots=True)
class Sections:
    """All sections of an event."""

    sections: list[SectionView]


@dataclass(frozen=True, slots=True)
class Seats:
    """The seats of a section; one that is in no list is free."""

    section: int
    seats: int
    price: int
    version: str
    held: list[int]
    sold: list[int]
    cooling: list[int]
    offered: list[int]
    used: list[int]
    void: list[int]


@dataclass(frozen=True, slots=True)
class SeatChanges:
    """The seats that are not as they were at `since`, by the state that they have now."""

    section: int
    since: str
    version: str
    free: list[int]
    held: list[int]
    sold: list[int]
    cooling: list[int]
    offered: list[int]
    used: list[int]
    void: list[int]

    def apply(self, seats: Seats) -> Seats:
        """The map of version `since`, brought to `version`."""
        mine = (self.free, self.held, self.sold, self.cooling, self.offered, self.used, self.void)
        touched = {seat for each in mine for seat in each}

        def merged(old: list[int], new: list[int]) -> list[int]:
            return sorted((set(old) - touched) | set(new))

        return replace(
            seats,
            version=self.version,
            held=merged(seats.held, self.held),
            sold=merged(seats.sold, self.sold),
            cooling=merged(seats.cooling, self.cooling),
            offered=merged(seats.offered, self.offered),
            used=merged(seats.used, self.used),
            void=merged(seats.void, self.void),
        )


@dataclass(frozen=True, slots=True)
class TicketView:
    """A ticket that somebody holds."""

    ticket: Address
    event: Address
    section: Address
    seat: int
    state: Literal["issued", "cooling", "offered", "used", "voiding", "void"]
    mint: Address
    holder: Address
    person: Address
    paid_by: Address
    price_paid: int


@dataclass(frozen=True, slots=True)
class HeldTickets:
    """All tickets of a holder."""

    tickets: list[TicketView]


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """Where a person stands; ask again after `next_poll_ms`. Who is "lost" joins again with it."""

    state: Literal["collecting", "waiting", "admitted", "lapsed", "sold_out", "lost"]
    place: int | None
    ahead: int | None
    rate: float
    eta_seconds: int | None
    next_poll_ms: int
    stale: bool
    """The gateway has lost its store for the moment: the place is safe, nobody is let in."""


@dataclass(frozen=True, slots=True)
class Place(QueueStatus):
    """A place in the waiting room; `ticket` proves it."""

    number: int
    ticket: str


@dataclass(frozen=True, slots=True)
class PublicQueue:
    """All that is needed to draw the order again; bytes in hex."""

    event: Address
    state: str
    commit: str
    beacon_slot: int
    beacon_used: int | None
    beacon_hash: str | None
    secret: str | None
    seed: str | None
    collected: int | None
    serving: int
    tail: int
    rate: float
    capacity: int


@dataclass(frozen=True, slots=True)
class Admission:
    """A pass to hold and buy, for one person and one event."""

    admission_pass: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class Hold:
    """A seat that nobody else can order until then."""

    section: int
    seat: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class Holds:
    """The seats of one event that the caller holds; what ends first comes first."""

    holds: list[Hold]


@dataclass(frozen=True, slots=True)
class BuiltOrder:
    """A transaction (base64) that waits for the wallet."""

    order: str
    transaction: str
    price: int
    payment: Address
    decimals: int | None
    expires_at: int
    account: Address
    """What the order makes or changes: a ticket, a grant, a bid, …"""
    section: int | None
    seat: int | None
    awaits: list[Address]
    """The wallets that have to sign it."""
    fee_payer: Address
    """The caller, or the gateway where it was asked to pay the fee."""


@dataclass(frozen=True, slots=True)
class OrderView:
    """Where an order stands; done, refused and expired are final."""

    order: str
    kind: str
    state: Literal["built", "sent", "done", "refused", "expired"]
    event: Address
    section: int | None
    seat: int | None
    account: Address
    price: int
    payment: Address
    decimals: int | None
    expires_at: int
    awaits: list[Address]
    transaction: str | None
    error: str | None
    detail: str | None


@dataclass(frozen=True, slots=True)
class ChallengeAnswer:
    """A challenge (bytes); `issued_at` is the gateway's clock."""

    challenge: Base64
    issued_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class SeatView:
    """Where a person sits."""

    section: int
    seat: int


@dataclass(frozen=True, slots=True)
class CheckIn:
    """What `check_in_instructions` needs beside the pass."""

    person: Address
    device_key: DeviceKeyText


@dataclass(frozen=True, slots=True)
class GateAnswer:
    """The verdict on a pass, first given at `at`; `where` and `when` it was seen before.

    An entry by a passkey, the lower class, has no `check_in`: the chain cannot check its proof.
    wrong_gate: `where`, the gate to go to, and `group`, the number of its gates.
    """

    verdict: Literal["admitted", "refused"]
    reason: GateReason | None
    repeated: bool
    at: int
    where: Address | None
    when: int | None
    ticket: Address | None
    seat: SeatView | None
    proof: Literal["device", "passkey"] | None
    check_in: CheckIn | None
    group: int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """The body of every refusal."""

    error: str
    detail: str
    retry_after: float | None = None
