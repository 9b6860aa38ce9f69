"""The chain without a network: it runs transactions, moves through slots, knows recent states.

One thread owns a node. Time and randomness come in as parameters; `tick` moves the chain to the
slot that the clock says, and everything else happens in the slot that is open.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile

from solders.account import Account
from solders.clock import Clock
from solders.hash import Hash
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.sysvar import CLOCK, SLOT_HASHES
from solders.transaction import VersionedTransaction
from solders.transaction_metadata import (
    FailedTransactionMetadata,
    SimulatedTransactionInfo,
    TransactionMetadata,
)

from conting_localnet import nonces
from conting_localnet.addresses import Addresses, resolve
from conting_localnet.blockhashes import MAX_AGE, Blockhashes
from conting_localnet.genesis import GenesisProgram, create_svm
from conting_localnet.journal import Journal
from conting_localnet.ledger import Block, Ledger, Record
from conting_localnet.timeline import FIRST_SLOT, Timeline
from conting_localnet.tokens import token_balances
from conting_localnet.wire import Json

SLOT_HASHES_KEPT = 512  # solana-slot-hashes, MAX_ENTRIES
HASH_SIZE = 32


class Commitment(StrEnum):
    """How settled a state is."""

    PROCESSED = "processed"
    CONFIRMED = "confirmed"
    FINALIZED = "finalized"


LAG = {Commitment.PROCESSED: 0, Commitment.CONFIRMED: 1, Commitment.FINALIZED: 32}  # slots


@dataclass(frozen=True, slots=True)
class Simulation:
    """What a transaction would do; `meta` is None when it would not even run."""

    error: Json
    meta: TransactionMetadata | None
    post_accounts: dict[Pubkey, Account]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What LiteSVM said of a transaction; `error` is a TransactionError in its JSON form."""

    error: Json
    meta: TransactionMetadata


@dataclass(frozen=True, slots=True)
class Slots:
    """A step of the chain: `previous` closed, and the slots in `entered` opened in turn."""

    previous: int
    entered: Sequence[int]

    @property
    def current(self) -> int:
        """Return the slot that is open now."""
        return self.entered[-1]


