"""The websocket side: who wants to hear of what, and the notifications when it happens.

Every subscription listens to one topic. Processed subscribers are told at once; the others hear of
a slot's events when that slot becomes confirmed or finalized.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import count

from solders.account import Account
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.system_program import ID as SYSTEM_PROGRAM

from conting_localnet.accounts import (
    Filter,
    View,
    encode_account,
    matches,
    read_filters,
    read_view,
)
from conting_localnet.errors import invalid_params
from conting_localnet.ledger import Record
from conting_localnet.methods.responses import mint_reader, with_context
from conting_localnet.node import LAG, Commitment, Node, Slots
from conting_localnet.params import Params, to_pubkey
from conting_localnet.rpc import dump, handle, method_not_found
from conting_localnet.wire import Json

Topic = tuple[str, Pubkey | Signature | None]
Send = Callable[[str], None]

_CLOSED = Account(0, b"", SYSTEM_PROGRAM)  # how a node shows an account that is gone
_WHOLE = View("base64", slice(None))


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client asked to hear of; view and filters matter to accounts only."""

    topic: Topic
    commitment: Commitment
    view: View = _WHOLE
    filters: Sequence[Filter] = ()


@dataclass(frozen=True, slots=True)
class Subscription:
    """A wish with its number and the connection that it goes to."""

    identifier: int
    wish: Wish
    send: Send

    def tell(self, result: Json) -> None:
        """Send one notification."""
        params: Json = {"result": result, "subscription": self.identifier}
        method = f"{self.wish.topic[0]}Notification"
        self.send(dump({"jsonrpc": "2.0", "method": method, "params": params}))


