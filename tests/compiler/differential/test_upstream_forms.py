"""Calls in every form that the original Seahorse takes, on CPython, v3 and v0."""

from pathlib import Path

import pytest
from conting_compiler.driver import compile_program
from conting_compiler.link.linker import Arch
from seahorse.prelude import Pubkey

from tests.compiler.differential.pair import Pair

pytestmark = pytest.mark.slow

ANN, BOB = (Pubkey.of(bytes([n]) * 32) for n in (1, 2))
NO_VALUE, WRONG_SEEDS = 5507, 2006
SOURCE = """
from seahorse.prelude import *

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Box(Account):
    n: u64


class Said(Event):
    text: str

    def __init__(self, text: str):
        self.text = text


@instruction
def without_names(user: Signer, box: Empty[Box], number: u16):
    made = box.init(user, ["box", user, [1, 2], number])
    address, bump = Pubkey.find_program_address(["box", user, [1, 2], number])
    Said(f"{box.bump() == bump} {address == made.key()}").emit()


@instruction
def mints(
    user: Signer, mint: Empty[TokenMint], fixed: Empty[TokenMint], purse: Empty[TokenAccount]
):
    coin = mint.init(user, ["mint"], decimals=2, authority=user, freeze_authority=user)
    fixed.init(user, ["fixed"], decimals=0, authority=user)
    made = purse.init(user, ["purse", [7, 8, 9]], mint=coin, authority=user)
    coin.mint(user, made, 100)
    coin.burn(user, made, 1)
    Said(f"{coin.freeze_authority()} {coin.authority()} {mint.bump()} {purse.bump()}").emit()


@instruction
def may_freeze(mint: TokenMint):
    Said(f"{mint.freeze_authority()}").emit()


@instruction
def pay(user: Signer, box: Box, to: UncheckedAccount):
    unchecked("a test")
    user.transfer_lamports(box, 10)
    box.transfer_lamports(to, 10)
"""


@pytest.mark.parametrize("arch", ["v3", "v0"])
def test_they_mean_the_same(arch: Arch, tmp_path: Path) -> None:
    path = tmp_path / "forms.py"
    path.write_text(SOURCE)
    pair = Pair(path, compile_program(path, arch=arch), [ANN, BOB])
    box = pair.address(b"box", bytes(ANN), b"\1\2", b"\5\0")
    assert pair.run("without_names", {"user": ANN, "box": box}, {"number": 6}) == WRONG_SEEDS
    assert pair.run("without_names", {"user": ANN, "box": box}, {"number": 5}) == 0
    places = {name: pair.address(name.encode()) for name in ("mint", "fixed")}
    purse = pair.address(b"purse", b"\7\x08\x09")
    assert pair.run("mints", {"user": ANN, "purse": purse, **places}) == 0
    assert pair.run("may_freeze", {"mint": places["mint"]}) == 0
    assert pair.run("may_freeze", {"mint": places["fixed"]}) == NO_VALUE
    assert pair.run("pay", {"user": ANN, "box": box, "to": BOB}) == 0
