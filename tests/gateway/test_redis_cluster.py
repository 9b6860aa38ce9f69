"""Our client of a Redis Cluster, on a real one: where commands go, and what a change costs."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from conting_gateway.readmodel.happenings import Happening
from conting_gateway.readmodel.store import FeedStore
from conting_gateway.redis import CLUSTER, Redis, RedisError, Script, connect

from tests.cluster import PAIRS, Cluster, Node, empty, until
from tests.gateway.test_redis import is_running

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

PATIENTLY = "/?timeout=300&socket_timeout=300&socket_connect_timeout=300"  # a slow machine is none
ROOT = Path(__file__).parents[2]
EVERYWHERE = [f"key:{number}" for number in range(30)]  # slots of all three masters


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture
async def client(cluster: Cluster) -> AsyncIterator[Redis]:
    client = connect(cluster.url + PATIENTLY)
    await empty(client)
    yield client
    await client.aclose()


async def test_each_key_is_where_the_cluster_has_it(cluster: Cluster, client: Redis) -> None:
    for key in EVERYWHERE:
        await client.set(key, key)
    assert sorted(await client.keys("*")) == sorted(EVERYWHERE)
    kept = [set(node.client.keys("*")) for node in cluster.nodes[:3]]
    assert all(kept)
    assert sum(map(len, kept)) == len(EVERYWHERE)
    await empty(client)
    assert not await client.keys("*")


async def test_one_node_of_those_named_is_enough(cluster: Cluster) -> None:
    alive = cluster.url.rpartition(",")[2]
    client = connect(f"{CLUSTER}127.0.0.1:9,{alive}")
    assert await client.ping()
    await client.aclose()
    nowhere = connect(f"{CLUSTER}127.0.0.1:9,127.0.0.1:10")
    with pytest.raises(RedisError):
        await nowhere.get("key")
    await nowhere.aclose()


async def test_a_script_runs_where_its_keys_are_and_waits_for_its_turn(client: Redis) -> None:
    """More at a time than there are connections."""
    count = Script(client, "return redis.call('INCR', KEYS[1])")
    told = await asyncio.gather(*(count([key]) for key in EVERYWHERE for _ in range(20)))
    assert sorted(told) == sorted(list(range(1, 21)) * len(EVERYWHERE))


async def test_who_waits_for_a_stream_hears_of_it(client: Redis) -> None:
    store = FeedStore(client, 100)
    waiting = asyncio.create_task(store.wait("0", 10, 1.5))
    happening = Happening("1:1", "sold", "ticket", "buy", 1, None, {})
    assert await store.append("field", "", "1", [happening])
    (told,) = await waiting
    assert told.happening == happening


async def test_when_masters_change_places_nothing_is_refused_or_lost(
    cluster: Cluster, client: Redis
) -> None:
    count = Script(client, "return redis.call('INCR', KEYS[1])")

    async def change() -> None:
        for pair in range(3):
            await asyncio.to_thread(cluster.fail_over, pair)

    changes = asyncio.create_task(change())
    rounds = 0
    while not changes.done():
        await asyncio.gather(*(count([key]) for key in EVERYWHERE))
        rounds += 1
    await changes
    assert [int(await client.get(key) or 0) for key in EVERYWHERE] == [rounds] * len(EVERYWHERE)


async def test_who_has_handed_over_is_asked_once_more_and_then_left_alone(
    cluster: Cluster, client: Redis
) -> None:
    key = "handed over"
    await client.set(key, "kept")
    slot = int(cluster.nodes[0].ask("CLUSTER", "KEYSLOT", key))
    before = next(node for node in cluster.nodes if node.is_master and _serves(node, slot))
    await asyncio.to_thread(cluster.fail_over, cluster.number_of(key))
    before.ask("CONFIG", "RESETSTAT")
    for _ in range(10):
        assert await client.get(key) == "kept"
    refused = before.ask("INFO", "COMMANDSTATS")["cmdstat_get"]["rejected_calls"]
    assert refused == 1


async def test_who_serves_no_more_is_not_asked_who_does(cluster: Cluster) -> None:
    """Where nodes come and go, those that are gone would be asked too, each until it times out."""
    before, seed, _ = (node for node in cluster.nodes if node.is_master)
    client = connect(f"{CLUSTER}127.0.0.1:{seed.port}{PATIENTLY}")
    for key in EVERYWHERE:
        await client.set(key, key)
    await asyncio.to_thread(cluster.fail_over, cluster.nodes.index(before) % PAIRS)
    for key in EVERYWHERE:
        assert await client.get(key) == key
    before.ask("CONFIG", "RESETSTAT")
    for _ in range(10):
        assert await client.ping()
    assert "cmdstat_cluster|slots" not in before.ask("INFO", "COMMANDSTATS")
    await client.aclose()


async def test_a_command_to_all_that_one_refuses_is_over_at_the_others_too(
    cluster: Cluster, client: Redis
) -> None:
    """What is still under way would come after what is asked for next, or into a closed client."""
    for key in EVERYWHERE:
        await client.set(key, key)
    refuses, waits, _ = (node for node in cluster.nodes if node.is_master)
    refuses.ask("CONFIG", "SET", "min-replicas-to-write", 9)
    waits.ask("CLIENT", "PAUSE", 1_000, "WRITE")
    with pytest.raises(RedisError, match="Not enough good replicas"):
        await client.flushall()
    refuses.ask("CONFIG", "SET", "min-replicas-to-write", 0)
    assert not waits.client.keys("*")


async def test_a_slot_that_is_on_its_way_is_asked_for_at_both_ends(
    cluster: Cluster, client: Redis
) -> None:
    key = "moving"
    slot = int(cluster.nodes[0].ask("CLUSTER", "KEYSLOT", key))
    masters = [node for node in cluster.nodes if node.is_master]
    source = next(node for node in masters if _serves(node, slot))
    target = next(node for node in masters if node is not source)
    await client.set(key, "here")
    ids = [node.ask("CLUSTER", "MYID") for node in (source, target)]
    target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", ids[0])
    source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", ids[1])
    source.ask("MIGRATE", "127.0.0.1", target.port, key, 0, 5000)
    assert await client.get(key) == "here"
    for node in (target, source):
        node.ask("CLUSTER", "SETSLOT", slot, "NODE", ids[1])
    assert await client.get(key) == "here"


def test_its_nodes_end_with_who_started_them_however_that_ends(tmp_path: Path) -> None:
    """As pytest is killed; one of the nodes hears no signal but the last."""
    code = (
        "import sys, signal, time; from pathlib import Path; from tests.cluster import Cluster\n"
        "with Cluster(Path(sys.argv[1])) as cluster:\n"
        "    cluster.nodes[0].signal(signal.SIGSTOP)\n"
        "    print(*(node.pid for node in cluster.nodes), flush=True); time.sleep(3600)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "cluster")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as parent:
        assert parent.stdout is not None
        nodes = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(nodes) == 6
        assert all(map(is_running, nodes))
        parent.send_signal(signal.SIGKILL)
    until("all nodes have ended", lambda: not any(map(is_running, nodes)))


def _serves(node: Node, slot: int) -> bool:
    for first, last, (_, port, *_), *_ in node.ask("CLUSTER", "SLOTS"):
        if first <= slot <= last:
            return bool(port == node.port)
    return False
