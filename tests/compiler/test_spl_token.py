"""TokenMint and TokenAccount against the real SPL Token program, and who tries to cheat."""

from pathlib import Path

import pytest
from conting_compiler.driver import compile_program
from conting_compiler.ir.faults import Fault
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.compiler.token_world import (
    ASSOCIATED,
    PROGRAMS,
    TOKEN,
    TokenWorld,
    reads,
    writes,
)
from tests.compiler.typed_programs import FORMS, build_source

SOURCE = """
from seahorse.prelude import *

declare_id('Fg6PaFpoGXkYsidMpWTK6W2BeZ7FEfcYkg476zPFsLnS')


class Bank(Account):
  bump: u8
  total: u64


class Vault(Account):
  owner: Pubkey
  bump: u8

  def seeds(self) -> Seeds:
    return ["vault", self.owner]


@instruction
def open_bank(owner: Signer, bank: Empty[Bank], mint: Empty[TokenMint]):
  bump = bank.bump()
  bank = bank.init(
    payer=owner,
    seeds=['bank', owner]
  )
  mint.init(
    payer = owner,
    seeds = ['mint', bank],
    decimals = 6,
    authority = bank
  )
  bank.bump = bump
  bank.total = 0


@instruction
def open_account(user: Signer, acc: Empty[TokenAccount], mint: TokenMint):
  acc.init(payer=user, seeds=["token", mint, user], mint=mint, authority=user)


@instruction
def open_associated(user: Signer, acc: Empty[TokenAccount], mint: TokenMint):
  acc = acc.init(payer=user, mint=mint, authority=user, associated=True)
  assert acc.amount() == 0, 'it is new'


@instruction
def open_own(user: Signer, acc: Empty[TokenAccount], mint: Empty[TokenMint]):
  m = mint.init(payer=user, decimals=2, authority=user, freeze_authority=user)
  a = acc.init(payer=user, mint=m, authority=user)
  m.mint(user, a, 300)
  m.burn(user, a, 50)
  a.freeze(authority=user, mint=m)
  a.thaw(authority=user, mint=m)
  assert m.supply() == 250, 'supply'
  assert m.decimals() == 2, 'decimals'
  assert m.authority() == user.key(), 'authority of the mint'
  assert a.authority() == user.key(), 'authority of the account'
  assert a.mint() == m.key(), 'mint'


@instruction
def pay_out(user_acc: TokenAccount, bank: Bank, mint: TokenMint, amount: u64):
  assert bank.total < 10, 'enough'
  bump = bank.bump
  mint.mint(
    authority = bank,
    to = user_acc,
    amount = amount,
    signer = ['bank', user_acc.authority(), bump]
  )
  bank.total += 1


@instruction
def move(owner: Signer, a: TokenAccount, b: TokenAccount, amount: u64):
  assert a.authority() == owner.key(), 'not yours'
  a.transfer(authority=owner, to=b, amount=amount)


@instruction
def open_vault(user: Signer, vault: Empty[Vault], box: Empty[TokenAccount], mint: TokenMint):
  vault = vault.init(payer=user, owner=user.key())
  box.init(payer=user, seeds=["box", vault], mint=mint, authority=vault)


@instruction
def take_out(user: Signer, vault: Vault, box: TokenAccount, to: TokenAccount):
  assert vault.owner == user.key(), 'not yours'
  assert box.authority() == vault.key(), 'not of the vault'
  box.transfer(authority=vault, to=to, amount=box.amount())
  box.close(authority=vault, to=user)


@instruction
def take_all(user: Signer, vault: Vault, box: TokenAccount, to: TokenAccount):
  assert vault.owner == user.key(), 'not yours'
  box.approve(authority=vault, delegate=user, amount=7, signer=["vault", user])
  box.transfer(authority=user, to=to, amount=7)
  box.revoke(authority=vault)
"""


