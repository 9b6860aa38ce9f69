"""Redis comes back without its last moment: who was let in is in."""

import asyncio
import time
from base64 import b64encode
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from conting_client import Pass, Rpc, check_in_instructions, self_person_address
from conting_client.gate_api import GateClient
from conting_client.manifest import index_of, unpack_lines
from conting_gateway.gate.memory import REMEMBER, Memory, MendingError
from conting_gateway.gate.records import AdmissionRecord, Record
from conting_gateway.gate.store import GateStore
from conting_gateway.redis import RedisError
from conting_localnet import LocalnetProcess
from solders.pubkey import Pubkey

from tests.gateway.chain import Chain, Show
from tests.gateway.gate.door import make_pass, sell, verify
from tests.gateway.gate.night import Hands, sell_night
from tests.gateway.gate.power import NIGHT, Evening, Power, patiently, told_again
from tests.gateway.gate.test_verdicts import Door, open_door
from tests.gateway.support import DOMAIN, Gateway, Json, Start, way_to
from tests.gateway.waitroom.rooms import until

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.fixture
def evening(power: Power) -> Evening:
    """Of an event of its own."""
    return Evening(power, Pubkey.new_unique())


async def test_who_was_let_in_is_in_though_redis_forgot(evening: Evening) -> None:
    north, south, dead = evening.gateway(), evening.gateway(), evening.gateway()
    first, fan, other = (Pubkey.new_unique() for _ in range(3))
    assert (await evening.let_in(north, "north", first)).reason == ""
    await evening.power.settle()
    assert (await evening.let_in(north, "north", fan)).reason == ""
    assert (await evening.let_in(dead, "dead", other)).reason == ""
    evening.power.fails()

    _, known = await south.admissions(evening.event, 0)
    assert set(known) == {str(first)}  # the others are lost, and would get in again
    attempt = evening.attempt(fan)
    with pytest.raises(MendingError):
        await south.spend(attempt, Record("south", 1, "", "digest"))
    await north.mend()
    told = await evening.let_in(south, "south", fan)
    assert (told.reason, told.where) == ("already_in", "north")
    # Of a process that died at the same moment, nobody tells: then the chain has to know.
    assert (await evening.let_in(south, "south", other)).reason == ""


async def test_a_reader_misses_nobody_who_was_let_in_in_place_of_one_that_redis_forgot(
    evening: Evening,
) -> None:
    """By their number alone there would be nothing new: a manifest would lack the last one."""
    north, dead, reader = evening.gateway(), evening.gateway(), evening.gateway()
    first, lost, last = (Pubkey.new_unique() for _ in range(3))
    await evening.let_in(north, "north", first)
    await evening.power.settle()
    await evening.let_in(dead, "dead", lost)
    before, known = await reader.admissions(evening.event, 0)
    assert set(known) == {str(first), str(lost)}
    evening.power.fails()
    await evening.let_in(north, "north", last)
    after, found = await reader.admissions(evening.event, 0, before)
    assert after.count == before.count
    assert set(found) == {str(first), str(last)}
    assert await reader.admissions(evening.event, 0, after) == (after, {})


async def test_the_first_of_an_evening_is_in_though_redis_forgot(evening: Evening) -> None:
    """A scanner has fetched its manifest before, so all know which Redis it was."""
    north, south, fan = evening.gateway(), evening.gateway(), Pubkey.new_unique()
    await south.admissions(evening.event, 0)
    await evening.power.settle()
    assert (await evening.let_in(north, "north", fan)).reason == ""
    evening.power.fails()
    attempt = evening.attempt(fan)
    with pytest.raises(MendingError):
        await south.spend(attempt, Record("south", 1, "", "digest"))
    await north.mend()
    assert (await evening.let_in(south, "south", fan)).reason == "already_in"


