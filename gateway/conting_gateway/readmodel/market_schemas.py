"""What the read model shows of raffles and of the market of entries."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from conting_gateway.readmodel.schemas import (
    Digest,
    DrawState,
    Maybe,
    Moment,
    Page,
    Shown,
    Told,
)
from conting_gateway.schemas import Address, Lamports, name_of

PrizeState = Annotated[Literal["entered", "claimed", "delivered"], BeforeValidator(name_of)]


class ListedRaffle(Shown):
    """A raffle of goods."""

    raffle: Address
    series: Address
    event: Address | None
    number: int
    organiser: Address
    name: str
    uri: str
    state: DrawState
    winners: int
    entries: int
    opens: int
    closes: int = Field(description="Entries are taken until then, and until `target_slot` begins")
    claim_until: Moment = Field(description="Null until the draw")
    target_slot: int = Field(description="Its hash, with the secret, decides")
    bond: Lamports
    commit: Digest
    secret: Told = Field(description="Null until the draw, and where it was not told in time")
    slot_hash: Told = Field(description="Null until the draw")
    draw_key: Told = Field(description="Null until the draw")


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
    state: PrizeState
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
    price: Lamports = Field(description="Lamports; 0 for a swap")
    wanted: Maybe = Field(description="The mint that the seller wants for it; null for a sale")
    nonce: int
    hops: int | None


class Listings(Page):
    """Entries for sale, or for swapping."""

    listings: list[ListedEntryNft]


class ListedSeries(Shown):
    """The rules by which an event's entries are traded."""

    series: Address
    event: Address
    organiser: Address = Field(description="Gets the fees")
    name: str
    uri: str
    closes: int = Field(description="No NFT is made, traded or entered into raffles from then on")
    price_cap: Lamports = Field(description="Lamports; 0: entries are swapped, not sold")
    fee: int = Field(description="Basis points of each price, which the seller pays")
    max_hops: int = Field(description="How often one entry may change hands on the market")
    minted: int = Field(description="NFTs that were made")


class Series(Page):
    """Series."""

    series: list[ListedSeries]
