"""Methods that know SPL Token and Token-2022."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from solders.account import Account
from solders.pubkey import Pubkey

from conting_localnet.accounts import encode_account, read_view
from conting_localnet.errors import invalid_params
from conting_localnet.methods.responses import Method, mint_reader, with_context
from conting_localnet.node import Node
from conting_localnet.params import Config, Params, to_pubkey
from conting_localnet.parsed import ui_amount
from conting_localnet.tokens import (
    TOKEN_PROGRAMS,
    Mint,
    TokenAccount,
    read_mint,
    read_token_account,
)
from conting_localnet.wire import Json

_MAX_LARGEST = 20


def _get_token_account_balance(node: Node, params: Params) -> Json:
    key, slot = params.pubkey(0), params.config(1).bank_slot(node)
    holding = read_token_account(node.account(key, slot))
    if holding is None:
        raise invalid_params("not a Token account")
    return with_context(slot, ui_amount(holding.amount, _mint(node, holding.mint, slot).decimals))


def _get_token_supply(node: Node, params: Params) -> Json:
    key, slot = params.pubkey(0), params.config(1).bank_slot(node)
    mint = _mint(node, key, slot)
    return with_context(slot, ui_amount(mint.supply, mint.decimals))


def _get_token_largest_accounts(node: Node, params: Params) -> Json:
    key, slot = params.pubkey(0), params.config(1).bank_slot(node)
    decimals = _mint(node, key, slot).decimals
    held = [
        (holding.amount, str(address))
        for address, _, holding in _holdings(node, slot, TOKEN_PROGRAMS)
        if holding.mint == key
    ]
    largest = sorted(held, reverse=True)[:_MAX_LARGEST]
    return with_context(
        slot,
        [{"address": address, **ui_amount(amount, decimals)} for amount, address in largest],
    )


def _get_token_accounts_by_owner(node: Node, params: Params) -> Json:
    owner = params.pubkey(0)
    return _token_accounts(node, params, lambda holding: holding.owner == owner)


def _get_token_accounts_by_delegate(node: Node, params: Params) -> Json:
    delegate = params.pubkey(0)
    return _token_accounts(node, params, lambda holding: holding.delegate == delegate)


def _token_accounts(node: Node, params: Params, wanted: Callable[[TokenAccount], bool]) -> Json:
    selector, config = params.config(1), params.config(2)
    slot, view = config.bank_slot(node), read_view(config)
    mint, programs = _selection(node, selector, slot)
    mints = mint_reader(node, slot)
    return with_context(
        slot,
        [
            {"pubkey": str(key), "account": encode_account(account, view, mints)}
            for key, account, holding in _holdings(node, slot, programs)
            if mint in (None, holding.mint) and wanted(holding)
        ],
    )


def _selection(node: Node, selector: Config, slot: int) -> tuple[Pubkey | None, Sequence[Pubkey]]:
    """Return the mint, if that is the selector, and the token programs to look at."""
    if selector.has("mint"):
        mint = to_pubkey(selector.values["mint"])
        account = node.account(mint, slot)
        if account is None or read_mint(account) is None:
            raise invalid_params("could not find mint")
        return mint, (account.owner,)
    if not selector.has("programId"):
        raise invalid_params("parameter 2 must be {mint} or {programId}")
    program = to_pubkey(selector.values["programId"])
    if program not in TOKEN_PROGRAMS:
        raise invalid_params("unrecognized Token program id")
    return None, (program,)


def _holdings(
    node: Node, slot: int, programs: Sequence[Pubkey]
) -> Iterator[tuple[Pubkey, Account, TokenAccount]]:
    for program in programs:
        for key, account in node.program_accounts(program, slot):
            holding = read_token_account(account)
            if holding is not None:
                yield key, account, holding


def _mint(node: Node, key: Pubkey, slot: int) -> Mint:
    mint = read_mint(node.account(key, slot))
    if mint is None:
        raise invalid_params("not a Token mint")
    return mint


METHODS: dict[str, Method] = {
    "getTokenAccountBalance": _get_token_account_balance,
    "getTokenAccountsByDelegate": _get_token_accounts_by_delegate,
    "getTokenAccountsByOwner": _get_token_accounts_by_owner,
    "getTokenLargestAccounts": _get_token_largest_accounts,
    "getTokenSupply": _get_token_supply,
}
