"""Seats and holds under /v1/events/{event}, orders of all kinds under /v1/orders."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from inspect import Parameter
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response, status
from pydantic import BaseModel

from conting_gateway.deps import Caller, Use
from conting_gateway.errors import (
    NoSuchSeatError,
    NotAdmittedError,
    NotSignedInError,
    PassSpentError,
    RateLimitedError,
    SessionExpiredError,
    UnknownEventError,
    UnknownSectionError,
    responses,
)
from conting_gateway.orders.errors import (
    ChainRefusedError,
    HoldCoolingError,
    HoldLimitError,
    IdempotencyConflictError,
    NotEnoughLamportsError,
    NotHeldError,
    NotSignedError,
    OrderExpiredError,
    SeatHeldError,
    SeatTakenError,
    TransactionChangedError,
    UnknownOrderError,
    VersionGoneError,
)
from conting_gateway.orders.hold_store import Seat
from conting_gateway.orders.kinds import KINDS, Kind
from conting_gateway.orders.schemas import (
    BuiltAnswer,
    HoldAnswer,
    HoldRequest,
    HoldsAnswer,
    OrderAnswer,
    SeatChangesAnswer,
    SeatsAnswer,
    SubmitRequest,
)
from conting_gateway.orders.seatmap import NAMES
from conting_gateway.orders.service import awaited, wanted
from conting_gateway.orders.store import Order
from conting_gateway.readmodel.errors import ReadModelLoadingError
from conting_gateway.schemas import Address
from conting_gateway.sponsoring import errors as sponsoring

router = APIRouter(prefix="/v1", tags=["orders"])

SIGNED_IN = (NotSignedInError, SessionExpiredError)
PLACE = (UnknownEventError, UnknownSectionError)
EVERY_KIND = (
    *SIGNED_IN,
    RateLimitedError,
    IdempotencyConflictError,
    NotEnoughLamportsError,
    ChainRefusedError,
    *sponsoring.REFUSALS,
)
CACHED = "public, max-age=1"
SEATS = "/events/{event}/sections/{section}/seats"

KEY = Header(
    alias="idempotency-key",
    min_length=8,
    max_length=100,
    description="The same key gives the same order, whatever became of an answer",
)
Key = Annotated[str | None, KEY]
PayersKey = Annotated[str, KEY]
ByGateway = Annotated[
    bool, Query(description="The gateway pays the network fee, or refuses (docs/orders.md)")
]


@router.get(
    SEATS,
    response_model=SeatsAnswer,
    responses=responses(*PLACE) | {304: {"description": "As in If-None-Match"}},
)
async def read_seats(
    event: Address, section: int, use: Use, request: Request, response: Response
) -> SeatsAnswer | Response:
    """Tells the state of all seats of a section, with a version that is the document's ETag."""
    found = await use.maps.read(event, section)
    etag = f'"{found.version}"'
    headers = {"etag": etag, "cache-control": CACHED}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    response.headers.update(headers)
    states = _by_state(found.states)
    return SeatsAnswer(
        section=section,
        seats=found.seats,
        price=found.price,
        version=found.version,
        **{name: seats for name, seats in states.items() if name != "free"},
    )


@router.get(SEATS + "/changes", responses=responses(*PLACE, VersionGoneError))
async def read_seat_changes(
    event: Address,
    section: int,
    since: Annotated[str, Query(max_length=40)],
    use: Use,
    response: Response,
) -> SeatChangesAnswer:
    """Tells which seats are not as they were at an earlier version of the map."""
    found = await use.maps.changes(event, section, since)
    response.headers["cache-control"] = CACHED
    return SeatChangesAnswer(
        section=section, since=since, version=found.version, **_by_state(found.states)
    )


@router.post(
    "/events/{event}/holds",
    responses=responses(
        *SIGNED_IN,
        NotAdmittedError,
        PassSpentError,
        *PLACE,
        NoSuchSeatError,
        SeatTakenError,
        SeatHeldError,
        HoldLimitError,
        HoldCoolingError,
    ),
)
async def hold(event: Address, asked: HoldRequest, caller: Caller, use: Use) -> HoldAnswer:
    """Holds a seat for the caller, for five minutes. Holding it again changes nothing.

    Who lets several seats go waits before the next one, each time twice as long.
    """
    seat = Seat(event, asked.section, asked.seat)
    expires = await use.holds.hold(caller.wallet, seat, asked.admission_pass)
    return HoldAnswer(section=asked.section, seat=asked.seat, expires_at=expires)


