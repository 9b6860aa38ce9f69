"""A guardian books for a child: issuer, gateway and node as processes, everybody by the client."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from conting_client import GatewayRefused
from conting_client import order_asks as asks
from conting_client.dids import Did, chain_of, resolve
from conting_client.families import Proof, Role
from conting_client.issuer_api import IssuerClient, Somebody
from conting_client.multikey import multikey
from conting_client.order_asks import Buyer, SectionAt, Terms
from conting_gateway.redis import EmbeddedRedis
from conting_localnet import GenesisProgram, LocalnetProcess
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.e2e.house import SLOT_MS, GatewayKeys, gateway_process, issuer_process
from tests.e2e.people import DAY, PRICE, Fan, Show, Town, town_at, until

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.fixture
def own_node(programs: list[GenesisProgram]) -> Iterator[LocalnetProcess]:
    """Its clock is moved by days, which the shows of others would not outlive."""
    with LocalnetProcess(slot_ms=SLOT_MS, programs=programs) as node:
        yield node


@pytest.fixture
async def town(
    own_node: LocalnetProcess, redis: EmbeddedRedis, keys: GatewayKeys
) -> AsyncIterator[Town]:
    with gateway_process(keys, own_node.rpc_url, redis.url) as gateway:
        async with town_at(own_node.rpc_url, keys, gateway.url) as town:
            yield town


@pytest.fixture
async def issuer(own_node: LocalnetProcess, tmp_path: Path) -> AsyncIterator[IssuerClient]:
    with issuer_process(own_node.rpc_url, tmp_path) as url:
        async with IssuerClient(url, timeout=120) as client:
            yield client


@dataclass(frozen=True)
class Relative:
    """Somebody of a family, as fan of the gateway and before the issuer."""

    fan: Fan
    account: Pubkey
    proof: Proof

    @property
    def buyer(self) -> Buyer:
        return Buyer(self.fan.wallet, self.account)

    @property
    def somebody(self) -> Somebody:
        return Somebody(self.fan.wallet.keypair, self.fan.phone)


async def household(town: Town, issuer: IssuerClient, *roles: Role) -> list[Relative]:
    """Attested people of one family, which the first of them has founded."""
    guardian, kin, members = Keypair(), Pubkey.default(), []
    for number, role in enumerate(roles):
        fan = town.person()
        await town.fund(fan.wallet)
        await fan.sign_in()
        who = Somebody(fan.wallet.keypair, fan.phone)
        person = await issuer.attest(who, f"register of Whale Harbour, page {number}")
        if number == 0:
            kin = await issuer.found_family(who, person, guardian)
        proof = await issuer.join(kin, who, person, role, guardian)
        await issuer.consent(who, proof)
        members.append(Relative(fan, person, proof))
    return [
        replace(each, proof=await issuer.proof(kin, each.somebody, each.account))
        for each in members
    ]


async def concert(town: Town, issuer: IssuerClient) -> Show:
    """A show that trusts the issuer, on sale once the family has been one for a day."""
    await town.advance_to(await town.rpc.chain_time() + DAY + 60)
    trusted = (await issuer.about()).issuer
    show = await town.announce(issuer=trusted, family_age=DAY)
    await town.open_room(show)
    return show


async def is_listed(who: Relative) -> bool:
    """The gateway knows whom the wallet stands for, and that nobody moves the person."""
    try:
        mine = await who.fan.gateway.people.mine()
    except GatewayRefused as refused:
        if refused.code != "read_model_loading":
            raise
        return False
    found = [(each.person, each.state, each.move) for each in mine.persons]
    return found == [(who.account, "valid", None)]


async def held(town: Town, show: Show, who: Relative, seat: int) -> str:
    """A held seat of section 0; the admission pass with which it is bought."""
    await town.let_in(show, who.fan)
    await who.fan.gateway.hold(show.address, section=0, seat=seat, admission_pass=who.fan.admission)
    return who.fan.admission


async def test_a_guardian_buys_for_a_child_and_passes_a_ticket_on(
    town: Town, issuer: IssuerClient
) -> None:
    ann, ben = await household(town, issuer, Role.GUARDIAN, Role.CHILD)
    did = Did(await chain_of(town.rpc), ben.account)
    document = (await resolve(town.rpc, str(did))).document
    assert document is not None
    assert f"{did}#{multikey(ben.fan.phone.pubkey())}" in document["authentication"]
    await until("the read model", is_listed, ann)

    show = await concert(town, issuer)
    at = SectionAt(show.address, 0)
    terms = Terms(PRICE, [0], 1, await town.rpc.chain_time() + DAY)
    granted = asks.grant_help(ben.buyer, show.address, ann.account, terms)
    await ben.fan.gateway.orders.place(ben.buyer, granted)
    bought = asks.buy_for(
        ann.buyer,
        at,
        3,
        owner=ben.account,
        owner_wallet=ben.fan.wallet.key,
        max_price=PRICE,
        admission_pass=await held(town, show, ann, 3),
    )
    order = await ann.fan.gateway.orders.place(ann.buyer, bought)
    assert order.state == "done"
    ticket = await town.tickets.ticket(show.ticket(3))
    assert ticket is not None
    assert (ticket.data.person, ticket.data.holder) == (ben.account, ben.fan.wallet.key)
    assert ticket.data.paid_by == ann.fan.wallet.key

    event = await ann.fan.gateway.event(show.address)
    own = await ann.fan.gateway.purchase(
        ann.buyer,
        event,
        section=0,
        seat=4,
        device_key=ann.fan.device.key,
        max_price=PRICE,
        admission_pass=await held(town, show, ann, 4),
        idempotency_key="guardian-seat-4",
    )
    assert own.state == "done"
    kin = asks.Kin(
        ben.account,
        ben.fan.wallet.key,
        ben.proof.family,
        ann.proof.membership,
        ben.proof.membership,
    )
    passing = asks.family_transfer(ann.buyer, at, 4, kin)
    half = await ann.fan.gateway.orders.place(ann.buyer, passing)
    seen = await ben.fan.gateway.order(half.order)
    done = await ben.fan.gateway.orders.receive(ben.buyer, seen, ticket=show.ticket(4))
    assert done.state == "done"
    passed = await town.tickets.ticket(show.ticket(4))
    assert passed is not None
    assert (passed.data.person, passed.data.holder) == (ben.account, ben.fan.wallet.key)
