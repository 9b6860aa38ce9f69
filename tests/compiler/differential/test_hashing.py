"""Hashes, of bytes in the frame and of others, mean what CPython says, however many are alive."""

import random
from pathlib import Path

import pytest
from seahorse.errors import Fault
from seahorse.prelude import Pubkey

from tests.compiler.differential.logged import Logged, empty

SOURCE = """
@dataclass
class Step:
    digest: Array[u8, 32]
    place: u64


class Data(Account):
    first: Array[u8, 32]
    second: Array[u8, 32]
    who: Pubkey
    number: u32
    chain: List[u8]
    text: str
    blob: bytes


def mixed(a: u8, b: i16, c: u32, d: i64, e: u128, f: i128, who: Pubkey) -> Array[u8, 32]:
    return sha256(bytes_of(a, b, c, d, e, f, who, "é", b"x", a < 3))


def leaf(n: u64, data: Array[u8, 32]) -> Array[u8, 32]:
    return keccak256(bytes_of(n, data, n, data, n))


def middle(n: u64, data: Array[u8, 32]) -> Array[u8, 32]:
    here = sha256(bytes_of(data, n))
    below = leaf(n + 1, here)
    again = sha256(bytes_of(here, below, sha256(bytes_of(data, n))[31], leaf(n, data)))
    assert here == sha256(bytes_of(data, n)), "here"
    return keccak256(bytes_of(again, here, below))


def top(n: u64, data: Array[u8, 32]) -> Array[u8, 32]:
    here = keccak256(bytes_of(n, data))
    below = middle(n, here)
    other = middle(n + 1, below)
    return sha256(bytes_of(here, below, other, middle(n, other), here[n % 32]))


def first_byte(who: Pubkey, n: u8) -> u8:
    return sha256(bytes_of(who, n))[0]


def note(data: Data, n: u32) -> u32:
    data.number += n
    data.who = Pubkey.from_bytes(sha256(bytes_of(data.who, n)))
    data.first[1] = sha256(bytes_of(n, n))[2]
    return data.number


def changed(given: Array[u8, 32]) -> u8:
    given[0] = given[0] // 2 + 1
    return keccak256(bytes_of(given, given))[0]


@instruction
def widths(data: Data, a: u8, b: i16, c: u32, d: i64, e: u128, f: i128, who: Pubkey):
    one = mixed(a, b, c, d, e, f, who)
    two = keccak256(bytes_of(a, b, c, d, e, f, who, "é", b"x", a < 3))
    print(one, two, mixed(a, b, c, d, e, f, who) == one, one == two)
    print(sha256(bytes_of(a)), sha256(bytes_of(b, c)), keccak256(bytes_of(e, a, f, d)))
    print(sha256(bytes_of()), keccak256(bytes_of(b"")), sha256(b""), sha256(bytes_of("", b"")))
    data.first = Array(one, 32)
    data.second = Array(two, 32)
    data.second[3] = keccak256(bytes_of(data.second, data.first))[3]
    data.who = Pubkey.from_bytes(keccak256(bytes_of(who, data.first)))


@instruction
def several(data: Data, a: u64, b: u64):
    one = sha256(bytes_of(a))
    two = sha256(bytes_of(b, a))
    three = keccak256(bytes_of(one, two))
    if sha256(bytes_of(a, one))[0] > sha256(bytes_of(b, two))[0]:
        four = sha256(bytes_of(three, one))
    elif keccak256(bytes_of(a))[-1] < 100:
        four = keccak256(bytes_of(three, two))
    else:
        four = one
    five = sha256(bytes_of(a, b, a)) if a < b else keccak256(bytes_of(four))
    print(one, two, three, four, five)
    print(sha256(bytes_of(a)) == one, keccak256(bytes_of(one, two)) == three)
    print(sha256(bytes_of(a)) == sha256(bytes_of(b)), sha256(bytes_of(a)) != keccak256(bytes_of(a)))
    kept = [one, two, three, four, five, sha256(bytes_of(one))]
    pair = (sha256(bytes_of(a, a)), keccak256(bytes_of(b, b)))
    step = Step(sha256(bytes_of(five, pair[0])), a)
    print(kept, pair[0], pair[1], step.digest, step.place)
    print(sha256(bytes_of(a))[0] < sha256(bytes_of(b))[0] < keccak256(bytes_of(a, b))[0])
    x = u64(sha256(bytes_of(a))[0]) * 256 + sha256(bytes_of(b))[0] - keccak256(bytes_of(a))[0] // 2
    print(x, [sha256(bytes_of(a))[1], sha256(bytes_of(b))[1], keccak256(bytes_of(a))[1]])
    print(max(sha256(bytes_of(a))[5], sha256(bytes_of(b))[5], keccak256(bytes_of(b))[5]))
    one[0] = 1
    print(kept[0] == one, sha256(bytes_of(a)) == one, sha256(bytes_of(one))[0])
    data.first = Array(kept[5], 32)
    data.second = keccak256(bytes_of(data.first, kept[1]))
    data.first = sha256(bytes_of(data.second, data.first))


@instruction
def nested(data: Data, a: u64, who: Pubkey):
    print(sha256(bytes_of(sha256(bytes_of(sha256(bytes_of(a))[0], a)), a)))
    print(sha256(bytes_of(sha256(bytes_of(a, who)), keccak256(bytes_of(who, a)), a, who)))
    low = sha256(bytes_of(a, sha256(bytes_of(who, a))[7], keccak256(bytes_of(a, who, a))[-32]))
    print(low, sha256(bytes_of(low, low, sha256(bytes_of(low))[a % 32]))[31])
    print(sha256(bytes_of(a))[a % 32], keccak256(bytes_of(low))[sha256(bytes_of(a))[0] % 32])
    print(sha256(bytes_of(first_byte(who, 1), first_byte(who, 2), sha256(bytes_of(who))[0], who)))
    print(sha256(bytes_of(who, data.who, note(data, 3), data.who, data.number, data.first)))
    print(keccak256(bytes_of(data.number, note(data, 4), data.number, sha256(bytes_of(a))[0]))[1])
    print(sha256(bytes_of(low, changed(low), low)), sha256(bytes_of(changed(low), low))[4], low)
    print(top(a, low), top(a, low) == top(a, low), top(1, sha256(bytes_of(who))))
    print(sha256(bytes_of(top(2, low), keccak256(bytes_of(a))[3], middle(3, low)))[-1])
    address, bump = Pubkey.find_program_address(
        [who, sha256(bytes_of(a, who)), sha256(bytes_of(low))], who
    )
    print(address, bump, sha256(bytes_of(sha256(bytes_of(a)) == low, True)))
    print(sha256(bytes_of(a if a > 5 else u64(sha256(bytes_of(low))[2]), low))[2])
    whole = bytes_of(a, low, who)
    print(sha256(whole) == sha256(bytes_of(a, low, who)), sha256(bytes_of(whole)))
    print(keccak256(whole)[0], keccak256(bytes_of(whole, whole))[0])
    print(sha256(bytes_of(a, who)[3:]), sha256(bytes_of(bytes_of(a), bytes_of(who)))[0])


@instruction
def loops(data: Data, a: u64, n: u8):
    kept = [sha256(bytes_of(a))]
    bytes_kept = [u8(0)]
    state = keccak256(bytes_of(a))
    for i in range(n):
        if sha256(bytes_of(state, i))[0] % 3 == 0:
            state = sha256(bytes_of(i, state))
        else:
            state = keccak256(bytes_of(state, kept[-1], i))
        kept.append(state)
        bytes_kept.append(sha256(bytes_of(state))[1])
        bytes_kept.append(keccak256(bytes_of(state, i))[2])
        data.first = sha256(bytes_of(data.first, state))
        if keccak256(bytes_of(state))[31] > 240:
            break
    print(bytes_kept, len(kept), state == kept[-1])
    for each in kept:
        print(each)
    print([sha256(bytes_of(each, a))[0] for each in kept])
    made = [sha256(bytes_of(each, a)) for each in kept[:4]]
    print(made, made[0] == sha256(bytes_of(kept[0], a)), made[-1] == made[0])
    while sha256(bytes_of(state, a))[0] > 40:
        state = sha256(bytes_of(state))
        a += 1
    print(state, a)
    data.chain = [sha256(bytes_of(each))[0] for each in made]


@instruction
def sizes(data: Data, text: str, blob: bytes, key: Array[u8, 255], a: i64, b: i64, n: u8):
    print(sha256(bytes_of(key)), sha256(bytes_of(key, n)), sha256(bytes_of(key, n, n)))
    print(keccak256(bytes_of(key, b"x"))[0], keccak256(bytes_of(key, b"xy"))[0])
    print(keccak256(bytes_of(key, "a", n))[-1], sha256(bytes_of(key, "", b""))[8])
    print(sha256(bytes_of(key, key))[9], keccak256(bytes_of(n, key))[31], sha256(bytes_of(n))[2])
    print(sha256(bytes_of(text)), sha256(bytes_of(blob, n)), keccak256(bytes_of(text, blob, text)))
    print(sha256(blob), keccak256(blob)[0], sha256(blob[a:b]), sha256(bytes_of(blob[a:], n))[1])
    print(sha256(bytes_of(text[a:b], blob[:b])), keccak256(bytes_of(text[:b], key[3:9], n))[4])
    print(sha256(bytes_of(key[1:], n))[0], sha256(bytes_of(key[:254], n, a))[0])
    data.text = text
    data.blob = blob
    print(sha256(bytes_of(data.text)), sha256(bytes_of(data.blob, data.text))[5])
    key[0] = sha256(bytes_of(key))[0]
    before = sha256(bytes_of(key))
    key[254] = before[0] // 2
    print(before, sha256(bytes_of(key)), keccak256(bytes_of(key, a, b, text))[3])


@instruction
def outside(data: Data, which: u8, n: u64, m: i64):
    data.number = sha256(bytes_of(n, m))[0]
    if which == 0:
        print(sha256(bytes_of(n))[n])
    elif which == 1:
        print(keccak256(bytes_of(n, m))[m])
    elif which == 2:
        print(sha256(bytes_of(n))[m], sha256(bytes_of(m))[-1], sha256(bytes_of(m))[-32])
    else:
        kept = sha256(bytes_of(n))
        print(sha256(bytes_of(m))[31], kept[m], keccak256(bytes_of(m))[0])
"""
SIZE = 900
WHO = [Pubkey.of(bytes(32)), Pubkey.of(bytes(range(1, 33))), Pubkey.of(b"\xff" * 32)]
NUMBERS = [0, 1, 2, 5, 6, 31, 32, 255, 256, 2**32, 2**40 + 3]
EDGES = [0, 1, -1, 2, 31, -32, 32, -33, 33, 2**63 - 1, -(2**63)]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Logged:
    path = tmp_path_factory.mktemp("hashing") / "hashing.py"
    return Logged.of(SOURCE, path, empty("Data", SIZE))


