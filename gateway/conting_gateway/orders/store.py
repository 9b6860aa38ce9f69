"""Orders in Redis, each in one hash."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, cast

from conting_client import from_base64
from conting_client.money import SOL
from solders.hash import Hash
from solders.pubkey import Pubkey
from solders.signature import Signature

from conting_gateway.orders import lua
from conting_gateway.orders.chain import Mark
from conting_gateway.redis import Redis, Script, texts

KEEP = 24 * 3600  # seconds that an order is remembered which was sent, and may have landed
BRIEFLY = 15 * 60  # that any other one is: what costs nothing must not fill Redis
SIGNED = "signed:"
"""Before a wallet's address: the field of its signature."""

OrderState = Literal["built", "sent", "done", "refused", "expired"]


@dataclass(frozen=True, slots=True)
class Subject:
    """What an order is about: a seat if it has one, and the account that it makes or changes."""

    event: Pubkey
    account: Pubkey
    section: int | None = None
    seat: int | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """The turn in the waiting room that a purchase is paid with: its number, and its place.

    `guest`: whose it is, the wallet or its person.
    """

    number: int
    place: int
    guest: str


@dataclass(frozen=True, slots=True)
class Claim:
    """What an order may have bought with its turn; kept with the turn, should the order be lost."""

    blockhash: Hash
    mark: Mark


@dataclass(frozen=True, slots=True)
class Sponsored:
    """Who pays the network fee in the caller's place, and how much in all, in lamports."""

    payer: Pubkey
    lamports: int
    seal: str
    """The sponsor's own mark on the transaction."""


@dataclass(frozen=True, slots=True)
class Order:
    """A transaction that was built, and what became of it.

    `price` in the smallest units of `payment`, which has so many `decimals`; `last_block`: the
    block height after which it cannot land; `expires` in Unix seconds.
    """

    id: str
    kind: str
    wallets: tuple[Pubkey, ...]
    """Who has to sign; the first has ordered, and pays the fee unless it is sponsored."""
    subject: Subject
    mark: Mark
    transaction: str
    price: int
    last_block: int
    expires: int
    request: str
    """A hash of what was asked for."""
    payment: Pubkey = SOL
    decimals: int | None = None
    """Not known of an order that a gateway of before has kept."""
    visit: Visit | None = None
    sponsored: Sponsored | None = None
    state: OrderState = "built"
    error: str = ""
    detail: str = ""
    signatures: Mapping[Pubkey, Signature] = field(default_factory=dict)
    """Those that wallets have handed in; and the sponsor's, once all of these are there."""

    @property
    def wallet(self) -> Pubkey:
        """Who has ordered."""
        return self.wallets[0]

    @property
    def payer(self) -> Pubkey:
        """Who pays the fee: the first signature, which names the transaction, is that one's."""
        return self.wallet if self.sponsored is None else self.sponsored.payer

    @property
    def claim(self) -> Claim:
        """What it claims a turn for."""
        return Claim(from_base64(self.transaction).message.recent_blockhash, self.mark)

    @property
    def is_open(self) -> bool:
        """Whether its outcome is not known."""
        return self.state in ("built", "sent")


class OrderStore:
    """Orders by id; once they are done, refused or expired they stay so."""

    def __init__(self, redis: Redis, briefly: float = BRIEFLY) -> None:
        self._redis = redis
        self._briefly = round(max(briefly, BRIEFLY))
        self._create = Script(redis, lua.CREATE)
        self._move = Script(redis, lua.MOVE)
        self._claim_turn = Script(redis, lua.CLAIM_TURN)
        self._sign = Script(redis, lua.SIGN)

    async def create(self, order: Order) -> Order:
        """Keeps an order; the one that was kept before under this id, if there is one."""
        fields = [text for pair in _fields(order).items() for text in pair]
        return _order(
            order.id, _pairs(await self._create([_key(order.id)], self._briefly, *fields))
        )

    async def claim_turn(
        self,
        order: Order,
        visit: Visit,
        keep: float,
        *,
        ended: Collection[str] = (),
        beside: Collection[str] = (),
    ) -> dict[str, Claim]:
        """Has an order claim a turn in the waiting room, for so many seconds; empty if it does.

        Else the others that have claimed it, but for those that have `ended` without buying, which
        are forgotten, and those that this one may stand `beside`.
        """
        key = f"conting:{{{order.subject.event}}}:claims-of:{visit.place}"
        claim = f"{order.claim.blockhash} {_noted(order.mark)}"
        known: list[str | int] = [len(ended), *ended, *beside]
        others = await self._claim_turn([key], order.id, round(keep * 1000), claim, *known)
        return {name: _claim(*text.split()) for name, text in _pairs(others).items()}

    async def load(self, order: str) -> Order | None:
        """The order of this id."""
        fields = await self._redis.hgetall(_key(order))
        return _order(order, texts(fields)) if fields else None

    async def sign(self, order: Order, signatures: Mapping[Pubkey, Signature]) -> Order:
        """Keeps signatures beside those that others have handed in; the order with all of them."""
        named = [text for key, made in signatures.items() for text in (f"{SIGNED}{key}", str(made))]
        fields = await self._sign([_key(order.id)], *named)
        return _order(order.id, _pairs(fields)) if fields else order

    async def move(
        self,
        order: Order,
        state: OrderState,
        error: str = "",
        detail: str = "",
        *,
        by_itself: bool = False,
    ) -> Order:
        """Takes an order to another state, unless it is in a final one; the order as it then is.

        `by_itself`: what is done was done by its own transaction.
        """
        keep = KEEP if by_itself or state == "sent" else self._briefly
        fields = await self._move([_key(order.id)], state, error, detail, keep)
        return _order(order.id, _pairs(fields)) if fields else order


