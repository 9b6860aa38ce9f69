"""Whole programs as a user writes them from the documentation, on CPython, v3 and v0.

The programs are in tests/compiler/samples/domains: an exchange, staking, an escrow, vesting, a
board with motions and votes by tokens, a raffle. `Pair` compares every outcome, account, event and
result.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest
from conting_compiler.driver import compile_program
from conting_compiler.link.linker import Arch
from seahorse.prelude import Pubkey

from tests.compiler.differential.pair import Outcome, Pair

pytestmark = pytest.mark.slow

_PROGRAMS = Path(__file__).parents[1] / "samples" / "domains"
ANN, BOB, CIM = (Pubkey.of(bytes([n]) * 32) for n in (1, 2, 3))
PEOPLE = [ANN, BOB, CIM]
Accounts = dict[str, Pubkey]


@dataclass
class World:
    """One program on both machines, with mints and purses."""

    pair: Pair
    now: int = 1000

    def at(self, *seeds: "bytes | Pubkey") -> Pubkey:
        """An address of the program."""
        return self.pair.address(*map(bytes, seeds))

    def mint(self, number: int) -> Pubkey:
        """A mint of Ann's, of which Bob and Cim too have 10,000."""
        mint = self.at(b"mint", bytes([number]))
        assert self.run("make_mint", {"payer": ANN, "mint": mint}, number=number) == 0
        for owner in PEOPLE:
            purse = {"payer": ANN, "mint": mint, "purse": self.purse(mint, owner)}
            assert self.run("make_purse", {**purse, "owner": owner}) == 0
            assert self.run("fund", purse, amount=10_000) == 0
        return mint

    def purse(self, mint: Pubkey, owner: Pubkey) -> Pubkey:
        """Somebody's token account."""
        return self.at(b"purse", mint, owner)

    def wait(self, seconds: int) -> None:
        """Both clocks go on."""
        self.now += seconds
        clock = self.pair.svm.get_clock()
        clock.unix_timestamp = self.now
        self.pair.svm.set_clock(clock)
        model = self.pair.chain.clock
        model.unix_timestamp, model.slot, model.epoch = self.now, clock.slot, clock.epoch

    def run(self, name: str, accounts: Mapping[str, Pubkey], **arguments: object) -> Outcome:
        """One instruction on both machines."""
        return self.pair.run(name, accounts, arguments)


def exchange(world: World) -> list[Outcome]:
    """Liquidity, swaps both ways, and everybody leaves."""
    mints = {"mint_a": world.mint(0), "mint_b": world.mint(1)}
    pool = world.at(b"pool", *mints.values())
    vaults = {"a": world.at(b"a", pool), "b": world.at(b"b", pool)}
    common = {"pool": pool, **mints, **vaults, "shares": world.at(b"shares", pool)}
    found = [world.run("open_pool", {"payer": ANN, **common})]
    for owner in PEOPLE:
        to = world.purse(common["shares"], owner)
        purse = {"payer": ANN, "owner": owner, "mint": common["shares"], "purse": to}
        found.append(world.run("make_purse", purse))

    def of(user: Pubkey) -> Accounts:
        purses = {f"from_{x}": world.purse(mints[f"mint_{x}"], user) for x in "ab"}
        return {"user": user, **common, **purses, "to": world.purse(common["shares"], user)}

    for user, a, b in ((ANN, 4000, 1000), (BOB, 400, 999), (CIM, 1, 0), (CIM, 20_000, 9)):
        found.append(world.run("give", of(user), amount_a=a, amount_b=b))
    chosen = random.Random(3)
    for _ in range(8):
        asked = {"paid": chosen.choice([0, 1, 77, 3000]), "least": chosen.choice([0, 5])}
        user = chosen.choice(PEOPLE)
        found.append(world.run("swap", of(user), **asked, forth=chosen.random() < 0.5))
    found.append(world.run("swap", {**of(BOB), "a": vaults["b"]}, paid=5, least=0, forth=True))
    found += [world.run("leave", of(user), amount=n) for user, n in ((BOB, 50), (BOB, 9999))]
    return [
        *found,
        world.run("leave", {**of(ANN), "b": world.purse(mints["mint_b"], ANN)}, amount=1),
    ]


