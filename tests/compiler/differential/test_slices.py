"""Slices of bytes, text, lists and Arrays, and what is made of bytes, mean what CPython says."""

import random

import pytest
from seahorse.prelude import Pubkey

from tests.compiler.differential.logged import Logged, empty

pytestmark = pytest.mark.slow

SOURCE = """
class Data(Account):
    rest: Array[u8, 32]
    who: Pubkey
    pairs: Array[i16, 5]
    words: List[str]
    numbers: List[u16]
    keys: List[Pubkey]
    text: str
    blob: bytes


@instruction
def fill(data: Data, text: str, blob: bytes, numbers: List[u16], words: List[str], who: Pubkey):
    data.text = text
    data.blob = blob
    data.numbers = numbers
    data.words = words
    data.keys = [who, Pubkey.default(), who]
    data.pairs = [1, -2, 3, -4, 5]


@instruction
def signed(data: Data, a: i64, b: i64):
    print(data.text[a:b], "|", data.text[a:], "|", data.text[:b])
    print(len(data.blob[a:b]), sha256(data.blob[a:]), sha256(data.blob[:b]))
    print(data.numbers[a:b], data.numbers[a:], data.numbers[:b])
    for word in data.words[a:b] + data.words[a:] + data.words[:b]:
        print("word", word)
    print(len(data.keys[a:b]), data.keys[a:])
    data.text = data.text[a:b] + data.text[:]
    data.blob = data.blob[a:][:b]


@instruction
def unsigned(data: Data, a: u64, b: u8):
    print(data.text[a:b], "|", data.text[a:], "|", data.text[:b], data.text[-3:b])
    print(sha256(data.blob[a:b]), sha256(data.blob[a:]), sha256(data.blob[-2:]))
    print(data.numbers[a:b], data.numbers[:b], data.numbers[b:a])


@instruction
def shared(data: Data, n: u16):
    part = data.numbers[1:3]
    part.append(n)
    whole = data.numbers[:]
    whole[0] = 9
    data.numbers += part
    rows = [[n], [n, n], [1]]
    some = rows[1:]
    some[0].append(5)
    some.pop()
    print(part, whole, data.numbers, rows, some)


@instruction
def arrays(data: Data, given: Array[u8, 33], at: i64):
    part = data.pairs[1:-1]
    part[0] = 70
    data.pairs[at] = 8
    head = given[:32]
    data.who = Pubkey.from_bytes(head)
    head[0] = 0
    data.rest = head[:]
    print(part, data.pairs[-2:], given[30:], data.who, given[0], data.pairs[:2][at])
    back = Array(bytes_of(data.who, given[32]), 33)
    print(back, back == given, Pubkey.from_bytes(given[1:33]) == data.who)


@instruction
def from_bytes(data: Data, blob: bytes, a: i64):
    data.who = Pubkey.from_bytes(blob[a:])
    print(data.who, Pubkey.from_bytes(blob[a:]) == data.who)


@instruction
def array_of(data: Data, blob: bytes):
    data.rest = Array(blob, 32)
    few = Array(blob[:4], 4)
    few[1] = 200
    print(few, few[1] == 200, data.rest[1])


def middle(text: str, n: u64) -> str:
    return text[n : n + 3]


@instruction
def called(data: Data, text: str, n: u64):
    data.text = middle(text, n)
    assert data.text == text[n:][:3], "the same"
    assert bytes_of(text)[:2] != b"ab", "another"
    for each in data.numbers[-2:]:
        print(each)
    print([x for x in data.numbers[1:]], sum(data.numbers[:2]), 4 in data.numbers[2:])


@instruction
def places(data: Data, at: u64):
    data.numbers.insert(at, 7)
    print(data.numbers)
    data.numbers.pop(data.numbers.index(7))
    print(data.numbers.pop(at), data.numbers)
"""
SIZE = 600
TEXTS = ["", "a", "Café au lait", "日本語テキスト", "𝄞x𝄞y𝄞", "plain ascii of some length"]
EDGES = [0, 1, -1, 2, -2, 3, -5, 7, 40, -40, 2**62, -(2**62), 2**63 - 1, -(2**63)]
WHO = Pubkey.of(bytes(range(1, 33)))


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Logged:
    path = tmp_path_factory.mktemp("slices") / "slices.py"
    return Logged.of(SOURCE, path, empty("Data", SIZE))