class Node:
    """A chain on one LiteSVM; `clock` gives unix seconds, `entropy` that many random bytes."""

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        slot_seconds: float,
        entropy: Callable[[int], bytes] = os.urandom,
        programs: Sequence[GenesisProgram] = (),
    ) -> None:
        self.faucet = Keypair.from_seed(entropy(HASH_SIZE))
        self.identity = Keypair.from_seed(entropy(HASH_SIZE)).pubkey()
        self.genesis_hash = Hash(entropy(HASH_SIZE))
        self.slot = FIRST_SLOT
        self.svm = create_svm(self.faucet.pubkey(), tuple(programs))
        self.timeline = Timeline(clock, slot_seconds)
        self.blockhashes = Blockhashes()
        self.journal = Journal()
        self.ledger = Ledger()
        self.on_record: list[Callable[[Record, Sequence[Pubkey]], None]] = []
        self.on_slots: list[Callable[[Slots], None]] = []
        self._entropy = entropy
        self._processed: dict[Hash, int] = {}
        self._slot_hashes = [(0, Hash(entropy(HASH_SIZE)))]
        self._set_clock(0)
        self._close_block(0, self.genesis_hash)
        self._enter(FIRST_SLOT)

    def tick(self) -> None:
        """Move to the slot that is due by the clock, through empty blocks where it is far ahead."""
        due = self.timeline.slot()
        if due <= self.slot:
            return
        # A long jump skips slots, but its last ones are real: SlotHashes and blockhashes need them.
        first_real = max(self.slot + 1, due - SLOT_HASHES_KEPT)
        step = Slots(self.slot, range(first_real, due + 1))
        self._advance(step)
        for listener in self.on_slots:
            listener(step)
        self.journal.forget_through(self.slot_at(Commitment.FINALIZED))

    def advance_time(self, seconds: float) -> None:
        """Move the chain's clock forward by `seconds`, and its slots with it."""
        self.timeline.jump(seconds)
        self.tick()

    def slot_at(self, commitment: Commitment) -> int:
        """Return the newest slot at `commitment`."""
        return max(0, self.slot - LAG[commitment])

    def commitment_of(self, slot: int) -> Commitment:
        """Return how settled `slot` is."""
        if slot <= self.slot_at(Commitment.FINALIZED):
            return Commitment.FINALIZED
        return Commitment.CONFIRMED if slot < self.slot else Commitment.PROCESSED

    def transaction_count(self, slot: int) -> int:
        """Return how many transactions had landed by the end of `slot`."""
        later = sum(len(self.ledger.records_in(each)) for each in range(slot + 1, self.slot))
        open_count = len(self.ledger.open_records) if slot < self.slot else 0
        return self.ledger.transaction_count - later - open_count

    def _advance(self, step: Slots) -> None:
        for closing in (step.previous, *step.entered[:-1]):
            self._close_block(closing, Hash(self._entropy(HASH_SIZE)))
            self._slot_hashes.insert(0, (closing, Hash(self._entropy(HASH_SIZE))))
        del self._slot_hashes[SLOT_HASHES_KEPT:]
        self._enter(step.current)

    def _close_block(self, slot: int, blockhash: Hash) -> None:
        parent = next(reversed(self.ledger.blocks.values()), None)
        self.ledger.close(
            Block(
                slot=slot,
                parent=parent.slot if parent else 0,
                blockhash=blockhash,
                previous_blockhash=parent.blockhash if parent else Hash.default(),
                time=self.timeline.time_of(slot),
                records=tuple(self.ledger.open_records),
            )
        )
        self.blockhashes.register(slot, blockhash)

    def _enter(self, slot: int) -> None:
        self.slot = slot
        for sysvar in (CLOCK, SLOT_HASHES):
            self.journal.record(slot, sysvar, self._current(sysvar))
        self._set_clock(slot)
        self.svm.set_slot_hashes(self._slot_hashes)
        self._forget_before(self.slot_at(Commitment.FINALIZED))

    def _set_clock(self, slot: int) -> None:
        schedule = self.svm.get_epoch_schedule()
        epoch = schedule.get_epoch(slot)
        self.svm.set_clock(
            Clock(
                slot=slot,
                epoch_start_timestamp=self.timeline.time_of(
                    schedule.get_first_slot_in_epoch(epoch)
                ),
                epoch=epoch,
                leader_schedule_epoch=schedule.get_leader_schedule_epoch(slot),
                unix_timestamp=self.timeline.time_of(slot),
            )
        )

    def _forget_before(self, slot: int) -> None:
        self.blockhashes.forget_before(slot)
        oldest_first = self._processed.items()
        for key, _ in list(takewhile(lambda entry: entry[1] + MAX_AGE < slot, oldest_first)):
            del self._processed[key]

    def account(self, key: Pubkey, slot: int) -> Account | None:
        """Return `key` as of the end of `slot`, finalized or newer; None when not there."""
        return self.journal.at(slot, key, self._current(key))

    def program_accounts(self, program: Pubkey, slot: int) -> Iterator[tuple[Pubkey, Account]]:
        """Yield the accounts that `program` owned as of the end of `slot`."""
        moved = self.journal.changed_after(slot)
        for key, account in self.svm.get_program_accounts(program):
            if key not in moved and account.lamports:
                yield key, account
        for key in moved:
            before = self.account(key, slot)
            if before is not None and before.owner == program:
                yield key, before

    def _current(self, key: Pubkey) -> Account | None:
        account = self.svm.get_account(key)
        return account if account is not None and account.lamports else None

    def refusal(self, transaction: VersionedTransaction, slot: int) -> str | None:
        """Return why the bank of `slot` would not run `transaction` at all, or None."""
        message = transaction.message
        if message.hash() in self._processed:
            return "AlreadyProcessed"
        if self.blockhashes.is_valid(message.recent_blockhash, slot):
            return None
        if nonces.find(transaction, self._current) is not None:
            return None
        return "BlockhashNotFound"

    def simulate(self, transaction: VersionedTransaction) -> Simulation:
        """Run `transaction` on the newest state without keeping what it does."""
        result = self.svm.simulate_transaction(transaction)
        if isinstance(result, SimulatedTransactionInfo):
            return Simulation(None, result.meta(), dict(result.post_accounts()))
        outcome = _outcome(result)
        return Simulation(outcome.error, outcome.meta, {})

    def execute(self, transaction: VersionedTransaction) -> Record | None:
        """Run `transaction` in the open slot; its signatures must be verified.

        Returns its record, which may be of a failure that paid its fee, or None when it did not
        land: refused, already run, or without anyone to pay.
        """
        if self.refusal(transaction, self.slot) is not None:
            return None
        message = transaction.message
        addresses = resolve(message, self._current)
        is_durable = not self.blockhashes.is_valid(message.recent_blockhash, self.slot)
        nonce = nonces.find(transaction, self._current) if is_durable else None
        before = [self._current(key) for key in addresses.all]
        outcome = _outcome(self.svm.send_transaction(transaction))
        failed = outcome.error is not None
        if failed and self._current(addresses.static[0]) == before[0]:
            return None
        if failed and nonce is not None:
            nonces.advance(self.svm, nonce, message.recent_blockhash)
        after = [self._current(key) for key in addresses.all]
        record = self._record(transaction, addresses, outcome, before, after)
        self._keep(record, before, after)
        return record

    def _record(
        self,
        transaction: VersionedTransaction,
        addresses: Addresses,
        outcome: Outcome,
        before: Sequence[Account | None],
        after: Sequence[Account | None],
    ) -> Record:
        return Record(
            signature=transaction.signatures[0],
            slot=self.slot,
            transaction=transaction,
            addresses=addresses,
            error=outcome.error,
            meta=outcome.meta,
            pre_balances=[account.lamports if account else 0 for account in before],
            post_balances=[account.lamports if account else 0 for account in after],
            pre_tokens=tuple(token_balances(before, self._current)),
            post_tokens=tuple(token_balances(after, self._current)),
        )

    def _keep(
        self,
        record: Record,
        before: Sequence[Account | None],
        after: Sequence[Account | None],
    ) -> None:
        changed = []
        for key, old, new in zip(record.addresses.all, before, after, strict=True):
            if old != new:
                self.journal.record(self.slot, key, old)
                changed.append(key)
        self._processed[record.transaction.message.hash()] = self.slot
        self.ledger.add(record)
        for listener in self.on_record:
            listener(record, changed)


def _outcome(result: TransactionMetadata | FailedTransactionMetadata) -> Outcome:
    if isinstance(result, FailedTransactionMetadata):
        return Outcome(json.loads(result.to_json())["err"], result.meta())
    return Outcome(None, result)