def staking(world: World) -> list[Outcome]:
    """Two who stake in turns, while time goes by."""
    coin, prize = world.mint(0), world.mint(1)
    farm = world.at(b"farm", coin)
    boxes = {"vault": world.at(b"vault", farm), "till": world.at(b"till", farm)}
    opened = {"owner": ANN, "farm": farm, "coin": coin, "prize": prize, **boxes}
    found = [world.run("open_farm", opened, rate=7)]
    found.append(
        world.run("fund", {"payer": ANN, "mint": prize, "purse": boxes["till"]}, amount=99)
    )

    def of(owner: Pubkey) -> Accounts:
        stake = world.at(b"stake", farm, owner)
        own = {"owner": owner, "farm": farm, "stake": stake, "coin": coin, **boxes}
        return {**own, "purse": world.purse(coin, owner), "to": world.purse(prize, owner)}

    found += [world.run("join", of(each)) for each in (BOB, CIM, BOB)]
    for who, what, amount, seconds in [
        (BOB, "put", 100, 3), (CIM, "put", 33, 5), (CIM, "claim", 0, 0), (BOB, "take", 99, 11),
        (CIM, "take", 34, 1), (BOB, "claim", 0, 2), (CIM, "put", 10_000, 1), (BOB, "claim", 0, 9),
        (CIM, "claim", 0, 9), (BOB, "take", 1, 50), (CIM, "take", 33, 0), (CIM, "claim", 0, 1),
    ]:  # fmt: skip
        world.wait(seconds)
        found.append(world.run(what, of(who), **({} if what == "claim" else {"amount": amount})))
    found.append(world.run("put", {**of(BOB), "vault": world.purse(coin, BOB)}, amount=1))
    return [*found, world.run("take", {**of(BOB), "stake": of(CIM)["stake"]}, amount=1)]


def escrow(world: World) -> list[Outcome]:
    """Offers for everybody and for one, taken, taken again, and taken back."""
    gives, wants = world.mint(0), world.mint(1)
    found: list[Outcome] = []
    for number, only in enumerate((None, CIM, None)):
        offer = world.at(b"offer", ANN, number.to_bytes(4, "little"))
        box = {"offer": offer, "vault": world.at(b"box", offer)}
        own = {"maker": ANN, **box, "purse": world.purse(gives, ANN)}
        terms = {"amount": 5 + number, "price": 70, "only": only, "number": number}
        found.append(world.run("make", {**own, "gives": gives, "wants": wants}, **terms))
        for taker, paid in ((BOB, BOB), (BOB, ANN), (CIM, ANN)):
            sides = {"pays": world.purse(wants, taker), "paid": world.purse(wants, paid)}
            accounts = {
                "taker": taker,
                "maker": ANN,
                **box,
                **sides,
                "to": world.purse(gives, taker),
            }
            if number < 2:
                found.append(world.run("accept", accounts, number=number))
        found.append(world.run("cancel", {**own, "maker": BOB}, number=number))
        found.append(world.run("cancel", own, number=number))
    return found


def vesting(world: World) -> list[Outcome]:
    """A plan of months, paid out now and then, and revoked."""
    mint = world.mint(0)
    at = world.at(b"grant", ANN, BOB)
    common = {"giver": ANN, "heir": BOB, "grant_": at, "vault": world.at(b"box", at)}
    made = {**common, "mint": mint, "purse": world.purse(mint, ANN)}
    found = [world.run("grant", made, total=1001, cliff=100, step=30, steps=0)]
    found.append(world.run("grant", made, total=1001, cliff=100, step=30, steps=7))
    for seconds in (99, 1, 29, 60, 500):
        world.wait(seconds)
        found.append(world.run("release", {**common, "to": world.purse(mint, BOB)}))
        if seconds == 29:
            found.append(
                world.run("release", {**common, "heir": CIM, "to": world.purse(mint, CIM)})
            )
        if seconds == 60:
            for giver in (CIM, ANN, ANN):
                back = {**common, "giver": giver, "to": world.purse(mint, ANN)}
                found.append(world.run("revoke", back))
    return found


