"""The answer lane: a gate shows a challenge, the phone answers it, no network is needed.

The gate's screen shows a `GateChallenge`, a new one every five seconds; a phone reads it and shows
an `Answer`; the scanner checks that against its own screen, its own clock and its manifest.
Layouts: docs/protocols.md.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
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
from conting_client.passes import NONCE_SIZE, VERSION, EntryMessage

GATE_DOMAIN: Final = b"conting:gate:v1"
ANSWER_LANE: Final = 2
LIFETIME: Final = 10  # seconds that a gate's challenge may be answered
RENEWAL: Final = 5  # seconds after which a gate shows another one
_LATEST: Final = 2**63 - 1 - LIFETIME  # the expiry that follows has eight bytes, too

_SCREEN: Final = struct.Struct("<BBqQ32s32s16s")
_ANSWER: Final = struct.Struct("<BBHq32s32s32s16s16s")
_SIGNATURE_SIZE: Final = 64
GATE_CHALLENGE_SIZE: Final = _SCREEN.size + _SIGNATURE_SIZE
ANSWER_SIZE: Final = _ANSWER.size + _SIGNATURE_SIZE


def _require(condition: bool, problem: str) -> None:  # noqa: FBT001
    if not condition:
        raise MalformedPass(problem)


@dataclass(frozen=True, slots=True)
class GateChallenge:
    """What a gate's screen shows; `issued` in Unix seconds of the scanner's own clock."""

    issued: int
    slot: int
    """The newest that the scanner had heard of, 0 for none: tells how old its knowledge is."""
    event: Pubkey
    gate: Pubkey
    nonce: bytes
    signature: Signature

    @classmethod
    def issue(cls, key: Keypair, *, issued: int, slot: int, event: Pubkey, nonce: bytes) -> Self:
        """A challenge signed by the gate's registered key. Raises MalformedPass."""
        fields = issued, slot, event, key.pubkey(), nonce
        unsigned = cls(*fields, signature=Signature.default())
        return cls(*fields, signature=key.sign_message(GATE_DOMAIN + unsigned.body()))

    def body(self) -> bytes:
        """The 98 bytes before the signature. Raises MalformedPass."""
        _require(len(self.nonce) == NONCE_SIZE, "the nonce has 16 bytes")
        head = VERSION, ANSWER_LANE, self.issued, self.slot
        try:
            return _SCREEN.pack(*head, bytes(self.event), bytes(self.gate), self.nonce)
        except struct.error as error:
            raise MalformedPass(f"slot or time out of range: {error}") from None

    def encode(self) -> bytes:
        """Its 162 bytes. Raises MalformedPass."""
        return self.body() + bytes(self.signature)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """The challenge of exactly these bytes, not yet verified. Raises MalformedPass."""
        size = GATE_CHALLENGE_SIZE
        _require(len(data) == size, f"a gate's challenge has {size} bytes")
        body, signature = data[: _SCREEN.size], data[_SCREEN.size :]
        version, lane, issued, slot, event, gate, nonce = _SCREEN.unpack(body)
        _require(version == VERSION, f"version {version} is not known")
        _require(lane == ANSWER_LANE, f"lane {lane} is not that of a gate's challenge")
        keys = Pubkey.from_bytes(event), Pubkey.from_bytes(gate)
        return cls(issued, slot, *keys, nonce, Signature.from_bytes(signature))

    def verify(self) -> None:
        """Raises BadSignature unless the gate that it names signed it.

        Whether that gate is one of the event is for the chain, or the manifest, to say.
        """
        if not self.signature.verify(self.gate, GATE_DOMAIN + self.body()):
            raise BadSignature("the gate did not sign this challenge")

    @property
    def expires(self) -> int:
        """Unix seconds of the scanner's clock from which no answer counts."""
        return self.issued + LIFETIME


@dataclass(frozen=True, slots=True)
class Answer:
    """What the phone shows in return; `issued`, event, gate and nonce are those it read."""

    session: int
    issued: int
    event: Pubkey
    gate: Pubkey
    ticket: Pubkey
    device_key_hash: bytes
    nonce: bytes
    device_signature: Signature

    def entry_message(self) -> EntryMessage:
        """What the device key signs, and `check_in` rebuilds with this very gate."""
        return EntryMessage(
            event=self.event,
            ticket=self.ticket,
            gate=self.gate,
            nonce=self.nonce,
            session=self.session,
            expires=self.issued + LIFETIME,
        )

    def body(self) -> bytes:
        """The 140 bytes before the signature. Raises MalformedPass."""
        _require(len(self.nonce) == NONCE_SIZE, "the nonce has 16 bytes")
        _require(len(self.device_key_hash) == KEY_HASH_SIZE, "the key hash has 16 bytes")
        head = VERSION, ANSWER_LANE, self.session, self.issued
        keys = bytes(self.event), bytes(self.gate), bytes(self.ticket)
        try:
            return _ANSWER.pack(*head, *keys, self.device_key_hash, self.nonce)
        except struct.error as error:
            raise MalformedPass(f"session or time out of range: {error}") from None

    def encode(self) -> bytes:
        """Its 204 bytes. Raises MalformedPass."""
        return self.body() + bytes(self.device_signature)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """The answer of exactly these bytes, not yet verified. Raises MalformedPass."""
        _require(len(data) == ANSWER_SIZE, f"an answer has {ANSWER_SIZE} bytes")
        body, signature = data[: _ANSWER.size], data[_ANSWER.size :]
        version, lane, session, issued, event, gate, ticket, key, nonce = _ANSWER.unpack(body)
        _require(version == VERSION, f"version {version} is not known")
        _require(lane == ANSWER_LANE, f"lane {lane} is not that of an answer")
        _require(issued <= _LATEST, "no challenge is issued so late")
        keys = Pubkey.from_bytes(event), Pubkey.from_bytes(gate), Pubkey.from_bytes(ticket)
        return cls(session, issued, *keys, key, nonce, Signature.from_bytes(signature))

    @property
    def spends(self) -> bytes:
        """The 16 bytes that may be spent once: many phones answer the same nonce of a screen."""
        session = self.session.to_bytes(2, "little")
        return sha256(self.nonce + bytes(self.ticket) + session).digest()[:NONCE_SIZE]

    def verify_device(self, device_key: DevicePublicKey) -> None:
        """Raises BadSignature unless the answer names this device key and the key signed it."""
        if self.device_key_hash != device_key_hash(device_key):
            raise BadSignature("the answer was made by another device key")
        if not device_signed(device_key, self.device_signature, self.entry_message().encode()):
            raise BadSignature("the device key did not sign this answer")


class GateScreen:
    """What one gate shows, and what it still takes answers to."""

    def __init__(self, key: Keypair, event: Pubkey) -> None:
        self._key = key
        self._event = event
        self._shown: tuple[GateChallenge, ...] = ()

    def show(self, *, now: int, slot: int, nonce: bytes) -> GateChallenge:
        """The challenge to show at `now`: the newest for five seconds, then one with this nonce.

        `now` in Unix seconds of the scanner's clock; `nonce`, 16 unpredictable bytes.
        """
        if self._shown and 0 <= now - self._shown[-1].issued < RENEWAL:
            return self._shown[-1]
        made = GateChallenge.issue(self._key, issued=now, slot=slot, event=self._event, nonce=nonce)
        self._shown = (*self.live(now), made)
        return made

    def live(self, now: int) -> Sequence[GateChallenge]:
        """The challenges that may still be answered at `now`."""
        return tuple(each for each in self._shown if each.issued <= now < each.expires)
