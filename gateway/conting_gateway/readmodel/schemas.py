"""What the read model shows. Times are Unix seconds of the chain's clock unless they say slots.

Fields have the names, and the meaning, that they have in the accounts of the programs
(docs/programs.md); prices are in the smallest units of the event's payment.
"""

import re
from enum import Enum
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema
from solders.pubkey import Pubkey

from conting_gateway.readmodel.model import NOBODY, Row
from conting_gateway.schemas import DECIMALS, Address, Amount, Lamports

B = TypeVar("B", bound=BaseModel)


def _name(value: object) -> object:
    return value.name.lower() if isinstance(value, Enum) else value


def _somebody(value: object) -> object:
    return None if value == NOBODY else value


def _hex(value: object) -> object:
    return value.hex() if isinstance(value, bytes) else value


State = Annotated[str, BeforeValidator(_name)]
Maybe = Annotated[Address | None, BeforeValidator(_somebody)]
Digest = Annotated[
    str, BeforeValidator(_hex), WithJsonSchema({"type": "string", "pattern": "^[0-9a-f]{64}$"})
]


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


class ListedSection(Shown):
    """A block of seats at one price."""

    section: Address
    index: int
    name: str
    mode: State = Field(description="first_come or draw")
    seats: int
    sold: int
    price: Amount
    gate_group: int
    open_from: int
    waiting_active: int = Field(description="Persons who wait for a seat that comes back")
    on_sale: bool = Field(description="Somebody may buy a seat now")


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
    seat: int
    state: State
    mint: Address
    holder: Maybe
    person: Maybe
    paid_by: Maybe
    price_paid: Amount
    hops: int
    offer_until: int


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
    count: int
    max_price: Amount
    sections: int = Field(description="Bit i: section i is allowed")
    expires: int


class MyGrants(Page):
    """Grants that the caller gave or got."""

    grants: list[MyGrant]


class MyPlace(Shown):
    """A place of a waiting list."""

    place: Address
    section: Address
    index: int
    person: Address
    joined_slot: int
    active: bool


class MyOffer(Shown):
    """A seat that the caller may take until `offer_until`."""

    ticket: Address
    event: Address
    section: Address
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
    person: Address
    deposit: Amount
    complete: bool = Field(description="The whole group has paid: it takes part")
    result: Literal["open", "won", "lost"]
    first_seat: int | None = Field(description="Where the seats of a group that won begin")
    claim_until: int


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


class ListedRaffle(Shown):
    """A raffle of goods."""

    raffle: Address
    series: Address
    event: Address | None
    number: int
    organiser: Address
    name: str
    uri: str
    state: State = Field(examples=["drawn"])
    winners: int
    entries: int
    opens: int
    closes: int
    claim_until: int
    target_slot: int
    bond: Lamports
    commit: Digest
    secret: Digest
    slot_hash: Digest
    draw_key: Digest


class Raffles(Page):
    """Raffles."""

    raffles: list[ListedRaffle]


class ListedRaffleEntry(Shown):
    """A place in a raffle."""

    raffle_entry: Address
    raffle: Address
    mint: Address
    index: int
    entrant: Address
    state: State = Field(examples=["claimed"])
    result: Literal["open", "won", "lost"]
    prize: int | None = Field(description="Which prize was won, from 0; null: none, or not drawn")


class RaffleEntries(Page):
    """Places in raffles."""

    raffle_entries: list[ListedRaffleEntry]


class ListedEntryNft(Shown):
    """An NFT made of an entry, for sale or wanted for another one."""

    listing: Address
    entry_token: Address | None = Field(description="What orders about it name")
    mint: Address
    series: Address
    seller: Address
    price: Lamports = Field(description="0 for a swap")
    wanted: Maybe = Field(description="The mint that the seller wants for it; null for a sale")
    nonce: int
    hops: int | None


class Listings(Page):
    """Entries for sale, or for swapping."""

    listings: list[ListedEntryNft]


PLACE: Final = re.compile(r"^[0-9]{1,15}(-[0-9]{1,9})?$")
Place = Annotated[
    str,
    Field(
        pattern=PLACE.pattern,
        description="A place in the stream",
        examples=["1760000000000-0"],
    ),
]


class Happened(BaseModel):
    """One instruction that the chain has carried out."""

    id: str = Field(description="Signature and index: the same happening always has the same id")
    kind: str = Field(description="sold, refunded, entered, offered, ..., or the instruction")
    program: Literal["ticket", "family", "raffle"]
    instruction: str
    slot: int
    time: int | None = Field(description="Of its block")
    accounts: dict[str, Address] = Field(description="By their names in docs/programs.md")
    amount: int | None = Field(description="What the event's vault got or gave, if that is known")


class Told(Happened):
    """A happening at its place in the stream."""

    place: Place


class FeedPage(BaseModel):
    """A part of the stream, oldest first; ask again with `after` = `next`."""

    happenings: list[Told]
    next: Place
    gap: bool = Field(
        description="What came right after `after` is not kept any more: read the lists anew"
    )


class Purchases(BaseModel):
    """What the caller bought, deposited and got back, the newest first; the last 500 happenings."""

    as_of: AsOf
    purchases: list[Happened]


class Transfer(Happened):
    """A ticket that passed on within a family. `role`: which part of it was the caller's."""

    role: Literal["sender", "receiver"]


class Transfers(BaseModel):
    """Tickets that the caller passed on or was given, the newest first.

    Of the last 500 happenings of the caller's.
    """

    as_of: AsOf
    transfers: list[Transfer]


def key_after(row: Row[Any], after: Pubkey | None) -> bool:
    """Whether a row comes after an address, in the order of pages."""
    return after is None or bytes(row.address) > bytes(after)