def integer(chosen: random.Random, bits: int, *, signed: bool) -> int:
    """Of this width; the ends often."""
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    found: int = chosen.choice([low, high, 0, 1, chosen.randint(low, high)])
    return found


def widths(chosen: random.Random) -> dict[str, object]:
    kinds = {"a": 8, "b": -16, "c": 32, "d": -64, "e": 128, "f": -128}
    numbers = {name: integer(chosen, abs(b), signed=b < 0) for name, b in kinds.items()}
    return numbers | {"who": chosen.choice(WHO)}


def sizes(chosen: random.Random) -> dict[str, object]:
    return {
        "text": chosen.choice(["", "a", "é", "日本語" * 9, "x" * 64]),
        "blob": chosen.randbytes(chosen.choice([0, 1, 8, 31, 32, 64, 255, 256, 257])),
        "key": list(chosen.randbytes(255)),
        "a": chosen.choice(EDGES),
        "b": chosen.choice(EDGES),
        "n": chosen.choice([0, 1, 255]),
    }


def rounds(program: Logged, chosen: random.Random, count: int) -> None:
    """Every instruction so often with inputs of its own; each must succeed."""
    for _ in range(count):
        program.reset(empty("Data", SIZE))
        a, b, who = chosen.choice(NUMBERS), chosen.choice(NUMBERS), chosen.choice(WHO)
        for name, given in (
            ("widths", widths(chosen)),
            ("several", {"a": a, "b": b}),
            ("nested", {"a": a, "who": who}),
            ("loops", {"a": b, "n": chosen.choice([0, 1, 3, 6])}),
            ("sizes", sizes(chosen)),
        ):
            outcome, _ = program.run(name, given)
            assert isinstance(outcome, bytes), (name, given, outcome)


