"""What the read model shows. Times are Unix seconds of the chain's clock unless they say slots.

Fields have the names, and the meaning, that they have in the accounts of the programs
(docs/programs.md); prices are in the smallest units of the event's payment.
"""

from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema
from solders.pubkey import Pubkey

from conting_gateway.readmodel.model import NOBODY, Row
from conting_gateway.schemas import (
    DECIMALS,
    Address,
    Amount,
    Lamports,
    OpenFrom,
    SaleMode,
    name_of,
)

B = TypeVar("B", bound=BaseModel)
NOTHING: Final = bytes(32)


def _somebody(value: object) -> object:
    return None if value == NOBODY else value


def _hex(value: object) -> object:
    return value.hex() if isinstance(value, bytes) else value


def _known(value: object) -> object:
    return None if value in (0, NOTHING) else value


def _numbers(value: object) -> object:
    return [at for at in range(64) if value >> at & 1] if isinstance(value, int) else value


Maybe = Annotated[Address | None, BeforeValidator(_somebody)]
Digest = Annotated[
    str, BeforeValidator(_hex), WithJsonSchema({"type": "string", "pattern": "^[0-9a-f]{64}$"})
]
Told = Annotated[Digest | None, BeforeValidator(_known)]
"""Zeros on chain until it is told."""
Moment = Annotated[int | None, BeforeValidator(_known)]
"""0 on chain until it is known."""
TicketState = Annotated[
    Literal["issued", "cooling", "offered", "used", "voiding", "void"], BeforeValidator(name_of)
]
DrawState = Annotated[Literal["open", "drawn"], BeforeValidator(name_of)]
CaseState = Annotated[
    Literal["open", "appealed", "upheld", "dismissed", "voided"], BeforeValidator(name_of)
]
SECTION_INDEX = Field(description="Its number, as orders have it; null: the section is closed")


def shown(schema: type[B], row: Row[Any], **more: object) -> B:
    """A row as it is shown: the fields of these names, and what else is known."""
    fields: dict[str, Any] = {
        name: getattr(row.data, name) for name in schema.model_fields if hasattr(row.data, name)
    }
    return schema.model_validate(fields | {"slot": row.slot} | more)


class AsOf(BaseModel):
    """How new an answer is. A client that knows of a newer slot asks with `min_slot`."""

    slot: int = Field(description="Everything up to this slot is in the answer")
    age_ms: int = Field(description="Since the gateway last heard of the chain")
    source: Literal["none", "subscription", "polling"]
    stale: bool = Field(description="The chain may have moved on without the gateway's knowledge")


class Shown(BaseModel):
    """An account; `slot` is where it was last seen to change."""

    slot: int


class Page(BaseModel):
    """A part of a list, by address; `next` is the `after` of the rest."""

    as_of: AsOf
    next: Address | None = None


class ListedDraw(Shown):
    """The draw of a section's seats among groups of up to four."""

    draw: Address
    state: DrawState
    entries: int = Field(description="Groups that take part")
    target_slot: int = Field(description="Groups enter until this slot begins; its hash decides")
    claim_window: int = Field(description="Seconds that winners have to claim, from the draw on")
    claim_until: Moment = Field(description="Null until the draw")
    bond: Lamports = Field(
        description="Lamports that an organiser loses who does not tell the secret"
    )
    commit: Digest = Field(description="SHA-256 of the secret")


class ListedSection(Shown):
    """A block of seats at one price."""

    section: Address
    index: int
    name: str
    mode: SaleMode
    seats: int
    sold: int
    price: Amount
    gate_group: int
    open_from: OpenFrom
    waiting_active: int = Field(description="Persons who wait for a seat that comes back")
    on_sale: bool = Field(description="Somebody may buy a seat now")
    draw: ListedDraw | None = Field(description="Where the seats are drawn")


class ListedEvent(Shown):
    """A show with its sections."""

    event: Address
    organiser: Address
    number: int
    name: str
    uri: str
    issuer: Maybe
    payment: Address = Field(
        description="Mint of the token of SPL Token that prices are in; the zero key: lamports"
    )
    decimals: int | None = DECIMALS
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


class Events(Page):
    """Shows."""

    events: list[ListedEvent]