def board(world: World) -> list[Outcome]:
    """Members come and go; nobody pays without two of them."""
    mint = world.mint(0)
    at = world.at(b"board", ANN)
    first = {"first": ANN, "board": at, "mint": mint}
    found = [world.run("found", first, members=[BOB, ANN], needed=2)]
    found.append(world.run("found", first, members=[BOB], needed=2))
    entry = world.pair.chain.programs[world.pair.program].entry("move")
    kinds = next(each.kind for each in entry.arguments if each.name == "kind")
    for number, (kind, whom, amount) in enumerate(
        [("ADMIT", CIM, 0), ("PAY", CIM, 5), ("DISMISS", BOB, 0), ("DISMISS", ANN, 0)]
    ):
        motion = world.at(b"motion", at, number.to_bytes(4, "little"))
        on = {"board": at, "motion": motion}
        asked = {"kind": getattr(kinds, kind), "whom": whom, "amount": amount}
        found += [world.run("move", {"member": each, **on}, **asked) for each in (CIM, ANN)]
        found += [world.run("sign", {"member": each, **on}) for each in (ANN, BOB)]
        for voter, purse in ((BOB, BOB), (BOB, BOB), (CIM, ANN)):
            ballot = {
                "tokens": world.purse(mint, purse),
                "ballot": world.at(b"ballot", motion, voter),
            }
            found.append(world.run("weigh", {"voter": voter, **on, **ballot}))
        for member, paid in ((ANN, ANN), (CIM, whom), (ANN, whom), (ANN, whom)):
            found.append(world.run("carry_out", {"member": member, "whom": paid, **on}))
    return found


def raffle(world: World) -> list[Outcome]:
    """Tickets, a draw with the right secret only, and the pot."""
    at = world.at(b"raffle", b"cake")
    hash_ = list(sha256(b"plum").digest())
    opened = {"house": ANN, "raffle": at}
    found = [world.run("open_raffle", opened, title="", price=9, lasts=60, hash=hash_)]
    found.append(world.run("open_raffle", opened, title="cake", price=9, lasts=60, hash=hash_))
    for buyer, number, many in ((BOB, 2**64 - 1, 1), (CIM, 7, 3), (BOB, 2**64 - 1, 2), (ANN, 0, 0)):
        found.append(world.run("buy", {"buyer": buyer, "raffle": at}, number=number, many=many))
        found.append(world.run("tally", {"raffle": at}))
    found.append(world.run("draw", {"raffle": at}, secret="plum"))
    world.wait(60)
    found.append(world.run("buy", {"buyer": BOB, "raffle": at}, number=1, many=1))
    found += [world.run("draw", {"raffle": at}, secret=each) for each in ("pear", "plum", "plum")]
    return [*found, *(world.run("pay", {"winner": each, "raffle": at}) for each in PEOPLE)]


@pytest.mark.parametrize("arch", ["v3", "v0"])
@pytest.mark.parametrize("story", [exchange, staking, escrow, vesting, board, raffle])
def test_a_domain(story: Callable[[World], list[Outcome]], arch: Arch, tmp_path: Path) -> None:
    path = tmp_path / f"{story.__name__}.py"
    path.write_text((_PROGRAMS / f"{story.__name__}.txt").read_text())
    world = World(Pair(path, compile_program(path, arch=arch), PEOPLE))
    world.wait(0)
    found = story(world)
    assert 0 in found
    assert len(set(found)) > 2, found
