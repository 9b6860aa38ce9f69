"""GET /v1/events, /v1/my/…, /v1/raffles…, /v1/listings, /v1/swaps: lists from the read model."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Annotated, Any, NamedTuple, TypeVar

from fastapi import APIRouter, Depends, Query
from solders.pubkey import Pubkey

from conting_gateway.deps import Caller, Use
from conting_gateway.errors import NotSignedInError, SessionExpiredError, responses
from conting_gateway.readmodel import market_schemas as market
from conting_gateway.readmodel import schemas
from conting_gateway.readmodel.errors import (
    NotFreshError,
    ReadModelLoadingError,
    UnknownRaffleError,
)
from conting_gateway.readmodel.schemas import AsOf, key_after, shown
from conting_gateway.schemas import Address

router = APIRouter(prefix="/v1", tags=["read model"])

R = TypeVar("R")
READ = (ReadModelLoadingError, NotFreshError)
MINE = (*READ, NotSignedInError, SessionExpiredError)
MOST = 200


async def _as_of(
    use: Use,
    min_slot: Annotated[
        int | None, Query(ge=0, lt=2**63, description="Waits until the answer is this new")
    ] = None,
) -> AsOf:
    return await use.reading.lists.as_of(min_slot)


Now = Annotated[AsOf, Depends(_as_of)]


class Cut(NamedTuple):
    """Which part of a list is wanted."""

    after: Pubkey | None
    limit: int


def _cut(
    after: Annotated[Address | None, Query(description="The `next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> Cut:
    return Cut(after, limit)


Part = Annotated[Cut, Depends(_cut)]


def cut(rows: Iterable[R], part: Cut, row_of: Any = None) -> tuple[Sequence[R], Pubkey | None]:  # noqa: ANN401 a row, or what has one
    """The rows of a page, and where the next one begins."""
    row_of = row_of or (lambda each: each)
    rest = (each for each in rows if key_after(row_of(each), part.after))
    kept = list(islice(rest, part.limit))
    return kept, row_of(kept[-1]).address if next(rest, None) is not None else None


@router.get("/events", responses=responses(*READ))
async def events(
    use: Use,
    as_of: Now,
    part: Part,
    *,
    organiser: Annotated[Address | None, Query()] = None,
    on_sale: Annotated[bool, Query(description="Only those of which a seat can be had now")] = True,
) -> schemas.Events:
    """Lists events with their sections.

    Unless `on_sale=false` is asked for, only those of which a seat can be bought now: neither those
    to come, nor those whose seats are drawn and not yet settled.
    """
    now, lists = await use.catalog.now(), use.reading.lists
    rows = lists.events(organiser)
    if on_sale:
        rows = [row for row in rows if lists.is_on_sale(row, now)]
    kept, after = cut(rows, part)
    found = [lists.show_event(row, now) for row in kept]
    for each in found:
        each.decimals = await use.catalog.decimals(each.payment)
    return schemas.Events(as_of=as_of, next=after, events=found)


@router.get("/my/tickets", responses=responses(*MINE))
async def my_tickets(caller: Caller, use: Use, as_of: Now, part: Part) -> schemas.MyTickets:
    """Lists what the caller holds, has as a person, or has paid for."""
    kept, after = cut(use.reading.lists.tickets(caller.wallet), part)
    tickets = [use.reading.lists.show_ticket(row) for row in kept]
    return schemas.MyTickets(as_of=as_of, next=after, tickets=tickets)


@router.get("/my/grants", responses=responses(*MINE))
async def my_grants(caller: Caller, use: Use, as_of: Now, part: Part) -> schemas.MyGrants:
    """Lists who may buy for the caller, and for whom the caller may."""
    kept, after = cut(use.reading.lists.grants(caller.wallet), part, lambda each: each[1])
    grants = [shown(schemas.MyGrant, row, grant=row.address, role=role) for role, row in kept]
    return schemas.MyGrants(as_of=as_of, next=after, grants=grants)


@router.get("/my/cases", responses=responses(*MINE))
async def my_cases(caller: Caller, use: Use, as_of: Now, part: Part) -> schemas.Cases:
    """Lists the cases about tickets that the caller holds or held, with the times to answer."""
    kept, after = cut(use.reading.lists.cases_of(caller.wallet), part)
    found = [shown(schemas.ListedCase, row, case=row.address) for row in kept]
    return schemas.Cases(as_of=as_of, next=after, cases=found)


@router.get("/cases", responses=responses(*READ))
async def cases(
    use: Use,
    as_of: Now,
    part: Part,
    *,
    event: Annotated[Address | None, Query()] = None,
    ticket: Annotated[Address | None, Query()] = None,
) -> schemas.Cases:
    """Lists cases about tickets: of one event, about one ticket, or all; for organiser and
    arbiter."""
    kept, after = cut(use.reading.lists.cases(event, ticket), part)
    found = [shown(schemas.ListedCase, row, case=row.address) for row in kept]
    return schemas.Cases(as_of=as_of, next=after, cases=found)


@router.get("/my/waiting", responses=responses(*MINE))
async def my_waiting(caller: Caller, use: Use, as_of: Now) -> schemas.MyWaiting:
    """Lists the caller's places of waiting lists, and what is offered to the caller now."""
    return schemas.MyWaiting(
        as_of=as_of,
        places=use.reading.lists.places(caller.wallet),
        offers=use.reading.lists.offers(caller.wallet, await use.catalog.now()),
    )


