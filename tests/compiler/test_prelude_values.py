"""Keys, addresses, layouts and arrays against solders, hashlib and bytes written by hand."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seahorse.addresses import base58_decode, base58_encode, find_program_address, is_on_curve
from seahorse.classes import Account, layout_of
from seahorse.errors import Fault, FaultError
from seahorse.prelude import Array, Enum, Pubkey, Seeds, bytes_of, i16, i64, sha256, u8, u16, u32
from seahorse.values import ArrayKind, encode
from solders.pubkey import Pubkey as RealPubkey

seeds = st.lists(st.binary(max_size=32), max_size=15)
keys = st.binary(min_size=32, max_size=32)


@settings(max_examples=150)
@given(seeds, keys)
def test_addresses_are_those_of_the_runtime(parts: list[bytes], program: bytes) -> None:
    real, bump = RealPubkey.find_program_address(parts, RealPubkey(program))
    assert find_program_address(parts, program) == (bytes(real), bump)


@given(keys)
def test_curve_and_base58_are_the_runtimes(raw: bytes) -> None:
    real = RealPubkey(raw)
    assert is_on_curve(raw) == real.is_on_curve()
    assert base58_encode(raw) == str(real)
    assert base58_decode(str(real)) == raw
    assert Pubkey(str(real)).raw == raw
    assert str(Pubkey.of(raw)) == str(real)


@pytest.mark.parametrize("y", [0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18, 2**255 - 1, 2**256 - 1])
def test_curve_at_its_edges(y: int) -> None:
    raw = y.to_bytes(32, "little")
    assert is_on_curve(raw) == RealPubkey(raw).is_on_curve()


@pytest.mark.parametrize("parts", [[b"x" * 33], [b""] * 16])
def test_seeds_that_the_runtime_refuses(parts: list[bytes]) -> None:
    with pytest.raises(ValueError, match="at most 15 seeds of at most 32 bytes"):
        find_program_address(parts, bytes(32))


@pytest.mark.parametrize("text", ["", "1" * 31, "1" * 33, "0" * 32, "l"])
def test_what_is_no_key(text: str) -> None:
    with pytest.raises(ValueError, match=r"base58|substring"):
        Pubkey(text)


class Colour(Enum):
    RED = 4
    GREEN = 2


class Thing(Account):
    owner: Pubkey
    count: u16
    bump: u8
    colour: Colour
    live: bool
    steps: Array[i16, 2]
    name: str
    note: bytes

    def seeds(self) -> Seeds:
        return ["thing", self.owner]


OWNER = bytes(range(32))
VALUES: dict[str, object] = {
    "owner": Pubkey.of(OWNER),
    "count": 0x0102,
    "bump": u8(254),
    "colour": Colour.GREEN,
    "live": True,
    "steps": [-2, 3],
    "name": "é",
    "note": b"\x00\x01",
}
BYTES = (
    hashlib.sha256(b"account:Thing").digest()[:8]
    + OWNER
    + b"\x02\x01"  # count, little-endian
    + b"\xfe"
    + b"\x01"  # the second in order, whatever its Python value
    + b"\x01"
    + b"\xfe\xff\x03\x00"
    + b"\x02\x00\x00\x00\xc3\xa9"
    + b"\x02\x00\x00\x00\x00\x01"
)


def test_an_accounts_bytes() -> None:
    assert layout_of(Thing).encode(VALUES) == BYTES
    assert layout_of(Thing).encode({}) == BYTES[:8] + bytes(32 + 2 + 1 + 1 + 1 + 4 + 4 + 4)


def test_an_accounts_fields() -> None:
    decoded = layout_of(Thing).decode(BYTES + b"beyond")
    steps = decoded.pop("steps")
    assert isinstance(steps, Array)
    assert [int(each) for each in steps] == [-2, 3]
    assert decoded == {name: value for name, value in VALUES.items() if name != "steps"}


@pytest.mark.parametrize("data", [b"", BYTES[:-1], b"\0" + BYTES[1:]])
def test_bytes_that_are_no_such_account(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"wanting|no Thing"):
        layout_of(Thing).decode(data)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("count", 70_000),
        ("count", u32(1)),
        ("owner", "x"),
        ("live", 1),
        ("colour", 1),
        ("steps", [1]),
        ("name", b"x"),
        ("nothing", 1),
    ],
)
def test_values_of_the_wrong_type_are_refused(name: str, value: object) -> None:
    with pytest.raises(TypeError):
        layout_of(Thing).encode({name: value})


def test_an_array_refers_to_its_bytes() -> None:
    kind = ArrayKind(ArrayKind(u16, 2), 3)  # type: ignore[arg-type]
    buffer = bytearray(encode(kind, [[1, 2], [3, 4], [5, 6]]))
    whole: Array[Array[u16]] = Array(kind, buffer)
    row = whole[-2]
    row[-1] = u16(9)
    assert [[int(n) for n in each] for each in whole] == [[1, 2], [3, 9], [5, 6]]
    assert buffer[6:8] == b"\x09\x00"
    assert whole[1] == row


@pytest.mark.parametrize("index", [3, -4, 2**64])
def test_an_index_outside_is_a_fault(index: int) -> None:
    array: Array[u8] = Array(ArrayKind(u8, 3), bytearray(3))  # type: ignore[arg-type]
    with pytest.raises(FaultError) as caught:
        array[index]
    assert caught.value.fault is Fault.INDEX


@pytest.mark.parametrize(
    ("value", "raw"),
    [
        ("é", b"\xc3\xa9"),
        (b"x", b"x"),
        (Pubkey.of(OWNER), OWNER),
        (u16(258), b"\x02\x01"),
        (i64(-1), b"\xff" * 8),
        (True, b"\x01"),
        (Colour.GREEN, b"\x01"),
    ],
)
def test_bytes_of_values(value: object, raw: bytes) -> None:
    assert bytes_of(value) == raw
    assert bytes_of(value, b"|", value) == raw + b"|" + raw


def test_a_number_without_a_width_has_no_bytes() -> None:
    with pytest.raises(TypeError, match="write its width"):
        bytes_of(5)


@given(st.binary(max_size=200))
def test_sha256(data: bytes) -> None:
    assert bytes(sha256(data)) == hashlib.sha256(data).digest()
