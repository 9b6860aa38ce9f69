"""The proof of a membership, as other programs check it: a small program that asks."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import pytest
from conting_client.generated import family
from conting_compiler.driver import Compiled, compile_program
from solders.instruction import Instruction
from solders.pubkey import Pubkey

from tests.compiled import PROGRAMS
from tests.programs.family_calls import CALLS, Stage, leaving
from tests.programs.people import COOL_DOWN, NO_LEAF, Household, Human, Proof, household
from tests.programs.world import World

ADDRESS = Pubkey(b"\x51" * 32)
ASKER = f"""
from family.state import Family, Person
from identity.membership import Membership, is_in_force, is_member, is_since
from seahorse.prelude import *

declare_id("{ADDRESS}")


@instruction
def ask(family: Family, person: Person, clock: Clock, shown: Membership, since: i64):
    assert is_in_force(family, clock.unix_timestamp()), "family over"
    assert is_member(family, person, shown), "no member"
    assert is_since(person, shown, since), "too young"
"""
OK, OVER, NO_MEMBER, TOO_YOUNG = range(5999, 6003)


@cache
def asker() -> Compiled:
    with TemporaryDirectory() as folder:
        for name in ("family", "identity"):
            shutil.copytree(PROGRAMS / name, Path(folder) / name)
        program = Path(folder) / "asker.py"
        program.write_text(ASKER)
        return compile_program(program)


@cache
def client() -> Any:
    module = ModuleType("asker")
    exec(asker().client, vars(module))
    return module


class Door:
    """Asks whether somebody is of a family."""

    def __init__(self) -> None:
        self.on = Stage(World())
        self.world = self.on.world
        self.world.svm.add_program(ADDRESS, asker().elf)

    def call(
        self, home: Household, human: Human, shown: Proof, since: int | None = None
    ) -> Instruction:
        made: Instruction = client().ask(
            family=home.family,
            person=human.person,
            shown=client().Membership(
                index=shown.index,
                role=shown.role,
                joined_at=shown.joined_at,
                salt=shown.salt,
                siblings=shown.siblings,
            ),
            since=self.world.now if since is None else since,
        )
        return made

    def ask(self, home: Household, human: Human, shown: Proof, since: int | None = None) -> int:
        """OK, or the number of the refusal."""
        call = self.call(home, human, shown, since)
        outcome = self.world.send(call, by=self.world.actor())
        if outcome.accepted:
            return OK
        return int(outcome.error.rpartition(":")[2])


@pytest.fixture
def door() -> Door:
    return Door()


def test_six_members(door: Door) -> None:
    members = [door.on.office.person() for _ in range(6)]
    home = household(door.on.office, *members)
    assert [door.ask(home, each, home.proof(each)) for each in members] == [OK] * 6


def test_cost(door: Door) -> None:
    home = household(door.on.office, *(door.on.office.person() for _ in range(6)))
    (ann, *_) = [Human(door.on.wallet, door.on.wallet, key) for key in home.members]
    outcome = door.world.send(door.call(home, ann, home.proof(ann)), by=door.world.actor())
    assert outcome.accepted
    assert outcome.units <= 2_500


def test_age(door: Door) -> None:
    """Both dates count: the issuer's word for joining, and the chain's clock for consent."""
    ann, home = door.on.ann, household(door.on.office)
    start = door.world.now
    home.join(ann)
    door.world.wait(100)
    door.world.must(door.world.send(home.consent(ann), by=ann.wallet))
    assert door.ask(home, ann, home.proof(ann), start + 99) == TOO_YOUNG
    assert door.ask(home, ann, home.proof(ann), start + 100) == OK
    assert door.ask(home, ann, home.proof(ann), start - 1) == TOO_YOUNG


@pytest.mark.attack
def test_a_leaf_that_was_dated_back(door: Door) -> None:
    """A bribed issuer writes last year into the leaf; consent has the chain's own time."""
    ann, home = door.on.ann, household(door.on.office)
    now = door.world.now
    door.world.at(now - 10_000_000)
    home.join(ann)
    door.world.at(now)
    door.world.must(door.world.send(home.consent(ann), by=ann.wallet))
    assert door.ask(home, ann, home.proof(ann), now) == OK
    assert door.ask(home, ann, home.proof(ann), now - 1) == TOO_YOUNG


