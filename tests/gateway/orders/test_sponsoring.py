"""The gateway pays network fees: for whom, for what, how much, and what people try with it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest
from conting_client import (
    ChainError,
    GatewayRefused,
    Rpc,
    Wallet,
    build,
    from_base64,
    instructions_of,
    self_person_address,
    sign,
    to_base64,
)
from conting_client import order_asks as asks
from conting_client.generated import ticket as program
from conting_gateway.keys import RingKey
from conting_gateway.redis import Redis
from conting_gateway.sponsoring.service import PERSON_BYTES
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.system_program import TransferParams, transfer
from solders.transaction import VersionedTransaction

from tests.gateway.chain import HOUR, PRICE, SOL, Chain, Show
from tests.gateway.orders.folk import Fan, fan, sell
from tests.gateway.orders.shop import once, signed
from tests.gateway.orders.test_by_client import client_of
from tests.gateway.orders.test_gifts import grant_of
from tests.gateway.orders.test_lots import money, section_of
from tests.gateway.support import Gateway, Json, Start, fresh_keys
from tests.gateway.test_metrics import number

pytestmark = pytest.mark.anyio

FEE = 5_000
"""Lamports for each signature."""
FLOOR = SOL


@dataclass
class House:
    """A gateway that pays fees, and an organiser whose events it pays them for."""

    gateway: Gateway
    chain: Chain
    organiser: Wallet

    @property
    def sponsor(self) -> Wallet:
        assert self.gateway.keys.sponsor is not None
        return Wallet(self.gateway.keys.sponsor)

    async def show(self, organiser: Wallet | None = None) -> Show:
        show = await self.chain.make_show(
            self.gateway.keys.admission.pubkey(), organiser=organiser or self.organiser
        )
        await self.chain.advance_to(show.opens)
        return show

    async def left(self) -> int:
        """What the sponsor has."""
        return await money(self.chain, self.sponsor)

    async def place(self, kind: str, who: Wallet, **body: object) -> Json:
        path = f"/v1/orders/{kind}?sponsored=true"
        return await self.gateway.ok("POST", path, who=who, body=body, headers=once())

    async def refusal(self, kind: str, who: Wallet, **body: object) -> str:
        path = f"/v1/orders/{kind}?sponsored=true"
        return await self.gateway.refused("POST", path, who=who, body=body, headers=once())

    async def submit(self, who: Wallet, built: Json) -> str:
        """The state of the order, or the code of the refusal."""
        path = f"/v1/orders/{built['order']}/submit"
        answer = await self.gateway.call("POST", path, who=who, body=signed(built, who))
        return str(answer.json()["state" if answer.is_success else "error"])

    async def number(self, name: str) -> float:
        return number((await self.gateway.http.get("/metrics")).text, name)


Open = Callable[..., Awaitable[House]]


@asynccontextmanager
async def house(
    redis: Redis, rpc: Rpc, start: Start, *, of: House | None = None, **settings: object
) -> AsyncIterator[House]:
    """A gateway that pays; `of`: one more replica of this one's."""
    chain = Chain(rpc)
    organiser = await chain.fund() if of is None else of.organiser
    keys = replace(fresh_keys(), sponsor=Keypair()) if of is None else of.gateway.keys
    usual: Json = {"sponsor_organisers": [str(organiser.key)], "sponsor_floor": FLOOR}
    async with start(redis, rpc, keys=keys, **(usual | settings)) as gateway:
        made = House(gateway, chain, organiser)
        if of is None:
            await rpc.airdrop(made.sponsor.key, FLOOR + SOL)
        yield made


@pytest.fixture
async def open_house(redis: Redis, chain: Chain, start: Start) -> AsyncIterator[House]:
    async with house(redis, chain.rpc, start) as made:
        yield made


async def rent(chain: Chain, *accounts: Pubkey) -> int:
    found = [await chain.rpc.account(each) for each in accounts]
    return sum(each.lamports for each in found if each is not None)


