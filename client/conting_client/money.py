"""What an event is paid in: lamports, or one token of SPL Token."""

from typing import Final, TypedDict

from solders.pubkey import Pubkey
from solders.token import ID as SPL_TOKEN
from solders.token.associated import get_associated_token_address

from conting_client.generated import ticket as program

SOL: Final = Pubkey.default()
"""Stands for lamports where an event names what it is paid in."""
SOL_DECIMALS: Final = 9
CENTS: Final = 2
"""Decimals that are always shown, where there are so many."""

__all__ = [
    "SOL",
    "SOL_DECIMALS",
    "SPL_TOKEN",
    "Money",
    "amount_text",
    "is_sol",
    "money_of",
    "purse_of",
    "till_of",
]


class Money(TypedDict):
    """Token accounts of who pays and of the event; None where it is paid in lamports."""

    purse: Pubkey | None
    till: Pubkey | None


def is_sol(payment: Pubkey) -> bool:
    """Whether an event with this `payment` is paid in lamports."""
    return payment == SOL


def amount_text(amount: int, decimals: int) -> str:
    """An amount of smallest units as people read it: 25000000 with 6 decimals is 25.00."""
    if not decimals:
        return str(amount)
    whole, part = divmod(abs(amount), 10**decimals)
    shown = f"{part:0{decimals}d}".rstrip("0").ljust(min(CENTS, decimals), "0")
    return f"{'-' * (amount < 0)}{whole}.{shown}"


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
