"""The gateway's client against the real gateway, a real Valkey and the compiled ticket program."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx2
import pytest
import zxingcpp
from conting_client import (
    AccountFrozen,
    DeviceKey,
    DevicePublicKey,
    GateReason,
    GatewayClient,
    GatewayRefused,
    GatewayUnavailable,
    ProgramRefused,
    Rpc,
    Tickets,
    TransactionChanged,
    Wallet,
    build,
    check_in_instructions,
    device_key_of,
    from_base64,
    read_person,
    sign,
    to_base64,
    to_png,
)
from conting_client.gateway_answers import OrderView
from conting_client.generated import ticket as program
from conting_gateway.redis import connect
from conting_localnet import LocalnetProcess
from PIL import Image
from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey
from solders.system_program import TransferParams, transfer

from tests.client.conftest import SLOT_MS
from tests.cluster import Server, StartRedis, empty
from tests.gateway.chain import PRICE, Chain, Show, compiled_programs
from tests.gateway.gate.door import known_for_hours
from tests.gateway.support import DOMAIN, Gateway, start_gateway

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

TOKEN_2022 = Pubkey.from_string("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb")
Tamper = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, start_redis: StartRedis) -> Iterator[Server]:
    with start_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="module")
def ticket_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalnetProcess]:
    programs = compiled_programs(tmp_path_factory.mktemp("programs"))
    with LocalnetProcess(slot_ms=SLOT_MS, programs=programs) as node:
        yield node


@dataclass
class World:
    """A gateway, its chain, and a show whose sale is open."""

    gateway: Gateway
    chain: Chain
    show: Show

    def client(self, tamper: Tamper | None = None) -> GatewayClient:
        transport = httpx2.ASGITransport(self.gateway.app)
        cheating = transport if tamper is None else Cheating(transport, tamper)
        return GatewayClient(f"http://{DOMAIN}", transport=cheating)


class Cheating(httpx2.AsyncBaseTransport):
    """A gateway that lies: every answer passes through `tamper`."""

    def __init__(self, honest: httpx2.AsyncBaseTransport, tamper: Tamper) -> None:
        self._honest = honest
        self._tamper = tamper

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = await self._honest.handle_async_request(request)
        body = json.loads(await answer.aread())
        return httpx2.Response(answer.status_code, json=self._tamper(body))


@pytest.fixture
async def world(server: Server, ticket_node: LocalnetProcess) -> AsyncIterator[World]:
    redis = connect(server.url)
    await empty(redis)
    async with Rpc(ticket_node.rpc_url) as rpc, start_gateway(redis, rpc) as gateway:
        chain = Chain(rpc)
        show = await chain.make_show(gateway.keys.admission.pubkey())
        async with World(gateway, chain, show).client() as office:
            await office.sign_in(show.organiser)
            beacon = await rpc.slot() + 20_000  # minutes, and the clock jumps past it
            await office.open_queue(
                show.address, rate_per_second=100, capacity=100, beacon_slot=beacon
            )
        await chain.advance_to(show.opens)
        yield World(gateway, chain, show)
    await redis.aclose()


async def admitted(world: World, client: GatewayClient, wallet: Wallet) -> str:
    event = world.show.address
    await client.sign_in(wallet)
    admission = await client.wait_for_turn(event, await client.join(event))
    return admission.admission_pass


async def bought(
    world: World, client: GatewayClient, wallet: Wallet, device: DevicePublicKey, seat: int
) -> OrderView:
    event = world.show.address
    visit = await admitted(world, client, wallet)
    held = await client.hold(event, section=0, seat=seat, admission_pass=visit)
    assert await client.holds(event) == [held]
    return await client.purchase(
        wallet,
        await client.event(event),
        section=0,
        seat=seat,
        device_key=device,
        max_price=PRICE,
        admission_pass=visit,
        idempotency_key=f"{wallet.key}",
    )


async def test_from_the_queue_through_the_gate(world: World, tmp_path: Path) -> None:
    async with asyncio.timeout(60), world.client() as client, world.client() as desk:
        wallet, device = await world.chain.fund(), DeviceKey.create(tmp_path / "device.json")
        event, chain = world.show.address, world.chain
        order = await bought(world, client, wallet, device.key, seat=3)
        assert (order.state, order.seat, order.price) == ("done", 3, PRICE)
        assert order.account == world.show.ticket(3)

        tickets = Tickets(chain.rpc)
        stored = await tickets.ticket_of_seat(world.show.section, 3)
        assert stored is not None
        person = await read_person(chain.rpc, stored.data.person)
        assert person is not None
        assert stored.data.holder == person.wallet == wallet.key
        assert device_key_of(person) == device.key
        assert [each.address for each in await tickets.tickets_of_holder(wallet.key)] == [
            order.account
        ]
        sections = await tickets.sections(await tickets.event(event))
        assert [(each.data.name, each.data.sold) for each in sections] == [("A", 1)]
        vault = await tickets.vault(event)
        assert vault.lamports == PRICE + (128 + 8 + 33 + 2 * 8 + 32) * 6960
        assert [each.seat for each in await client.tickets(wallet.key)] == [3]
        assert (await client.seats(event, 0)).sold == [3]
        assert [each.price for each in await client.sections(event)] == [PRICE]
        await frozen_nft_stays(chain, wallet, order)

        gate = await chain.register_gate(world.show)
        await chain.advance_to(world.show.doors)
        await known_for_hours(world.gateway.services.redis, event)
        await desk.sign_in(gate)
        # The gateway reads the chain's clock now and then, and tells nobody.
        while (await client.event(event)).chain_time < world.show.doors:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        shown = await client.new_pass(device, order.account)
        read = zxingcpp.read_barcodes(Image.open(BytesIO(to_png(shown.encode()))))[0].bytes
        verdict = await desk.verify_pass(event, bytes(read))
        assert (verdict.verdict, verdict.reason) == ("admitted", None)
        assert verdict.ticket == order.account
        assert verdict.check_in is not None
        assert (await tickets.entry(order.account, 0)) is None
        entry = check_in_instructions(
            shown,
            gate_key=gate.key,
            person=verdict.check_in.person,
            device_key=verdict.check_in.device_key,
        )
        await send(chain.rpc, gate, *entry)
        written = await tickets.entry(order.account, 0)
        assert written is not None
        assert (written.data.gate, written.data.holder) == (gate.key, wallet.key)

        with pytest.raises(ProgramRefused) as refused:
            await send(chain.rpc, gate, *entry, transfer_of(gate, 1))
        assert refused.value.error is program.ErrorCode.ALREADY_ENTERED
        with pytest.raises(GatewayRefused) as again:
            await client.new_pass(device, order.account)
        assert again.value.code == GateReason.ALREADY_IN


async def frozen_nft_stays(chain: Chain, wallet: Wallet, order: OrderView) -> None:
    """Token-2022's own refusal to move a ticket reaches the caller by name."""
    mint = program.mint_address(ticket=order.account)
    token = program.token_address(mint=mint, wallet=wallet.key)
    burn = Instruction(
        TOKEN_2022,
        b"\x08" + (1).to_bytes(8, "little"),
        [
            AccountMeta(token, is_signer=False, is_writable=True),
            AccountMeta(mint, is_signer=False, is_writable=True),
            AccountMeta(wallet.key, is_signer=True, is_writable=False),
        ],
    )
    with pytest.raises(AccountFrozen):
        await send(chain.rpc, wallet, burn)