async def test_the_fee_is_the_gateways_and_all_else_the_fans(
    open_house: House, chain: Chain
) -> None:
    show, who = await open_house.show(), await fan(chain)
    had, left = await money(chain, who.wallet), await open_house.left()
    built = await open_house.place("join_waiting", who.wallet, **section_of(show))
    assert built["fee_payer"] == str(open_house.sponsor.key)
    assert built["awaits"] == [str(who.wallet.key)]
    assert await open_house.submit(who.wallet, built) == "done"
    waiting = program.waiting_address(section=show.section, person=who.person)
    place = program.place_address(section=show.section, index=0)
    assert had - await money(chain, who.wallet) == await rent(chain, waiting, place)
    cost = 3 * FEE  # sponsor, wallet, admission authority
    assert left - await open_house.left() == cost
    assert await open_house.number("conting_sponsored_total") == 1
    assert await open_house.number("conting_sponsored_lamports_total") == cost
    assert await open_house.number("conting_sponsor_balance_lamports") == left
    keys = await open_house.gateway.ok("GET", "/v1/keys")
    assert [each["key"] for each in keys["sponsor"]] == [str(open_house.sponsor.key)]
    # Who submits again gets the same answer, and nothing is paid a second time.
    assert await open_house.submit(who.wallet, built) == "done"
    assert left - await open_house.left() == cost


@pytest.mark.slow
async def test_a_wallet_without_a_lamport_gives_its_ticket_back(
    open_house: House, chain: Chain
) -> None:
    show, who = await open_house.show(), await fan(chain)
    ticket = await sell(open_house.gateway, chain, show, who, 3)
    fee, other = 5_000, Wallet.generate().key
    rest = await money(chain, who.wallet) - fee
    gift = TransferParams(from_pubkey=who.wallet.key, to_pubkey=other, lamports=rest)
    await chain.send_in_order([transfer(gift)], who.wallet)
    assert await chain.rpc.account(who.wallet.key) is None
    async with client_of(open_house.gateway, who.wallet) as client:
        (held,) = await client.tickets(who.wallet.key)
        with pytest.raises(GatewayRefused):  # nothing to pay the fee with
            await client.give_back(who.wallet, held)
        client.orders.sponsored = True
        done = await client.give_back(who.wallet, held)
    assert (done.state, done.account) == ("done", ticket)
    assert await money(chain, who.wallet) > PRICE  # and the rent


@pytest.mark.slow
@pytest.mark.parametrize("by", ["client", "anybody's HTTP"])
async def test_a_step_that_anybody_may_order_is_paid_for_and_asks_the_wallet_for_nothing(
    by: str, open_house: House, chain: Chain
) -> None:
    show, who = await open_house.show(), await fan(chain)
    gateway = open_house.gateway
    ticket = await sell(gateway, chain, show, who, 3)
    await chain.send(
        program.cancel_event(organiser=show.organiser.key, event=show.address), show.organiser
    )
    left, had = await open_house.left(), await money(chain, who.wallet)
    if by == "client":
        me, at = asks.Buyer(who.wallet), asks.SectionAt(show.address, 0)
        async with client_of(gateway, who.wallet) as client:
            client.orders.sponsored = True
            done = await client.orders.place(me, asks.refund_cancelled(at, 3, person=who.person))
        assert (done.state, done.account) == ("done", ticket)
    else:
        built = await open_house.place("refund_cancelled", who.wallet, ticket=str(ticket))
        assert (built["awaits"], built["fee_payer"]) == ([], str(open_house.sponsor.key))
        path, body = f"/v1/orders/{built['order']}/submit", {"transaction": built["transaction"]}
        stranger = await fan(chain)
        assert await gateway.refused("POST", path, who=stranger.wallet, body=body) == (
            "unknown_order"
        )
        assert (await gateway.ok("POST", path, who=who.wallet, body=body))["state"] == "done"
    assert left - await open_house.left() == FEE
    assert await open_house.number("conting_sponsored_lamports_total") == FEE
    assert await money(chain, who.wallet) >= had + PRICE


