"""`program.invoke`, `close`, keys of their own, sizes, sysvars and hashes, on the chain."""

import hashlib
import struct

import pytest
from conting_compiler.ir.faults import Fault
from solders.hash import Hash
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.transaction_metadata import TransactionMetadata

from tests.compiler.token_world import SYSTEM, TOKEN, TokenWorld, reads, writes
from tests.compiler.typed_programs import FORMS, borsh, build_source, code_of

SOURCE = """
from seahorse.prelude import *

declare_id('Fg6PaFpoGXkYsidMpWTK6W2BeZ7FEfcYkg476zPFsLnS')

SYSTEM = Pubkey.default()


class Box(Account):
  owner: Pubkey
  number: u64
  bump: u8


class Safe(Account):
  owner: Pubkey
  bump: u8

  def seeds(self) -> Seeds:
    return ["safe", self.owner]


@instruction
def make_box(user: Signer, box: Empty[Box], name: str):
  made = box.init(payer=user, seeds=['box', user, name])
  made.owner = user.key()
  made.bump = box.bump()


@instruction
def make_at_key(user: Signer, box: Empty[Box], size: u64):
  made = box.init(payer=user, space=size)
  made.owner = user.key()


@instruction
def make_padded(user: Signer, box: Empty[Box], size: u64):
  box.init(payer=user, seeds=['padded'], padding=size)


@instruction
def make_safe(user: Signer, safe: Empty[Safe]):
  safe.init(payer=user, owner=user.key())


@instruction
def pay(user: Signer, to: UncheckedAccount, program: Program, amount: u64):
  assert program.key() == SYSTEM, 'not the System program'
  program.invoke(
    accounts=[CpiAccount(user, mut=True, signer=True), CpiAccount(to, mut=True)],
    data=bytes_of(u32(2), amount),
  )


@instruction
def pay_one(user: Signer, to: UncheckedAccount, program: Program):
  assert program.key() == SYSTEM, 'not the System program'
  program.invoke(
    [CpiAccount(user, True, True), CpiAccount(to, True)],
    [2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0],
  )


@instruction
def pay_list(user: Signer, to: UncheckedAccount, program: Program, amount: u64):
  assert program.key() == SYSTEM, 'not the System program'
  data: List[u8] = [2, 0, 0]
  data.append(0)
  program.invoke(
    accounts=[CpiAccount(user, mut=True, signer=True), CpiAccount(to, mut=True)],
    data=data + int_bytes(amount)
  )


@instruction
def note(program: Program):
  unchecked("any program may be told")
  program.invoke(accounts=[], data=b"hi")


@instruction
def move_as_box(box: Box, user: Signer, a: TokenAccount, b: TokenAccount, token: Program):
  assert token.key() == Pubkey("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"), 'token program'
  assert box.owner == user.key(), 'not yours'
  token.invoke(
    accounts=[
      CpiAccount(a, mut=True),
      CpiAccount(b, mut=True),
      CpiAccount(box, seeds=['box', user, 'first', box.bump]),
    ],
    data=bytes_of(u8(3), u64(5)),
  )


@instruction
def move_as_box_found(box: Box, user: Signer, a: TokenAccount, b: TokenAccount, token: Program):
  assert token.key() == Pubkey("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"), 'token program'
  assert box.owner == user.key(), 'not yours'
  token.invoke(
    accounts=[
      CpiAccount(a, mut=True),
      CpiAccount(b, mut=True),
      CpiAccount(box, seeds=['box', user, 'first']),
    ],
    data=bytes_of(u8(3), u64(5)),
  )


@instruction
def move_as_safe(safe: Safe, user: Signer, a: TokenAccount, b: TokenAccount, token: Program):
  assert token.key() == Pubkey("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"), 'token program'
  assert safe.owner == user.key(), 'not yours'
  token.invoke(
    accounts=[CpiAccount(a, mut=True), CpiAccount(b, mut=True), CpiAccount(safe, signer=True)],
    data=bytes_of(u8(3), u64(5)),
  )


@instruction
def close_box(user: Signer, box: Box):
  assert box.owner == user.key(), 'not yours'
  box.close(to=user)


@instruction
def close_to(user: Signer, box: Box, heir: UncheckedAccount):
  assert box.owner == user.key(), 'not yours'
  box.close(heir)


@instruction
def read_clock(clock: Clock, rent: Rent, start: i64, leader: u64, size: u64, lamports: u64):
  assert clock.epoch_start_timestamp() == start, 'start'
  assert clock.leader_schedule_epoch() == leader, 'leader'
  assert rent.minimum_balance(size) == lamports, 'rent'


@instruction
def read_hashes(hashes: SlotHashes, newest: u64, slot: u64, known: bool, hash: Array[u8, 32]):
  assert hashes.newest_slot() == newest, 'newest'
  assert hashes.has(slot) == known, 'known'
  assert hashes.hash_of(slot) == hash, 'hash'


@instruction
def hash_both(data: bytes, sha: Array[u8, 32], keccak: Array[u8, 32]):
  assert sha256(data) == sha, 'sha256'
  assert keccak256(data) == keccak, 'keccak256'
"""


