"""A passkey as the phone: an assertion in place of a signature, and every lie about one."""

import secrets
from base64 import b64encode
from hashlib import sha256

import pytest
from conting_client import Assertion, P256Secret
from conting_client.generated.family import Scheme
from conting_client.issuer_api import Somebody
from solders.keypair import Keypair
from solders.signature import Signature

from tests.authenticator import PRESENT, VERIFIED, Passkey
from tests.gateway.issuer.office import Office
from tests.gateway.issuer.test_persons import code
from tests.gateway.support import Json

pytestmark = pytest.mark.anyio

DOMAIN, ORIGIN = "localhost", "https://localhost"  # as the settings are by default
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


async def statement(office: Office, action: str, **facts: object) -> tuple[str, bytes]:
    """A challenge and what is to be signed, by the words of docs/family.md."""
    about = await office.client.about()
    challenge = (await office.http.post("/v1/challenges")).json()["challenge"]
    lines = ["conting issuer, version 1", f"action: {action}", f"issuer: {about.issuer}"]
    lines += [f"{name}: {value}" for name, value in facts.items()]
    return challenge, "\n".join([*lines, f"challenge: {challenge}"]).encode()


def shown(made: Assertion) -> Json:
    """As a request has it."""
    return {
        "device_signature": str(made.signature),
        "device_assertion": {
            "authenticator_data": b64encode(made.authenticator_data).decode(),
            "client_data": b64encode(made.client_data).decode(),
        },
    }


async def asked(office: Office, wallet: Keypair, phone: Passkey) -> tuple[Json, bytes]:
    """A request to be attested, without the phone's part; and the challenge for that."""
    facts = {"wallet": wallet.pubkey(), "device_key": phone.pubkey()}
    challenge, signed = await statement(office, "attest_person", **facts)
    body = {
        "papers": "passport " + secrets.token_hex(8),
        "wallet": str(wallet.pubkey()),
        "device_key": str(phone.pubkey()),
        "challenge": challenge,
        "wallet_signature": str(wallet.sign_message(signed)),
    }
    return body, sha256(signed).digest()


@pytest.mark.slow
async def test_a_passkey_is_bound_and_bound_again_and_marked_as_one(office: Office) -> None:
    phone = Passkey(DOMAIN, ORIGIN)
    who, papers = await office.somebody(), "passport " + secrets.token_hex(8)
    who = Somebody(who.wallet, phone)
    person = await office.client.attest(who, papers)
    made = await office.person(person)
    assert (made.scheme, bytes(made.device)) == (Scheme.SECP256R1, bytes(phone.pubkey()))
    new = Somebody((await office.somebody()).wallet, Passkey(DOMAIN, ORIGIN))
    moving = await office.client.rebind(person, new, papers)
    assert (moving.progress, moving.proof) == ("announced", "passkey")
    assert bytes((await office.person(person)).next_device) == bytes(new.phone.pubkey())
    await office.client.cancel_rebinding(person, papers)
    plain = Somebody(who.wallet, P256Secret.generate())
    assert (await office.client.rebind(person, plain, papers)).proof == "device"


@pytest.mark.attack
async def test_a_passkey_that_answered_something_else_somewhere_else_is_refused(
    office: Office,
) -> None:
    wallet, phone = (await office.somebody()).wallet, Passkey(DOMAIN, ORIGIN)
    body, challenge = await asked(office, wallet, phone)
    other = Passkey(DOMAIN, ORIGIN)
    lies = [
        phone.but(origin="https://localhost.evil.example").answer(challenge),
        phone.but(origin="http://localhost").answer(challenge),
        phone.but(domain="evil.example").answer(challenge),
        phone.but(flags=0).answer(challenge),
        phone.but(flags=PRESENT).answer(challenge),
        phone.but(flags=VERIFIED).answer(challenge),
        phone.but(flags=PRESENT | VERIFIED | 0x40, more=bytes(18)).answer(challenge),
        phone.but(flags=PRESENT | VERIFIED | 0x80, more=b"\xa0").answer(challenge),
        phone.but(more=bytes(1)).answer(challenge),
        phone.but(says={"type": "webauthn.create"}).answer(challenge),
        phone.but(says={"crossOrigin": True}).answer(challenge),
        phone.but(says={"origin": None}).answer(challenge),
        phone.answer(bytes(32)),
        phone.answer(challenge[:-1]),
        other.answer(challenge),
    ]
    honest = phone.answer(challenge)
    s = int.from_bytes(bytes(honest.signature)[32:])
    twin = bytes(honest.signature)[:32] + (ORDER - s).to_bytes(32)
    lies += [
        Assertion(Signature.from_bytes(twin), honest.authenticator_data, honest.client_data),
        Assertion(honest.signature, honest.authenticator_data[:36], honest.client_data),
        Assertion(honest.signature, b"", honest.client_data),
        Assertion(honest.signature, honest.authenticator_data, honest.client_data + b" "),
        Assertion(honest.signature, honest.authenticator_data, b"[" * 3000),
        Assertion(honest.signature, honest.authenticator_data, b""),
    ]
    for lie in lies:
        assert await code(office, "/v1/persons", body | shown(lie)) == "not_proven", lie
    # A signature alone is not taken for an assertion, nor an assertion for that of another key.
    bare = {"device_signature": str(honest.signature)}
    assert await code(office, "/v1/persons", body | bare) == "not_proven"
    ed25519 = {"device_key": str(Keypair().pubkey())}
    assert await code(office, "/v1/persons", body | ed25519 | shown(honest)) == "not_proven"
    long = shown(honest)
    long["device_assertion"]["client_data"] = b64encode(bytes(5000)).decode()
    assert await code(office, "/v1/persons", body | long) == "invalid_request"
    answer = await office.http.post("/v1/persons", json=body | shown(honest))
    assert (answer.status_code, answer.json()["proof"]) == (200, "passkey")


@pytest.mark.attack
@pytest.mark.slow
async def test_what_a_passkey_answered_for_one_thing_does_not_serve_another(
    office: Office,
) -> None:
    """An assertion about being attested moves nobody, nor does one for another wallet."""
    who, person = await office.attested()
    thief = (await office.somebody()).wallet
    phone = Passkey(DOMAIN, ORIGIN)
    body, challenge = await asked(office, thief, phone)
    made = shown(phone.answer(challenge))
    facts = {"person": person, "wallet": thief.pubkey(), "device_key": phone.pubkey()}
    own, signed = await statement(office, "rebind_person", **facts)
    wallet_signature = str(thief.sign_message(signed))
    moved = body | made | {"papers": office.papers[person], "wallet_signature": wallet_signature}
    path = f"/v1/persons/{person}/rebind"
    assert await code(office, path, moved | {"challenge": own}) == "not_proven"
    assert await code(office, path, moved) == "not_proven"
    assert (await office.person(person)).wallet == who.wallet.pubkey()
