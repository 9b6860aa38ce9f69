"""The chain's time: slots, the Clock and SlotHashes sysvars, expiry, and moving forward."""

from __future__ import annotations

import struct
import time

import pytest
from conting_localnet import LocalnetProcess
from conting_localnet.node import Commitment, Node
from solana.rpc.async_api import AsyncClient
from solana.rpc.commitment import Confirmed, Finalized, Processed
from solana.rpc.core import RPCException
from solders.sysvar import CLOCK, SLOT_HASHES

from tests.localnet.support import (
    CHECKED,
    call,
    eventually,
    funded,
    latest,
    move,
    pass_slots,
    result,
    signed,
)

pytestmark = pytest.mark.anyio

HOUR = 3_600
SLOTS_PER_EPOCH = 432_000


class FakeClock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


def make_node(clock: FakeClock) -> Node:
    return Node(clock, slot_seconds=0.4)


async def clock_of(client: AsyncClient) -> tuple[int, int]:
    """Read the Clock sysvar: its slot and unix time."""
    account = (await client.get_account_info(CLOCK, Processed)).value
    assert account is not None
    slot, _, _, _, unix = struct.unpack("<QqQQq", account.data)
    return slot, unix


async def slot_hashes_of(client: AsyncClient) -> dict[int, bytes]:
    account = (await client.get_account_info(SLOT_HASHES, Processed, encoding="base64")).value
    assert account is not None
    (length,) = struct.unpack_from("<Q", account.data)
    return dict(struct.unpack_from("<Q32s", account.data, 8 + 40 * at) for at in range(length))


async def test_the_clock_follows_real_time(client: AsyncClient) -> None:
    before = int(time.time())
    slot, unix = await clock_of(client)
    assert before - 1 <= unix <= time.time() + 1
    later, _ = await eventually(lambda: clock_of(client), lambda got: got[0] > slot)
    assert later <= (await client.get_slot(Processed)).value


async def test_slot_hashes_grow_and_stay(client: AsyncClient) -> None:
    first = await slot_hashes_of(client)
    newest = max(first)
    second = await eventually(lambda: slot_hashes_of(client), lambda got: max(got) > newest + 2)
    assert second[newest] == first[newest]
    recent = [second[slot] for slot in range(newest, newest + 3)]
    assert len(set(recent)) == 3


async def test_advance_time_moves_clock_slots_and_hashes(still_node: LocalnetProcess) -> None:
    async with AsyncClient(still_node.rpc_url, commitment=Processed) as client:
        slot, unix = await clock_of(client)
        moved = result(still_node.rpc_url, "localnet_advanceTime", {"seconds": 600 * HOUR})
        later_slot, later_unix = await clock_of(client)
        assert later_unix - unix == 600 * HOUR
        assert later_slot - slot == 600  # of an hour each
        assert moved == {"slot": later_slot, "unixTimestamp": later_unix}
        hashes = await slot_hashes_of(client)
        assert len(hashes) == 512
        assert max(hashes) - min(hashes) == 511
        # Even at finalized there is a blockhash that can be used at once.
        blockhash = (await client.get_latest_blockhash(Finalized)).value.blockhash
        config = {"commitment": "processed"}
        assert result(still_node.rpc_url, "isBlockhashValid", str(blockhash), config)["value"]


async def test_advance_time_refuses_nonsense(url: str) -> None:
    odd: list[list[object]] = [
        [],
        [{}],
        [{"seconds": 0}],
        [{"seconds": -1}],
        [{"seconds": "1"}],
        [60],
    ]
    for params in odd:
        assert call(url, "localnet_advanceTime", *params)["error"]["code"] == -32602, params


async def test_a_blockhash_expires_after_150_slots(still_node: LocalnetProcess) -> None:
    async with AsyncClient(still_node.rpc_url, commitment=Processed) as client:
        payer = await funded(client)
        transaction = signed([move(payer, payer.pubkey(), 1)], [payer], await latest(client))
        pass_slots(still_node.rpc_url, 151)
        with pytest.raises(RPCException, match="Blockhash not found"):
            await client.send_transaction(transaction, CHECKED)


async def test_last_valid_block_height_is_the_last(client: AsyncClient) -> None:
    answer = await client.get_latest_blockhash(Confirmed)
    assert answer.value.last_valid_block_height - answer.context.slot in (149, 150)
    assert (await client.get_block_height(Processed)).value >= answer.context.slot


def test_blockhash_life_to_the_slot() -> None:
    clock = FakeClock()
    node = make_node(clock)
    blockhash, closed = node.blockhashes.latest(node.slot)
    assert closed == node.slot - 1
    clock.now += 149 * 0.4 + 0.01
    node.tick()
    assert node.slot == closed + 150
    assert node.blockhashes.is_valid(blockhash, node.slot)
    clock.now += 0.4
    node.tick()
    assert not node.blockhashes.is_valid(blockhash, node.slot)


def test_slots_are_a_function_of_the_clock() -> None:
    clock = FakeClock()
    node = make_node(clock)
    first = node.slot
    for moved, slots in ((0.3, 0), (0.39, 0), (0.41, 1), (40.01, 100)):
        clock.now = 1_700_000_000.0 + moved
        node.tick()
        assert node.slot - first == slots
    clock.now -= 30  # a clock that is set back stops the chain and never turns it round
    node.tick()
    assert node.slot - first == 100
    assert node.svm.get_clock().unix_timestamp == 1_700_000_040


def test_epochs_follow_the_schedule() -> None:
    clock = FakeClock()
    node = make_node(clock)
    node.advance_time((SLOTS_PER_EPOCH + 10) * 0.4)
    on_chain = node.svm.get_clock()
    assert on_chain.epoch == 1
    assert on_chain.leader_schedule_epoch == 2
    assert on_chain.epoch_start_timestamp == 1_700_000_000 + int((SLOTS_PER_EPOCH - 1) * 0.4)


def test_two_runs_share_no_hash() -> None:
    nodes = [make_node(FakeClock()) for _ in range(2)]
    for node in nodes:
        node.advance_time(4)
    one, two = ({known for _, known in node.svm.get_slot_hashes()} for node in nodes)
    assert not one & two
    assert nodes[0].genesis_hash != nodes[1].genesis_hash


def test_equal_entropy_and_clock_make_equal_chains() -> None:
    def build() -> Node:
        drawn = iter(range(1, 10_000))
        node = Node(
            FakeClock(), slot_seconds=0.4, entropy=lambda size: next(drawn).to_bytes(size, "big")
        )
        node.advance_time(10)
        return node

    one, two = build(), build()
    assert one.svm.get_slot_hashes() == two.svm.get_slot_hashes()
    assert one.blockhashes.latest(one.slot) == two.blockhashes.latest(two.slot)


def test_sysvars_have_a_past_too() -> None:
    clock = FakeClock()
    node = make_node(clock)
    for _ in range(40):
        clock.now += 0.4001
        node.tick()
    for commitment in Commitment:
        slot = node.slot_at(commitment)
        account = node.account(CLOCK, slot)
        assert account is not None
        assert struct.unpack_from("<Q", account.data)[0] == slot


def test_the_clock_of_the_genesis_is_not_1970() -> None:
    """For 0.4 seconds it is the newest confirmed one: who reads it then believes it."""
    node = make_node(FakeClock())
    account = node.account(CLOCK, node.slot_at(Commitment.CONFIRMED))
    assert account is not None
    slot, _, _, _, unix = struct.unpack("<QqQQq", account.data)
    assert slot == 0
    assert 0 <= 1_700_000_000 - unix <= 1
