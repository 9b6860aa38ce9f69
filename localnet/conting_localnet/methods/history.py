"""Methods that read blocks and transactions of the past."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from solders.signature import Signature

from conting_localnet import encoding
from conting_localnet.errors import (
    BLOCK_CLEANED_UP,
    BLOCK_NOT_AVAILABLE,
    SLOT_SKIPPED,
    RpcError,
    invalid_params,
)
from conting_localnet.ledger import Block, Record
from conting_localnet.methods.responses import Method, with_context
from conting_localnet.node import Commitment, Node
from conting_localnet.params import Config, Params
from conting_localnet.wire import Json

_MAX_STATUSES = 256
_MAX_SIGNATURES = 1_000
_MAX_BLOCKS = 500_000
_DETAILS = ("full", "accounts", "signatures", "none")


def _get_signature_statuses(node: Node, params: Params) -> Json:
    signatures = params.signatures(0, _MAX_STATUSES)
    return with_context(node.slot, [encode_status(node, signature) for signature in signatures])


def encode_status(node: Node, signature: Signature) -> Json:
    """Return how a transaction fared and how settled that is, None when it did not land."""
    record = node.ledger.transaction(signature)
    if record is None:
        return None
    commitment = node.commitment_of(record.slot)
    settled = commitment is Commitment.FINALIZED
    return {
        "slot": record.slot,
        "confirmations": None if settled else node.slot - record.slot,
        "err": record.error,
        "status": {"Ok": None} if record.error is None else {"Err": record.error},
        "confirmationStatus": commitment,
    }


def _get_transaction(node: Node, params: Params) -> Json:
    signature, config = params.signature(0), _encoding_config(params, 1)
    settled = node.slot_at(config.settled_commitment())
    record = node.ledger.transaction(signature)
    if record is None or record.slot > settled:
        return None
    return {
        "slot": record.slot,
        "blockTime": node.timeline.time_of(record.slot),
        **_encode_record(record, config),
    }


def _encode_record(record: Record, config: Config) -> dict[str, Json]:
    form = config.text("encoding", "json", encoding.ENCODINGS)
    return encoding.encode_record(record, form, config.integer("maxSupportedTransactionVersion"))


def _encoding_config(params: Params, index: int) -> Config:
    """Read a configuration that may also be just the encoding, as the oldest clients send it."""
    value = params.at(index)
    return Config({"encoding": value}) if isinstance(value, str) else params.config(index)


def _get_signatures_for_address(node: Node, params: Params) -> Json:
    key, config = params.pubkey(0), params.config(1)
    settled = min(node.slot_at(config.settled_commitment()), config.bank_slot(node))
    limit = config.integer("limit")
    limit = _MAX_SIGNATURES if limit is None else limit
    if not 1 <= limit <= _MAX_SIGNATURES:
        raise invalid_params(f"Invalid limit; max {_MAX_SIGNATURES}")
    found = (record for record in node.ledger.by_address(key) if record.slot <= settled)
    page = _between(found, config.signature("before"), config.signature("until"))
    return [_encode_entry(node, record) for record, _ in zip(page, range(limit), strict=False)]


def _between(
    records: Iterable[Record], before: Signature | None, until: Signature | None
) -> Iterator[Record]:
    started = before is None
    for record in records:
        if record.signature == until:
            return
        if started:
            yield record
        elif record.signature == before:
            started = True


def _encode_entry(node: Node, record: Record) -> Json:
    return {
        "signature": str(record.signature),
        "slot": record.slot,
        "err": record.error,
        "memo": None,
        "blockTime": node.timeline.time_of(record.slot),
        "confirmationStatus": node.commitment_of(record.slot),
    }


def _get_block(node: Node, params: Params) -> Json:
    slot, config = params.integer(0), _encoding_config(params, 1)
    block = _find_block(node, slot, config.settled_commitment())
    details = config.text("transactionDetails", "full", _DETAILS)
    encoded: dict[str, Json] = {
        "blockhash": str(block.blockhash),
        "previousBlockhash": str(block.previous_blockhash),
        "parentSlot": block.parent,
        "blockHeight": block.slot,
        "blockTime": block.time,
    }
    if details == "signatures":
        encoded["signatures"] = [str(record.signature) for record in block.records]
    elif details == "full":
        encoded["transactions"] = [_encode_record(record, config) for record in block.records]
    elif details == "accounts":
        encoded["transactions"] = [_encode_roles(record, config) for record in block.records]
    if config.values.get("rewards", True):
        encoded["rewards"] = []
    return encoded


def _encode_roles(record: Record, config: Config) -> Json:
    version = encoding.check_version(record, config.integer("maxSupportedTransactionVersion"))
    return {
        "transaction": {
            "signatures": [str(signature) for signature in record.transaction.signatures],
            "accountKeys": encoding.encode_account_list(record),
        },
        "meta": encoding.encode_meta(record),
        "version": version,
    }


def _find_block(node: Node, slot: int, commitment: Commitment) -> Block:
    if slot > node.slot_at(commitment):
        raise RpcError(BLOCK_NOT_AVAILABLE, f"Block not available for slot {slot}")
    first = node.ledger.first_slot
    if slot < first:
        raise RpcError(
            BLOCK_CLEANED_UP,
            f"Block {slot} cleaned up, does not exist on node. First available block: {first}",
        )
    block = node.ledger.blocks.get(slot)
    if block is None:
        raise RpcError(
            SLOT_SKIPPED,
            f"Slot {slot} was skipped, or missing due to ledger jump to recent snapshot",
        )
    return block


def _get_block_time(node: Node, params: Params) -> Json:
    return _find_block(node, params.integer(0), Commitment.CONFIRMED).time


def _get_blocks(node: Node, params: Params) -> Json:
    # The end may be left out, and the configuration then takes its place.
    end = params.at(1)
    has_end = end is not None and not isinstance(end, dict)
    config = params.config(2 if has_end else 1)
    newest = node.slot_at(config.settled_commitment())
    start = params.integer(0)
    last = min(params.integer(1), newest) if has_end else newest
    if last - start > _MAX_BLOCKS:
        raise invalid_params(f"Slot range too large; max {_MAX_BLOCKS}")
    return [slot for slot in range(start, last + 1) if slot in node.ledger.blocks]


def _get_blocks_with_limit(node: Node, params: Params) -> Json:
    start, limit = params.integer(0), params.integer(1)
    if limit > _MAX_BLOCKS:
        raise invalid_params(f"Limit too large; max {_MAX_BLOCKS}")
    newest = node.slot_at(params.config(2).settled_commitment())
    held = (slot for slot in range(start, newest + 1) if slot in node.ledger.blocks)
    return [slot for slot, _ in zip(held, range(limit), strict=False)]


def _get_first_available_block(node: Node, _params: Params) -> Json:
    return node.ledger.first_slot


METHODS: dict[str, Method] = {
    "getBlock": _get_block,
    "getBlockTime": _get_block_time,
    "getBlocks": _get_blocks,
    "getBlocksWithLimit": _get_blocks_with_limit,
    "getFirstAvailableBlock": _get_first_available_block,
    "getSignatureStatuses": _get_signature_statuses,
    "getSignaturesForAddress": _get_signatures_for_address,
    "getTransaction": _get_transaction,
    "minimumLedgerSlot": _get_first_available_block,
}
