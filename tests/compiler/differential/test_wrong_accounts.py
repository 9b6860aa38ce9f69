"""An account of another class than the one that is named: the same error on CPython, v3 and v0."""

from itertools import product
from pathlib import Path

import pytest
from conting_compiler.driver import compile_program
from conting_compiler.link.linker import Arch
from seahorse.prelude import Pubkey

from tests.compiler.differential.pair import Outcome, Pair

pytestmark = pytest.mark.slow

ANN, BOB = (Pubkey.of(bytes([n]) * 32) for n in (1, 2))
WRONG_CLASS, TOO_SHORT, WRONG_OWNER = 3002, 3003, 3007
SOURCE = """
from seahorse.prelude import *

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Small(Account):
    n: u8


class Big(Account):
    n: u64
    key: Pubkey


class Tail(Account):
    n: u64
    text: str
    parts: List[u8]


class Text(Account):
    n: u64
    text: str


@instruction
def make(
    user: Signer,
    small: Empty[Small],
    big: Empty[Big],
    tail: Empty[Tail],
    text: Empty[Text],
    mint: Empty[TokenMint],
    purse: Empty[TokenAccount],
    new_mint: Empty[Token2022Mint],
    new_purse: Empty[Token2022Account],
):
    small.init(payer=user, seeds=["small"])
    big.init(payer=user, seeds=["big"])
    tail.init(payer=user, seeds=["tail"])
    text.init(payer=user, seeds=["text"])
    coin = mint.init(payer=user, seeds=["mint"], decimals=0, authority=user)
    purse.init(payer=user, seeds=["purse"], mint=coin, authority=user)
    new = new_mint.init(payer=user, seeds=["new_mint"], decimals=0, authority=user)
    new_purse.init(payer=user, seeds=["new_purse"], mint=new, authority=user)


@instruction
def as_small(it: Small):
    it.n += 1


@instruction
def as_big(it: Big):
    it.n += 1


@instruction
def as_tail(it: Tail):
    it.n += 1
    it.text += "a"


@instruction
def as_text(it: Text):
    it.n += 1
    print(it.text)


@instruction
def as_mint(it: TokenMint):
    assert it.supply() == 0


@instruction
def as_purse(it: TokenAccount):
    assert it.mint() != it.key()


@instruction
def as_new_mint(it: Token2022Mint):
    assert it.supply() == 0


@instruction
def as_new_purse(it: Token2022Account):
    assert it.mint() != it.key()
"""
KINDS = ("small", "big", "tail", "text", "mint", "purse", "new_mint", "new_purse")
_OF_TOKENS = {"mint": "purse", "purse": "mint", "new_mint": "new_purse", "new_purse": "new_mint"}


def _expected(wanted: str, given: str) -> Outcome:
    if wanted == given:
        return 0
    if given == _OF_TOKENS.get(wanted):
        return TOO_SHORT if "purse" in wanted else WRONG_CLASS
    own = wanted not in _OF_TOKENS and given not in _OF_TOKENS
    return WRONG_CLASS if own else WRONG_OWNER


@pytest.mark.parametrize("arch", ["v3", "v0"])
def test_it_is_refused_alike(arch: Arch, tmp_path: Path) -> None:
    path = tmp_path / "wrong.py"
    path.write_text(SOURCE)
    pair = Pair(path, compile_program(path, arch=arch), [ANN])
    places = {name: pair.address(name.encode()) for name in KINDS}
    assert pair.run("make", {"user": ANN, **places}) == 0
    for wanted, given in product(KINDS, KINDS):
        found = pair.run(f"as_{wanted}", {"it": places[given]})
        assert found == _expected(wanted, given), (wanted, given)
    for wanted in KINDS:
        assert pair.run(f"as_{wanted}", {"it": BOB}) == WRONG_OWNER
