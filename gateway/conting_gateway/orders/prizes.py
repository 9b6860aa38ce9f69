"""Orders about entries after the show: NFTs, raffles, and the market for both."""

from typing import Final

from conting_client.generated import raffle as program
from conting_client.generated.raffle import (
    EntryToken,
    Listing,
    PrizeState,
    Raffle,
    RaffleEntry,
    RaffleState,
    Series,
    Terms,
)
from conting_client.generated.ticket import Entry
from conting_client.raffle_asks import INCINERATOR
from solders.pubkey import Pubkey

from conting_gateway.orders.chain import Mark, made
from conting_gateway.orders.errors import (
    NotListedError,
    PriceAboveLimitError,
    UnknownEntryError,
    UnknownNftError,
    UnknownPrizeError,
    UnknownSeriesError,
)
from conting_gateway.orders.plans import Desk, Plan
from conting_gateway.orders.prize_schemas import (
    BuyEntryRequest,
    EntryNftRequest,
    EntryRequest,
    ListEntryRequest,
    MakeRaffleRequest,
    MakeSeriesRequest,
    RaffleEntryRequest,
    RaffleRequest,
    RevealRequest,
    SwapRequest,
    TakeSwapRequest,
)
from conting_gateway.orders.store import Subject

OWNER_AT: Final = 32  # of a token account
STATE_AT: Final = 81  # of a Raffle
PRIZE_AT: Final = 109  # of a RaffleEntry


async def mint_entry(desk: Desk, caller: Pubkey, asked: EntryRequest) -> Plan:
    """Builds the NFT of an entry, in the wallet of the person who entered; the caller pays."""
    entry = await desk.chain.read(Entry, asked.entry)
    if entry is None:
        raise UnknownEntryError
    person = await desk.person(entry.person)
    series = program.series_address(event=entry.event)
    await _series(desk, series)
    token = program.entry_token_address(entry=asked.entry)
    order = program.mint_entry(
        payer=caller,
        wallet=person.wallet,
        person=entry.person,
        entry=asked.entry,
        series=series,
    )
    return Plan(steps=[order], subject=Subject(entry.event, token), mark=made(EntryToken, token))


async def enter_raffle(desk: Desk, caller: Pubkey, asked: RaffleEntryRequest) -> Plan:
    """Builds a place in a raffle for an entry's NFT, which is burned."""
    nft, event = await _nft(desk, asked.entry_token)
    if await desk.chain.read(Raffle, asked.raffle) is None:
        raise UnknownPrizeError
    order = program.enter_raffle(
        entrant=caller,
        rent_to=nft.rent_to,
        series=nft.series,
        raffle=asked.raffle,
        entry_token=asked.entry_token,
        token=await _lies_in(desk, nft),
    )
    place = program.raffle_entry_address(raffle=asked.raffle, mint=nft.mint)
    return Plan(steps=[order], subject=Subject(event, place), mark=made(RaffleEntry, place))


async def claim_prize(desk: Desk, caller: Pubkey, asked: RaffleEntryRequest) -> Plan:
    """Builds the claim of a prize that the caller's place has won."""
    nft, event = await _nft(desk, asked.entry_token)
    place = program.raffle_entry_address(raffle=asked.raffle, mint=nft.mint)
    if await desk.chain.read(RaffleEntry, place) is None:
        raise UnknownPrizeError
    order = program.claim_prize(winner=caller, raffle=asked.raffle, raffle_entry=place)
    mark = Mark(place, PRIZE_AT, bytes([PrizeState.CLAIMED]))
    return Plan(steps=[order], subject=Subject(event, place), mark=mark)


async def list_entry(desk: Desk, caller: Pubkey, asked: ListEntryRequest) -> Plan:
    """Builds the offer of an entry's NFT for a price, at most the series' cap."""
    nft, event = await _nft(desk, asked.entry_token)
    listing = program.listing_address(mint=nft.mint)
    order = program.list_entry(
        seller=caller,
        series=nft.series,
        entry_token=asked.entry_token,
        nonce=nft.nonce + 1,
        price=asked.price,
        token=await _lies_in(desk, nft),
    )
    return Plan(
        steps=[order],
        subject=Subject(event, listing),
        mark=made(Listing, listing),
        price=asked.price,
    )


async def offer_swap(desk: Desk, caller: Pubkey, asked: SwapRequest) -> Plan:
    """Builds the offer of an entry's NFT for another one."""
    nft, event = await _nft(desk, asked.entry_token)
    listing = program.listing_address(mint=nft.mint)
    order = program.offer_swap(
        seller=caller,
        series=nft.series,
        entry_token=asked.entry_token,
        nonce=nft.nonce + 1,
        wanted=asked.wanted,
        token=await _lies_in(desk, nft),
    )
    return Plan(steps=[order], subject=Subject(event, listing), mark=made(Listing, listing))


async def cancel_listing(desk: Desk, caller: Pubkey, asked: EntryNftRequest) -> Plan:
    """Builds the end of the caller's offer; the NFT is the caller's again."""
    nft, event = await _nft(desk, asked.entry_token)
    listing, offer = await _offer(desk, nft)
    order = program.cancel_listing(seller=caller, listing=listing, escrow=offer.escrow)
    mark = Mark(offer.escrow, OWNER_AT, bytes(caller))
    return Plan(steps=[order], subject=Subject(event, listing), mark=mark)


