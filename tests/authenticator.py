"""A passkey in software: authenticator and browser of W3C Web Authentication, made from its words.

https://www.w3.org/TR/webauthn-3/ 5.8.1 (client data), 6.1 (authenticator data), 6.3.3 (assertion).
"""

import hashlib
import json
import struct
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from conting_client import Assertion, P256Key
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PRESENT, VERIFIED, BACKED_UP = 0x01, 0x04, 0x18
"""Bits of the flags: somebody touched it; and unlocked it; it is copied to other devices."""


@dataclass
class Passkey:
    """One credential of one relying party, used on pages of one origin."""

    domain: str
    origin: str
    flags: int = PRESENT | VERIFIED | BACKED_UP
    counter: int = 0
    says: Mapping[str, object] = field(default_factory=dict)
    """What the browser says otherwise; None leaves a member out."""
    more: bytes = b""
    """After the counter: attested credential data or extensions."""
    secret: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1()), repr=False
    )

    def pubkey(self) -> P256Key:
        point = self.secret.public_key()
        return P256Key(point.public_bytes(Encoding.X962, PublicFormat.CompressedPoint))

    def but(self, **changes: object) -> "Passkey":
        """The same credential, used otherwise."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def answer(self, challenge: bytes) -> Assertion:
        """What `navigator.credentials.get` gives; the counter goes up each time."""
        self.counter += 1
        said = {
            "type": "webauthn.get",
            "challenge": urlsafe_b64encode(challenge).decode().rstrip("="),
            "origin": self.origin,
            "crossOrigin": False,
            **self.says,
        }
        client = json.dumps({name: each for name, each in said.items() if each is not None})
        relying_party = hashlib.sha256(self.domain.encode()).digest()
        data = relying_party + struct.pack(">BI", self.flags, self.counter) + self.more
        signed = data + hashlib.sha256(client.encode()).digest()
        signature = self.secret.sign(signed, ec.ECDSA(hashes.SHA256()))
        return Assertion.of_browser(data, client.encode(), signature)
