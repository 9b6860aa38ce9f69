"""Passes that a passkey answered: what a browser and an authenticator say, and every lie."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256

import pytest
from conting_client import (
    BadSignature,
    Challenge,
    GateReason,
    MalformedPass,
    P256Key,
    PasskeyPass,
    PasskeyRules,
    decode_shown,
    is_answer,
    passkey_challenge,
    read_pass,
)
from conting_client.passkeys import MAX_CLIENT_DATA
from hypothesis import given, settings
from hypothesis import strategies as st
from solders.pubkey import Pubkey
from solders.signature import Signature

from tests.client.pass_vectors import (
    CHALLENGE_KEY,
    DEVICE,
    EVENT,
    EXPIRES,
    ISSUED,
    P256_DEVICE,
    PATH,
    entry_message,
)

DATA = bytes.fromhex(json.loads(PATH.read_text())["bytes"]["passkey_pass"])
KEY = P256Key(P256_DEVICE.public)
RULES = PasskeyRules("tickets.example", frozenset({"https://tickets.example"}))
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
BOUND = urlsafe_b64encode(sha256(entry_message(bytes(32))).digest()).decode().rstrip("=")
SAID = {
    "type": "webauthn.get",
    "challenge": BOUND,
    "origin": "https://tickets.example",
    "crossOrigin": False,
}


def read(data: bytes, rules: PasskeyRules | None = RULES, now: int = ISSUED) -> object:
    event = Pubkey.from_bytes(EVENT)
    key = CHALLENGE_KEY.pubkey()
    return read_pass(data, challenge_key=key, event=event, now=now, passkeys=rules)


def asserted(
    client: bytes, *, flags: int = 0x05, domain: bytes = b"tickets.example"
) -> PasskeyPass:
    """What an authenticator makes of the browser's words; the signature is right."""
    authenticator = sha256(domain).digest() + bytes([flags]) + bytes(4)
    signature = P256_DEVICE.sign(authenticator + sha256(client).digest())
    challenge = Challenge.decode(DATA[2:182])
    return PasskeyPass(challenge, Signature.from_bytes(signature), authenticator, client)


def says(**changes: object) -> PasskeyPass:
    said = {name: value for name, value in {**SAID, **changes}.items() if value is not None}
    return asserted(json.dumps(said).encode())


def test_the_vector_is_read_and_verified() -> None:
    found = read(DATA)
    assert isinstance(found, PasskeyPass)
    found.verify_device(KEY)
    assert found.encode() == DATA
    assert found == decode_shown(DATA)
    assert found.entry_message().encode() == entry_message(bytes(32))
    assert passkey_challenge(found.entry_message()) == sha256(entry_message(bytes(32))).digest()


@pytest.mark.parametrize(
    "client",
    [
        json.dumps(SAID).encode(),
        json.dumps({**SAID, "more": "words that browsers may add"}).encode(),
        json.dumps({key: SAID[key] for key in ("origin", "challenge", "type")}).encode(),
    ],
)
def test_what_browsers_may_say_otherwise_is_taken(client: bytes) -> None:
    found = read(asserted(client).encode())
    assert isinstance(found, PasskeyPass)
    found.verify_device(KEY)


@pytest.mark.parametrize("flags", [0x05, 0x0D, 0x1D])
def test_a_passkey_that_is_kept_elsewhere_too_is_taken_as_the_lower_class(flags: int) -> None:
    assert isinstance(read(asserted(json.dumps(SAID).encode(), flags=flags).encode()), PasskeyPass)


