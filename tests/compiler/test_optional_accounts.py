"""Accounts that an instruction may be called without: the program's own id stands for none."""

import itertools
from pathlib import Path

import pytest
from conting_client.generated import ticket as any_client
from conting_compiler.clientgen.model import from_idl
from conting_compiler.clientgen.text import to_text
from conting_compiler.diagnostics import UserError
from conting_compiler.driver import Compiled, compile_program
from conting_compiler.frontend import build
from conting_compiler.idl import build_legacy_idl
from conting_compiler.ir.faults import Fault
from conting_compiler.link.linker import link
from seahorse.ledger import Record
from seahorse.loading import load
from seahorse.model import Chain as Model
from seahorse.model import Meta, Refusal
from seahorse.prelude import Pubkey as Key
from solders.instruction import AccountMeta
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.compiler.token_world import TOKEN, TokenWorld, reads, writes
from tests.compiler.typed_programs import discriminator

ID = "6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE"
HEAD = f'from seahorse.prelude import *\n\ndeclare_id("{ID}")\n\n\n'
SOURCE = """
class Note(Account):
    paid: u64
    seen: u8


class Problem(Errors):
    NEEDED = "tokens are needed"


def paid_in(tokens: Option[TokenAccount], other: Option[TokenAccount]) -> u64:
    if tokens is None or other is None:
        return 0
    return tokens.amount()


@instruction
def pay(
    payer: Signer,
    note: Note,
    tokens: Option[TokenAccount],
    other: Option[TokenAccount],
    guest: Option[UncheckedAccount],
    last: UncheckedAccount,
    amount: u64,
):
    note.seen = 1 if guest is None else 2
    if tokens is not None and other is not None:
        tokens.transfer(authority=payer, to=other, amount=amount)
    note.paid = paid_in(tokens, other)
    if guest is not None:
        assert guest.key() != last.key(), Problem.NEEDED


@instruction
def look(note: Note, tokens: Option[TokenAccount], again: Option[TokenAccount]):
    note.seen = 9
    if tokens is not None:
        note.seen = 10
    if again is not None:
        note.seen += 2


@instruction
def need(note: Note, tokens: Option[TokenAccount]):
    assert tokens is not None, Problem.NEEDED
    note.paid = tokens.amount()
"""


@pytest.fixture(scope="module", params=[True, False], ids=["shared", "inline"])
def compiled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    path = tmp_path_factory.mktemp("optional") / "optional.py"
    path.write_text(HEAD + SOURCE)
    return compile_program(path, compact=request.param)


@pytest.fixture(params=["v3", "v0"])
def world(request: pytest.FixtureRequest, compiled: Compiled) -> TokenWorld:
    return TokenWorld(
        compiled.elf if request.param == "v3" else link(compiled.emitted.object, "v0")
    )


NOTE = discriminator("account", "Note") + bytes(9)


def note_of(world: TokenWorld, note: Pubkey) -> tuple[int, int]:
    data = world.data(note)
    return int.from_bytes(data[8:16], "little"), data[16]


def pay(world: TokenWorld, note: Pubkey, *metas: AccountMeta, amount: int = 3) -> int:
    me = world.person.pubkey()
    last = reads(Pubkey.new_unique())
    return world.run(
        "pay",
        writes(me, signs=True),
        writes(note),
        *metas,
        last,
        reads(TOKEN),
        data=amount.to_bytes(8, "little"),
    )


def test_every_choice_of_what_is_there(world: TokenWorld) -> None:
    me, none = world.person.pubkey(), reads(world.chain.program)
    mint = world.put_mint(None)
    for has_one, has_two, has_guest in itertools.product((True, False), repeat=3):
        note = world.chain.put(NOTE)
        one, two = world.put_token(mint, me, 10), world.put_token(mint, Pubkey.new_unique(), 5)
        outcome = pay(
            world,
            note,
            writes(one) if has_one else none,
            writes(two) if has_two else none,
            reads(Pubkey.new_unique()) if has_guest else none,
        )
        assert outcome == 0
        both = has_one and has_two
        assert note_of(world, note) == (7 if both else 0, 2 if has_guest else 1)
        assert (world.amount(one), world.amount(two)) == ((7, 8) if both else (10, 5))


def test_what_is_there_is_checked(world: TokenWorld) -> None:
    me, none = world.person.pubkey(), reads(world.chain.program)
    mint = world.put_mint(None)
    note = world.chain.put(NOTE)
    good = world.put_token(mint, me, 10)
    forged = world.put_token(mint, me, 10, owner=world.chain.program)
    assert pay(world, note, writes(forged), none, none) == Fault.WRONG_OWNER
    assert pay(world, note, writes(mint), none, none) == Fault.ACCOUNT_TOO_SHORT
    assert pay(world, note, reads(good), none, none) == Fault.NOT_WRITABLE
    assert pay(world, note, none, writes(forged), none) == Fault.WRONG_OWNER
    assert world.run("need", writes(note), none) == 6000
    assert world.run("need", writes(note), reads(good)) == 0
    assert note_of(world, note)[0] == 10
    assert world.run("need", writes(note)) == Fault.NOT_ENOUGH_ACCOUNTS


def test_one_account_twice(world: TokenWorld) -> None:
    """Never if it is written; none is never the same as another none."""
    none = reads(world.chain.program)
    mint = world.put_mint(None)
    note = world.chain.put(NOTE)
    token = world.put_token(mint, world.person.pubkey(), 10)
    assert pay(world, note, writes(token), writes(token), none) == Fault.SAME_ACCOUNT_TWICE
    assert pay(world, note, writes(note), none, none) in {
        Fault.SAME_ACCOUNT_TWICE,
        Fault.WRONG_OWNER,
    }
    assert pay(world, note, writes(token), none, writes(token)) == Fault.SAME_ACCOUNT_TWICE
    assert pay(world, note, none, none, writes(note)) == Fault.SAME_ACCOUNT_TWICE
    assert world.run("look", writes(note), reads(token), reads(token)) == 0
    assert note_of(world, note)[1] == 12
    assert world.run("look", writes(note), none, none) == 0
    assert note_of(world, note)[1] == 9
    assert world.run("look", writes(note), none, reads(token)) == 0
    assert note_of(world, note)[1] == 11


