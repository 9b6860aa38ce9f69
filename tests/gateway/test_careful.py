"""What is not believed of a node, and of two that disagree. The node is real, the lies are told."""

from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from conting_client import Match, NodeBehind, Rpc, RpcUnavailable, Wallet, build, sign
from conting_client.generated import family
from conting_client.generated import ticket as program
from conting_gateway.careful import CarefulRpc
from conting_localnet import LocalnetProcess
from solders.hash import Hash
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.system_program import transfer

from tests.gateway.chain import Chain, Show
from tests.gateway.lying import Between, Lie, between
from tests.gateway.support import Json

pytestmark = pytest.mark.anyio

LAG = 150


@dataclass
class Pair:
    """A node that lies if it is told to, and an honest one that has to agree."""

    liar: Between
    rpc: CarefulRpc


@pytest.fixture
async def alone(node: LocalnetProcess) -> AsyncIterator[Pair]:
    async with between(node.rpc_url) as liar, CarefulRpc(liar.rpc_url, lag=LAG) as rpc:
        yield Pair(liar, rpc)


@asynccontextmanager
async def two(node: LocalnetProcess) -> AsyncIterator[Pair]:
    async with between(node.rpc_url) as liar:
        honest = Rpc(node.rpc_url)
        async with CarefulRpc(liar.rpc_url, lag=LAG, second=honest) as rpc:
            yield Pair(liar, rpc)


@pytest.fixture
async def pair(node: LocalnetProcess) -> AsyncIterator[Pair]:
    async with two(node) as pair:
        yield pair


@pytest.fixture(scope="module")
async def show(node: LocalnetProcess) -> Show:
    async with Rpc(node.rpc_url) as rpc:
        return await Chain(rpc).make_show(Pubkey.new_unique(), seats=5)


def about(method: str, change: Callable[[Json], object]) -> Lie:
    """Another result, whenever this is asked."""

    def lie(asked: str, answer: Json) -> Json:
        return answer | {"result": change(answer["result"])} if asked == method else answer

    return lie


def at_slot(slot: int) -> Callable[[Json], object]:
    return lambda result: result | {"context": {"slot": slot}}


def with_value(change: Callable[[list[Json]], list[Json]]) -> Callable[[Json], object]:
    return lambda result: result | {"value": change(result["value"])}


# Older than what is known


async def test_what_is_older_than_what_was_heard_is_no_answer(alone: Pair, show: Show) -> None:
    """Also where it says that there is nothing: a ticket that is not sold yet, nobody entered."""
    known = await alone.rpc.slot()
    for address in (show.address, Pubkey.new_unique()):
        await alone.rpc.account(address)
    (_, config) = alone.liar.heard[-1]["params"]
    assert config["minContextSlot"] >= known

    alone.liar.lie = about("getMultipleAccounts", at_slot(known - 1))
    for address in (show.address, Pubkey.new_unique()):
        with pytest.raises(NodeBehind):
            await alone.rpc.account(address)
    alone.liar.lie = about("getProgramAccounts", at_slot(known - 1))
    with pytest.raises(NodeBehind):
        await alone.rpc.program_accounts(program.PROGRAM_ID, Match(0, bytes(show.address)))
    alone.liar.lie = about("getLatestBlockhash", at_slot(known - 1))
    with pytest.raises(NodeBehind):
        await alone.rpc.latest_blockhash()
    alone.liar.lie = None
    assert await alone.rpc.account(show.address) is not None


@pytest.mark.attack
@pytest.mark.slow
async def test_whether_a_transaction_has_landed_no_older_answer_tells(
    alone: Pair, chain: Chain
) -> None:
    """Of nodes behind one address one says that it can land no more, another that it never did."""
    known, recent = await alone.rpc.slot(), await alone.rpc.latest_blockhash()
    landed = await chain.rpc.airdrop(Pubkey.new_unique(), 10**8)
    for method in ("isBlockhashValid", "getSignatureStatuses"):
        alone.liar.lie = about(method, at_slot(known - 1))
        with pytest.raises(NodeBehind):
            await (
                alone.rpc.is_valid(recent.hash)
                if method == "isBlockhashValid"
                else alone.rpc.outcome(landed.signature)
            )
    ahead = known + LAG // 2
    alone.liar.lie = about(
        "isBlockhashValid", lambda _: {"context": {"slot": ahead}, "value": False}
    )
    assert not await alone.rpc.is_valid(recent.hash)
    alone.liar.lie = about("getSignatureStatuses", at_slot(ahead - 1))
    with pytest.raises(NodeBehind):
        await alone.rpc.outcome(landed.signature)
    alone.liar.lie = None
    with pytest.raises(NodeBehind):  # the node itself says so
        await alone.rpc.account(family.PROGRAM_ID)


@pytest.mark.attack
@pytest.mark.slow
async def test_what_a_block_has_done_that_may_be_dropped_is_not_known_yet(
    alone: Pair, chain: Chain
) -> None:
    """Neither that it was paid nor that it failed: another block decides."""
    landed = await chain.rpc.airdrop(Pubkey.new_unique(), 10**8)
    for lie in ({}, FAILED):
        alone.liar.lie = about(
            "getSignatureStatuses", status(lie | {"confirmationStatus": "processed"})
        )
        assert await alone.rpc.outcome(landed.signature) is None
    alone.liar.lie = None
    assert await alone.rpc.outcome(landed.signature) == landed