@pytest.fixture(scope="module", params=FORMS)
def elf(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return build_source(SOURCE, tmp_path_factory.mktemp("spl"), request.param)


@pytest.fixture
def world(elf: bytes) -> TokenWorld:
    return TokenWorld(elf)


def me(world: TokenWorld) -> Pubkey:
    return world.person.pubkey()


def opened_bank(world: TokenWorld) -> tuple[Pubkey, Pubkey]:
    bank = world.address(b"bank", bytes(me(world)))
    mint = world.address(b"mint", bytes(bank))
    accounts = writes(me(world), signs=True), writes(bank), writes(mint)
    assert world.run("open_bank", *accounts, *PROGRAMS) == 0
    return bank, mint


def test_a_bank_makes_its_mint_and_pays_out(world: TokenWorld) -> None:
    bank, mint = opened_bank(world)
    assert world.data(bank)[8] == world.bump(b"bank", bytes(me(world)))
    assert world.owner(mint) == TOKEN
    assert world.data(mint)[:36] == b"\1\0\0\0" + bytes(bank)
    assert world.data(mint)[44] == 6
    token = world.address(b"token", bytes(mint), bytes(me(world)))
    user = writes(me(world), signs=True)
    assert world.run("open_account", user, writes(token), reads(mint), *PROGRAMS) == 0
    accounts = writes(token), writes(bank), writes(mint), reads(TOKEN)
    assert world.run("pay_out", *accounts, data=(5).to_bytes(8, "little")) == 0
    assert (world.amount(token), world.supply(mint)) == (5, 5)


def test_an_associated_account(world: TokenWorld) -> None:
    mint = world.put_mint(None)
    token = world.associated(me(world), mint)
    user = writes(me(world), signs=True)
    programs = (*PROGRAMS, reads(ASSOCIATED))
    assert world.run("open_associated", user, writes(token), reads(mint), *programs) == 0
    assert world.data(token)[:64] == bytes(mint) + bytes(me(world))
    assert world.owner(token) == TOKEN
    again = world.run("open_associated", user, writes(token), reads(mint), *programs)
    assert again == Fault.NOT_EMPTY


def test_an_associated_account_is_where_it_has_to_be(world: TokenWorld) -> None:
    mint = world.put_mint(None)
    other = world.associated(Pubkey.new_unique(), mint)
    user = writes(me(world), signs=True)
    programs = (*PROGRAMS, reads(ASSOCIATED))
    with pytest.raises(AssertionError, match=r"InvalidSeeds|Invalid seeds"):
        world.run("open_associated", user, writes(other), reads(mint), *programs)


@pytest.mark.parametrize("place", [0, 1])
def test_the_programs_of_an_associated_account_are_the_real_ones(
    world: TokenWorld, place: int
) -> None:
    mint = world.put_mint(None)
    token = world.associated(me(world), mint)
    programs = [*PROGRAMS, reads(ASSOCIATED)]
    programs[place] = reads(Pubkey.new_unique())
    accounts = writes(me(world), signs=True), writes(token), reads(mint), *programs
    assert world.run("open_associated", *accounts) == Fault.WRONG_ADDRESS


def test_accounts_at_keys_of_their_own_sign(world: TokenWorld) -> None:
    token, mint = Keypair(), Keypair()
    user = writes(me(world), signs=True)
    made = writes(token.pubkey(), signs=True), writes(mint.pubkey(), signs=True)
    assert world.run("open_own", user, *made, *PROGRAMS, signers=(token, mint)) == 0
    assert (world.amount(token.pubkey()), world.supply(mint.pubkey())) == (250, 250)
    fresh = Pubkey.new_unique()
    unsigned = writes(fresh), writes(mint.pubkey(), signs=True)
    assert world.run("open_own", user, *unsigned, *PROGRAMS, signers=(mint,)) == Fault.NOT_SIGNER


def test_a_transfer_needs_the_owner(world: TokenWorld) -> None:
    mint, thief = world.put_mint(None), Keypair()
    mine, theirs = world.put_token(mint, me(world), 9), world.put_token(mint, thief.pubkey())
    program, amount = reads(TOKEN), (4).to_bytes(8, "little")
    accounts = writes(mine), writes(theirs), program
    assert world.run("move", reads(me(world), signs=True), *accounts, data=amount) == 0
    assert (world.amount(mine), world.amount(theirs)) == (5, 4)
    stolen = reads(thief.pubkey(), signs=True), *accounts
    refused = 6000
    assert world.run("move", *stolen, data=amount, signers=(thief,)) >= refused
    unsigned = reads(me(world)), *accounts
    assert world.run("move", *unsigned, data=amount) == Fault.NOT_SIGNER
    too_much = (6).to_bytes(8, "little")
    insufficient = 1
    assert world.run("move", reads(me(world), signs=True), *accounts, data=too_much) == insufficient
    assert (world.amount(mine), world.amount(theirs)) == (5, 4)


def test_what_is_no_token_account_is_refused(world: TokenWorld) -> None:
    mint = world.put_mint(None)
    mine = world.put_token(mint, me(world), 9)
    fake = world.put_token(mint, me(world), 10**9, owner=world.chain.program)
    multisig = world.chain.put(b"\1" * 355, TOKEN)
    fresh = world.chain.put(bytes(165), TOKEN)
    user, program = reads(me(world), signs=True), reads(TOKEN)
    amount = (1).to_bytes(8, "little")
    faults = {
        fake: Fault.WRONG_OWNER,
        multisig: Fault.WRONG_CLASS,
        fresh: Fault.WRONG_CLASS,
        mint: Fault.ACCOUNT_TOO_SHORT,
        mine: Fault.SAME_ACCOUNT_TWICE,
    }
    for other, fault in faults.items():
        accounts = user, writes(mine), writes(other), program
        assert world.run("move", *accounts, data=amount) == fault
    accounts = user, writes(mine), reads(world.put_token(mint, me(world))), program
    assert world.run("move", *accounts, data=amount) == Fault.NOT_WRITABLE


def test_a_mint_of_another_kind_is_refused(world: TokenWorld) -> None:
    bank, mint = opened_bank(world)
    token = world.put_token(mint, me(world))
    other = world.put_mint(bank)
    amount = (1).to_bytes(8, "little")
    mismatch = 3
    accounts = writes(token), writes(bank), writes(other), reads(TOKEN)
    assert world.run("pay_out", *accounts, data=amount) == mismatch
    fake = world.put_mint(bank, owner=world.chain.program)
    accounts = writes(token), writes(bank), writes(fake), reads(TOKEN)
    assert world.run("pay_out", *accounts, data=amount) == Fault.WRONG_OWNER


def test_seeds_of_somebody_else_do_not_sign(world: TokenWorld) -> None:
    bank, mint = opened_bank(world)
    theirs = world.put_token(mint, Pubkey.new_unique())
    accounts = writes(theirs), writes(bank), writes(mint), reads(TOKEN)
    with pytest.raises(AssertionError, match=r"signer seeds|escalat"):
        world.run("pay_out", *accounts, data=(1).to_bytes(8, "little"))


def test_a_vault_signs_by_its_declared_seeds(world: TokenWorld) -> None:
    mint = world.put_mint(None)
    user = writes(me(world), signs=True)
    vault = world.address(b"vault", bytes(me(world)))
    box = world.address(b"box", bytes(vault))
    made = user, writes(vault), writes(box), reads(mint)
    assert world.run("open_vault", *made, *PROGRAMS) == 0
    source = world.put_token(mint, me(world), 20)
    owner = reads(me(world), signs=True)
    amount = (20).to_bytes(8, "little")
    assert world.run("move", owner, writes(source), writes(box), reads(TOKEN), data=amount) == 0
    accounts = owner, reads(vault), writes(box), writes(source), reads(TOKEN)
    assert world.run("take_all", *accounts) == 0
    assert world.amount(source) == 7
    before = world.chain.svm.get_balance(me(world)) or 0
    accounts = user, reads(vault), writes(box), writes(source), reads(TOKEN)
    assert world.run("take_out", *accounts) == 0
    assert world.amount(source) == 20
    assert (world.chain.svm.get_balance(me(world)) or 0) > before
    assert world.chain.svm.get_account(box) is None


def test_the_programs_that_are_called_come_after_the_parameters(tmp_path: Path) -> None:
    path = tmp_path / "bank.py"
    path.write_text(SOURCE)
    instructions = {i.name: i for i in compile_program(path, arch="v3").program.instructions}
    names = {name: [p.name for p in i.programs] for name, i in instructions.items()}
    assert names["open_bank"] == ["system_program", "token_program"]
    assert names["open_associated"] == [
        "system_program",
        "token_program",
        "associated_token_program",
    ]
    assert names["move"] == ["token_program"]
    signs = {a.name: a.signer for a in instructions["open_own"].accounts}
    assert signs == {"user": True, "acc": True, "mint": True}
