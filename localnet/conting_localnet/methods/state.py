"""Methods that read accounts."""

from __future__ import annotations

from solders.pubkey import Pubkey

from conting_localnet.accounts import View, encode_account, matches, read_filters, read_view
from conting_localnet.methods.responses import Method, mint_reader, with_context
from conting_localnet.node import Node
from conting_localnet.params import Params
from conting_localnet.wire import Json

_MAX_MULTIPLE_ACCOUNTS = 100


def _get_balance(node: Node, params: Params) -> Json:
    key = params.pubkey(0)
    slot = params.config(1).bank_slot(node)
    account = node.account(key, slot)
    return with_context(slot, account.lamports if account else 0)


def _get_account_info(node: Node, params: Params) -> Json:
    key, config = params.pubkey(0), params.config(1)
    slot, view = config.bank_slot(node), read_view(config)
    return with_context(slot, _encoded(node, key, slot, view))


def _get_multiple_accounts(node: Node, params: Params) -> Json:
    keys, config = params.pubkeys(0, _MAX_MULTIPLE_ACCOUNTS), params.config(1)
    slot, view = config.bank_slot(node), read_view(config, "base64")
    return with_context(slot, [_encoded(node, key, slot, view) for key in keys])


def _get_program_accounts(node: Node, params: Params) -> Json:
    program, config = params.pubkey(0), params.config(1)
    slot, view, filters = config.bank_slot(node), read_view(config), read_filters(config)
    mints = mint_reader(node, slot)
    found: Json = [
        {"pubkey": str(key), "account": encode_account(account, view, mints)}
        for key, account in node.program_accounts(program, slot)
        if not filters or matches(account.data, filters)
    ]
    return with_context(slot, found) if config.flag("withContext") else found


def _get_minimum_balance(node: Node, params: Params) -> Json:
    return node.svm.minimum_balance_for_rent_exemption(params.integer(0))


def _encoded(node: Node, key: Pubkey, slot: int, view: View) -> Json:
    account = node.account(key, slot)
    return None if account is None else encode_account(account, view, mint_reader(node, slot))


METHODS: dict[str, Method] = {
    "getAccountInfo": _get_account_info,
    "getBalance": _get_balance,
    "getMinimumBalanceForRentExemption": _get_minimum_balance,
    "getMultipleAccounts": _get_multiple_accounts,
    "getProgramAccounts": _get_program_accounts,
}