async def buy_entry(desk: Desk, caller: Pubkey, asked: BuyEntryRequest) -> Plan:
    """Builds the purchase of an entry's NFT from just this seller, on just these terms."""
    nft, event = await _nft(desk, asked.entry_token)
    listing, offer = await _offer(desk, nft)
    if offer.price > asked.max_price:
        raise PriceAboveLimitError
    series = await _series(desk, nft.series)
    order = program.buy_entry(
        buyer=caller,
        seller=asked.seller,
        organiser=series.organiser,
        series=nft.series,
        entry_token=asked.entry_token,
        nonce=asked.nonce,
        max_price=asked.max_price,
        mint=nft.mint,
        escrow=offer.escrow,
    )
    return Plan(
        steps=[order],
        subject=Subject(event, listing),
        mark=Mark(offer.escrow, OWNER_AT, bytes(caller)),
        price=offer.price,
    )


async def accept_swap(desk: Desk, caller: Pubkey, asked: TakeSwapRequest) -> Plan:
    """Builds the exchange of the caller's NFT for the one that is offered for it."""
    nft, event = await _nft(desk, asked.entry_token)
    given, _ = await _nft(desk, asked.given)
    listing, offer = await _offer(desk, nft)
    order = program.accept_swap(
        taker=caller,
        seller=asked.seller,
        series=nft.series,
        offered=asked.entry_token,
        mint=nft.mint,
        wanted_series=given.series,
        wanted=asked.given,
        wanted_mint=given.mint,
        wanted_token=await _lies_in(desk, given),
        nonce=asked.nonce,
        escrow=offer.escrow,
    )
    mark = Mark(offer.escrow, OWNER_AT, bytes(caller))
    return Plan(steps=[order], subject=Subject(event, listing), mark=mark)


async def create_series(desk: Desk, caller: Pubkey, asked: MakeSeriesRequest) -> Plan:
    """Builds the series of an event's entries, by its organiser; the rules never change."""
    await desk.catalog.event(asked.event)
    series = program.series_address(event=asked.event)
    order = program.create_series(organiser=caller, **dict(asked))
    return Plan(steps=[order], subject=Subject(asked.event, series), mark=made(Series, series))


async def create_raffle(desk: Desk, caller: Pubkey, asked: MakeRaffleRequest) -> Plan:
    """Builds a raffle, by the organiser: the hash of a secret and a bond bind to its draw."""
    series = program.series_address(event=asked.event)
    await _series(desk, series)
    terms = {name: getattr(asked, name) for name in Terms.__slots__}
    order = program.create_raffle(
        organiser=caller,
        series=series,
        number=asked.number,
        terms=Terms(**terms),
        name=asked.name,
        uri=asked.uri,
    )
    address = program.raffle_address(series=series, number=asked.number)
    return Plan(steps=[order], subject=Subject(asked.event, address), mark=made(Raffle, address))


async def reveal_raffle(desk: Desk, caller: Pubkey, asked: RevealRequest) -> Plan:  # noqa: ARG001
    """Builds the draw of a raffle with its secret; the bond goes back to the organiser."""
    found = await desk.chain.read(Raffle, asked.raffle)
    if found is None:
        raise UnknownPrizeError
    series = await _series(desk, found.series)
    order = program.reveal_raffle(
        organiser=found.organiser, raffle=asked.raffle, secret=asked.secret
    )
    return Plan(
        steps=[order],
        subject=Subject(series.event, asked.raffle),
        mark=Mark(asked.raffle, STATE_AT, bytes([RaffleState.DRAWN])),
    )


async def draw_without_secret(desk: Desk, caller: Pubkey, asked: RaffleRequest) -> Plan:  # noqa: ARG001
    """Builds the draw of a raffle whose secret was not told in time: the bond is burned. Anybody
    may order this."""
    found = await desk.chain.read(Raffle, asked.raffle)
    if found is None:
        raise UnknownPrizeError
    series = await _series(desk, found.series)
    order = program.draw_without_secret(incinerator=INCINERATOR, raffle=asked.raffle)
    return Plan(
        steps=[order],
        subject=Subject(series.event, asked.raffle),
        mark=Mark(asked.raffle, STATE_AT, bytes([RaffleState.DRAWN])),
    )


async def _nft(desk: Desk, address: Pubkey) -> tuple[EntryToken, Pubkey]:
    """An entry's NFT, and its event."""
    found = await desk.chain.read(EntryToken, address)
    if found is None:
        raise UnknownNftError
    return found, (await _series(desk, found.series)).event


async def _series(desk: Desk, address: Pubkey) -> Series:
    found = await desk.chain.read(Series, address)
    if found is None:
        raise UnknownSeriesError
    return found


async def _offer(desk: Desk, nft: EntryToken) -> tuple[Pubkey, Listing]:
    address = program.listing_address(mint=nft.mint)
    found = await desk.chain.read(Listing, address)
    if found is None:
        raise NotListedError
    return address, found


async def _lies_in(desk: Desk, nft: EntryToken) -> Pubkey:
    found = await desk.chain.account_of_nft(nft.mint)
    if found is None:
        raise UnknownNftError
    return found
