"""Manifests: nothing to be read without a pass, the same bytes for everybody, nothing unsigned."""

from dataclasses import replace
from hashlib import sha256

import pytest
from conting_client import BadSignature, DeviceKey, MalformedManifest, ManifestHead, device_key_hash
from conting_client.generated.ticket import TicketState
from conting_client.manifest import (
    EntryLine,
    ManifestBuilder,
    TicketLine,
    changes_between,
    index_of,
    pack_lines,
    unpack_lines,
)
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.client.offline_world import NOBODY, NOW, World

ENTRY = EntryLine(Pubkey.from_bytes(b"\x08" * 32), b"\x0a" * 16, 1_760_000_001)


def hash_of(phone: DeviceKey) -> bytes:
    return device_key_hash(phone.key)


def test_a_line_opens_with_what_its_pass_shows_and_with_nothing_else() -> None:
    world = World()
    found = world.manifest(entry=ENTRY)
    assert found.ticket(world.ticket, hash_of(world.phone)) == world.line()
    assert found.entry(world.ticket, hash_of(world.phone)) == ENTRY
    stranger = hash_of(DeviceKey(Keypair()))
    for ticket, key in (
        (world.ticket, stranger),
        (world.ticket, bytes(16)),
        (Pubkey.new_unique(), hash_of(world.phone)),
    ):
        assert found.ticket(ticket, key) is None
        assert found.entry(ticket, key) is None


@pytest.mark.attack
def test_a_lost_scanner_tells_neither_device_nor_person_nor_seat() -> None:
    world = World()
    found = world.manifest(entry=ENTRY)
    carried = pack_lines(found.tickets) + pack_lines(found.entries)
    for secret in (world.phone.key, world.person, world.ticket, ENTRY.gate):
        assert bytes(secret) not in carried
    assert world.line().encode() not in carried
    assert ENTRY.encode() not in carried


def test_a_ticket_that_is_nobodys_is_known_to_be_so_by_everybody() -> None:
    world = World()
    line = world.line(state=TicketState.COOLING, device=None, person=NOBODY)
    found = world.manifest(line, returned=world.phone.key)
    assert found.ticket(world.ticket, hash_of(DeviceKey(Keypair()))) == line
    assert found.returned(world.ticket, hash_of(world.phone)) == world.phone.key
    assert found.returned(world.ticket, hash_of(DeviceKey(Keypair()))) is None


def test_whoever_builds_it_gets_the_same_bytes_in_any_order() -> None:
    world, tickets = World(), [Pubkey.new_unique() for _ in range(5)]
    made = []
    for order in (tickets, tickets[::-1]):
        builder = ManifestBuilder(world.event, 0, 1)
        for ticket in order:
            builder.add(ticket, world.line(), ENTRY)
        made.append(builder.build())
    assert made[0].root == made[1].root
    assert made[0].entered == made[1].entered


def test_changes_turn_one_manifest_into_the_next() -> None:
    world = World()
    old, gone = world.manifest(), Pubkey.new_unique()
    builder = ManifestBuilder(world.event, 0, 1)
    builder.add(gone, world.line())
    with_gone = replace(old, tickets={**old.tickets, **builder.build().tickets})
    new = world.manifest(world.line(state=TicketState.USED), ENTRY)
    changes = [
        unpack_lines(pack_lines(changes_between(before, after)))
        for before, after in ((with_gone.tickets, new.tickets), (old.entries, new.entries))
    ]
    assert changes[0][index_of(world.event, gone)] == b""
    after = with_gone.changed(changes[0], changes[1], 2)
    assert (after.root, after.entered) == (new.root, new.entered)


@pytest.mark.parametrize("cut", [1, 16, 17, 40])
def test_lines_that_are_cut_off_are_refused(cut: int) -> None:
    with pytest.raises(MalformedManifest):
        unpack_lines(pack_lines(World().manifest().tickets)[:cut])


def test_a_head_says_who_signed_what_and_for_whom() -> None:
    world = World()
    found = world.manifest()
    head = world.head(found)
    signature = head.sign(world.gateway)
    assert ManifestHead.decode(head.encode()) == head
    head.verify(signature, world.gateway.pubkey())
    head.require(found)
    for changed in (
        replace(head, writer=Pubkey.new_unique()),
        replace(head, valid_until=NOW + 10**6),
        replace(head, group=4),
    ):
        with pytest.raises(BadSignature):
            changed.verify(signature, world.gateway.pubkey())
    with pytest.raises(BadSignature):
        head.require(world.manifest(world.line(seat=8)))
    with pytest.raises(MalformedManifest):
        ManifestHead.decode(head.encode()[:-1])


def test_the_bytes_are_those_of_the_document() -> None:
    """docs/protocols.md, step by step, with nothing of ours but the builder."""
    event, ticket, device = b"\x03" * 32, b"\x04" * 32, b"\x02" * 32
    key_hash = sha256(device).digest()[:16]
    index = sha256(b"conting:manifest:id:v1" + event + ticket).digest()[:16]
    box = AESSIV(sha256(b"conting:manifest:key:v1" + event + ticket + key_hash).digest())
    line = bytes([0, 1]) + (2).to_bytes(2, "little") + (3).to_bytes(4, "little")
    line += b"\0" + device + b"\0" + b"\x05" * 32
    entry = b"\x08" * 32 + b"\x0a" * 16 + (1_760_000_001).to_bytes(8, "little") + b"\0"
    sealed = [box.encrypt(line, [b"ticket"]), box.encrypt(entry, [b"entry"])]
    packed = [index + bytes([len(each)]) + each for each in sealed]
    roots = [sha256(b"conting:manifest:root:v1" + each).digest() for each in packed]

    builder = ManifestBuilder(Pubkey.from_bytes(event), 0, 1)
    person, phone = Pubkey.from_bytes(b"\x05" * 32), Pubkey.from_bytes(device)
    builder.add(
        Pubkey.from_bytes(ticket), TicketLine(TicketState.ISSUED, 1, 2, 3, phone, person), ENTRY
    )
    found = builder.build()
    assert [pack_lines(found.tickets), pack_lines(found.entries)] == packed
    assert [found.root, found.entered] == roots