@router.get("/my/draws", responses=responses(*MINE))
async def my_draws(caller: Caller, use: Use, as_of: Now, part: Part) -> schemas.MyDraws:
    """Lists the draws that the caller takes part in, with their results."""
    kept, after = cut(use.reading.lists.draws(caller.wallet), part)
    draws = [use.reading.lists.show_bid(row) for row in kept]
    return schemas.MyDraws(
        as_of=as_of, next=after, draws=[each for each in draws if each is not None]
    )


@router.get("/my/entries", responses=responses(*MINE))
async def my_entries(caller: Caller, use: Use, as_of: Now, part: Part) -> schemas.MyEntries:
    """Lists the shows that the caller was let into."""
    kept, after = cut(use.reading.lists.entries(caller.wallet), part)
    found = [use.reading.lists.show_entry(row) for row in kept]
    return schemas.MyEntries(as_of=as_of, next=after, entries=found)


@router.get("/my/entry-nfts", responses=responses(*MINE))
async def my_entry_nfts(caller: Caller, use: Use, as_of: Now, part: Part) -> schemas.MyEntryNfts:
    """Lists the NFTs of entries that lie in the caller's wallet, wherever they came from."""
    held = await use.catalog.nfts_of(caller.wallet)
    kept, after = cut(use.reading.lists.entry_nfts(held), part)
    found = [use.reading.lists.show_entry_nft(row, held[row.data.mint]) for row in kept]
    return schemas.MyEntryNfts(as_of=as_of, next=after, entry_nfts=found)


@router.get("/my/raffle-entries", responses=responses(*MINE))
async def my_raffle_entries(
    caller: Caller, use: Use, as_of: Now, part: Part
) -> market.RaffleEntries:
    """Lists what the caller has entered raffles with, and what was won."""
    kept, after = cut(use.reading.lists.raffle_entries_of(caller.wallet), part)
    found = [use.reading.lists.show_raffle_entry(row) for row in kept]
    return market.RaffleEntries(as_of=as_of, next=after, raffle_entries=found)


@router.get("/my/listings", responses=responses(*MINE))
async def my_listings(caller: Caller, use: Use, as_of: Now, part: Part) -> market.Listings:
    """Lists what the caller has put up for sale or for a swap."""
    mine = [
        row
        for swaps in (False, True)
        for row in use.reading.lists.listings(swaps=swaps, seller=caller.wallet)
    ]
    kept, after = cut(sorted(mine, key=lambda row: bytes(row.address)), part)
    found = [use.reading.lists.show_listing(row) for row in kept]
    return market.Listings(as_of=as_of, next=after, listings=found)


@router.get("/series", responses=responses(*READ))
async def series(
    use: Use, as_of: Now, part: Part, *, event: Annotated[Address | None, Query()] = None
) -> market.Series:
    """Lists by which rules the entries of one event, or of all, are traded."""
    kept, after = cut(use.reading.lists.series(event), part)
    found = [shown(market.ListedSeries, row, series=row.address) for row in kept]
    return market.Series(as_of=as_of, next=after, series=found)


@router.get("/raffles", responses=responses(*READ))
async def raffles(
    use: Use, as_of: Now, part: Part, *, event: Annotated[Address | None, Query()] = None
) -> market.Raffles:
    """Lists raffles, of one event or of all."""
    kept, after = cut(use.reading.lists.raffles(event), part)
    found = [use.reading.lists.show_raffle(row) for row in kept]
    return market.Raffles(as_of=as_of, next=after, raffles=found)


@router.get("/raffles/{raffle}/entries", responses=responses(*READ, UnknownRaffleError))
async def raffle_entries(raffle: Address, use: Use, as_of: Now, part: Part) -> market.RaffleEntries:
    """Lists who takes part in a raffle, with the results once it is drawn."""
    kept, after = cut(use.reading.lists.raffle_entries(raffle, part.after), part)
    found = [use.reading.lists.show_raffle_entry(row) for row in kept]
    return market.RaffleEntries(as_of=as_of, next=after, raffle_entries=found)


@router.get("/listings", responses=responses(*READ))
async def listings(
    use: Use, as_of: Now, part: Part, *, series: Annotated[Address | None, Query()] = None
) -> market.Listings:
    """Lists entries that are for sale."""
    kept, after = cut(use.reading.lists.listings(swaps=False, series=series), part)
    found = [use.reading.lists.show_listing(row) for row in kept]
    return market.Listings(as_of=as_of, next=after, listings=found)


@router.get("/swaps", responses=responses(*READ))
async def swaps(
    use: Use, as_of: Now, part: Part, *, series: Annotated[Address | None, Query()] = None
) -> market.Listings:
    """Lists entries that are offered for other ones."""
    kept, after = cut(use.reading.lists.listings(swaps=True, series=series), part)
    found = [use.reading.lists.show_listing(row) for row in kept]
    return market.Listings(as_of=as_of, next=after, listings=found)
