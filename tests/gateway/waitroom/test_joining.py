"""One person, one number, without gaps, whatever the network does."""

import asyncio

import pytest
from conting_client import Rpc, Wallet
from conting_gateway.redis import Redis
from conting_gateway.waitroom.batch import gather
from conting_localnet import LocalnetProcess

from tests.gateway.chain import Chain
from tests.gateway.support import Gateway, Start
from tests.gateway.waitroom.rooms import join, open_room, open_sale, public, queue, status

pytestmark = pytest.mark.anyio


async def test_only_the_organiser_opens_a_room(gateway: Gateway, chain: Chain) -> None:
    show = await chain.make_show(gateway.keys.admission.pubkey())
    body = {"rate_per_second": 1, "capacity": 1, "beacon_slot": 10**9}
    stranger = Wallet.generate()
    path = queue(show.address)
    assert await gateway.refused("PUT", path, who=stranger, body=body) == "not_organiser"
    nowhere = queue(Wallet.generate().key)
    assert await gateway.refused("PUT", nowhere, who=stranger, body=body) == "unknown_event"


async def test_no_room_opens_for_an_event_that_is_sold_elsewhere(
    gateway: Gateway, chain: Chain
) -> None:
    """Its organiser is told now, and not by everybody's orders when the sale has begun."""
    show = await chain.make_show(Wallet.generate().key)
    body = {"rate_per_second": 1, "capacity": 1, "beacon_slot": 10**9}
    answer = await gateway.refused("PUT", queue(show.address), who=show.organiser, body=body)
    assert answer == "wrong_authority"


@pytest.mark.slow
async def test_rooms_open_for_the_operators_own_organisers_only(
    redis: Redis, chain: Chain, start: Start
) -> None:
    own, other = await chain.fund(), await chain.fund()
    async with start(redis, chain.rpc, organisers=[str(own.key)]) as gateway:
        body = {"rate_per_second": 1, "capacity": 1, "beacon_slot": 10**9}
        for organiser, told in ((own, None), (other, "not_served")):
            admission = gateway.keys.admission.pubkey()
            show = await chain.make_show(admission, organiser=organiser)
            answer = await gateway.call("PUT", queue(show.address), who=organiser, body=body)
            assert answer.json().get("error") == told, answer.text


@pytest.mark.slow
async def test_the_beacon_is_a_slot_to_come_and_stays(gateway: Gateway, chain: Chain) -> None:
    show = await chain.make_show(gateway.keys.admission.pubkey())
    body = {"rate_per_second": 1, "capacity": 1, "beacon_slot": await chain.rpc.slot()}
    path = queue(show.address)
    assert await gateway.refused("PUT", path, who=show.organiser, body=body) == "beacon_passed"
    made = await open_room(gateway, chain, show)
    later = body | {"beacon_slot": made["beacon_slot"] + 1}
    assert await gateway.refused("PUT", path, who=show.organiser, body=later) == "queue_fixed"
    faster = {"rate_per_second": 7, "capacity": 9, "beacon_slot": made["beacon_slot"]}
    changed = await gateway.ok("PUT", path, who=show.organiser, body=faster)
    assert (changed["rate"], changed["capacity"]) == (7, 9)
    assert changed["commit"] == made["commit"]


@pytest.mark.attack
async def test_no_rate_is_so_slow_that_a_wait_has_no_number(gateway: Gateway, chain: Chain) -> None:
    """Who waits is told `ahead / rate` seconds: a number that readers of JSON can hold."""
    show = await chain.make_show(gateway.keys.admission.pubkey())
    body = {"capacity": 1, "beacon_slot": await chain.rpc.slot() + 20_000}
    path = queue(show.address)
    for rate in (1e-320, 1e-9):
        asked = body | {"rate_per_second": rate}
        answer = await gateway.refused("PUT", path, who=show.organiser, body=asked)
        assert answer == "invalid_request"
    await open_room(gateway, chain, show, rate=0.001, capacity=1)
    early = [await join(gateway, show, Wallet.generate()) for _ in range(4)]
    await open_sale(gateway, chain, show)
    waits = [(await status(gateway, show, each["ticket"]))["eta_seconds"] for each in early]
    assert sorted(waits) == [0, 1000, 2000, 3000]  # the first second lets nobody in yet


async def test_joining_twice_gives_the_same_number_and_ticket(
    gateway: Gateway, chain: Chain
) -> None:
    show = await chain.make_show(gateway.keys.admission.pubkey())
    await open_room(gateway, chain, show)
    fan, other = Wallet.generate(), Wallet.generate()
    first = await join(gateway, show, fan)
    assert (await join(gateway, show, other))["number"] == 2
    again = await join(gateway, show, fan)
    assert (again["number"], again["ticket"]) == (first["number"], first["ticket"])
    assert first["number"] == 1
    assert first["state"] == "collecting"
    assert first["place"] is None


@pytest.mark.slow
async def test_two_hundred_at_once_get_numbers_without_gaps(gateway: Gateway, chain: Chain) -> None:
    show = await chain.make_show(gateway.keys.admission.pubkey())
    await open_room(gateway, chain, show)
    fans = [Wallet.generate() for _ in range(200)]
    for fan in fans:
        await gateway.token(fan)
    answers = await asyncio.gather(*(join(gateway, show, fan) for fan in (*fans, *fans)))
    numbers = [answer["number"] for answer in answers]
    assert sorted(numbers[:200]) == list(range(1, 201))
    assert numbers[200:] == numbers[:200]