async def test_the_first_of_an_evening_is_in_though_redis_forgot_which_one_it_was(
    evening: Evening,
) -> None:
    """No scanner has fetched a manifest before, and all of it is lost."""
    north, south, fan = evening.gateway(), evening.gateway(), Pubkey.new_unique()
    await evening.power.settle()
    assert (await evening.let_in(north, "north", fan)).reason == ""
    evening.power.fails()
    attempt = evening.attempt(fan)
    with pytest.raises(MendingError):
        await south.spend(attempt, Record("south", 1, "", "digest"))
    await north.mend()
    assert (await evening.let_in(south, "south", fan)).reason == "already_in"


async def test_who_was_let_in_is_in_though_redis_was_away_for_an_hour(evening: Evening) -> None:
    """Where the power fails it is soon away for longer than gateways remember what they told."""
    clock = Hands()
    north, south, fan = evening.gateway(clock), evening.gateway(), Pubkey.new_unique()
    await evening.let_in(north, "north", Pubkey.new_unique())
    await evening.power.settle()
    assert (await evening.let_in(north, "north", fan)).reason == ""
    evening.power.redis.kill()
    clock.ahead = 3600
    with pytest.raises(RedisError):
        await north.mend()
    for _ in range(2):  # as often as it fails
        evening.power.fails()
        await north.mend()
    assert (await evening.let_in(south, "south", fan)).reason == "already_in"


async def test_what_redis_has_known_for_long_is_not_remembered() -> None:
    clock, told = Hands(), list[str]()
    memory, event, run = Memory(clock), Pubkey.new_unique(), "one"

    async def again(name: str) -> None:
        told.append(name)

    async def ask_run(_event: Pubkey, _seen: str) -> str:
        return run

    for name in ("old", "new"):
        memory.keep(name, event, run, partial(again, name))
        await memory.mend(ask_run)
        clock.ahead += REMEMBER * 0.7
    await memory.mend(ask_run)
    run = "another"
    await memory.mend(ask_run)
    assert told == ["new"]


async def another_serves(_event: Pubkey, _seen: str) -> str:
    """The Redis process that serves now."""
    return "another"


async def test_what_was_told_last_is_told_again_first() -> None:
    """It is what Redis lacks, and the two seconds may be over before all is told."""
    memory, event, told = Memory(time.monotonic), Pubkey.new_unique(), list[int]()

    async def again(number: int) -> None:
        told.append(number)

    for number in range(5):
        memory.keep(number, event, "one", partial(again, number))
    await memory.mend(another_serves)
    assert told == [4, 3, 2, 1, 0]


async def test_of_two_words_that_come_in_the_wrong_order_the_newer_is_told_again() -> None:
    memory, event, told = Memory(time.monotonic), Pubkey.new_unique(), list[int]()

    async def again(since: int) -> None:
        told.append(since)

    for since in (2, 1):
        memory.keep("right", event, "one", partial(again, since), since=since)
    await memory.mend(another_serves)
    assert told == [2]


async def test_a_clock_that_is_put_back_keeps_nobody_waiting(evening: Evening) -> None:
    store = evening.gateway()
    assert (await evening.let_in(store, "north", Pubkey.new_unique())).reason == ""
    redis, hour = evening.power.clients[0], 3600 * 1000
    key = f"conting:{{{evening.event}}}:gate:run"
    await redis.hset(key, "until", str(int(time.time() * 1000) + hour))  # by the clock of before
    async with asyncio.timeout(60):
        assert (await evening.let_in(store, "north", Pubkey.new_unique())).reason == ""


async def test_the_first_verdict_of_an_evening_waits_for_whoever_may_have_been_told_before(
    gateway: Gateway, chain: Chain
) -> None:
    """No scanner has fetched a manifest."""
    show = await chain.make_show(gateway.keys.admission.pubkey())
    gate = await chain.register_gate(show)
    await chain.advance_to(show.opens)
    early, late = await sell(chain, gateway, show, 0, 1)
    await chain.advance_to(show.doors)
    for fan in (early, late):
        answer = await verify(gateway, show, gate, await make_pass(gateway, fan))
        assert (answer["verdict"], answer["repeated"]) == ("admitted", False)
        assert await is_mended(gateway, show)


