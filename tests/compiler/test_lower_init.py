"""`init` on the chain: addresses, rent, contents, and what it refuses."""

import hashlib
import struct

import pytest
from conting_compiler.ir.faults import Fault
from solders.account import Account
from solders.instruction import AccountMeta
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.compiler.typed_programs import FORMS, Chain, borsh, build_source, code_of, discriminator

SOURCE = '''
from seahorse.prelude import *

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")

class Thing(Account):
    """A thing."""
    number: u64
    who: Pubkey
    bump: u8
    small: i16
    flags: Array[u8, 3]
    name: str
    note: str

    def seeds(self) -> Seeds:
        """Where."""
        return ["thing", self.who, self.number]

class Loose(Account):
    """One whose address is up to the instruction."""
    number: u64
    bump: u8

class Plain(Account):
    """One without a bump."""
    number: u32

@instruction
def make(
    payer: Signer, thing: Empty[Thing], number: u64, who: Pubkey, name: str
) -> None:
    """Makes a thing."""
    made = thing.init(payer=payer, name=name, number=number, who=who, small=i16(-2))
    assert made.number == number
    assert made.name == name
    assert made.note == ""
    assert made.flags[0] == 0

@instruction
def make_or_take(payer: Signer, thing: Empty[Thing], number: u64, who: Pubkey) -> None:
    """Makes a thing or takes the one that is there."""
    made = thing.init_if_empty(payer=payer, number=number, who=who)
    made.small += 1

@instruction
def make_loose(
    payer: Signer, loose: Empty[Loose], owner: UncheckedAccount, key: Pubkey, number: u32
) -> None:
    """Makes one at an address of its own."""
    tail = sha256(b"y")
    seeds_end = u16(513)
    loose.init(
        payer=payer, seeds=["loose", owner, b"x", key, number, seeds_end, tail], number=u64(9)
    )

@instruction
def take_loose(payer: Signer, loose: Empty[Loose], number: u8) -> None:
    """Makes or takes one."""
    loose.init_if_empty(payer=payer, seeds=[number], number=u64(9))

@instruction
def make_plain(payer: Signer, plain: Empty[Plain]) -> None:
    """Makes one that stores no bump."""
    plain.init(payer=payer, seeds=["plain"], number=u32(1))

@instruction
def test_empty(thing: Empty[Thing], expected: bool) -> None:
    """Whether it is empty."""
    assert thing.is_empty() == expected
'''
SYSTEM = Pubkey.default()


