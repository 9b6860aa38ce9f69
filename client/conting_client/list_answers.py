"""The gateway's lists and its feed, typed; a test compares each field with its description.

Times in Unix seconds of the chain's clock, prices in the smallest units of the event's payment.
Each row has the slot at which it was last seen to change.
"""

from dataclasses import dataclass
from typing import Literal

from conting_client.gateway_answers import Address

Result = Literal["open", "won", "lost"]


@dataclass(frozen=True, slots=True)
class AsOf:
    """How new an answer is: everything up to `slot` is in it; `age_ms` since the chain was heard.

    `stale`: the chain may have moved on without the gateway's knowledge.
    """

    slot: int
    age_ms: int
    source: Literal["none", "subscription", "polling"]
    stale: bool


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list, by address; `next` is the `after` of the rest, None at the end."""

    as_of: AsOf
    next: Address | None


@dataclass(frozen=True, slots=True)
class ListedDraw:
    """The draw of a section's seats; groups enter until `target_slot` begins."""

    slot: int
    draw: Address
    state: str
    entries: int
    target_slot: int
    claim_window: int
    claim_until: int | None
    """None until the draw."""
    bond: int
    commit: str


@dataclass(frozen=True, slots=True)
class ListedSection:
    """A block of seats at one price; `mode` is first_come or draw.

    `open_from`: None until a draw has left seats over.
    """

    slot: int
    section: Address
    index: int
    name: str
    mode: str
    seats: int
    sold: int
    price: int
    gate_group: int
    open_from: int | None
    waiting_active: int
    """Persons who wait for a seat that comes back."""
    on_sale: bool
    draw: ListedDraw | None


@dataclass(frozen=True, slots=True)
class ListedEvent:
    """A show with its sections; `payment`: `money.SOL`, or the mint that prices are in."""

    slot: int
    event: Address
    organiser: Address
    number: int
    name: str
    uri: str
    issuer: Address | None
    payment: Address
    decimals: int | None
    sale_opens: int
    sale_closes: int
    freeze: int
    doors: int
    ends: int
    limit: int
    sessions: int
    cancelled: bool
    on_sale: bool
    sections: list[ListedSection]


@dataclass(frozen=True, slots=True)
class Events(Page):
    """Shows."""

    events: list[ListedEvent]


@dataclass(frozen=True, slots=True)
class MyTicket:
    """A ticket that the caller holds, has as a person, or has paid for.

    `section_index`: as orders name the section; None when that is closed.
    """

    slot: int
    ticket: Address
    event: Address
    section: Address
    section_index: int | None
    seat: int
    state: str
    mint: Address
    holder: Address | None
    person: Address | None
    paid_by: Address | None
    price_paid: int
    hops: int
    offer_until: int | None


@dataclass(frozen=True, slots=True)
class MyTickets(Page):
    """The caller's tickets."""

    tickets: list[MyTicket]


@dataclass(frozen=True, slots=True)
class MyGrant:
    """Leave to buy in somebody's name, in these sections; `count` tickets are left."""

    slot: int
    grant: Address
    role: Literal["owner", "helper"]
    event: Address
    owner: Address
    helper: Address
    count: int
    max_price: int
    sections: list[int]
    expires: int


@dataclass(frozen=True, slots=True)
class MyGrants(Page):
    """Grants that the caller gave or got."""

    grants: list[MyGrant]


@dataclass(frozen=True, slots=True)
class MyPlace:
    """A place of a waiting list."""

    slot: int
    place: Address
    event: Address | None
    section: Address
    section_index: int | None
    index: int
    person: Address
    joined_slot: int
    active: bool


@dataclass(frozen=True, slots=True)
class MyOffer:
    """A seat that the caller may take until `offer_until`."""

    slot: int
    ticket: Address
    event: Address
    section: Address
    section_index: int | None
    seat: int
    offered_to: Address
    offer_until: int


@dataclass(frozen=True, slots=True)
class MyWaiting:
    """The caller's places, and the seats that are offered to the caller."""

    as_of: AsOf
    places: list[MyPlace]
    offers: list[MyOffer]


@dataclass(frozen=True, slots=True)
class MyDraw:
    """A draw that the caller takes part in; `complete`: the whole group has paid."""

    slot: int
    bid: Address
    draw: Address
    group: Address
    event: Address
    section: Address
    section_index: int | None
    person: Address
    deposit: int
    complete: bool
    result: Result
    first_seat: int | None
    """Where the seats of a group that won begin."""
    target_slot: int
    claim_until: int | None


@dataclass(frozen=True, slots=True)
class MyDraws(Page):
    """Draws that the caller takes part in."""

    draws: list[MyDraw]


@dataclass(frozen=True, slots=True)
class MyEntry:
    """That the caller was let in; `nft`: the mint of what was made of it, if that was.

    It can be made from `nft_from` on.
    """

    slot: int
    entry: Address
    ticket: Address
    event: Address
    session: int
    gate: Address
    person: Address
    entered_at: int
    nft_from: int
    undone: bool
    nft: Address | None
    entry_token: Address


@dataclass(frozen=True, slots=True)
class MyEntries(Page):
    """The caller's entries into shows."""

    entries: list[MyEntry]


@dataclass(frozen=True, slots=True)
class ListedCase:
    """Why an organiser wants a ticket void; bytes in hex.

    open: the holder may appeal until `appeal_until`; appealed: the arbiter decides until
    `decide_until`; upheld: `finish_void`; dismissed, voided: final.
    """

    slot: int
    case: Address
    event: Address
    ticket: Address
    person: Address
    state: str
    rule: int
    evidence: str
    statement: str | None
    appeal_until: int
    decide_until: int


@dataclass(frozen=True, slots=True)
class Cases(Page):
    """Cases about tickets."""

    cases: list[ListedCase]


@dataclass(frozen=True, slots=True)
class Happened:
    """One instruction that the chain has carried out; the same one always has the same `id`.

    `accounts` by their names in docs/programs.md; `amount`: what the event's vault got or gave.
    """

    id: str
    kind: str
    program: Literal["ticket", "family", "raffle"]
    instruction: str
    slot: int
    time: int | None
    accounts: dict[str, Address]
    amount: int | None


@dataclass(frozen=True, slots=True)
class Told(Happened):
    """A happening at its place in the stream."""

    place: str


@dataclass(frozen=True, slots=True)
class Gap:
    """What came after a place is not kept any more; a stream goes on after `next`."""

    after: str
    oldest: str
    next: str


@dataclass(frozen=True, slots=True)
class FeedPage:
    """A part of the stream, oldest first; ask again with `after` = `next`.

    `gap`: what came right after `after` is not kept any more; read the lists anew.
    """

    happenings: list[Told]
    next: str
    gap: bool


@dataclass(frozen=True, slots=True)
class Purchases:
    """What the caller bought, deposited and got back, the newest first."""

    as_of: AsOf
    purchases: list[Happened]


@dataclass(frozen=True, slots=True)
class Transfer(Happened):
    """A ticket that passed on within a family, from the caller or to the caller."""

    role: Literal["sender", "receiver"]


@dataclass(frozen=True, slots=True)
class Transfers:
    """Tickets that the caller passed on or was given, the newest first."""

    as_of: AsOf
    transfers: list[Transfer]