async def test_an_events_redis_stays_known_as_long_as_somebody_comes(evening: Evening) -> None:
    store = evening.gateway()
    await evening.let_in(store, "north", Pubkey.new_unique())
    redis, key = evening.power.clients[0], f"conting:{{{evening.event}}}:gate:run"
    await redis.expire(key, 3600)
    await evening.let_in(store, "north", Pubkey.new_unique())
    assert await redis.ttl(key) > 86_400


async def test_who_was_written_on_chain_while_a_verdict_waited_is_in(
    gateway: Gateway, chain: Chain
) -> None:
    """By the gate of a gateway that is dead: what nobody tells Redis again, the chain knows."""
    door = await open_door(gateway, chain)
    shown = await make_pass(gateway, door.fan)
    path, body = f"/v1/events/{door.show.address}/gate/verify", {"pass": b64encode(shown).decode()}
    await gateway.token(door.south)
    key, redis = f"conting:{{{door.show.address}}}:gate:run", gateway.services.redis

    async def mends() -> None:
        while True:
            await redis.hset(key, "until", str(int(time.time() * 1000) + 1000))
            await asyncio.sleep(0.1)

    mending = asyncio.create_task(mends())
    asked = asyncio.create_task(gateway.call("POST", path, who=door.south, body=body))
    await asyncio.sleep(0.1)
    steps = check_in_instructions(
        Pass.decode(shown),
        gate_key=door.north.key,
        person=self_person_address(door.fan.wallet.key),
        device_key=door.fan.phone.key,
    )
    await chain.send_all(steps, door.north)
    mending.cancel()
    answer = await asked
    while answer.status_code == 503:
        answer = await gateway.call("POST", path, who=door.south, body=body)
    assert (answer.json()["verdict"], answer.json()["reason"]) == ("refused", "already_in")


async def is_mended(gateway: Gateway, show: Show) -> bool:
    """Whether whoever may have been told before has had the time to tell Redis."""
    redis = gateway.services.redis
    end = await redis.hget(f"conting:{{{show.address}}}:gate:run", "until")
    return end is not None and int(end) <= time.time() * 1000


async def test_a_challenge_has_redis_known_by_the_time_that_its_pass_is_at_the_gate(
    gateway: Gateway, chain: Chain
) -> None:
    show = await chain.make_show(gateway.keys.admission.pubkey())
    await chain.advance_to(show.opens)
    (fan,) = await sell(chain, gateway, show, 0)
    await chain.advance_to(show.doors)
    await make_pass(gateway, fan)
    await until(partial(is_mended, gateway, show))


async def test_the_first_scanner_of_an_evening_is_its_groups_writer_at_once(
    gateway: Gateway, chain: Chain, tmp_path: Path
) -> None:
    night = await sell_night(gateway, chain, home=0)
    device = night.device(night.north, tmp_path, is_writer=True)
    await device.upkeep.round()
    assert device.raised == []
    assert device.keeper.known is not None
    assert device.keeper.known.head.writer == night.north.key
    night.close()


async def test_a_writers_manifest_and_the_end_of_its_right_wait_while_redis_is_told_again(
    gateway: Gateway, chain: Chain, tmp_path: Path
) -> None:
    night = await sell_night(gateway, chain, home=0)
    device = night.device(night.north, tmp_path, is_writer=True)
    await device.upkeep.round()
    event, log, scanner = night.show.address, device.log, device.out.gateway
    assert scanner is not None
    redis, key = gateway.services.redis, f"conting:{{{event}}}:gate:run"
    for ask in (
        device.upkeep.round,
        partial(scanner.release_writer, event, session=log.session, log=log.id),
    ):
        await redis.hset(key, "until", str(int(time.time() * 1000) + 1000))
        await ask()
        assert device.raised == []
        assert await is_mended(gateway, night.show)
    night.close()


