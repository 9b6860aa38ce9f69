"""Orders of every kind: what is promised here, and what the chain decides.

The chain is asked whenever an answer was lost; nothing is guessed. A step that fails half-way can
be repeated: each one finds what the one before it did.
"""

import base64
import hashlib
from collections.abc import Mapping

from conting_client import (
    ChainError,
    OutcomeUnknown,
    RpcUnavailable,
    TransactionChanged,
    TransactionExpired,
    from_base64,
    missing_signers,
    signers_of,
)
from solders.message import to_bytes_versioned
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.transaction import VersionedTransaction

from conting_gateway.clock import Clock, Entropy
from conting_gateway.errors import PassSpentError
from conting_gateway.limits.service import LocalLimits
from conting_gateway.orders.advice import advised
from conting_gateway.orders.chain import Built, reason_of
from conting_gateway.orders.errors import (
    ChainRefusedError,
    IdempotencyConflictError,
    NotSignedError,
    OrderExpiredError,
    OrderOpenError,
    SeatTakenError,
    TransactionChangedError,
    UnknownOrderError,
)
from conting_gateway.orders.hold_store import Seat
from conting_gateway.orders.kinds import Asked, Kind
from conting_gateway.orders.plans import Desk, Plan
from conting_gateway.orders.seatmap import SeatMaps
from conting_gateway.orders.store import Claim, Order, OrderStore, Sponsored, Visit
from conting_gateway.sponsoring.errors import NotSponsoredError
from conting_gateway.sponsoring.service import Bill, Offer, Sponsor

BLOCKHASH_SECONDS = 60
"""About how long a transaction can land: 150 blocks, at 400 ms each."""
CLAIM_SECONDS = 5  # that a turn waits for an order which claims it and is not kept yet


