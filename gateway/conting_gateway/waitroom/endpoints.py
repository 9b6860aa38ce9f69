"""/v1/events/{event}/queue…"""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi import status as codes
from fastapi.responses import StreamingResponse

from conting_gateway.deps import Caller, Use
from conting_gateway.errors import (
    NotAttestedError,
    NotOrganiserError,
    NotSignedInError,
    PassSpentError,
    PlaceLostError,
    RateLimitedError,
    RoomFullError,
    SessionExpiredError,
    StreamsFullError,
    TurnLapsedError,
    UnknownEventError,
    WrongAuthorityError,
    responses,
)
from conting_gateway.limits.slots import begun
from conting_gateway.readmodel.errors import ReadModelLoadingError
from conting_gateway.schemas import Address
from conting_gateway.waitroom.errors import (
    BadTicketError,
    BeaconPassedError,
    NoQueueError,
    NotServedError,
    NotYetAdmittedError,
    QueueBusyError,
    QueueFixedError,
    SoldOutError,
)
from conting_gateway.waitroom.schemas import (
    AdmissionAnswer,
    EnterRequest,
    JoinRequest,
    PlaceAnswer,
    PublicQueue,
    QueueSettings,
    StatusAnswer,
)
from conting_gateway.waitroom.store import Room
from conting_gateway.waitroom.view import CACHED, Status

router = APIRouter(prefix="/v1/events/{event}/queue", tags=["waiting room"])

SIGNED_IN = (NotSignedInError, SessionExpiredError)


@router.put(
    "",
    responses=responses(
        *SIGNED_IN,
        NotOrganiserError,
        NotServedError,
        UnknownEventError,
        WrongAuthorityError,
        BeaconPassedError,
        QueueFixedError,
    ),
)
async def configure(event: Address, asked: QueueSettings, caller: Caller, use: Use) -> PublicQueue:
    """Opens the waiting room of an event, or changes its rate and capacity. For its organiser."""
    return _public(event, await use.waitroom.configure(caller.wallet, event, asked))


@router.post(
    "/join",
    responses=responses(
        *SIGNED_IN,
        BadTicketError,
        NoQueueError,
        NotAttestedError,
        ReadModelLoadingError,
        SoldOutError,
        RoomFullError,
        QueueBusyError,
        RateLimitedError,
    ),
)
async def join(
    event: Address, caller: Caller, use: Use, asked: JoinRequest | None = None
) -> PlaceAnswer:
    """Gives the caller a place; the same one however often it is asked for.

    Where the event names an issuer the place is the person's for whom the caller's wallet stands:
    it moves along to another wallet, and two wallets have no two. A body is needed only by who has
    the ticket of a place that is `lost`, or several persons.
    """
    asked = asked or JoinRequest()
    if asked.ticket is None:
        place, ticket = await use.waitroom.join(caller.wallet, event, asked.person)
    else:
        place, ticket = await use.waitroom.rejoin(caller.wallet, event, asked.ticket)
    status = _status(await use.waitroom.standing(place))
    return PlaceAnswer(number=place.number, ticket=ticket, **status.model_dump())


@router.get("/status", responses=responses(BadTicketError, NoQueueError, RateLimitedError))
async def status(
    event: Address, ticket: Annotated[str, Query(max_length=400)], use: Use, response: Response
) -> StatusAnswer:
    """Tells where a place stands, and when to ask again. May be cached for a second."""
    _, standing = await use.waitroom.status(event, ticket)
    response.headers["cache-control"] = CACHED
    return _status(standing)


@router.get(
    "/stream",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Server-sent events, each a StatusAnswer in JSON",
            "content": {"text/event-stream": {}},
        },
        **responses(BadTicketError, NoQueueError, StreamsFullError),
    },
)
async def stream(
    event: Address, ticket: Annotated[str, Query(max_length=400)], use: Use
) -> StreamingResponse:
    """Tells where a place stands, again whenever that changes: for those who hold one connection.

    `next_poll_ms` says when the next event comes at the latest. It ends after an hour at the latest
    (`CONTING_STREAM_SECONDS`); who still waits asks for it again, with the same ticket.
    """
    statuses = await begun(await use.waitroom.follow(event, ticket))
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(_events(statuses), media_type="text/event-stream", headers=headers)


@router.get("/public", responses=responses(NoQueueError))
async def public(event: Address, use: Use, response: Response) -> PublicQueue:
    """Tells all that anyone needs to draw the order again. May be cached for a second."""
    response.headers["cache-control"] = CACHED
    return _public(event, await use.waitroom.public(event))


@router.post(
    "/enter",
    responses=responses(
        *SIGNED_IN,
        BadTicketError,
        NotAttestedError,
        NoQueueError,
        NotYetAdmittedError,
        SoldOutError,
        TurnLapsedError,
        PassSpentError,
        PlaceLostError,
    ),
)
async def enter(event: Address, asked: EnterRequest, caller: Caller, use: Use) -> AdmissionAnswer:
    """Takes the turn of a place: a pass to hold seats and buy.

    Who missed the turn and asks in time is let in again before the others, once.
    """
    token, admission = await use.waitroom.enter(caller.wallet, event, asked.ticket)
    return AdmissionAnswer(admission_pass=token, expires_at=admission.expires)


@router.post(
    "/leave",
    status_code=codes.HTTP_204_NO_CONTENT,
    responses=responses(
        *SIGNED_IN, BadTicketError, NoQueueError, NotYetAdmittedError, ReadModelLoadingError
    ),
)
async def leave(event: Address, asked: EnterRequest, caller: Caller, use: Use) -> None:
    """Ends a visit, or a turn that was not taken, and lets its held seats go: for the next.

    Who is out already may ask again. Joining gives a new place, at the end of the line.
    """
    guest = await use.waitroom.leave(caller.wallet, event, asked.ticket)
    if guest is not None:
        await use.holds.release_all(guest, event)


async def _events(statuses: AsyncIterator[Status]) -> AsyncIterator[str]:
    async for status in statuses:
        yield f"data: {_status(status).model_dump_json()}\n\n"


def _status(status: Status) -> StatusAnswer:
    return StatusAnswer(
        state=status.state,
        place=status.place,
        ahead=status.ahead,
        rate=status.rate,
        eta_seconds=status.eta,
        next_poll_ms=status.next_poll_ms,
        stale=status.stale,
    )


def _public(event: Address, room: Room) -> PublicQueue:
    drawn = room.seed is not None
    return PublicQueue(
        event=event,
        state=room.state,
        commit=room.commit.hex(),
        beacon_slot=room.beacon_slot,
        beacon_used=room.beacon_used,
        beacon_hash=room.beacon_hash.hex() if room.beacon_hash else None,
        secret=room.secret.hex() if drawn else None,
        seed=room.seed.hex() if room.seed else None,
        collected=room.collected,
        serving=room.serving,
        tail=room.tail,
        rate=room.rate,
        capacity=room.capacity,
    )