def fill(program: Logged, chosen: random.Random) -> None:
    program.reset(empty("Data", SIZE))
    text = chosen.choice(TEXTS)
    given = {
        "text": text,
        "blob": chosen.randbytes(chosen.randrange(12)),
        "numbers": chosen.choices(range(65_536), k=chosen.randrange(7)),
        "words": chosen.choices(TEXTS[:4], k=chosen.randrange(4)),
        "who": WHO,
    }
    outcome, _ = program.run("fill", given)
    assert isinstance(outcome, bytes)


@pytest.mark.parametrize("seed", range(3))
def test_bounds(program: Logged, seed: int) -> None:
    chosen = random.Random(seed)
    for _ in range(12):
        fill(program, chosen)
        a, b = chosen.choice(EDGES), chosen.choice(EDGES)
        program.run("signed", {"a": a, "b": b})
        fill(program, chosen)
        a, b = chosen.choice([0, 1, 3, 2**63, 2**64 - 1]), chosen.choice([0, 1, 2, 5, 255])
        outcome, _ = program.run("unsigned", {"a": a, "b": b})
        assert isinstance(outcome, bytes)


def test_a_slice_is_a_new_list(program: Logged) -> None:
    fill(program, random.Random(3))
    program.run("fill", fixed(numbers=[1, 2, 3, 4]))
    _, lines = program.run("shared", {"n": 6})
    assert lines == (
        "[2, 3, 6] [9, 2, 3, 4] [1, 2, 3, 4, 2, 3, 6] [[6], [6, 6, 5], [1]] [[6, 6, 5]]",
    )


def fixed(numbers: list[int]) -> dict[str, object]:
    return {"text": "héllo", "blob": b"abc", "numbers": numbers, "words": ["x"], "who": WHO}


@pytest.mark.parametrize("at", [-6, -5, -1, 0, 1, 4])
def test_arrays_and_keys(program: Logged, at: int) -> None:
    fill(program, random.Random(4))
    given = list(range(3, 36))
    outcome, lines = program.run("arrays", {"given": given, "at": at})
    if not -2 <= at < 2:
        assert outcome == 5502
        return
    assert lines[0].startswith("[70, 3, -4] ")
    assert str(Pubkey.of(bytes(given[:32]))) in lines[0]
    assert lines[1].endswith("True False")


@pytest.mark.parametrize("length", [0, 1, 31, 32, 33, 34, 64])
def test_lengths(program: Logged, length: int) -> None:
    fill(program, random.Random(5))
    blob = bytes(range(length))
    outcome, _ = program.run("from_bytes", {"blob": blob, "a": -33 if length > 33 else 0})
    assert (outcome == 5503) == (min(length, 33) != 32)
    outcome, _ = program.run("from_bytes", {"blob": blob, "a": -32})
    assert (outcome == 5503) == (length < 32)
    outcome, _ = program.run("array_of", {"blob": blob})
    assert (outcome == 5502) == (length != 32)


def test_slices_go_into_calls_and_loops(program: Logged) -> None:
    fill(program, random.Random(6))
    program.run("fill", fixed(numbers=[1, 2, 3, 4, 5]))
    for text in TEXTS:
        for n in (0, 1, 4, 100):
            program.run("called", {"text": text, "n": n})


@pytest.mark.parametrize(
    ("at", "error"),
    [(0, 0), (2, 0), (3, 5502), (9, 5502), (2**63 - 1, 5502), (2**63, 5503), (2**64 - 1, 5503)],
)
def test_places_of_type_u64(program: Logged, at: int, error: int) -> None:
    fill(program, random.Random(7))
    program.run("fill", fixed(numbers=[1, 2, 3]))
    outcome, lines = program.run("places", {"at": at})
    assert outcome == error or (error == 0 and isinstance(outcome, bytes))
    if error == 0:
        rest = [n for n in (1, 2, 3) if n != at + 1]
        longer = [1, 2, 3]
        longer.insert(at, 7)
        assert lines == (str(longer), f"{at + 1} {rest}")
