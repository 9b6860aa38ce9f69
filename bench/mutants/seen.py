"""Which instructions each test sends, and how they end: so a mutant is tried by few tests.

Kept in target/mutants/seen.jsonl, a line per test, until the file of the test changes.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.transaction_metadata import FailedTransactionMetadata

from tests.compiled import ROOT, compiled
from tests.programs import ticket_chain, world

STORE: Final = ROOT / "target" / "mutants"
SEEN: Final = STORE / "seen.jsonl"
ACCEPTED: Final = ""
Sent = tuple[str, str, str]
"""Program, instruction, and the name of the refusal."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One test."""

    test: str
    """Its node id."""
    version: str
    """Hash of its file."""
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
    """Of the test's file, as it is now."""
    return hashlib.sha256(item.path.read_bytes()).hexdigest()[:16]


def known(path: Path = SEEN) -> Mapping[str, Seen]:
    """By node id; the last word counts."""
    if not path.is_file():
        return {}
    every = (Seen.of_line(line) for line in path.read_text().splitlines())
    return {each.test: each for each in every}


class Listener:
    """Hears what tests of programs send, from when it is made on."""

    def __init__(self) -> None:
        self._heard: set[Sent] = set()
        self._names = dict(_discriminators())
        self._programs = {world.World.program(name): name for name in world.program_names()}
        self._errors = dict(_error_names())
        patch = pytest.MonkeyPatch()
        patch.setattr(world.World, "send", self._listening_to_world())
        patch.setattr(ticket_chain.TicketChain, "send", self._listening_to_chain())

    def take(self) -> frozenset[Sent]:
        """What was sent since the last time."""
        heard, self._heard = frozenset(self._heard), set()
        return heard

    def _note(self, calls: Sequence[Instruction], error: str) -> None:
        for call in calls:
            program = self._programs.get(call.program_id, "ticket")  # TicketChain's has any address
            name = self._names.get((program, bytes(call.data)[:8]))
            if name is not None:
                self._heard.add((program, name, error))

    def _listening_to_world(self) -> object:
        send = world.World.send

        def heard(
            self_: world.World, *calls: Instruction, by: Keypair | Sequence[Keypair]
        ) -> world.Outcome:
            outcome = send(self_, *calls, by=by)
            self._note(calls, outcome.error)
            return outcome

        return heard

    def _listening_to_chain(self) -> object:
        send = ticket_chain.TicketChain.send

        def heard(
            self_: ticket_chain.TicketChain,
            payer: Keypair,
            *calls: Instruction,
            others: Sequence[Keypair] = (),
        ) -> ticket_chain.Outcome:
            outcome = send(self_, payer, *calls, others=others)
            self._note(calls, self._error_of(outcome))
            return outcome

        return heard

    def _error_of(self, outcome: ticket_chain.Outcome) -> str:
        if not isinstance(outcome, FailedTransactionMetadata):
            return ACCEPTED
        code = getattr(getattr(outcome.err(), "err", None), "code", None)
        return self._errors.get(code, "other") if isinstance(code, int) else "other"


def _discriminators() -> Iterator[tuple[tuple[str, bytes], str]]:
    for program in world.program_names():
        for each in compiled(program).program.instructions:
            yield (program, bytes(each.discriminator)), each.name


def _error_names() -> Iterator[tuple[int, str]]:
    address = Pubkey(compiled("ticket").program.address)
    yield from world._error_names()[address].items()
