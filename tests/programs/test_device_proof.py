"""check_in's proof by the device key, and every way to pretend it."""

import struct
from collections.abc import Callable

import pytest
from conting_compiler.driver import Compiled
from conting_compiler.ir.faults import Fault
from conting_compiler.ir.lowered import Block, Imm, LoweredFunction, Module, Ret
from conting_compiler.link.linker import link
from conting_compiler.llvm.codegen import emit_object
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.programs.ticket_chain import (
    DOORS,
    ED25519,
    TicketChain,
    code_of,
    ed25519_instruction,
    reads,
)

pytestmark = pytest.mark.attack
HERE = 0xFFFF
HEADER = 16


class Door:
    """A ticket before a gate, at the time when the doors are open."""

    def __init__(self, chain: TicketChain) -> None:
        self.chain = chain.opened()
        _, self.device = chain.sold(seat=5)
        self.gate = chain.person()
        chain.must(chain.send(chain.organiser, chain.register_gate(self.gate.pubkey())))
        chain.at(DOORS)
        self.message = self.message_for()

    def message_for(self, seat: int = 5, session: int = 0, expires: int = DOORS + 10) -> bytes:
        return self.chain.entry_message(
            seat, Pubkey.default(), session=session, nonce=bytes(16), expires=expires
        )

    def enter(self, *before: Instruction, after: tuple[Instruction, ...] = ()) -> int:
        call = self.chain.check_in(self.gate.pubkey(), 5)
        return code_of(self.chain.send(self.gate, *before, call, *after))

    @property
    def proof(self) -> Instruction:
        return ed25519_instruction(self.device, self.message)


@pytest.fixture
def door(chain: TicketChain) -> Door:
    return Door(chain)


@pytest.fixture
def no_proof(ticket_program: Compiled) -> int:
    return next(e.code for e in ticket_program.program.errors if e.name == "NO_DEVICE_PROOF")


def raw(
    key: Keypair,
    message: bytes,
    *,
    indexes: tuple[int, int, int] = (HERE, HERE, HERE),
    count: int = 1,
    prefix: bytes = b"",
) -> Instruction:
    """One signature with its three instruction indexes, `prefix` bytes before what is signed."""
    start = HEADER + len(prefix)
    offsets = (start, indexes[0], start + 64, indexes[1], start + 96, len(message), indexes[2])
    data = struct.pack("<BB7H", count, 0, *offsets) + prefix
    data += bytes(key.sign_message(message)) + bytes(key.pubkey()) + message
    return Instruction(ED25519, data, [])


def other_call(door: Door) -> Instruction:
    """Some other instruction: the System program moves nothing."""
    data = struct.pack("<IQ", 2, 0)
    payer = door.chain.check_in(door.gate.pubkey(), 5).accounts[0]
    return Instruction(Pubkey.default(), data, [payer, payer])


def test_proof(door: Door) -> None:
    assert door.enter(door.proof) == 0


def test_proof_after_another_instruction(door: Door) -> None:
    assert door.enter(other_call(door), door.proof) == 0


def test_proof_with_accounts_and_room_before_the_signature(door: Door) -> None:
    proof = raw(door.device, door.message, prefix=bytes(7))
    with_accounts = Instruction(ED25519, bytes(proof.data), [reads(Pubkey.default())])
    assert door.enter(with_accounts) == 0


@pytest.mark.parametrize("here", [(0, 0, 0), (HERE, 0, HERE)])
def test_proof_that_names_itself(door: Door, here: tuple[int, int, int]) -> None:
    assert door.enter(raw(door.device, door.message, indexes=here)) == 0


def test_proof_that_names_itself_as_the_second(door: Door) -> None:
    proof = raw(door.device, door.message, indexes=(1, 1, 1))
    assert door.enter(other_call(door), proof) == 0


def test_no_proof(door: Door, no_proof: int) -> None:
    assert door.enter() == no_proof


def test_other_instruction_before(door: Door, no_proof: int) -> None:
    assert door.enter(other_call(door)) == no_proof


def test_proof_not_directly_before(door: Door, no_proof: int) -> None:
    assert door.enter(door.proof, other_call(door)) == no_proof


def test_proof_after(door: Door, no_proof: int) -> None:
    assert door.enter(after=(door.proof,)) == no_proof
    assert door.enter(other_call(door), after=(door.proof,)) == no_proof


def test_wrong_key(door: Door, no_proof: int) -> None:
    assert door.enter(ed25519_instruction(Keypair(), door.message)) == no_proof
    assert door.enter(ed25519_instruction(door.gate, door.message)) == no_proof


Message = Callable[[Door], bytes]
MESSAGES: dict[str, Message] = {
    "other ticket": lambda door: door.message_for(seat=6),
    "other session": lambda door: door.message_for(session=1),
    "other expiry": lambda door: door.message_for(expires=DOORS + 11),
    "shorter": lambda door: door.message[:-1],
    "longer": lambda door: door.message + b"\0",
    "empty": lambda _: b"",
    "first byte": lambda door: b"C" + door.message[1:],
    "last byte": lambda door: door.message[:-1] + b"\1",
}


