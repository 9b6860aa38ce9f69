"""What a gate signs about each scan, so that two gates' words can be held against each other."""

import struct
from dataclasses import dataclass
from enum import IntEnum, unique
from hashlib import sha256
from typing import Final, Self

from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.signature import Signature

from conting_client._errors import BadSignature, MalformedPass
from conting_client.gate import Shown, decode_shown

SCAN_DOMAIN: Final = b"conting:scan:v1"
VERSION: Final = 1
_SCAN: Final = struct.Struct("<BBHQq32s32s32s16s32s")
_SIGNATURE_SIZE: Final = 64
HEAD_SIZE: Final = _SCAN.size + _SIGNATURE_SIZE
_LATEST: Final = 2**40  # Unix seconds: the year 36,812; whoever keeps words keeps it exactly


@unique
class ScanKind(IntEnum):
    """What the gate says by it."""

    ASKED = 1
    """It saw this pass and asked the gateway."""
    ADMITTED = 2
    """It let this person in, by its manifest, without the gateway."""


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan of one gate; `at` in Unix seconds of the scanner's clock."""

    kind: ScanKind
    session: int
    sequence: int
    """Place in the gate's own log, from 1."""
    at: int
    event: Pubkey
    gate: Pubkey
    ticket: Pubkey
    spends: bytes
    """The 16 bytes by which the pass is told from others."""
    shown: bytes
    """The pass itself."""
    signature: Signature

    @classmethod
    def sign(cls, key: Keypair, *, kind: ScanKind, sequence: int, at: int, shown: bytes) -> Self:
        """A scan of these bytes by the gate's registered key. Raises MalformedPass."""
        found = decode_shown(shown)
        signed = found.entry_message()
        fields = (kind, signed.session, sequence, at, signed.event, key.pubkey(), signed.ticket)
        unsigned = cls(*fields, found.spends, shown, Signature.default())
        signature = key.sign_message(SCAN_DOMAIN + unsigned.body())
        return cls(*fields, found.spends, shown, signature)

    def body(self) -> bytes:
        """The 164 bytes that are signed."""
        head = VERSION, self.kind, self.session, self.sequence, self.at
        keys = bytes(self.event), bytes(self.gate), bytes(self.ticket)
        return _SCAN.pack(*head, *keys, self.spends, sha256(self.shown).digest())

    def encode(self) -> bytes:
        """Body, signature, and the pass."""
        return self.body() + bytes(self.signature) + self.shown

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """The scan of these bytes; body and pass agree. Raises MalformedPass, BadSignature."""
        if len(data) < HEAD_SIZE:
            raise MalformedPass(f"a scan has at least {HEAD_SIZE} bytes")
        version, kind, session, sequence, at, *keys, spends, digest = _SCAN.unpack(
            data[: _SCAN.size]
        )
        if version != VERSION or kind not in set(ScanKind):
            raise MalformedPass("this is no scan of version 1")
        if not 0 <= at < _LATEST:
            raise MalformedPass("nobody scans at such a time")
        signature = Signature.from_bytes(data[_SCAN.size : HEAD_SIZE])
        shown = data[HEAD_SIZE:]
        event, gate, ticket = map(Pubkey.from_bytes, keys)
        head = ScanKind(kind), session, sequence, at
        scan = cls(*head, event, gate, ticket, spends, shown, signature)
        scan._check(digest)
        return scan

    def _check(self, digest: bytes) -> None:
        found = self.read()
        signed = found.entry_message()
        said = self.event, self.ticket, self.session, self.spends
        if said != (signed.event, signed.ticket, signed.session, found.spends):
            raise MalformedPass("the scan is about another pass")
        if sha256(self.shown).digest() != digest:
            raise MalformedPass("the scan is about other bytes")
        if not self.signature.verify(self.gate, SCAN_DOMAIN + self.body()):
            raise BadSignature("the gate did not sign this scan")

    def read(self) -> Shown:
        """The pass. Raises MalformedPass."""
        return decode_shown(self.shown)