def test_the_program_itself_elsewhere(world: TokenWorld) -> None:
    """An account of any kind may be the program's id, before or after one that is missing."""
    me, none = world.person.pubkey(), reads(world.chain.program)
    note = world.chain.put(NOTE)
    amount = (1).to_bytes(8, "little")
    metas = (writes(me, signs=True), writes(note), none, none, reads(Keypair().pubkey()), none)
    assert world.run("pay", *metas, reads(TOKEN), data=amount) in {0, Fault.SAME_ACCOUNT_TWICE}


def test_the_model_agrees(tmp_path: Path) -> None:
    path = tmp_path / "optional.py"
    path.write_text(HEAD + SOURCE)
    chain = Model()
    program = chain.deploy(load(path))
    me, note, last = (Key.of(bytes([n]) * 32) for n in (1, 2, 3))
    chain.airdrop(me, 10**9)
    chain.records[note] = Record(10**7, program, bytearray(NOTE))
    accounts = {"payer": me, "note": note, "last": last}
    chain.run(program, "pay", accounts, {"amount": 3}, signers=[me])
    assert chain.data(note)[16] == 1
    chain.run(program, "pay", {**accounts, "guest": me}, {"amount": 3}, signers=[me])
    assert chain.data(note)[16] == 2
    with pytest.raises(Refusal) as refused:
        chain.execute(program, [Meta(note), Meta(program)], _data("need"))
    assert refused.value.code == 6000


def _data(name: str) -> bytes:
    return discriminator("global", name)


def test_both_idls_and_the_client_say_so(compiled: Compiled, tmp_path: Path) -> None:
    new = compiled.idl["instructions"]
    assert isinstance(new, list)
    assert isinstance(new[0], dict)
    flags = {each["name"]: each.get("optional", False) for each in new[0]["accounts"]}  # type: ignore[index,union-attr,call-overload]
    named = ("payer", "note", "tokens", "other", "guest", "last", "token_program")
    assert flags == {name: name in {"tokens", "other", "guest"} for name in named}
    legacy = build_legacy_idl(compiled.program)["instructions"]
    assert isinstance(legacy, list)
    assert isinstance(legacy[0], dict)
    optional = [each["name"] for each in legacy[0]["accounts"] if each.get("isOptional")]  # type: ignore[index,union-attr,call-overload]
    assert optional == ["tokens", "other", "guest"]

    module: dict[str, object] = {"__name__": any_client.__name__}
    exec(to_text(from_idl(compiled.idl)), module)  # the generated client
    me, note, token, last = (Pubkey.new_unique() for _ in range(4))
    make = module["pay"]
    assert callable(make)
    without = make(payer=me, note=note, last=last, amount=3)
    own = Pubkey.from_string(ID)
    assert [each.pubkey for each in without.accounts[2:6]] == [own, own, own, last]
    assert not any(each.is_writable for each in without.accounts[2:5])
    with_it = make(payer=me, note=note, last=last, amount=3, tokens=token, guest=me)
    assert [each.pubkey for each in with_it.accounts[2:5]] == [token, own, me]
    assert [each.is_writable for each in with_it.accounts[2:5]] == [True, False, False]


WRONG = {
    "note.paid = tokens.amount()": "E202",
    "note.paid = 0 if tokens is None or tokens.amount() == 0 else tokens.amount()": None,
    "if tokens is None:\n        note.paid = tokens.amount()": "E202",
    "if tokens:\n        pass": "E211",
    "if tokens == None:\n        pass": "E109",
    "if note is None:\n        pass": "E202",
    "x = None": "E109",
    "x: Option[u64] = None\n    for i in range(3):\n        x = None\n    note.paid = x": "E202",
    "x: Option[u64] = 5\n    for i in range(3):\n        note.paid += x\n        x = None": "E218",
    "x: Option[u64] = 5\n    note.paid = x": None,
    "x: Option[u64] = 300\n    y: Option[u8] = 300": "E205",
    "x: Option[Option[u64]] = None": "E213",
    "print(tokens)": "E202",
}


@pytest.mark.parametrize("line", WRONG)
def test_an_option_is_tested_before_it_is_used(tmp_path: Path, line: str) -> None:
    body = SOURCE.split("@instruction", maxsplit=1)[0]
    path = tmp_path / "wrong.py"
    text = f"@instruction\ndef go(note: Note, tokens: Option[TokenAccount]):\n    {line}\n"
    path.write_text(HEAD + body + text)
    code = WRONG[line]
    if code is None:
        build(path)
        return
    with pytest.raises(UserError) as refused:
        build(path)
    assert {each.code for each in refused.value.diagnostics} == {code}


@pytest.mark.parametrize("kind", ["Signer", "Note", "Empty[Note]", "Clock", "Instructions"])
def test_what_an_instruction_is_never_without(tmp_path: Path, kind: str) -> None:
    """What is checked against an account that may be missing would not be checked."""
    path = tmp_path / "wrong.py"
    body = SOURCE.split("@instruction", maxsplit=1)[0]
    path.write_text(
        HEAD + body + f"@instruction\ndef go(note: Note, x: Option[{kind}]):\n    pass\n"
    )
    with pytest.raises(UserError) as refused:
        build(path)
    assert [each.code for each in refused.value.diagnostics] == ["E213"]
