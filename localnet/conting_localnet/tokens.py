"""What the node reads of SPL Token and Token-2022 accounts: the base layout that both share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from solders.account import Account
from solders.pubkey import Pubkey

TOKEN_PROGRAM = Pubkey.from_string("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA")
TOKEN_2022_PROGRAM = Pubkey.from_string("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb")
TOKEN_PROGRAMS = (TOKEN_PROGRAM, TOKEN_2022_PROGRAM)

_MINT_SIZE = 82
_ACCOUNT_SIZE = 165
_TYPE_AT = 165  # Token-2022: one byte after the base layout says what an extended account is
_TYPE_MINT = b"\x01"
_TYPE_ACCOUNT = b"\x02"
_STATES = ("uninitialized", "initialized", "frozen")


@dataclass(frozen=True, slots=True)
class Mint:
    """A mint; amounts are in its smallest unit."""

    supply: int
    decimals: int
    is_initialized: bool
    mint_authority: Pubkey | None
    freeze_authority: Pubkey | None


@dataclass(frozen=True, slots=True)
class TokenAccount:
    """A holding of one mint; amounts are in the mint's smallest unit."""

    mint: Pubkey
    owner: Pubkey
    amount: int
    delegate: Pubkey | None
    state: str
    native_reserve: int | None
    delegated_amount: int
    close_authority: Pubkey | None


@dataclass(frozen=True, slots=True)
class TokenBalance:
    """What a token account held before or after a transaction."""

    index: int
    mint: Pubkey
    owner: Pubkey
    program: Pubkey
    amount: int
    decimals: int


def read_mint(account: Account | None) -> Mint | None:
    """Read a mint, or None when `account` is not one."""
    if account is None or account.owner not in TOKEN_PROGRAMS:
        return None
    data = account.data
    if len(data) != _MINT_SIZE and data[_TYPE_AT : _TYPE_AT + 1] != _TYPE_MINT:
        return None
    return Mint(
        supply=_u64(data, 36),
        decimals=data[44],
        is_initialized=data[45] == 1,
        mint_authority=_optional_key(data, 0),
        freeze_authority=_optional_key(data, 46),
    )


def read_token_account(account: Account | None) -> TokenAccount | None:
    """Read a token account, or None when `account` is not an initialised one."""
    if account is None or account.owner not in TOKEN_PROGRAMS:
        return None
    data = account.data
    if len(data) != _ACCOUNT_SIZE and data[_TYPE_AT : _TYPE_AT + 1] != _TYPE_ACCOUNT:
        return None
    if not 0 < data[108] < len(_STATES):
        return None
    is_native = int.from_bytes(data[109:113], "little") == 1
    return TokenAccount(
        mint=Pubkey(data[0:32]),
        owner=Pubkey(data[32:64]),
        amount=_u64(data, 64),
        delegate=_optional_key(data, 72),
        state=_STATES[data[108]],
        native_reserve=_u64(data, 113) if is_native else None,
        delegated_amount=_u64(data, 121),
        close_authority=_optional_key(data, 129),
    )


def token_balances(
    accounts: Sequence[Account | None], read_account: Callable[[Pubkey], Account | None]
) -> Iterator[TokenBalance]:
    """Yield what each token account among `accounts` holds, by its index."""
    for index, account in enumerate(accounts):
        holding = read_token_account(account)
        mint = read_mint(read_account(holding.mint)) if holding is not None else None
        if account is not None and holding is not None and mint is not None:
            yield TokenBalance(
                index=index,
                mint=holding.mint,
                owner=holding.owner,
                program=account.owner,
                amount=holding.amount,
                decimals=mint.decimals,
            )


def _u64(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 8], "little")


def _optional_key(data: bytes, at: int) -> Pubkey | None:
    """Read a COption<Pubkey>: a u32 tag and the key."""
    tag = int.from_bytes(data[at : at + 4], "little")
    return Pubkey(data[at + 4 : at + 36]) if tag == 1 else None
