"""What a scanner carries to decide without a network: sealed tickets and entries, a signed head.

A line is found by a hash of the ticket and opened with a key that only a pass of that ticket shows
(ticket and device key), so who finds a lost scanner reads nothing out of it. Sealing is
deterministic (AES-SIV, RFC 5297): whoever builds the manifest from the same accounts gets the same
bytes and the same root. Layouts: docs/protocols.md.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.signature import Signature

from conting_client._errors import BadSignature, MalformedManifest
from conting_client.device_keys import (
    DevicePublicKey,
    decode_device_key,
    device_key_hash,
    encode_device_key,
)
from conting_client.generated.ticket import TicketState

HEAD_DOMAIN: Final = b"conting:manifest:v1"
ID_DOMAIN: Final = b"conting:manifest:id:v1"
RETURNED_DOMAIN: Final = b"conting:manifest:returned:v1"
KEY_DOMAIN: Final = b"conting:manifest:key:v1"
ROOT_DOMAIN: Final = b"conting:manifest:root:v1"
VERSION: Final = 1
INDEX_SIZE: Final = 16
NOBODYS: Final = bytes(16)
"""In place of a device key's hash, for tickets that are nobody's."""
NO_DEVICE: Final = 255

_TICKET: Final = struct.Struct("<BBHIB33s32s")
_ENTRY: Final = struct.Struct("<32s16sqB")
_HEAD: Final = struct.Struct("<BBBxHHQqqqqq32s32s32s32s32s32s32s")
HEAD_SIZE: Final = _HEAD.size
_AS_TICKET: Final = [b"ticket"]
_AS_ENTRY: Final = [b"entry"]
_AS_RETURNED: Final = [b"returned"]

Lines = Mapping[bytes, bytes]
"""Sealed lines by their index."""


@dataclass(frozen=True, slots=True)
class TicketLine:
    """A ticket as a scanner has to know it."""

    state: TicketState
    group: int
    section: int
    seat: int
    device: DevicePublicKey | None
    person: Pubkey

    def encode(self) -> bytes:
        """Its 74 bytes."""
        kind, key = (
            (NO_DEVICE, bytes(33)) if self.device is None else encode_device_key(self.device)
        )
        head = self.state.value, self.group, self.section, self.seat
        return _TICKET.pack(*head, kind, key, bytes(self.person))

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """The ticket of these bytes. Raises MalformedManifest, MalformedPass."""
        if len(data) != _TICKET.size:
            raise MalformedManifest(f"a ticket's line has {_TICKET.size} bytes")
        state, group, section, seat, kind, key, person = _TICKET.unpack(data)
        device = None if kind == NO_DEVICE else decode_device_key(kind, key)
        return cls(TicketState(state), group, section, seat, device, Pubkey.from_bytes(person))


@dataclass(frozen=True, slots=True)
class EntryLine:
    """An entry into the manifest's session; `at` in Unix seconds."""

    gate: Pubkey
    nonce: bytes
    at: int
    undone: bool = False

    def encode(self) -> bytes:
        """Its 57 bytes."""
        return _ENTRY.pack(bytes(self.gate), self.nonce, self.at, self.undone)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """The entry of these bytes. Raises MalformedManifest."""
        if len(data) != _ENTRY.size:
            raise MalformedManifest(f"an entry's line has {_ENTRY.size} bytes")
        gate, nonce, at, undone = _ENTRY.unpack(data)
        return cls(Pubkey.from_bytes(gate), nonce, at, bool(undone))


def index_of(event: Pubkey, ticket: Pubkey) -> bytes:
    """Where the lines of a ticket are."""
    return sha256(ID_DOMAIN + bytes(event) + bytes(ticket)).digest()[:INDEX_SIZE]


def returned_index(event: Pubkey, ticket: Pubkey, key_hash: bytes) -> bytes:
    """Where it is said that this device's person gave the ticket back."""
    digest = sha256(RETURNED_DOMAIN + bytes(event) + bytes(ticket) + key_hash).digest()
    return digest[:INDEX_SIZE]


