"""The answer lane and both kinds of device keys, against docs/passes.json and attacks."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from conting_client import (
    Answer,
    BadSignature,
    Challenge,
    ChallengeRefused,
    DeviceKey,
    DevicePublicKey,
    EntryMessage,
    GateChallenge,
    GateReason,
    GateScreen,
    MalformedPass,
    P256Key,
    P256Secret,
    Pass,
    PassError,
    PasskeyPass,
    check_in_instructions,
    decode_shown,
    parse_device_key,
    read_answer,
    read_pass,
    read_sent_answer,
)
from conting_client.device_keys import decode_device_key, encode_device_key, normalised
from hypothesis import given, settings
from hypothesis import strategies as st
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.signature import Signature

from tests.client.pass_vectors import (
    CHALLENGE_KEY,
    DEVICE,
    EVENT,
    EXPIRES,
    GATE,
    ISSUED,
    NONCE,
    P256_DEVICE,
    PATH,
    SESSION,
    SLOT,
    TICKET,
    vectors,
)

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
VECTORS = json.loads(PATH.read_text())
SIZES = {
    "entry_message": 138,
    "entry_message_at_the_gate": 138,
    "challenge": 180,
    "pass": 244,
    "p256_pass": 244,
    "passkey_pass": 419,
    "gate_challenge": 162,
    "answer": 204,
    "p256_answer": 204,
}
HERE, SHOW, SEAT = GATE.pubkey(), Pubkey.from_bytes(EVENT), Pubkey.from_bytes(TICKET)
ED_KEY: DevicePublicKey = DEVICE.pubkey()
P256_KEY: DevicePublicKey = P256Key(P256_DEVICE.public)
DECODERS: dict[str, Callable[[bytes], GateChallenge | Answer | Pass]] = {
    "pass": Pass.decode,
    "p256_pass": Pass.decode,
    "gate_challenge": GateChallenge.decode,
    "answer": Answer.decode,
    "p256_answer": Answer.decode,
}


def octets(name: str) -> bytes:
    return bytes.fromhex(VECTORS["bytes"][name])


def key_of(name: str) -> DevicePublicKey:
    return P256_KEY if name.startswith("p256") else ED_KEY


def check(name: str, data: bytes) -> None:
    """Decodes and verifies as a scanner or phone would."""
    found = DECODERS[name](data)
    if isinstance(found, GateChallenge):
        assert found.gate == HERE, "of another gate"
        return found.verify()
    if isinstance(found, Pass):
        found.challenge.verify(CHALLENGE_KEY.pubkey())
    found.verify_device(key_of(name))
    return None


def screen() -> GateChallenge:
    return GateChallenge.issue(GATE, issued=ISSUED, slot=SLOT, event=SHOW, nonce=NONCE)


def test_the_documented_vectors_follow_from_the_layout() -> None:
    assert vectors() == VECTORS
    assert {name: len(octets(name)) for name in VECTORS["bytes"]} == SIZES


def test_encodes_the_vectors() -> None:
    assert screen().encode() == octets("gate_challenge")
    phone = DeviceKey(DEVICE)
    answered = phone.answer_gate(screen(), event=SHOW, ticket=SEAT, session=SESSION)
    assert answered.encode() == octets("answer")
    assert answered.entry_message().encode() == octets("entry_message_at_the_gate")
    asked = Challenge.issue(
        CHALLENGE_KEY,
        session=SESSION,
        issued=ISSUED,
        expires=EXPIRES,
        event=SHOW,
        ticket=SEAT,
        device_key=P256_KEY,
        nonce=NONCE,
    )
    assert asked.encode() == octets("p256_pass")[:180]


@pytest.mark.parametrize("name", DECODERS)
def test_decodes_and_verifies_the_vectors(name: str) -> None:
    check(name, octets(name))
    assert DECODERS[name](octets(name)).encode() == octets(name)


def test_the_fields_of_the_vectors() -> None:
    shown, found = GateChallenge.decode(octets("gate_challenge")), Answer.decode(octets("answer"))
    assert (shown.issued, shown.slot, shown.expires) == (ISSUED, SLOT, EXPIRES)
    assert (shown.event, shown.gate, shown.nonce) == (SHOW, HERE, NONCE)
    message = EntryMessage(SHOW, SEAT, HERE, NONCE, SESSION, EXPIRES)
    assert found.entry_message() == message
    assert EntryMessage.decode(octets("entry_message_at_the_gate")) == message


def test_the_lane_byte_tells_what_a_phone_shows() -> None:
    assert decode_shown(octets("pass")) == Pass.decode(octets("pass"))
    assert decode_shown(octets("answer")) == Answer.decode(octets("answer"))
    with pytest.raises(MalformedPass):
        decode_shown(octets("gate_challenge"))


@pytest.mark.attack
@pytest.mark.parametrize("name", DECODERS)
def test_every_damaged_byte_is_refused(name: str) -> None:
    data = octets(name)
    for at in range(len(data)):
        damaged = bytearray(data)
        damaged[at] ^= 1 << at % 8
        with pytest.raises((PassError, AssertionError)):
            check(name, bytes(damaged))


@pytest.mark.parametrize("name", DECODERS)
def test_any_other_length_is_malformed(name: str) -> None:
    data = octets(name)
    for other in (b"", data[:-1], data + b"\0"):
        with pytest.raises(MalformedPass):
            DECODERS[name](other)


@pytest.mark.attack
@pytest.mark.parametrize("name", ["p256_pass", "p256_answer"])
def test_the_twin_signature_with_the_higher_s_is_refused(name: str) -> None:
    data = octets(name)
    s = int.from_bytes(data[-32:])
    with pytest.raises(BadSignature):
        check(name, data[:-32] + (ORDER - s).to_bytes(32))


@pytest.mark.attack
@pytest.mark.parametrize(("r", "s"), [(0, 1), (1, 0), (ORDER, 1), (1, ORDER), (2**256 - 1, 1)])
def test_signature_numbers_outside_the_curves_order_are_refused(r: int, s: int) -> None:
    data = octets("p256_pass")[:-64] + r.to_bytes(32) + s.to_bytes(32)
    with pytest.raises(BadSignature):
        check("p256_pass", data)


@pytest.mark.attack
def test_no_signature_serves_in_the_other_lane() -> None:
    """The gate is part of what is signed: zeros in the show lane."""
    swapped = octets("answer")[:-64] + octets("pass")[-64:]
    with pytest.raises(BadSignature):
        check("answer", swapped)
    swapped = octets("pass")[:-64] + octets("answer")[-64:]
    with pytest.raises(BadSignature):
        check("pass", swapped)


@pytest.mark.attack
def test_another_key_did_not_answer() -> None:
    with pytest.raises(BadSignature, match="another device key"):
        Answer.decode(octets("answer")).verify_device(P256_KEY)
    with pytest.raises(BadSignature, match="another device key"):
        Answer.decode(octets("p256_answer")).verify_device(ED_KEY)


@pytest.mark.attack
def test_the_gates_signature_over_the_bare_body_is_no_challenge() -> None:
    body = octets("gate_challenge")[:98]
    forged = GateChallenge.decode(body + bytes(GATE.sign_message(body)))
    with pytest.raises(BadSignature):
        forged.verify()


def test_a_phone_with_either_kind_of_key_answers_both_lanes() -> None:
    for secret in (Keypair(), P256Secret.generate()):
        phone = DeviceKey(secret)
        phone.answer_gate(screen(), event=SHOW, ticket=SEAT).verify_device(phone.key)
        asked = Challenge.issue(
            CHALLENGE_KEY,
            session=0,
            issued=ISSUED,
            expires=EXPIRES,
            event=SHOW,
            ticket=SEAT,
            device_key=phone.key,
            nonce=NONCE,
        )
        phone.answer(asked, ticket=SEAT, now=ISSUED).verify_device(phone.key)


@pytest.mark.attack
def test_a_phone_answers_only_gates_of_its_event_and_only_what_they_signed() -> None:
    phone = DeviceKey(DEVICE)
    with pytest.raises(ChallengeRefused, match="of the event"):
        phone.answer_gate(screen(), event=SEAT, ticket=SEAT)
    forged = replace(screen(), gate=Keypair().pubkey())
    with pytest.raises(ChallengeRefused, match="did not sign"):
        phone.answer_gate(forged, event=SHOW, ticket=SEAT)


def test_a_screen_shows_a_new_challenge_every_five_seconds_and_takes_each_for_ten() -> None:
    shown = GateScreen(GATE, SHOW)
    first = shown.show(now=100, slot=0, nonce=bytes(16))
    assert shown.show(now=104, slot=0, nonce=NONCE) is first
    second = shown.show(now=105, slot=0, nonce=NONCE)
    assert (second.nonce, second.issued) == (NONCE, 105)
    assert list(shown.live(109)) == [first, second]
    assert list(shown.live(110)) == [second]
    assert list(shown.live(115)) == []
    after_the_clock_went_back = shown.show(now=50, slot=0, nonce=b"n" * 16)
    assert list(shown.live(51)) == [after_the_clock_went_back]


def read(data: bytes, now: int, *, event: Pubkey = SHOW, gate: Pubkey = HERE) -> object:
    return read_answer(data, live=[screen()], event=event, gate=gate, now=now)


def test_a_scanner_reads_the_answers_to_its_own_screen() -> None:
    found = Answer.decode(octets("answer"))
    assert read(octets("answer"), ISSUED) == found
    assert read(octets("answer"), EXPIRES - 1) == found


@pytest.mark.attack
def test_a_scanner_reads_no_other_answer() -> None:
    data = octets("answer")
    assert read(data, EXPIRES) is GateReason.EXPIRED
    assert read(data, ISSUED - 1) is GateReason.EXPIRED
    assert read(data, ISSUED, event=SEAT) is GateReason.WRONG_EVENT
    assert read(data, ISSUED, gate=SEAT) is GateReason.WRONG_GATE
    assert read(octets("pass"), ISSUED) is GateReason.MALFORMED
    dated = replace(Answer.decode(data), issued=ISSUED + 1).encode()
    assert read(dated, ISSUED + 1) is GateReason.EXPIRED
    assert read_answer(data, live=[], event=SHOW, gate=HERE, now=ISSUED) is GateReason.EXPIRED


def test_who_does_not_see_the_screen_allows_for_a_clock_that_is_a_little_off() -> None:
    def sent(now: int) -> object:
        return read_sent_answer(octets("answer"), event=SHOW, gate=HERE, now=now)

    assert isinstance(sent(ISSUED - 5), Answer)
    assert isinstance(sent(EXPIRES + 4), Answer)
    assert sent(ISSUED - 6) is GateReason.EXPIRED
    assert sent(EXPIRES + 5) is GateReason.EXPIRED


def test_two_phones_may_answer_one_nonce_and_neither_twice() -> None:
    mine = Answer.decode(octets("answer"))
    assert mine.spends == Answer.decode(octets("p256_answer")).spends
    assert mine.spends != replace(mine, ticket=HERE).spends
    assert mine.spends != replace(mine, session=0).spends
    assert len(mine.spends) == 16


@pytest.mark.parametrize("name", ["p256_pass", "p256_answer"])
def test_the_entry_carries_the_p256_proof(name: str) -> None:
    found = decode_shown(octets(name))
    assert not isinstance(found, PasskeyPass)
    proof, entry = check_in_instructions(found, gate_key=HERE, person=SEAT, device_key=P256_KEY)
    data, signed = bytes(proof.data), found.entry_message().encode()
    here = b"\xff\xff"
    offsets = [(49, here), (16, here), (113, len(signed).to_bytes(2, "little") + here)]
    head = b"".join(at.to_bytes(2, "little") + rest for at, rest in offsets)
    assert data[:16] == b"\1\0" + head
    assert data[16:] == P256_DEVICE.public + octets(name)[-64:] + signed
    assert str(proof.program_id) == "Secp256r1SigVerify1111111111111111111111111"
    assert bytes(entry.data)[-1] == (name == "p256_answer")


def test_device_keys_as_text_and_as_on_chain() -> None:
    for key in (ED_KEY, P256_KEY):
        assert parse_device_key(str(key)) == key
        assert decode_device_key(*encode_device_key(key)) == key
    assert encode_device_key(ED_KEY) == (0, bytes(DEVICE.pubkey()) + b"\0")
    assert encode_device_key(P256_KEY) == (1, P256_DEVICE.public)


@pytest.mark.attack
@pytest.mark.parametrize(
    "text", ["", "02" + "ff" * 32, "04" + "00" * 32, "00" * 33, "02 " * 22, "z" * 66, "1" * 31]
)
def test_text_that_is_no_key_of_either_kind(text: str) -> None:
    with pytest.raises(MalformedPass):
        parse_device_key(text)


@pytest.mark.attack
@pytest.mark.parametrize(
    ("kind", "data"), [(0, bytes(32)), (0, b"\1" * 33), (1, bytes(33)), (2, b"\2" + bytes(32))]
)
def test_bytes_that_are_no_key_of_their_kind(kind: int, data: bytes) -> None:
    with pytest.raises(MalformedPass):
        decode_device_key(kind, data)


@pytest.mark.parametrize("der", [b"", b"\x30\x00", bytes(70), b"\x30\x06\x02\x01\x81\x02\x01\x01"])
def test_der_that_is_no_signature(der: bytes) -> None:
    with pytest.raises(MalformedPass):
        normalised(der)


@pytest.mark.parametrize(
    "changes", [{"slot": -1}, {"slot": 2**64}, {"issued": 2**63}, {"nonce": bytes(15)}]
)
def test_a_gate_cannot_show_what_the_layout_forbids(changes: dict[str, object]) -> None:
    fields: dict[str, object] = {"issued": 0, "slot": 0, "event": SHOW, "nonce": NONCE, **changes}
    with pytest.raises(MalformedPass):
        GateChallenge.issue(GATE, **fields)  # type: ignore[arg-type]


@pytest.mark.fuzz
@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=300),
        st.sampled_from([162, 180, 204, 244])
        .flatmap(lambda size: st.binary(min_size=size - 2, max_size=size - 2))
        .flatmap(lambda tail: st.sampled_from([b"\1\1" + tail, b"\1\2" + tail])),
    )
)
def test_any_bytes_are_refused_with_a_reason(data: bytes) -> None:
    assert read(data, ISSUED) in {GateReason.MALFORMED, GateReason.WRONG_EVENT}
    key = CHALLENGE_KEY.pubkey()
    found = read_pass(data, challenge_key=key, event=SHOW, now=ISSUED)
    assert found in {GateReason.MALFORMED, GateReason.BAD_SIGNATURE}
    try:
        GateChallenge.decode(data).verify()
    except PassError:
        return
    raise AssertionError("random bytes were taken for a gate's challenge")


@pytest.mark.fuzz
@settings(max_examples=100, deadline=None)
@given(st.binary(min_size=64, max_size=64), st.binary(max_size=200))
def test_no_random_signature_is_right(signature: bytes, message: bytes) -> None:
    assert not P256Key(P256_DEVICE.public).verify(Signature.from_bytes(signature), message)
