"""What an error logs, where texts are packed and where they are not: always the same line."""

import random
import struct
from dataclasses import replace

import pytest
from conting_compiler.ir import typed
from conting_compiler.ir.typesystem import BOOL, U64
from solders.transaction_metadata import FailedTransactionMetadata

from tests.compiler.typed_programs import (
    FORMS,
    SPAN,
    Chain,
    build,
    instruction,
    integer,
    local,
    program,
)

WORDS = ("the seat", "is", "not", "of", "this event", "sold", "ünïcode", "座席", "\x00", "~\x7f")
LONGEST = 4096


def errors(messages: list[str]) -> tuple[typed.ErrorDef, ...]:
    return tuple(
        typed.ErrorDef(f"SOME_ERROR_{number}", 6000 + number, message)
        for number, message in enumerate(messages)
    )


def chain_of(messages: list[str], form: str) -> Chain:
    """A program of which the argument says which error comes."""
    number = local("number", U64)
    body = [
        typed.Assert(
            typed.Compare(typed.CompareOp.NE, number, integer(each, U64), BOOL, SPAN), each, SPAN
        )
        for each in range(len(messages))
    ]
    source = program([instruction("fail", body, arguments=[("number", U64)])])
    return Chain(build(replace(source, errors=errors(messages)), form))


def logged(chain: Chain, number: int) -> str:
    outcome = chain.send(chain.call("fail", struct.pack("<Q", number)))
    assert isinstance(outcome, FailedTransactionMetadata)
    (line,) = (line for line in outcome.meta().logs() if "AnchorError" in line)
    return line


def expected(number: int, message: str) -> str:
    """Anchor's line."""
    return (
        f"Program log: AnchorError occurred. Error Code: SomeError{number}. "
        f"Error Number: {6000 + number}. Error Message: {message}."
    )


@pytest.mark.parametrize("form", FORMS)
def test_every_text_is_logged_as_it_is(form: str) -> None:
    choice = random.Random(7)
    messages = ["", "a", "aaaaaaaaaaaaaaaaaaaaaaaa", "\x00\x00", "é" * 9]
    messages += [" ".join(choice.choices(WORDS, k=choice.randrange(1, 9))) for _ in range(40)]
    chain = chain_of(messages, form)
    for number, message in enumerate(messages):
        assert logged(chain, number) == expected(number, message)


@pytest.mark.parametrize("form", ["v3-shared", "v0-shared"])
def test_texts_that_use_every_code_are_logged_as_they_are(form: str) -> None:
    """Bytes below 32 and from 123 on stand for pairs: here as letters, and all taken by pairs."""
    letters = "".join(map(chr, range(1, 128))) + "".join(chr(0x80 + 67 * n) for n in range(800))
    odd = [letters[start : start + 60] for start in range(0, len(letters), 60)]
    plain = [
        " ".join(f"{a}{b}" * 3 for b in "abcdefghijklmnopqrst") for a in "abcdefghijklmnopqrst"
    ]
    for messages in (odd, plain):
        chain = chain_of(messages, form)
        for number, message in enumerate(messages):
            assert logged(chain, number) == expected(number, message)


@pytest.mark.parametrize("form", ["v3-shared", "v0-shared"])
def test_long_texts_are_cut(form: str) -> None:
    choice = random.Random(8)
    rare = "".join(chr(choice.randrange(33, 126)) for _ in range(LONGEST))
    messages = ["a" * LONGEST, rare, "b" * (LONGEST + 5), "ab" * LONGEST]
    chain = chain_of(messages, form)
    for number, message in enumerate(messages):
        assert logged(chain, number) == expected(number, message[:LONGEST])


@pytest.mark.parametrize("form", FORMS)
def test_other_errors_log_no_text(form: str) -> None:
    chain = chain_of(["only one"], form)
    outcome = chain.send(chain.call("fail"))
    assert isinstance(outcome, FailedTransactionMetadata)
    assert not any("AnchorError" in line for line in outcome.meta().logs())
