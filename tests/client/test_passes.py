"""The pass layouts against docs/protocols.md and against an independent encoding of it."""

import re
import struct
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from conting_client import (
    ANY_GATE,
    BadSignature,
    Challenge,
    EntryMessage,
    MalformedPass,
    Pass,
    PassError,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.signature import Signature

PROTOCOLS = Path(__file__).parents[2] / "docs" / "protocols.md"

GATEWAY = Keypair.from_seed(bytes([1]) * 32)
DEVICE = Keypair.from_seed(bytes([2]) * 32)
EVENT = bytes([3]) * 32
TICKET = bytes([4]) * 32
NONCE = bytes(range(16))
SESSION, ISSUED, EXPIRES = 258, 1_760_000_000, 1_760_000_010


def expected_body() -> bytes:
    """The body as the layout's text says, field by field."""
    return b"".join(
        [
            bytes([1]),
            bytes([1]),
            SESSION.to_bytes(2, "little"),
            struct.pack("<q", ISSUED),
            struct.pack("<q", EXPIRES),
            EVENT,
            TICKET,
            sha256(bytes(DEVICE.pubkey())).digest()[:16],
            NONCE,
        ]
    )


def expected_entry() -> bytes:
    fields = [b"conting:entry:v1", EVENT, TICKET, bytes(32), NONCE]
    return b"".join(fields) + struct.pack("<H", SESSION) + struct.pack("<q", EXPIRES)


def expected_challenge() -> bytes:
    body = expected_body()
    return body + bytes(GATEWAY.sign_message(b"conting:challenge:v1" + body))


def expected_pass() -> bytes:
    return expected_challenge() + bytes(DEVICE.sign_message(expected_entry()))


def issued() -> Challenge:
    return Challenge.issue(
        GATEWAY,
        session=SESSION,
        issued=ISSUED,
        expires=EXPIRES,
        event=Pubkey.from_bytes(EVENT),
        ticket=Pubkey.from_bytes(TICKET),
        device_key=DEVICE.pubkey(),
        nonce=NONCE,
    )


def answered() -> Pass:
    challenge = issued()
    return Pass(challenge, DEVICE.sign_message(challenge.entry_message().encode()))


def verify(data: bytes) -> None:
    Pass.decode(data).verify(challenge_key=GATEWAY.pubkey(), device_key=DEVICE.pubkey())


def documented(name: str) -> bytes:
    """The test vector of this name in docs/protocols.md."""
    found = re.search(rf"^{name}:\n((?:[0-9a-f]+\n)+)", PROTOCOLS.read_text(), re.MULTILINE)
    assert found is not None, f"docs/protocols.md has no vector '{name}'"
    return bytes.fromhex(found[1])


@pytest.mark.parametrize(
    ("name", "expected", "size"),
    [
        ("entry message", expected_entry(), 138),
        ("challenge", expected_challenge(), 180),
        ("pass", expected_pass(), 244),
    ],
)
def test_the_documented_vectors_follow_from_the_layout(
    name: str, expected: bytes, size: int
) -> None:
    assert len(expected) == size
    assert documented(name) == expected


def test_encodes_the_vectors() -> None:
    assert issued().encode() == expected_challenge()
    assert issued().entry_message().encode() == expected_entry()
    assert answered().encode() == expected_pass()


def test_decodes_the_vectors() -> None:
    found = Pass.decode(expected_pass())
    challenge = found.challenge
    assert (challenge.session, challenge.issued, challenge.expires) == (SESSION, ISSUED, EXPIRES)
    assert (bytes(challenge.event), bytes(challenge.ticket)) == (EVENT, TICKET)
    assert challenge.nonce == NONCE
    assert EntryMessage.decode(expected_entry()) == challenge.entry_message()
    assert challenge.entry_message().gate == ANY_GATE
    verify(expected_pass())


@pytest.mark.attack
def test_every_damaged_byte_is_refused() -> None:
    data = expected_pass()
    for at in range(len(data)):
        for flip in (0x01, 0x80):
            damaged = bytearray(data)
            damaged[at] ^= flip
            with pytest.raises(PassError):
                verify(bytes(damaged))


@pytest.mark.attack
@pytest.mark.parametrize("data", [b"", expected_pass()[:-1], expected_pass() + b"\0", bytes(244)])
def test_other_lengths_and_blank_bytes_are_malformed(data: bytes) -> None:
    with pytest.raises(MalformedPass):
        Pass.decode(data)


@pytest.mark.parametrize("data", [b"", expected_challenge()[:-1], expected_challenge() + b"\0"])
def test_a_challenge_of_another_length_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedPass):
        Challenge.decode(data)


@pytest.mark.parametrize("data", [b"", expected_entry()[:-1], b"conting:entry:v2" + bytes(122)])
def test_an_entry_message_of_another_form_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedPass):
        EntryMessage.decode(data)


