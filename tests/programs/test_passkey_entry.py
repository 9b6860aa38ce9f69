"""check_in with a phone's key on P-256, by the real precompile, and every way to pretend it."""

import hashlib
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pytest
from conting_client.generated import family, ticket
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.compiler.p256 import SigningKey
from tests.programs.passkeys import (
    HEADER,
    INVALID_SIGNATURE,
    INVALID_SIZE,
    P256,
    Layout,
    new_phone,
    proof,
    self_attested,
    shown,
    unproven,
    usual,
    with_high_s,
)
from tests.programs.people import DAY, Human, office
from tests.programs.shows import DOORS, Show, show
from tests.programs.test_device_proof import accepting_program
from tests.programs.ticket_chain import ED25519, ed25519_instruction
from tests.programs.world import Outcome, World, refused

SEAT: Final = 5
PHONE: Final = SigningKey(2**200 + 12_345)
ANOTHER: Final = SigningKey(2**200 + 54_321)
NO_PROOF: Final = "NO_DEVICE_PROOF"


@dataclass
class Door:
    """The holder of a ticket at a gate of the open doors."""

    on: Show
    human: Human

    def __post_init__(self) -> None:
        self.world = self.on.world
        self.gate = self.on.add_gate()
        self.world.at(DOORS)
        self.message = self.message_of()

    def message_of(
        self, seat: int = SEAT, session: int = 0, gate: Pubkey | None = None, expires: int = 10
    ) -> bytes:
        """What the phone signs; `expires` in seconds from the opening of the doors."""
        tail = bytes(gate or Pubkey.default()) + bytes(16)
        tail += struct.pack("<Hq", session, DOORS + expires)
        return b"conting:entry:v1" + bytes(self.on.event) + bytes(self.on.ticket_of(seat)) + tail

    def call(self, *, gate_bound: bool = False) -> Instruction:
        """Of the gate."""
        return ticket.check_in(
            gate_key=self.gate.pubkey(),
            event=self.on.event,
            gate=self.on.gate(self.gate),
            ticket=self.on.ticket_of(SEAT),
            person=self.human.person,
            mint=self.on.mint(SEAT),
            session=0,
            nonce=bytes(16),
            expires=DOORS + 10,
            gate_bound=gate_bound,
        )

    def enter(self, *before: Instruction, gate_bound: bool = False) -> Outcome:
        """Sends it behind these."""
        return self.world.send(*before, self.call(gate_bound=gate_bound), by=self.gate)

    def nothing(self) -> Instruction:
        """Another instruction: the System program moves no lamport."""
        payer = self.call().accounts[0]
        return Instruction(Pubkey.default(), struct.pack("<IQ", 2, 0), [payer, payer])

    @property
    def signature(self) -> bytes:
        """The phone's, over the right message."""
        return PHONE.sign(self.message)


def with_passkey() -> Door:
    """Somebody with a passkey, for whom only the own wallet vouches."""
    on = show()
    return Door(on, on.sell(SEAT, self_attested(on.world, PHONE)))


@pytest.fixture
def door() -> Door:
    return with_passkey()


def test_a_passkey_enters(door: Door) -> None:
    door.world.must(door.enter(proof(PHONE, door.message)))
    entry = door.world.read(ticket.Entry, door.on.entry(SEAT))
    assert entry.person == door.human.person
    assert door.on.read_ticket(SEAT).state is ticket.TicketState.USED
    refused(door.enter(proof(PHONE, door.message)), "ALREADY_ENTERED")


@pytest.mark.slow
def test_a_passkey_answers_one_gate(door: Door) -> None:
    """The answer to another gate's challenge, or to any gate's, is none to this one's."""
    other = Pubkey.new_unique()
    for signed in (door.message, door.message_of(gate=other)):
        refused(door.enter(proof(PHONE, signed), gate_bound=True), NO_PROOF)
    good = door.message_of(gate=door.gate.pubkey())
    refused(door.enter(proof(PHONE, good)), NO_PROOF)
    door.world.must(door.enter(proof(PHONE, good), gate_bound=True))


