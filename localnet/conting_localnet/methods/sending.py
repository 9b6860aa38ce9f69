"""Methods that run transactions: sending, simulating, the faucet, and what a message would cost."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

from solders.account import Account
from solders.compute_budget import set_compute_unit_limit
from solders.message import Message, MessageV0, from_bytes_versioned
from solders.pubkey import Pubkey
from solders.system_program import TransferParams, transfer
from solders.transaction import SanitizeError, VersionedTransaction

from conting_localnet.accounts import encode_account, read_view
from conting_localnet.encoding import encode_inner, encode_return_data
from conting_localnet.errors import (
    PREFLIGHT_FAILURE,
    SIGNATURE_VERIFICATION_FAILURE,
    RpcError,
    describe_transaction_error,
    invalid_params,
)
from conting_localnet.fees import fee_for_message
from conting_localnet.methods.cluster import encode_latest_blockhash
from conting_localnet.methods.responses import Method, mint_reader, with_context
from conting_localnet.node import Node, Simulation
from conting_localnet.params import Config, Params, to_pubkey
from conting_localnet.wire import Json, base58_decode

PACKET_SIZE = 1_232  # bytes; what fits into an IPv6 packet of minimal MTU
_FAUCET_UNITS = 10_000


def _send_transaction(node: Node, params: Params) -> Json:
    config = params.config(1)
    transaction = _read_transaction(params.text(0), config, "base58")
    is_signed = _is_signed(transaction)
    if not config.flag("skipPreflight"):
        if not is_signed:
            raise _signature_failure()
        _preflight(node, transaction, config.bank_slot(node, "preflightCommitment"))
    if is_signed:
        node.execute(transaction)
    return str(transaction.signatures[0])


def _preflight(node: Node, transaction: VersionedTransaction, slot: int) -> None:
    simulation = _simulate(node, transaction, slot)
    if simulation.error is not None:
        reason = describe_transaction_error(simulation.error)
        raise RpcError(
            PREFLIGHT_FAILURE,
            f"Transaction simulation failed: {reason}",
            _encode_simulation(simulation, None),
        )


def _simulate_transaction(node: Node, params: Params) -> Json:
    config = params.config(1)
    replace, verify = config.flag("replaceRecentBlockhash"), config.flag("sigVerify")
    if replace and verify:
        raise invalid_params("sigVerify may not be used with replaceRecentBlockhash")
    transaction = _read_transaction(params.text(0), config, "base58")
    if verify and not _is_signed(transaction):
        raise _signature_failure()
    slot = config.bank_slot(node)
    simulation = node.simulate(transaction) if replace else _simulate(node, transaction, slot)
    result = _encode_simulation(simulation, _wanted_accounts(node, config, simulation))
    if replace:
        result["replacementBlockhash"] = encode_latest_blockhash(node, slot)
    if config.flag("innerInstructions") and simulation.meta is not None:
        result["innerInstructions"] = encode_inner(simulation.meta)
    return with_context(slot, result)


def _simulate(node: Node, transaction: VersionedTransaction, slot: int) -> Simulation:
    refusal = node.refusal(transaction, slot)
    return node.simulate(transaction) if refusal is None else Simulation(refusal, None, {})


def _encode_simulation(simulation: Simulation, accounts: Json) -> dict[str, Json]:
    meta = simulation.meta
    return {
        "err": simulation.error,
        "logs": meta.logs() if meta else [],
        "accounts": accounts,
        "unitsConsumed": meta.compute_units_consumed() if meta else 0,
        "returnData": encode_return_data(meta) if meta else None,
        "innerInstructions": None,
        "replacementBlockhash": None,
    }


def _wanted_accounts(node: Node, config: Config, simulation: Simulation) -> Json:
    if not config.has("accounts"):
        return None
    wanted = config.sub("accounts")
    view = read_view(wanted, "base64")
    keys = [to_pubkey(address) for address in wanted.items("addresses")]
    if simulation.error is not None:
        return [None] * len(keys)
    mints = mint_reader(node, node.slot)
    found = [_after(node, simulation, key) for key in keys]
    return [encode_account(account, view, mints) if account else None for account in found]


def _after(node: Node, simulation: Simulation, key: Pubkey) -> Account | None:
    account = simulation.post_accounts.get(key, node.account(key, node.slot))
    return account if account is not None and account.lamports else None


def _request_airdrop(node: Node, params: Params) -> Json:
    """Send a real transfer; a running compute limit makes equal requests distinct transactions."""
    recipient, lamports = params.pubkey(0), params.integer(1)
    blockhash, _ = node.blockhashes.latest(node.slot)
    faucet = node.faucet.pubkey()
    moved = transfer(TransferParams(from_pubkey=faucet, to_pubkey=recipient, lamports=lamports))
    limit = set_compute_unit_limit(_FAUCET_UNITS + node.ledger.transaction_count % 1_000_000)
    message = Message.new_with_blockhash([limit, moved], faucet, blockhash)
    transaction = VersionedTransaction(message, [node.faucet])
    _preflight(node, transaction, node.slot)
    node.execute(transaction)
    return str(transaction.signatures[0])


def _get_fee_for_message(node: Node, params: Params) -> Json:
    raw = _decode(params.text(0), "base64")
    try:
        message = from_bytes_versioned(raw)
    except ValueError as error:
        raise invalid_params(f"not a message: {error}") from error
    if not isinstance(message, Message | MessageV0):
        raise invalid_params("only legacy and version 0 messages are known")
    slot = params.config(1).bank_slot(node)
    known = node.blockhashes.is_valid(message.recent_blockhash, slot)
    return with_context(slot, fee_for_message(message) if known else None)


def _read_transaction(text: str, config: Config, default: str) -> VersionedTransaction:
    raw = _decode(text, config.text("encoding", default, ("base58", "base64")))
    if len(raw) > PACKET_SIZE:
        raise invalid_params(f"transaction too large: {len(raw)} bytes (max: {PACKET_SIZE} bytes)")
    try:
        transaction = VersionedTransaction.from_bytes(raw)
        transaction.sanitize()
    except ValueError as error:
        raise invalid_params(f"failed to deserialize transaction: {error}") from error
    except SanitizeError as error:
        raise invalid_params(f"invalid transaction: {error}") from error
    if not isinstance(transaction.message, Message | MessageV0):
        raise invalid_params("only legacy and version 0 transactions are known")
    if bytes(transaction) != raw:
        raise invalid_params("failed to deserialize transaction: trailing bytes")
    return transaction


def _decode(text: str, encoding: str) -> bytes:
    if len(text) > 2 * PACKET_SIZE:
        raise invalid_params(f"{encoding} encoded transaction too large: {len(text)} characters")
    try:
        if encoding == "base64":
            return base64.b64decode(text, validate=True)
        return base58_decode(text)
    except (ValueError, binascii.Error) as error:
        raise invalid_params(f"invalid {encoding} encoding: {error}") from error


def _is_signed(transaction: VersionedTransaction) -> bool:
    results: Sequence[bool] = transaction.verify_with_results()
    return bool(results) and all(results)


def _signature_failure() -> RpcError:
    return RpcError(SIGNATURE_VERIFICATION_FAILURE, "Transaction signature verification failure")


METHODS: dict[str, Method] = {
    "getFeeForMessage": _get_fee_for_message,
    "requestAirdrop": _request_airdrop,
    "sendTransaction": _send_transaction,
    "simulateTransaction": _simulate_transaction,
}