@pytest.mark.slow
async def test_the_rent_of_a_new_person_is_the_gateways(open_house: House, chain: Chain) -> None:
    """It is never given back to anybody; that of other accounts is, and stays the fan's."""
    show, wallet = await open_house.show(), await chain.fund()
    had, left = await money(chain, wallet), await open_house.left()
    me = asks.Buyer(wallet, device_key=Keypair().pubkey())
    async with client_of(open_house.gateway, wallet) as client:
        client.orders.sponsored = True
        done = await client.orders.place(me, asks.join_waiting(me, asks.SectionAt(show.address, 0)))
    assert done.state == "done"
    person = await chain.rpc.account(self_person_address(wallet.key))
    assert person is not None
    assert len(person.data) == PERSON_BYTES
    place = program.place_address(section=show.section, index=0)
    own = await rent(chain, done.account, place)
    assert had - await money(chain, wallet) == own
    assert left - await open_house.left() == 3 * FEE + person.lamports


@pytest.mark.attack
@pytest.mark.slow
async def test_it_pays_for_nothing_that_it_was_not_told_to(
    open_house: House, redis: Redis, chain: Chain, start: Start
) -> None:
    who = await fan(chain)
    theirs = await open_house.show(organiser=await chain.fund())
    asked = section_of(theirs)
    assert await open_house.refusal("join_waiting", who.wallet, **asked) == "not_sponsored"
    show = await open_house.show()
    series: Json = {"event": str(show.address), "closes": 2**40, "price_cap": 1, "fee": 0}
    series |= {"max_hops": 1, "name": "A", "uri": "https://a.example"}
    code = await open_house.refusal("create_series", open_house.organiser, **series)
    assert code == "not_sponsored"
    # The sponsor's signature may stand for nothing else than the fee.
    sponsor = open_house.sponsor
    asked = section_of(show) | {"device_key": str(Keypair().pubkey())}
    assert await open_house.refusal("join_waiting", sponsor, **asked) == "not_sponsored"
    assert await open_house.number('conting_sponsor_refusals_total{code="not_sponsored"}') >= 2
    async with start(redis, chain.rpc, keys=replace(open_house.gateway.keys, sponsor=None)) as off:
        path = "/v1/orders/join_waiting?sponsored=true"
        code = await off.refused("POST", path, who=who.wallet, body=section_of(show))
        assert code == "not_sponsored"
        # Nor for what a replica has built whose key this one has not, or not any more.
        built = await open_house.place("join_waiting", who.wallet, **section_of(show))
        path, left = f"/v1/orders/{built['order']}/submit", await open_house.left()
        code = await off.refused("POST", path, who=who.wallet, body=signed(built, who.wallet))
        assert code == "not_sponsored"
        assert await open_house.left() == left


@pytest.mark.slow
async def test_a_key_that_has_ended_pays_for_nothing(open_house: House, chain: Chain) -> None:
    show, who, now = await open_house.show(), await fan(chain), open_house.gateway.now
    ring = open_house.gateway.services.sponsor._ring
    assert ring is not None
    ring.replace([RingKey(open_house.sponsor.keypair, until=int(now()) + 60)])
    asked = section_of(show)
    built = await open_house.place("join_waiting", who.wallet, **asked)
    left, now.ahead = await open_house.left(), 61
    assert await open_house.refusal("join_waiting", who.wallet, **asked) == "not_sponsored"
    assert await open_house.submit(who.wallet, built) == "not_sponsored"
    assert await open_house.left() == left


@pytest.mark.slow
async def test_an_account_that_runs_low_pays_nothing(
    redis: Redis, chain: Chain, start: Start
) -> None:
    async with house(redis, chain.rpc, start, sponsor_floor=2 * SOL) as poor:
        asked, elsewhere = section_of(await poor.show()), section_of(await poor.show())
        who = await fan(chain)
        assert await poor.refusal("join_waiting", who.wallet, **asked) == "sponsor_low"
        assert await poor.number("conting_sponsor_balance_lamports") == 2 * SOL
        await chain.rpc.airdrop(poor.sponsor.key, 3 * FEE)
        built = await poor.place("join_waiting", who.wallet, **asked)
        other = await fan(chain)
        later = await poor.place("join_waiting", other.wallet, **elsewhere)
        assert await poor.submit(who.wallet, built) == "done"
        assert await poor.submit(other.wallet, later) == "sponsor_low"
        assert await poor.left() == 2 * SOL


# What people try


