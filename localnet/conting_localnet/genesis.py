"""The state at slot 0: LiteSVM with mainnet's features, a faucet, and programs from files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from solders.account import Account
from solders.epoch_schedule import EpochSchedule
from solders.litesvm import LiteSVM
from solders.pubkey import Pubkey
from solders.system_program import ID as SYSTEM_PROGRAM

FAUCET_LAMPORTS = 500_000_000 * 10**9


class GenesisError(ValueError):
    """A program given for the genesis cannot be loaded."""


@dataclass(frozen=True, slots=True)
class GenesisProgram:
    """An SBF program that is at `program_id` from the start, without an upgrade authority."""

    program_id: Pubkey
    path: Path

    @staticmethod
    def parse(text: str) -> GenesisProgram:
        """Read `ID=FILE.so`; raises GenesisError."""
        name, separator, path = text.partition("=")
        if not separator:
            raise GenesisError(f"{text!r}: write a program as ID=FILE.so")
        try:
            return GenesisProgram(Pubkey.from_string(name), Path(path))
        except ValueError as error:
            raise GenesisError(f"{name!r} is not a program id: {error}") from error


def create_svm(faucet: Pubkey, programs: tuple[GenesisProgram, ...]) -> LiteSVM:
    """Build the SVM; raises GenesisError.

    Signatures, blockhashes and repeats are the node's business and not checked by the SVM.
    """
    svm = LiteSVM()
    svm.with_sigverify(sigverify=False).with_blockhash_check(check=False)
    svm.with_transaction_history(0)
    svm.set_epoch_schedule(EpochSchedule.without_warmup())
    svm.set_account(faucet, Account(FAUCET_LAMPORTS, b"", SYSTEM_PROGRAM))
    for program in programs:
        _load(svm, program)
    return svm


def _load(svm: LiteSVM, program: GenesisProgram) -> None:
    try:
        svm.add_program(program.program_id, program.path.read_bytes())
    except Exception as error:  # LiteSVM raises whatever its ELF loader says
        raise GenesisError(f"{program.path} cannot be loaded: {error}") from error
