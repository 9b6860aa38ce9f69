"""The history: blocks, the transactions in them, and which accounts those named."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from solders.hash import Hash
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.transaction import VersionedTransaction
from solders.transaction_metadata import TransactionMetadata

from conting_localnet.addresses import Addresses
from conting_localnet.tokens import TokenBalance
from conting_localnet.wire import Json

MAX_TRANSACTIONS = 250_000  # older blocks are dropped, as a node's --limit-ledger-size does
MAX_BLOCKS = 250_000


@dataclass(frozen=True, slots=True)
class Record:
    """A transaction that landed, successful or not; balances in lamports, by account index."""

    signature: Signature
    slot: int
    transaction: VersionedTransaction
    addresses: Addresses
    error: Json
    meta: TransactionMetadata
    pre_balances: Sequence[int]
    post_balances: Sequence[int]
    pre_tokens: Sequence[TokenBalance]
    post_tokens: Sequence[TokenBalance]


@dataclass(frozen=True, slots=True)
class Block:
    """A closed slot; `time` in unix seconds."""

    slot: int
    parent: int
    blockhash: Hash
    previous_blockhash: Hash
    time: int
    records: Sequence[Record]


@dataclass(slots=True)
class Ledger:
    """All blocks that are kept, the open slot's transactions, and the indexes over both."""

    blocks: dict[int, Block] = field(default_factory=dict)
    open_records: list[Record] = field(default_factory=list)
    transaction_count: int = 0
    _by_signature: dict[Signature, Record] = field(default_factory=dict)
    _by_address: dict[Pubkey, deque[Record]] = field(default_factory=dict)

    def add(self, record: Record) -> None:
        """Add a transaction to the open slot."""
        self.open_records.append(record)
        self.transaction_count += 1
        self._by_signature[record.signature] = record
        for key in record.addresses.all:
            self._by_address.setdefault(key, deque()).append(record)

    def close(self, block: Block) -> None:
        """Add a closed block and forget the oldest ones beyond the limits."""
        self.blocks[block.slot] = block
        self.open_records = []
        while len(self.blocks) > MAX_BLOCKS or len(self._by_signature) > MAX_TRANSACTIONS:
            self._drop_oldest()

    def transaction(self, signature: Signature) -> Record | None:
        """Return the transaction of `signature` if it landed and is still kept."""
        return self._by_signature.get(signature)

    def by_address(self, key: Pubkey) -> Iterator[Record]:
        """Yield the transactions that named `key`, newest first."""
        return reversed(self._by_address.get(key, deque()))

    def records_in(self, slot: int) -> Sequence[Record]:
        """Return the transactions of a closed block, none when it is not kept."""
        block = self.blocks.get(slot)
        return block.records if block is not None else ()

    @property
    def first_slot(self) -> int:
        """Return the oldest slot that is kept."""
        return next(iter(self.blocks), 0)

    def _drop_oldest(self) -> None:
        block = self.blocks.pop(self.first_slot)
        for record in block.records:
            del self._by_signature[record.signature]
            for key in record.addresses.all:
                _drop_first(self._by_address, key)


def _drop_first(index: dict[Pubkey, deque[Record]], key: Pubkey) -> None:
    records = index[key]
    records.popleft()
    if not records:
        del index[key]
