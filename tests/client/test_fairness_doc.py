"""The test vectors of docs/fairness.md."""

import re
from pathlib import Path

from conting_client import fairness
from solders.pubkey import Pubkey

TEXT = (Path(__file__).parents[2] / "docs" / "fairness.md").read_text()
KEY = bytes(range(32))
GROUPS = (30, 20, 10, 5)
SEATS = 40


def said(name: str) -> str:
    found = re.search(rf"^{re.escape(name)}: (.*)$", TEXT, re.MULTILINE)
    assert found is not None, name
    return found[1]


def numbers(name: str) -> list[int]:
    return [int(each) for each in said(name).split()]


def filled(byte: int) -> bytes:
    return bytes([byte]) * 32


def test_order() -> None:
    assert numbers("order of 10") == [fairness.index_at(KEY, 10, place) for place in range(10)]
    many = 10_000_000
    found = [fairness.place_of(KEY, many, index) for index in (0, 1, many - 1)]
    assert numbers("places of 0, 1 and 9999999 of 10000000") == found


def test_shares() -> None:
    winners = fairness.winners_by_size(KEY, GROUPS, SEATS)
    assert numbers("winners of 30, 20, 10, 5 groups for 40 seats") == list(winners)
    assert numbers("first seats") == list(fairness.first_seats(winners))
    assert said("key of size 3") == fairness.size_key(KEY, 3).hex()


def test_roots_and_key() -> None:
    groups = [(1, 2, 0), (2, 1, 0), (3, 2, 1)]
    root = fairness.draw_root([(Pubkey(filled(n)), size, index) for n, size, index in groups])
    assert said("root of the groups") == root.hex()
    persons = [Pubkey(filled(n)) for n in (1, 2, 3)]
    assert said("root of the waiting list") == fairness.waiting_root(persons).hex()
    key = fairness.draw_key(
        domain=fairness.DRAW_DOMAIN,
        program=Pubkey(filled(7)),
        account=Pubkey(filled(8)),
        secret=filled(9),
        slot_hash=filled(10),
        root=root,
        count=3,
    )
    assert said("key of the draw") == key.hex()
