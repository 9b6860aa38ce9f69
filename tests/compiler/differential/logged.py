"""A program with accounts on CPython and on LiteSVM (v3 and v0): bytes, errors and printed lines
must agree.
"""

import io
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from solders.transaction_metadata import FailedTransactionMetadata

from tests.compiler.differential.machines import STATE, Machine, Model, Outcome, compiled

ADDRESS = "6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE"
HEAD = f'from seahorse.prelude import *\n\ndeclare_id("{ADDRESS}")\n\n\n'
_LOG = "Program log: "
NO_UNITS = "out of compute units"
_SIGNS_OF_NO_UNITS = ("exceeded CUs meter", "ComputationalBudgetExceeded")
"""The first where an instruction needs more than is left, the second where a system call does."""
_EXHAUSTED = frozenset({NO_UNITS, 5505})
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
    def of(
        cls, source: str, path: Path, data: bytes, places: Sequence[bytes] = (STATE,)
    ) -> "Logged":
        """The program, its accounts with the first bytes."""
        path.write_text(HEAD + source, encoding="utf-8")
        machines = {arch: Machine.of(elf, data, places) for arch, elf in compiled(path).items()}
        return cls(Model.of(path, data, places), machines)

    def reset(self, data: bytes) -> None:
        """The accounts have these bytes again."""
        self.model.put(data)
        for machine in self.machines.values():
            machine.put(data)

    def run(self, name: str, arguments: Mapping[str, object]) -> Result:
        """One instruction on all; AssertionError where they differ.

        Compute units and the heap end on chain only: then nothing happened on either side.
        """
        entry = self.model.chain.programs[self.model.program].entry(name)
        data = entry.encode_arguments(arguments)
        before = {each: self.model.chain.data(each) for each in self.model.places}
        out = io.StringIO()
        with redirect_stdout(out):
            outcome = self.model.run(data)
        lines = tuple(out.getvalue().splitlines())
        for arch, machine in self.machines.items():
            found, logs = on_chain(machine, data)
            if found in _EXHAUSTED:
                for place, bytes_before in before.items():
                    self.model.chain.records[place].data = bytearray(bytes_before)
                return found, ()
            assert found == outcome, (arch, name, arguments, found, outcome)
            if not isinstance(outcome, int | str):
                assert logs == lines, (arch, name, arguments, logs, lines)
        return outcome, lines


def on_chain(machine: Machine, data: bytes) -> Result:
    """What comes of one instruction on one machine: the accounts' bytes or the error, and the lines
    printed.
    """
    result = machine.send(data)
    if isinstance(result, FailedTransactionMetadata):
        error = getattr(result.err(), "err", None)
        code = int(getattr(error, "code", -1)) if hasattr(error, "code") else str(result.err())
        lines = (*result.meta().logs(), str(result.err()))
        if any(sign in line for sign in _SIGNS_OF_NO_UNITS for line in lines):
            return NO_UNITS, ()
        return code, ()
    logs = (line.removeprefix(_LOG) for line in result.logs() if line.startswith(_LOG))
    return machine.data(), tuple(line for text in logs for line in text.splitlines())