async def test_an_event_whose_redis_is_away_keeps_no_other_from_being_told_again() -> None:
    memory, asked, told = Memory(time.monotonic), list[Pubkey](), list[Pubkey]()
    events = [Pubkey.new_unique() for _ in range(4)]

    async def again(event: Pubkey) -> None:
        told.append(event)

    async def ask_run(event: Pubkey, _seen: str) -> str:
        asked.append(event)
        if len(asked) == 1:
            raise RedisError("its master is away")
        return "another"

    for event in events:
        memory.keep(event, event, "one", partial(again, event))
    with pytest.raises(RedisError, match="its master"):
        await memory.mend(ask_run)
    assert set(told) == {*events} - {asked[0]}


async def test_an_event_whose_redis_hangs_keeps_no_other_from_being_told_again() -> None:
    """A cluster's command may hang for four seconds: longer than others wait to be told."""
    memory, run = Memory(time.monotonic), "one"
    asked, told = asyncio.Event(), asyncio.Event()
    hung, well = Pubkey.new_unique(), Pubkey.new_unique()

    async def again() -> None:
        told.set()

    async def ask_run(event: Pubkey, _seen: str) -> str:
        nonlocal run
        if event == well:
            asked.set()
            return run
        await asked.wait()
        run = "another"
        await told.wait()
        raise RedisError("its master hangs")

    memory.keep("there", hung, "one", again)
    memory.keep("here", well, "one", again)
    async with asyncio.timeout(60):
        with pytest.raises(RedisError, match="its master"):
            await memory.mend(ask_run)
    assert told.is_set()


async def test_the_same_pass_has_the_same_verdict_though_redis_forgot(evening: Evening) -> None:
    north, south, fan = evening.gateway(), evening.gateway(), Pubkey.new_unique()
    attempt = evening.attempt(fan)
    record = Record("north", 1, "", "digest")
    await evening.let_in(north, "north", Pubkey.new_unique())
    await evening.power.settle()
    assert await north.spend(attempt, record) == (True, record)
    evening.power.fails()
    assert await north.kept(evening.event, attempt.spends) is None
    await north.mend()
    assert await south.spend(attempt, Record("south", 2, "", "digest")) == (False, record)
    (tally,) = [count for (gate, _), count in (await south.tally(evening.event, 0)).items()]
    assert tally == 2


async def test_a_crash_that_loses_nothing_costs_two_seconds(evening: Evening) -> None:
    north, fan = evening.gateway(), Pubkey.new_unique()
    await evening.let_in(north, "north", fan)
    evening.power.redis.kill()
    evening.power.redis.start()
    await north.mend()
    assert (await evening.let_in(north, "south", fan)).reason == "already_in"
    assert (await evening.let_in(north, "south", Pubkey.new_unique())).reason == ""
    read, _ = await north.admissions(evening.event, 0)
    assert read.count == 2
    assert not await north.conflicts(evening.event, 0)


async def test_a_word_that_gave_way_is_no_conflict_when_redis_is_told_again(
    evening: Evening,
) -> None:
    """A gate asked, heard nothing and decided by itself; its word came by another gateway."""
    north, south, fan = evening.gateway(), evening.gateway(), Pubkey.new_unique()
    await evening.let_in(north, "gate", fan)
    attempt = evening.attempt(fan)
    decided = AdmissionRecord("gate", int(time.time()), attempt.nonce, offline=True)
    assert await south.sync(attempt, decided, None, "conflict") == "kept"
    await told_again(evening, south, north)
    assert not await north.conflicts(evening.event, 0)
    _, known = await north.admissions(evening.event, 0)
    assert known == {str(fan): decided}


