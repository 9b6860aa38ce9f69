"""What a process knows of a whole hall: nothing of it is read that nobody needs."""

import sys
from collections.abc import Callable
from itertools import islice
from types import FrameType

from conting_client import AccountInfo
from conting_client.generated import raffle
from conting_gateway.readmodel.model import Model
from solders.pubkey import Pubkey

RAFFLE = Pubkey(bytes([7]) * 32)
HALL = 20_000


def entry(number: int, slot: int, *, state: int = 0) -> AccountInfo:
    """Somebody who takes part in the raffle, at the address of this number."""
    mark, key = raffle.RaffleEntry.DISCRIMINATOR, bytes(32)
    index, place = number.to_bytes(4, "little"), bytes(4)
    data = mark + bytes(RAFFLE) + key + b"\1" + index + key + bytes([state]) + place
    return AccountInfo(address(number), raffle.PROGRAM_ID, 1, data, executable=False, slot=slot)


def address(number: int) -> Pubkey:
    return Pubkey((number + 1).to_bytes(32, "big"))


def reads(work: Callable[[], object]) -> int:
    """How many accounts are decoded meanwhile."""
    count = 0

    def called(frame: FrameType, event: str, _: object) -> None:
        nonlocal count
        count += event == "call" and frame.f_code is raffle.RaffleEntry.decode.__code__

    sys.setprofile(called)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def hall() -> Model:
    model = Model(Pubkey.new_unique())
    model.replace([entry(number, 5) for number in range(HALL)], 5)
    return model


def test_a_page_of_a_hall_reads_no_more_than_the_page() -> None:
    model, page = hall(), list[int]()

    def look() -> None:
        rows = model.each(raffle.RaffleEntry, "raffle", RAFFLE, address(9_999))
        page.extend(row.data.index for row in islice(rows, 200))

    assert reads(look) == 200
    assert page == list(range(10_000, 10_200))


def test_what_has_not_changed_is_not_read_again() -> None:
    model = hall()
    changed = [entry(number, 9, state=number == 3) for number in range(HALL - 1)]
    assert reads(lambda: model.replace(changed, 9)) == 1
    found = model.by(raffle.RaffleEntry, "raffle", RAFFLE)
    assert [row.address for row in found] == [address(number) for number in range(HALL - 1)]
    assert {row.slot for row in found} == {9}
    assert [row.data.index for row in found if row.data.state] == [3]


def test_what_is_doubted_anew_while_the_node_is_asked_stays_doubted() -> None:
    model, key = Model(Pubkey.new_unique()), address(0)
    model.put(entry(0, 5))
    model.end(key, 5)
    asked = dict(model.doubted)
    assert asked == {key: 5}
    model.put(entry(0, 9))
    model.end(key, 9)
    model.settle(asked, [None])
    assert model.doubted == {key: 9}
    model.settle(model.doubted, [entry(0, 10)])
    assert not model.doubted
    assert model.get(raffle.RaffleEntry, key) is not None


def test_what_was_read_with_all_others_is_doubted_no_more() -> None:
    model = Model(Pubkey.new_unique())
    for number, slot in ((0, 5), (1, 9)):
        model.put(entry(number, slot))
        model.end(address(number), slot)
    model.replace([], 5)
    assert model.doubted == {address(1): 9}
    model.clear()
    assert not model.doubted