@pytest.mark.slow
def test_one_of_each(program: Logged) -> None:
    rounds(program, random.Random(1), 1)
    for a in NUMBERS:  # through every branch
        outcome, _ = program.run("several", {"a": a, "b": 5})
        assert isinstance(outcome, bytes)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_many(program: Logged, seed: int) -> None:
    rounds(program, random.Random(100 + seed), 15)


@pytest.mark.slow
def test_places(program: Logged) -> None:
    """Those outside have no element, and nothing that was done before stays."""
    for which in range(4):
        for n in (0, 31, 32, 255, 2**64 - 1):
            for m in EDGES:
                program.reset(empty("Data", SIZE))
                outcome, _ = program.run("outside", {"which": which, "n": n, "m": m})
                inside = n < 32 if which == 0 else -32 <= m < 32
                assert isinstance(outcome, bytes) if inside else outcome == Fault.INDEX


def full(helpers: int, size: int) -> str:
    """Helpers that each hash so many bytes in the frame that they may become part of the caller."""
    text = ["class Data(Account):\n    first: Array[u8, 32]\n\n\n"]
    given = f"key: Array[u8, {size - 1}], n: u8"
    for k in range(helpers):
        hashed = f"sha256(bytes_of(key, n ^ {k}))"
        text.append(f"def h{k}({given}) -> u8:\n    return {hashed}[{k % 32}] ^ n\n\n\n")
    text.append(f"@instruction\ndef go(data: Data, {given}):\n")
    text.extend(f"    v{k} = h{k}(key, {k})\n" for k in range(helpers))
    kept = ", ".join(f"v{k}" for k in range(helpers))
    text.append(f"    data.first = sha256(bytes_of({kept}))\n    print(n, {kept})\n")
    return "".join(text)