def _key(order: str) -> str:
    return f"conting:order:{order}"


def _pairs(flat: Sequence[str]) -> dict[str, str]:
    return dict(zip(flat[::2], flat[1::2], strict=True))


def _fields(order: Order) -> dict[str, str]:
    subject, visit, sponsored = order.subject, order.visit, order.sponsored
    return {
        "kind": order.kind,
        "wallets": " ".join(map(str, order.wallets)),
        "event": str(subject.event),
        "account": str(subject.account),
        "section": _text(subject.section),
        "seat": _text(subject.seat),
        "mark": _noted(order.mark),
        "transaction": order.transaction,
        "price": str(order.price),
        "payment": str(order.payment),
        "decimals": _text(order.decimals),
        "last_block": str(order.last_block),
        "expires": str(order.expires),
        "request": order.request,
        "visit": "" if visit is None else f"{visit.number} {visit.place} {visit.guest}",
        "sponsored": "" if sponsored is None else _told(sponsored),
        "state": order.state,
        "error": order.error,
        "detail": order.detail,
    }


def _order(order: str, fields: Mapping[str, str]) -> Order:
    wallets = fields["wallets"].split()
    return Order(
        id=order,
        kind=fields["kind"],
        wallets=tuple(map(Pubkey.from_string, wallets)),
        subject=Subject(
            event=Pubkey.from_string(fields["event"]),
            account=Pubkey.from_string(fields["account"]),
            section=_number(fields["section"]),
            seat=_number(fields["seat"]),
        ),
        mark=_mark(*fields["mark"].split()),
        transaction=fields["transaction"],
        price=int(fields["price"]),
        payment=Pubkey.from_string(fields.get("payment", str(SOL))),
        decimals=_number(fields.get("decimals", "")),
        last_block=int(fields["last_block"]),
        expires=int(fields["expires"]),
        request=fields["request"],
        visit=_visit(fields["visit"].split(), wallets[0]),
        sponsored=_sponsored(*fields.get("sponsored", "").split()),
        state=cast("OrderState", fields["state"]),
        error=fields["error"],
        detail=fields["detail"],
        signatures={
            Pubkey.from_string(name.removeprefix(SIGNED)): Signature.from_string(made)
            for name, made in fields.items()
            if name.startswith(SIGNED)
        },
    )


def _claim(blockhash: str, *mark: str) -> Claim:
    return Claim(Hash.from_string(blockhash), _mark(*mark))


def _noted(mark: Mark) -> str:
    return f"{mark.account} {mark.at} {mark.data.hex()} {mark.present:d}"


def _mark(account: str, at: str, data: str, present: str) -> Mark:
    return Mark(Pubkey.from_string(account), int(at), bytes.fromhex(data), present == "1")


def _visit(kept: Sequence[str], wallet: str) -> Visit | None:
    match kept:
        case [number, place, guest]:
            return Visit(int(number), int(place), guest)
        case [number, place]:  # kept by a gateway that knew wallets only
            return Visit(int(number), int(place), wallet)
    return None


def _told(sponsored: Sponsored) -> str:
    return f"{sponsored.payer} {sponsored.lamports} {sponsored.seal}"


def _sponsored(payer: str = "", lamports: str = "", seal: str = "") -> Sponsored | None:
    return Sponsored(Pubkey.from_string(payer), int(lamports), seal) if payer else None


def _text(number: int | None) -> str:
    return "" if number is None else str(number)


def _number(text: str) -> int | None:
    return int(text) if text else None
