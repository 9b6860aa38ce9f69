"""What a gate is told: one pass, one person, one entry, and nothing taken on trust."""

import asyncio
import dataclasses
from base64 import b64encode
from dataclasses import dataclass

import pytest
from conting_client import Challenge, Rpc, Scan, ScanKind, Wallet
from conting_client.tickets import Tickets
from conting_gateway.gate.records import Attempt, Record
from conting_gateway.gate.store import GateStore
from conting_gateway.redis import Redis, connect
from conting_localnet import LocalnetProcess
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.cluster import Server, empty
from tests.gateway.chain import HOUR, Chain, Show
from tests.gateway.gate.door import (
    Fan,
    answered_by,
    challenge,
    known_for_hours,
    make_pass,
    sell,
    to_the_doors,
    verify,
    write_entry,
)
from tests.gateway.support import Gateway, Start

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Door:
    """An open show with two gates and two people in front of them."""

    gateway: Gateway
    chain: Chain
    show: Show
    north: Wallet
    south: Wallet
    fan: Fan
    other: Fan

    async def verify(self, data: bytes, gate: Wallet | None = None) -> tuple[str, str | None]:
        answer = await verify(self.gateway, self.show, gate or self.north, data)
        return answer["verdict"], answer["reason"]


async def open_door(
    gateway: Gateway, chain: Chain, *, sessions: int = 1, lasts: int = 4 * HOUR
) -> Door:
    show = await chain.make_show(gateway.keys.admission.pubkey(), sessions=sessions, lasts=lasts)
    north, south = await chain.register_gate(show), await chain.register_gate(show)
    await chain.advance_to(show.opens)
    fan, other = await sell(chain, gateway, show, 0, 1)
    await to_the_doors(chain, gateway, show)
    return Door(gateway, chain, show, north, south, fan, other)


@pytest.fixture
async def door(gateway: Gateway, chain: Chain) -> Door:
    return await open_door(gateway, chain)


async def test_a_live_pass_admits_and_the_gate_can_write_the_entry(door: Door) -> None:
    data = await make_pass(door.gateway, door.fan)
    answer = await verify(door.gateway, door.show, door.north, data)
    assert (answer["verdict"], answer["reason"], answer["repeated"]) == ("admitted", None, False)
    assert answer["seat"] == {"section": 0, "seat": 0}
    await write_entry(door.chain, door.show, door.north, answer)
    entry = await Tickets(door.chain.rpc).entry(door.fan.ticket, 0)
    assert entry is not None
    assert (entry.data.gate, entry.data.holder) == (door.north.key, door.fan.wallet.key)


@pytest.mark.slow
async def test_a_gate_that_lost_the_answer_gets_it_again(door: Door) -> None:
    data = await make_pass(door.gateway, door.fan)
    first = await verify(door.gateway, door.show, door.north, data)
    door.gateway.now.ahead = 60  # long after the pass has expired
    door.gateway.tokens.clear()
    again = await verify(door.gateway, door.show, door.north, data)
    assert again == first | {"repeated": True}


@pytest.mark.attack
async def test_a_naive_check_then_set_admits_twice_and_ours_once(redis: Redis) -> None:
    """The positive control first: the race is real on this very Redis."""
    meet = asyncio.Barrier(2)

    async def naive(gate: str) -> bool:
        if await redis.get("naive:nonce") is not None:
            return False
        await meet.wait()
        await redis.set("naive:nonce", gate)
        return True

    assert all(await asyncio.gather(naive("north"), naive("south")))

    store, event, ticket = GateStore(redis), Pubkey.new_unique(), Pubkey.new_unique()
    await known_for_hours(redis, event)

    async def ours(gate: str) -> bool:
        record = Record(gate=gate, at=1, reason="", digest="d")
        attempt = Attempt(event, 0, ticket, 1, b"n" * 16, "6e" * 16, 60, 60)
        first, _ = await store.spend(attempt, record)
        return first

    assert sorted(await asyncio.gather(*(ours(f"gate {n}") for n in range(40)))) == [
        *[False] * 39,
        True,
    ]


