"""The checks at entry, one by one, on accounts that lie in every way but one."""

import struct

import pytest
from conting_compiler.ir import typed
from conting_compiler.ir.faults import Fault
from conting_compiler.ir.typesystem import (
    BOOL,
    BYTES,
    PUBKEY,
    STR,
    U8,
    U16,
    U32,
    U64,
    AccountT,
    ArrayT,
    EmptyT,
    EnumT,
    InstructionsT,
    MintT,
    SignerT,
    TokenAccountT,
    UncheckedT,
)
from solders.account import Account
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.transaction_metadata import TransactionMetadata

from tests.compiler.typed_programs import (
    FORMS,
    Chain,
    account,
    account_class,
    borsh,
    build,
    check,
    code_of,
    discriminator,
    equals,
    field,
    instruction,
    integer,
    intrinsic,
    local,
    program,
    text,
)

TOKEN_2022 = Pubkey.from_string("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb")
SYSVAR = Pubkey.from_string("Sysvar1nstructions1111111111111111111111111")
BOX = AccountT("Box")
COLOR = EnumT("Color", ("RED", "GREEN", "BLUE"))
CLASSES = (
    account_class("Box", [("number", U64), ("name", STR), ("note", BYTES), ("end", STR)]),
    account_class("Other", [("number", U64)]),
)
BOX_DATA = (
    discriminator("account", "Box")
    + struct.pack("<Q", 7)
    + borsh("a name")
    + borsh(b"\x00\xff")
    + borsh("the end")
)


def box_checks() -> list[typed.Stmt]:
    box = local("box", BOX)
    return [
        check(equals(field(box, "number", U64), integer(7, U64))),
        check(equals(field(box, "name", STR), text("a name"))),
        check(equals(field(box, "end", STR), text("the end"))),
        check(equals(intrinsic("bytes.len", U64, field(box, "note", BYTES)), integer(2, U64))),
    ]


INSTRUCTIONS = [
    instruction("nothing", []),
    instruction("signs", [], accounts=[account("who", SignerT(), signer=True)]),
    instruction("writes", [], accounts=[account("who", SignerT(), signer=True, writable=True)]),
    instruction("open", box_checks(), accounts=[account("box", BOX)]),
    instruction("change", [], accounts=[account("box", BOX, writable=True)]),
    instruction("make", [], accounts=[account("box", EmptyT(BOX), writable=True)]),
    instruction("mint", [], accounts=[account("mint", MintT())]),
    instruction("token", [], accounts=[account("token", TokenAccountT())]),
    instruction("sysvar", [], accounts=[account("all", InstructionsT(), address=bytes(SYSVAR))]),
    instruction(
        "two_people",
        [
            check(
                equals(
                    intrinsic("account.key", PUBKEY, local("first", SignerT())),
                    intrinsic("account.key", PUBKEY, local("second", UncheckedT())),
                )
            )
        ],
        accounts=[
            account("first", SignerT(), signer=True, writable=True),
            account("second", UncheckedT(), writable=True),
        ],
    ),
    instruction(
        "two_signers",
        [],
        accounts=[
            account("first", SignerT(), signer=True),
            account("second", SignerT(), signer=True, writable=True),
        ],
    ),
    instruction(
        "box_twice",
        box_checks(),
        accounts=[account("first", BOX), account("box", BOX)],
    ),
    instruction(
        "box_twice_written",
        [],
        accounts=[account("first", BOX), account("second", BOX, writable=True)],
    ),
    instruction(
        "box_written_then_any",
        [],
        accounts=[account("first", BOX, writable=True), account("second", UncheckedT())],
    ),
    instruction(
        "any_then_box_written",
        [],
        accounts=[account("first", UncheckedT()), account("second", BOX, writable=True)],
    ),
    instruction(
        "after_a_box",
        [],
        accounts=[account("box", BOX), account("who", SignerT(), signer=True)],
    ),
    instruction(
        "fixed",
        [check(equals(local("c", U16), integer(513, U16)))],
        arguments=[("a", U8), ("b", BOOL), ("c", U16), ("d", COLOR), ("e", ArrayT(BOOL, 2))],
    ),
    instruction(
        "varying",
        [
            check(equals(local("b", STR), text("grün"))),
            check(equals(intrinsic("str.len", U64, local("b", STR)), integer(4, U64))),
            check(equals(local("d", U32), integer(9, U32))),
        ],
        arguments=[("a", U8), ("b", STR), ("c", BYTES), ("d", U32)],
    ),
    instruction("words", [], arguments=[("b", STR)]),
]


