"""Lamports moved by hand around calls: what is refused at compile time is what the runtime refuses,
and what is not runs, on CPython, v3 and v0.
"""

from pathlib import Path

import pytest
from conting_compiler.diagnostics import UserError
from conting_compiler.driver import compile_program
from conting_compiler.link.linker import Arch
from seahorse.prelude import Pubkey

from tests.compiler.differential.pair import Pair

ANN, BOB = (Pubkey.of(bytes([n]) * 32) for n in (1, 2))
HEAD = """
from seahorse.prelude import *

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Pot(Account):
    bump: u8
    number: u64

    def seeds(self) -> Seeds:
        return ["pot"]


class Box(Account):
    number: u64


def pay(pot: Pot, to: UncheckedAccount, amount: u64):
    pot.transfer_lamports(to, amount)


def paid(pot: Pot, to: UncheckedAccount, amount: u64) -> u64:
    pot.transfer_lamports(to, amount)
    return amount


def sent(user: Signer, to: UncheckedAccount, amount: u64) -> u64:
    user.transfer_lamports(to, amount)
    return amount


def pay_much(pot: Pot, to: UncheckedAccount, amount: u64):
    if amount < 3_000_000:
        return
    pot.transfer_lamports(to, amount)


def make_box(user: Signer, box: Empty[Box]):
    box.init(payer=user, seeds=["box", user])


@instruction
def make(user: Signer, pot: Empty[Pot]):
    made = pot.init(payer=user)
    user.transfer_lamports(made, 9_000_000)
"""
GOOD = {
    "below": "make_box(user, box)\n    pay(pot, bob, n)\n    pot.transfer_lamports(user, n)",
    "of_others": "pay(pot, bob, n)\n    make_box(user, box)",
    "of_both": "pot.transfer_lamports(user, n)\n    user.transfer_lamports(pot, 5)",
    "on_another_path": """if n > 1:
        pot.transfer_lamports(user, n)
    else:
        make_box(user, box)""",
    "perhaps": "x = paid(pot, bob, n) if n == 1 else 2\n    user.transfer_lamports(bob, x)",
    "as_far_as_needed": "x = n == 1 and paid(pot, bob, n) > 2\n    user.transfer_lamports(bob, n)",
    "behind_a_return": "pay_much(pot, bob, n)\n    user.transfer_lamports(bob, n)",
    "in_each_round_of_none": "x = [paid(pot, bob, n) for i in range(n // 3_000_000)]\n"
    "    user.transfer_lamports(bob, n)",
    "behind_its_argument": "x = paid(pot, bob, sent(user, bob, n))",
    "through_another": """first = other.init(payer=user, seeds=["other"])
    user.transfer_lamports(first, n)
    pot.transfer_lamports(first, n)
    first.transfer_lamports(user, n)
    user.transfer_lamports(pot, n)""",
    "between": "user.transfer_lamports(user, 1)\n    pot.close(user)",
}
BAD = {
    "above": "pot.transfer_lamports(user, n)\n    make_box(user, box)",
    "in_a_function": "pay(pot, bob, n)\n    user.transfer_lamports(bob, n)",
    "of_the_giver": "pot.transfer_lamports(bob, n)\n    user.transfer_lamports(pot, n)",
    "of_what_is_closed": "pot.close(user)\n    user.transfer_lamports(bob, n)",
    "on_one_path": "pot.transfer_lamports(user, n)\n    if n > 1:\n        make_box(user, box)",
}
WHOLE = """

@instruction
def go(user: Signer, bob: UncheckedAccount, pot: Pot, box: Empty[Box], other: Empty[Box], n: u64):
    unchecked("a test")
    {}
"""


def pair_of(body: str, arch: Arch, folder: Path) -> Pair:
    """A program with a pot, and an instruction that does this."""
    path = folder / "moved.py"
    path.write_text(HEAD + WHOLE.format(body))
    pair = Pair(path, compile_program(path, arch=arch), [ANN, BOB])
    assert pair.run("make", {"user": ANN, "pot": pair.address(b"pot")}) == 0
    return pair


def accounts_of(pair: Pair) -> dict[str, Pubkey]:
    """All that the instruction takes."""
    at = {"pot": pair.address(b"pot"), "box": pair.address(b"box", bytes(ANN))}
    at["other"] = pair.address(b"other")
    return {"user": ANN, "bob": BOB, **at}


@pytest.mark.slow
@pytest.mark.parametrize("arch", ["v3", "v0"])
@pytest.mark.parametrize("name", GOOD)
def test_what_is_not_refused_runs(name: str, arch: Arch, tmp_path: Path) -> None:
    pair = pair_of(GOOD[name], arch, tmp_path)
    assert pair.run("go", accounts_of(pair), {"n": 2_000_000}) == 0


@pytest.mark.parametrize("name", BAD)
def test_what_the_runtime_refuses_does_not_compile(name: str, tmp_path: Path) -> None:
    path = tmp_path / "moved.py"
    path.write_text(HEAD + WHOLE.format(BAD[name]))
    with pytest.raises(UserError) as error:
        compile_program(path)
    assert [each.code for each in error.value.diagnostics] == ["E326"]


@pytest.mark.slow
@pytest.mark.parametrize("name", BAD)
def test_the_runtime_refuses_it_indeed(name: str, tmp_path: Path) -> None:
    """Behind a condition it is not certain, and compiles."""
    first, rest = BAD[name].split("\n    ", 1)
    hidden = f"if n > 0:\n        {first}\n    {rest}"
    if "close" in first:
        hidden = hidden.replace(
            "pot.close(user)", "pot.transfer_lamports(user, pot.lamports() - n)"
        )
    pair = pair_of(hidden, "v3", tmp_path)
    with pytest.raises(AssertionError, match="UnbalancedInstruction"):
        pair.run("go", accounts_of(pair), {"n": 2_000_000})