@pytest.mark.slow
async def test_once_a_transaction_has_landed_nothing_older_shows_what_it_changed(
    alone: Pair, chain: Chain
) -> None:
    """A seat that was just sold is not free at a node that lags."""
    landed = await chain.rpc.airdrop(Pubkey.new_unique(), 10**8)
    ahead = await alone.rpc.slot() + LAG // 2
    alone.liar.lie = about("getSignatureStatuses", status({"slot": ahead}))
    assert await alone.rpc.outcome(landed.signature)
    alone.liar.lie = None
    with pytest.raises(NodeBehind):
        await alone.rpc.account(family.PROGRAM_ID)


@pytest.mark.slow
async def test_a_node_that_has_not_come_so_far_says_so(node: LocalnetProcess, show: Show) -> None:
    async with Rpc(node.rpc_url) as rpc:
        far = await rpc.slot() + 1_000_000
        with pytest.raises(NodeBehind):
            await rpc.account(show.address, min_slot=far)
        with pytest.raises(NodeBehind):
            await rpc.program_accounts(program.PROGRAM_ID, Match(0, bytes(40)), min_slot=far)
        assert await rpc.account(show.address, min_slot=1) is not None


@pytest.mark.slow
@pytest.mark.parametrize("nodes", ["one", "two"])
async def test_a_slot_far_ahead_is_not_believed_and_forgotten(
    nodes: str, pair: Pair, alone: Pair, show: Show
) -> None:
    """Once taken for known, it would make the node's true answers too old for ever."""
    which = alone if nodes == "one" else pair
    now, told = await which.rpc.slot(), [10**12]
    which.liar.lie = about("getSlot", lambda slot: told.pop() if told else slot)
    with pytest.raises(RpcUnavailable, match="ahead"):
        await which.rpc.slot()
    of_show = program.PROGRAM_ID, Match(8, bytes(show.address))
    which.liar.lie = about("getProgramAccounts", at_slot(10**12))
    with pytest.raises(RpcUnavailable, match="ahead"):  # a map of this slot would stay for ever
        await which.rpc.program_accounts(*of_show)
    which.liar.lie = None
    assert await which.rpc.slot() >= now
    assert await which.rpc.account(show.address) is not None
    assert await which.rpc.program_accounts(*of_show)


async def test_an_answer_to_another_question_is_none(alone: Pair, show: Show) -> None:
    assert await alone.rpc.account(show.address) is not None
    alone.liar.lie = lambda _method, answer: answer | {"id": answer["id"] - 1}
    with pytest.raises(RpcUnavailable, match="another question"):
        await alone.rpc.account(show.address)


# Two nodes: accounts of a program


def other_data(found: list[Json]) -> list[Json]:
    changed = {"data": [b64encode(bytes(300)).decode(), "base64"]}
    return [each | {"account": each["account"] | changed} for each in found]


def invented(found: list[Json]) -> list[Json]:
    return [*found, found[0] | {"pubkey": str(Pubkey.new_unique())}]


LISTS: dict[str, Callable[[list[Json]], list[Json]]] = {
    "left out": lambda found: found[1:],
    "changed": other_data,
    "invented": invented,
}


@pytest.mark.slow
@pytest.mark.parametrize("lie", LISTS)
async def test_a_list_that_only_one_node_shows_is_set_right_by_both(
    lie: str, pair: Pair, show: Show
) -> None:
    """The accounts in doubt are asked for by themselves, and there the node tells the truth."""
    sections = Match(0, program.Section.DISCRIMINATOR), Match(8, bytes(show.address))
    (section,) = await pair.rpc.program_accounts(program.PROGRAM_ID, *sections)
    pair.liar.lie = about("getProgramAccounts", with_value(LISTS[lie]))
    (found,) = await pair.rpc.program_accounts(program.PROGRAM_ID, *sections)
    assert (found.address, found.data) == (section.address, section.data)
    assert found.address == show.section


@pytest.mark.slow
async def test_a_list_that_stays_in_doubt_is_not_believed(pair: Pair, show: Show) -> None:
    match = Match(8, bytes(show.address))

    def lie(method: str, answer: Json) -> Json:
        """The section was never made."""
        result = answer["result"]
        if method == "getProgramAccounts":
            return answer | {"result": result | {"value": []}}
        if method == "getMultipleAccounts":
            return answer | {"result": result | {"value": [None for _ in result["value"]]}}
        return answer

    assert await pair.rpc.program_accounts(program.PROGRAM_ID, match)
    pair.liar.lie = lie
    with pytest.raises(RpcUnavailable, match="do not agree"):
        await pair.rpc.program_accounts(program.PROGRAM_ID, match)