@pytest.fixture(scope="module", params=FORMS)
def elf(request: pytest.FixtureRequest) -> bytes:
    return build(program(INSTRUCTIONS, classes=CLASSES), request.param)


@pytest.fixture
def chain(elf: bytes) -> Chain:
    return Chain(elf)


def meta(key: Pubkey, *, signer: bool = False, writable: bool = False) -> AccountMeta:
    return AccountMeta(key, signer, writable)


def test_data_shorter_than_a_discriminator(chain: Chain) -> None:
    outcome = chain.send(chain.call("nothing"))
    assert isinstance(outcome, TransactionMetadata)
    for length in (0, 1, 7):
        short = Instruction(chain.program, bytes(length), [])
        assert code(chain, short) == Fault.INSTRUCTION_MISSING


def code(chain: Chain, *instructions: Instruction) -> int:
    return code_of(chain.send(*instructions))


def test_unknown_instruction(chain: Chain) -> None:
    assert chain.run("missing") == Fault.UNKNOWN_INSTRUCTION


def test_extra_accounts_are_allowed(chain: Chain) -> None:
    assert chain.run("nothing", accounts=[meta(Pubkey.new_unique())]) == 0


def test_arguments_left_over(chain: Chain) -> None:
    assert chain.run("nothing", b"\0") == Fault.BAD_ARGUMENTS


def test_missing_account(chain: Chain) -> None:
    assert chain.run("signs") == Fault.NOT_ENOUGH_ACCOUNTS


def test_signer(chain: Chain) -> None:
    someone = Keypair()
    assert chain.run("signs", accounts=[meta(someone.pubkey())]) == Fault.NOT_SIGNER
    signed = [meta(someone.pubkey(), signer=True)]
    assert chain.run("signs", accounts=signed, signers=[someone]) == 0


def test_writable(chain: Chain) -> None:
    someone = Keypair()
    key = someone.pubkey()
    unsigned = [meta(key, writable=True)]
    assert chain.run("writes", accounts=unsigned) == Fault.NOT_SIGNER
    read_only = [meta(key, signer=True)]
    assert chain.run("writes", accounts=read_only, signers=[someone]) == Fault.NOT_WRITABLE
    both = [meta(key, signer=True, writable=True)]
    assert chain.run("writes", accounts=both, signers=[someone]) == 0


def test_class_account_and_its_text(chain: Chain) -> None:
    assert chain.run("open", accounts=[meta(chain.put(BOX_DATA))]) == 0


def test_wrong_owner(chain: Chain) -> None:
    for owner in (Pubkey.new_unique(), Pubkey.default(), TOKEN_2022):
        key = chain.put(BOX_DATA, owner)
        assert chain.run("open", accounts=[meta(key)]) == Fault.WRONG_OWNER


def test_owner_that_differs_in_one_byte(chain: Chain) -> None:
    for position in (0, 8, 16, 31):
        raw = bytearray(bytes(chain.program))
        raw[position] ^= 1
        key = chain.put(BOX_DATA, Pubkey(raw))
        assert chain.run("open", accounts=[meta(key)]) == Fault.WRONG_OWNER


def test_wrong_class(chain: Chain) -> None:
    for first in (discriminator("account", "Other"), bytes(8)):
        key = chain.put(first + BOX_DATA[8:])
        assert chain.run("open", accounts=[meta(key)]) == Fault.WRONG_CLASS


def test_short_data(chain: Chain) -> None:
    least = 8 + 8 + 3 * 4
    for length in (0, 7, 8, least - 1):
        key = chain.put(BOX_DATA[:length])
        wanted = Fault.WRONG_CLASS if length < 8 else Fault.ACCOUNT_TOO_SHORT
        assert chain.run("open", accounts=[meta(key)]) == wanted