class Orders:
    """Everything between what somebody wants and the chain's answer."""

    def __init__(
        self,
        store: OrderStore,
        desk: Desk,
        maps: SeatMaps,
        *,
        limits: LocalLimits,
        clock: Clock,
        entropy: Entropy,
        sponsor: Sponsor,
        visit_seconds: float,
    ) -> None:
        self._store = store
        self._sponsor = sponsor
        self._desk = desk
        self._chain = desk.chain
        self._maps = maps
        self._limits = limits
        self._clock = clock
        self._entropy = entropy
        self._visit_seconds = visit_seconds

    async def place(
        self,
        kind: Kind[Asked],
        caller: Pubkey,
        asked: Asked,
        key: str | None,
        *,
        sponsored: bool = False,
    ) -> Order:
        """An order, tried out and co-signed, for the caller to sign; the same for the same `key`.

        `sponsored`: the gateway pays the fee. Raises the kind's refusals, ChainRefusedError,
        IdempotencyConflictError, RateLimitedError; the sponsor's if that is asked for.
        """
        self._limits.spend(str(caller))
        name = _fingerprint(str(caller), key) if key else self._entropy(16).hex()
        payer = ("sponsored",) if sponsored else ()
        request = _fingerprint(kind.name, asked.model_dump_json(), *payer)
        known = await self._store.load(name) if key else None
        if known is not None:
            return await self._keep_claim(_same(known, request))
        plan = await kind.plan(self._desk, caller, asked)
        offer = await self._offer(kind, caller, plan) if sponsored else None
        try:
            built = await self._build(caller, plan, offer)
        except ChainError as error:
            raise ChainRefusedError(*advised(kind.name, *reason_of(error))) from error
        order = Order(
            id=name,
            kind=kind.name,
            wallets=(caller, *plan.beside),
            subject=plan.subject,
            mark=plan.mark,
            transaction=built.transaction,
            price=plan.price,
            payment=plan.payment,
            decimals=await self._desk.catalog.decimals(plan.payment),
            last_block=built.last_block,
            expires=int(self._clock()) + BLOCKHASH_SECONDS,
            request=request,
            visit=plan.visit,
            sponsored=None if offer is None else self._seal(offer, built),
        )
        if order.visit is not None:
            await self._claim_turn(order, order.visit, CLAIM_SECONDS)
        return await self._keep_claim(_same(await self._store.create(order), request))

    async def submit(self, caller: Pubkey, name: str, signed: bytes) -> Order:
        """Takes the caller's signature and, with the last one, sends the order and follows it.

        Raises TransactionChangedError, NotSignedError, ChainRefusedError, OrderExpiredError, and
        the sponsor's refusals. An order that is still "sent" afterwards is one whose outcome nobody
        knows yet.
        """
        order = await self._load(caller, name)
        signatures = _own_signatures(order, signed)
        if not order.is_open:
            return _settled(order)
        if caller in wanted(order) and caller not in {**order.signatures, **signatures}:
            raise NotSignedError(f"The signature of {caller} is missing or wrong.")
        order = await self._store.sign(order, signatures)
        if awaited(order):
            return order
        try:
            order = await self._pay_fee(order)
            order = await self._store.move(order, "sent")
            await self._chain.send(_complete(order))
        except ChainError as error:
            return _settled(await self._ask_chain(order, error))
        except OutcomeUnknown:
            return _settled(await self._ask_chain(order, None))
        except TransactionExpired as error:
            order = await self._ask_chain(order, None)
            if order.is_open:  # a node that lags has not taken it, and another one may
                raise RpcUnavailable(str(error)) from error
            return _settled(order)
        return await self._finish(order, by_itself=True)

    async def read(self, caller: Pubkey, name: str) -> Order:
        """Where an order stands, by the chain if it is open. Raises UnknownOrderError."""
        order = await self._load(caller, name)
        if order.is_open:
            order = await self._ask_chain(order, None)
        try:
            return await self._keep_claim(order)
        except (OrderOpenError, PassSpentError) as error:  # so it was never given to anybody
            raise UnknownOrderError from error

    async def _keep_claim(self, order: Order) -> Order:
        """An order that may be shown: it claims its turn for as long as that may last.

        One whose gateway died before that may have lost the turn to another.
        """
        if order.visit is not None and order.is_open:
            await self._claim_turn(order, order.visit, self._visit_seconds)
        return order

    async def _claim_turn(self, order: Order, visit: Visit, keep: float) -> None:
        """A turn buys once: while others have claimed it, it is for the same seat, or not at all.

        Raises OrderOpenError, PassSpentError.
        """
        ended: set[str] = set()
        beside: set[str] = set()
        while others := await self._store.claim_turn(
            order, visit, keep, ended=ended, beside=beside
        ):
            for each, claim in others.items():
                stays = await self._may_stand_beside(order, each, claim)
                (beside if stays else ended).add(each)

    async def _may_stand_beside(self, order: Order, name: str, claim: Claim) -> bool:
        """Whether an earlier order of the turn is open, for the same seat; else it bought nothing.

        Raises OrderOpenError, PassSpentError.
        """
        earlier = await self._store.load(name)
        if earlier is None:  # it is being kept just now, or Redis has lost it
            if await self._chain.can_land(claim.blockhash):
                raise OrderOpenError
            if await self._chain.shows(claim.mark):
                raise PassSpentError
            return False
        same, wait = earlier.subject == order.subject, earlier.expires - int(self._clock())
        if earlier.is_open and not (same and wait > 0):
            earlier = await self._ask_chain(earlier, None)
        if earlier.state == "done":
            raise PassSpentError
        if earlier.is_open and not same:
            raise OrderOpenError(retry_after=max(1, wait))
        return earlier.is_open

    async def _offer(self, kind: Kind[Asked], caller: Pubkey, plan: Plan) -> Offer:
        if not kind.sponsored:
            raise NotSponsoredError
        return await self._sponsor.offer(plan.subject.event, caller, plan.steps)

    async def _build(self, caller: Pubkey, plan: Plan, offer: Offer | None) -> Built:
        payer, steps = (caller, plan.steps) if offer is None else (offer.payer, offer.steps)
        return await self._chain.build(payer, steps, plan.authority)

    def _seal(self, offer: Offer, built: Built) -> Sponsored:
        message = to_bytes_versioned(from_base64(built.transaction).message)
        return Sponsored(offer.payer, offer.lamports, self._sponsor.seal(offer, message))

    async def _pay_fee(self, order: Order) -> Order:
        """The order with the sponsor's signature too, if it has a sponsor; all others are there.

        Nothing is paid for what would fail now, and nothing twice. Raises ChainError,
        TransactionExpired, and the sponsor's refusals.
        """
        if order.sponsored is None or order.payer in order.signatures:
            return order
        try:
            await self._chain.try_out(_complete(order))
        except ChainError:
            now = await self._store.load(order.id)
            if now is not None and now.payer in now.signatures:
                return now  # paid for by another request meanwhile, and perhaps on chain
            raise
        signature = await self._sponsor.pay(_bill(order, order.sponsored))
        return await self._store.sign(order, {order.payer: signature})

    async def _load(self, caller: Pubkey, name: str) -> Order:
        order = await self._store.load(name)
        if order is None or caller not in order.wallets:
            raise UnknownOrderError
        return order

    async def _ask_chain(self, order: Order, refusal: ChainError | None) -> Order:
        """What became of a transaction: by the account that it was to change, then by itself.

        `refusal`: why it was not taken. Raises ChainRefusedError where it may yet be.
        """
        await self._count_failure(order)
        may_land = await self._chain.can_land(order.claim.blockhash)
        if await self._chain.shows(order.mark):
            return await self._finish(order, by_itself=await self._is_known_to_have_run(order))
        ran = await self._has_run(order) if refusal is None else refusal
        if ran is True:  # and somebody has changed it again since
            return await self._finish(order, by_itself=True)
        if isinstance(ran, ChainError):
            reason = advised(order.kind, *reason_of(ran))
            return await self._refuse(order, reason, may_land=may_land and ran is refusal)
        if order.visit is not None and await self._chain.is_anothers(order.mark):
            taken = SeatTakenError()
            return await self._refuse(order, (taken.code, taken.detail), may_land=False)
        return order if may_land else await self._store.move(order, "expired")

    async def _refuse(self, order: Order, reason: tuple[str, str], *, may_land: bool) -> Order:
        """A purchase that was only tried out can be paid, past the gateway too, while it may land.

        Its turn buys nothing else so long. Raises ChainRefusedError then.
        """
        if order.visit is not None:
            if await self._is_sold(order.subject.account):
                await self._end_hold(order)
            elif may_land:
                order = await self._store.move(order, "built", *reason)
                if order.is_open:
                    raise ChainRefusedError(*reason)
                return order
        return await self._store.move(order, "refused", *reason)

    async def _has_run(self, order: Order) -> bool | ChainError:
        """By the transaction's own name, its first signature, once that is known."""
        payer = order.signatures.get(order.payer)
        return False if payer is None else await self._chain.has_landed(payer)

    async def _is_known_to_have_run(self, order: Order) -> bool:
        try:
            return await self._has_run(order) is True
        except RpcUnavailable:
            return False

    async def _count_failure(self, order: Order) -> None:
        """Of a transaction that the sponsor has paid for, whoever has done its work meanwhile."""
        if order.sponsored is not None and isinstance(await self._has_run(order), ChainError):
            await self._sponsor.count_failure(_bill(order, order.sponsored))

    async def _finish(self, order: Order, *, by_itself: bool) -> Order:
        """Everything that follows a success, by its own transaction or another; each step may be
        repeated."""
        subject, visit = order.subject, order.visit
        if subject.section is not None:
            self._desk.catalog.forget_seats(subject.event, subject.section)
            self._maps.forget(subject.event, subject.section)
        await self._end_hold(order)
        if visit is not None:
            await self._desk.waitroom.spend(subject.event, visit.guest, visit.number, visit.place)
        return await self._store.move(order, "done", by_itself=by_itself)

    async def _is_sold(self, ticket: Pubkey) -> bool:
        return await self._desk.catalog.find_ticket(ticket) is not None

    async def _end_hold(self, order: Order) -> None:
        """A purchase had its seat held, and it is sold."""
        event, section, seat = order.subject.event, order.subject.section, order.subject.seat
        if order.visit is not None and section is not None and seat is not None:
            await self._desk.holds.end(order.visit.guest, Seat(event, section, seat))


