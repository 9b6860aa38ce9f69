"""What a stranger who has the whole chain can find out about who is of which family."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pytest
from conting_client.generated import family
from solders.pubkey import Pubkey

from tests.programs.family_calls import Stage
from tests.programs.people import Household, Human, consent_to, household
from tests.programs.world import World

pytestmark = pytest.mark.attack
HASH = 32


@dataclass(frozen=True)
class Town:
    """Two families of two, and two persons who are of none."""

    world: World
    hubs: frozenset[Pubkey]
    """Who appears everywhere, and therefore tells nothing: the issuer and programs."""
    homes: tuple[Household, Household]
    humans: tuple[Human, ...]


@pytest.fixture(scope="module")
def town() -> Town:
    on = Stage(World())
    humans = tuple(on.office.person() for _ in range(6))
    homes = household(on.office), household(on.office)
    for home, members in zip(homes, (humans[:2], humans[2:4]), strict=True):
        for human in members:
            home.join(human)
    for home, number in zip((homes[1], homes[0]) * 2, (2, 0, 3, 1), strict=True):
        call = home.consent(humans[number])
        on.world.must(on.world.send(call, by=humans[number].wallet))
    hubs = {on.office.issuer, on.office.authority.pubkey(), family.PROGRAM_ID, Pubkey.default()}
    return Town(on.world, frozenset(hubs), homes, humans)


def windows(data: bytes) -> Iterator[bytes]:
    """Every 32 bytes in a row."""
    return (data[at : at + HASH] for at in range(len(data) - HASH + 1))


def everything(town: Town) -> set[bytes]:
    """All that stands on the chain and could be a key, a hash or a salt."""
    messages = [bytes(message) for message, _ in town.world.sent]
    logs = [line.encode() for _, outcome in town.world.sent for line in outcome.logs]
    accounts = [bytes(account.data) for _, account in town.world.accounts()]
    return {found for data in (*messages, *logs, *accounts) for found in windows(data)}


def linked(town: Town, start: Pubkey) -> set[Pubkey]:
    """All keys that stand in a transaction with `start`, or with such a key, and so on."""
    named = [set(message.account_keys) - town.hubs for message, _ in town.world.sent]
    found = {start}
    while more := {k for keys in named if keys & found for k in keys} - found:
        found |= more
    return found


def families_of(human: Human, leaves: Iterable[bytes], salts: Iterable[bytes], town: Town) -> int:
    """How many leaves the person turns out to have agreed to, given what could be the salt."""
    kept = town.world.read(family.Person, human.person).membership
    salts = list(salts)
    return sum(consent_to(leaf, salt) == kept for leaf in leaves for salt in salts)


def test_no_transaction_names_both(town: Town) -> None:
    persons = {key for h in town.humans for key in (h.person, h.wallet.pubkey())}
    for home in town.homes:
        around = linked(town, home.family) | linked(town, home.guardian.pubkey())
        assert home.guardian.pubkey() in around
        assert not around & persons
        assert not any(bytes(key) in data for key in persons for data in family_data(town, home))


def family_data(town: Town, home: Household) -> list[bytes]:
    """All bytes of transactions and accounts that name the family."""
    messages = [bytes(m) for m, _ in town.world.sent if home.family in m.account_keys]
    account = town.world.account(home.family)
    assert account is not None
    return [*messages, bytes(account.data)]


def test_no_money_tells(town: Town) -> None:
    """The guardian's key never had any, so nobody sent it any."""
    assert [town.world.lamports(home.guardian.pubkey()) for home in town.homes] == [0, 0]
    for message, _ in town.world.sent:
        if {home.family for home in town.homes} & set(message.account_keys):
            assert message.account_keys[0] in town.hubs


def test_no_hash_can_be_tried(town: Town) -> None:
    """All leaves are public; nothing on the chain turns one into what a person keeps."""
    leaves = [leaf for home in town.homes for leaf in home.leaves]
    salts = everything(town)
    assert set(leaves) - {bytes(HASH)} <= salts  # the stranger sees the leaves
    assert all(families_of(h, leaves, salts, town) == 0 for h in town.humans)


def test_who_has_neither_looks_the_same(town: Town) -> None:
    """Of a person with a family only the time of consent shows, not how it changed the account."""
    sizes = set()
    for human in town.humans:
        account = town.world.account(human.person)
        assert account is not None
        sizes.add((len(account.data), account.lamports))
    assert len(sizes) == 1


def test_a_revealed_pair_reveals_that_pair(town: Town) -> None:
    """With the salts of two, as a transfer shows them, the others are as hidden as before."""
    home, (ann, bob, *others) = town.homes[0], town.humans
    shown = [home.members[each.person].salt for each in (ann, bob)]
    leaves = [leaf for each in town.homes for leaf in each.leaves]
    salts = [*everything(town), *shown]
    assert families_of(ann, leaves, salts, town) == 1
    assert families_of(bob, leaves, salts, town) == 1
    assert all(families_of(each, leaves, salts, town) == 0 for each in others)
