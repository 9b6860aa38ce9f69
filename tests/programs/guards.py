"""What the owner of a token account may do to it although it is frozen (spl-token-2022)."""

from typing import Final

from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.programs.world import TOKEN_2022, World

REALLOCATE: Final = 29
CPI_GUARD: Final = 34
"""Of instructions; then 0 enables it."""
CPI_GUARD_EXTENSION: Final = 11
SYSTEM: Final = Pubkey.default()


def extend(token: Pubkey, owner: Pubkey) -> Instruction:
    """Makes room for a CPI guard; the owner pays."""
    accounts = [
        AccountMeta(token, is_signer=False, is_writable=True),
        AccountMeta(owner, is_signer=True, is_writable=True),
        AccountMeta(SYSTEM, is_signer=False, is_writable=False),
        AccountMeta(owner, is_signer=True, is_writable=False),
    ]
    data = bytes([REALLOCATE]) + CPI_GUARD_EXTENSION.to_bytes(2, "little")
    return Instruction(TOKEN_2022, data, accounts)


def guard(token: Pubkey, owner: Pubkey) -> Instruction:
    """From now on no program closes the account, unless its rent goes to the owner."""
    accounts = [
        AccountMeta(token, is_signer=False, is_writable=True),
        AccountMeta(owner, is_signer=True, is_writable=False),
    ]
    return Instruction(TOKEN_2022, bytes([CPI_GUARD, 0]), accounts)


def guarded(world: World, token: Pubkey, owner: Keypair) -> None:
    """Both."""
    key = owner.pubkey()
    world.must(world.send(extend(token, key), guard(token, key), by=owner))