def awaited(order: Order) -> list[Pubkey]:
    """The wallets whose signatures are missing."""
    return [wallet for wallet in wanted(order) if wallet not in order.signatures]


def wanted(order: Order) -> list[Pubkey]:
    """The wallets that have to sign: not one that neither pays the fee nor is asked by a step."""
    signers = signers_of(from_base64(order.transaction))
    return [wallet for wallet in order.wallets if wallet in signers]


def _bill(order: Order, sponsored: Sponsored) -> Bill:
    return Bill(
        payer=sponsored.payer,
        lamports=sponsored.lamports,
        seal=sponsored.seal,
        wallet=order.wallet,
        event=order.subject.event,
        message=to_bytes_versioned(from_base64(order.transaction).message),
    )


def _fingerprint(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _same(order: Order, request: str) -> Order:
    if order.request != request:
        raise IdempotencyConflictError
    return order


def _own_signatures(order: Order, signed: bytes) -> Mapping[Pubkey, Signature]:
    """The right ones that wallets have put on the very transaction of the order."""
    try:
        transaction = from_base64(base64.b64encode(signed).decode())
    except TransactionChanged as error:
        raise TransactionChangedError(str(error)) from error
    built = from_base64(order.transaction)
    if to_bytes_versioned(built.message) != to_bytes_versioned(transaction.message):
        raise TransactionChangedError
    wrong = missing_signers(transaction)
    pairs = zip(signers_of(transaction), transaction.signatures, strict=True)
    return {key: made for key, made in pairs if key in order.wallets and key not in wrong}


def _complete(order: Order) -> VersionedTransaction:
    """The order's transaction with what the gateway and all wallets have signed."""
    built = from_base64(order.transaction)
    pairs = zip(signers_of(built), built.signatures, strict=True)
    signatures = [order.signatures.get(key, made) for key, made in pairs]
    return VersionedTransaction.populate(built.message, signatures)


def _settled(order: Order) -> Order:
    if order.state == "refused":
        raise ChainRefusedError(order.error, order.detail)
    if order.state == "expired":
        raise OrderExpiredError
    return order