async def test_an_entry_taken_back_does_not_come_back_when_redis_is_told_again(
    evening: Evening,
) -> None:
    """A supervisor took it back, and another gateway has let the person in anew."""
    north, south, fan = evening.gateway(), evening.gateway(), Pubkey.new_unique()
    await evening.let_in(north, "gate", fan)
    _, known = await north.admissions(evening.event, 0)
    undone = known[str(fan)].nonce

    async def show(by: GateStore) -> Record:
        attempt = evening.attempt(fan, undone)
        wanted = Record("gate", int(time.time()), "", attempt.nonce)
        return (await patiently(lambda: by.spend(attempt, wanted)))[1]

    assert (await show(south)).reason == ""
    await told_again(evening, south, north)
    assert (await show(south)).reason == "already_in"
    assert not await north.conflicts(evening.event, 0)


async def test_whom_a_gate_let_in_alone_and_told_of_is_in_though_redis_forgot(
    evening: Evening,
) -> None:
    """The gate does not tell it twice."""
    north, south, fan = evening.gateway(), evening.gateway(), Pubkey.new_unique()
    await evening.let_in(north, "north", Pubkey.new_unique())
    await evening.power.settle()
    attempt = evening.attempt(fan)
    decided = AdmissionRecord("gate", int(time.time()), attempt.nonce, offline=True)
    assert await north.sync(attempt, decided, None, "a conflict") == "kept"
    evening.power.fails()
    await north.mend()
    assert (await evening.let_in(south, "south", fan)).reason == "already_in"


async def test_who_was_let_in_anew_by_a_dead_gateway_is_in_where_another_has_read_of_it(
    evening: Evening,
) -> None:
    """A supervisor had taken back the entry before, which Redis still knows."""
    reader, dead, fan = evening.gateway(), evening.gateway(), Pubkey.new_unique()
    await evening.let_in(reader, "A", fan)
    before, known = await reader.admissions(evening.event, 0)
    undone = known[str(fan)].nonce
    await evening.power.settle()
    attempt = evening.attempt(fan, undone)
    assert (await dead.spend(attempt, Record("B", int(time.time()), "", attempt.nonce)))[0]
    read, found = await reader.admissions(evening.event, 0, before)
    reader.remember(evening.event, 0, read.run, found, keep=NIGHT)
    evening.power.fails()
    await reader.mend()
    _, known = await reader.admissions(evening.event, 0)
    assert known == found
    assert not await reader.conflicts(evening.event, 0)


@pytest.mark.attack
async def test_two_honest_gates_are_no_conflict_when_redis_is_told_again(evening: Evening) -> None:
    """A supervisor took back what one gate did, and another gate has let the person in anew."""
    north, south, fan = evening.gateway(), evening.gateway(), Pubkey.new_unique()
    await evening.let_in(north, "A", fan)
    _, known = await north.admissions(evening.event, 0)
    undone = known[str(fan)].nonce
    attempt = evening.attempt(fan, undone)
    wanted = Record("B", int(time.time()), "", attempt.nonce)
    assert (await south.spend(attempt, wanted))[1].reason == ""
    await told_again(evening, south, north)
    assert not await north.conflicts(evening.event, 0)
    _, known = await north.admissions(evening.event, 0)
    assert (known[str(fan)].gate, known[str(fan)].after) == ("B", undone)


@pytest.mark.attack
async def test_of_two_gates_that_let_in_after_an_entry_was_taken_back_one_is_too_many(
    evening: Evening,
) -> None:
    """It was taken back for one more entry, and both had decided by themselves."""
    store, fan = evening.gateway(), Pubkey.new_unique()
    await evening.let_in(store, "A", fan)
    _, known = await store.admissions(evening.event, 0)
    undone = known[str(fan)].nonce

    async def tell(gate: str) -> tuple[str, AdmissionRecord]:
        attempt = evening.attempt(fan, undone)
        decided = AdmissionRecord(gate, int(time.time()), attempt.nonce, offline=True, after=undone)
        return await store.sync(attempt, decided, None, "a conflict"), decided

    (first, here), (second, there) = await tell("B"), await tell("C")
    assert (first, second) == ("kept", "conflict")
    (pair,) = await store.conflicts(evening.event, 0)
    assert (pair.first, pair.second) == (here, there)


