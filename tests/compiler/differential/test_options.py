"""Options mean the same under CPython and compiled: fields, arguments, variables, tests of them."""

from itertools import product
from typing import Any

import pytest
from seahorse.prelude import Pubkey

from tests.compiler.differential.logged import Logged, empty

SOURCE = """
class Problem(Errors):
    NOTHING_LEFT = "nothing is left"
    NOTHING_FIRST = "nothing comes first"
    NO_NUMBER = "no number"


class Mood(Enum):
    CALM = 0
    LOUD = 1


@dataclass
class Seat:
    row: u8
    guest: Option[Pubkey]


class Data(Account):
    count: u64
    number: Option[u64]
    small: Option[i8]
    wide: Option[u128]
    real: Option[f64]
    sure: Option[bool]
    mood: Option[Mood]
    key: Option[Pubkey]
    text: Option[str]
    pair: Option[Array[u16, 2]]
    numbers: Option[List[u32]]
    seat: Option[Seat]
    many: List[Option[u16]]
    last: u8


def half(x: u64) -> Option[u64]:
    if x % 2 == 1:
        return None
    return x // 2


def or_else(x: Option[u64], y: u64) -> u64:
    return y if x is None else x


def key_of(x: Option[Pubkey], y: Pubkey) -> Pubkey:
    if x is not None:
        return x
    return y


def swapped(key: Pubkey, n: u8) -> Option[Pubkey]:
    return key if n > 3 else None


@instruction
def put(data: Data, number: Option[u64], small: Option[i8], text: Option[str], key: Option[Pubkey]):
    data.number = number
    data.small = small
    data.text = text
    data.key = key
    data.count += 1
    data.last = 7


@instruction
def put_more(
    data: Data,
    wide: Option[u128],
    real: Option[f64],
    sure: Option[bool],
    mood: Option[Mood],
    pair: Option[Array[u16, 2]],
    numbers: Option[List[u32]],
    seat: Option[Seat],
):
    data.wide = wide
    data.real = real
    data.sure = sure
    data.mood = mood
    data.pair = pair
    data.numbers = numbers
    data.seat = seat


@instruction
def look(data: Data, n: u64):
    number = data.number
    if number is not None and number > n:
        print("more", number)
    elif number is None:
        print("none")
    else:
        print("at most", number)
    text = data.text
    print("text", text if text is not None else "none")
    small = data.small
    if small is None:
        data.count += 1
        return
    print("small", small, -i64(small))
    data.small = None


@instruction
def compute(data: Data, n: u64, flag: bool):
    x: Option[u64] = None
    if flag:
        x = 5
    found = half(n)
    print(or_else(x, 1), or_else(found, n), or_else(7, 8), or_else(None, 9))
    x = found
    total = u64(0)
    for i in range(4):
        if x is None:
            x = u64(i) + 10
        else:
            total += x
            x = half(x) if i > 1 else None
    print(total, x is None, not (x is not None))
    y = x
    assert y is not None or flag, Problem.NOTHING_LEFT
    if y is None or y < 3:
        print("little")
    data.number = y


@instruction
def keys(data: Data, key: Pubkey, n: u8):
    other = swapped(key, n)
    print(key_of(other, Pubkey.default()), key_of(data.key, key))
    data.key = swapped(key_of(data.key, key), n)
    data.seat = Seat(n, other)
    seat = data.seat
    if seat is not None:
        guest = seat.guest
        print(seat.row, guest is None)
        seat.row += 1


@instruction
def lists(data: Data, n: u16, gap: Option[u16]):
    data.many.append(n)
    data.many.append(gap)
    total = u64(0)
    for each in data.many:
        if each is not None:
            total += each
    print(total, len(data.many))
    first = data.many[0]
    assert first is not None, Problem.NOTHING_FIRST
    data.many[0] = first + 1
    numbers = data.numbers
    if numbers is not None:
        numbers.append(n)
        print(numbers)


@instruction
def needs(data: Data):
    number = data.number
    assert number is not None, Problem.NO_NUMBER
    data.count = number
"""
SIZE = 700


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Logged:
    path = tmp_path_factory.mktemp("options") / "options.py"
    return Logged.of(SOURCE, path, empty("Data", SIZE))