@pytest.mark.attack
@pytest.mark.parametrize(
    "make",
    [
        lambda: says(type="webauthn.create"),
        lambda: says(type=None),
        lambda: says(challenge=urlsafe_b64encode(bytes(32)).decode().rstrip("=")),
        lambda: says(challenge=BOUND + "="),
        lambda: says(challenge=None),
        lambda: says(origin="https://tickets.example.evil.example"),
        lambda: says(origin="http://tickets.example"),
        lambda: says(origin=None),
        lambda: says(origin=["https://tickets.example"]),
        lambda: says(crossOrigin=True),
        lambda: says(crossOrigin="false"),
        lambda: asserted(json.dumps(SAID).encode(), domain=b"evil.example"),
        lambda: asserted(json.dumps(SAID).encode(), flags=0x00),
        lambda: asserted(json.dumps(SAID).encode(), flags=0x01),
        lambda: asserted(json.dumps(SAID).encode(), flags=0x04),
        lambda: asserted(json.dumps(SAID).encode(), flags=0x45),
        lambda: asserted(json.dumps(SAID).encode(), flags=0x85),
        lambda: asserted(b"[]"),
        lambda: asserted(b"\xff"),
        lambda: asserted(b"[" * MAX_CLIENT_DATA),
        lambda: asserted(b"null"),
        lambda: asserted(json.dumps(SAID).encode() + b"}"),
    ],
)
def test_words_that_are_not_about_this_entry_are_refused(make: Callable[[], PasskeyPass]) -> None:
    assert read(make().encode()) is GateReason.BAD_SIGNATURE


@pytest.mark.attack
def test_every_damaged_byte_is_refused() -> None:
    for at in range(len(DATA)):
        damaged = bytearray(DATA)
        damaged[at] ^= 1 << at % 8
        found = read(bytes(damaged))
        if isinstance(found, PasskeyPass):
            with pytest.raises(BadSignature):
                found.verify_device(KEY)
        else:
            assert found in {GateReason.MALFORMED, GateReason.BAD_SIGNATURE}


@pytest.mark.attack
def test_the_twin_signature_and_other_keys_are_refused() -> None:
    s = int.from_bytes(DATA[214:246])
    twin = PasskeyPass.decode(DATA[:214] + (ORDER - s).to_bytes(32) + DATA[246:])
    with pytest.raises(BadSignature):
        twin.verify_device(KEY)
    with pytest.raises(BadSignature, match="another device key"):
        PasskeyPass.decode(DATA).verify_device(DEVICE.pubkey())


def test_a_scanner_that_takes_no_passkeys_reads_none_and_they_expire() -> None:
    assert read(DATA, None) is GateReason.MALFORMED
    assert read(DATA, now=EXPIRES) is GateReason.EXPIRED


@pytest.mark.attack
def test_passkeys_have_no_answer_lane() -> None:
    assert not is_answer(DATA)
    with pytest.raises(MalformedPass):
        decode_shown(bytes([1, 2]) + DATA[2:])


@pytest.mark.parametrize(
    "data", [b"", DATA[:2], DATA[:283], DATA + bytes(MAX_CLIENT_DATA), b"\1\4" + DATA[2:]]
)
def test_other_lengths_and_lanes_are_malformed(data: bytes) -> None:
    with pytest.raises(MalformedPass):
        PasskeyPass.decode(data)


@pytest.mark.parametrize(("authenticator", "client"), [(36, 1), (38, 1), (37, 0), (37, 385)])
def test_what_does_not_fit_the_layout_is_not_encoded(authenticator: int, client: int) -> None:
    challenge = Challenge.decode(DATA[2:182])
    made = PasskeyPass(challenge, Signature.default(), bytes(authenticator), bytes(client))
    with pytest.raises(MalformedPass):
        made.encode()


@pytest.mark.parametrize("space", [b" ", b"\r", b"\n", b"\t"])
def test_space_after_the_client_data_is_refused(space: bytes) -> None:
    assert read(DATA + space) is GateReason.BAD_SIGNATURE


@pytest.mark.fuzz
@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.binary(max_size=700), st.integers(0, len(DATA)))
def test_any_bytes_are_refused_with_a_reason(noise: bytes, at: int) -> None:
    for data in (b"\1\3" + noise, DATA[:at] + noise):
        found = read(data)
        if isinstance(found, PasskeyPass):
            assert data == DATA
        else:
            assert found in {GateReason.MALFORMED, GateReason.BAD_SIGNATURE}


@pytest.mark.fuzz
@settings(max_examples=15, deadline=None)
@given(st.binary(min_size=1, max_size=90))
def test_any_words_that_a_passkey_signed_are_refused(noise: bytes) -> None:
    assert read(asserted(noise).encode()) is GateReason.BAD_SIGNATURE
