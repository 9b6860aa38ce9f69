"""Accounts, tokens, calls, events: one program on both machines, in sequences that chance
chooses, attacks among them.
"""

import random
from pathlib import Path

import pytest
from conting_compiler.driver import compile_program
from conting_compiler.ir.faults import Fault
from hypothesis import given, settings
from hypothesis import strategies as st
from seahorse.prelude import Pubkey
from seahorse.spl_token import TOKEN_PROGRAM

from tests.compiler.differential.pair import Pair

pytestmark = pytest.mark.slow

SOURCE = """
from seahorse.prelude import *

declare_id('Fg6PaFpoGXkYsidMpWTK6W2BeZ7FEfcYkg476zPFsLnS')


class Bank(Account):
    owner: Pubkey
    paid: u64
    bump: u8


class Paid(Event):
    who: Pubkey
    amount: u64


@instruction
def open_bank(user: Signer, bank: Empty[Bank], mint: Empty[TokenMint]):
    bump = bank.bump()
    bank = bank.init(payer=user, seeds=["bank", user], padding=3)
    mint.init(payer=user, seeds=["mint", bank], decimals=2, authority=bank, freeze_authority=user)
    bank.owner = user.key()
    bank.bump = bump


@instruction
def open_box(user: Signer, box: Empty[TokenAccount], mint: TokenMint):
    box.init(payer=user, seeds=["box", mint, user], mint=mint, authority=user)


@instruction
def open_own(user: Signer, bank: Empty[Bank], size: u64):
    made = bank.init(payer=user, space=size)
    made.owner = user.key()


@instruction
def pay(user: Signer, bank: Bank, mint: TokenMint, box: TokenAccount, amount: u64) -> u64:
    assert bank.owner == user.key(), "not yours"
    mint.mint(authority=bank, to=box, amount=amount, signer=["bank", user, bank.bump])
    bank.paid += amount
    Paid(user.key(), amount).emit()
    return box.amount()


@instruction
def move(user: Signer, a: TokenAccount, b: TokenAccount, amount: u64):
    unchecked("the token program asks for the owner")
    a.transfer(authority=user, to=b, amount=amount)


@instruction
def burn(user: Signer, mint: TokenMint, box: TokenAccount, amount: u64):
    unchecked("the token program asks for the owner")
    mint.burn(authority=user, holder=box, amount=amount)


@instruction
def freeze(user: Signer, mint: TokenMint, box: TokenAccount, on: bool):
    if on:
        box.freeze(authority=user, mint=mint)
    else:
        box.thaw(authority=user, mint=mint)


@instruction
def approve(user: Signer, box: TokenAccount, friend: UncheckedAccount, amount: u64):
    unchecked("the token program asks for the owner")
    if amount == 0:
        box.revoke(authority=user)
    else:
        box.approve(authority=user, delegate=friend, amount=amount)


@instruction
def close_box(user: Signer, box: TokenAccount):
    unchecked("the token program asks for the owner")
    box.close(authority=user, to=user)


@instruction
def close_bank(user: Signer, bank: Bank):
    assert bank.owner == user.key(), "not yours"
    bank.close(to=user)


@instruction
def send(user: Signer, to: UncheckedAccount, program: Program, amount: u64):
    assert program.key() == Pubkey.default(), "the System program"
    program.invoke(
        [CpiAccount(user, mut=True, signer=True), CpiAccount(to, mut=True)],
        bytes_of(u32(2), amount),
    )


@instruction
def find(user: Signer, number: u8) -> Pubkey:
    key, bump = Pubkey.find_program_address(["x", user, number])
    return key


@instruction
def hash(data: bytes) -> Array[u8, 32]:
    return keccak256(data)
"""
PEOPLE = [Pubkey.of(bytes([n]) * 32) for n in (1, 2)]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pair") / "bank.py"
    path.write_text(SOURCE)
    return path


@pytest.fixture(scope="module", params=[False, True], ids=["in-place", "shared"])
def compiled(request: pytest.FixtureRequest, source: Path) -> Pair:
    return Pair(source, compile_program(source, compact=request.param), PEOPLE)


def fresh(compiled: Pair) -> Pair:
    return Pair(compiled.source, compiled.compiled, PEOPLE)


def bank_of(pair: Pair, person: Pubkey) -> tuple[Pubkey, Pubkey]:
    bank = pair.address(b"bank", bytes(person))
    return bank, pair.address(b"mint", bytes(bank))


def box_of(pair: Pair, mint: Pubkey, person: Pubkey) -> Pubkey:
    return pair.address(b"box", bytes(mint), bytes(person))


def opened(compiled: Pair) -> Pair:
    pair = fresh(compiled)
    for person in PEOPLE:
        bank, mint = bank_of(pair, person)
        assert pair.run("open_bank", {"user": person, "bank": bank, "mint": mint}) == 0
        for holder in PEOPLE:
            box = box_of(pair, mint, holder)
            assert pair.run("open_box", {"user": holder, "box": box, "mint": mint}) == 0
    return pair


