"""Elements, order and parts of texts and bytes mean what CPython says."""

import random

import pytest
from seahorse.errors import Fault

from tests.compiler.differential.logged import Logged, empty

SOURCE = """
class Data(Account):
    text: str
    blob: bytes
    total: u64


@instruction
def order(data: Data, a: str, b: str, p: bytes, q: bytes):
    print(a < b, a <= b, a > b, a >= b, a == b, p < q, p <= q, p > q, p >= q)
    data.text = a if a < b else b
    data.blob = q
    print(a < data.text <= b, data.blob < p, "m" > a, b"" <= p, not a >= b or p > q)


@instruction
def parts(data: Data, a: str, b: str, p: bytes, q: bytes, n: u8):
    print(a in b, a not in b, "" in a, "é" in b, "lait" not in b)
    print(p in q, p not in q, n in q, n not in p, 7 in q, b"a" in p)
    print(b.startswith(a), a.startswith(b[:2]), b.endswith(a), a.endswith(b[-1:]))
    print(q.startswith(p), p.startswith(q[:1]), q.endswith(p), p.endswith(b""))
    data.text = b
    print(a + "x" in data.text + "x", data.text.startswith(a), n in data.blob)


@instruction
def elements(data: Data, text: str, blob: bytes, at: i64, by: u8):
    print(text[at], blob[at], text[by] == "a", blob[by] + u16(blob[0]))
    data.total = blob[at]
    data.text = text[at] + text[-1]
    byte = blob[-1]
    byte += 1
    data.total += byte
    print(byte, data.text, text[by].startswith("a"))


@instruction
def far(text: str, blob: bytes, at: i128):
    print(text[at], blob[at])


@instruction
def loops(data: Data, text: str, blob: bytes):
    total = u64(0)
    for byte in blob:
        total = total * 3 % 1_000_003 + byte
    seen = ""
    for character in text:
        if character not in seen:
            seen = character + seen
    print(total, seen, sum(blob), sorted(blob), list(blob), [2 * u16(x) for x in blob])
    for part in [c + "." for c in text]:
        print(part)
    print(len(list(text)))
    for place, byte in enumerate(blob):
        print(place, byte)
    for character, byte in zip(text, blob):
        print(character, byte)
    largest = u8(0)
    for byte in blob:
        largest = max(largest, byte)
        if byte > 250:
            break
    print(largest, largest in blob)
"""
TEXTS = [
    "",
    "a",
    "b",
    "ab",
    "Café au lait",
    "é",
    "日本語",
    "日本",
    "𝄞x𝄞",
    "aab",
    "\x7f",
    "\uffff",
    "lait",
]
BLOBS = [
    b"",
    b"a",
    b"\0",
    b"\xff",
    b"ab",
    b"aab",
    bytes(range(7, 19)),
    b"\x80\x01",
    b"a\0",
    b"\xff" * 9,
]
PLACES = [0, 1, -1, 2, -2, 11, -12, 12, 2**63 - 1, -(2**63)]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Logged:
    path = tmp_path_factory.mktemp("texts") / "texts.py"
    return Logged.of(SOURCE, path, empty("Data", 300))


@pytest.mark.slow
def test_one_of_each(program: Logged) -> None:
    program.reset(empty("Data", 300))
    given = {"a": "ab", "b": "aab", "p": b"a", "q": b"ba"}
    _, lines = program.run("order", given)
    assert lines[0] == "False False True True False True True False False"
    _, lines = program.run("parts", given | {"n": 98})
    assert lines[0].startswith("True False True False True")
    assert lines[2] == "False False True True"
    _, lines = program.run("elements", {"text": "Café", "blob": b"\x05\x06", "at": 1, "by": 0})
    assert list(lines) == ["a 6 False 10", "7 aé False"]
    outcome, _ = program.run("elements", {"text": "Café", "blob": b"\x05", "at": 1, "by": 0})
    assert outcome == Fault.INDEX
    _, lines = program.run("loops", {"text": "日本日", "blob": b"\x03\x01"})
    assert lines[0] == "10 本日 4 [1, 3] [3, 1] [6, 2]"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_many(program: Logged, seed: int) -> None:
    chosen = random.Random(seed)
    for _ in range(20):
        program.reset(empty("Data", 300))
        a, b = chosen.choice(TEXTS), chosen.choice(TEXTS)
        p, q = chosen.choice(BLOBS), chosen.choice(BLOBS)
        given = {"a": a, "b": b, "p": p, "q": q}
        program.run("order", given)
        program.run("order", given | {"b": a + b, "q": p + q})
        program.run("parts", given | {"n": chosen.choice([0, 7, 97, 255])})
        program.run("parts", given | {"b": b + a, "q": q + p + q, "n": 98})
        at, by = chosen.choice(PLACES), chosen.choice([0, 0, 1, 2, 11, 255])
        program.run("elements", {"text": a + b, "blob": p + q, "at": at, "by": by})
        program.run("far", {"text": b, "blob": q, "at": at * chosen.choice([1, 2**64])})
        program.run("loops", {"text": a + b, "blob": p + q})
