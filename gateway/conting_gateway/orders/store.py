"""Holds and orders in Redis."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

from solders.pubkey import Pubkey

from conting_gateway.orders import lua
from conting_gateway.redis import Redis, Script, texts

KEEP = 24 * 3600  # seconds that an order is remembered

HoldOutcome = Literal["held", "seat_held", "hold_limit", "not_admitted"]
OrderKind = Literal["buy", "refund"]
OrderState = Literal["built", "sent", "done", "refused", "expired"]


@dataclass(frozen=True, slots=True)
class Seat:
    """One seat of one event."""

    event: Pubkey
    section: int
    number: int


@dataclass(frozen=True, slots=True)
class Order:
    """A transaction that was built, and what became of it.

    `price` in lamports; `last_block`: the block height after which it cannot land; `place` and
    `turn` (its number) name the visit that pays for a purchase.
    """

    id: str
    kind: OrderKind
    wallet: Pubkey
    seat: Seat
    ticket: Pubkey
    transaction: str
    price: int
    last_block: int
    expires: int
    request: str
    turn: int = 0
    place: int = 0
    state: OrderState = "built"
    error: str = ""
    detail: str = ""


class HoldStore:
    """Who holds which seat. Times in milliseconds."""

    def __init__(self, redis: Redis) -> None:
        self._hold = Script(redis, lua.HOLD)
        self._release = Script(redis, lua.RELEASE)
        self._holder = Script(redis, lua.HOLDER)
        self._held = Script(redis, lua.HELD)

    async def hold(
        self,
        seat: Seat,
        wallet: Pubkey,
        *,
        place: int,
        visit_keys: Sequence[str],
        length: int,
        most: int,
    ) -> tuple[HoldOutcome, int]:
        """Tries to hold a seat for who is inside at `place`; the outcome and the hold's end."""
        args: list[str | int] = [seat.number, str(wallet), _member(seat), length, most, place]
        outcome, ends = await self._hold([*_keys(seat, wallet), *visit_keys], *args)
        return cast("HoldOutcome", outcome), int(ends)

    async def release(self, seat: Seat, wallet: Pubkey) -> bool:
        """Lets a seat go; False if the wallet did not hold it."""
        args: list[str | int] = [seat.number, str(wallet), _member(seat)]
        return bool(await self._release(_keys(seat, wallet), *args))

    async def holder(self, seat: Seat) -> tuple[Pubkey | None, int]:
        """Who holds a seat, and until when."""
        wallet, ends = await self._holder(_keys(seat, None), seat.number)
        return (Pubkey.from_string(wallet) if wallet else None), int(ends)

    async def held(self, event: Pubkey, section: int) -> dict[int, int]:
        """The held seats of a section and the ends of their holds."""
        flat = await self._held(_keys(Seat(event, section, 0), None))
        return {int(seat): int(ends) for seat, ends in zip(flat[::2], flat[1::2], strict=True)}


class OrderStore:
    """Orders by id; once they are done, refused or expired they stay so."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._create = Script(redis, lua.CREATE)
        self._move = Script(redis, lua.MOVE)

    async def create(self, order: Order) -> Order:
        """Keeps an order; the one that was kept before under this id, if there is one."""
        fields = [text for pair in _fields(order).items() for text in pair]
        return _order(order.id, _pairs(await self._create([_key(order.id)], KEEP, *fields)))

    async def load(self, order: str) -> Order | None:
        """The order of this id."""
        fields = await self._redis.hgetall(_key(order))
        return _order(order, texts(fields)) if fields else None

    async def move(
        self, order: Order, state: OrderState, error: str = "", detail: str = ""
    ) -> Order:
        """Takes an order to another state, unless it is in a final one; the order as it then is."""
        fields = await self._move([_key(order.id)], state, error, detail)
        return _order(order.id, _pairs(fields)) if fields else order


def _keys(seat: Seat, wallet: Pubkey | None) -> list[str]:
    tag = f"conting:{{{seat.event}}}"
    return [f"{tag}:holds:{seat.section}", f"{tag}:held-by:{wallet}"]


def _member(seat: Seat) -> str:
    return f"{seat.section}:{seat.number}"


def _key(order: str) -> str:
    return f"conting:order:{order}"


def _pairs(flat: Sequence[str]) -> dict[str, str]:
    return dict(zip(flat[::2], flat[1::2], strict=True))


def _fields(order: Order) -> dict[str, str]:
    seat = order.seat
    return {
        "kind": order.kind,
        "wallet": str(order.wallet),
        "event": str(seat.event),
        "section": str(seat.section),
        "seat": str(seat.number),
        "ticket": str(order.ticket),
        "transaction": order.transaction,
        "price": str(order.price),
        "last_block": str(order.last_block),
        "expires": str(order.expires),
        "request": order.request,
        "turn": str(order.turn),
        "place": str(order.place),
        "state": order.state,
        "error": order.error,
        "detail": order.detail,
    }


def _order(order: str, fields: dict[str, str]) -> Order:
    event = Pubkey.from_string(fields["event"])
    return Order(
        id=order,
        kind=cast("OrderKind", fields["kind"]),
        wallet=Pubkey.from_string(fields["wallet"]),
        seat=Seat(event, int(fields["section"]), int(fields["seat"])),
        ticket=Pubkey.from_string(fields["ticket"]),
        transaction=fields["transaction"],
        price=int(fields["price"]),
        last_block=int(fields["last_block"]),
        expires=int(fields["expires"]),
        request=fields["request"],
        turn=int(fields["turn"]),
        place=int(fields["place"]),
        state=cast("OrderState", fields["state"]),
        error=fields["error"],
        detail=fields["detail"],
    )
