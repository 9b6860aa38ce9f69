"""Transactions and blocks as JSON."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence

from solders.instruction import CompiledInstruction
from solders.message import Message, MessageV0
from solders.transaction_metadata import TransactionMetadata

from conting_localnet.addresses import Addresses, AnyMessage
from conting_localnet.errors import UNSUPPORTED_TRANSACTION_VERSION, RpcError
from conting_localnet.ledger import Record
from conting_localnet.parsed import ui_amount
from conting_localnet.tokens import TokenBalance
from conting_localnet.wire import Json, base58_encode

ENCODINGS = ("json", "jsonParsed", "base58", "base64", "binary")


def encode_record(record: Record, encoding: str, max_version: int | None) -> dict[str, Json]:
    """Return `transaction`, `meta` and, when the client knows of versions, `version`."""
    version = check_version(record, max_version)
    encoded: dict[str, Json] = {
        "transaction": encode_transaction(record, encoding),
        "meta": encode_meta(record),
    }
    if max_version is not None:
        encoded["version"] = version
    return encoded


def check_version(record: Record, max_version: int | None) -> Json:
    """Return "legacy" or the version; raises RpcError when the client did not allow it."""
    if isinstance(record.transaction.message, Message):
        return "legacy"
    if max_version is None:
        raise RpcError(
            UNSUPPORTED_TRANSACTION_VERSION,
            "Transaction version (0) is not supported by the requesting client. Please try the "
            "request again with the following configuration parameter: "
            '"maxSupportedTransactionVersion": 0',
        )
    return 0


def encode_transaction(record: Record, encoding: str) -> Json:
    """Return the transaction itself."""
    transaction = record.transaction
    match encoding:
        case "json":
            message = _message(transaction.message)
        case "jsonParsed":
            message = _parsed_message(record)
        case "base64":
            return [base64.b64encode(bytes(transaction)).decode(), "base64"]
        case "base58":
            return [base58_encode(bytes(transaction)), "base58"]
        case _:
            return base58_encode(bytes(transaction))
    return {"signatures": _texts(transaction.signatures), "message": message}


def encode_meta(record: Record) -> Json:
    """Return what running the transaction did."""
    addresses = record.addresses
    meta: dict[str, Json] = {
        "err": record.error,
        "status": {"Ok": None} if record.error is None else {"Err": record.error},
        "fee": record.meta.fee(),
        "preBalances": record.pre_balances,
        "postBalances": record.post_balances,
        "innerInstructions": encode_inner(record.meta),
        "logMessages": record.meta.logs(),
        "preTokenBalances": [_token_balance(balance) for balance in record.pre_tokens],
        "postTokenBalances": [_token_balance(balance) for balance in record.post_tokens],
        "rewards": [],
        "loadedAddresses": {
            "writable": _texts(addresses.loaded_writable),
            "readonly": _texts(addresses.loaded_readonly),
        },
        "computeUnitsConsumed": record.meta.compute_units_consumed(),
    }
    returned = encode_return_data(record.meta)
    if returned is not None:
        meta["returnData"] = returned
    return meta


def encode_return_data(meta: TransactionMetadata) -> Json:
    """Return what the last program returned, None when nothing."""
    returned = meta.return_data()
    if not returned.data:
        return None
    data = base64.b64encode(bytes(returned.data)).decode()
    return {"programId": str(returned.program_id), "data": [data, "base64"]}


def encode_inner(meta: TransactionMetadata) -> Json:
    """Return the instructions that programs invoked, by the index of the outer instruction."""
    return [
        {
            "index": index,
            "instructions": [
                _instruction(each.instruction(), each.stack_height()) for each in inner
            ],
        }
        for index, inner in enumerate(meta.inner_instructions())
        if inner
    ]


def encode_account_list(record: Record) -> Json:
    """Return every account of a transaction with its roles."""
    addresses = record.addresses
    signers = record.transaction.message.header.num_required_signatures
    loaded = len(addresses.static)
    writable = _roles(addresses)
    return [
        {
            "pubkey": str(key),
            "signer": index < signers,
            "writable": writable[index],
            "source": "transaction" if index < loaded else "lookupTable",
        }
        for index, key in enumerate(addresses.all)
    ]


def _roles(addresses: Addresses) -> Sequence[bool]:
    loaded = [True] * len(addresses.loaded_writable) + [False] * len(addresses.loaded_readonly)
    return [*addresses.static_writable, *loaded]


def _message(message: AnyMessage) -> Json:
    header = message.header
    encoded: dict[str, Json] = {
        "header": {
            "numRequiredSignatures": header.num_required_signatures,
            "numReadonlySignedAccounts": header.num_readonly_signed_accounts,
            "numReadonlyUnsignedAccounts": header.num_readonly_unsigned_accounts,
        },
        "accountKeys": _texts(message.account_keys),
        "recentBlockhash": str(message.recent_blockhash),
        "instructions": [_instruction(each, 1) for each in message.instructions],
    }
    if isinstance(message, MessageV0):
        encoded["addressTableLookups"] = _lookups(message)
    return encoded


def _parsed_message(record: Record) -> Json:
    """Return the message with accounts by name and data as bytes, as for unknown programs."""
    message, keys = record.transaction.message, record.addresses.all
    encoded: dict[str, Json] = {
        "accountKeys": encode_account_list(record),
        "recentBlockhash": str(message.recent_blockhash),
        "instructions": [
            {
                "programId": str(keys[each.program_id_index]),
                "accounts": [str(keys[index]) for index in bytes(each.accounts)],
                "data": base58_encode(bytes(each.data)),
                "stackHeight": 1,
            }
            for each in message.instructions
        ],
    }
    if isinstance(message, MessageV0):
        encoded["addressTableLookups"] = _lookups(message)
    return encoded


def _lookups(message: MessageV0) -> Json:
    return [
        {
            "accountKey": str(lookup.account_key),
            "writableIndexes": list(lookup.writable_indexes),
            "readonlyIndexes": list(lookup.readonly_indexes),
        }
        for lookup in message.address_table_lookups
    ]


def _instruction(instruction: CompiledInstruction, stack_height: int | None) -> Json:
    return {
        "programIdIndex": instruction.program_id_index,
        "accounts": list(instruction.accounts),
        "data": base58_encode(bytes(instruction.data)),
        "stackHeight": stack_height,
    }


def _token_balance(balance: TokenBalance) -> Json:
    return {
        "accountIndex": balance.index,
        "mint": str(balance.mint),
        "owner": str(balance.owner),
        "programId": str(balance.program),
        "uiTokenAmount": ui_amount(balance.amount, balance.decimals),
    }


def _texts(values: Iterable[object]) -> list[str]:
    return [str(value) for value in values]
