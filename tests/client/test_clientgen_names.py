"""Clients of programs whose parameters have names that the generated text uses itself."""

import struct
from pathlib import Path
from types import ModuleType

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