async def test_nobody_enters_twice_through_two_gateways_when_the_power_fails(
    power: Power, node: LocalnetProcess, chain: Chain, start: Start
) -> None:
    clients = [power.connect() for _ in range(2)]
    async with (
        Rpc(node.rpc_url) as rpc,
        start(clients[0], rpc) as north,
        start(clients[1], rpc, keys=north.keys) as south,
    ):
        door = await open_door(north, chain)
        elsewhere = replace(door, gateway=south)
        assert await door.verify(await make_pass(north, door.other)) == ("admitted", None)
        await elsewhere.gateway.token(door.south)
        await power.settle()
        assert await door.verify(await make_pass(north, door.fan)) == ("admitted", None)
        power.fails()
        reason = "store_unavailable"
        while reason == "store_unavailable":
            data = await make_pass(south, door.fan)
            answer = await verify_anyway(elsewhere, data)
            reason = answer.get("error") or answer["reason"]
        assert reason == "already_in"


@pytest.mark.parametrize("first_manifest", ["before", "after"])
async def test_whom_a_dead_gateway_let_in_is_in_where_a_scanner_has_heard_of_it(
    power: Power, node: LocalnetProcess, chain: Chain, start: Start, first_manifest: str
) -> None:
    """Redis has forgotten, and no entry was written."""
    clients = [power.connect() for _ in range(2)]
    async with Rpc(node.rpc_url) as rpc, start(clients[0], rpc) as south:
        async with start(clients[1], rpc, keys=south.keys) as dead:
            door = await open_door(dead, chain)
            if first_manifest == "before":
                assert await are_in(south, door) == set()
            await power.settle()
            assert await door.verify(await make_pass(dead, door.fan)) == ("admitted", None)
            assert await are_in(south, door) == {door.fan.ticket}
        power.fails()
        assert await are_in(south, door) == {door.fan.ticket}
        shown = await make_pass(south, door.fan)
        answer = await verify(south, door.show, door.south, shown)
        assert (answer["reason"], answer["where"]) == ("already_in", str(door.north.key))


@pytest.mark.attack
async def test_who_was_told_of_a_dead_gateways_verdict_by_another_is_in(
    power: Power, node: LocalnetProcess, chain: Chain, start: Start
) -> None:
    """The gate asked again when the first gateway died; then the power failed, too."""
    clients = [power.connect() for _ in range(2)]
    async with Rpc(node.rpc_url) as rpc, start(clients[0], rpc) as south:
        async with start(clients[1], rpc, keys=south.keys) as dead:
            door = await open_door(dead, chain)
            asked_again = replace(door, gateway=south)
            shown = await make_pass(dead, door.fan)
            await south.token(door.north)
            await power.settle()
            assert await door.verify(shown) == ("admitted", None)
        assert await asked_again.verify(shown) == ("admitted", None)
        power.fails()
        answer = await verify(south, door.show, door.south, await make_pass(south, door.fan))
        assert (answer["reason"], answer["where"]) == ("already_in", str(door.north.key))


async def are_in(gateway: Gateway, door: Door) -> set[Pubkey]:
    """The tickets that a scanner takes for used."""
    event = door.show.address
    async with GateClient(f"http://{DOMAIN}", transport=way_to(gateway.app)) as scanner:
        await scanner.sign_in(door.south)
        file = await scanner.manifest(event, session=0, log="0" * 32)
    lines = unpack_lines(file.entries)
    return {each for each in (door.fan.ticket, door.other.ticket) if index_of(event, each) in lines}


async def verify_anyway(door: Door, data: bytes) -> Json:
    path, body = f"/v1/events/{door.show.address}/gate/verify", {"pass": b64encode(data).decode()}
    answer = await door.gateway.call("POST", path, who=door.south, body=body)
    found: Json = answer.json()
    return found
