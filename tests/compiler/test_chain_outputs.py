"""Events, results, found addresses and P-256 proofs, on the chain."""

import base64
import hashlib
import struct
from pathlib import Path

import pytest
from conting_compiler.driver import compile_program
from solders.instruction import Instruction
from solders.pubkey import Pubkey
from solders.transaction_metadata import TransactionMetadata

from tests.compiler.p256 import SigningKey
from tests.compiler.token_world import TokenWorld, reads, writes
from tests.compiler.typed_programs import FORMS, borsh, build_source, code_of, discriminator

SOURCE = """
from seahorse.prelude import *

declare_id('Fg6PaFpoGXkYsidMpWTK6W2BeZ7FEfcYkg476zPFsLnS')

OTHER = Pubkey("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA")


class Mood(Enum):
  GOOD = 0
  BAD = 1


class Moved(Event):
  amount: u64
  title: str
  owner: Pubkey


@dataclass
class Felt(Event):
  mood: Mood
  pair: Array[u16, 2]


class Spoken(Event):
  text: str
  size: u8

  def __init__(self, text: str):
    self.text = text
    self.size = u8(len(text))


@instruction
def send_events(sender: Signer, data: u64, title: str):
  event = Moved(data, title, sender.key())
  event.emit()
  Felt(Mood.BAD, [1, 513]).emit()
  Moved(amount=1, owner=sender.key(), title=title).emit()
  Spoken("hello").emit()


@instruction
def give_number(a: u32, b: u32) -> u64:
  return u64(a) * u64(b)


@instruction
def give_text(name: str, loud: bool) -> str:
  if loud:
    return f"{name}!"
  return name


@instruction
def give_key(who: UncheckedAccount) -> Pubkey:
  return who.key()


@instruction
def check_found(who: UncheckedAccount, number: u16, wanted: Pubkey, bump: u8, theirs: Pubkey):
  key, found = Pubkey.find_program_address(['a', who, number])
  assert key == wanted, 'address'
  assert found == bump, 'bump'
  other = Pubkey.find_program_address(['a', who, number], OTHER)
  assert other[0] == theirs, 'theirs'


@instruction
def check_proof(instructions: Instructions, key: Array[u8, 33], message: bytes) -> bool:
  return instructions.secp256r1_before(key, message)
"""
P256 = Pubkey.from_string("Secp256r1SigVerify1111111111111111111111111")
SYSVAR = Pubkey.from_string("Sysvar1nstructions1111111111111111111111111")


