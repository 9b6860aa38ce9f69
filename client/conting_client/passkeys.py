"""What a passkey answers (WebAuthn), where a platform gives pages nothing better: also passes.

A passkey signs the browser's words about our bytes and not our bytes themselves, and it may be
copied to other devices. So it is the lower class: show lane only, and the chain cannot be shown its
proof. Layout: docs/protocols.md; rules: W3C Web Authentication Level 3, section 7.2. The counter of
the authenticator is not compared: passkeys that are copied have none, or one for each copy.
"""

import json
import struct
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Self

from solders.signature import Signature

from conting_client._errors import BadSignature, MalformedPass
from conting_client.device_keys import DevicePublicKey, P256Key, device_key_hash, normalised
from conting_client.passes import CHALLENGE_SIZE, VERSION, Challenge, EntryMessage

PASSKEY_LANE: Final = 3
AUTHENTICATOR_DATA_SIZE: Final = 37  # hash of the relying party, flags, counter; no extensions
MAX_CLIENT_DATA: Final = 384  # bytes: what a QR still carries
USER_PRESENT: Final = 0x01
USER_VERIFIED: Final = 0x04
MORE_FOLLOWS: Final = 0xC0
"""Attested credential data or extensions: never in this layout."""

_HEAD: Final = struct.Struct(f"<BB{CHALLENGE_SIZE}s64s{AUTHENTICATOR_DATA_SIZE}s")


@dataclass(frozen=True, slots=True)
class PasskeyRules:
    """Whose passkeys count: made for this domain, used on pages of these origins."""

    domain: str
    """The relying party's id, such as tickets.example."""
    origins: frozenset[str]
    """Such as https://tickets.example."""

    @classmethod
    def of(cls, domain: str, origins: frozenset[str] | None) -> Self:
        """For pages at a domain, with or without a port; by default https there."""
        return cls(domain.partition(":")[0], origins or frozenset({f"https://{domain}"}))


@dataclass(frozen=True, slots=True)
class Assertion:
    """A passkey's answer to any challenge; the signature in 64 bytes with the lower s.

    `authenticator_data` and `client_data` are as the browser gave them.
    """

    signature: Signature
    authenticator_data: bytes
    client_data: bytes

    @classmethod
    def of_browser(cls, authenticator_data: bytes, client_data: bytes, signature: bytes) -> Self:
        """From an AuthenticatorAssertionResponse, whose signature is DER. Raises MalformedPass."""
        return cls(normalised(signature), authenticator_data, client_data)

    def verify(self, device_key: DevicePublicKey, challenge: bytes, rules: PasskeyRules) -> None:
        """Raises BadSignature unless its owner made it with this key, on our page, about this."""
        if len(self.authenticator_data) != AUTHENTICATOR_DATA_SIZE:
            raise BadSignature(f"authenticator data has {AUTHENTICATOR_DATA_SIZE} bytes")
        self.verify_page(challenge, rules)
        self.verify_device(device_key)

    def verify_page(self, challenge: bytes, rules: PasskeyRules) -> None:
        """Raises BadSignature unless it was made on our page, for this challenge, by its owner."""
        if self.authenticator_data[:32] != sha256(rules.domain.encode()).digest():
            raise BadSignature("the passkey is one of another domain")
        flags = self.authenticator_data[32]
        if flags & MORE_FOLLOWS or not (flags & USER_PRESENT and flags & USER_VERIFIED):
            raise BadSignature("nobody unlocked the passkey")
        said = _said(self.client_data)
        bound = urlsafe_b64encode(challenge).rstrip(b"=").decode()
        if said.get("type") != "webauthn.get" or said.get("challenge") != bound:
            raise BadSignature("the passkey answered something else")
        origin = said.get("origin")
        if not isinstance(origin, str) or origin not in rules.origins:
            raise BadSignature("the passkey was used on another page")
        if said.get("crossOrigin", False) is not False:
            raise BadSignature("the passkey was used inside another page")

    def verify_device(self, device_key: DevicePublicKey) -> None:
        """Raises BadSignature unless this passkey signed."""
        signed = self.authenticator_data + sha256(self.client_data).digest()
        if not isinstance(device_key, P256Key) or not device_key.verify(self.signature, signed):
            raise BadSignature("the passkey did not sign this answer")


def passkey_challenge(message: EntryMessage) -> bytes:
    """The 32 bytes to hand to `navigator.credentials.get` as its challenge."""
    return sha256(message.encode()).digest()


@dataclass(frozen=True, slots=True)
class PasskeyPass:
    """A challenge and a passkey's assertion about it; the signature in 64 bytes with the lower s.

    `authenticator_data` and `client_data` are the assertion's own bytes.
    """

    challenge: Challenge
    device_signature: Signature
    authenticator_data: bytes
    client_data: bytes

    def entry_message(self) -> EntryMessage:
        """What the assertion is about."""
        return self.challenge.entry_message()

    @property
    def device_key_hash(self) -> bytes:
        """The 16 bytes of the passkey that the challenge names."""
        return self.challenge.device_key_hash

    @property
    def spends(self) -> bytes:
        """The 16 bytes that may be spent once."""
        return self.challenge.nonce

    @property
    def assertion(self) -> Assertion:
        """What the passkey answered."""
        return Assertion(self.device_signature, self.authenticator_data, self.client_data)

    def encode(self) -> bytes:
        """Its 284 to 667 bytes. Raises MalformedPass."""
        self._check_sizes()
        challenge, signature = self.challenge.encode(), bytes(self.device_signature)
        head = _HEAD.pack(VERSION, PASSKEY_LANE, challenge, signature, self.authenticator_data)
        return head + self.client_data

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """The pass of these bytes, not yet verified. Raises MalformedPass."""
        if not _HEAD.size < len(data) <= _HEAD.size + MAX_CLIENT_DATA:
            raise MalformedPass("no pass of a passkey has this length")
        version, lane, challenge, signature, authenticator = _HEAD.unpack_from(data)
        if (version, lane) != (VERSION, PASSKEY_LANE):
            raise MalformedPass(f"version {version}, lane {lane} is not a pass of a passkey")
        signed = Signature.from_bytes(signature)
        return cls(Challenge.decode(challenge), signed, authenticator, data[_HEAD.size :])

    def _check_sizes(self) -> None:
        if len(self.authenticator_data) != AUTHENTICATOR_DATA_SIZE:
            raise MalformedPass(f"authenticator data has {AUTHENTICATOR_DATA_SIZE} bytes")
        if not 0 < len(self.client_data) <= MAX_CLIENT_DATA:
            raise MalformedPass(f"client data has 1 to {MAX_CLIENT_DATA} bytes")

    def verify_page(self, rules: PasskeyRules) -> None:
        """Raises BadSignature unless it was made on our page, for this challenge, by its owner."""
        self.assertion.verify_page(passkey_challenge(self.entry_message()), rules)

    def verify_device(self, device_key: DevicePublicKey) -> None:
        """Raises BadSignature unless the challenge names this passkey and it signed."""
        if self.device_key_hash != device_key_hash(device_key):
            raise BadSignature("the challenge was made for another device key")
        self.assertion.verify_device(device_key)


def _said(client_data: bytes) -> Mapping[str, object]:
    if client_data[:1] != b"{" or client_data[-1:] != b"}":  # browsers write no space around it
        raise BadSignature("the client data is not an object")
    try:
        said = json.loads(client_data.decode())
    except (ValueError, RecursionError):
        raise BadSignature("the client data is not JSON") from None
    if not isinstance(said, dict):
        raise BadSignature("the client data is not an object")
    return said
