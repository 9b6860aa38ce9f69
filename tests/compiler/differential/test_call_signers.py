"""Several accounts sign one call by their seeds: a vault pays for an account at another address."""

from pathlib import Path

import pytest
from conting_compiler.driver import compile_program
from conting_compiler.ir.faults import Fault
from conting_compiler.link.linker import Arch
from seahorse.prelude import Pubkey
from solders.pubkey import Pubkey as RealPubkey

from tests.compiler.differential.pair import Pair, real

pytestmark = pytest.mark.slow

SOURCE = """
from seahorse.prelude import *

declare_id('Fg6PaFpoGXkYsidMpWTK6W2BeZ7FEfcYkg476zPFsLnS')


class Safe(Account):
    owner: Pubkey
    bump: u8

    def seeds(self) -> Seeds:
        return ["safe", self.owner]


@instruction
def open_safe(user: Signer, safe: Empty[Safe]):
    safe.init(payer=user, owner=user.key())


@instruction
def found(user: Signer, vault: UncheckedAccount, made: UncheckedAccount, system: Program, n: u64):
    assert system.key() == Pubkey.default(), "system"
    system.invoke(
        accounts=[
            CpiAccount(vault, mut=True, seeds=["vault", user]),
            CpiAccount(made, mut=True, seeds=["made", user, n]),
        ],
        data=bytes_of(u32(0), u64(2_000_000), u64(3), user.key()),
    )


@instruction
def given(
    user: Signer,
    safe: Safe,
    vault: UncheckedAccount,
    made: UncheckedAccount,
    system: Program,
    n: u64,
    bumps: Array[u8, 2],
):
    unchecked("a test of bumps that are given")
    assert system.key() == Pubkey.default(), "system"
    system.invoke(
        accounts=[
            CpiAccount(vault, mut=True, seeds=["vault", user, bumps[0]]),
            CpiAccount(made, mut=True, seeds=["made", user, n, bumps[1]]),
            CpiAccount(safe, signer=True),
            CpiAccount(user, signer=True),
        ],
        data=bytes_of(u32(0), u64(2_000_000), u64(3), user.key()),
    )
"""
ME, OTHER = (Pubkey.of(bytes([n]) * 32) for n in (1, 2))
SYSTEM = Pubkey.default()


def bump_of(pair: Pair, *seeds: bytes) -> int:
    return RealPubkey.find_program_address(list(seeds), real(pair.program))[1]


@pytest.mark.parametrize("arch", ["v3", "v0"])
def test_a_vault_pays_for_another_address(arch: Arch, tmp_path: Path) -> None:
    source = tmp_path / "signers.py"
    source.write_text(SOURCE)
    pair = Pair(source, compile_program(source, arch=arch), [ME, OTHER])
    vault, safe = pair.address(b"vault", bytes(ME)), pair.address(b"safe", bytes(ME))
    pair.chain.airdrop(vault, 10**9)
    pair.svm.airdrop(real(vault), 10**9)
    assert pair.run("open_safe", {"user": ME, "safe": safe}) == 0

    def made(n: int) -> Pubkey:
        return pair.address(b"made", bytes(ME), n.to_bytes(8, "little"))

    accounts = {"user": ME, "vault": vault, "system": SYSTEM}
    assert pair.run("found", {**accounts, "made": made(1)}, {"n": 1}) == 0
    assert pair.run("found", {**accounts, "made": made(1)}, {"n": 2}) == Fault.WRONG_SEEDS
    stranger = {**accounts, "user": OTHER, "made": made(2)}
    assert pair.run("found", stranger, {"n": 2}) == Fault.WRONG_SEEDS
    accounts |= {"safe": safe}
    bumps = [
        bump_of(pair, b"vault", bytes(ME)),
        bump_of(pair, b"made", bytes(ME), (3).to_bytes(8, "little")),
    ]
    assert pair.run("given", {**accounts, "made": made(3)}, {"n": 3, "bumps": bumps}) == 0
    for wrong in ([bumps[0], bumps[1] - 1], [bumps[0] - 1, bumps[1]]):
        arguments = {"n": 3, "bumps": wrong}
        assert pair.run("given", {**accounts, "made": made(3)}, arguments) != 0
    assert pair.chain.lamports(vault) == 10**9 - 2 * 2_000_000