@pytest.mark.slow
def test_where_the_parts_lie_does_not_matter(door: Door) -> None:
    """The message first, the signature last, with the proof's own index written out."""
    size = len(door.message)
    placed = Layout(HEADER + size + 33, HEADER + size, HEADER, size, 1, 1, 1)
    data = b"\1\0" + placed.packed() + door.message + PHONE.public + door.signature
    door.world.must(door.enter(door.nothing(), Instruction(P256, data, [])))


@pytest.mark.attack
def test_another_passkey_or_none(door: Door) -> None:
    refused(door.enter(proof(ANOTHER, door.message)), NO_PROOF)
    refused(door.enter(), NO_PROOF)
    refused(door.enter(door.nothing()), NO_PROOF)
    refused(door.enter(proof(PHONE, door.message), door.nothing()), NO_PROOF)


Signed = Callable[[Door], bytes]
MESSAGES: Final[dict[str, Signed]] = {
    "other ticket": lambda door: door.message_of(seat=SEAT + 1),
    "other session": lambda door: door.message_of(session=1),
    "other gate": lambda door: door.message_of(gate=door.gate.pubkey()),
    "other expiry": lambda door: door.message_of(expires=11),
    "its hash": lambda door: hashlib.sha256(door.message).digest(),
    "shorter": lambda door: door.message[:-1],
    "longer": lambda door: door.message + b"\0",
    "empty": lambda _: b"",
}


@pytest.mark.attack
@pytest.mark.slow
def test_another_message(door: Door) -> None:
    for what, message in MESSAGES.items():
        signed = message(door)
        assert signed != door.message, what
        refused(door.enter(proof(PHONE, signed)), NO_PROOF)


@pytest.mark.attack
def test_a_malleable_signature(door: Door) -> None:
    """Whoever sees an answer can make its twin with a high S; the precompile lets only one pass."""
    high = with_high_s(door.signature)
    unproven(door.enter(shown(PHONE.public, high, door.message)), INVALID_SIGNATURE)
    door.world.must(door.enter(proof(PHONE, door.message)))


@pytest.mark.attack
def test_a_changed_signature(door: Door) -> None:
    changed = door.signature[:-1] + bytes([door.signature[-1] ^ 1])
    negative = bytes([PHONE.public[0] ^ 1]) + PHONE.public[1:]
    for key, signature in (
        (PHONE.public, changed),
        (PHONE.public, bytes(64)),
        (negative, door.signature),
    ):
        unproven(door.enter(shown(key, signature, door.message)), INVALID_SIGNATURE)


@pytest.mark.attack
def test_parts_of_another_instruction(door: Door) -> None:
    """The device's key and the right message are shown; checked is what another one holds."""
    own = proof(ANOTHER, door.message)
    signature = ANOTHER.sign(door.message)
    forged = shown(PHONE.public, signature, door.message, key_in=0)
    refused(door.enter(own, forged), NO_PROOF)

    signed = door.message_of(session=1)
    once = proof(PHONE, signed)
    forged = shown(PHONE.public, PHONE.sign(signed), door.message, message_in=0)
    refused(door.enter(once, forged), NO_PROOF)

    good = proof(PHONE, door.message)
    forged = shown(PHONE.public, bytes(64), door.message, signature_in=0)
    refused(door.enter(good, forged), NO_PROOF)


@pytest.mark.attack
def test_parts_of_the_check_in_itself(door: Door) -> None:
    """The proof points forward, into the data of the very instruction that asks for it."""
    call = door.call()
    data = bytes(call.data) + ANOTHER.public + ANOTHER.sign(door.message) + door.message
    start = len(bytes(call.data))
    forged = shown(
        PHONE.public, bytes(64), door.message,
        key=start, key_in=1, signature=start + 33, signature_in=1,
    )  # fmt: skip
    longer = Instruction(call.program_id, data, call.accounts)
    refused(door.world.send(forged, longer, by=door.gate), "BAD_ARGUMENTS")


