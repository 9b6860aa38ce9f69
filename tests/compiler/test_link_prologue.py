"""v0 programs on a runtime that leaves r2 at zero, as before SIMD-0321: they find their data."""

import struct
from dataclasses import replace

import pytest
from conting_compiler.driver import Compiled, compile_program
from conting_compiler.link import v0
from conting_compiler.link.linker import link
from conting_compiler.link.objects import read_object
from conting_compiler.link.prologue import with_prologue
from solders.instruction import AccountMeta
from solders.pubkey import Pubkey
from solders.transaction_metadata import TransactionMetadata

from tests.compiler.typed_programs import Chain

SOURCE = '''
from seahorse.prelude import *

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")

class Fail(Errors):
    """Errors."""
    WRONG = "wrong"

@instruction
def expect(a: UncheckedAccount, b: UncheckedAccount, x: u64, y: u64) -> None:
    """Whether the arguments arrive."""
    assert x + 1 == y, Fail.WRONG
'''
CLEAR_R2 = bytes.fromhex("b702000000000000")
DATA = struct.pack("<QQ", 41, 42)


def given(compiled: Compiled) -> bytes:
    """The program as it is, on a runtime that sets r2."""
    return link(compiled.emitted.object, "v0")


def searched(compiled: Compiled) -> bytes:
    """The program as a runtime enters it that leaves r2 at zero: something in front clears it."""
    program = with_prologue(read_object(compiled.emitted.object))
    assert program.entry == 0
    size = len(CLEAR_R2)
    return v0.write(
        replace(
            program,
            text=CLEAR_R2 + program.text,
            addresses={at + size: constant for at, constant in program.addresses.items()},
            syscalls={at + size: name for at, name in program.syscalls.items()},
        )
    )


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    path = tmp_path_factory.mktemp("program") / "sample.py"
    path.write_text(SOURCE)
    return compile_program(path)


@pytest.fixture(params=[given, searched])
def chain(request: pytest.FixtureRequest, compiled: Compiled) -> Chain:
    return Chain(request.param(compiled))


def reads(key: Pubkey) -> AccountMeta:
    return AccountMeta(key, is_signer=False, is_writable=False)


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 165])
def test_behind_accounts_of_any_size(chain: Chain, size: int) -> None:
    keys = [chain.put(bytes(size)), chain.put(bytes(3)), chain.put(b"")]
    assert chain.run("expect", DATA, [reads(key) for key in keys]) == 0
    assert chain.run("expect", DATA[:8] + bytes(8), [reads(key) for key in keys]) == 6000


def test_behind_an_account_that_stands_there_twice(chain: Chain) -> None:
    first, second = chain.put(bytes(5)), chain.put(bytes(20))
    accounts = [reads(key) for key in (first, first, second, first)]
    assert chain.run("expect", DATA, accounts) == 0


def test_without_accounts(chain: Chain) -> None:
    assert chain.run("expect", DATA) == 3005


def test_only_a_runtime_without_r2_pays_for_the_search(compiled: Compiled) -> None:
    costs = []
    for chain in (Chain(given(compiled)), Chain(searched(compiled))):
        accounts = [reads(chain.put(bytes(9))), reads(chain.put(b""))]
        outcome = chain.send(chain.call("expect", DATA, accounts))
        assert isinstance(outcome, TransactionMetadata), outcome
        costs.append(outcome.compute_units_consumed())
    in_front, before, account, after = 1, 4, 11, 2  # instructions, as prologue.py has them
    assert costs[1] - costs[0] == in_front + before + 2 * account + after
