"""A program with one account on CPython and on LiteSVM (v3 and v0): bytes, errors and printed lines
must agree.
"""

import io
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from seahorse.prelude import Pubkey
from solders.account import Account
from solders.hash import Hash
from solders.instruction import AccountMeta, Instruction
from solders.message import Message
from solders.pubkey import Pubkey as RealPubkey
from solders.transaction import Transaction
from solders.transaction_metadata import FailedTransactionMetadata

from tests.compiler.differential.machines import STATE, Machine, Model, Outcome, compiled

ADDRESS = "6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE"
HEAD = f'from seahorse.prelude import *\n\ndeclare_id("{ADDRESS}")\n\n\n'
_LOG = "Program log: "
_NO_UNITS = "out of compute units"
_EXHAUSTED = frozenset({_NO_UNITS, 5505})
Result = tuple[Outcome, tuple[str, ...]]


def empty(name: str, size: int) -> bytes:
    """An account of the class, all of its fields zero."""
    return sha256(f"account:{name}".encode()).digest()[:8] + bytes(size - 8)


@dataclass(slots=True)
class Logged:
    """The three machines with the program of one file."""

    model: Model
    machines: dict[str, Machine]

    @classmethod
    def of(cls, source: str, path: Path, data: bytes) -> "Logged":
        """The program, its account with the first bytes."""
        path.write_text(HEAD + source, encoding="utf-8")
        machines = {arch: Machine.of(elf, data) for arch, elf in compiled(path).items()}
        return cls(Model.of(path, data), machines)

    def reset(self, data: bytes) -> None:
        """The account has these bytes again."""
        self.model.chain.records[Pubkey.of(STATE)].data = bytearray(data)
        for machine in self.machines.values():
            account = Account(10**9, data, machine.program)
            machine.svm.set_account(RealPubkey(STATE), account)

    def run(self, name: str, arguments: Mapping[str, object]) -> Result:
        """One instruction on all; AssertionError where they differ.

        Compute units and the heap end on chain only: then nothing happened on either side.
        """
        entry = self.model.chain.programs[self.model.program].entry(name)
        data = entry.encode_arguments(arguments)
        before = self.model.chain.data(Pubkey.of(STATE))
        out = io.StringIO()
        with redirect_stdout(out):
            outcome = self.model.run(data)
        lines = tuple(out.getvalue().splitlines())
        for arch, machine in self.machines.items():
            found, logs = _run(machine, data)
            if found in _EXHAUSTED:
                self.model.chain.records[Pubkey.of(STATE)].data = bytearray(before)
                return found, ()
            assert found == outcome, (arch, name, arguments, found, outcome)
            if not isinstance(outcome, int | str):
                assert logs == lines, (arch, name, arguments, logs, lines)
        return outcome, lines


def _run(machine: Machine, data: bytes) -> Result:
    state = RealPubkey(STATE)
    meta = AccountMeta(state, is_signer=False, is_writable=True)
    message = Message([Instruction(machine.program, data, [meta])], machine.payer.pubkey())
    result = machine.svm.send_transaction(Transaction([machine.payer], message, Hash.default()))
    if isinstance(result, FailedTransactionMetadata):
        error = getattr(result.err(), "err", None)
        code = int(getattr(error, "code", -1)) if hasattr(error, "code") else str(result.err())
        if any("exceeded CUs meter" in line for line in result.meta().logs()):
            return _NO_UNITS, ()
        return code, ()
    account = machine.svm.get_account(state)
    assert account is not None
    logs = (line.removeprefix(_LOG) for line in result.logs() if line.startswith(_LOG))
    return account.data, tuple(line for text in logs for line in text.splitlines())
