"""`init` fills in a field `bump: u8` wherever it stands in the class, and no other field."""

from pathlib import Path

import pytest
from conting_compiler.driver import compile_program
from conting_compiler.link.linker import Arch
from seahorse.prelude import Pubkey
from solders.pubkey import Pubkey as RealPubkey

from tests.compiler.differential.pair import Pair, real

ANN = Pubkey.of(bytes([1]) * 32)
SOURCE = """
from seahorse.prelude import *

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class First(Account):
    bump: u8
    name: str


class Behind(Account):
    name: str
    bump: u8


class Between(Account):
    parts: List[u8]
    bump: u8
    name: str


class Wide(Account):
    bump: u64
    name: str


class Key(Account):
    name: str
    bump: Pubkey


@instruction
def first(user: Signer, box: Empty[First]):
    box.init(payer=user, seeds=["first", user], name="x")


@instruction
def behind(user: Signer, box: Empty[Behind]):
    box.init(payer=user, seeds=["behind", user], name="x")


@instruction
def behind_nothing(user: Signer, box: Empty[Behind]):
    box.init_if_empty(payer=user, seeds=["behind_nothing", user])


@instruction
def between(user: Signer, box: Empty[Between], parts: List[u8]):
    made = box.init(payer=user, seeds=["between", user], parts=parts, padding=9)
    made.name = f"{made.bump}"
    made.parts.append(made.bump)


@instruction
def wide(user: Signer, box: Empty[Wide]):
    box.init(payer=user, seeds=["wide", user])


@instruction
def key(user: Signer, box: Empty[Key]):
    box.init(payer=user, seeds=["key", user])


@instruction
def by_key(user: Signer, box: Empty[Behind]):
    box.init(payer=user, bump=7)
"""


@pytest.mark.parametrize("arch", ["v3", "v0"])
def test_a_bump_is_filled_in(arch: Arch, tmp_path: Path) -> None:
    path = tmp_path / "bumps.py"
    path.write_text(SOURCE)
    pair = Pair(path, compile_program(path, arch=arch), [ANN])

    def made(name: str, **arguments: object) -> tuple[bytes, int]:
        seeds = [name.encode(), bytes(ANN)]
        _, bump = RealPubkey.find_program_address(seeds, real(pair.program))
        at = pair.address(*seeds)
        assert pair.run(name, {"user": ANN, "box": at}, arguments) == 0
        return pair.chain.data(at)[8:], bump

    data, bump = made("first")
    assert data == bytes([bump, 1, 0, 0, 0]) + b"x"
    data, bump = made("behind")
    assert data == b"\1\0\0\0x" + bytes([bump])
    data, bump = made("behind_nothing")
    assert data[:5] == bytes([0, 0, 0, 0, bump])
    data, bump = made("between", parts=[5])
    text = str(bump).encode()
    parts = bytes([2, 0, 0, 0, 5, bump, bump])
    assert data[: 11 + len(text)] == parts + bytes([len(text), 0, 0, 0]) + text
    for name in ("wide", "key"):
        assert not any(made(name)[0])
    assert pair.run("by_key", {"user": ANN, "box": Pubkey.of(bytes([3]) * 32)}) == 0