@pytest.mark.attack
async def test_the_same_pass_at_two_gates_at_once_admits_once(door: Door) -> None:
    for gate in (door.north, door.south):
        await door.gateway.token(gate)
    data = await make_pass(door.gateway, door.fan)
    answers = await asyncio.gather(
        *(verify(door.gateway, door.show, gate, data) for gate in (door.north, door.south) * 5)
    )
    winner = {answer["verdict"] for answer in answers[0::2]}
    loser = {answer["verdict"] for answer in answers[1::2]}
    assert {*winner, *loser} == {"admitted", "refused"}
    assert len(winner) == len(loser) == 1
    refused = [answer for answer in answers if answer["verdict"] == "refused"]
    admitting = door.north if winner == {"admitted"} else door.south
    assert {answer["reason"] for answer in refused} == {"replayed"}
    assert {answer["where"] for answer in refused} == {str(admitting.key)}


@pytest.mark.attack
@pytest.mark.slow
async def test_two_live_passes_of_one_ticket_admit_once(door: Door) -> None:
    """Before the chain knows of any entry: a screen shared with a friend at the other gate."""
    passes = [await make_pass(door.gateway, door.fan) for _ in range(2)]
    answers = await asyncio.gather(
        verify(door.gateway, door.show, door.north, passes[0]),
        verify(door.gateway, door.show, door.south, passes[1]),
    )
    assert sorted(answer["verdict"] for answer in answers) == ["admitted", "refused"]
    refused = next(answer for answer in answers if answer["verdict"] == "refused")
    admitted = next(answer for answer in answers if answer["verdict"] == "admitted")
    admitting = door.north if answers[0] is admitted else door.south
    assert refused["reason"] == "already_in"
    assert (refused["where"], refused["when"]) == (str(admitting.key), admitted["at"])


@pytest.mark.slow
async def test_an_entry_on_chain_is_enough_to_refuse(door: Door, redis: Redis) -> None:
    first = await verify(
        door.gateway, door.show, door.north, await make_pass(door.gateway, door.fan)
    )
    late = await make_pass(door.gateway, door.fan)
    await write_entry(door.chain, door.show, door.north, first)
    await empty(redis)  # the store has forgotten everything
    answer = await verify(door.gateway, door.show, door.south, late)
    assert (answer["verdict"], answer["reason"]) == ("refused", "already_in")
    assert answer["where"] == str(door.north.key)


@pytest.mark.attack
@pytest.mark.slow
async def test_a_copied_code_is_dead_eleven_seconds_later(door: Door) -> None:
    data = await make_pass(door.gateway, door.fan)
    door.gateway.now.ahead = 11
    assert await door.verify(data) == ("refused", "expired")


@pytest.mark.attack
@pytest.mark.slow
async def test_the_ticket_inside_the_signed_bytes_counts(door: Door) -> None:
    """An own live code for the ticket of another: the first conting let this pass."""
    asked = await challenge(door.gateway, door.fan)
    swapped = dataclasses.replace(asked, ticket=door.other.ticket)
    answered = door.fan.phone.answer(swapped, ticket=door.other.ticket, now=asked.issued)
    assert await door.verify(answered.encode()) == ("refused", "bad_signature")
    assert await door.verify(await make_pass(door.gateway, door.other)) == ("admitted", None)


@pytest.mark.attack
@pytest.mark.slow
async def test_another_phone_cannot_answer_and_spends_nothing(door: Door) -> None:
    asked = await challenge(door.gateway, door.fan)
    assert await door.verify(answered_by(Keypair(), asked)) == ("refused", "bad_signature")
    honest = door.fan.phone.answer(asked, ticket=door.fan.ticket, now=asked.issued)
    assert await door.verify(honest.encode()) == ("admitted", None)


@pytest.mark.attack
@pytest.mark.slow
async def test_a_challenge_that_the_gateway_did_not_sign_is_refused(door: Door) -> None:
    asked = await challenge(door.gateway, door.fan)
    forged = Challenge.issue(
        Keypair(),
        session=0,
        issued=asked.issued,
        expires=asked.expires,
        event=door.show.address,
        ticket=door.fan.ticket,
        device_key=door.fan.phone.key,
        nonce=asked.nonce,
    )
    answered = door.fan.phone.answer(forged, ticket=door.fan.ticket, now=asked.issued)
    assert await door.verify(answered.encode()) == ("refused", "bad_signature")


@pytest.mark.attack
@pytest.mark.slow
async def test_every_altered_byte_of_a_pass_is_noticed(door: Door) -> None:
    data = await make_pass(door.gateway, door.fan)
    for at in range(0, len(data), 7):
        altered = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        verdict, reason = await door.verify(altered)
        assert verdict == "refused"
        assert reason in ("bad_signature", "malformed")
    assert await door.verify(b"https://evil.example/x") == ("refused", "malformed")
    assert await door.verify(data) == ("admitted", None)


