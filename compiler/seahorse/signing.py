"""Who signs a call of another program: a Signer, or an account by the seeds of its address."""

from collections.abc import Sequence

from seahorse.accounts import (
    AccountLike,
    Seeds,
    Signer,
    address_of,
    find_address,
    frame_of,
    raw_seeds,
)
from seahorse.addresses import create_program_address
from seahorse.classes import Account, declares_seeds
from seahorse.errors import CallError, Fault, FaultError
from seahorse.ints import u8
from seahorse.values import Pubkey


def signer_of(authority: AccountLike, seeds: Seeds | None = None) -> Pubkey:
    """The address that signs: of a Signer, whatever seeds are given, of an account whose class
    declares its seeds, or of any account by the seeds given, which end with the bump or leave it to
    be found.
    """
    if isinstance(authority, Signer):
        return address_of(authority)
    if seeds is not None:
        return _by_seeds(authority, seeds)
    if not isinstance(authority, Account) or not declares_seeds(type(authority)):
        raise TypeError(f"{type(authority).__name__} declares no seeds, so it cannot sign")
    return address_of(authority)


def _by_seeds(authority: AccountLike, seeds: Seeds) -> Pubkey:
    program = bytes(frame_of(authority).program_id)
    address = address_of(authority)
    if ends_with_bump(seeds):
        try:
            derived = create_program_address(raw_seeds(seeds), program)
        except ValueError as error:
            raise CallError("InvalidSeeds") from error
        if Pubkey.of(derived) != address:
            raise CallError("PrivilegeEscalation")
    else:
        authority_address, _ = find_for(authority, seeds)
        if authority_address != address:
            raise FaultError(Fault.WRONG_SEEDS, f"{address} is not {authority_address}")
    return address


def ends_with_bump(seeds: Sequence[object]) -> bool:
    """Whether the last seed is a u8, and so the bump."""
    return isinstance(seeds[-1], u8)


def find_for(account: AccountLike, seeds: Seeds) -> tuple[Pubkey, int]:
    """Where the seeds lead under the running program, and the bump."""
    return find_address(frame_of(account), seeds)