@pytest.mark.attack
def test_other_keys_are_refused() -> None:
    stranger = Keypair.from_seed(bytes([9]) * 32).pubkey()
    with pytest.raises(BadSignature):
        answered().verify(challenge_key=stranger, device_key=DEVICE.pubkey())
    with pytest.raises(BadSignature):
        answered().verify(challenge_key=GATEWAY.pubkey(), device_key=stranger)


@pytest.mark.attack
def test_the_answer_to_another_challenge_is_refused() -> None:
    other = EntryMessage(
        event=Pubkey.from_bytes(EVENT),
        ticket=Pubkey.from_bytes(TICKET),
        gate=ANY_GATE,
        nonce=bytes(16),
        session=SESSION,
        expires=EXPIRES,
    )
    with pytest.raises(BadSignature):
        Pass(issued(), DEVICE.sign_message(other.encode())).verify_device(DEVICE.pubkey())


@pytest.mark.attack
def test_a_challenge_for_another_device_is_not_answered_by_this_one() -> None:
    other = replace(issued(), device_key_hash=bytes(16))
    answer = DEVICE.sign_message(other.entry_message().encode())  # a valid signature in itself
    with pytest.raises(BadSignature, match="another device key"):
        Pass(other, answer).verify_device(DEVICE.pubkey())


@pytest.mark.attack
def test_the_gateways_signature_over_the_bare_body_is_no_challenge() -> None:
    signature = GATEWAY.sign_message(expected_body())
    with pytest.raises(BadSignature):
        Challenge.decode(expected_body() + bytes(signature)).verify(GATEWAY.pubkey())


@pytest.mark.parametrize("life", [0, -1, 11, 2**40])
def test_a_life_outside_one_to_ten_seconds_is_refused(life: int) -> None:
    body = bytearray(expected_body())
    body[12:20] = struct.pack("<q", ISSUED + life)
    signature = GATEWAY.sign_message(b"conting:challenge:v1" + bytes(body))
    with pytest.raises(MalformedPass):
        Challenge.decode(bytes(body) + bytes(signature))


@pytest.mark.parametrize(
    "changes",
    [
        {"expires": ISSUED + 11},
        {"expires": ISSUED},
        {"session": 65_536},
        {"session": -1},
        {"issued": 2**63, "expires": 2**63 + 1},
        {"nonce": bytes(15)},
    ],
)
def test_the_gateway_cannot_issue_what_the_layout_forbids(changes: dict[str, object]) -> None:
    fields: dict[str, object] = {
        "session": 0,
        "issued": ISSUED,
        "expires": EXPIRES,
        "event": Pubkey.from_bytes(EVENT),
        "ticket": Pubkey.from_bytes(TICKET),
        "device_key": DEVICE.pubkey(),
        "nonce": NONCE,
    }
    with pytest.raises(MalformedPass):
        Challenge.issue(GATEWAY, **{**fields, **changes})  # type: ignore[arg-type]


def test_an_entry_message_with_values_out_of_range_is_refused() -> None:
    key = Pubkey.from_bytes(EVENT)
    for nonce, session in ((bytes(15), 0), (bytes(16), 65_536)):
        with pytest.raises(MalformedPass):
            EntryMessage(key, key, key, nonce, session, 0).encode()


@pytest.mark.fuzz
@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=400), st.binary(min_size=244, max_size=244)))
def test_any_bytes_decode_or_raise_pass_errors(data: bytes) -> None:
    try:
        verify(data)
    except PassError:
        return
    raise AssertionError("random bytes were accepted")


@pytest.mark.fuzz
@settings(max_examples=200, deadline=None)
@given(st.integers(0, 243), st.binary(min_size=1, max_size=64))
def test_overwritten_parts_are_refused(at: int, piece: bytes) -> None:
    data = expected_pass()
    damaged = (data[:at] + piece + data[at + len(piece) :])[:244]
    if damaged == data:
        return
    with pytest.raises(PassError):
        verify(damaged)


@pytest.mark.fuzz
@settings(max_examples=100, deadline=None)
@given(
    st.integers(0, 0xFFFF),
    st.integers(-(2**62), 2**62),
    st.integers(1, 10),
    st.binary(min_size=96, max_size=96),
)
def test_what_is_encoded_decodes_to_the_same(
    session: int, start: int, life: int, keys: bytes
) -> None:
    challenge = Challenge(
        session,
        start,
        start + life,
        Pubkey.from_bytes(keys[:32]),
        Pubkey.from_bytes(keys[32:64]),
        keys[64:80],
        keys[80:],
        Signature.default(),
    )
    assert Challenge.decode(challenge.encode()) == challenge
    assert EntryMessage.decode(challenge.entry_message().encode()) == challenge.entry_message()
