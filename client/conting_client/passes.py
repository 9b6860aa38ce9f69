"""Challenge, pass and entry message: the bytes that let a ticket in (layouts: docs/protocols.md).

The gateway signs a challenge that lives seconds; the ticket's device key signs the entry message
that follows from it; both together are the pass that the QR shows. The entry message is what the
ticket program checks on chain (programs/ticket/check_in.py).
"""

import struct
from dataclasses import dataclass
from typing import Final, Self

from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.signature import Signature

from conting_client._errors import BadSignature, MalformedPass
from conting_client.device_keys import (
    KEY_HASH_SIZE,
    DevicePublicKey,
    device_key_hash,
    device_signed,
)

ENTRY_DOMAIN: Final = b"conting:entry:v1"
CHALLENGE_DOMAIN: Final = b"conting:challenge:v1"
ANY_GATE: Final = Pubkey.default()
VERSION: Final = 1
SHOW_LANE: Final = 1
MAX_LIFETIME: Final = 10  # seconds
NONCE_SIZE: Final = 16

_BODY: Final = struct.Struct("<BBHqq32s32s16s16s")
_ENTRY: Final = struct.Struct("<16s32s32s32s16sHq")
_SIGNATURE_SIZE: Final = 64
CHALLENGE_SIZE: Final = _BODY.size + _SIGNATURE_SIZE
PASS_SIZE: Final = CHALLENGE_SIZE + _SIGNATURE_SIZE
ENTRY_SIZE: Final = _ENTRY.size


def _require(condition: bool, problem: str) -> None:  # noqa: FBT001
    if not condition:
        raise MalformedPass(problem)


@dataclass(frozen=True, slots=True)
class EntryMessage:
    """What the device key signs and `check_in` rebuilds; `expires` in Unix seconds."""

    event: Pubkey
    ticket: Pubkey
    gate: Pubkey
    """ANY_GATE in the show lane."""
    nonce: bytes
    session: int
    expires: int

    def encode(self) -> bytes:
        """Its 138 bytes. Raises MalformedPass for values that do not fit."""
        _require(len(self.nonce) == NONCE_SIZE, "the nonce has 16 bytes")
        keys = bytes(self.event), bytes(self.ticket), bytes(self.gate)
        try:
            return _ENTRY.pack(ENTRY_DOMAIN, *keys, self.nonce, self.session, self.expires)
        except struct.error as error:
            raise MalformedPass(f"session or expiry out of range: {error}") from None

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """The message of exactly these bytes. Raises MalformedPass."""
        _require(len(data) == ENTRY_SIZE, f"an entry message has {ENTRY_SIZE} bytes")
        domain, event, ticket, gate, nonce, session, expires = _ENTRY.unpack(data)
        _require(domain == ENTRY_DOMAIN, "not an entry message of version 1")
        keys = Pubkey.from_bytes(event), Pubkey.from_bytes(ticket), Pubkey.from_bytes(gate)
        return cls(*keys, nonce, session, expires)


