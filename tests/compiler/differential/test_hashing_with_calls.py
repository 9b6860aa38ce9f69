"""Hashes together with calls of other programs, accounts that are made, and events, in one
function: what a hash is made of, and what it gives, must outlive them.
"""

import random
from hashlib import sha256
from pathlib import Path

import pytest
from conting_compiler.driver import compile_program
from conting_compiler.link.linker import Arch
from seahorse.keccak import keccak_256
from seahorse.prelude import Pubkey

from tests.compiler.differential.pair import Pair

pytestmark = pytest.mark.slow

SOURCE = """
from seahorse.prelude import *

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Chain(Account):
    owner: Pubkey
    bump: u8
    links: u64
    head: Pubkey
    purse: Pubkey

    def seeds(self) -> Seeds:
        return ["chain", self.owner]


class Link(Account):
    before: Pubkey
    note: str
    digest: Array[u8, 32]


class Linked(Event):
    who: Pubkey
    number: u64
    before: Pubkey
    digest: Pubkey
    note: str


def mixed(one: Pubkey, other: bytes, rounds: u8) -> Pubkey:
    found = one
    for turn in range(rounds):
        if turn % 2 == 0:
            found = Pubkey.from_bytes(sha256(bytes_of(found, other)))
        else:
            found = Pubkey.from_bytes(keccak256(bytes_of(other, found, turn)))
    return found


@instruction
def begin(user: Signer, chain: Empty[Chain], coin: Empty[TokenMint], purse: Empty[TokenAccount]):
    first = sha256(bytes_of("begin", user.key()))
    made = chain.init(payer=user, owner=user.key(), head=Pubkey.from_bytes(first))
    again = keccak256(bytes_of(first, made.bump))
    mint = coin.init(payer=user, seeds=["coin", made], decimals=0, authority=made)
    tokens = purse.init(payer=user, seeds=["purse", made], mint=mint, authority=user)
    made.purse = tokens.key()
    mint.mint(authority=made, to=tokens, amount=1000)
    made.head = Pubkey.from_bytes(sha256(bytes_of(again, first, mint.key(), tokens.amount())))
    Linked(user.key(), 0, Pubkey.from_bytes(again), made.head, "begin").emit()


@instruction
def add(
    user: Signer,
    chain: Chain,
    link: Empty[Link],
    coin: TokenMint,
    purse: TokenAccount,
    note: str,
    salt: bytes,
    rounds: u8,
) -> Array[u8, 32]:
    assert chain.owner == user.key() and chain.purse == purse.key()
    start = chain.head
    digest = mixed(start, bytes_of(note, salt), rounds)
    own = sha256(bytes_of(digest))
    made = link.init(payer=user, seeds=["link", chain, digest], before=start, note=note, digest=own)
    coin.burn(authority=user, holder=purse, amount=u64(own[0]) % 7)
    left = keccak256(bytes_of(digest, purse.amount(), coin.supply()))
    Linked(user.key(), chain.links, start, Pubkey.from_bytes(left), note + "!").emit()
    user.transfer_lamports(chain, u64(left[1]))
    count = 0
    for each in left:
        if each > own[31]:
            count += 1
    chain.links += count
    chain.head = Pubkey.from_bytes(sha256(bytes_of(left, made.digest, start, count)))
    Linked(chain.key(), chain.links, made.before, chain.head, made.note).emit()
    assert chain.links % 13 != 12, "an unlucky number"
    return keccak256(bytes_of(chain.head, left, digest, chain.lamports()))


@instruction
def end(user: Signer, chain: Chain, link: Link, salt: bytes):
    assert chain.owner == user.key()
    digest = sha256(bytes_of(link.before, link.note, salt))
    assert sha256(bytes_of(digest)) == link.digest, "the salt is another"
    before = link.before
    link.close(user)
    chain.head = Pubkey.from_bytes(keccak256(bytes_of(before, digest, chain.head)))
    Linked(user.key(), chain.links, before, chain.head, "end").emit()
"""
USER = Pubkey.of(bytes([3]) * 32)


def _opened(path: Path, arch: Arch, *, compact: bool) -> tuple[Pair, dict[str, Pubkey]]:
    path.write_text(SOURCE)
    pair = Pair(path, compile_program(path, arch=arch, compact=compact), [USER])
    chain = pair.address(b"chain", bytes(USER))
    accounts = {
        "user": USER,
        "chain": chain,
        "coin": pair.address(b"coin", bytes(chain)),
        "purse": pair.address(b"purse", bytes(chain)),
    }
    assert pair.run("begin", accounts) == 0
    return pair, accounts


@pytest.mark.parametrize("compact", [False, True], ids=["in-place", "shared"])
@pytest.mark.parametrize("arch", ["v3", "v0"])
def test_they_agree(arch: Arch, compact: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a case
    chosen = random.Random(arch)
    pair, accounts = _opened(tmp_path / "chain.py", arch, compact=compact)
    outcomes = []
    for number in range(16):
        note = chosen.choice(["", "a", "é" * 9, "x" * 40])
        salt = chosen.randbytes(chosen.choice([0, 1, 32, 70]))
        rounds = 1 if number % 3 else chosen.randrange(9)
        head = pair.chain.data(accounts["chain"])[-64:-32]
        digest = _mixed(head, note.encode() + salt, rounds)
        link = pair.address(b"link", bytes(accounts["chain"]), digest)
        arguments = {"note": note, "salt": salt, "rounds": rounds}
        outcomes.append(pair.run("add", {**accounts, "link": link}, arguments))
        if outcomes[-1] == 0 and number % 2:
            some = {"salt": salt if number % 4 == 1 else salt + b"?"}
            outcomes.append(pair.run("end", {**accounts, "link": link}, some))
    assert outcomes.count(0) > len(outcomes) // 2


def _mixed(one: bytes, other: bytes, rounds: int) -> bytes:
    """As the program's own: where the address of the next link is."""
    for turn in range(rounds):
        if turn % 2 == 0:
            one = sha256(one + other).digest()
        else:
            whole = other + one + turn.to_bytes(1, "little")
            one = keccak_256(whole)
    return one