def _box(event: Pubkey, ticket: Pubkey, key_hash: bytes) -> AESSIV:
    return AESSIV(sha256(KEY_DOMAIN + bytes(event) + bytes(ticket) + key_hash).digest())


def pack_lines(lines: Lines) -> bytes:
    """Lines in the order of their indexes: index, length (u8), sealed bytes; length 0: removed."""
    return b"".join(index + bytes([len(lines[index])]) + lines[index] for index in sorted(lines))


def unpack_lines(data: bytes) -> dict[bytes, bytes]:
    """The lines of these bytes. Raises MalformedManifest."""
    return dict(_each_line(data))


def _each_line(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(data):
        start = at + INDEX_SIZE + 1
        end = start + data[start - 1] if start <= len(data) else start
        if end > len(data):
            raise MalformedManifest("the last line is cut off")
        yield data[at : at + INDEX_SIZE], data[start:end]
        at = end


def root_of(lines: Lines) -> bytes:
    """The 32 bytes that stand for all lines."""
    return sha256(ROOT_DOMAIN + pack_lines(lines)).digest()


@dataclass(frozen=True)
class Manifest:
    """All tickets of an event and their entries into one session, sealed."""

    event: Pubkey
    session: int
    slot: int
    """The chain was read no earlier than at this slot."""
    tickets: Lines
    entries: Lines

    @cached_property
    def root(self) -> bytes:
        """Of the tickets."""
        return root_of(self.tickets)

    @cached_property
    def entered(self) -> bytes:
        """The root of the entries."""
        return root_of(self.entries)

    def ticket(self, address: Pubkey, key_hash: bytes) -> TicketLine | None:
        """The ticket, if it is this device's or nobody's; None if it can't be opened so."""
        sealed = self.tickets.get(index_of(self.event, address))
        for key in (key_hash, NOBODYS):
            found = None if sealed is None else self._open(address, key, sealed, _AS_TICKET)
            if found is not None:
                return TicketLine.decode(found)
        return None

    def knows(self, address: Pubkey) -> bool:
        """Whether there is such a ticket, whoever holds it."""
        return index_of(self.event, address) in self.tickets

    def returned(self, address: Pubkey, key_hash: bytes) -> DevicePublicKey | None:
        """The device, if its person was the last who gave the ticket back."""
        sealed = self.tickets.get(returned_index(self.event, address, key_hash))
        found = None if sealed is None else self._open(address, key_hash, sealed, _AS_RETURNED)
        return None if found is None else decode_device_key(found[0], found[1:])

    def entry(self, address: Pubkey, key_hash: bytes) -> EntryLine | None:
        """The ticket's last entry into this session, undone or not."""
        sealed = self.entries.get(index_of(self.event, address))
        found = None if sealed is None else self._open(address, key_hash, sealed, _AS_ENTRY)
        return None if found is None else EntryLine.decode(found)

    def changed(self, tickets: Lines, entries: Lines, slot: int) -> "Manifest":
        """The manifest after changes; an empty line takes one away."""
        merged = [
            {index: line for index, line in {**old, **new}.items() if line}
            for old, new in ((self.tickets, tickets), (self.entries, entries))
        ]
        return Manifest(self.event, self.session, slot, *merged)

    def _open(
        self, ticket: Pubkey, key_hash: bytes, sealed: bytes, kind: list[bytes]
    ) -> bytes | None:
        try:
            return _box(self.event, ticket, key_hash).decrypt(sealed, kind)
        except InvalidTag:
            return None


def changes_between(old: Lines, new: Lines) -> dict[bytes, bytes]:
    """The lines that turn `old` into `new`; an empty one takes one away."""
    removed = {index: b"" for index in old if index not in new}
    return removed | {index: line for index, line in new.items() if old.get(index) != line}


class ManifestBuilder:
    """Seals what was read from the chain, ticket by ticket."""

    def __init__(self, event: Pubkey, session: int, slot: int) -> None:
        self._event = event
        self._session = session
        self._slot = slot
        self._tickets: dict[bytes, bytes] = {}
        self._entries: dict[bytes, bytes] = {}

    def add(
        self,
        ticket: Pubkey,
        line: TicketLine,
        entry: EntryLine | None = None,
        returned: DevicePublicKey | None = None,
    ) -> None:
        """A ticket; its entry if there is one; the device of who gave it back, if anybody did."""
        key_hash = NOBODYS if line.device is None else device_key_hash(line.device)
        box, index = _box(self._event, ticket, key_hash), index_of(self._event, ticket)
        self._tickets[index] = box.encrypt(line.encode(), _AS_TICKET)
        if entry is not None:
            self._entries[index] = box.encrypt(entry.encode(), _AS_ENTRY)
        if returned is not None and device_key_hash(returned) != key_hash:
            self._add_returned(ticket, returned)

    def _add_returned(self, ticket: Pubkey, device: DevicePublicKey) -> None:
        key_hash, (kind, key) = device_key_hash(device), encode_device_key(device)
        sealed = _box(self._event, ticket, key_hash).encrypt(bytes([kind]) + key, _AS_RETURNED)
        self._tickets[returned_index(self._event, ticket, key_hash)] = sealed

    def build(self) -> Manifest:
        """All that was added."""
        return Manifest(self._event, self._session, self._slot, self._tickets, self._entries)


@dataclass(frozen=True, slots=True)
class ManifestHead:
    """What the gateway vouches for, to one gate. Times in Unix seconds."""

    group: int
    cancelled: bool
    session: int
    sessions: int
    slot: int
    issued: int
    """By the gateway's clock."""
    valid_until: int
    """By the same: from then on nobody is admitted without asking the gateway."""
    chain_time: int
    """What the chain's clock said when this was issued; doors and ends go by it."""
    doors: int
    ends: int
    event: Pubkey
    gate: Pubkey
    writer: Pubkey
    """The one gate that admits the tickets of `group`, with and without network; or nobody."""
    challenge_key: Pubkey
    other_key: Pubkey
    """The challenge key before a change of keys, or after it; the zero key for none."""
    root: bytes
    entered: bytes

    def encode(self) -> bytes:
        """Its 280 bytes."""
        numbers = self.session, self.sessions, self.slot, self.issued, self.valid_until
        times = self.chain_time, self.doors, self.ends
        keys = self.event, self.gate, self.writer, self.challenge_key, self.other_key
        return _HEAD.pack(
            VERSION,
            self.group,
            self.cancelled,
            *numbers,
            *times,
            *(bytes(key) for key in keys),
            self.root,
            self.entered,
        )

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """The head of these bytes. Raises MalformedManifest."""
        if len(data) != HEAD_SIZE:
            raise MalformedManifest(f"a manifest's head has {HEAD_SIZE} bytes")
        version, group, cancelled, *rest = _HEAD.unpack(data)
        if version != VERSION:
            raise MalformedManifest(f"version {version} is not known")
        numbers, keys, roots = rest[:8], rest[8:13], rest[13:]
        return cls(group, bool(cancelled), *numbers, *map(Pubkey.from_bytes, keys), *roots)

    def sign(self, key: Keypair) -> Signature:
        """The gateway's signature by its challenge key."""
        return key.sign_message(HEAD_DOMAIN + self.encode())

    def verify(self, signature: Signature, key: Pubkey) -> None:
        """Raises BadSignature unless this key signed exactly this."""
        if not signature.verify(key, HEAD_DOMAIN + self.encode()):
            raise BadSignature(f"this manifest is not signed by {key}")

    def require(self, manifest: Manifest) -> None:
        """Raises BadSignature unless the lines are those that this head vouches for."""
        wanted = self.event, self.session, self.root, self.entered
        if wanted != (manifest.event, manifest.session, manifest.root, manifest.entered):
            raise BadSignature("these lines are not those of the signed manifest")