@dataclass(frozen=True, slots=True)
class Challenge:
    """The gateway's permission to show a pass for at most ten seconds; times in Unix seconds."""

    session: int
    issued: int
    expires: int
    event: Pubkey
    ticket: Pubkey
    device_key_hash: bytes
    nonce: bytes
    signature: Signature

    @classmethod
    def issue(
        cls,
        key: Keypair,
        *,
        session: int,
        issued: int,
        expires: int,
        event: Pubkey,
        ticket: Pubkey,
        device_key: DevicePublicKey,
        nonce: bytes,
    ) -> Self:
        """A challenge signed by the gateway's challenge key.

        Raises MalformedPass for values that the layout forbids, such as a life over ten seconds.
        """
        key_hash = device_key_hash(device_key)
        fields = (session, issued, expires, event, ticket, key_hash, nonce)
        unsigned = cls(*fields, signature=Signature.default())
        return cls(*fields, signature=key.sign_message(CHALLENGE_DOMAIN + unsigned.body()))

    def body(self) -> bytes:
        """The 116 bytes before the signature. Raises MalformedPass."""
        _require(len(self.nonce) == NONCE_SIZE, "the nonce has 16 bytes")
        _require(len(self.device_key_hash) == KEY_HASH_SIZE, "the key hash has 16 bytes")
        self._check_life()
        head = VERSION, SHOW_LANE, self.session, self.issued, self.expires
        keys = bytes(self.event), bytes(self.ticket)
        try:
            return _BODY.pack(*head, *keys, self.device_key_hash, self.nonce)
        except struct.error as error:
            raise MalformedPass(f"session or times out of range: {error}") from None

    def encode(self) -> bytes:
        """Its 180 bytes. Raises MalformedPass."""
        return self.body() + bytes(self.signature)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """The challenge of exactly these bytes, not yet verified. Raises MalformedPass."""
        _require(len(data) == CHALLENGE_SIZE, f"a challenge has {CHALLENGE_SIZE} bytes")
        body, signature = data[: _BODY.size], data[_BODY.size :]
        version, lane, session, issued, expires, event, ticket, key, nonce = _BODY.unpack(body)
        _require(version == VERSION, f"version {version} is not known")
        _require(lane == SHOW_LANE, f"lane {lane} is not known")
        keys = Pubkey.from_bytes(event), Pubkey.from_bytes(ticket)
        signed = Signature.from_bytes(signature)
        challenge = cls(session, issued, expires, *keys, key, nonce, signed)
        challenge._check_life()
        return challenge

    def _check_life(self) -> None:
        life = self.expires - self.issued
        _require(0 < life <= MAX_LIFETIME, f"a challenge lives 1 to {MAX_LIFETIME} seconds")

    def verify(self, *challenge_keys: Pubkey) -> None:
        """Raises BadSignature unless one of these keys of the gateway signed exactly this."""
        signed = CHALLENGE_DOMAIN + self.body()
        if not any(self.signature.verify(key, signed) for key in challenge_keys):
            raise BadSignature("the gateway did not sign this challenge")

    def entry_message(self) -> EntryMessage:
        """What the device key has to sign to answer."""
        return EntryMessage(
            event=self.event,
            ticket=self.ticket,
            gate=ANY_GATE,
            nonce=self.nonce,
            session=self.session,
            expires=self.expires,
        )


@dataclass(frozen=True, slots=True)
class Pass:
    """A challenge and the device key's answer: what the QR carries."""

    challenge: Challenge
    device_signature: Signature

    def encode(self) -> bytes:
        """Its 244 bytes. Raises MalformedPass."""
        return self.challenge.encode() + bytes(self.device_signature)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """The pass of exactly these bytes, not yet verified. Raises MalformedPass."""
        _require(len(data) == PASS_SIZE, f"a pass has {PASS_SIZE} bytes")
        challenge = Challenge.decode(data[:CHALLENGE_SIZE])
        return cls(challenge, Signature.from_bytes(data[CHALLENGE_SIZE:]))

    def entry_message(self) -> EntryMessage:
        """What the device key signed."""
        return self.challenge.entry_message()

    @property
    def device_key_hash(self) -> bytes:
        """The 16 bytes of the device key that the challenge names."""
        return self.challenge.device_key_hash

    @property
    def spends(self) -> bytes:
        """The 16 bytes that may be spent once."""
        return self.challenge.nonce

    def verify_device(self, device_key: DevicePublicKey) -> None:
        """Raises BadSignature unless the challenge names this device key and the key answered."""
        if self.challenge.device_key_hash != device_key_hash(device_key):
            raise BadSignature("the challenge was made for another device key")
        if not device_signed(device_key, self.device_signature, self.entry_message().encode()):
            raise BadSignature("the device key did not sign this answer")

    def verify(self, *, challenge_key: Pubkey, device_key: DevicePublicKey) -> None:
        """Raises BadSignature unless both signatures are right."""
        self.challenge.verify(challenge_key)
        self.verify_device(device_key)