@pytest.mark.slow
async def test_several_workers_give_out_one_sequence(
    redis: Redis, node: LocalnetProcess, chain: Chain, gateway: Gateway, start: Start
) -> None:
    show = await chain.make_show(gateway.keys.admission.pubkey())
    await open_room(gateway, chain, show)
    fans = [Wallet.generate() for _ in range(60)]
    async with (
        Rpc(node.rpc_url) as rpc,
        start(redis, rpc, keys=gateway.keys) as second,
    ):
        for fan in fans:
            second.tokens[str(fan.key)] = await gateway.token(fan)
        answers = await asyncio.gather(
            *(join(gateway, show, fan) for fan in fans), *(join(second, show, fan) for fan in fans)
        )
    numbers = [answer["number"] for answer in answers]
    assert sorted(numbers[:60]) == list(range(1, 61))
    assert numbers[60:] == numbers[:60]


async def test_a_full_room_says_so_and_keeps_who_is_in(
    redis: Redis, node: LocalnetProcess, chain: Chain, start: Start
) -> None:
    async with Rpc(node.rpc_url) as rpc, start(redis, rpc, room_limit=2) as gateway:
        show = await chain.make_show(gateway.keys.admission.pubkey())
        await open_room(gateway, chain, show)
        first, second, third = (Wallet.generate() for _ in range(3))
        await join(gateway, show, first)
        await join(gateway, show, second)
        answer = await gateway.call("POST", queue(show.address) + "/join", who=third)
        assert (answer.status_code, answer.json()["error"]) == (503, "room_full")
        assert int(answer.headers["retry-after"]) == answer.json()["retry_after"] > 0
        assert (await join(gateway, show, second))["number"] == 2


async def test_without_a_room_there_is_nothing_to_join(gateway: Gateway, chain: Chain) -> None:
    show = await chain.make_show(gateway.keys.admission.pubkey())
    fan = Wallet.generate()
    assert await gateway.refused("POST", queue(show.address) + "/join", who=fan) == "no_queue"


@pytest.mark.slow
async def test_joining_needs_a_session(gateway: Gateway, chain: Chain) -> None:
    show = await chain.make_show(gateway.keys.admission.pubkey())
    await open_room(gateway, chain, show)
    assert await gateway.refused("POST", queue(show.address) + "/join") == "not_signed_in"


@pytest.mark.attack
async def test_a_ticket_cannot_be_altered_or_used_elsewhere(gateway: Gateway, chain: Chain) -> None:
    show = await chain.make_show(gateway.keys.admission.pubkey())
    other = await chain.make_show(gateway.keys.admission.pubkey())
    await open_room(gateway, chain, show)
    await open_room(gateway, chain, other)
    fan = Wallet.generate()
    for _ in range(3):
        await join(gateway, show, Wallet.generate())
    ticket = (await join(gateway, show, fan))["ticket"]
    better = ticket.replace(".4.", ".1.")
    assert better != ticket
    path = f"{queue(show.address)}/status?ticket="
    assert await gateway.refused("GET", path + better) == "bad_ticket"
    elsewhere = f"{queue(other.address)}/status?ticket={ticket}"
    assert await gateway.refused("GET", elsewhere) == "bad_ticket"
    assert (await status(gateway, show, ticket))["state"] == "collecting"


async def test_before_the_draw_the_secret_is_not_told(gateway: Gateway, chain: Chain) -> None:
    show = await chain.make_show(gateway.keys.admission.pubkey())
    await open_room(gateway, chain, show)
    document = await public(gateway, show)
    assert document["secret"] is None
    assert document["seed"] is None
    assert len(bytes.fromhex(document["commit"])) == 32


@pytest.mark.slow
async def test_who_asks_too_often_is_told_to_wait(
    redis: Redis, node: LocalnetProcess, chain: Chain, start: Start
) -> None:
    async with Rpc(node.rpc_url) as rpc, start(redis, rpc, joins_per_minute=3) as gateway:
        show = await chain.make_show(gateway.keys.admission.pubkey())
        await open_room(gateway, chain, show)
        fan = Wallet.generate()
        answers = [
            await gateway.call("POST", queue(show.address) + "/join", who=fan) for _ in range(9)
        ]
        ticket = answers[0].json()["ticket"]
        path = f"{queue(show.address)}/status?ticket={ticket}"
        polls = [await gateway.call("GET", path) for _ in range(15)]
        for asked in (answers, polls):
            limited = [answer for answer in asked if answer.status_code == 429]
            assert limited
            assert limited[-1].json()["error"] == "rate_limited"
            assert 1 <= limited[-1].json()["retry_after"] <= 60


@pytest.mark.parametrize(
    ("came", "milliseconds", "waits"),
    [(20, 3, 6), (30, 10, 10), (59, 10, 0), (8, 4, 5), (20, 10, 5)],
)
def test_a_rush_collects_until_a_batch_is_worth_it_and_a_crowd_for_a_moment(
    came: int, milliseconds: int, waits: int
) -> None:
    assert round(1000 * gather(came, milliseconds / 1000)) == waits
