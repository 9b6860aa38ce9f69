"""What orders about entries after the show ask for."""

from typing import Annotated

from pydantic import BaseModel, Field

from conting_gateway.orders.schemas import Word
from conting_gateway.schemas import Address

NFT = Field(description="The account of the raffle program that the NFT belongs to")
NONCE = Field(ge=0, lt=2**64, description="Of the listing as it was seen: no other is dealt with")
SELLER = Field(description="Of the listing as it was seen")
Moment = Annotated[int, Field(ge=0, lt=2**63, description="Unix seconds")]
Name = Annotated[str, Field(min_length=1, max_length=64)]
Uri = Annotated[str, Field(max_length=200)]


class EntryRequest(BaseModel):
    """Of which entry into a show an NFT is made."""

    entry: Address = Field(description="The account that the gate's check-in has made")


class EntryNftRequest(BaseModel):
    """Which entry's NFT."""

    entry_token: Address = NFT


class RaffleEntryRequest(EntryNftRequest):
    """Which entry's NFT, in which raffle."""

    raffle: Address


class ListEntryRequest(EntryNftRequest):
    """What is asked for it."""

    price: int = Field(gt=0, lt=2**64, description="Lamports")


class SwapRequest(EntryNftRequest):
    """What is wanted for it."""

    wanted: Address = Field(description="The mint of another entry's NFT")


class BuyEntryRequest(EntryNftRequest):
    """What is bought, from whom, and what was agreed to."""

    seller: Address = SELLER
    nonce: int = NONCE
    max_price: int = Field(ge=0, lt=2**64, description="Lamports")


class TakeSwapRequest(EntryNftRequest):
    """What is taken, from whom, and what is given for it."""

    given: Address = Field(description="Like entry_token, of the NFT that the caller gives")
    seller: Address = SELLER
    nonce: int = NONCE


class MakeSeriesRequest(BaseModel):
    """The rules by which an event's entries are traded."""

    event: Address
    closes: Moment
    price_cap: int = Field(ge=0, lt=2**64, description="Lamports; 0: entries are swapped, not sold")
    fee: int = Field(ge=0, lt=2**16, description="Basis points of each price")
    max_hops: int = Field(
        ge=0, lt=2**8, description="How often one entry may change hands on the market"
    )
    name: Name
    uri: Uri


class MakeRaffleRequest(BaseModel):
    """A raffle's terms."""

    event: Address
    number: int = Field(ge=0, lt=2**64, description="Another one for each raffle of the series")
    winners: int = Field(ge=0, lt=2**32)
    opens: Moment
    closes: Moment
    claim_window: int = Field(ge=0, lt=2**63, description="Seconds, from the draw")
    commit: Word = Field(description="SHA-256 of the secret")
    bond: int = Field(ge=0, lt=2**64, description="Lamports")
    target_slot: int = Field(
        ge=0,
        lt=2**64,
        description="A slot after `closes`: entries are taken only until it begins, and its hash, "
        "with the secret, decides",
    )
    name: Name
    uri: Uri


class RaffleRequest(BaseModel):
    """Which raffle is drawn."""

    raffle: Address


class RevealRequest(BaseModel):
    """Which raffle is drawn."""

    raffle: Address
    secret: Word