Forgery = Callable[[Proof], Proof]
FORGERIES: dict[str, Forgery] = {
    "index": lambda p: replace(p, index=p.index ^ 1),
    "role": lambda p: replace(p, role=p.role + 1),
    "older": lambda p: replace(p, joined_at=p.joined_at - 1),
    "salt": lambda p: replace(p, salt=bytes(32)),
    "sibling 0": lambda p: replace(p, siblings=(NO_LEAF, *p.siblings[1:])),
    "sibling 1": lambda p: replace(p, siblings=(p.siblings[0], NO_LEAF, p.siblings[2])),
    "sibling 2": lambda p: replace(p, siblings=(*p.siblings[:2], NO_LEAF)),
    "upside down": lambda p: replace(p, siblings=p.siblings[::-1]),
}


@pytest.mark.attack
@pytest.mark.parametrize("how", FORGERIES)
def test_a_forged_proof(door: Door, how: str) -> None:
    members = [door.on.office.person() for _ in range(3)]
    home = household(door.on.office, *members)
    shown = home.proof(members[1])
    assert door.ask(home, members[1], FORGERIES[how](shown)) == NO_MEMBER
    assert door.ask(home, members[1], shown) == OK


@pytest.mark.attack
def test_somebody_elses_proof(door: Door) -> None:
    ann, bob, eve = (door.on.office.person() for _ in range(3))
    home, other = household(door.on.office, ann, bob), household(door.on.office, eve)
    assert door.ask(home, bob, home.proof(ann)) == NO_MEMBER
    assert door.ask(home, eve, home.proof(ann)) == NO_MEMBER
    assert door.ask(other, ann, home.proof(ann)) == NO_MEMBER
    assert door.ask(home, eve, other.proof(eve)) == NO_MEMBER


@pytest.mark.attack
def test_in_two_trees_and_agreed_to_one(door: Door) -> None:
    ann = door.on.ann
    home, other = household(door.on.office, ann), household(door.on.office)
    other.join(ann)
    assert door.ask(home, ann, home.proof(ann)) == OK
    assert door.ask(other, ann, other.proof(ann)) == NO_MEMBER
    door.world.must(door.world.send(leaving(ann), by=ann.wallet))
    assert door.ask(home, ann, home.proof(ann)) == NO_MEMBER
    door.world.wait(COOL_DOWN)
    door.world.must(door.world.send(other.consent(ann), by=ann.wallet))
    assert door.ask(home, ann, home.proof(ann)) == NO_MEMBER
    assert door.ask(other, ann, other.proof(ann)) == OK


@pytest.mark.attack
def test_in_the_tree_without_consent(door: Door) -> None:
    ann, home = door.on.ann, household(door.on.office)
    home.join(ann)
    assert door.ask(home, ann, home.proof(ann)) == NO_MEMBER


@pytest.mark.attack
def test_consent_without_a_place_in_the_tree(door: Door) -> None:
    ann, home = door.on.ann, door.on.home
    shown = home.proof(ann)
    assert door.ask(home, ann, shown) == OK
    door.world.must(door.world.send(home.removal(ann), by=door.on.office.authority))
    home.leaves[shown.index] = NO_LEAF
    assert door.ask(home, ann, shown) == NO_MEMBER


@pytest.mark.attack
def test_a_proof_of_yesterdays_tree(door: Door) -> None:
    ann, home = door.on.ann, door.on.home
    shown = home.proof(ann)
    home.join(door.on.office.person(), 1)
    assert door.ask(home, ann, shown) == NO_MEMBER
    assert door.ask(home, ann, home.proof(ann)) == OK


@pytest.mark.attack
def test_a_family_that_is_over(door: Door) -> None:
    ann, home = door.on.ann, door.on.home
    end = door.world.read(family.Family, home.family).valid_until
    revoke = CALLS["revoke_family"](door.on)
    door.world.at(end - 1)
    assert door.ask(home, ann, home.proof(ann)) == OK
    door.world.at(end)
    assert door.ask(home, ann, home.proof(ann)) == OVER
    door.world.at(end - 1)
    door.world.must(door.world.send(revoke.instruction, by=revoke.signers))
    assert door.ask(home, ann, home.proof(ann)) == OVER


def test_after_moving_the_member_is_the_same(door: Door) -> None:
    """Who moves to another wallet stays in the family."""
    ann, home = door.on.ann, door.on.home
    door.on.moving()
    door.world.wait(86_400)
    move = family.finish_rebinding(person=ann.person)
    door.world.must(door.world.send(move, by=door.world.actor()))
    assert door.ask(home, ann, home.proof(ann)) == OK
