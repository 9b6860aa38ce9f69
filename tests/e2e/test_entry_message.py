"""The 138 bytes that the device key signs, packed here by hand, are those that `check_in` builds.

Layout: domain 16, event 32, ticket 32, gate 32 (zeros in the show lane), nonce 16, session u16,
expires i64, little-endian.
"""

import struct
from dataclasses import dataclass, replace

import pytest
from conting_client import ANY_GATE, EntryMessage
from conting_client.generated.ticket import (
    ErrorCode,
    TicketState,
    check_in,
    gate_address,
    mint_address,
)
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.e2e.doors import Doors
from tests.e2e.people import Fan, Town
from tests.e2e.refusals import ED25519, refused_by_chain

pytestmark = pytest.mark.anyio

NONCE = bytes(range(16))
EXPIRES = -2  # any i64: the chain does not go by the gateway's clock
HERE = 0xFFFF  # "this instruction", in the offsets of the Ed25519 program


@dataclass(frozen=True)
class Signed:
    """The fields, as they stand in the signed bytes."""

    event: bytes
    ticket: bytes
    gate: bytes
    domain: bytes = b"conting:entry:v1"
    nonce: bytes = NONCE
    session: int = 1
    expires: int = EXPIRES

    def octets(self) -> bytes:
        keys = self.domain + self.event + self.ticket + self.gate
        return keys + self.nonce + struct.pack("<Hq", self.session, self.expires)


def signed_by_hand(doors: Doors, fan: Fan, gate: bytes) -> Signed:
    return Signed(bytes(doors.event.address), bytes(fan.ticket), gate)


def proof(phone: Keypair, message: bytes) -> Instruction:
    """One signature: key at 16, signature at 48, message at 112."""
    head = struct.pack("<BB7H", 1, 0, 48, HERE, 16, HERE, 112, len(message), HERE)
    body = bytes(phone.pubkey()) + bytes(phone.sign_message(message)) + message
    return Instruction(ED25519, head + body, [])


def writing(doors: Doors, fan: Fan, *, gate_bound: bool) -> Instruction:
    """`check_in` for session 1, with the values of `Signed`."""
    key = doors.gate_a.wallet.key
    return check_in(
        gate_key=key,
        event=doors.event.address,
        gate=gate_address(event=doors.event.address, key=key),
        ticket=fan.ticket,
        person=fan.person,
        mint=mint_address(ticket=fan.ticket),
        session=1,
        nonce=NONCE,
        expires=EXPIRES,
        gate_bound=gate_bound,
    )


@pytest.mark.parametrize("gate_bound", [False, True])
async def test_a_proof_over_hand_packed_bytes_writes_the_entry(
    town: Town, doors: Doors, *, gate_bound: bool
) -> None:
    fan = await doors.holder()
    gate = doors.gate_a.wallet
    signed = signed_by_hand(doors, fan, bytes(gate.key) if gate_bound else bytes(32))
    assert len(signed.octets()) == 138
    steps = [proof(fan.phone, signed.octets()), writing(doors, fan, gate_bound=gate_bound)]
    await town.send(steps, gate.keypair)

    entry = await town.tickets.entry(fan.ticket, 1)
    assert entry is not None
    assert (entry.data.gate, entry.data.holder) == (gate.key, fan.wallet.key)
    assert (entry.data.session, entry.data.nonce) == (1, NONCE)
    ticket = await town.tickets.ticket(fan.ticket)
    assert ticket is not None
    assert ticket.data.state is TicketState.USED
    assert await town.tickets.entry(fan.ticket, 0) is None


async def test_the_client_encodes_the_same_bytes(doors: Doors) -> None:
    fan, key = await doors.holder(), doors.gate_a.wallet.key
    for gate in (ANY_GATE, key):
        message = EntryMessage(doors.event.address, fan.ticket, gate, NONCE, 1, EXPIRES)
        assert message.encode() == signed_by_hand(doors, fan, bytes(gate)).octets()


@pytest.mark.attack
async def test_a_proof_with_one_field_changed_is_none(town: Town, doors: Doors) -> None:
    fan, gate = await doors.holder(), doors.gate_a.wallet
    right = signed_by_hand(doors, fan, bytes(32))
    somebody = bytes(Pubkey.new_unique())
    wrong = [
        replace(right, domain=b"conting:entry:v2"),
        replace(right, event=somebody),
        replace(right, ticket=somebody),
        replace(right, gate=bytes(gate.key)),
        replace(right, nonce=bytes(15) + b"\1"),
        replace(right, session=0),
        replace(right, expires=EXPIRES + 1),
    ]
    messages = [each.octets() for each in wrong]
    for message in (*messages, right.octets()[:-1], right.octets() + b"\0"):
        steps = [proof(fan.phone, message), writing(doors, fan, gate_bound=False)]
        await refused_by_chain(town, ErrorCode.NO_DEVICE_PROOF, steps, gate.keypair)


@pytest.mark.attack
async def test_a_proof_for_another_gate_is_none_when_the_pass_is_bound_to_a_gate(
    town: Town, doors: Doors
) -> None:
    fan, gate = await doors.holder(), doors.gate_a.wallet
    for bound_to in (bytes(32), bytes(doors.gate_b.wallet.key)):
        message = signed_by_hand(doors, fan, bound_to).octets()
        steps = [proof(fan.phone, message), writing(doors, fan, gate_bound=True)]
        await refused_by_chain(town, ErrorCode.NO_DEVICE_PROOF, steps, gate.keypair)


@pytest.mark.attack
async def test_the_right_bytes_signed_by_another_key_are_no_proof(town: Town, doors: Doors) -> None:
    fan, gate = await doors.holder(), doors.gate_a.wallet
    message = signed_by_hand(doors, fan, bytes(32)).octets()
    steps = [proof(Keypair(), message), writing(doors, fan, gate_bound=False)]
    await refused_by_chain(town, ErrorCode.NO_DEVICE_PROOF, steps, gate.keypair)