def transfer_of(wallet: Wallet, lamports: int) -> Instruction:
    return transfer(TransferParams(from_pubkey=wallet.key, to_pubkey=wallet.key, lamports=lamports))


async def send(rpc: Rpc, wallet: Wallet, *instructions: Instruction) -> None:
    recent = await rpc.latest_blockhash()
    await rpc.send(sign(build(wallet.key, instructions, recent.hash), wallet.keypair))


async def test_a_ticket_is_given_back(world: World) -> None:
    async with asyncio.timeout(60), world.client() as client:
        wallet = await world.chain.fund()
        order = await bought(world, client, wallet, Pubkey.new_unique(), seat=0)
        assert order.state == "done"
        (held,) = await client.tickets(wallet.key)
        done = await client.give_back(wallet, held)
        assert (done.kind, done.state) == ("refund", "done")
        assert (await client.seats(world.show.address, 0)).cooling == [0]


async def test_a_refusal_keeps_code_and_sentence(world: World) -> None:
    async with world.client() as client:
        with pytest.raises(GatewayRefused) as refused:
            await client.event(Pubkey.default())
        assert (refused.value.status, refused.value.code) == (404, "unknown_event")
        assert refused.value.detail
        with pytest.raises(GatewayRefused) as refused:
            await client.join(world.show.address)
        assert refused.value.code == "not_signed_in"
        with pytest.raises(GatewayRefused) as refused:
            await client.verify_pass(world.show.address, b"")
        assert refused.value.code == "not_signed_in"