class MyTicket(Shown):
    """A ticket of the caller's, in whatever state."""

    ticket: Address
    event: Address
    section: Address
    section_index: int | None = SECTION_INDEX
    seat: int
    state: TicketState
    mint: Address
    holder: Maybe
    person: Maybe
    paid_by: Maybe
    price_paid: Amount
    hops: int = Field(description="How often it was passed on within a family")
    offer_until: Moment = Field(description="While it is offered; else null")


class MyTickets(Page):
    """The caller's tickets."""

    tickets: list[MyTicket]


class MyGrant(Shown):
    """Leave to buy in somebody's name. `role`: whose it is, seen from the caller."""

    grant: Address
    role: Literal["owner", "helper"]
    event: Address
    owner: Address
    helper: Address
    count: int = Field(description="Tickets that are left to buy")
    max_price: Amount
    sections: Annotated[list[int], BeforeValidator(_numbers)] = Field(
        description="The numbers of the sections that are allowed"
    )
    expires: int


class MyGrants(Page):
    """Grants that the caller gave or got."""

    grants: list[MyGrant]


class MyPlace(Shown):
    """A place of a waiting list."""

    place: Address
    event: Address | None = Field(description="Null: the section is closed")
    section: Address
    section_index: int | None = SECTION_INDEX
    index: int = Field(description="The place's number on the list, from 0")
    person: Address
    joined_slot: int
    active: bool


class MyOffer(Shown):
    """A seat that the caller may take until `offer_until`."""

    ticket: Address
    event: Address
    section: Address
    section_index: int | None = SECTION_INDEX
    seat: int
    offered_to: Address
    offer_until: int


class MyWaiting(BaseModel):
    """The caller's places, and the seats that are offered to the caller."""

    as_of: AsOf
    places: list[MyPlace]
    offers: list[MyOffer]


class MyDraw(Shown):
    """A draw that the caller takes part in."""

    bid: Address
    draw: Address
    group: Address
    event: Address
    section: Address
    section_index: int | None = SECTION_INDEX
    person: Address
    deposit: Amount
    complete: bool = Field(description="The whole group has paid: it takes part")
    result: Literal["open", "won", "lost"]
    first_seat: int | None = Field(description="Where the seats of a group that won begin")
    target_slot: int = Field(description="The draw takes place after this slot")
    claim_until: Moment = Field(description="Null until the draw")


class MyDraws(Page):
    """Draws that the caller takes part in."""

    draws: list[MyDraw]


class MyEntry(Shown):
    """That the caller was let in."""

    entry: Address
    ticket: Address
    event: Address
    session: int
    gate: Address
    person: Address
    entered_at: int
    nft_from: int = Field(description="Unix seconds; from then on an NFT can be made of it")
    undone: bool
    nft: Address | None = Field(description="The mint of the NFT that was made of it, if one was")
    entry_token: Address = Field(description="What orders about that NFT name")


class MyEntries(Page):
    """The caller's entries into shows."""

    entries: list[MyEntry]


class MyEntryNft(Shown):
    """An NFT made of an entry, in the caller's wallet; whoever was let in with that entry."""

    entry_token: Address = Field(description="What orders about it name")
    mint: Address
    token: Address = Field(description="The token account that it lies in")
    entry: Address
    series: Address
    event: Address | None
    number: int = Field(description="Within its series")
    hops: int = Field(description="How often it has changed hands on the market")
    closes: int | None = Field(description="No longer traded or entered into raffles from then on")


class MyEntryNfts(Page):
    """Entries' NFTs that lie in the caller's wallet; those that are listed lie in escrow."""

    entry_nfts: list[MyEntryNft]


class ListedCase(Shown):
    """Why an organiser wants a ticket void. open: the holder may appeal; appealed: the arbiter
    decides; upheld: `finish_void`; dismissed, voided: final.
    """

    case: Address
    event: Address
    ticket: Address
    person: Address = Field(description="Who held the ticket")
    state: CaseState
    rule: int = Field(description="Its number in the event's published terms")
    evidence: Digest = Field(description="Hash of what was handed to the holder")
    statement: Told = Field(description="Hash of the holder's answer; null without an appeal")
    appeal_until: int = Field(description="Who has not appealed by then has accepted")
    decide_until: int = Field(description="A case that nobody has decided by then is dismissed")


class Cases(Page):
    """Cases about tickets."""

    cases: list[ListedCase]


def key_after(row: Row[Any], after: Pubkey | None) -> bool:
    """Whether a row comes after an address, in the order of pages."""
    return after is None or bytes(row.address) > bytes(after)