@pytest.mark.parametrize("message", MESSAGES)
def test_wrong_message(door: Door, no_proof: int, message: str) -> None:
    signed = MESSAGES[message](door)
    assert signed != door.message
    assert door.enter(ed25519_instruction(door.device, signed)) == no_proof


def test_two_signatures(door: Door, no_proof: int) -> None:
    """Both are good, but which of them the check is about must not be a question."""
    first = 2 + 2 * 14
    size = len(door.message)
    table = b"".join(
        struct.pack("<7H", first, HERE, first + 64, HERE, first + 96, size, HERE) for _ in range(2)
    )
    body = bytes(door.device.sign_message(door.message)) + bytes(door.device.pubkey())
    both = Instruction(ED25519, b"\2\0" + table + body + door.message, [])
    assert door.enter(both) == no_proof


def test_no_signature(door: Door, no_proof: int) -> None:
    """Zero signatures pass the precompile; the offsets behind the count mean nothing."""
    wanted = struct.pack("<7H", 16, HERE, 80, HERE, 112, len(door.message), HERE)
    data = b"\0\0" + wanted + bytes(64) + bytes(door.device.pubkey()) + door.message
    outcome = door.chain.send(
        door.gate,
        Instruction(ED25519, data, []),
        door.chain.check_in(door.gate.pubkey(), 5),
    )
    try:
        assert code_of(outcome) == no_proof
    except AssertionError as error:  # this version of the precompile refuses it by itself
        assert "InstructionError" in str(error) or "Custom" in str(error)  # noqa: PT017


def with_parts_elsewhere(
    shown: tuple[bytes, bytes, bytes], indexes: tuple[int, int, int]
) -> Instruction:
    """Shows signature, key and message; those with an index are taken from that instruction."""
    start = HEADER
    size = len(shown[2])
    offsets = (start, indexes[0], start + 64, indexes[1], start + 96, size, indexes[2])
    return Instruction(ED25519, struct.pack("<BB7H", 1, 0, *offsets) + b"".join(shown), [])


def test_key_from_another_instruction(door: Door, no_proof: int) -> None:
    """The attacker's own key is checked; the device's is only shown."""
    attacker = Keypair()
    signature = bytes(attacker.sign_message(door.message))
    shown = (signature, bytes(door.device.pubkey()), door.message)
    first = ed25519_instruction(attacker, door.message)
    assert door.enter(first, with_parts_elsewhere(shown, (HERE, 0, HERE))) == no_proof


def test_message_from_another_instruction(door: Door, no_proof: int) -> None:
    """What the device signed some other time is checked; the message wanted here is only shown."""
    other = door.message_for(session=1)
    signature = bytes(door.device.sign_message(other))
    shown = (signature, bytes(door.device.pubkey()), door.message)
    first = ed25519_instruction(door.device, other)
    assert door.enter(first, with_parts_elsewhere(shown, (HERE, HERE, 0))) == no_proof


def test_signature_from_another_instruction(door: Door, no_proof: int) -> None:
    """Nothing is gained by it, and nothing of the kind is let through."""
    shown = (bytes(64), bytes(door.device.pubkey()), door.message)
    first = ed25519_instruction(door.device, door.message)
    assert door.enter(first, with_parts_elsewhere(shown, (0, HERE, HERE))) == no_proof


def test_proof_in_the_data_of_another_program(door: Door, no_proof: int) -> None:
    """The bytes of a good proof, given to a program that checks no signature."""
    data = bytes(door.proof.data)
    program = Pubkey.new_unique()
    door.chain.svm.add_program(program, accepting_program())
    assert door.enter(Instruction(program, data, [])) == no_proof


def accepting_program() -> bytes:
    """A program that accepts everything: one function that returns 0."""
    entry = LoweredFunction(
        "entrypoint", 2, 0, (), (Block("start", (), Ret(Imm(0))),), exported=True
    )
    return link(emit_object(Module((entry,), (), ())).object, "v3")


def test_fake_instructions_sysvar(door: Door) -> None:
    """The account is checked by its address."""
    chain = door.chain
    fake = Pubkey.new_unique()
    chain.svm.set_account(fake, chain.account(chain.event))
    call = chain.check_in(door.gate.pubkey(), 5, instructions=fake)
    assert code_of(chain.send(door.gate, door.proof, call)) == Fault.WRONG_ADDRESS


def test_an_entry_is_made_once(door: Door, ticket_program: Compiled) -> None:
    entered = next(e.code for e in ticket_program.program.errors if e.name == "ALREADY_ENTERED")
    assert door.enter(door.proof) == 0
    assert door.enter(door.proof) == entered