@pytest.mark.attack
async def test_a_gateway_that_builds_a_theft_gets_no_signature(world: World) -> None:
    wallet = await world.chain.fund()
    thief = Pubkey.new_unique()

    def steal(body: dict[str, Any]) -> dict[str, Any]:
        if "transaction" not in body:
            return body
        recent = from_base64(body["transaction"]).message.recent_blockhash
        theft = TransferParams(from_pubkey=wallet.key, to_pubkey=thief, lamports=PRICE)
        return {**body, "transaction": to_base64(build(wallet.key, [transfer(theft)], recent))}

    async with asyncio.timeout(60), world.client(steal) as client:
        with pytest.raises(TransactionChanged):
            await bought(world, client, wallet, Pubkey.new_unique(), seat=1)
    assert await world.chain.rpc.account(thief) is None


@pytest.mark.attack
async def test_a_gateway_that_wants_something_else_signed_gets_no_signature(world: World) -> None:
    def swap(body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "message": "a transaction, perhaps"}

    async with world.client(swap) as client:
        with pytest.raises(TransactionChanged):
            await client.sign_in(Wallet.generate())


@pytest.mark.attack
async def test_an_answer_of_another_shape_is_unavailable(world: World) -> None:
    async with world.client(lambda _: {"name": 7}) as client:
        with pytest.raises(GatewayUnavailable) as told:
            await client.event(world.show.address)
    assert told.value.code == "not_a_gateway"


async def silence_of(url: str) -> GatewayUnavailable:
    """What a client says of a gateway that does not answer."""
    async with GatewayClient(url, timeout=2.0) as client:
        with pytest.raises(GatewayUnavailable) as told:
            await client.event(Pubkey.default())
    return told.value


async def test_nobody_there_is_unavailable() -> None:
    told = await silence_of("http://me:secret@127.0.0.1:9")
    assert told.code == "unreachable"
    assert str(told).startswith("unreachable: http://127.0.0.1:9 cannot be reached: ")
    assert (await silence_of("127.0.0.1")).code == "unreachable"


async def test_a_gateway_that_says_nothing_is_told_from_one_that_hangs_up() -> None:
    silent = asyncio.Event()
    silent.set()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if silent.is_set():
            await reader.read()  # until the client goes
        writer.close()

    async with await asyncio.start_server(take, "127.0.0.1", 0) as server:
        url = "http://{}:{}".format(*server.sockets[0].getsockname())
        request = f"GET /v1/events/{Pubkey.default()}"
        assert str(await silence_of(url)) == (
            f"no_answer: {request}: {url} has not answered within 2 seconds"
        )
        silent.clear()
        told = str(await silence_of(url))
        assert told.startswith(f"no_answer: {request}: {url} has hung up: ")