@pytest.mark.slow
async def test_an_account_that_no_longer_fits_is_not_in_the_list(pair: Pair, show: Show) -> None:
    """Both nodes have it, but not under the bytes that one of them listed it by."""
    wrong = Match(8, bytes(Pubkey.new_unique()))
    (listed,) = await Rpc.program_accounts(
        pair.rpc, program.PROGRAM_ID, Match(8, bytes(show.address)), Match(0, SECTION)
    )
    as_json = {
        "pubkey": str(listed.address),
        "account": {
            "lamports": listed.lamports,
            "owner": str(listed.owner),
            "data": [b64encode(listed.data).decode(), "base64"],
            "executable": False,
        },
    }
    pair.liar.lie = about("getProgramAccounts", with_value(lambda _found: [as_json]))
    assert await pair.rpc.program_accounts(program.PROGRAM_ID, wrong) == []


SECTION = program.Section.DISCRIMINATOR


# Two nodes: the clock, the beacon, blockhashes, what became of a transaction


def sysvar(change: Callable[[bytes], bytes]) -> Lie:
    def altered(found: list[Json]) -> list[Json]:
        data = change(b64decode(found[0]["data"][0]))
        return [found[0] | {"data": [b64encode(data).decode(), "base64"]}]

    return about("getMultipleAccounts", with_value(altered))


@pytest.mark.slow
async def test_the_clock_of_one_node_opens_no_doors(pair: Pair, chain: Chain) -> None:
    before = await pair.rpc.chain_time()
    pair.liar.lie = sysvar(lambda data: data[:32] + (before + 3600).to_bytes(8, "little"))
    with pytest.raises(RpcUnavailable, match="do not agree"):
        await pair.rpc.chain_time()


@pytest.mark.slow
async def test_the_slot_hash_of_one_node_draws_no_order(pair: Pair) -> None:
    """The order of a waiting room hangs on it: who could choose it would choose the first."""
    honest = await pair.rpc.slot_hashes()
    again = await pair.rpc.slot_hashes()
    assert honest
    assert all(again[slot] == honest[slot] for slot in honest.keys() & again.keys())
    pair.liar.lie = sysvar(lambda data: data[:8] + b"".join(_with_zeros(data[8:])))
    with pytest.raises(RpcUnavailable, match="do not agree"):
        await pair.rpc.slot_hashes()


def _with_zeros(data: bytes) -> list[bytes]:
    return [data[start : start + 8] + bytes(32) for start in range(0, len(data), 40)]


@pytest.mark.slow
async def test_no_transaction_is_built_on_a_blockhash_that_only_one_node_knows(pair: Pair) -> None:
    assert await pair.rpc.is_valid((await pair.rpc.latest_blockhash()).hash)

    def old(value: Json) -> Json:
        return value | {"blockhash": str(Hash.new_unique())}

    pair.liar.lie = about(
        "getLatestBlockhash", lambda result: result | {"value": old(result["value"])}
    )
    with pytest.raises(RpcUnavailable, match="do not agree"):
        await pair.rpc.latest_blockhash()


@pytest.mark.slow
async def test_what_became_of_a_transaction_is_known_once_both_nodes_know(
    pair: Pair, chain: Chain
) -> None:
    """Neither that it failed nor that it cannot land is believed of one: people would pay twice."""
    wallet = await chain.fund()
    recent = await pair.rpc.latest_blockhash()
    gift = transfer({"from_pubkey": wallet.key, "to_pubkey": Keypair().pubkey(), "lamports": 10**8})
    paid = sign(build(wallet.key, [gift], recent.hash), wallet.keypair)
    landed = await pair.rpc.send(paid)
    for lie in (FAILED, None):
        pair.liar.lie = about("getSignatureStatuses", status(lie))
        with pytest.raises(RpcUnavailable, match="do not agree"):
            await pair.rpc.outcome(landed.signature)
    pair.liar.lie = about("isBlockhashValid", lambda result: result | {"value": False})
    assert await pair.rpc.is_valid((await pair.rpc.latest_blockhash()).hash)
    pair.liar.lie = None
    assert await pair.rpc.outcome(landed.signature) == landed


FAILED: Json = {"err": {"InstructionError": [0, {"Custom": 1}]}}


def status(lie: Json | None) -> Callable[[Json], object]:
    def told(found: Json) -> Json | None:
        return None if lie is None else found | lie

    return lambda result: result | {"value": [told(result["value"][0])]}


# A chain that begins anew


@pytest.mark.slow
async def test_a_chain_that_begins_anew_is_followed(own_node: LocalnetProcess) -> None:
    """A node for development: its slots go back, and its genesis is another one."""
    async with between(own_node.rpc_url) as way, CarefulRpc(way.rpc_url, lag=LAG) as rpc:
        chain = Chain(rpc)
        await chain.advance_to(await rpc.chain_time() + 3600)
        before, wallet = await rpc.slot(), Wallet.generate()
        assert await rpc.account(wallet.key) is None
        own_node.kill()
        with LocalnetProcess(port=int(own_node.rpc_url.rpartition(":")[2])):
            assert await rpc.account(family.PROGRAM_ID) is None
            assert await rpc.slot() < before