@pytest.fixture(scope="module", params=FORMS)
def elf(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return build_source(SOURCE, tmp_path_factory.mktemp("outputs"), request.param)


@pytest.fixture
def world(elf: bytes) -> TokenWorld:
    return TokenWorld(elf)


def sent(world: TokenWorld, *instructions: Instruction) -> TransactionMetadata:
    outcome = world.chain.send(*instructions, signers=[world.person])
    assert isinstance(outcome, TransactionMetadata), outcome
    return outcome


def returned(world: TokenWorld, *instructions: Instruction) -> bytes:
    outcome = world.chain.send(*instructions)
    assert isinstance(outcome, TransactionMetadata), outcome
    assert outcome.return_data().program_id == world.chain.program
    return outcome.return_data().data


def test_events_are_logged_as_anchor_logs_them(world: TokenWorld) -> None:
    me = world.person.pubkey()
    data = struct.pack("<Q", 77) + borsh("a title")
    call = world.chain.call("send_events", data, [reads(me, signs=True)])
    logs = sent(world, call).logs()
    found = [base64.b64decode(x.split(": ")[1]) for x in logs if x.startswith("Program data: ")]
    moved = discriminator("event", "Moved")
    assert found == [
        moved + struct.pack("<Q", 77) + borsh("a title") + bytes(me),
        discriminator("event", "Felt") + b"\1" + struct.pack("<2H", 1, 513),
        moved + struct.pack("<Q", 1) + borsh("a title") + bytes(me),
        discriminator("event", "Spoken") + borsh("hello") + b"\5",
    ]


def test_results_are_return_data(world: TokenWorld) -> None:
    numbers = struct.pack("<2I", 2**31, 5)
    assert returned(world, world.chain.call("give_number", numbers)) == struct.pack("<Q", 5 * 2**31)
    for loud, text in ((b"\1", "mäh!"), (b"\0", "mäh")):
        call = world.chain.call("give_text", borsh("mäh") + loud)
        assert returned(world, call) == borsh(text)
    who = Pubkey.new_unique()
    assert returned(world, world.chain.call("give_key", b"", [reads(who)])) == bytes(who)


def test_found_addresses(world: TokenWorld) -> None:
    other = Pubkey.from_string("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA")
    for number in (0, 1, 65535):
        who = Pubkey.new_unique()
        seeds = [b"a", bytes(who), struct.pack("<H", number)]
        key, bump = Pubkey.find_program_address(seeds, world.chain.program)
        theirs, _ = Pubkey.find_program_address(seeds, other)
        data = struct.pack("<H", number) + bytes(key) + bytes([bump]) + bytes(theirs)
        assert world.run("check_found", reads(who), data=data) == 0
        wrong = struct.pack("<H", number) + bytes(key) + bytes([bump ^ 1]) + bytes(theirs)
        assert world.run("check_found", reads(who), data=wrong) == 6001


def proof(key: SigningKey, message: bytes, **changed: int) -> Instruction:
    """One signature, all of it inside the instruction (SIMD-0075)."""
    start, own = 2 + 14, 0xFFFF
    fields = {
        "signature": start + 33,
        "signature_in": own,
        "key": start,
        "key_in": own,
        "message": start + 33 + 64,
        "size": len(message),
        "message_in": own,
    }
    head = bytes([1, 0]) + struct.pack("<7H", *(fields | changed).values())
    return Instruction(P256, head + key.public + key.sign(message) + message, [])


def test_p256_proofs(world: TokenWorld) -> None:
    key, other, message = SigningKey(12345), SigningKey(999), b"let me in"

    def check(public: bytes, text: bytes) -> Instruction:
        return world.chain.call("check_proof", public + borsh(text), [reads(SYSVAR)])

    good = proof(key, message)
    assert returned(world, good, check(key.public, message)) == b"\1"
    assert returned(world, good, check(other.public, message)) == b"\0"
    assert returned(world, good, check(key.public, b"let me ix")) == b"\0"
    assert returned(world, good, check(key.public, b"let me")) == b"\0"
    flipped = bytes([key.public[0] ^ 1]) + key.public[1:]
    last = key.public[:-1] + bytes([key.public[-1] ^ 1])
    assert returned(world, good, check(flipped, message)) == b"\0"
    assert returned(world, good, check(last, message)) == b"\0"
    assert returned(world, check(key.public, message)) == b"\0"
    assert returned(world, good, check(key.public, message), check(key.public, message)) == b"\0"


def test_a_p256_proof_about_another_instruction_does_not_count(world: TokenWorld) -> None:
    key, message = SigningKey(12345), b"let me in"
    elsewhere = proof(key, message)
    pointing = proof(key, message, message_in=0)
    check = world.chain.call("check_proof", key.public + borsh(message), [reads(SYSVAR)])
    assert returned(world, elsewhere, pointing, check) == b"\0"


def test_a_wrong_instructions_sysvar_is_refused(world: TokenWorld) -> None:
    fake = world.chain.put(bytes(200))
    check = world.chain.call("check_proof", bytes(33) + borsh(b"x"), [reads(fake)])
    assert code_of(world.chain.send(check)) == 2012


def test_the_idls_know_events_and_results(tmp_path: Path) -> None:
    path = tmp_path / "outputs.py"
    path.write_text(SOURCE)
    compiled = compile_program(path, arch="v3")
    assert compiled.idl["events"] == [
        {"name": n, "discriminator": list(hashlib.sha256(f"event:{n}".encode()).digest()[:8])}
        for n in ("Moved", "Felt", "Spoken")
    ]
    types = compiled.idl["types"]
    assert isinstance(types, list)
    assert {
        "name": "Moved",
        "type": {
            "kind": "struct",
            "fields": [
                {"name": "amount", "type": "u64"},
                {"name": "title", "type": "string"},
                {"name": "owner", "type": "pubkey"},
            ],
        },
    } in types
    legacy = compiled.legacy_idl["events"]
    assert isinstance(legacy, list)
    assert legacy[1] == {
        "name": "Felt",
        "fields": [
            {"name": "mood", "type": {"defined": "Mood"}, "index": False},
            {"name": "pair", "type": {"array": ["u16", 2]}, "index": False},
        ],
    }
    instructions = compiled.idl["instructions"]
    assert isinstance(instructions, list)
    given = {i["name"]: i.get("returns") for i in instructions if isinstance(i, dict)}
    assert given["give_text"] == "string"
    assert given["send_events"] is None
    assert writes is not reads
