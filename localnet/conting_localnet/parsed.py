"""Accounts in the `jsonParsed` form: mints and token accounts; a node shows the rest as base64."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from solders.account import Account
from solders.pubkey import Pubkey

from conting_localnet.tokens import (
    TOKEN_PROGRAM,
    Mint,
    TokenAccount,
    read_mint,
    read_token_account,
)
from conting_localnet.wire import Json


def ui_amount(amount: int, decimals: int) -> dict[str, Json]:
    """Return a token amount as nodes show it: exact, as a float, and as a decimal string."""
    exact = Decimal(amount).scaleb(-decimals)
    text = f"{exact:f}"
    return {
        "amount": str(amount),
        "decimals": decimals,
        "uiAmount": float(exact),
        "uiAmountString": text.rstrip("0").rstrip(".") if "." in text else text,
    }


def parse_account(account: Account, find_mint: Callable[[Pubkey], Mint | None]) -> Json:
    """Return the parsed data of a mint or a token account, None for anything else."""
    holding = read_token_account(account)
    mint = find_mint(holding.mint) if holding is not None else None
    if holding is not None and mint is not None:
        return _parsed(account, "account", _holding_info(holding, mint.decimals))
    mint = read_mint(account)
    return _parsed(account, "mint", _mint_info(mint)) if mint is not None else None


def _parsed(account: Account, kind: str, info: Json) -> Json:
    program = "spl-token" if account.owner == TOKEN_PROGRAM else "spl-token-2022"
    return {
        "program": program,
        "parsed": {"type": kind, "info": info},
        "space": len(account.data),
    }


def _mint_info(mint: Mint) -> Json:
    return {
        "mintAuthority": _key(mint.mint_authority),
        "supply": str(mint.supply),
        "decimals": mint.decimals,
        "isInitialized": mint.is_initialized,
        "freezeAuthority": _key(mint.freeze_authority),
    }


def _holding_info(holding: TokenAccount, decimals: int) -> Json:
    info: dict[str, Json] = {
        "mint": str(holding.mint),
        "owner": str(holding.owner),
        "tokenAmount": ui_amount(holding.amount, decimals),
        "state": holding.state,
        "isNative": holding.native_reserve is not None,
    }
    if holding.delegate is not None:
        info["delegate"] = str(holding.delegate)
        info["delegatedAmount"] = ui_amount(holding.delegated_amount, decimals)
    if holding.native_reserve is not None:
        info["rentExemptReserve"] = ui_amount(holding.native_reserve, decimals)
    if holding.close_authority is not None:
        info["closeAuthority"] = str(holding.close_authority)
    return info


def _key(key: Pubkey | None) -> Json:
    return None if key is None else str(key)
