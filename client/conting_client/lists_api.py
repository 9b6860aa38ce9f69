"""What the gateway lists, and what it tells of the chain as it happens.

page = await gateway.lists.my_tickets(min_slot=slot)
async for told in gateway.lists.stream(event=show): ...
"""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Final, Protocol, TypedDict, TypeVar, Unpack
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError
from solders.pubkey import Pubkey

from conting_client import list_answers as answers
from conting_client import market_answers as market
from conting_client._errors import FeedGap, GatewayUnavailable

T = TypeVar("T")
P = TypeVar("P", bound=answers.Page)
_DATA: Final = "data:"
_EVENT: Final = "event:"
_GAP: Final = "gap"
_TOLD: Final = TypeAdapter(answers.Told)
_WHERE: Final = TypeAdapter(answers.Gap)


class Ask(Protocol):
    """Sends one request and reads its answer, as GatewayClient does."""

    async def __call__(self, method: str, path: str, shape: type[T]) -> T: ...  # noqa: D102 that is what it does


Lines = Callable[[str], AsyncGenerator[str, None]]
"""The lines of an answer that does not end, by its path."""


class Newer(TypedDict, total=False):
    """`min_slot`: the answer has all that was confirmed up to there, or `not_fresh` is raised."""

    min_slot: int


class Part(Newer, total=False):
    """Which part of a list: `limit` rows (50 unless said, 200 at most) after an address."""

    after: Pubkey
    limit: int


