"""Which instructions each test sends, and how they end: so a mutant is tried by few tests.

Kept in target/mutants/seen.jsonl, a line per test, until the file of the test changes, or this one.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from solders.litesvm import LiteSVM
from solders.pubkey import Pubkey
from solders.transaction import Transaction
from solders.transaction_metadata import FailedTransactionMetadata, TransactionMetadata

from tests.compiled import ROOT, compiled
from tests.programs import world

STORE: Final = ROOT / "target" / "mutants"
SEEN: Final = STORE / "seen.jsonl"
ACCEPTED: Final = ""
Sent = tuple[str, str, str]
"""Program, instruction, and the name of the refusal."""
Result = TransactionMetadata | FailedTransactionMetadata


@dataclass(frozen=True, slots=True)
class Seen:
    """One test."""

    test: str
    """Its node id."""
    version: str
    """Hash of its file, and of this one."""
    seconds: float
    """Of this process's CPU."""
    passed: bool
    sent: frozenset[Sent]

    @property
    def line(self) -> str:
        """As JSON."""
        return json.dumps([self.test, self.version, self.seconds, self.passed, sorted(self.sent)])

    @staticmethod
    def of_line(line: str) -> "Seen":
        """What `line` was."""
        test, version, seconds, passed, sent = json.loads(line)
        return Seen(test, version, seconds, passed, frozenset(tuple(each) for each in sent))


def version_of(item: pytest.Item) -> str:
    """Of the test's file as it is now, and of what listens to it."""
    return hashlib.sha256(item.path.read_bytes() + Path(__file__).read_bytes()).hexdigest()[:16]


def known(path: Path = SEEN) -> Mapping[str, Seen]:
    """By node id; the last word counts."""
    if not path.is_file():
        return {}
    every = (Seen.of_line(line) for line in path.read_text().splitlines())
    return {each.test: each for each in every}


class Listener:
    """Hears what tests of programs send, from when it is made on: whichever way they send it, and
    also what is called by the programs that they send it to.
    """

    def __init__(self) -> None:
        self._heard: set[Sent] = set()
        self._names = dict(_discriminators())
        self._programs = {world.World.program(name): name for name in world.program_names()}
        self._errors = dict(_error_names())
        self._patch = pytest.MonkeyPatch()
        self._patch.setattr(LiteSVM, "send_transaction", self._listening())

    def stop(self) -> None:
        """Hears no more."""
        self._patch.undo()

    def take(self) -> frozenset[Sent]:
        """What was sent since the last time."""
        heard, self._heard = frozenset(self._heard), set()
        return heard

    def _listening(self) -> object:
        send = LiteSVM.send_transaction

        def heard(svm: LiteSVM, transaction: Transaction) -> Result:
            result = send(svm, transaction)
            error = self._error_of(result)
            for program, data in _calls(transaction, result):
                self._note(program, data, error)
            return result

        return heard

    def _note(self, program: Pubkey, data: bytes, error: str) -> None:
        name = self._programs.get(program, "ticket")  # TicketChain's has any address
        instruction = self._names.get((name, data[:8]))
        if instruction is not None:
            self._heard.add((name, instruction, error))

    def _error_of(self, result: Result) -> str:
        if not isinstance(result, FailedTransactionMetadata):
            return ACCEPTED
        error = world.World._name(result)
        code = error.rpartition(": ")[2]
        return self._errors.get(int(code), error) if code.isdecimal() else error


def _calls(transaction: Transaction, result: Result) -> Iterator[tuple[Pubkey, bytes]]:
    """Program and data of each call, also of those that programs made."""
    meta = result.meta() if isinstance(result, FailedTransactionMetadata) else result
    message = transaction.message
    inner = [each.instruction() for calls in meta.inner_instructions() for each in calls]
    for call in [*message.instructions, *inner]:
        yield message.account_keys[call.program_id_index], bytes(call.data)


def _discriminators() -> Iterator[tuple[tuple[str, bytes], str]]:
    for program in world.program_names():
        for each in compiled(program).program.instructions:
            yield (program, bytes(each.discriminator)), each.name


def _error_names() -> Iterator[tuple[int, str]]:
    address = Pubkey(compiled("ticket").program.address)
    yield from world._error_names()[address].items()
