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
    coin_mint: Pubkey
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
    coin: Pubkey
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


TWO_VAULTS = """
class Pool(Account):
    a: Pubkey
    mint_b: Pubkey
    bump: u8

    def seeds(self) -> Seeds:
        return ["pool"]


@instruction
def enter(
    user: Signer,
    pool: Pool,
    from_a: TokenAccount,
    from_b: TokenAccount,
    a: TokenAccount,
    vault_b: TokenAccount,
    shares: TokenMint,
    to: TokenAccount,
    n: u64,
):
    from_a.transfer(authority=user, to=a, amount=n)
    from_b.transfer(authority=user, to=vault_b, amount=n)
    shares.burn(authority=pool, holder=to, amount=n)
"""
VOTE = """
class Poll(Account):
    mint: Pubkey
    yes: u64


@instruction
def vote(user: Signer, poll: Poll, tokens: Token2022Account):
    assert tokens.mint() == poll.mint
    poll.yes += tokens.amount()
"""
DEPOSIT = """
class Pool(Account):
    vault: Pubkey
    bump: u8

    def seeds(self) -> Seeds:
        return ["pool"]


class Position(Account):
    owner: Pubkey
    amount: u64


@instruction
def put(
    user: Signer,
    pool: Pool,
    position: Position,
    purse: TokenAccount,
    vault: TokenAccount,
    n: u64,
):
    assert position.owner == user.key()
    purse.transfer(authority=user, to=vault, amount=n)
    position.amount += n
"""
PRICE = """
class Pool(Account):
    mint_a: Pubkey
    bump: u8

    def seeds(self) -> Seeds:
        return ["pool"]


@instruction
def swap(
    user: Signer,
    pool: Pool,
    purse: TokenAccount,
    a: TokenAccount,
    b: TokenAccount,
    to: TokenAccount,
):
    assert a.authority() == pool.key() and a.mint() == pool.mint_a
    pays = a.amount() // 7
    purse.transfer(authority=user, to=a, amount=5)
    b.transfer(authority=pool, to=to, amount=pays)
"""
PROTOCOL = """
class Bank(Account):
    bump: u8

    def seeds(self) -> Seeds:
        return ["bank"]


class Farm(Account):
    owner: Pubkey
    mint: Pubkey
    vaults: Array[Pubkey, 4]
    rewards: u64


@instruction
def fill(user: Signer, farm: Farm, purse: TokenAccount, vault: TokenAccount, n: u64):
    assert farm.owner == user.key()
    purse.transfer(authority=user, to=vault, amount=n)
    farm.rewards = n


@instruction
def drain(user: Signer, farm: Farm, bank: Bank, vault: TokenAccount, to: TokenAccount, at: u8):
    assert farm.owner == user.key()
    vault.transfer(authority=bank, to=to, amount=farm.rewards)
    farm.rewards = 0
"""


def _with(source: str, where: str, *lines: str) -> str:
    """The source with some lines before the place that begins so."""
    return source.replace(where, "".join(f"    {each}\n" for each in lines) + where)


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
    fixes = ["assert vault.authority() == pool.key()", "assert vault.mint() == pool.coin_mint"]
    assert [each.code for each in found] == [code]
    assert (found[0].help or "").startswith(f"add '{fixes[0]}' and '{fixes[1]}'")
    assert not _found(_with(source, "    coins.transfer", *fixes), tmp_path)
    for one in fixes:
        again = _found(_with(source, "    coins.transfer", one), tmp_path)
        assert [each.code for each in again] == [code]


def test_a_trade_is_told_to_look_whom_it_pays(tmp_path: Path) -> None:
    found = _found(TRADE, tmp_path)
    fixes = ["assert gets.authority() == maker.key()", "assert gets.mint() == offer.mint"]
    assert [each.code for each in found] == ["E402"]
    help_ = found[0].help or ""
    assert help_.startswith(f"keep the mint in 'offer' and add '{fixes[0]}' and '{fixes[1]}'")
    kept = TRADE.replace("    coin: Pubkey\n", "    mint: Pubkey\n")
    assert not _found(_with(kept, "    pays.transfer", *fixes), tmp_path)


def test_an_exchange_of_two_vaults_is_told_to_look_at_both(tmp_path: Path) -> None:
    found = _found(TWO_VAULTS, tmp_path)
    fixes = ["assert a.key() == pool.a", "assert vault_b.mint() == pool.mint_b"]
    fixes = [fixes[0], "assert vault_b.authority() == pool.key()", fixes[1]]
    assert [each.code for each in found] == ["E403"]
    assert (found[0].help or "").startswith("add " + " and ".join(f"'{each}'" for each in fixes))
    assert not _found(_with(TWO_VAULTS, "    from_a.transfer", *fixes), tmp_path)
    for one in fixes:
        left = [each for each in fixes if each != one]
        again = _found(_with(TWO_VAULTS, "    from_a.transfer", *left), tmp_path)
        assert [each.code for each in again] == ["E403"]


@pytest.mark.parametrize(
    ("text", "where", "help_"),
    [
        (VOTE, "    poll", "add 'assert tokens.owner() == user.key()'"),
        (DEPOSIT, "    purse.transfer", "add 'assert vault.key() == pool.vault'"),
        (PRICE, "    pays", "keep the address of 'a' in 'pool' and add 'assert a.key() == pool.a'"),
    ],
    ids=["vote", "deposit", "price"],
)
def test_the_fix_of_a_token_account_is_enough(
    text: str, where: str, help_: str, tmp_path: Path
) -> None:
    found = _found(text, tmp_path)
    assert [each.code for each in found] == ["E406"]
    assert (found[0].help or "").startswith(help_)
    if help_.startswith("keep"):
        text = text.replace("    bump: u8", "    a: Pubkey\n    bump: u8")
    fixes = re.findall(r"'(assert [^']*)'", help_)
    assert not _found(_with(text, where, *fixes), tmp_path)


def test_an_authority_of_all_vaults_is_named_or_taken(tmp_path: Path) -> None:
    """It has no field to compare; who else answers for the vault has."""
    pays, spends = sorted(_found(PROTOCOL, tmp_path), key=lambda each: each.code, reverse=True)
    assert (pays.code, spends.code) == ("E406", "E403")
    assert (spends.help or "").startswith(
        "compare the key of what it is taken from with a field of 'farm'"
    )
    asserts = ["assert vault.authority() == bank.key()", "assert vault.mint() == farm.mint"]
    both = " and ".join(f"'{each}'" for each in asserts)
    assert (pays.help or "").startswith(f"take 'bank: Bank' and add {both}")
    fixed = PROTOCOL.replace("farm: Farm, purse", "farm: Farm, bank: Bank, purse")
    fixed = _with(fixed, "    purse.transfer", *asserts)
    assert not _found(
        _with(fixed, "    vault.transfer", "assert vault.key() == farm.vaults[at]"), tmp_path
    )


def test_a_box_of_nobody_is_told_to_keep_somebody(tmp_path: Path) -> None:
    found = _found(
        SOMETIMES.replace("    owner: Pubkey\n", "").replace("box.owner == user.key()", "True"),
        tmp_path,
    )
    assert [each.code for each in found] == ["E403"]
    assert (found[0].help or "").startswith("keep a Pubkey in 'box' and compare a Signer's key")


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
