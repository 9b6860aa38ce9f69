"""Phones whose key lies on the curve P-256, as passkeys do, and proofs that they signed."""

import struct
from dataclasses import dataclass, replace
from typing import Final

from conting_client.generated import family
from solders.instruction import Instruction
from solders.pubkey import Pubkey

from tests.compiler.p256 import SigningKey
from tests.programs.people import Human, Office
from tests.programs.world import Outcome, World

P256: Final = Pubkey.from_string("Secp256r1SigVerify1111111111111111111111111")
ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the curve's group (SEC 2)."""
HERE: Final = 0xFFFF
"""As the index of an instruction: the proof's own."""
INVALID_SIGNATURE: Final = 2
"""What the precompile itself says (agave `PrecompileError`); and this one."""
INVALID_SIZE: Final = 4
HEADER: Final = 2 + 14
KEY_BYTES: Final = 33
SIGNATURE_BYTES: Final = 64


@dataclass(frozen=True)
class Layout:
    """Where a proof says that its parts are: offset and index of the instruction (SIMD-0075)."""

    signature: int
    key: int
    message: int
    size: int
    signature_in: int = HERE
    key_in: int = HERE
    message_in: int = HERE

    def packed(self) -> bytes:
        """As the precompile reads it."""
        return struct.pack(
            "<7H", self.signature, self.signature_in, self.key, self.key_in,
            self.message, self.size, self.message_in,
        )  # fmt: skip


def usual(message: bytes, start: int = HEADER) -> Layout:
    """Key, signature and message, one after the other."""
    signature = start + KEY_BYTES
    return Layout(signature, start, signature + SIGNATURE_BYTES, len(message))


def shown(
    key: bytes, signature: bytes, message: bytes, tail: bytes = b"", /, **places: int
) -> Instruction:
    """A proof of these bytes, which may say that its parts are elsewhere; `tail` comes last."""
    head = b"\1\0" + replace(usual(message), **places).packed()
    return Instruction(P256, head + key + signature + message + tail, [])


def proof(key: SigningKey, message: bytes, /, **places: int) -> Instruction:
    """That this key signed this message."""
    return shown(key.public, key.sign(message), message, **places)


def with_high_s(signature: bytes) -> bytes:
    """The other signature of the same key over the same message, which anybody can compute."""
    r, s = signature[:32], int.from_bytes(signature[32:], "big")
    return r + (ORDER - s).to_bytes(32, "big")


def self_attested(world: World, key: SigningKey) -> Human:
    """Somebody whose wallet vouches for itself, with this key in the phone."""
    wallet = world.actor()
    call = family.register_self(
        wallet=wallet.pubkey(), scheme=family.Scheme.SECP256R1, device=key.public
    )
    world.must(world.send(call, by=wallet))
    person = family.self_person_address(wallet=wallet.pubkey())
    return Human(wallet, world.actor(0), person)


def new_phone(office: Office, human: Human, key: SigningKey) -> Instruction:
    """The issuer announces that the person has a phone with this key, and the same wallet."""
    return family.announce_rebinding(
        authority=office.authority.pubkey(),
        wallet=human.wallet.pubkey(),
        issuer=office.issuer,
        person=human.person,
        scheme=family.Scheme.SECP256R1,
        device=key.public,
    )


def unproven(outcome: Outcome, code: int) -> None:
    """Asserts that the precompile, the transaction's first instruction, refused it with this."""
    assert f"InstructionError((0, Tagged(InstructionErrorCustom({code}))))" in outcome.error