@pytest.mark.attack
@pytest.mark.slow
async def test_a_pass_of_another_event_is_refused(
    door: Door, gateway: Gateway, chain: Chain
) -> None:
    elsewhere = await open_door(gateway, chain)
    data = await make_pass(gateway, elsewhere.fan)
    assert await door.verify(data) == ("refused", "wrong_event")


@pytest.mark.attack
@pytest.mark.slow
async def test_only_registered_gates_get_verdicts(door: Door) -> None:
    data = await make_pass(door.gateway, door.fan)
    path = f"/v1/events/{door.show.address}/gate/verify"
    body = {"pass": "AAAA"}
    for stranger in (Wallet.generate(), door.fan.wallet, door.show.organiser):
        assert await door.gateway.refused("POST", path, who=stranger, body=body) == "gate_revoked"
    assert await door.gateway.refused("POST", path, body=body) == "not_signed_in"
    assert await door.verify(data) == ("admitted", None)


@pytest.mark.attack
@pytest.mark.slow
async def test_a_gate_brings_its_own_word_about_this_pass_or_none(door: Door) -> None:
    """What it signed is kept as evidence: nobody puts words in another gate's mouth."""
    data, other = [await make_pass(door.gateway, each) for each in (door.fan, door.other)]
    path = f"/v1/events/{door.show.address}/gate/verify"

    def word(gate: Wallet, shown: bytes) -> Scan:
        return Scan.sign(gate.keypair, kind=ScanKind.ASKED, sequence=1, at=1, shown=shown)

    own = word(door.north, data).encode()
    for scan in (word(door.south, data).encode(), word(door.north, other).encode(), own[:-1]):
        told = {"pass": b64encode(data).decode(), "scan": b64encode(scan).decode()}
        refused = await door.gateway.refused("POST", path, who=door.north, body=told)
        assert refused == "invalid_request"
    told = {"pass": b64encode(data).decode(), "scan": b64encode(own).decode()}
    assert (await door.gateway.ok("POST", path, who=door.north, body=told))["verdict"] == "admitted"


@pytest.mark.slow
async def test_a_second_session_is_another_entry(gateway: Gateway, chain: Chain) -> None:
    door = await open_door(gateway, chain, sessions=2)
    assert await door.verify(await make_pass(gateway, door.fan, 0)) == ("admitted", None)
    assert await door.verify(await make_pass(gateway, door.fan, 1)) == ("admitted", None)
    assert await door.verify(await make_pass(gateway, door.fan, 1)) == ("refused", "already_in")


@pytest.mark.slow
async def test_an_event_that_never_ends_has_verdicts(gateway: Gateway, chain: Chain) -> None:
    door = await open_door(gateway, chain, lasts=2**62)
    data = await make_pass(gateway, door.fan)
    assert await door.verify(data) == ("admitted", None)
    assert await door.verify(data, door.south) == ("refused", "replayed")


@pytest.mark.slow
async def test_without_redis_there_is_no_verdict(
    own_redis: Server, node: LocalnetProcess, chain: Chain, start: Start
) -> None:
    redis = connect(own_redis.url)
    async with Rpc(node.rpc_url) as rpc, start(redis, rpc) as gateway:
        door = await open_door(gateway, chain)
        data = await make_pass(gateway, door.fan)
        await gateway.token(door.north)
        own_redis.kill()
        assert await _refusal(door, data) == "store_unavailable"
    await redis.aclose()


async def test_without_the_chain_there_is_no_verdict_and_nothing_is_spent(
    redis: Redis, own_node: LocalnetProcess, start: Start
) -> None:
    async with Rpc(own_node.rpc_url, timeout=1) as rpc, start(redis, rpc) as gateway:
        door = await open_door(gateway, Chain(rpc))
        data = await make_pass(gateway, door.fan)
        await gateway.token(door.north)
        own_node.kill()
        assert await _refusal(door, data) == "chain_unavailable"
        assert not await redis.keys(f"*{door.show.address}*:nonce:*")


async def _refusal(door: Door, data: bytes) -> str:
    path, body = f"/v1/events/{door.show.address}/gate/verify", {"pass": b64encode(data).decode()}
    return await door.gateway.refused("POST", path, who=door.north, body=body)
