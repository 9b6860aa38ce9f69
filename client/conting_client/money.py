"""What an event is paid in: lamports, or one token of SPL Token."""

from typing import Final, TypedDict

from solders.pubkey import Pubkey
from solders.token import ID as SPL_TOKEN
from solders.token.associated import get_associated_token_address

from conting_client.generated import ticket as program

SOL: Final = Pubkey.default()
"""Stands for lamports where an event names what it is paid in."""

__all__ = ["SOL", "SPL_TOKEN", "Money", "is_sol", "money_of", "purse_of", "till_of"]


class Money(TypedDict):
    """Token accounts of who pays and of the event; None where it is paid in lamports."""

    purse: Pubkey | None
    till: Pubkey | None


def is_sol(payment: Pubkey) -> bool:
    """Whether an event with this `payment` is paid in lamports."""
    return payment == SOL


def purse_of(wallet: Pubkey, payment: Pubkey) -> Pubkey:
    """The wallet's associated token account for what an event is paid in."""
    return get_associated_token_address(wallet, payment)


def till_of(event: Pubkey, program_id: Pubkey = program.PROGRAM_ID) -> Pubkey:
    """Where the tokens go that are paid for an event's tickets."""
    vault = program.vault_address(event=event, program_id=program_id)
    return program.till_address(vault=vault, program_id=program_id)


def money_of(
    payment: Pubkey, event: Pubkey, payer: Pubkey, program_id: Pubkey = program.PROGRAM_ID
) -> Money:
    """The accounts that `payer` pays from and into, at an event that is paid in `payment`."""
    if is_sol(payment):
        return Money(purse=None, till=None)
    return Money(purse=purse_of(payer, payment), till=till_of(event, program_id))