@pytest.fixture(scope="module", params=FORMS)
def elf(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return build_source(SOURCE, tmp_path_factory.mktemp("init"), request.param)


@pytest.fixture
def chain(elf: bytes) -> Chain:
    return Chain(elf)


def address(chain: Chain, who: Pubkey, number: int) -> tuple[Pubkey, int]:
    seeds = [b"thing", bytes(who), struct.pack("<Q", number)]
    return Pubkey.find_program_address(seeds, chain.program)


def reads(key: Pubkey) -> AccountMeta:
    return AccountMeta(key, is_signer=False, is_writable=False)


def writes(key: Pubkey) -> AccountMeta:
    return AccountMeta(key, is_signer=False, is_writable=True)


def made(chain: Chain, target: Pubkey) -> list[AccountMeta]:
    payer = AccountMeta(chain.payer.pubkey(), is_signer=True, is_writable=True)
    return [payer, writes(target), reads(SYSTEM)]


def make(chain: Chain, target: Pubkey, who: Pubkey, number: int, name: str = "it") -> int:
    data = struct.pack("<Q", number) + bytes(who) + borsh(name)
    return chain.run("make", data, made(chain, target))


def make_or_take(chain: Chain, target: Pubkey, who: Pubkey, number: int) -> int:
    data = struct.pack("<Q", number) + bytes(who)
    return chain.run("make_or_take", data, made(chain, target))


ROOM = 24
"""Bytes that a text gets which init is not given; the account then ends at a multiple of 8."""


def thing_data(
    who: Pubkey, number: int, bump: int, name: str | None = "it", small: int = -2
) -> bytes:
    """`name` None: not given to init, as `note` never is."""
    head = discriminator("account", "Thing") + struct.pack("<Q", number) + bytes(who)
    fixed = head + struct.pack("<Bh3s", bump, small, bytes(3))
    whole = fixed + (bytes(ROOM) if name is None else borsh(name)) + bytes(ROOM)
    return whole + bytes(-len(whole) % 8)


def content(chain: Chain, key: Pubkey) -> Account:
    found = chain.svm.get_account(key)
    assert found is not None
    return found


def test_the_address_is_the_canonical_one(chain: Chain) -> None:
    """For many seeds, solders' own search being the judge; bumps below 255 are among them."""
    who, bumps = Pubkey.new_unique(), set()
    for number in range(60):
        key, bump = address(chain, who, number)
        assert make(chain, key, who, number) == 0
        assert content(chain, key).data == thing_data(who, number, bump)
        bumps.add(bump)
    assert len(bumps) >= 4


def test_an_address_of_a_lower_bump_is_refused(chain: Chain) -> None:
    who, refused = Pubkey.new_unique(), 0
    for number in range(12):
        _, bump = address(chain, who, number)
        seeds = [b"thing", bytes(who), struct.pack("<Q", number)]
        for lower in range(bump - 1, bump - 6, -1):
            raw = hashlib.sha256(
                b"".join(seeds) + bytes([lower]) + bytes(chain.program) + b"ProgramDerivedAddress"
            ).digest()
            assert make(chain, Pubkey(raw), who, number) == Fault.WRONG_SEEDS
            refused += not Pubkey(raw).is_on_curve()
    assert refused > 0


def test_other_seeds_or_program(chain: Chain) -> None:
    who = Pubkey.new_unique()
    key, _ = address(chain, who, 1)
    assert make(chain, key, who, 2) == Fault.WRONG_SEEDS
    assert make(chain, key, Pubkey.new_unique(), 1) == Fault.WRONG_SEEDS
    seeds = [b"thing", bytes(who), struct.pack("<Q", 1)]
    elsewhere, _ = Pubkey.find_program_address(seeds, Pubkey.new_unique())
    assert make(chain, elsewhere, who, 1) == Fault.WRONG_SEEDS


@pytest.mark.parametrize("name", ["", "x", "eight by", "grün €", "n" * 300])
def test_space_and_rent_are_what_the_text_needs(chain: Chain, name: str) -> None:
    who = Pubkey.new_unique()
    key, bump = address(chain, who, 3)
    assert make(chain, key, who, 3, name) == 0
    account = content(chain, key)
    assert account.data == thing_data(who, 3, bump, name)
    assert account.owner == chain.program
    assert account.lamports == chain.svm.minimum_balance_for_rent_exemption(len(account.data))


@pytest.mark.parametrize("lamports", [1, 890_880, 10_000_000_000])
def test_lamports_sent_ahead_do_not_block(chain: Chain, lamports: int) -> None:
    who = Pubkey.new_unique()
    key, bump = address(chain, who, 4)
    chain.svm.set_account(key, Account(lamports, b"", SYSTEM))
    assert make(chain, key, who, 4) == 0
    account = content(chain, key)
    assert account.data == thing_data(who, 4, bump)
    assert account.owner == chain.program
    rent = chain.svm.minimum_balance_for_rent_exemption(len(account.data))
    assert account.lamports == max(lamports, rent)


def test_not_twice(chain: Chain) -> None:
    who = Pubkey.new_unique()
    key, _ = address(chain, who, 5)
    assert make(chain, key, who, 5) == 0
    assert make(chain, key, who, 5) == Fault.NOT_EMPTY


@pytest.mark.parametrize("owner", [SYSTEM, Pubkey.new_unique()])
def test_taken_addresses(chain: Chain, owner: Pubkey) -> None:
    who = Pubkey.new_unique()
    key, _ = address(chain, who, 6)
    chain.put(b"\0", owner, key)
    assert make(chain, key, who, 6) == Fault.NOT_EMPTY
    chain.put(b"", Pubkey.new_unique(), key)
    assert make(chain, key, who, 6) == Fault.NOT_EMPTY


def test_init_if_empty_makes_and_then_takes(chain: Chain) -> None:
    who = Pubkey.new_unique()
    key, bump = address(chain, who, 7)
    for count in (1, 2, 3):
        assert make_or_take(chain, key, who, 7) == 0
        assert content(chain, key).data == thing_data(who, 7, bump, None, count)


def test_init_if_empty_takes_no_other(chain: Chain) -> None:
    who = Pubkey.new_unique()
    bump = address(chain, who, 8)[1]
    data = thing_data(who, 8, bump)
    other, _ = address(chain, who, 9)
    assert make(chain, other, who, 9) == 0
    assert make_or_take(chain, other, who, 8) == Fault.WRONG_SEEDS
    assert make_or_take(chain, other, Pubkey.new_unique(), 9) == Fault.WRONG_SEEDS
    foreign = chain.put(data, Pubkey.new_unique())
    assert make_or_take(chain, foreign, who, 8) == Fault.WRONG_OWNER
    another = chain.put(discriminator("account", "Loose") + data[8:])
    assert make_or_take(chain, another, who, 8) == Fault.WRONG_CLASS
    short = chain.put(data[:50])
    assert make_or_take(chain, short, who, 8) == Fault.ACCOUNT_TOO_SHORT
    assert make_or_take(chain, Pubkey.new_unique(), who, 8) == Fault.WRONG_SEEDS


def test_seeds_written_in_the_call(chain: Chain) -> None:
    owner, other = Pubkey.new_unique(), Pubkey.new_unique()
    tail = [struct.pack("<H", 513), hashlib.sha256(b"y").digest()]
    seeds = [b"loose", bytes(owner), b"x", bytes(other), struct.pack("<I", 77), *tail]
    key, bump = Pubkey.find_program_address(seeds, chain.program)
    accounts = made(chain, key)
    accounts.insert(2, reads(owner))
    assert chain.run("make_loose", bytes(other) + struct.pack("<I", 78), accounts) == (
        Fault.WRONG_SEEDS
    )
    assert chain.run("make_loose", bytes(other) + struct.pack("<I", 77), accounts) == 0
    wanted = discriminator("account", "Loose") + struct.pack("<QB", 9, bump)
    assert content(chain, key).data == wanted


def test_init_if_empty_with_seeds_in_the_call(chain: Chain) -> None:
    def take(number: int, key: Pubkey) -> int:
        return chain.run("take_loose", bytes([number]), made(chain, key))

    key, _ = Pubkey.find_program_address([b"\1"], chain.program)
    assert take(1, key) == 0
    assert take(1, key) == 0
    assert take(2, key) == Fault.WRONG_SEEDS
    fake = chain.put(discriminator("account", "Loose") + bytes(9))
    assert take(1, fake) == Fault.WRONG_SEEDS


def test_class_without_bump(chain: Chain) -> None:
    key, _ = Pubkey.find_program_address([b"plain"], chain.program)
    assert chain.run("make_plain", b"", made(chain, key)) == 0
    assert content(chain, key).data == discriminator("account", "Plain") + struct.pack("<I", 1)


def test_payer_without_money(chain: Chain) -> None:
    who, poor = Pubkey.new_unique(), Keypair()
    key, _ = address(chain, who, 10)
    accounts = made(chain, key)
    accounts[0] = AccountMeta(poor.pubkey(), is_signer=True, is_writable=True)
    data = struct.pack("<Q", 10) + bytes(who) + borsh("it")
    outcome = chain.send(chain.call("make", data, accounts), signers=[poor])
    assert code_of(outcome) == 1  # the System program's ResultWithNegativeLamports
    assert chain.svm.get_account(key) is None


def test_is_empty(chain: Chain) -> None:
    def is_empty(key: Pubkey) -> bool:
        yes = chain.run("test_empty", b"\1", [writes(key)])
        no = chain.run("test_empty", b"\0", [writes(key)])
        assert (yes == 0) != (no == 0)
        return yes == 0

    funded = Pubkey.new_unique()
    chain.svm.set_account(funded, Account(1_000_000, b"", SYSTEM))
    assert is_empty(Pubkey.new_unique())
    assert is_empty(funded)
    assert not is_empty(chain.put(b"\0", SYSTEM))
    for position in (0, 8, 16, 24, 31):
        raw = bytearray(32)
        raw[position] = 1
        owned = Pubkey.new_unique()
        chain.svm.set_account(owned, Account(1_000_000, b"", Pubkey(raw)))
        assert not is_empty(owned)