def test_text_that_reaches_out_of_the_account(chain: Chain) -> None:
    whole = len(BOX_DATA)
    assert chain.run("open", accounts=[meta(chain.put(BOX_DATA[: whole - 1]))]) == (
        Fault.ACCOUNT_TOO_SHORT
    )
    for length in (40, 1 << 31, (1 << 32) - 1):
        data = BOX_DATA[:16] + struct.pack("<I", length) + BOX_DATA[20:]
        key = chain.put(data)
        assert chain.run("open", accounts=[meta(key)]) == Fault.ACCOUNT_TOO_SHORT


def test_class_account_read_only(chain: Chain) -> None:
    key = chain.put(BOX_DATA)
    assert chain.run("change", accounts=[meta(key)]) == Fault.NOT_WRITABLE
    assert chain.run("change", accounts=[meta(key, writable=True)]) == 0


def test_empty_account_read_only(chain: Chain) -> None:
    key = Pubkey.new_unique()
    assert chain.run("make", accounts=[meta(key)]) == Fault.NOT_WRITABLE
    assert chain.run("make", accounts=[meta(key, writable=True)]) == 0


def mint_data(*, initialized: bool = True) -> bytes:
    return bytes(45) + bytes([initialized]) + bytes(36)


def token_data(*, state: int = 1) -> bytes:
    return bytes(108) + bytes([state]) + bytes(56)


def test_mint(chain: Chain) -> None:
    def outcome(data: bytes, owner: Pubkey = TOKEN_2022) -> int:
        return chain.run("mint", accounts=[meta(chain.put(data, owner))])

    extended = mint_data() + bytes(165 - 82)
    assert outcome(mint_data()) == 0
    assert outcome(extended + b"\1" + bytes(40)) == 0
    assert outcome(mint_data(), chain.program) == Fault.WRONG_OWNER
    assert outcome(mint_data()[:81]) == Fault.ACCOUNT_TOO_SHORT
    assert outcome(mint_data(initialized=False)) == Fault.WRONG_CLASS
    assert outcome(extended) == Fault.WRONG_CLASS  # a token account without extensions
    assert outcome(extended + b"\2" + bytes(40)) == Fault.WRONG_CLASS
    assert outcome(extended + b"\1" + bytes(355 - 166)) == Fault.WRONG_CLASS  # a multisig


def test_token_account(chain: Chain) -> None:
    def outcome(data: bytes, owner: Pubkey = TOKEN_2022) -> int:
        return chain.run("token", accounts=[meta(chain.put(data, owner))])

    assert outcome(token_data()) == 0
    assert outcome(token_data(state=2)) == 0  # frozen
    assert outcome(token_data() + b"\2\7\0\0\0") == 0
    assert outcome(token_data(), chain.program) == Fault.WRONG_OWNER
    assert outcome(token_data(state=0)) == Fault.WRONG_CLASS
    assert outcome(token_data()[:164]) == Fault.ACCOUNT_TOO_SHORT
    assert outcome(token_data() + b"\1" + bytes(40)) == Fault.WRONG_CLASS  # a mint
    assert outcome(token_data() + b"\2" + bytes(355 - 166)) == Fault.WRONG_CLASS
    assert outcome(mint_data()) == Fault.ACCOUNT_TOO_SHORT


def test_fixed_address(chain: Chain) -> None:
    assert chain.run("sysvar", accounts=[meta(SYSVAR)]) == 0
    raw = bytearray(bytes(SYSVAR))
    raw[31] ^= 1
    for other in (Pubkey(raw), Pubkey.new_unique()):
        assert chain.run("sysvar", accounts=[meta(other)]) == Fault.WRONG_ADDRESS


def test_people_may_be_the_same(chain: Chain) -> None:
    payer = chain.payer.pubkey()
    same = [meta(payer, signer=True, writable=True), meta(payer, writable=True)]
    assert chain.run("two_people", accounts=same) == 0
    stranger = meta(Pubkey.new_unique(), writable=True)
    assert chain.run("two_people", accounts=[same[0], stranger]) == 6000


def test_flags_of_the_second_person(chain: Chain) -> None:
    other = Keypair()
    payer = meta(chain.payer.pubkey(), signer=True)

    def outcome(*, signer: bool, writable: bool) -> int:
        second = meta(other.pubkey(), signer=signer, writable=writable)
        signers = [other] if signer else []
        return chain.run("two_signers", accounts=[payer, second], signers=signers)

    assert outcome(signer=True, writable=True) == 0
    assert outcome(signer=False, writable=True) == Fault.NOT_SIGNER
    assert outcome(signer=True, writable=False) == Fault.NOT_WRITABLE


