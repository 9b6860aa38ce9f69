"""Persons of the family program: who holds tickets, and which phone answers at the gate."""

from collections.abc import Iterable, Sequence
from typing import Final

from solders.instruction import Instruction
from solders.pubkey import Pubkey

from conting_client._aside import aside
from conting_client._errors import MalformedPass
from conting_client._readings import AccountInfo
from conting_client._rpc import Rpc
from conting_client.device_keys import DevicePublicKey, decode_device_key, encode_device_key
from conting_client.generated import family
from conting_client.generated.family import DecodeError, Person, Scheme

NOBODY: Final = Pubkey.default()
"""The nullifier of a person whom only the own wallet attests."""


def self_person_address(wallet: Pubkey) -> Pubkey:
    """The person account of a wallet that attests itself, for events without an issuer."""
    seeds = [b"person", bytes(wallet), bytes(NOBODY)]
    return Pubkey.find_program_address(seeds, family.PROGRAM_ID)[0]


def register_self(wallet: Pubkey, device_key: DevicePublicKey) -> Instruction:
    """Makes the wallet's own person account, with this key as its phone; the wallet signs."""
    kind, device = encode_device_key(device_key)
    return family.register_self(wallet=wallet, scheme=Scheme(kind), device=device)


def device_key_of(person: Person) -> DevicePublicKey | None:
    """The key of the person's phone; None if what stands on chain is no point of its curve."""
    try:
        return decode_device_key(person.scheme.value, bytes(person.device))
    except MalformedPass:
        return None


async def read_person(rpc: Rpc, address: Pubkey) -> Person | None:
    """The person at an address, None if there is none. Raises what `Rpc` raises."""
    return _decode(await rpc.account(address))


async def read_persons(rpc: Rpc, addresses: Sequence[Pubkey]) -> dict[Pubkey, Person]:
    """The persons at these addresses, without those that are none. Raises what `Rpc` raises."""
    found = await rpc.accounts(addresses)
    return await aside(len(found), lambda: _persons(zip(addresses, found, strict=True)))


def _persons(found: Iterable[tuple[Pubkey, AccountInfo | None]]) -> dict[Pubkey, Person]:
    read = ((address, _decode(info)) for address, info in found)
    return {address: person for address, person in read if person is not None}


def _decode(info: AccountInfo | None) -> Person | None:
    if info is None or info.owner != family.PROGRAM_ID:
        return None
    try:
        return Person.decode(info.data)
    except DecodeError:
        return None
