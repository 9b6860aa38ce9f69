"""The bytes of docs/passes.json, put together by the words of docs/protocols.md alone.

Nothing of conting_client is used here. `python -m tests.client.pass_vectors` writes the file.
"""

import json
import struct
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path

from solders.keypair import Keypair

from tests.compiler.p256 import SigningKey

PATH = Path(__file__).parents[2] / "docs" / "passes.json"

CHALLENGE_KEY = Keypair.from_seed(bytes([1]) * 32)
DEVICE = Keypair.from_seed(bytes([2]) * 32)
EVENT, TICKET = bytes([3]) * 32, bytes([4]) * 32
GATE = Keypair.from_seed(bytes([5]) * 32)
P256_DEVICE = SigningKey(6)
NONCE = bytes(range(16))
SESSION, ISSUED, SLOT = 258, 1_760_000_000, 123_456_789
EXPIRES = ISSUED + 10


def entry_message(gate: bytes) -> bytes:
    return (
        b"conting:entry:v1"
        + EVENT
        + TICKET
        + gate
        + NONCE
        + SESSION.to_bytes(2, "little")
        + struct.pack("<q", EXPIRES)
    )


def challenge(device: bytes) -> bytes:
    body = (
        bytes([1, 1])
        + SESSION.to_bytes(2, "little")
        + struct.pack("<q", ISSUED)
        + struct.pack("<q", EXPIRES)
        + EVENT
        + TICKET
        + sha256(device).digest()[:16]
        + NONCE
    )
    return body + bytes(CHALLENGE_KEY.sign_message(b"conting:challenge:v1" + body))


def gate_challenge() -> bytes:
    gate = bytes(GATE.pubkey())
    times = struct.pack("<q", ISSUED) + struct.pack("<Q", SLOT)
    body = bytes([1, 2]) + times + EVENT + gate + NONCE
    return body + bytes(GATE.sign_message(b"conting:gate:v1" + body))


def answer(device: bytes, signature: bytes) -> bytes:
    head = bytes([1, 2]) + SESSION.to_bytes(2, "little") + struct.pack("<q", ISSUED)
    keys = EVENT + bytes(GATE.pubkey()) + TICKET
    return head + keys + sha256(device).digest()[:16] + NONCE + signature


CLIENT_DATA = (
    '{"type":"webauthn.get","challenge":"%s","origin":"https://tickets.example",'
    '"crossOrigin":false}'
)


def passkey_pass() -> bytes:
    bound = urlsafe_b64encode(sha256(entry_message(bytes(32))).digest()).decode().rstrip("=")
    client = (CLIENT_DATA % bound).encode()
    authenticator = sha256(b"tickets.example").digest() + bytes([0x05]) + (7).to_bytes(4, "big")
    signature = P256_DEVICE.sign(authenticator + sha256(client).digest())
    return bytes([1, 3]) + challenge(P256_DEVICE.public) + signature + authenticator + client


def vectors() -> dict[str, dict[str, str | int]]:
    """Everything that the file says; bytes in hex."""
    device, p256 = bytes(DEVICE.pubkey()), P256_DEVICE.public
    shown, met = entry_message(bytes(32)), entry_message(bytes(GATE.pubkey()))
    ed_show, ed_met = bytes(DEVICE.sign_message(shown)), bytes(DEVICE.sign_message(met))
    texts = {
        "challenge_key": bytes(CHALLENGE_KEY.pubkey()),
        "gate": bytes(GATE.pubkey()),
        "event": EVENT,
        "ticket": TICKET,
        "nonce": NONCE,
        "device_key": device,
        "p256_device_key": p256,
    }
    made = {
        "entry_message": shown,
        "entry_message_at_the_gate": met,
        "challenge": challenge(device),
        "pass": challenge(device) + ed_show,
        "p256_pass": challenge(p256) + P256_DEVICE.sign(shown),
        "passkey_pass": passkey_pass(),
        "gate_challenge": gate_challenge(),
        "answer": answer(device, ed_met),
        "p256_answer": answer(p256, P256_DEVICE.sign(met)),
    }
    numbers = {"session": SESSION, "issued": ISSUED, "expires": EXPIRES, "slot": SLOT}
    return {
        "given": {**{name: value.hex() for name, value in texts.items()}, **numbers},
        "bytes": {name: value.hex() for name, value in made.items()},
    }


if __name__ == "__main__":
    PATH.write_text(json.dumps(vectors(), indent=2) + "\n")
