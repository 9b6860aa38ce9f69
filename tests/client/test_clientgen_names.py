"""Clients of programs whose names are ones that the generated text uses itself."""

import struct
from hashlib import sha256
from pathlib import Path
from types import ModuleType

import pytest
from conting_compiler.clientgen import generate
from conting_compiler.frontend import build
from conting_compiler.idl import build_idl
from solders.pubkey import Pubkey

SOURCE = """
from seahorse.prelude import *

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Box(Account):
    bump: u8
    bytes: u64
    owner: Pubkey

    def seeds(self) -> Seeds:
        return ["box", self.owner]


@instruction
def make(bytes: Signer, Instruction: Empty[Box], program_id: Pubkey, AccountMeta: u64):
    box = Instruction.init(payer=bytes, owner=program_id)
    box.bytes = AccountMeta
"""

SHELF = """
from seahorse.prelude import *

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Shelf(Account):
    books: u8


@instruction
def put(owner: Signer, shelf: Empty[Shelf], name: str):
    shelf.init(payer=owner, seeds=[name])
"""


def test_they_get_an_underscore(tmp_path: Path) -> None:
    path = tmp_path / "names.py"
    path.write_text(SOURCE)
    client = ModuleType("client")
    exec(generate(build_idl(build(path))), vars(client))
    signer, key = Pubkey(bytes([1] * 32)), Pubkey(bytes([2] * 32))
    made = client.make(bytes_=signer, program_id_=key, AccountMeta_=5)
    place, _ = Pubkey.find_program_address([b"box", bytes(key)], client.PROGRAM_ID)
    assert [each.pubkey for each in made.accounts][:2] == [signer, place]
    assert made.data[8:] == bytes(key) + struct.pack("<Q", 5)
    assert made.program_id == client.PROGRAM_ID


HOSTILE = """
from seahorse.prelude import *

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Instruction(Enum):
    PUT = 1
    TAKE = 2


@dataclass
class Sized:
    length: f64


class PROGRAM_ID(Account):
    decode: u8
    DISCRIMINATOR: Option[str]
    last: Instruction
    sizes: List[Sized]


class ErrorCode(Event):
    instruction: Instruction

    def __init__(self, instruction: Instruction):
        self.instruction = instruction


@instruction
def tuple(box: PROGRAM_ID, last: Instruction, sizes: List[Sized]):
    box.last = last
    box.sizes = sizes
    ErrorCode(last).emit()


"""
CALLED = ("bool", "dict", "float", "int", "len", "range", "struct", "unique", "DecodeError")


def test_the_module_uses_what_it_means(tmp_path: Path) -> None:
    """Functions and classes get an underscore, fields too; on chain they are called as written."""
    path = tmp_path / "hostile.py"
    others = "".join(f"@instruction\ndef {name}(count: u64):\n    pass\n\n\n" for name in CALLED)
    path.write_text(HOSTILE + others)
    client = ModuleType("client")
    exec(generate(build_idl(build(path))), vars(client))
    box = Pubkey(bytes([1] * 32))
    sizes = [client.Sized_(length=1.5)]
    made = client.tuple_(box=box, last=client.Instruction_.TAKE, sizes=sizes)
    assert made.data[8:] == b"\1" + struct.pack("<Id", 1, 1.5)
    assert made.data[:8] == sha256(b"global:tuple").digest()[:8]
    held = b"\7" + b"\1\2\0\0\0ab" + made.data[8:]
    read = client.PROGRAM_ID_.decode(sha256(b"account:PROGRAM_ID").digest()[:8] + held)
    assert (read.decode_, read.DISCRIMINATOR_) == (7, "ab")
    assert (read.last, list(read.sizes)) == (client.Instruction_.TAKE, sizes)
    for name in CALLED:
        call = getattr(client, f"{name}_")(count=3)
        assert client.INSTRUCTIONS[call.data[:8]] == (name,)


def test_a_text_that_is_too_long_for_an_address_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "shelf.py"
    path.write_text(SHELF)
    client = ModuleType("client")
    exec(generate(build_idl(build(path))), vars(client))
    owner = Pubkey(bytes([1] * 32))
    place, _ = Pubkey.find_program_address([b"x" * 32], client.PROGRAM_ID)
    assert client.put(owner=owner, name="x" * 32).accounts[1].pubkey == place
    with pytest.raises(ValueError, match="name has 34 bytes; a seed of an address has at most 32"):
        client.put(owner=owner, name="é" * 17)
