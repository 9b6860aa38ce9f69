"""Holds, purchases and refunds: what is promised here, and what the chain decides.

The chain is asked whenever an answer was lost; nothing is guessed. A step that fails half-way can
be repeated: each one finds what the one before it did.
"""

import base64
import hashlib
from dataclasses import dataclass, replace

from conting_client import (
    ChainError,
    DevicePublicKey,
    OutcomeUnknown,
    TransactionChanged,
    TransactionExpired,
    from_base64,
    missing_signers,
    self_person_address,
)
from conting_client.generated.ticket import TicketState
from solders.message import to_bytes_versioned
from solders.pubkey import Pubkey
from solders.transaction import VersionedTransaction

from conting_gateway.catalog.service import Catalog, SeatsOfSection
from conting_gateway.clock import Clock, Entropy
from conting_gateway.errors import (
    GatewayError,
    NotAdmittedError,
    NotYoursError,
    RefundedError,
)
from conting_gateway.orders.chain import Built, OrderChain, Purchase
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
from conting_gateway.orders.schemas import BuyRequest
from conting_gateway.orders.store import HoldOutcome, HoldStore, Order, OrderStore, Seat
from conting_gateway.waitroom.service import Admission, Waitroom

BLOCKHASH_SECONDS = 60
"""About how long a transaction can land: 150 blocks, at 400 ms each."""

HOLD_REFUSALS: dict[HoldOutcome, type[GatewayError]] = {
    "seat_held": SeatHeldError,
    "hold_limit": HoldLimitError,
    "not_admitted": NotAdmittedError,
}


@dataclass(frozen=True, slots=True)
class HoldRules:
    """How long a hold lasts (seconds), and how many a person may have."""

    seconds: float
    most: int


