"""Entries on their way to the chain, by a node that does what a test says."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from conting_client import (
    ChainError,
    ProgramFault,
    Rpc,
    RpcRefused,
    TransactionExpired,
    TransactionFailed,
)
from conting_client._readings import AccountInfo, Blockhash, Landed
from conting_client.generated.ticket import PROGRAM_ID, Entry, entry_address
from conting_client.scanner import Alarm, EntryWriter, GateLog, ScanVerdict
from conting_client.scanner.verdicts import Holder
from solders.hash import Hash
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.transaction import VersionedTransaction

from tests.client.offline_world import NOW, World
from tests.client.test_passkeys import DATA as BY_PASSKEY

NOBODY_S = Pubkey.default()  # the system program: who sends SOL to any address makes such accounts
DOWN = "it is away"
Sent = Callable[[VersionedTransaction], Landed]


class Node(Rpc):
    """Accounts by address; `takes` says what becomes of a transaction."""

    def __init__(self, takes: Sent) -> None:
        super().__init__("http://127.0.0.1:9")
        self.held: dict[Pubkey, AccountInfo] = {}
        self.takes = takes

    async def accounts(self, addresses: Sequence[Pubkey], **_: Any) -> list[AccountInfo | None]:
        return [self.held.get(each) for each in addresses]

    async def latest_blockhash(self, **_: Any) -> Blockhash:
        return Blockhash(Hash.default(), 1)

    async def send(self, transaction: VersionedTransaction, **_: Any) -> Landed:
        return self.takes(transaction)


def lands(_: VersionedTransaction) -> Landed:
    return Landed(Signature.default(), 1)


def says(error: Exception) -> Sent:
    def send(_: VersionedTransaction) -> Landed:
        raise error

    return send


@dataclass
class Gate:
    """A gate that has let people in, and writes their entries."""

    world: World
    log: GateLog
    node: Node = field(default_factory=lambda: Node(lands))
    told: list[tuple[Alarm, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.writer = EntryWriter(
            self.world.gate, self.log, self.node, lambda *told: self.told.append(told)
        )

    def let_in(self, count: int = 1) -> list[Pubkey]:
        tickets = [Pubkey.new_unique() for _ in range(count)]
        for ticket in tickets:
            holder = Holder(self.world.person, self.world.phone.key)
            verdict = ScanVerdict(None, NOW, ticket=ticket, offline=True, holder=holder)
            shown = self.world.shown(ticket=ticket).encode()
            assert self.log.admit(self.world.gate, verdict, shown=shown, after=b"")
        return tickets

    def round(self) -> int:
        return asyncio.run(self.writer.round())

    @property
    def written(self) -> dict[int, str]:
        return self.log.marks("entry")


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    world = World()
    log = GateLog(tmp_path / "log", event=world.event, gate=world.gate.pubkey(), session=0)
    yield Gate(world, log)
    log.close()


@pytest.mark.attack
@pytest.mark.parametrize(
    ("owner", "data"),
    [(NOBODY_S, b""), (NOBODY_S, Entry.DISCRIMINATOR), (PROGRAM_ID, b"\1" * 200)],
)
def test_what_lies_at_an_entrys_address_and_is_none_keeps_nothing_from_being_written(
    gate: Gate, owner: Pubkey, data: bytes
) -> None:
    """The address is public: anybody can send the rent there before the doors open."""
    ticket, _ = gate.let_in(2)
    address = entry_address(ticket=ticket, session=0)
    gate.node.held[address] = AccountInfo(address, owner, 890_880, data, executable=False, slot=1)
    assert gate.round() == 0
    assert gate.written == dict.fromkeys((1, 2), str(Signature.default()))
    assert gate.told == []


@pytest.mark.parametrize(
    "error",
    [RpcRefused("no transactions here"), TransactionExpired("it did not land")],
)
def test_a_node_that_answers_and_writes_nothing_is_told(gate: Gate, error: Exception) -> None:
    gate.let_in(2)
    gate.node.takes = says(error)
    assert gate.round() == 2
    assert [alarm for alarm, _ in gate.told] == [Alarm.ENTRIES_WAIT]
    gate.node.takes = lands
    assert gate.round() == 0
    assert len(gate.told) == 1


def test_an_entry_that_does_not_land_beside_one_that_does_is_no_alarm(gate: Gate) -> None:
    outcomes = [lands, says(TransactionExpired("it did not land")), lands]

    def send(transaction: VersionedTransaction) -> Landed:
        return outcomes.pop(0)(transaction)

    gate.let_in(2)
    gate.node.takes = send
    assert gate.round() == 1
    assert gate.round() == 0
    assert gate.told == []


def test_a_node_that_stays_away_is_told_each_round(gate: Gate) -> None:
    """For who spaces alarms: one that was told before the node came back for a moment, too."""
    gate.let_in()
    gate.node.takes = says(RpcRefused(DOWN))
    for _ in range(3):
        assert gate.round() == 1
    assert gate.told == [(Alarm.ENTRIES_WAIT, DOWN)] * 3


def test_an_entry_that_the_program_cannot_take_is_given_up(gate: Gate) -> None:
    gate.let_in()
    gate.node.takes = says(ProgramFault(3007, "WRONG_OWNER", "an account is not there", ()))
    assert gate.round() == 0
    assert gate.round() == 0
    assert [alarm for alarm, _ in gate.told] == [Alarm.ENTRY_FAILED]
    assert gate.written[1].startswith("refused: WRONG_OWNER")


def test_an_admission_whose_phone_is_not_known_is_given_up(gate: Gate) -> None:
    """As after an answer that was lost, at a scanner that never had a manifest."""
    shown = gate.world.shown().encode()
    sequence, scan = gate.log.ask(gate.world.gate, at=NOW, shown=shown)
    gate.log.settle(sequence, scan, ScanVerdict(None, NOW, ticket=scan.ticket), b"")
    for _ in range(2):
        assert gate.round() == 0
    assert gate.told == [
        (Alarm.ENTRY_FAILED, f"ticket {gate.world.ticket}: the phone's key is not known")
    ]
    assert gate.written == {sequence: "refused: the phone's key is not known"}


def test_a_log_that_cannot_be_used_any_more_is_told(gate: Gate) -> None:
    def lands_when_the_disk_is_gone(_: VersionedTransaction) -> Landed:
        gate.log.close()
        return lands(_)

    gate.let_in()
    gate.node.takes = lands_when_the_disk_is_gone
    for _ in range(2):
        assert gate.round() == 1
    assert [alarm for alarm, _ in gate.told] == [Alarm.LOG_FULL] * 2


def test_entries_that_fail_do_not_keep_later_ones_from_being_written(gate: Gate) -> None:
    """Those are tried again once nothing else is left."""
    gate.let_in(20)
    left = 17

    def send(_: VersionedTransaction) -> Landed:
        nonlocal left
        left -= 1
        if left >= 0:
            raise failed()
        return lands(_)

    gate.node.takes = send
    assert gate.round() == 20
    assert gate.round() == 17
    assert set(gate.written) == {18, 19, 20}
    assert gate.round() == 1
    assert gate.round() == 0


def failed() -> ChainError:
    return TransactionFailed(None, "PROGRAM_CACHE_HIT_MAX_LIMIT", "in instruction 1", ())


def test_whom_a_passkey_let_in_waits_for_no_chain(gate: Gate) -> None:
    """Nor does a scanner without a node, which never writes, wait for it."""
    log, key = gate.log, gate.world.gate
    sequence, scan = log.ask(key, at=NOW, shown=BY_PASSKEY)
    log.settle(sequence, scan, ScanVerdict(None, NOW, ticket=scan.ticket), b"")
    gate.let_in()
    assert log.admission(scan.ticket, scan.session) is not None
    assert log.count_without("entry") == 1
    assert [each.sequence for each in log.without("entry", 9)] == [2]
