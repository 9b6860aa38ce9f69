"""Accounts of another program: what is read of them, on both machines, and who forges them."""

from pathlib import Path

import pytest
from conting_compiler.diagnostics import UserError
from conting_compiler.driver import Compiled, compile_program
from conting_compiler.frontend import build
from conting_compiler.ir.faults import Fault
from conting_compiler.link.linker import link
from seahorse.ledger import Record
from seahorse.loading import load
from seahorse.model import Chain as Model
from seahorse.model import Refusal
from seahorse.prelude import Pubkey as Key
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.compiler.token_world import SYSTEM, TokenWorld, reads, writes
from tests.compiler.typed_programs import discriminator

TICKET_ID = "6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE"
FILES = {
    "box_office/program.py": f"""
from seahorse.prelude import *
from .state import Ticket
declare_id("{TICKET_ID}")

@instruction
def make(user: Signer, ticket: Empty[Ticket], seat: u32):
    ticket.init(payer=user, owner=user.key(), seat=seat)
""",
    "box_office/state.py": """
from seahorse.prelude import *

LAST = u32(7)

class Mood(Enum):
    GOOD = 0
    BAD = 1

class Ticket(Account):
    owner: Pubkey
    seat: u32
    mood: Mood
    bump: u8

    def seeds(self) -> Seeds:
        return ["ticket", self.owner]

    def described(self) -> u32:
        return helper(self.seat)

def helper(x: u32) -> u32:
    return x
""",
    "raffle/program.py": """
from seahorse.prelude import *
from box_office.state import LAST, Mood, Ticket
declare_id("HFQhM2FYhiP1mbpVFnpHZ7hJf5xFzekJAjqoxexvKA5Q")

class Entry(Account):
    seat: u32

@instruction
def enter(user: Signer, ticket: Ticket, entry: Empty[Entry]):
    assert ticket.owner == user.key(), "not yours"
    assert ticket.mood == Mood.GOOD, "a bad mood"
    assert ticket.seat <= LAST, "no such seat"
    entry.init(payer=user, seeds=["entry", ticket], seat=ticket.seat)
""",
}


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("programs"), FILES)


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return folder


@pytest.fixture(scope="module")
def raffle(programs: Path) -> Compiled:
    return compile_program(programs / "raffle", arch="v3")


def ticket_bytes(owner: bytes, seat: int = 3, mood: int = 0) -> bytes:
    head = discriminator("account", "Ticket") + owner
    return head + seat.to_bytes(4, "little") + bytes([mood, 255])


@pytest.mark.parametrize("arch", ["v3", "v0"])
def test_a_ticket_of_the_other_program_counts(raffle: Compiled, arch: str) -> None:
    world = TokenWorld(raffle.elf if arch == "v3" else link(raffle.emitted.object, "v0"))
    me = world.person.pubkey()
    other = Pubkey.from_string(TICKET_ID)
    good = world.chain.put(ticket_bytes(bytes(me)), other)
    bad = world.chain.put(ticket_bytes(bytes(me), mood=1), other)
    theirs = world.chain.put(ticket_bytes(bytes(Keypair().pubkey())), other)
    forged = world.chain.put(ticket_bytes(bytes(me)))
    another = world.chain.put(bytes(8) + ticket_bytes(bytes(me))[8:], other)
    outcomes = {
        good: 0,
        bad: 6001,
        theirs: 6000,
        forged: Fault.WRONG_OWNER,
        another: Fault.WRONG_CLASS,
    }
    for ticket, outcome in outcomes.items():
        entry = world.address(b"entry", bytes(ticket))
        accounts = writes(me, signs=True), reads(ticket), writes(entry), reads(SYSTEM)
        assert world.run("enter", *accounts) == outcome
    assert world.data(world.address(b"entry", bytes(good)))[8:] == b"\3\0\0\0"


def test_the_model_agrees(programs: Path) -> None:
    chain = Model()
    program = chain.deploy(load(programs / "raffle"))
    me, ticket, forged = (Key.of(bytes([n]) * 32) for n in (1, 2, 3))
    chain.airdrop(me, 10**9)
    data = bytearray(ticket_bytes(bytes(me)))
    chain.records[ticket] = Record(10**7, Key(TICKET_ID), data)
    chain.records[forged] = Record(10**7, program, bytearray(data))
    found, _ = Pubkey.find_program_address([b"entry", bytes(ticket)], Pubkey(bytes(program)))
    entry = Key.of(bytes(found))
    accounts = {"user": me, "ticket": ticket, "entry": entry}
    chain.run(program, "enter", accounts, signers=[me])
    assert chain.data(entry)[8:] == b"\3\0\0\0"
    with pytest.raises(Refusal) as refused:
        chain.run(program, "enter", {**accounts, "ticket": forged}, signers=[me])
    assert refused.value.code == Fault.WRONG_OWNER


def test_the_idl_leaves_other_programs_accounts_to_them(raffle: Compiled) -> None:
    accounts = raffle.idl["accounts"]
    assert isinstance(accounts, list)
    assert [each["name"] for each in accounts if isinstance(each, dict)] == ["Entry"]


WRONG = {
    "ticket.seat = 3": ("E321", "'ticket' belongs to another program and is written"),
    "ticket.close(to=user)": ("E321", "'ticket' belongs to another program and is written"),
    "user.transfer_lamports(ticket, 3)": (
        "E321",
        "'ticket' belongs to another program and is written",
    ),
    "x = ticket.described()": ("E206", "Ticket has no method 'described'"),
}


@pytest.mark.parametrize("line", WRONG)
def test_they_are_only_read(tmp_path: Path, line: str) -> None:
    files = {**FILES, "raffle/program.py": FILES["raffle/program.py"] + f"    {line}\n"}
    with pytest.raises(UserError) as refused:
        build(written(tmp_path, files) / "raffle")
    assert (refused.value.diagnostics[0].code, refused.value.diagnostics[0].message) == WRONG[line]


IMPORTS = {
    "from box_office.state import helper": "E106",
    "from box_office.state import Nothing": "E106",
    "from box_office.nowhere import Ticket": "E105",
    "from box_offize.state import Ticket": "E104",
    "from box_office.state import *": "E106",
}


@pytest.mark.parametrize("line", IMPORTS)
def test_what_cannot_be_imported(tmp_path: Path, line: str) -> None:
    text = FILES["raffle/program.py"]
    text = text.replace("from box_office.state import LAST, Mood, Ticket", line)
    with pytest.raises(UserError) as refused:
        build(written(tmp_path, {**FILES, "raffle/program.py": text}) / "raffle")
    assert refused.value.diagnostics[0].code == IMPORTS[line]


def test_programs_do_not_import_each_other(tmp_path: Path) -> None:
    back = "from raffle.program import Entry\n"
    files = {**FILES, "box_office/state.py": FILES["box_office/state.py"] + back}
    with pytest.raises(UserError) as refused:
        build(written(tmp_path, files) / "raffle")
    assert "E107" in {each.code for each in refused.value.diagnostics}


def test_an_account_of_another_program_is_not_made(tmp_path: Path) -> None:
    text = FILES["raffle/program.py"].replace("ticket: Ticket", "ticket: Empty[Ticket]")
    with pytest.raises(UserError) as refused:
        build(written(tmp_path, {**FILES, "raffle/program.py": text}) / "raffle")
    assert refused.value.diagnostics[0].code == "E321"