class Orders:
    """Everything between choosing a seat and the chain's answer."""

    def __init__(
        self,
        holds: HoldStore,
        orders: OrderStore,
        chain: OrderChain,
        catalog: Catalog,
        waitroom: Waitroom,
        *,
        rules: HoldRules,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._holds = holds
        self._orders = orders
        self._chain = chain
        self._catalog = catalog
        self._waitroom = waitroom
        self._rules = rules
        self._clock = clock
        self._entropy = entropy

    async def seats(self, event: Pubkey, section: int) -> tuple[SeatsOfSection, dict[int, int]]:
        """A section's tickets, and its holds with their ends in Unix milliseconds."""
        return await self._catalog.seats(event, section), await self._holds.held(event, section)

    async def hold(self, caller: Pubkey, seat: Seat, token: str) -> int:
        """Holds a seat; until when, in Unix seconds. Holding it again changes nothing.

        Raises NotAdmittedError, PassSpentError, SeatTakenError, SeatHeldError, HoldLimitError.
        """
        admission = await self._waitroom.check_pass(caller, seat.event, token)
        if await self._catalog.fresh_seat(seat.event, seat.section, seat.number) is not None:
            raise SeatTakenError
        outcome, ends = await self._holds.hold(
            seat,
            caller,
            place=admission.place,
            visit_keys=self._waitroom.visit_keys(seat.event),
            length=round(self._rules.seconds * 1000),
            most=self._rules.most,
        )
        if outcome in HOLD_REFUSALS:
            raise HOLD_REFUSALS[outcome]
        return ends // 1000

    async def release(self, caller: Pubkey, seat: Seat) -> None:
        """Lets a held seat go. Raises NotHeldError."""
        if not await self._holds.release(seat, caller):
            raise NotHeldError

    async def buy(self, caller: Pubkey, asked: BuyRequest, key: str) -> Order:
        """A purchase, co-signed, for the caller to sign; the same one for the same `key`.

        Raises NotAdmittedError, PassSpentError, NotHeldError, PriceAboveLimitError,
        WrongAuthorityError, ChainRefusedError, IdempotencyConflictError.
        """
        name, request = _fingerprint(str(caller), key), _request(asked)
        known = await self._orders.load(name)
        if known is not None:
            return self._same(known, request)
        seat = Seat(asked.event, asked.section, asked.seat)
        admission = await self._waitroom.check_pass(caller, asked.event, asked.admission_pass)
        await self._check_held(caller, seat)
        price = await self._check_price(asked)
        built = await self._build(caller, seat, asked)
        order = self._order(name, caller, seat, built, price=price, request=request)
        return self._same(await self._orders.create(_paid_by(order, admission)), request)

    async def refund(self, caller: Pubkey, address: Pubkey) -> Order:
        """A refund to sign. Raises NotYoursError, RefundedError, ChainRefusedError."""
        ticket = await self._catalog.fresh_ticket(address)
        if ticket.state is TicketState.COOLING and ticket.paid_by == caller:
            raise RefundedError
        if ticket.holder != caller:
            raise NotYoursError
        section = await self._catalog.section_of(ticket)
        try:
            built = await self._chain.build_refund(ticket, address)
        except ChainError as error:
            raise _refused(error) from error
        seat = Seat(ticket.event, section.index, ticket.seat)
        name = self._entropy(16).hex()
        order = self._order(name, caller, seat, built, price=ticket.price_paid, request="refund")
        return await self._orders.create(order)

    async def submit(self, caller: Pubkey, name: str, signed: bytes) -> Order:
        """Sends an order's transaction and follows it.

        Raises TransactionChangedError, NotSignedError, ChainRefusedError, OrderExpiredError. An
        order that is still "sent" afterwards is one whose outcome nobody knows yet.
        """
        order = await self._load(caller, name)
        transaction = _require_own(order, signed)
        if order.state not in ("built", "sent"):
            return _settled(order)
        order = await self._orders.move(order, "sent")
        try:
            await self._chain.send(transaction)
        except ChainError as error:
            return _settled(await self._ask_chain(order, error))
        except (OutcomeUnknown, TransactionExpired):
            return _settled(await self._ask_chain(order, None))
        return await self._complete(order)

    async def read(self, caller: Pubkey, name: str) -> Order:
        """Where an order stands, by the chain if it is open. Raises UnknownOrderError."""
        order = await self._load(caller, name)
        return await self._ask_chain(order, None) if order.state in ("built", "sent") else order

    async def _load(self, caller: Pubkey, name: str) -> Order:
        order = await self._orders.load(name)
        if order is None or order.wallet != caller:
            raise UnknownOrderError
        return order

    async def _check_held(self, caller: Pubkey, seat: Seat) -> None:
        holder, _ = await self._holds.holder(seat)
        if holder != caller:
            raise NotHeldError

    async def _check_price(self, asked: BuyRequest) -> int:
        event = await self._catalog.event(asked.event)
        if event.admission != self._chain.authority:
            raise WrongAuthorityError
        price = (await self._catalog.section(asked.event, asked.section)).price
        if price > asked.max_price:
            raise PriceAboveLimitError
        return price

    async def _build(self, caller: Pubkey, seat: Seat, asked: BuyRequest) -> Built:
        person = asked.person or self_person_address(caller)
        purchase = Purchase(
            buyer=caller,
            person=person,
            registers=await self._new_device(person, asked),
            event=seat.event,
            section=self._catalog.section_address(seat.event, seat.section),
            seat=seat.number,
            max_price=asked.max_price,
        )
        try:
            return await self._chain.build_purchase(purchase)
        except ChainError as error:
            raise _refused(error) from error

    async def _new_device(self, person: Pubkey, asked: BuyRequest) -> DevicePublicKey | None:
        """The device to register with the purchase: the wallet's first one only."""
        known = asked.person is not None or await self._catalog.fresh_person(person) is not None
        return None if known else asked.device_key

    def _order(
        self, name: str, caller: Pubkey, seat: Seat, built: Built, *, price: int, request: str
    ) -> Order:
        return Order(
            id=name,
            kind="refund" if request == "refund" else "buy",
            wallet=caller,
            seat=seat,
            ticket=self._catalog.ticket_address(seat.event, seat.section, seat.number),
            transaction=built.transaction,
            price=price,
            last_block=built.last_block,
            expires=int(self._clock()) + BLOCKHASH_SECONDS,
            request=request,
        )

    async def _ask_chain(self, order: Order, refusal: ChainError | None) -> Order:
        """What became of a transaction, by the account that it was to change."""
        may_land = refusal is None and await self._chain.can_land(order.transaction)
        if await self._has_happened(order):
            return await self._complete(order)
        if may_land:
            return order
        if refusal is None:
            return await self._orders.move(order, "expired")
        if order.kind == "buy":
            await self._holds.release(order.seat, order.wallet)
        return await self._orders.move(order, "refused", refusal.name.lower(), refusal.detail)

    async def _has_happened(self, order: Order) -> bool:
        ticket = await self._catalog.find_ticket(order.ticket)
        if ticket is None:
            return False
        if order.kind == "refund":
            return ticket.holder != order.wallet
        return ticket.holder == order.wallet

    async def _complete(self, order: Order) -> Order:
        """Everything that follows a success; each step may be repeated."""
        self._catalog.forget_seats(order.seat.event, order.seat.section)
        if order.kind == "buy":
            await self._holds.release(order.seat, order.wallet)
            await self._waitroom.spend(
                Admission(order.seat.event, order.wallet, order.turn, order.place, 0)
            )
        return await self._orders.move(order, "done")

    @staticmethod
    def _same(order: Order, request: str) -> Order:
        if order.request != request:
            raise IdempotencyConflictError
        return order


def _paid_by(order: Order, admission: Admission) -> Order:
    return replace(order, turn=admission.number, place=admission.place)


def _fingerprint(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _request(asked: BuyRequest) -> str:
    numbers = (asked.section, asked.seat, asked.max_price)
    keys = (asked.event, asked.device_key, asked.person)
    return _fingerprint(*map(str, keys), *map(str, numbers))


def _require_own(order: Order, signed: bytes) -> VersionedTransaction:
    try:
        transaction = from_base64(base64.b64encode(signed).decode())
    except TransactionChanged as error:
        raise TransactionChangedError(str(error)) from error
    built = from_base64(order.transaction)
    if to_bytes_versioned(built.message) != to_bytes_versioned(transaction.message):
        raise TransactionChangedError
    if missing := missing_signers(transaction):
        raise NotSignedError(f"The signature of {missing[0]} is missing or wrong.")
    return transaction


def _settled(order: Order) -> Order:
    if order.state == "refused":
        raise ChainRefusedError(order.error, order.detail)
    if order.state == "expired":
        raise OrderExpiredError
    return order


def _refused(error: ChainError) -> ChainRefusedError:
    return ChainRefusedError(error.name.lower(), error.detail)