class Hub:
    """All subscriptions to one node."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._by_topic: dict[Topic, dict[int, Subscription]] = {}
        self._by_identifier: dict[int, Subscription] = {}
        self._identifiers = count(1)
        node.on_record.append(self._on_record)
        node.on_slots.append(self._on_slots)

    def add(self, wish: Wish, send: Send) -> Subscription:
        """Begin a subscription."""
        subscription = Subscription(next(self._identifiers), wish, send)
        self._by_identifier[subscription.identifier] = subscription
        self._by_topic.setdefault(wish.topic, {})[subscription.identifier] = subscription
        return subscription

    def remove(self, identifier: int) -> bool:
        """End a subscription; false when it had ended before."""
        subscription = self._by_identifier.pop(identifier, None)
        if subscription is None:
            return False
        listeners = self._by_topic[subscription.wish.topic]
        del listeners[identifier]
        if not listeners:
            del self._by_topic[subscription.wish.topic]
        return True

    def catch_up(self, subscription: Subscription) -> None:
        """Tell a new subscriber of a signature that had reached its commitment before."""
        kind, signature = subscription.wish.topic
        if kind != "signature" or not isinstance(signature, Signature):
            return
        record = self.node.ledger.transaction(signature)
        if record and record.slot <= self.node.slot_at(subscription.wish.commitment):
            self._tell_signature(subscription, record)

    def _on_record(self, record: Record, changed: Sequence[Pubkey]) -> None:
        self._publish(Commitment.PROCESSED, record.slot, (record,), changed)

    def _on_slots(self, slots: Slots) -> None:
        root_lag = LAG[Commitment.FINALIZED]
        for slot in slots.entered:
            root = max(0, slot - root_lag)
            for subscription in self._listeners(("slot", None)):
                subscription.tell({"parent": slot - 1, "root": root, "slot": slot})
            for subscription in self._listeners(("root", None)):
                subscription.tell(root)
        for commitment, lag in LAG.items():
            for slot in self.node.journal.slots(slots.previous - lag, slots.current - lag):
                records = self.node.ledger.records_in(slot)
                self._publish(commitment, slot, records, self.node.journal.changed_in(slot))

    def _publish(
        self,
        commitment: Commitment,
        slot: int,
        records: Iterable[Record],
        changed: Iterable[Pubkey],
    ) -> None:
        if not self._by_identifier:
            return
        for key in changed:
            self._publish_account(commitment, slot, key)
        for record in records:
            self._publish_record(commitment, record)

    def _publish_account(self, commitment: Commitment, slot: int, key: Pubkey) -> None:
        account = self.node.account(key, slot) or _CLOSED
        mints = mint_reader(self.node, slot)
        for subscription in self._listeners(("account", key), commitment):
            value = encode_account(account, subscription.wish.view, mints)
            subscription.tell(with_context(slot, value))
        for subscription in self._listeners(("program", account.owner), commitment):
            if account.lamports and matches(account.data, subscription.wish.filters):
                value = encode_account(account, subscription.wish.view, mints)
                subscription.tell(with_context(slot, {"pubkey": str(key), "account": value}))

    def _publish_record(self, commitment: Commitment, record: Record) -> None:
        for subscription in self._listeners(("signature", record.signature), commitment):
            self._tell_signature(subscription, record)
        for mentioned in (None, *record.addresses.all):
            for subscription in self._listeners(("logs", mentioned), commitment):
                value: Json = {
                    "signature": str(record.signature),
                    "err": record.error,
                    "logs": record.meta.logs(),
                }
                subscription.tell(with_context(record.slot, value))

    def _tell_signature(self, subscription: Subscription, record: Record) -> None:
        subscription.tell(with_context(record.slot, {"err": record.error}))
        self.remove(subscription.identifier)

    def _listeners(
        self, topic: Topic, commitment: Commitment | None = None
    ) -> Sequence[Subscription]:
        found = self._by_topic.get(topic)
        if not found:
            return ()
        return [each for each in found.values() if commitment in (None, each.wish.commitment)]


class Session:
    """One connection: it may end only what it began, and all of it ends with the connection."""

    def __init__(self, hub: Hub, send: Send) -> None:
        self._hub = hub
        self._send = send
        self._open: set[int] = set()
        self._fresh: list[Subscription] = []

    def receive(self, text: str | bytes) -> None:
        """Answer a request; what a new subscription missed follows its answer."""
        self._hub.node.tick()
        response = handle(text, self._call)
        if response is not None:
            self._send(response)
        for subscription in self._fresh:
            self._hub.catch_up(subscription)
        self._fresh.clear()

    def close(self) -> None:
        """End every subscription of the connection."""
        for identifier in self._open:
            self._hub.remove(identifier)
        self._open.clear()

    def _call(self, method: str, params: Params) -> Json:
        if method in _WISHES:
            subscription = self._hub.add(_WISHES[method](params), self._send)
            self._open.add(subscription.identifier)
            self._fresh.append(subscription)
            return subscription.identifier
        if method in _UNSUBSCRIBES:
            return self._unsubscribe(params.integer(0))
        raise method_not_found()

    def _unsubscribe(self, identifier: int) -> Json:
        if identifier not in self._open or not self._hub.remove(identifier):
            raise invalid_params("Invalid subscription id.")
        self._open.discard(identifier)
        return True


def _account_wish(params: Params) -> Wish:
    config = params.config(1)
    return Wish(("account", params.pubkey(0)), config.commitment(), read_view(config))


def _program_wish(params: Params) -> Wish:
    config = params.config(1)
    topic: Topic = ("program", params.pubkey(0))
    return Wish(topic, config.commitment(), read_view(config), read_filters(config))


def _logs_wish(params: Params) -> Wish:
    commitment = params.config(1).commitment()
    selector = params.required(0)
    if selector in ("all", "allWithVotes"):
        return Wish(("logs", None), commitment)
    mentions = params.config(0).items("mentions")
    if len(mentions) != 1:
        raise invalid_params("Only 1 address supported")
    return Wish(("logs", to_pubkey(mentions[0])), commitment)


def _signature_wish(params: Params) -> Wish:
    return Wish(("signature", params.signature(0)), params.config(1).commitment())


def _slot_wish(_params: Params) -> Wish:
    return Wish(("slot", None), Commitment.PROCESSED)


def _root_wish(_params: Params) -> Wish:
    return Wish(("root", None), Commitment.FINALIZED)


_WISHES: dict[str, Callable[[Params], Wish]] = {
    "accountSubscribe": _account_wish,
    "logsSubscribe": _logs_wish,
    "programSubscribe": _program_wish,
    "rootSubscribe": _root_wish,
    "signatureSubscribe": _signature_wish,
    "slotSubscribe": _slot_wish,
}
_UNSUBSCRIBES = frozenset(name.replace("Subscribe", "Unsubscribe") for name in _WISHES)
