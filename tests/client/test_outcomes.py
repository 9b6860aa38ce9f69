"""A node's words about a refused transaction -> our errors. The JSON is what agave answers."""

import pytest
from conting_client import (
    AccountFrozen,
    ChainError,
    ProgramFault,
    ProgramRefused,
    TransactionExpired,
    TransactionFailed,
)
from conting_client._outcomes import TOKEN_2022, refusal
from conting_client.generated.ticket import PROGRAM_ID, ErrorCode
from solders.pubkey import Pubkey

PROGRAMS = {PROGRAM_ID: ErrorCode}
OTHER = Pubkey.from_bytes(bytes([7]) * 32)


def failed(program: Pubkey, code: int) -> list[str]:
    return [
        f"Program {PROGRAM_ID} invoke [1]",
        f"Program {program} failed: custom program error: {code:#x}",
        f"Program {PROGRAM_ID} failed: custom program error: {code:#x}",
    ]


def custom(code: int) -> dict[str, object]:
    return {"InstructionError": [1, {"Custom": code}]}


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (5504, "what this would make is there already"),
        (3007, "an account that this needs is not there, or is another program's"),
        (3002, "an account is of another kind than this needs"),
        (2040, "one account stands where two different ones are needed"),
        (2012, "the program does not accept these accounts or bytes"),
    ],
)
def test_faults_that_people_run_into_say_what_is_wrong(code: int, said: str) -> None:
    found = refusal(custom(code), failed(PROGRAM_ID, code), [OTHER, PROGRAM_ID], PROGRAMS)
    assert isinstance(found, ProgramFault)
    assert (found.code, found.detail) == (code, said)


@pytest.mark.parametrize("error", list(ErrorCode))
def test_every_error_of_the_program_has_its_member(error: ErrorCode) -> None:
    found = refusal(custom(error), failed(PROGRAM_ID, error), [OTHER, PROGRAM_ID], PROGRAMS)
    assert isinstance(found, ProgramRefused)
    assert found.error is error
    assert (found.code, found.name, found.detail) == (error.value, error.name, error.message)


def test_without_logs_the_called_program_is_meant() -> None:
    found = refusal(custom(6015), [], [OTHER, PROGRAM_ID], PROGRAMS)
    assert isinstance(found, ProgramRefused)
    other = refusal(custom(6015), [], [PROGRAM_ID, OTHER], PROGRAMS)
    assert isinstance(other, TransactionFailed)
    assert isinstance(refusal(custom(6015), [], [], PROGRAMS), TransactionFailed)


def test_a_fault_of_the_compiled_checks_is_named() -> None:
    found = refusal(custom(5500), failed(PROGRAM_ID, 5500), [OTHER, PROGRAM_ID], PROGRAMS)
    assert isinstance(found, ProgramFault)
    assert found.name == "OVERFLOW"


def test_token_2022s_17_is_a_frozen_account_and_only_token_2022s() -> None:
    found = refusal(custom(17), failed(TOKEN_2022, 17), [OTHER, PROGRAM_ID], PROGRAMS)
    assert isinstance(found, AccountFrozen)
    assert found.logs == tuple(failed(TOKEN_2022, 17))
    direct = refusal(custom(17), [], [OTHER, TOKEN_2022], PROGRAMS)
    assert isinstance(direct, AccountFrozen)
    ours = refusal(custom(17), failed(PROGRAM_ID, 17), [OTHER, PROGRAM_ID], PROGRAMS)
    assert isinstance(ours, ProgramFault)
    token = refusal(custom(4), failed(TOKEN_2022, 4), [OTHER, PROGRAM_ID], PROGRAMS)
    assert isinstance(token, TransactionFailed)
    assert token.name == "CUSTOM_4"


@pytest.mark.parametrize(
    ("error", "name"),
    [
        ({"InstructionError": [0, "MissingRequiredSignature"]}, "MISSING_REQUIRED_SIGNATURE"),
        ({"InstructionError": [0, {"BorshIoError": "Unknown"}]}, "BORSH_IO_ERROR"),
        ("InsufficientFundsForFee", "INSUFFICIENT_FUNDS_FOR_FEE"),
        ({"InsufficientFundsForRent": {"account_index": 1}}, "INSUFFICIENT_FUNDS_FOR_RENT"),
        ({"DuplicateInstruction": 1}, "DUPLICATE_INSTRUCTION"),
        ("SomethingNew", "SOMETHING_NEW"),
        ({}, "UNKNOWN"),
        (None, "NONE"),
        (7, "7"),
    ],
)
def test_everything_else_has_a_name(error: object, name: str) -> None:
    found = refusal(error, ["a", "b"], [PROGRAM_ID], PROGRAMS)
    assert isinstance(found, TransactionFailed)
    assert isinstance(found, ChainError)
    assert (found.name, found.code, found.logs) == (name, None, ("a", "b"))


def test_an_unknown_blockhash_is_expired() -> None:
    assert isinstance(refusal("BlockhashNotFound", [], [], PROGRAMS), TransactionExpired)
