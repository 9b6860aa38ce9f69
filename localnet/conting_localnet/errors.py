"""The errors of the RPC: JSON-RPC 2.0's own and the codes that Solana nodes add.

Source of the codes: Agave, rpc-client-api/src/custom_error.rs.
"""

from __future__ import annotations

from conting_localnet.wire import Json

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
BLOCK_CLEANED_UP = -32001
PREFLIGHT_FAILURE = -32002
SIGNATURE_VERIFICATION_FAILURE = -32003
BLOCK_NOT_AVAILABLE = -32004
SLOT_SKIPPED = -32007
UNSUPPORTED_TRANSACTION_VERSION = -32015
MIN_CONTEXT_SLOT_NOT_REACHED = -32016


class RpcError(Exception):
    """A refusal with a stable code, a sentence and, for some codes, machine-readable data."""

    def __init__(self, code: int, message: str, data: Json = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data

    def to_json(self) -> Json:
        """Return the `error` member of a JSON-RPC response."""
        error: dict[str, Json] = {"code": self.code, "message": self.message}
        if self.data is not None:
            error["data"] = self.data
        return error


def invalid_params(reason: str) -> RpcError:
    """A parameter is missing, of the wrong type or out of range."""
    return RpcError(INVALID_PARAMS, f"Invalid params: {reason}")


# What clients and people match on, as nodes word it; other errors are told by their name.
_TRANSACTION_ERRORS = {
    "AccountNotFound": "Attempt to debit an account but found no record of a prior credit.",
    "AlreadyProcessed": "This transaction has already been processed",
    "BlockhashNotFound": "Blockhash not found",
    "InsufficientFundsForFee": "Insufficient funds for fee",
    "InvalidAccountForFee": "This account may not be used to pay transaction fees",
    "ProgramAccountNotFound": "Attempt to load a program that does not exist",
    "SignatureFailure": "Transaction did not pass signature verification",
    "TooManyAccountLocks": "Transaction locked too many accounts",
}


def describe_transaction_error(error: Json) -> str:
    """Say in a sentence what `error`, a TransactionError in its JSON form, means."""
    match error:
        case str(name):
            return _TRANSACTION_ERRORS.get(name) or _spaced(name)
        case {"InstructionError": [int(index), reason]}:
            return f"Error processing Instruction {index}: {_describe_instruction_error(reason)}"
        case {"InsufficientFundsForRent": {"account_index": int(index)}}:
            return f"Transaction results in an account ({index}) with insufficient funds for rent"
        case dict(detail):
            return ", ".join(f"{_spaced(name)} {value}" for name, value in detail.items())
        case _:
            return str(error)


def _describe_instruction_error(reason: Json) -> str:
    match reason:
        case {"Custom": int(code)}:
            return f"custom program error: {code:#x}"
        case str(name):
            return _spaced(name)
        case _:
            return str(reason)


def _spaced(name: str) -> str:
    words = "".join(f" {c.lower()}" if c.isupper() else c for c in name)
    return words.strip().capitalize()