@pytest.fixture
def program(machines: Logged) -> Logged:
    machines.reset(empty("Data", SIZE))
    return machines


KEY = Pubkey.of(bytes(range(32)))


def kinds(program: Logged, name: str) -> dict[str, Any]:
    entry = program.model.chain.programs[program.model.program].entry(name)
    return {each.name: getattr(each.kind, "inner", each.kind) for each in entry.arguments}


@pytest.mark.slow
def test_values_in_and_out(program: Logged) -> None:
    for number, small, text, key in product(
        (None, 0, 2**64 - 1), (None, -128), (None, "", "zoë"), (None, KEY)
    ):
        arguments = {"number": number, "small": small, "text": text, "key": key}
        outcome, _ = program.run("put", arguments)
        assert isinstance(outcome, bytes)
        for n in (0, 2**64 - 1):
            outcome, lines = program.run("look", {"n": n})
            assert isinstance(outcome, bytes)
            assert lines[1] == f"text {'none' if text is None else text}"


@pytest.mark.slow
def test_every_kind(program: Logged) -> None:
    wanted = kinds(program, "put_more")
    seat, mood = wanted["seat"], wanted["mood"]
    full = {
        "wide": 2**100,
        "real": -0.5,
        "sure": False,
        "mood": mood.LOUD,
        "pair": [1, 65_535],
        "numbers": [3, 4],
        "seat": seat(9, KEY),
    }
    nothing = dict.fromkeys(full)
    for arguments in (full, nothing, {**full, "seat": seat(1, None)}, {**nothing, "sure": True}):
        outcome, _ = program.run("put_more", arguments)
        assert isinstance(outcome, bytes)
        outcome, _ = program.run("lists", {"n": 7, "gap": None})
        assert isinstance(outcome, bytes)


@pytest.mark.slow
def test_what_tests_say(program: Logged) -> None:
    for n, flag in product((0, 1, 2, 3, 4, 8, 96, 160), (True, False)):
        outcome, _ = program.run("compute", {"n": n, "flag": flag})
        assert isinstance(outcome, bytes) or outcome == 6000


@pytest.mark.slow
def test_keys_and_instances(program: Logged) -> None:
    for n in (0, 4, 5, 0, 9):
        outcome, _ = program.run("keys", {"key": Pubkey.of(bytes([n]) * 32), "n": n})
        assert isinstance(outcome, bytes)


@pytest.mark.slow
def test_lists_of_options(program: Logged) -> None:
    for n, gap in ((1, None), (2, 3), (65_533, None), (0, 0)):
        outcome, _ = program.run("lists", {"n": n, "gap": gap})
        assert isinstance(outcome, bytes)
    outcome, _ = program.run("needs", {})
    assert outcome == 6002


@pytest.mark.slow
def test_damaged_arguments_are_refused(program: Logged) -> None:
    """A tag that is neither 0 nor 1, and every cut."""
    entry = program.model.chain.programs[program.model.program].entry("put")
    whole = entry.encode_arguments({"number": 5, "small": None, "text": "ab", "key": KEY})
    wrong_tag = whole[:8] + b"\2" + whole[9:]
    for damaged in (*(whole[:end] for end in range(8, len(whole))), whole + b"\0", wrong_tag):
        assert program.model.run(damaged) == 102
        for machine in program.machines.values():
            assert machine.run(damaged) == 102


def test_a_damaged_account_is_refused(program: Logged) -> None:
    """Clients would read no Option there."""
    program.reset(empty("Data", SIZE)[:16] + b"\2" + bytes(SIZE - 17))
    outcome, _ = program.run("needs", {})
    assert outcome == 3003