def test_flags_of_a_person_given_twice(chain: Chain) -> None:
    """The fee payer's record is writable and signs; another person's is as the transaction says."""
    other = Keypair()
    same = [meta(other.pubkey(), signer=True)] * 2
    assert chain.run("two_signers", accounts=same, signers=[other]) == Fault.NOT_WRITABLE
    written = [meta(other.pubkey(), signer=True, writable=True)] * 2
    assert chain.run("two_signers", accounts=written, signers=[other]) == 0


def test_account_read_twice(chain: Chain) -> None:
    key = chain.put(BOX_DATA)
    assert chain.run("box_twice", accounts=[meta(key), meta(key)]) == 0


@pytest.mark.parametrize(
    "name", ["box_twice_written", "box_written_then_any", "any_then_box_written"]
)
def test_account_written_and_given_twice(chain: Chain, name: str) -> None:
    one, other = (meta(chain.put(BOX_DATA), writable=True) for _ in range(2))
    assert chain.run(name, accounts=[one, other]) == 0
    assert chain.run(name, accounts=[one, one]) == Fault.SAME_ACCOUNT_TWICE


@pytest.mark.parametrize("length", range(28, 45))
def test_accounts_after_one_of_any_length(chain: Chain, length: int) -> None:
    data = discriminator("account", "Box") + bytes(length - 8)
    accounts = [meta(chain.put(data)), meta(chain.payer.pubkey(), signer=True)]
    assert chain.run("after_a_box", accounts=accounts) == 0


GOOD = bytes([1, 1, 1, 2, 2, 0, 1])


def test_arguments_of_fixed_size(chain: Chain) -> None:
    assert chain.run("fixed", GOOD) == 0
    bad = [
        GOOD[:-1],
        GOOD + b"\0",
        b"",
        bytes([1, 2, 1, 2, 2, 0, 1]),  # a bool of 2
        bytes([1, 1, 1, 2, 3, 0, 1]),  # an enum of 3 variants
        bytes([1, 1, 1, 2, 2, 0, 2]),  # a bool in an array
    ]
    assert [chain.run("fixed", data) for data in bad] == [Fault.BAD_ARGUMENTS] * len(bad)


def test_arguments_of_varying_size(chain: Chain) -> None:
    good = b"\5" + borsh("grün") + borsh(b"\xff") + struct.pack("<I", 9)
    assert chain.run("varying", good) == 0
    bad = [good[:length] for length in range(len(good))] + [good + b"\0"]
    huge = struct.pack("<I", 0xFFFF_FFFF)
    bad += [b"\5" + huge + bytes(20), b"\5" + borsh("grün") + huge + bytes(20)]
    assert [chain.run("varying", data) for data in bad] == [Fault.BAD_ARGUMENTS] * len(bad)


TEXTS = [
    "",
    "plain",
    "exactly8",
    "ß€𐍈",
    "a longer text of more words",
    "\u07ff\u0800\ud7ff\ue000\uffff\U0010ffff",
]
NOT_TEXTS = [
    b"\x80", b"\xc0\x80", b"\xc1\xbf", b"\xc3", b"\xe0\x80\x80", b"\xe2\x82", b"\xed\xa0\x80",
    b"\xf0\x80\x80\x80", b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xff", b"sevenby\xc3",
    b"eight by\xe2\x82\x28", b"\xf0\x9f\x98",
]  # fmt: skip


def test_text_is_utf8(chain: Chain) -> None:
    assert [chain.run("words", borsh(value)) for value in TEXTS] == [0] * len(TEXTS)
    found = [chain.run("words", borsh(value)) for value in NOT_TEXTS]
    assert found == [Fault.BAD_ARGUMENTS] * len(NOT_TEXTS)


def test_lamports_of_an_account_do_not_matter(chain: Chain) -> None:
    key = Pubkey.new_unique()
    chain.svm.set_account(key, Account(5, b"", Pubkey.default()))
    assert chain.run("make", accounts=[meta(key, writable=True)]) == 0
