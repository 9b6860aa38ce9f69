"""GET /v1/feed, /v1/feed/stream, /v1/my/purchases: what has happened on chain."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import asdict
from typing import Annotated, Final

from fastapi import APIRouter, Header, Query
from fastapi.responses import StreamingResponse
from solders.pubkey import Pubkey

from conting_gateway.deps import Caller, NetworkAddress, Use
from conting_gateway.errors import (
    InvalidRequestError,
    NotSignedInError,
    SessionExpiredError,
    StreamsFullError,
    responses,
)
from conting_gateway.limits.slots import begun
from conting_gateway.readmodel import feed_schemas as schemas
from conting_gateway.readmodel.endpoints import READ, Now
from conting_gateway.readmodel.feed import Heard
from conting_gateway.readmodel.feed_schemas import PLACE, FeedPage, Happened
from conting_gateway.readmodel.happenings import PAID, Happening
from conting_gateway.readmodel.store import Gap, Told
from conting_gateway.schemas import Address

router = APIRouter(prefix="/v1", tags=["what has happened"])

BOUGHT: Final = PAID | {"claim_seat"}
PASSED_ON: Final = "family_transfer"


@router.get("/feed", responses=responses())
async def feed(
    use: Use,
    after: Annotated[schemas.Place, Query()] = "0",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> FeedPage:
    """Tells what has happened on chain, from the oldest that is kept. Of the same `id`: once."""
    found, gap = await use.reading.feed.page(after, limit)
    return FeedPage(
        happenings=[_told(each) for each in found],
        next=found[-1].place if found else after if gap is None else gap.next,
        gap=gap is not None,
    )


@router.get(
    "/feed/stream",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Server-sent events: `id` is the place, `event` the kind, `data` Told. "
            "An event `gap` says that what came after the place that was named is not kept any "
            'more: `data` is {"after", "oldest", "next"}, places all; read the lists anew, the '
            "stream goes on after `next`",
            "content": {"text/event-stream": {}},
        },
        **responses(StreamsFullError),
    },
)
async def stream(
    use: Use,
    address: NetworkAddress,
    *,
    event: Annotated[Address | None, Query(description="Only what names this event")] = None,
    person: Annotated[
        Address | None, Query(description="Only what names this person or wallet")
    ] = None,
    kind: Annotated[list[str] | None, Query(max_length=50, description="Only these kinds")] = None,
    after: Annotated[schemas.Place | None, Query(description="From this place on")] = None,
    last_event_id: Annotated[str | None, Header(max_length=40)] = None,
) -> StreamingResponse:
    """Tells what happens on chain as it happens, for those who hold one connection.

    It ends after an hour at the latest (`CONTING_FEED_STREAM_SECONDS`); a browser that reconnects
    goes on where it was (`Last-Event-ID`), or is told that there is a `gap`.
    """
    place, wanted = _place(last_event_id) or after, _wanted(event, person, kind)
    told = await begun(await use.reading.feed.listen(address, place, wanted))
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(_events(told), media_type="text/event-stream", headers=headers)


@router.get("/my/purchases", responses=responses(*READ, NotSignedInError, SessionExpiredError))
async def my_purchases(caller: Caller, use: Use, as_of: Now) -> schemas.Purchases:
    """Lists what the caller bought, deposited and got back, also where nothing is left of it."""
    whose = [caller.wallet, *use.reading.lists.persons_of(caller.wallet)]
    found = await use.reading.feed.history(whose)
    return schemas.Purchases(
        as_of=as_of,
        purchases=[happened(each) for each in found if each.instruction in BOUGHT],
    )


@router.get("/my/transfers", responses=responses(*READ, NotSignedInError, SessionExpiredError))
async def my_transfers(caller: Caller, use: Use, as_of: Now) -> schemas.Transfers:
    """Lists the tickets that the caller passed on within a family, or was given."""
    whose = [caller.wallet, *use.reading.lists.persons_of(caller.wallet)]
    found = await use.reading.feed.history(whose)
    transfers = [_transfer(each, whose) for each in found if each.instruction == PASSED_ON]
    return schemas.Transfers(as_of=as_of, transfers=transfers)


def _transfer(found: Happening, whose: Sequence[Pubkey]) -> schemas.Transfer:
    own = {str(each) for each in whose}
    sent = own & {found.accounts["sender"], found.accounts["sender_person"]}
    return schemas.Transfer.model_validate(
        asdict(found) | {"role": "sender" if sent else "receiver"}
    )


def _place(header: str | None) -> str | None:
    if header and not PLACE.fullmatch(header):
        raise InvalidRequestError("Last-Event-ID has to be the id of an event")
    return header or None


def _wanted(
    event: Pubkey | None, person: Pubkey | None, kinds: list[str] | None
) -> Callable[[Happening], bool]:
    def wanted(happening: Happening) -> bool:
        is_of_event = event is None or happening.accounts.get("event") == str(event)
        is_theirs = person is None or str(person) in happening.whose
        return is_of_event and is_theirs and (not kinds or happening.kind in kinds)

    return wanted


async def _events(told: AsyncIterator[Heard]) -> AsyncIterator[str]:
    async for each in told:
        if each is None:
            yield ": alive\n\n"
        elif isinstance(each, Gap):
            yield f"id: {each.next}\nevent: gap\ndata: {json.dumps(asdict(each))}\n\n"
        else:
            shown = _told(each)
            yield f"id: {each.place}\nevent: {shown.kind}\ndata: {shown.model_dump_json()}\n\n"


def happened(found: Happening) -> Happened:
    """A happening as it is shown."""
    return Happened.model_validate(asdict(found))


def _told(found: Told) -> schemas.Told:
    return schemas.Told.model_validate(asdict(found.happening) | {"place": found.place})
