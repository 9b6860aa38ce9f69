"""What the gateway lists of entries' NFTs, raffles and the market, typed as `list_answers` are."""

from dataclasses import dataclass

from conting_client.gateway_answers import Address
from conting_client.list_answers import Page, Result


@dataclass(frozen=True, slots=True)
class MyEntryNft:
    """An NFT made of an entry, in the caller's wallet, in the token account `token`.

    `closes`: it is no longer traded or entered into raffles from then on.
    """

    slot: int
    entry_token: Address
    mint: Address
    token: Address
    entry: Address
    series: Address
    event: Address | None
    number: int
    hops: int
    closes: int | None


@dataclass(frozen=True, slots=True)
class MyEntryNfts(Page):
    """Entries' NFTs that lie in the caller's wallet."""

    entry_nfts: list[MyEntryNft]


@dataclass(frozen=True, slots=True)
class ListedRaffle:
    """A raffle of goods; bytes in hex; what the draw makes is None before it."""

    slot: int
    raffle: Address
    series: Address
    event: Address | None
    number: int
    organiser: Address
    name: str
    uri: str
    state: str
    winners: int
    entries: int
    opens: int
    closes: int
    claim_until: int | None
    target_slot: int
    bond: int
    commit: str
    secret: str | None
    slot_hash: str | None
    draw_key: str | None


@dataclass(frozen=True, slots=True)
class Raffles(Page):
    """Raffles."""

    raffles: list[ListedRaffle]


@dataclass(frozen=True, slots=True)
class ListedRaffleEntry:
    """A place in a raffle; `prize`: which one was won, from 0."""

    slot: int
    raffle_entry: Address
    raffle: Address
    mint: Address
    index: int
    entrant: Address
    state: str
    result: Result
    prize: int | None


@dataclass(frozen=True, slots=True)
class RaffleEntries(Page):
    """Places in raffles."""

    raffle_entries: list[ListedRaffleEntry]


@dataclass(frozen=True, slots=True)
class ListedEntryNft:
    """An NFT made of an entry, for sale (`price` in lamports), or wanted for the mint `wanted`."""

    slot: int
    listing: Address
    entry_token: Address | None
    mint: Address
    series: Address
    seller: Address
    price: int
    wanted: Address | None
    nonce: int
    hops: int | None


@dataclass(frozen=True, slots=True)
class Listings(Page):
    """Entries for sale, or for swapping."""

    listings: list[ListedEntryNft]


@dataclass(frozen=True, slots=True)
class ListedSeries:
    """The rules by which an event's entries are traded; `fee` in basis points."""

    slot: int
    series: Address
    event: Address
    organiser: Address
    name: str
    uri: str
    closes: int
    price_cap: int
    fee: int
    max_hops: int
    minted: int


@dataclass(frozen=True, slots=True)
class Series(Page):
    """Series."""

    series: list[ListedSeries]
