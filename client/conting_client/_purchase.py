"""Is a transaction that the gateway built the one that the wallet's owner asked for?"""

from collections.abc import Sequence
from typing import Final

from solders.compute_budget import ID as COMPUTE_BUDGET
from solders.instruction import Instruction
from solders.pubkey import Pubkey
from solders.system_program import ID as SYSTEM
from solders.transaction import VersionedTransaction

from conting_client._errors import TransactionChanged
from conting_client._transactions import instructions_of

_TRANSFER: Final = (2).to_bytes(4, "little")  # of the system program's instructions
_LIMITS: Final = (b"\x01", b"\x02", b"\x04")  # heap, units, loaded bytes; 3 would be the price


def require_only(
    transaction: VersionedTransaction,
    payer: Pubkey,
    wanted: Sequence[Instruction],
    *,
    first: Instruction | None = None,
) -> None:
    """Raises TransactionChanged unless it does just `wanted`, in order, paid by `payer`.

    `first` may stand before it. Compute-budget instructions may stand beside it as long as they
    raise no fee.
    """
    if transaction.message.account_keys[0] != payer:
        raise TransactionChanged("somebody else pays the fee of this transaction")
    _require(steps_of(transaction), wanted, first)


def require_sponsored(
    transaction: VersionedTransaction,
    wallet: Pubkey,
    wanted: Sequence[Instruction],
    *,
    first: Instruction | None = None,
) -> None:
    """The same where somebody else than `wallet` pays, who may also give it lamports first."""
    payer = transaction.message.account_keys[0]
    if payer == wallet:
        raise TransactionChanged("the wallet is to pay the fee of this transaction itself")
    steps = steps_of(transaction)
    _require(steps[1:] if steps and _is_gift(steps[0], payer, wallet) else steps, wanted, first)


def _require(
    rest: list[Instruction], wanted: Sequence[Instruction], first: Instruction | None
) -> None:
    if first is not None and rest and _essence(rest[0]) == _essence(first):
        rest = rest[1:]
    if [*map(_essence, rest)] != [*map(_essence, wanted)]:
        raise TransactionChanged("the transaction does not do just what was asked for")


def steps_of(transaction: VersionedTransaction) -> list[Instruction]:
    """What it does, without the limits that it sets itself. Raises TransactionChanged."""
    return [each for each in instructions_of(transaction) if not _is_limit(each)]


def _is_gift(step: Instruction, payer: Pubkey, wallet: Pubkey) -> bool:
    """Lamports of the payer's for the wallet, by the system program."""
    keys = [each.pubkey for each in step.accounts]
    return step.program_id == SYSTEM and step.data[:4] == _TRANSFER and keys == [payer, wallet]


def _is_limit(instruction: Instruction) -> bool:
    return instruction.program_id == COMPUTE_BUDGET and instruction.data[:1] in _LIMITS


def _essence(instruction: Instruction) -> tuple[Pubkey, bytes, Sequence[Pubkey]]:
    """Without the flags: an account is writable or a signer for the transaction as a whole."""
    return (
        instruction.program_id,
        bytes(instruction.data),
        [each.pubkey for each in instruction.accounts],
    )
