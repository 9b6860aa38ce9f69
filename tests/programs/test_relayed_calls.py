"""check_in called by another program: what is asked of the transaction is asked all the same."""

import hashlib
import struct
from pathlib import Path

import pytest
from conting_client.generated import ticket
from conting_compiler.driver import compile_program
from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey
from solders.system_program import TransferParams, transfer

from tests.programs.shows import DOORS, Show, show
from tests.programs.test_ticket_cases import SEAT
from tests.programs.ticket_chain import ed25519_instruction
from tests.programs.world import Outcome, refused

pytestmark = pytest.mark.attack
GIVEN = ("event", "gate", "ticket", "person", "mint", "entry", "instructions", "system", "token")
WRITTEN = ("ticket", "mint", "entry")
PARAMETERS = ", ".join(f"{name}: UncheckedAccount" for name in GIVEN)
ACCOUNTS = ", ".join(f"CpiAccount({name}, mut={name in WRITTEN})" for name in GIVEN)
RELAY = f"""
from seahorse.prelude import *

declare_id('Fg6PaFpoGXkYsidMpWTK6W2BeZ7FEfcYkg476zPFsLnS')


@instruction
def relay(gate_key: Signer, {PARAMETERS}, program: Program, data: bytes):
  unchecked("it hands on whatever it is given")
  program.invoke(
    accounts=[CpiAccount(gate_key, mut=True, signer=True), {ACCOUNTS}],
    data=data,
  )
"""


class Door:
    """A ticket at the open doors, and a program that calls for its gate."""

    def __init__(self, relay: bytes) -> None:
        self.on: Show = show()
        self.world = self.on.world
        self.human = self.on.sell(SEAT)
        self.gate = self.on.add_gate()
        self.relay = Pubkey.new_unique()
        self.world.svm.add_program(self.relay, relay)
        self.world.at(DOORS)
        self.expires = DOORS + 10

    def call(self) -> Instruction:
        """As a gate would send it."""
        return ticket.check_in(
            gate_key=self.gate.pubkey(),
            event=self.on.event,
            gate=self.on.gate(self.gate),
            ticket=self.on.ticket_of(SEAT),
            person=self.human.person,
            mint=self.on.mint(SEAT),
            session=0,
            nonce=bytes(16),
            expires=self.expires,
            gate_bound=False,
        )

    def relayed(self, call: Instruction) -> Instruction:
        """The same, called by the other program."""
        program = AccountMeta(call.program_id, is_signer=False, is_writable=False)
        data = bytes(call.data)
        text = hashlib.sha256(b"global:relay").digest()[:8] + struct.pack("<I", len(data)) + data
        return Instruction(self.relay, text, [*call.accounts, program])

    def proof(self) -> Instruction:
        """The phone's answer."""
        message = b"conting:entry:v1" + bytes(self.on.event) + bytes(self.on.ticket_of(SEAT))
        message += bytes(32 + 16) + struct.pack("<Hq", 0, self.expires)
        return ed25519_instruction(self.human.device, message)

    def nothing(self) -> Instruction:
        """Some other instruction."""
        key = self.gate.pubkey()
        return transfer(TransferParams(from_pubkey=key, to_pubkey=key, lamports=0))

    def send(self, *calls: Instruction) -> Outcome:
        """By the gate."""
        return self.world.send(*calls, by=self.gate)


@pytest.fixture
def door(tmp_path: Path) -> Door:
    source = tmp_path / "relay.py"
    source.write_text(RELAY)
    return Door(compile_program(source).elf)


def test_a_relayed_entry(door: Door) -> None:
    """Who relays gains nothing: the proof stands before, once, and is about just this entry."""
    call = door.relayed(door.call())
    refused(door.send(call), "NO_DEVICE_PROOF")
    refused(door.send(door.proof(), door.nothing(), call), "NO_DEVICE_PROOF")
    refused(door.send(call, door.proof()), "NO_DEVICE_PROOF")
    refused(door.send(door.proof(), call, call), "NO_DEVICE_PROOF")
    door.world.must(door.send(door.proof(), call))
    refused(door.send(door.proof(), door.call()), "ALREADY_ENTERED")


@pytest.mark.slow
def test_a_relayed_entry_with_a_list_of_its_own(door: Door) -> None:
    """An account in the place of the sysvar that says what the transaction is."""
    call = door.call()
    fake = Pubkey.new_unique()
    found = door.world.account(door.on.event)
    assert found is not None
    door.world.svm.set_account(fake, found)
    accounts = list(call.accounts)
    accounts[7] = AccountMeta(fake, is_signer=False, is_writable=False)
    forged = Instruction(call.program_id, bytes(call.data), accounts)
    refused(door.send(door.proof(), door.relayed(forged)), "WRONG_ADDRESS")