@pytest.fixture(scope="module", params=FORMS)
def elf(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return build_source(SOURCE, tmp_path_factory.mktemp("calls"), request.param)


@pytest.fixture
def world(elf: bytes) -> TokenWorld:
    return TokenWorld(elf)


def me(world: TokenWorld) -> Pubkey:
    return world.person.pubkey()


def made_box(world: TokenWorld, name: bytes = b"first") -> Pubkey:
    box = world.address(b"box", bytes(me(world)), name)
    accounts = writes(me(world), signs=True), writes(box), reads(SYSTEM)
    assert world.run("make_box", *accounts, data=borsh(name)) == 0
    return box


def test_an_account_without_declared_seeds(world: TokenWorld) -> None:
    box = made_box(world, b"x" * 32)
    data = world.data(box)
    bump = world.bump(b"box", bytes(me(world)), b"x" * 32)
    assert data[8:] == bytes(me(world)) + bytes(8) + bytes([bump])
    accounts = writes(me(world), signs=True), writes(box), reads(SYSTEM)
    assert world.run("make_box", *accounts, data=borsh(b"x" * 32)) == Fault.NOT_EMPTY
    other = writes(me(world), signs=True), writes(Pubkey.new_unique()), reads(SYSTEM)
    assert world.run("make_box", *other, data=borsh(b"first")) == Fault.WRONG_SEEDS
    assert world.run("make_box", *other, data=borsh(b"x" * 33)) == Fault.WRONG_SEEDS


def test_an_account_at_a_key_of_its_own(world: TokenWorld) -> None:
    key = Keypair()
    user = writes(me(world), signs=True)
    size = struct.pack("<Q", 100)
    made = writes(key.pubkey(), signs=True)
    unsigned = user, writes(key.pubkey()), reads(SYSTEM)
    assert world.run("make_at_key", *unsigned, data=size) == Fault.NOT_SIGNER
    small = struct.pack("<Q", 48)
    accounts = user, made, reads(SYSTEM)
    run = world.run("make_at_key", *accounts, data=small, signers=(key,))
    assert run == Fault.ACCOUNT_TOO_SHORT
    world.chain.svm.airdrop(key.pubkey(), 10**6)
    assert world.run("make_at_key", *accounts, data=size, signers=(key,)) == 0
    assert len(world.data(key.pubkey())) == 100
    assert world.data(key.pubkey())[8:40] == bytes(me(world))
    rent = world.chain.svm.minimum_balance_for_rent_exemption(100)
    assert world.chain.svm.get_balance(key.pubkey()) == rent
    again = world.run("make_at_key", *accounts, data=size, signers=(key,))
    assert again == Fault.NOT_EMPTY


def test_padding(world: TokenWorld) -> None:
    box = world.address(b"padded")
    accounts = writes(me(world), signs=True), writes(box), reads(SYSTEM)
    too_much = struct.pack("<Q", 2**64 - 1)
    assert world.run("make_padded", *accounts, data=too_much) == Fault.TOO_LONG
    assert world.run("make_padded", *accounts, data=struct.pack("<Q", 11)) == 0
    assert len(world.data(box)) == 8 + 32 + 8 + 1 + 11


def test_a_call_of_the_program_that_is_meant(world: TokenWorld) -> None:
    to = Pubkey.new_unique()
    accounts = writes(me(world), signs=True), writes(to)
    amount = struct.pack("<Q", 10**7)
    assert world.run("pay", *accounts, reads(SYSTEM), data=amount) == 0
    assert world.run("pay_one", *accounts, reads(SYSTEM)) == 0
    assert world.run("pay_list", *accounts, reads(SYSTEM), data=amount) == 0
    assert world.chain.svm.get_balance(to) == 2 * 10**7 + 1
    assert world.run("pay", *accounts, reads(TOKEN), data=amount) >= 6000
    assert world.run("pay", *accounts, reads(me(world)), data=amount) == Fault.NOT_PROGRAM
    assert world.run("pay", *accounts, reads(to), data=amount) == Fault.NOT_PROGRAM
    read_only = writes(me(world), signs=True), reads(to), reads(SYSTEM)
    assert world.run("pay", *read_only, data=amount) == Fault.NOT_WRITABLE


def test_a_call_without_accounts(world: TokenWorld) -> None:
    memo = Pubkey.from_string("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr")
    outcome = world.chain.send(world.chain.call("note", b"", [reads(memo)]))
    assert isinstance(outcome, TransactionMetadata)
    assert any("hi" in line for line in outcome.logs())


@pytest.mark.parametrize("name", ["move_as_box", "move_as_box_found"])
def test_an_account_signs_a_call_by_its_seeds(world: TokenWorld, name: str) -> None:
    box, mint = made_box(world), world.put_mint(None)
    a, b = world.put_token(mint, box, 20), world.put_token(mint, me(world))
    tail = reads(me(world), signs=True), writes(a), writes(b), reads(TOKEN)
    assert world.run(name, reads(box), *tail) == 0
    assert (world.amount(a), world.amount(b)) == (15, 5)
    other = made_box(world, b"second")
    if name == "move_as_box_found":
        assert world.run(name, reads(other), *tail) == Fault.WRONG_SEEDS
    else:
        with pytest.raises(AssertionError, match=r"signer seeds|escalat"):
            world.run(name, reads(other), *tail)


def test_an_account_signs_a_call_by_declared_seeds(world: TokenWorld) -> None:
    safe = world.address(b"safe", bytes(me(world)))
    user = writes(me(world), signs=True)
    assert world.run("make_safe", user, writes(safe), reads(SYSTEM)) == 0
    mint = world.put_mint(None)
    a, b = world.put_token(mint, safe, 20), world.put_token(mint, me(world))
    tail = reads(me(world), signs=True), writes(a), writes(b), reads(TOKEN)
    assert world.run("move_as_safe", reads(safe), *tail) == 0
    assert (world.amount(a), world.amount(b)) == (15, 5)


def test_close_leaves_nothing(world: TokenWorld) -> None:
    box, heir = made_box(world), Pubkey.new_unique()
    held = world.chain.svm.get_balance(box)
    user = reads(me(world), signs=True)
    thief = Keypair()
    stolen = reads(thief.pubkey(), signs=True), writes(box), writes(heir)
    assert world.run("close_to", *stolen, signers=(thief,)) >= 6000
    assert world.run("close_to", user, writes(box), writes(box)) == Fault.SAME_ACCOUNT_TWICE
    assert world.run("close_to", user, writes(box), writes(heir)) == 0
    assert world.chain.svm.get_account(box) is None
    assert world.chain.svm.get_balance(heir) == held


def test_what_is_closed_cannot_be_revived(world: TokenWorld) -> None:
    """Lamports sent back in the same transaction find an empty account of the System program."""
    box = made_box(world)
    user = writes(me(world), signs=True)
    close = world.chain.call("close_box", b"", [user, writes(box)])
    refund = struct.pack("<IQ", 2, 10**7)
    back = Instruction(SYSTEM, refund, [user, writes(box)])
    again = world.chain.call("close_box", b"", [user, writes(box)])
    outcome = world.chain.send(close, back, again, signers=[world.person])
    assert not isinstance(outcome, TransactionMetadata)
    assert code_of(outcome) == Fault.WRONG_OWNER
    outcome = world.chain.send(close, back, signers=[world.person])
    assert isinstance(outcome, TransactionMetadata)
    account = world.chain.svm.get_account(box)
    assert account is not None
    assert (account.owner, account.data, account.lamports) == (SYSTEM, b"", 10**7)


def test_clock_and_rent(world: TokenWorld) -> None:
    svm = world.chain.svm
    clock = svm.get_clock()
    clock.epoch_start_timestamp, clock.leader_schedule_epoch = -7, 901
    svm.set_clock(clock)
    lamports = svm.minimum_balance_for_rent_exemption(1234)
    data = struct.pack("<qQQQ", -7, 901, 1234, lamports)
    assert world.run("read_clock", data=data) == 0
    huge = struct.pack("<qQQQ", -7, 901, 2**40, 0)
    assert world.run("read_clock", data=huge) == Fault.OVERFLOW


def test_slot_hashes(world: TokenWorld) -> None:
    entries = [(1000 - 3 * i, Hash(hashlib.sha256(bytes([i])).digest())) for i in range(200)]
    world.chain.svm.set_slot_hashes(entries)
    for slot, value in (*entries[:5], entries[77], entries[-1]):
        data = struct.pack("<QQB", 1000, slot, 1) + bytes(value)
        assert world.run("read_hashes", data=data) == 0
    for slot in (1001, 999, 0, 2**64 - 1):
        data = struct.pack("<QQB", 1000, slot, 0) + bytes(32)
        assert world.run("read_hashes", data=data) == Fault.NO_VALUE


def test_hashes(world: TokenWorld) -> None:
    keccak_of_abc = bytes.fromhex(
        "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"
    )
    data = borsh(b"abc") + hashlib.sha256(b"abc").digest() + keccak_of_abc
    assert world.run("hash_both", data=data) == 0