@router.get("/events/{event}/holds", responses=responses(*SIGNED_IN, ReadModelLoadingError))
async def read_holds(event: Address, caller: Caller, use: Use) -> HoldsAnswer:
    """Lists the seats of an event that the caller holds: for who comes back after a break."""
    found = await use.holds.held_by(caller.wallet, event)
    held = [
        HoldAnswer(section=seat.section, seat=seat.number, expires_at=ends)
        for seat, ends in sorted(found.items(), key=lambda each: each[1])
    ]
    return HoldsAnswer(holds=held)


@router.delete(
    "/events/{event}/holds/{section}/{seat}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=responses(*SIGNED_IN, NotHeldError, ReadModelLoadingError),
)
async def release(event: Address, section: int, seat: int, caller: Caller, use: Use) -> None:
    """Lets a seat go that the caller holds."""
    await use.holds.release(caller.wallet, Seat(event, section, seat))


@router.post(
    "/orders/{order}/submit",
    responses=responses(
        *SIGNED_IN,
        UnknownOrderError,
        TransactionChangedError,
        NotSignedError,
        OrderExpiredError,
        NotEnoughLamportsError,
        ChainRefusedError,
        *sponsoring.REFUSALS,
    ),
)
async def submit(order: str, asked: SubmitRequest, caller: Caller, use: Use) -> OrderAnswer:
    """Sends the order's transaction and follows it until the chain has confirmed or refused it.

    Where several wallets sign, each submits with its own signature, and the last one sends; until
    then the state is "built". State "sent" means that the outcome is not known yet: read the order
    again.
    """
    return _answer(await use.orders.submit(caller.wallet, order, asked.transaction))


@router.get("/orders/{order}", responses=responses(*SIGNED_IN, UnknownOrderError))
async def read_order(order: str, caller: Caller, use: Use) -> OrderAnswer:
    """Tells where an order of the caller stands, asking the chain while it is open."""
    return _answer(await use.orders.read(caller.wallet, order))


def _add_route(kind: Kind[Any]) -> None:
    """POST /v1/orders/{kind}: parses what the kind asks for, and places the order."""

    async def place(
        asked: BaseModel,
        caller: Caller,
        use: Use,
        key: Key = None,
        *,
        sponsored: ByGateway = False,
    ) -> BuiltAnswer:
        return _built(await use.orders.place(kind, caller.wallet, asked, key, sponsored=sponsored))

    _ask_for(place, kind)
    router.add_api_route(
        f"/orders/{kind.name}",
        place,
        methods=["POST"],
        name=kind.name,
        description=inspect.getdoc(kind.plan),
        response_model=BuiltAnswer,
        responses=responses(*EVERY_KIND, *kind.refusals),
    )


def _ask_for(route: Callable[..., Awaitable[BuiltAnswer]], kind: Kind[Any]) -> None:
    """FastAPI parses by the types of a signature; here they are the kind's."""
    signature = inspect.signature(route)
    parameters = dict(signature.parameters)
    parameters["asked"] = parameters["asked"].replace(annotation=kind.request)
    if kind.pays:
        parameters["key"] = parameters["key"].replace(annotation=PayersKey, default=Parameter.empty)
    made = signature.replace(parameters=list(parameters.values()))
    route.__signature__ = made  # type: ignore[attr-defined]


for _kind in KINDS.values():
    _add_route(_kind)


def _by_state(states: Mapping[int, str]) -> dict[str, list[int]]:
    """The seats of each state, in order."""
    lists: dict[str, list[int]] = {name: [] for name in NAMES.values()}
    for seat, state in sorted(states.items()):
        lists[NAMES[state]].append(seat)
    return lists


def _built(order: Order) -> BuiltAnswer:
    return BuiltAnswer(
        order=order.id,
        transaction=order.transaction,
        price=order.price,
        payment=order.payment,
        decimals=order.decimals,
        expires_at=order.expires,
        account=order.subject.account,
        section=order.subject.section,
        seat=order.subject.seat,
        awaits=wanted(order),
        fee_payer=order.payer,
    )


def _answer(order: Order) -> OrderAnswer:
    waits = order.state == "built"
    return OrderAnswer(
        order=order.id,
        kind=order.kind,
        state=order.state,
        event=order.subject.event,
        section=order.subject.section,
        seat=order.subject.seat,
        account=order.subject.account,
        price=order.price,
        payment=order.payment,
        decimals=order.decimals,
        expires_at=order.expires,
        awaits=awaited(order) if waits else [],
        transaction=order.transaction if waits else None,
        error=order.error or None,
        detail=order.detail or None,
    )
