"""What a node says about a transaction -> the error it means. Pure; the node's own JSON in.

The innermost program that failed decides: Token-2022's 17 under our `refund` is a frozen account,
not error 17 of the ticket program.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from solders.pubkey import Pubkey

from conting_client._errors import (
    FAULTS,
    TOKEN_2022_FROZEN,
    AccountFrozen,
    ChainError,
    ProgramError,
    ProgramFault,
    ProgramRefused,
    TransactionExpired,
    TransactionFailed,
)

TOKEN_2022: Final = Pubkey.from_string("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb")
_UNSAID: Final = "the program does not accept these accounts or bytes"
_SAID: Final = {
    2040: "one account stands where two different ones are needed",
    3002: "an account is of another kind than this needs",
    3007: "an account that this needs is not there, or is another program's",
    5504: "what this would make is there already",
}
"""Of the faults that people run into who do everything right but for an address."""
_NO_LAMPORTS: Final = frozenset(
    {"ACCOUNT_NOT_FOUND", "INSUFFICIENT_FUNDS_FOR_FEE", "INSUFFICIENT_FUNDS_FOR_RENT"}
)
_FAILED: Final = re.compile(r"^Program (\w{32,44}) failed: ")


class ProgramErrors(Protocol):
    """The ErrorCode class of a generated client."""

    def __call__(self, value: int, /) -> ProgramError:
        """The member of this number. Raises ValueError for a number that is none."""


Programs = Mapping[Pubkey, ProgramErrors]
"""Which ErrorCode speaks for which program."""


def refusal(
    error: object, logs: Sequence[str], called: Sequence[Pubkey], programs: Programs
) -> ChainError | TransactionExpired:
    """The error for a node's `err`, such as {"InstructionError": [0, {"Custom": 6015}]}.

    `called` are the program ids of the transaction's instructions, in order.
    """
    kept = tuple(logs)
    match error:
        case "BlockhashNotFound":
            return TransactionExpired("the node does not know the transaction's blockhash")
        case {"InstructionError": [int(index), {"Custom": int(code)}]}:
            program = _failed_program(kept) or (called[index] if index < len(called) else None)
            return _custom(code, program, kept, programs)
        case {"InstructionError": [int(index), cause]}:
            return TransactionFailed(None, _name(cause), f"in instruction {index}", kept)
        case _:
            return TransactionFailed(None, _name(error), "the transaction cannot be executed", kept)


def _custom(
    code: int, program: Pubkey | None, logs: tuple[str, ...], programs: Programs
) -> ChainError:
    if program == TOKEN_2022 and code == TOKEN_2022_FROZEN:
        detail = "the token account is frozen: tickets move only through the ticket program"
        return AccountFrozen(code, "ACCOUNT_FROZEN", detail, logs)
    if program is not None and program in programs:
        return _own(code, programs[program], logs)
    return TransactionFailed(code, f"CUSTOM_{code}", f"the program {program} refused", logs)


def _own(code: int, errors: ProgramErrors, logs: tuple[str, ...]) -> ChainError:
    try:
        return ProgramRefused(errors(code), logs)
    except ValueError:
        name = FAULTS.get(code, f"CUSTOM_{code}")
        return ProgramFault(code, name, _SAID.get(code, _UNSAID), logs)


def lacks_lamports(error: ChainError) -> bool:
    """Whether who pays the fee or a rent has too little: one without lamports is no account."""
    short = any("insufficient lamports" in line for line in error.logs)
    return short or error.name in _NO_LAMPORTS


def _failed_program(logs: Sequence[str]) -> Pubkey | None:
    for line in logs:
        found = _FAILED.match(line)
        if found is not None:
            return Pubkey.from_string(found[1])
    return None


def _name(cause: object) -> str:
    """`InsufficientFundsForFee`, or the key of {"DuplicateInstruction": 1}, as a stable name."""
    word = next(iter(cause), "UNKNOWN") if isinstance(cause, Mapping) else cause
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", str(word)).upper()