def altered(built: Json, who: Fan, sponsor: Pubkey) -> VersionedTransaction:
    """The same order, and a gift of the sponsor's."""
    transaction = from_base64(built["transaction"])
    gift = TransferParams(from_pubkey=sponsor, to_pubkey=who.wallet.key, lamports=SOL // 2)
    steps = [*instructions_of(transaction), transfer(gift)]
    other = build(sponsor, steps, transaction.message.recent_blockhash)
    return sign(other, who.wallet.keypair)


@pytest.mark.attack
@pytest.mark.slow
async def test_the_sponsors_signature_is_for_what_was_built_and_leaves_only_on_chain(
    open_house: House, redis: Redis, chain: Chain
) -> None:
    show, who, thief = await open_house.show(), await fan(chain), await fan(chain)
    left = await open_house.left()
    built = await open_house.place("join_waiting", who.wallet, **section_of(show))
    path = f"/v1/orders/{built['order']}"
    forged = altered(built, who, open_house.sponsor.key)
    code = await open_house.gateway.refused(
        "POST", f"{path}/submit", who=who.wallet, body={"transaction": to_base64(forged)}
    )
    assert code == "transaction_changed"
    # Past the gateway nobody takes it: the payer has not signed.
    with pytest.raises(ChainError) as unsigned:
        await chain.rpc.send(from_base64(signed(built, who.wallet)["transaction"]))
    assert unsigned.value.name == "SIGNATURE_FAILURE"
    # Whoever writes into Redis has nothing signed that was not built.
    await redis.hset(f"conting:order:{built['order']}", "transaction", to_base64(forged))
    code = await open_house.gateway.refused(
        "POST", f"{path}/submit", who=who.wallet, body={"transaction": to_base64(forged)}
    )
    assert code == "not_sponsored"
    assert await open_house.left() == left
    await redis.hset(f"conting:order:{built['order']}", "transaction", built["transaction"])
    assert await open_house.submit(who.wallet, built) == "done"
    seen = await open_house.gateway.ok("GET", path, who=who.wallet)
    assert seen["transaction"] is None
    paid = left - await open_house.left()

    # A signature that was seen on chain fits no other transaction.
    stored = await redis.hget(f"conting:order:{built['order']}", f"signed:{open_house.sponsor.key}")
    other = await open_house.place("join_waiting", thief.wallet, **section_of(show))
    octets = bytearray(bytes(from_base64(signed(other, thief.wallet)["transaction"])))
    reused = from_base64(built["transaction"]).signatures[0].from_string(str(stored))
    octets[1:65] = bytes(reused)  # after the count of signatures
    with pytest.raises(ChainError) as wrong:
        await chain.rpc.send(VersionedTransaction.from_bytes(bytes(octets)))
    assert wrong.value.name == "SIGNATURE_FAILURE"
    assert left - await open_house.left() == paid


@pytest.mark.attack
@pytest.mark.slow
async def test_replicas_do_not_spend_the_same_rest(
    redis: Redis, chain: Chain, start: Start
) -> None:
    """Four orders, each within what is left when it is built; and enough for two."""
    cost = 2 * FEE
    budget: Json = {"sponsor_wallet_lamports": 2 * cost}
    async with (
        house(redis, chain.rpc, start, **budget) as one,
        house(redis, chain.rpc, start, of=one, **budget) as two,
    ):
        show, who = await one.show(), await fan(chain)
        helpers = [await fan(chain) for _ in range(4)]
        orders = [
            await one.place("grant_help", who.wallet, **await grant_of(chain, show, each))
            for each in helpers
        ]
        left = await one.left()
        await two.gateway.token(who.wallet)
        found = await asyncio.gather(
            *((one, two)[at % 2].submit(who.wallet, built) for at, built in enumerate(orders))
        )
        assert sorted(found) == ["done"] * 2 + ["sponsor_budget_spent"] * 2
        assert left - await one.left() == 2 * cost
        asked = await grant_of(chain, show, await fan(chain), expires=await now(chain) + HOUR)
        assert await two.refusal("grant_help", who.wallet, **asked) == "sponsor_budget_spent"


async def now(chain: Chain) -> int:
    return await chain.rpc.chain_time()
