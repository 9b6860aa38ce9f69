"""Seats and holds under /v1/events/{event}, orders under /v1/orders."""

from typing import Annotated

from conting_client.generated.ticket import TicketState
from fastapi import APIRouter, Header, status

from conting_gateway.deps import Caller, Use
from conting_gateway.errors import (
    NoSuchSeatError,
    NotAdmittedError,
    NotSignedInError,
    NotYoursError,
    PassSpentError,
    RefundedError,
    SessionExpiredError,
    UnknownEventError,
    UnknownSectionError,
    UnknownTicketError,
    responses,
)
from conting_gateway.orders.errors import (
    ChainRefusedError,
    HoldLimitError,
    IdempotencyConflictError,
    NotHeldError,
    NotSignedError,
    OrderExpiredError,
    PriceAboveLimitError,
    SeatHeldError,
    SeatTakenError,
    TransactionChangedError,
    UnknownOrderError,
    WrongAuthorityError,
)
from conting_gateway.orders.schemas import (
    BuiltAnswer,
    BuyRequest,
    HoldAnswer,
    HoldRequest,
    OrderAnswer,
    RefundRequest,
    SeatsAnswer,
    SubmitRequest,
)
from conting_gateway.orders.store import Order, Seat
from conting_gateway.schemas import Address

router = APIRouter(prefix="/v1", tags=["orders"])

SIGNED_IN = (NotSignedInError, SessionExpiredError)
VISIT = (NotAdmittedError, PassSpentError)
SOLD = (TicketState.ISSUED, TicketState.VOIDING, TicketState.VOID)
COOLING = (TicketState.COOLING, TicketState.OFFERED)
PLACE = (UnknownEventError, UnknownSectionError)


@router.get("/events/{event}/sections/{section}/seats", responses=responses(*PLACE))
async def read_seats(event: Address, section: int, use: Use) -> SeatsAnswer:
    """Tells which seats of a section are held, sold, cooling or used; the others are free."""
    found, held = await use.orders.seats(event, section)
    return SeatsAnswer(
        section=section,
        seats=found.section.seats,
        price=found.section.price,
        held=sorted(held.keys() - found.tickets.keys()),
        sold=_seats_in(found.tickets, *SOLD),
        cooling=_seats_in(found.tickets, *COOLING),
        used=_seats_in(found.tickets, TicketState.USED),
    )


@router.post(
    "/events/{event}/holds",
    responses=responses(
        *SIGNED_IN, *VISIT, *PLACE, NoSuchSeatError, SeatTakenError, SeatHeldError, HoldLimitError
    ),
)
async def hold(event: Address, asked: HoldRequest, caller: Caller, use: Use) -> HoldAnswer:
    """Holds a seat for the caller, for five minutes. Holding it again changes nothing."""
    seat = Seat(event, asked.section, asked.seat)
    expires = await use.orders.hold(caller.wallet, seat, asked.admission_pass)
    return HoldAnswer(section=asked.section, seat=asked.seat, expires_at=expires)


@router.delete(
    "/events/{event}/holds/{section}/{seat}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=responses(*SIGNED_IN, NotHeldError),
)
async def release(event: Address, section: int, seat: int, caller: Caller, use: Use) -> None:
    """Lets a seat go that the caller holds."""
    await use.orders.release(caller.wallet, Seat(event, section, seat))


@router.post(
    "/orders/buy",
    responses=responses(
        *SIGNED_IN,
        *VISIT,
        *PLACE,
        NotHeldError,
        PriceAboveLimitError,
        WrongAuthorityError,
        IdempotencyConflictError,
        ChainRefusedError,
    ),
)
async def buy(
    asked: BuyRequest,
    idempotency_key: Annotated[str, Header(min_length=8, max_length=100)],
    caller: Caller,
    use: Use,
) -> BuiltAnswer:
    """Builds the purchase of a held seat, tries it out, and co-signs it.

    The buyer pays the fee and the price. The same Idempotency-Key gives the same order.
    """
    return _built(await use.orders.buy(caller.wallet, asked, idempotency_key))


@router.post(
    "/orders/refund",
    responses=responses(
        *SIGNED_IN, UnknownTicketError, NotYoursError, RefundedError, ChainRefusedError
    ),
)
async def refund(asked: RefundRequest, caller: Caller, use: Use) -> BuiltAnswer:
    """Builds the refund of a ticket that the caller holds, and tries it out."""
    return _built(await use.orders.refund(caller.wallet, asked.ticket))


@router.post(
    "/orders/{order}/submit",
    responses=responses(
        *SIGNED_IN,
        UnknownOrderError,
        TransactionChangedError,
        NotSignedError,
        OrderExpiredError,
        ChainRefusedError,
    ),
)
async def submit(order: str, asked: SubmitRequest, caller: Caller, use: Use) -> OrderAnswer:
    """Sends the order's transaction and follows it until the chain has confirmed or refused it.

    State "sent" means that the outcome is not known yet: read the order again.
    """
    return _answer(await use.orders.submit(caller.wallet, order, asked.transaction))


@router.get("/orders/{order}", responses=responses(*SIGNED_IN, UnknownOrderError))
async def read_order(order: str, caller: Caller, use: Use) -> OrderAnswer:
    """Tells where an order of the caller stands, asking the chain while it is open."""
    return _answer(await use.orders.read(caller.wallet, order))


def _seats_in(tickets: dict[int, TicketState], *states: TicketState) -> list[int]:
    return sorted(seat for seat, found in tickets.items() if found in states)


def _built(order: Order) -> BuiltAnswer:
    return BuiltAnswer(
        order=order.id,
        transaction=order.transaction,
        price=order.price,
        expires_at=order.expires,
    )


def _answer(order: Order) -> OrderAnswer:
    return OrderAnswer(
        order=order.id,
        kind=order.kind,
        state=order.state,
        event=order.seat.event,
        section=order.seat.section,
        seat=order.seat.number,
        ticket=order.ticket,
        price=order.price,
        error=order.error or None,
        detail=order.detail or None,
    )
