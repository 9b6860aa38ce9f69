"""What E402, E403 and E408 say to write is what makes the program sound, and is enough."""

import re
from pathlib import Path

import pytest
from conting_compiler.diagnostics import Diagnostic, UserError
from conting_compiler.frontend import build

HEAD = """
from seahorse.prelude import *

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")
"""
LENDING = """
class Pool(Account):
    authority: Pubkey
    rate: u64
    lent: u64
    bump: u8


class Position(Account):
    owner: Pubkey
    pool: Pubkey
    deposited: u64


@instruction
def open_position(user: Signer, pool: Pool, position: Empty[Position]):
    position = position.init(payer=user, seeds=["position", user])
    position.owner = user.key()
    position.pool = pool.key()


@instruction
def borrow(user: Signer, pool: Pool, position: Position, vault: TokenAccount, to: TokenAccount):
    assert user.key() == position.owner, "not yours"
    vault.transfer(authority=pool, to=to, amount=position.deposited, signer=["pool", pool.bump])
    pool.lent = position.deposited
"""
FAUCET = """
class Faucet(Account):
    owner: Pubkey
    bump: u8


@instruction
def drip(user: Signer, faucet: Faucet, purse: TokenAccount, to: TokenAccount):
    purse.transfer(authority=faucet, to=to, amount=5, signer=["faucet", faucet.bump])
"""
ESCROW = """
class Escrow(Account):
    maker: Pubkey
    taker: Pubkey


@instruction
def swap(
    bump: u8,
    escrow: Escrow,
    give: TokenAccount,
    take: TokenAccount,
    a: TokenAccount,
    b: TokenAccount,
):
    assert a.authority() == escrow.taker and b.authority() == escrow.maker
    give.transfer(escrow, a, 1, ["escrow", escrow.maker, bump])
    take.transfer(escrow, b, 1, ["escrow", escrow.maker, bump])
"""
EXCHANGE = """
class Pool(Account):
    authority: Pubkey
    bump: u8

    def seeds(self) -> Seeds:
        return ["pool"]


@instruction
def enter(
    user: Signer,
    pool: Pool,
    coins: TokenAccount,
    vault: TokenAccount,
    shares: TokenMint,
    to: TokenAccount,
    n: u64,
):
    coins.transfer(authority=user, to=vault, amount=n)
    shares.mint(authority=pool, to=to, amount=n)
"""
PUBLIC_EXCHANGE = EXCHANGE.replace("    authority: Pubkey\n", "").replace("mint(a", "burn(a")
PUBLIC_EXCHANGE = PUBLIC_EXCHANGE.replace("to=to, amount=n)\n", "holder=to, amount=n)\n")
TRADE = """
class Offer(Account):
    maker: Pubkey
    price: u64
    bump: u8


@instruction
def offer(maker: Signer, offer: Empty[Offer], price: u64):
    made = offer.init(payer=maker, seeds=["offer", maker], price=price)
    made.maker = maker.key()


@instruction
def take(
    taker: Signer,
    maker: UncheckedAccount,
    offer: Offer,
    pays: TokenAccount,
    gets: TokenAccount,
    vault: TokenAccount,
    to: TokenAccount,
):
    assert offer.maker == maker.key()
    pays.transfer(authority=taker, to=gets, amount=offer.price)
    vault.transfer(authority=offer, to=to, amount=5, signer=["offer", maker, offer.bump])
"""
SOMETIMES = """
class Box(Account):
    owner: Pubkey
    open: bool


@instruction
def take(user: Signer, box: Box):
    if box.open:
        assert box.owner == user.key()
    box.transfer_lamports(user, 5)
"""


def _found(source: str, folder: Path) -> list[Diagnostic]:
    path = folder / "program.py"
    path.write_text(HEAD + source)
    try:
        build(path)
    except UserError as error:
        return list(error.diagnostics)
    return []


@pytest.mark.parametrize(
    ("source", "where", "number"),
    [
        (LENDING, "    vault.transfer", 0),
        (FAUCET, "    purse.transfer", 0),
        (FAUCET, "    purse.transfer", 1),
    ],
)
def test_the_fix_that_is_named_is_enough(
    source: str, where: str, number: int, tmp_path: Path
) -> None:
    found = _found(source, tmp_path)
    assert {each.code for each in found} == {"E402"}
    fixes = re.findall(r"'(assert [^']*)'|(unchecked\(\"…\"\))", found[0].help or "")
    fix = "".join(fixes[number]).replace("…", "a faucet")
    assert not _found(source.replace(where, f"    {fix}\n{where}"), tmp_path)


@pytest.mark.parametrize(
    ("source", "code"), [(EXCHANGE, "E402"), (PUBLIC_EXCHANGE, "E403")], ids=["owned", "public"]
)
def test_an_exchange_is_told_to_look_where_it_is_paid(
    source: str, code: str, tmp_path: Path
) -> None:
    found = _found(source, tmp_path)
    fix = "assert vault.authority() == pool.key()"
    assert [each.code for each in found] == [code]
    assert (found[0].help or "").startswith(f"add '{fix}'")
    where = "    coins.transfer"
    assert not _found(source.replace(where, f"    {fix}\n{where}"), tmp_path)


def test_a_trade_is_told_to_look_whom_it_pays(tmp_path: Path) -> None:
    found = _found(TRADE, tmp_path)
    fix = "assert gets.authority() == maker.key()"
    assert [each.code for each in found] == ["E402"]
    assert (found[0].help or "").startswith(f"add '{fix}'")
    where = "    pays.transfer"
    assert not _found(TRADE.replace(where, f"    {fix}\n{where}"), tmp_path)


def test_a_check_on_some_paths_is_told_to_be_on_all(tmp_path: Path) -> None:
    found = _found(SOMETIMES, tmp_path)
    assert [each.code for each in found] == ["E402"]
    assert (found[0].help or "").startswith("let it be checked on every path: by an assert")
    always = SOMETIMES.replace("    if box.open:\n        assert", "    assert")
    assert not _found(always, tmp_path)


def test_a_position_is_tied_to_its_pool_not_to_the_pool_s_authority(tmp_path: Path) -> None:
    found = _found(LENDING, tmp_path)
    assert (found[0].help or "").startswith("add 'assert position.pool == pool.key()'")


def test_a_field_that_is_called_like_the_pool_is_meant_even_if_nothing_fills_it(
    tmp_path: Path,
) -> None:
    elsewhere = LENDING.replace("    position.pool = pool.key()\n", "")
    found = _found(elsewhere, tmp_path)
    assert (found[0].help or "").startswith("add 'assert position.pool == pool.key()'")


def test_a_wrong_bump_signs_for_no_account_of_a_class(tmp_path: Path) -> None:
    assert not _found(ESCROW, tmp_path)
    bare = ESCROW.replace("    escrow: Escrow,", "    escrow: Escrow,\n    by: UncheckedAccount,")
    bare = bare.replace("transfer(escrow,", "transfer(by,")
    assert {each.code for each in _found(bare, tmp_path)} == {"E408"}
