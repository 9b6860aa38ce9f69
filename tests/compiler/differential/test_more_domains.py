"""Three more whole programs on CPython, v3 and v0: an order book of lists of classes, a registry of
names that lives on texts, and leases of bits and fixed-point numbers.
"""

import random
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

import pytest
from conting_compiler.driver import compile_program
from conting_compiler.link.linker import Arch
from seahorse.prelude import Pubkey

from tests.compiler.differential.pair import Outcome, Pair
from tests.compiler.differential.test_domains import ANN, BOB, CIM, PEOPLE, World

pytestmark = pytest.mark.slow

_PROGRAMS = Path(__file__).parents[1] / "samples" / "domains"


def book(world: World) -> list[Outcome]:
    """Orders that cross, wait, are cancelled and halved, until the account is full."""
    at = world.at(b"book", ANN)
    found = [world.run("open_book", {"keeper": ANN, "book": at}, space=900)]
    entry = world.pair.chain.programs[world.pair.program].entry("order")
    sides = next(each.kind for each in entry.arguments if each.name == "side")
    chosen = random.Random(5)
    for number in range(60):
        who = chosen.choice(PEOPLE)
        side = getattr(sides, chosen.choice(["BUY", "SELL"]))
        asked = {"price": chosen.choice([7, 8, 9, 10, 2**40]), "amount": chosen.randrange(40)}
        found.append(world.run("order", {"who": who, "book": at}, side=side, **asked))
        if number % 4 == 0:
            given = {"who": chosen.choice(PEOPLE), "book": at}
            found.append(world.run("cancel", given, id=chosen.randrange(number + 2)))
        if number % 10 == 9:
            found.append(world.run("halve", {"keeper": chosen.choice([ANN, BOB]), "book": at}))
        found.append(world.run("look", {"book": at}))
    return found


def _name_at(world: World, full: str) -> Pubkey:
    labels = full.lower().split(".")
    return world.at(b"name", sha256("/".join(reversed(labels)).encode()).digest())


def names(world: World) -> list[Outcome]:
    """Names of every kind, their records, and their end."""
    index = world.at(b"index")
    found = [world.run("start", {"payer": ANN, "index": index})]
    known = [
        "Alice.sol",
        "b-2.alice.SOL",
        "sol",
        "zoo",
        "x.y.z.w",
        "-a.sol",
        "a..b",
        "caf\u00e9",
        "",
    ]
    for number, full in enumerate([*known, "a.b.c.d.e", "Sol", "mm" * 8]):
        owner = PEOPLE[number % 3]
        accounts = {"owner": owner, "index": index, "name": _name_at(world, full)}
        found.append(world.run("register", accounts, full=full))
    chosen = random.Random(6)
    values = ["", "+", "caf\u00e9", "\u20ac uro", "https://example.org/a?b=c", "\U0001d4d0x"]
    for _ in range(50):
        number = chosen.randrange(4)
        name = {"owner": PEOPLE[number % 3], "name": _name_at(world, known[number])}
        if chosen.random() < 0.1:
            name["owner"] = chosen.choice(PEOPLE)
        key = chosen.choice(["url", "mail", "\u00e9"])
        if chosen.random() < 0.75:
            found.append(world.run("write", name, key=key, value=chosen.choice(values)))
        else:
            found.append(world.run("drop", name, key=key))
        seen = {"index": index, "name": name["name"]}
        found.append(
            world.run("look", seen, like=chosen.choice(["sol", "/", "", "zo", "sol/alice"]))
        )
    for number in (1, 0, 0, 3):
        name = {"owner": PEOPLE[number % 3], "name": _name_at(world, known[number])}
        found.append(world.run("end", {**name, "index": index}))
    return found


def lease(world: World) -> list[Outcome]:
    """Days that are let and freed, interest over hours and years, and bits shaken."""
    found = []
    for owner, percent in ((ANN, 3), (BOB, 10_000), (CIM, 0), (CIM, 10_001)):
        at = world.at(b"lease", owner)
        given = {"percent": percent, "seed": 2**64 - 1 - percent}
        found.append(world.run("start", {"owner": owner, "lease": at}, **given))
    chosen = random.Random(7)
    for _ in range(30):
        owner = chosen.choice(PEOPLE)
        own: Mapping[str, Pubkey] = {"owner": owner, "lease": world.at(b"lease", owner)}
        first = chosen.choice([0, 1, 63, 64, 100, 200, 319, 320, 365, 366])
        days = {"first": first, "last": first + chosen.choice([0, 1, 2, 64, 70, 166])}
        found.append(world.run(chosen.choice(["let", "let", "free"]), own, **days))
        world.wait(chosen.choice([0, 3_599, 3_600, 100_000, 40_000_000]))
        found.append(world.run("grow", own))
        found.append(world.run("shake", own, rounds=chosen.choice([0, 1, 9])))
    stolen = {"owner": BOB, "lease": world.at(b"lease", ANN)}
    return [*found, world.run("grow", stolen), world.run("shake", stolen, rounds=1)]


@pytest.mark.parametrize("arch", ["v3", "v0"])
@pytest.mark.parametrize("story", [book, names, lease])
def test_a_domain(story: Callable[[World], list[Outcome]], arch: Arch, tmp_path: Path) -> None:
    path = tmp_path / f"{story.__name__}.py"
    path.write_text((_PROGRAMS / f"{story.__name__}.txt").read_text())
    world = World(Pair(path, compile_program(path, arch=arch), PEOPLE))
    world.wait(0)
    found = story(world)
    assert found.count(0) > len(found) // 3, found
    assert len(set(found)) > 3, found
