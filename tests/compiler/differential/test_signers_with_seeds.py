"""Public programs name seeds for somebody who signs the transaction anyway: they do not matter."""

from pathlib import Path

import pytest
from conting_compiler.driver import compile_program
from seahorse.prelude import Pubkey

from tests.compiler.differential.pair import Pair, real

pytestmark = pytest.mark.slow

SOURCE = """
from seahorse.prelude import *

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


@instruction
def start(user: Signer, coin: Empty[TokenMint], purse: Empty[TokenAccount]):
    mint = coin.init(payer=user, seeds=["coin"], decimals=0, authority=user)
    mine = purse.init(payer=user, seeds=["purse"], mint=mint, authority=user)
    mint.mint(authority=user, to=mine, amount=100, signer=[user])


@instruction
def move(user: Signer, purse: TokenAccount, to: Empty[TokenAccount], coin: TokenMint, bump: u8):
    made = to.init(payer=user, seeds=["to", coin], mint=coin, authority=user)
    purse.transfer(authority=user, to=made, amount=3, signer=[user])
    purse.transfer(user, made, 4, ["no such address", user, bump])


@instruction
def send(user: Signer, to: UncheckedAccount, program: Program):
    assert program.key() == Pubkey.default(), "the System program"
    program.invoke(
        accounts=[CpiAccount(user, mut=True, seeds=[user]), CpiAccount(to, mut=True)],
        data=bytes_of(u32(2), u64(10**7)),
    )
"""
PEOPLE = [Pubkey.of(bytes([n]) * 32) for n in range(1, 7)]
"""The seeds `[key]` lead to no address for about half of all people: there the original fails."""


def test_they_sign_without_them(tmp_path: Path) -> None:
    path = tmp_path / "moves.py"
    path.write_text(SOURCE)
    compiled = compile_program(path)
    for user in PEOPLE:
        machines = Pair(path, compiled, PEOPLE)
        coin, purse = machines.address(b"coin"), machines.address(b"purse")
        to = machines.address(b"to", bytes(coin))
        assert machines.run("start", {"user": user, "coin": coin, "purse": purse}) == 0
        accounts = {"user": user, "purse": purse, "to": to, "coin": coin}
        assert machines.run("move", accounts, {"bump": 7}) == 0
        token = machines.svm.get_account(real(to))
        assert token is not None
        assert token.data[64:72] == bytes([7, *bytes(7)])
        other = PEOPLE[0] if user != PEOPLE[0] else PEOPLE[1]
        accounts = {"user": user, "to": other, "program": Pubkey.default()}
        assert machines.run("send", accounts) == 0
