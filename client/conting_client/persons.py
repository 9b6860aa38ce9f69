"""Persons of the family program: who holds tickets, and which phone answers at the gate."""

from typing import Final

from solders.instruction import Instruction
from solders.pubkey import Pubkey

from conting_client._rpc import AccountInfo, Rpc
from conting_client.generated import family
from conting_client.generated.family import DecodeError, Person, Scheme

NOBODY: Final = Pubkey.default()
"""The nullifier of a person whom only the own wallet attests."""
_ED25519_PADDING: Final = b"\0"


def self_person_address(wallet: Pubkey) -> Pubkey:
    """The person account of a wallet that attests itself, for events without an issuer."""
    seeds = [b"person", bytes(wallet), bytes(NOBODY)]
    return Pubkey.find_program_address(seeds, family.PROGRAM_ID)[0]


def register_self(wallet: Pubkey, device_key: Pubkey) -> Instruction:
    """Makes the wallet's own person account, with an Ed25519 key as its phone; the wallet signs."""
    return family.register_self(
        wallet=wallet,
        scheme=Scheme.ED25519,
        device=bytes(device_key) + _ED25519_PADDING,
    )


def device_key_of(person: Person) -> Pubkey | None:
    """The Ed25519 key of the person's phone; None for a phone with another kind of key."""
    if person.scheme is not Scheme.ED25519:
        return None
    return Pubkey.from_bytes(person.device[: len(bytes(NOBODY))])


async def read_person(rpc: Rpc, address: Pubkey) -> Person | None:
    """The person at an address, None if there is none. Raises what `Rpc` raises."""
    return _decode(await rpc.account(address))


def _decode(info: AccountInfo | None) -> Person | None:
    if info is None or info.owner != family.PROGRAM_ID:
        return None
    try:
        return Person.decode(info.data)
    except DecodeError:
        return None
