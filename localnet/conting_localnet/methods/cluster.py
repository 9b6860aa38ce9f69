"""Methods about the node, its time and its blockhashes."""

from __future__ import annotations

from conting_localnet.blockhashes import MAX_AGE
from conting_localnet.methods.responses import API_VERSION, Method, with_context
from conting_localnet.node import Node
from conting_localnet.params import Params
from conting_localnet.wire import Json

_FEE_SLOTS = 150
_MAX_FEE_ACCOUNTS = 128


def _get_health(_node: Node, _params: Params) -> Json:
    return "ok"


def _get_version(_node: Node, _params: Params) -> Json:
    return {"solana-core": API_VERSION, "feature-set": 0}


def _get_identity(node: Node, _params: Params) -> Json:
    return {"identity": str(node.identity)}


def _get_genesis_hash(node: Node, _params: Params) -> Json:
    return str(node.genesis_hash)


def _get_latest_blockhash(node: Node, params: Params) -> Json:
    slot = params.config(0).bank_slot(node)
    return with_context(slot, encode_latest_blockhash(node, slot))


def encode_latest_blockhash(node: Node, slot: int) -> Json:
    """Return the newest blockhash known at `slot` and the last height it is valid at."""
    blockhash, closed = node.blockhashes.latest(slot)
    return {"blockhash": str(blockhash), "lastValidBlockHeight": closed + MAX_AGE}


def _is_blockhash_valid(node: Node, params: Params) -> Json:
    blockhash, slot = params.blockhash(0), params.config(1).bank_slot(node)
    return with_context(slot, node.blockhashes.is_valid(blockhash, slot))


def _get_slot(node: Node, params: Params) -> Json:
    return params.config(0).bank_slot(node)


def _get_transaction_count(node: Node, params: Params) -> Json:
    slot = params.config(0).bank_slot(node)
    return node.transaction_count(slot)


def _get_epoch_info(node: Node, params: Params) -> Json:
    slot = params.config(0).bank_slot(node)
    schedule = node.svm.get_epoch_schedule()
    epoch, index = schedule.get_epoch_and_slot_index(slot)
    return {
        "absoluteSlot": slot,
        "blockHeight": slot,
        "epoch": epoch,
        "slotIndex": index,
        "slotsInEpoch": schedule.get_slots_in_epoch(epoch),
        "transactionCount": node.transaction_count(slot),
    }


def _get_epoch_schedule(node: Node, _params: Params) -> Json:
    schedule = node.svm.get_epoch_schedule()
    return {
        "slotsPerEpoch": schedule.slots_per_epoch,
        "leaderScheduleSlotOffset": schedule.leader_schedule_slot_offset,
        "warmup": schedule.warmup,
        "firstNormalEpoch": schedule.first_normal_epoch,
        "firstNormalSlot": schedule.first_normal_slot,
    }


def _get_slot_leader(node: Node, _params: Params) -> Json:
    return str(node.identity)


def _get_recent_prioritization_fees(node: Node, params: Params) -> Json:
    if params.at(0) is not None:
        params.pubkeys(0, _MAX_FEE_ACCOUNTS)  # for its errors: nobody competes for accounts here
    first = max(0, node.slot - _FEE_SLOTS)
    return [{"slot": slot, "prioritizationFee": 0} for slot in range(first, node.slot)]


METHODS: dict[str, Method] = {
    "getBlockHeight": _get_slot,
    "getEpochInfo": _get_epoch_info,
    "getEpochSchedule": _get_epoch_schedule,
    "getGenesisHash": _get_genesis_hash,
    "getHealth": _get_health,
    "getIdentity": _get_identity,
    "getLatestBlockhash": _get_latest_blockhash,
    "getRecentPrioritizationFees": _get_recent_prioritization_fees,
    "getSlot": _get_slot,
    "getSlotLeader": _get_slot_leader,
    "getTransactionCount": _get_transaction_count,
    "getVersion": _get_version,
    "isBlockhashValid": _is_blockhash_valid,
}