@pytest.mark.slow
@pytest.mark.parametrize("size", [200, 256])
@pytest.mark.parametrize("helpers", [3, 15, 16, 17, 24])
def test_what_would_fill_the_frame_is_hashed_on_the_heap(
    tmp_path: Path, helpers: int, size: int
) -> None:
    program = Logged.of(full(helpers, size), tmp_path / "full.py", empty("Data", 40))
    key = list(random.Random(helpers).randbytes(size - 1))
    for n in (0, 1, 255):
        outcome, _ = program.run("go", {"key": key, "n": n})
        assert isinstance(outcome, bytes)


@pytest.mark.slow
def test_many_in_one_function(tmp_path: Path) -> None:
    lines = ["class Data(Account):\n    first: Array[u8, 32]\n\n\n@instruction\n"]
    lines.append("def go(data: Data, v0: Array[u8, 32], n: u8):\n")
    for k in range(1, 121):
        earlier = f"v{k - 1}, v{k // 2}, n, v{k // 3}"
        lines.append(f"    v{k} = sha256(bytes_of({earlier}, sha256(bytes_of(n, v{k - 1}))[1]))\n")
    parts = ", ".join(f"v{k}" for k in range(121))
    lines.append(f"    data.first = keccak256(bytes_of({parts}))\n")
    program = Logged.of("".join(lines), tmp_path / "many.py", empty("Data", 40))
    for n in (0, 255):
        outcome, _ = program.run("go", {"v0": list(range(32)), "n": n})
        assert isinstance(outcome, bytes)