AMOUNTS = [0, 1, 2, 50, 100, 2**63, 2**64 - 1]
NAMES = ["pay", "move", "burn", "freeze", "approve", "close_box", "send", "find", "open_box"]
WEIGHTS = [6, 6, 3, 2, 3, 1, 1, 1, 2]
STEPS = 60


@pytest.mark.parametrize("seed", range(3))
def test_sequences_agree(compiled: Pair, seed: int) -> None:
    """60 instructions on one pair of machines, chosen by the seed; whatever comes, they agree."""
    chosen = random.Random(seed)
    pair = opened(compiled)
    outcomes = set()
    for name in chosen.choices(NAMES, WEIGHTS, k=STEPS):
        choice = tuple(chosen.randrange(2) for _ in range(5))
        accounts, arguments = _call(pair, name, choice, chosen.choice(AMOUNTS))
        outcomes.add(pair.run(name, accounts, arguments))
    assert 0 in outcomes
    assert len(outcomes) > 3


def _call(
    pair: Pair, name: str, choice: tuple[int, ...], amount: int
) -> tuple[dict[str, Pubkey], dict[str, object]]:
    user, owner, holder, other_owner, other_holder = (PEOPLE[each] for each in choice)
    bank, mint = bank_of(pair, owner)
    box = box_of(pair, mint, holder)
    _, other_mint = bank_of(pair, other_owner)
    other = box_of(pair, other_mint, other_holder)
    numbers: dict[str, object] = {"amount": amount}
    calls: dict[str, tuple[dict[str, Pubkey], dict[str, object]]] = {
        "pay": ({"user": user, "bank": bank, "mint": mint, "box": other}, numbers),
        "move": ({"user": user, "a": box, "b": other}, numbers),
        "burn": ({"user": user, "mint": mint, "box": other}, numbers),
        "freeze": ({"user": user, "mint": mint, "box": other}, {"on": bool(amount % 2)}),
        "approve": ({"user": user, "box": box, "friend": PEOPLE[choice[3]]}, numbers),
        "close_box": ({"user": user, "box": box}, {}),
        "send": ({"user": user, "to": holder, "program": Pubkey.default()}, numbers),
        "find": ({"user": user}, {"number": amount % 256}),
        "open_box": ({"user": user, "box": box, "mint": mint}, {}),
    }
    return calls[name]


def test_attacks_agree(compiled: Pair) -> None:
    pair = opened(compiled)
    me, other = PEOPLE
    bank, mint = bank_of(pair, me)
    box, theirs = box_of(pair, mint, me), box_of(pair, mint, other)
    good = {"user": me, "bank": bank, "mint": mint, "box": box}
    amount = {"amount": 5}
    assert pair.run("pay", good, amount) == 0
    assert pair.run("pay", {**good, "bank": mint}, amount) == Fault.WRONG_OWNER
    others_bank, _ = bank_of(pair, other)
    assert pair.run("pay", {**good, "mint": others_bank}, amount) == Fault.WRONG_OWNER
    assert pair.run("pay", {**good, "box": others_bank}, amount) == Fault.WRONG_OWNER
    assert pair.run("pay", good, amount, unsigned=[me]) == Fault.NOT_SIGNER
    assert pair.run("pay", {**good, "user": other}, amount) == 6000
    assert pair.run("move", {"user": other, "a": box, "b": theirs}, amount) == 4
    assert pair.run("move", {"user": me, "a": box, "b": box}, amount) == Fault.SAME_ACCOUNT_TWICE
    assert pair.run("move", {"user": me, "a": box, "b": bank}, amount) == Fault.WRONG_OWNER
    system = Pubkey.default()
    send = {"user": me, "to": other, "program": system}
    assert pair.run("send", send, amount) == 0
    assert pair.run("send", {**send, "program": bank}, amount) == Fault.NOT_PROGRAM
    assert pair.run("send", {**send, "program": TOKEN_PROGRAM}, amount) == 6001
    close = {"user": other, "bank": bank}
    assert pair.run("close_bank", close) == 6000
    assert pair.run("close_bank", {**close, "user": me}) == 0
    assert pair.run("close_bank", {**close, "user": me}) == Fault.WRONG_OWNER


def test_keys_and_sizes_agree(compiled: Pair) -> None:
    pair = fresh(compiled)
    me = PEOPLE[0]
    key = Pubkey.of(bytes([9]) * 32)
    accounts = {"user": me, "bank": key}
    assert pair.run("open_own", accounts, {"size": 49}, unsigned=[key]) == Fault.NOT_SIGNER
    assert pair.run("open_own", accounts, {"size": 48}) == Fault.ACCOUNT_TOO_SHORT
    assert pair.run("open_own", accounts, {"size": 49}) == 0
    assert pair.run("open_own", accounts, {"size": 49}) == Fault.NOT_EMPTY
    assert pair.run("close_bank", accounts) == 0


@settings(max_examples=20, deadline=None)
@given(data=st.binary(max_size=300))
def test_keccak_agrees(compiled: Pair, data: bytes) -> None:
    assert fresh(compiled).run("hash", {}, {"data": data}) == 0