class ListsApi:
    """Lists of one session; those of `my_…` need one. All raise GatewayRefused, GatewayUnavailable.

    Each gives one page; `pages` follows them to the end.
    """

    def __init__(self, ask: Ask, lines: Lines) -> None:
        self._ask = ask
        self._lines = lines

    async def pages(self, first: Callable[..., Awaitable[P]], **asked: object) -> AsyncIterator[P]:
        """All pages of one of the lists below, asked for with these arguments."""
        page = await first(**asked)
        yield page
        while page.next is not None:
            page = await first(**(asked | {"after": page.next}))
            yield page

    # For everybody

    async def events(
        self, *, organiser: Pubkey | None = None, on_sale: bool = True, **part: Unpack[Part]
    ) -> answers.Events:
        """Events with their sections; `on_sale`: only those of which a seat can be had now."""
        asked = {"organiser": organiser, "on_sale": str(on_sale).lower()}
        return await self._get("/v1/events", answers.Events, asked | part)

    async def raffles(self, *, event: Pubkey | None = None, **part: Unpack[Part]) -> market.Raffles:
        """Raffles, of one event or of all."""
        return await self._get("/v1/raffles", market.Raffles, {"event": event} | part)

    async def raffle_entries(self, raffle: Pubkey, **part: Unpack[Part]) -> market.RaffleEntries:
        """Who takes part in a raffle, with the results once it is drawn."""
        return await self._get(f"/v1/raffles/{raffle}/entries", market.RaffleEntries, part)

    async def series(self, *, event: Pubkey | None = None, **part: Unpack[Part]) -> market.Series:
        """By which rules the entries of one event, or of all, are traded."""
        return await self._get("/v1/series", market.Series, {"event": event} | part)

    async def cases(
        self, *, event: Pubkey | None = None, ticket: Pubkey | None = None, **part: Unpack[Part]
    ) -> answers.Cases:
        """Cases about tickets: of one event, about one ticket, or all."""
        asked = {"event": event, "ticket": ticket}
        return await self._get("/v1/cases", answers.Cases, asked | part)

    async def listings(
        self, *, series: Pubkey | None = None, **part: Unpack[Part]
    ) -> market.Listings:
        """Entries that are for sale."""
        return await self._get("/v1/listings", market.Listings, {"series": series} | part)

    async def swaps(self, *, series: Pubkey | None = None, **part: Unpack[Part]) -> market.Listings:
        """Entries that are offered for other ones."""
        return await self._get("/v1/swaps", market.Listings, {"series": series} | part)

    # For who has signed in

    async def my_tickets(self, **part: Unpack[Part]) -> answers.MyTickets:
        """What the caller holds, has as a person, or has paid for."""
        return await self._get("/v1/my/tickets", answers.MyTickets, part)

    async def my_grants(self, **part: Unpack[Part]) -> answers.MyGrants:
        """Who may buy for the caller, and for whom the caller may."""
        return await self._get("/v1/my/grants", answers.MyGrants, part)

    async def my_cases(self, **part: Unpack[Part]) -> answers.Cases:
        """Cases about tickets that the caller holds or held, with the times to answer."""
        return await self._get("/v1/my/cases", answers.Cases, part)

    async def my_waiting(self, **newer: Unpack[Newer]) -> answers.MyWaiting:
        """The caller's places of waiting lists, and what is offered to the caller now."""
        return await self._get("/v1/my/waiting", answers.MyWaiting, newer)

    async def my_draws(self, **part: Unpack[Part]) -> answers.MyDraws:
        """The draws that the caller takes part in, with their results."""
        return await self._get("/v1/my/draws", answers.MyDraws, part)

    async def my_entries(self, **part: Unpack[Part]) -> answers.MyEntries:
        """The shows that the caller was let into."""
        return await self._get("/v1/my/entries", answers.MyEntries, part)

    async def my_entry_nfts(self, **part: Unpack[Part]) -> market.MyEntryNfts:
        """The NFTs of entries that lie in the caller's wallet."""
        return await self._get("/v1/my/entry-nfts", market.MyEntryNfts, part)

    async def my_raffle_entries(self, **part: Unpack[Part]) -> market.RaffleEntries:
        """What the caller has entered raffles with, and what was won."""
        return await self._get("/v1/my/raffle-entries", market.RaffleEntries, part)

    async def my_listings(self, **part: Unpack[Part]) -> market.Listings:
        """What the caller has put up for sale or for a swap."""
        return await self._get("/v1/my/listings", market.Listings, part)

    async def my_purchases(self, **newer: Unpack[Newer]) -> answers.Purchases:
        """What the caller bought, deposited and got back."""
        return await self._get("/v1/my/purchases", answers.Purchases, newer)

    async def my_transfers(self, **newer: Unpack[Newer]) -> answers.Transfers:
        """The tickets that the caller passed on within a family, or was given."""
        return await self._get("/v1/my/transfers", answers.Transfers, newer)

    # What happens on chain

    async def feed(self, *, after: str = "0", limit: int = 100) -> answers.FeedPage:
        """What has happened, from the oldest that is kept. Of the same `id`: once."""
        return await self._get("/v1/feed", answers.FeedPage, {"after": after, "limit": limit})

    async def stream(
        self,
        *,
        event: Pubkey | None = None,
        person: Pubkey | None = None,
        kinds: Sequence[str] = (),
        after: str | None = None,
    ) -> AsyncGenerator[answers.Told, None]:
        """What happens, as it happens; from the place `after` on, if that is given.

        `person`: only what names this person or wallet, such as a re-binding that is announced.

        Raises GatewayUnavailable when the connection is cut: go on after the last `place`. Raises
        FeedGap when what came after a place is not kept any more: read the lists anew, and go on
        after the place that it names.
        """
        asked = {"event": event, "person": person, "kind": kinds, "after": after}
        path = _with("/v1/feed/stream", asked)
        async with aclosing(self._lines(path)) as lines:
            kind = ""
            async for line in lines:
                if line.startswith(_EVENT):
                    kind = line.removeprefix(_EVENT).strip()
                elif line.startswith(_DATA):
                    if kind == _GAP:
                        raise FeedGap(_read(_WHERE, line).next)
                    yield _read(_TOLD, line)

    async def _get(self, path: str, shape: type[T], asked: Mapping[str, object]) -> T:
        return await self._ask("GET", _with(path, asked), shape)


def _read(shape: TypeAdapter[T], line: str) -> T:
    try:
        return shape.validate_json(line.removeprefix(_DATA))
    except ValidationError:
        raise GatewayUnavailable(
            "what the stream tells is not a gateway's", "not_a_gateway"
        ) from None


def _with(path: str, asked: Mapping[str, object]) -> str:
    """A path with what is asked for, lists as repeated names."""
    pairs = [
        (name, str(each))
        for name, value in asked.items()
        for each in (value if isinstance(value, list | tuple) else [value])
        if each is not None
    ]
    return f"{path}?{'&'.join(f'{name}={quote(text)}' for name, text in pairs)}" if pairs else path