@pytest.mark.attack
def test_what_is_checked_lies_behind_what_is_shown(door: Door) -> None:
    """All in one instruction: the offsets lead past the device's key, or the right message."""
    message = door.message
    tail = usual(message).message + len(message)
    forged = shown(PHONE.public, ANOTHER.sign(message), message, ANOTHER.public, key=tail)
    refused(door.enter(forged), NO_PROOF)

    other = door.message_of(session=1)
    forged = shown(PHONE.public, PHONE.sign(other), message, other, message=tail)
    refused(door.enter(forged), NO_PROOF)

    within = shown(PHONE.public, PHONE.sign(message[:-1]), message, size=len(message) - 1)
    refused(door.enter(within), NO_PROOF)


@pytest.mark.attack
def test_two_passkeys(door: Door) -> None:
    """Both signatures are good; which one the check is about must not be a question."""
    start = 2 + 2 * 14
    place = usual(door.message, start).packed()
    body = PHONE.public + door.signature + door.message
    refused(door.enter(Instruction(P256, b"\2\0" + 2 * place + body, [])), NO_PROOF)


@pytest.mark.attack
def test_no_signature_at_all(door: Door) -> None:
    """A count of none, and everything in its place behind it."""
    good = bytes(proof(PHONE, door.message).data)
    unproven(door.enter(Instruction(P256, b"\0" + good[1:], [])), INVALID_SIZE)


@pytest.mark.attack
def test_a_proof_of_the_other_scheme(door: Door) -> None:
    """The same bytes for the other precompile, or a good signature of a key of the other kind."""
    wallet = ed25519_instruction(door.human.wallet, door.message)
    refused(door.enter(wallet), NO_PROOF)
    key = Keypair.from_seed(PHONE.public[1:])
    refused(door.enter(ed25519_instruction(key, door.message)), NO_PROOF)
    assert wallet.program_id == ED25519


@pytest.mark.attack
def test_a_proof_that_no_precompile_has_read(door: Door) -> None:
    """The bytes of a good proof, handed to a program that accepts everything."""
    program = Pubkey.new_unique()
    door.world.svm.add_program(program, accepting_program())
    good = proof(PHONE, door.message)
    refused(door.enter(Instruction(program, bytes(good.data), [])), NO_PROOF)


# --- another phone


@pytest.mark.attack
@pytest.mark.slow
def test_a_phone_that_was_replaced() -> None:
    """An issuer's person: until the notice is over the old phone enters, from then on the new."""
    world = World()
    post = office(world)
    on = show(world, office=post)
    door = Door(on, on.sell(SEAT))
    old, new = ed25519_instruction(door.human.device, door.message), proof(PHONE, door.message)
    signers = [door.human.wallet, post.authority]
    world.must(world.send(new_phone(post, door.human, PHONE), by=signers))
    refused(door.enter(new), NO_PROOF)
    world.wait(DAY)
    refused(door.enter(new), NO_PROOF)
    finish = family.finish_rebinding(person=door.human.person)
    world.must(world.send(finish, by=world.actor()))
    refused(door.enter(old), NO_PROOF)
    world.must(door.enter(new))


@pytest.mark.attack
@pytest.mark.slow
def test_a_phone_that_its_owner_replaced() -> None:
    """Without an issuer: the wallet itself announces another phone, and waits a day."""
    door = with_passkey()
    announce = family.announce_device(
        wallet=door.human.wallet.pubkey(),
        scheme=family.Scheme.SECP256R1,
        device=ANOTHER.public,
    )
    door.world.must(door.world.send(announce, by=door.human.wallet))
    refused(door.enter(proof(ANOTHER, door.message)), NO_PROOF)
    finish = family.finish_rebinding(person=door.human.person)
    refused(door.world.send(finish, by=door.gate), "NOTICE_RUNS")
    door.world.wait(DAY)
    door.world.must(door.world.send(finish, by=door.gate))
    refused(door.enter(proof(PHONE, door.message)), NO_PROOF)
    door.world.must(door.enter(proof(ANOTHER, door.message)))
