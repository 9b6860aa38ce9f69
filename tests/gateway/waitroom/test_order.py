"""The order of those who came before the opening: drawn, and drawn again by anyone."""

import asyncio
import hashlib
import re
import time
from pathlib import Path
from typing import cast

import pytest
from conting_client import Wallet
from conting_gateway.catalog.service import Catalog
from conting_gateway.redis import Redis
from conting_gateway.waitroom.order import Beacon, choose_beacon, draw_places, make_seed
from conting_gateway.waitroom.rooms import Rooms
from conting_gateway.waitroom.store import WaitroomStore, room_keys
from hypothesis import given
from hypothesis import strategies as st
from solders.pubkey import Pubkey

from tests.gateway.chain import HOUR, SLOT_SECONDS, Chain
from tests.gateway.fastlane.servers import make_room
from tests.gateway.support import Gateway, Json
from tests.gateway.waitroom.rooms import join, open_room, open_sale, status

SOME = 50  # slots: two seconds


def drawn_again(document: Json) -> list[int]:
    """The numbers in their order, by the words of the public document and nothing else."""
    event = bytes(Pubkey.from_string(document["event"]))
    secret, beacon = bytes.fromhex(document["secret"]), bytes.fromhex(document["beacon_hash"])
    slot = document["beacon_used"].to_bytes(8, "little")
    seed = hashlib.sha256(b"conting:queue:v1" + event + secret + slot + beacon).digest()
    assert seed.hex() == document["seed"]
    assert hashlib.sha256(secret).hexdigest() == document["commit"]

    def rank(number: int) -> tuple[bytes, int]:
        return hashlib.sha256(seed + number.to_bytes(8, "little")).digest(), number

    return sorted(range(1, document["collected"] + 1), key=rank)


@pytest.mark.anyio
async def test_anyone_can_draw_the_order_again(gateway: Gateway, chain: Chain) -> None:
    show = await chain.make_show(gateway.keys.admission.pubkey())
    named = (await open_room(gateway, chain, show, rate=0.001, capacity=1))["beacon_slot"]
    early = [await join(gateway, show, Wallet.generate()) for _ in range(40)]
    document = await open_sale(gateway, chain, show)
    late = [await join(gateway, show, Wallet.generate()) for _ in range(3)]
    assert document["beacon_used"] >= named
    order = drawn_again(document)
    for answer in early:
        place = (await status(gateway, show, answer["ticket"]))["place"]
        assert order[place - 1] == answer["number"]
    places = [(await status(gateway, show, answer["ticket"]))["place"] for answer in late]
    assert places == [41, 42, 43]


@pytest.mark.anyio
async def test_a_gateway_that_many_ask_at_its_start_draws_once(desk: Gateway, redis: Redis) -> None:
    """A second for a million people: it would stand still as often as somebody asks meanwhile."""
    event = await make_room(desk, redis)
    await redis.hset(room_keys(event)[0], "collected", 50_000)
    catalog, patience = cast("Catalog", None), {"claim": 60_000, "grace": 60_000}
    started = Rooms(WaitroomStore(redis), catalog, time.time, **patience, polls=1, worker="w")
    views = await asyncio.gather(*(started.view(event) for _ in range(20)))
    assert all(view.places is views[0].places for view in views)
    assert len(views[0].places) == 50_000


@pytest.mark.anyio
@pytest.mark.slow
async def test_the_hash_that_was_used_is_the_chains_own(gateway: Gateway, chain: Chain) -> None:
    show = await chain.make_show(gateway.keys.admission.pubkey())
    beyond = round(HOUR / SLOT_SECONDS) + SOME  # the clock's jump to the opening ends before it
    await open_room(gateway, chain, show, beacon_in=beyond)
    document = await open_sale(gateway, chain, show)
    hashes = await chain.rpc.slot_hashes()
    used = document["beacon_used"]
    assert bytes(hashes[used]).hex() == document["beacon_hash"]
    assert not [slot for slot in hashes if document["beacon_slot"] <= slot < used]


def test_the_documented_vector_is_what_is_drawn() -> None:
    text = (Path(__file__).parents[3] / "docs" / "protocols.md").read_text()
    vector = dict(re.findall(r"^(commit|seed|order): +(.+)$", text, re.MULTILINE))
    event, secret = Pubkey(b"\x03" * 32), b"\x05" * 32
    assert hashlib.sha256(secret).hexdigest() == vector["commit"]
    seed = make_seed(event, secret, Beacon(1000, b"\x06" * 32))
    assert seed.hex() == vector["seed"]
    places = draw_places(seed, 10)
    order = sorted(range(1, 11), key=lambda number: places[number - 1])
    assert order == list(map(int, vector["order"].split()))


@given(st.binary(min_size=32, max_size=32), st.integers(0, 300))
def test_places_are_a_permutation(seed: bytes, collected: int) -> None:
    assert sorted(draw_places(seed, collected)) == list(range(1, collected + 1))


@pytest.mark.slow
def test_arriving_early_gains_nothing() -> None:
    """The mean place of the first number over many draws is the middle: 50.5 of 100, sd 0.65."""
    seeds = [hashlib.sha256(draw.to_bytes(4, "big")).digest() for draw in range(2000)]
    first = sum(draw_places(seed, 100)[0] for seed in seeds) / len(seeds)
    last = sum(draw_places(seed, 100)[99] for seed in seeds) / len(seeds)
    assert abs(first - 50.5) < 4
    assert abs(last - 50.5) < 4


def test_secret_and_beacon_each_change_the_order() -> None:
    event, secret, beacon = Pubkey.default(), b"s" * 32, Beacon(7, b"h" * 32)
    seeds = {
        make_seed(event, secret, beacon),
        make_seed(event, b"t" * 32, beacon),
        make_seed(event, secret, Beacon(7, b"i" * 32)),
        make_seed(event, secret, Beacon(8, b"h" * 32)),
        make_seed(Pubkey.from_string("11111111111111111111111111111112"), secret, beacon),
    }
    assert len({tuple(draw_places(seed, 50)) for seed in seeds}) == 5


def test_a_skipped_beacon_gives_way_to_the_next_slot() -> None:
    slots = [(105, b"e"), (103, b"c"), (102, b"b"), (99, b"a")]
    assert choose_beacon(102, slots) == Beacon(102, b"b")
    assert choose_beacon(100, slots) == Beacon(102, b"b")
    assert choose_beacon(104, slots) == Beacon(105, b"e")
    assert choose_beacon(106, slots) is None
