"""Entries after the show through the gateway: NFTs, the market, swaps, a raffle; and as listed."""

import hashlib
import secrets

import pytest
from conting_client import (
    ANY_GATE,
    EntryMessage,
    Wallet,
    device_proof,
    register_self,
    self_person_address,
)
from conting_client.generated import raffle
from conting_client.generated import ticket as program
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.gateway.chain import SOL, Chain, Show
from tests.gateway.orders.folk import SECRET, Fan, base64_of, on_sale, ordered, refusal, sell
from tests.gateway.readmodel.asking import settled
from tests.gateway.support import Gateway
from tests.programs.draws import ROUND
from tests.programs.people import DAY
from tests.programs.raffles import SETTLED

pytestmark = pytest.mark.anyio

AHEAD = 20_000  # slots until the raffle is drawn


class Hall:
    """A show whose first guests have entered, and the entries of those."""

    def __init__(self, gateway: Gateway, chain: Chain, show: Show) -> None:
        self.gateway, self.chain, self.show = gateway, chain, show
        self.fans: list[Fan] = []

    @property
    def series(self) -> Pubkey:
        return raffle.series_address(event=self.show.address)

    def entry(self, seat: int) -> Pubkey:
        return program.entry_address(ticket=self.show.ticket(seat), session=0)

    def token(self, seat: int) -> Pubkey:
        return raffle.entry_token_address(entry=self.entry(seat))

    def mint(self, seat: int) -> Pubkey:
        return raffle.mint_address(entry_token=self.token(seat))

    async def admit(self, seats: int) -> None:
        phones = [Keypair() for _ in range(seats)]
        for seat, phone in enumerate(phones):
            wallet = await self.chain.fund()
            await self.chain.send(register_self(wallet.key, phone.pubkey()), wallet)
            self.fans.append(Fan(wallet, self_person_address(wallet.key)))
            await sell(self.gateway, self.chain, self.show, self.fans[seat], seat)
        gate = await self.chain.register_gate(self.show)
        await self.chain.advance_to(self.show.doors)
        for seat, phone in enumerate(phones):
            await self.check_in(gate, seat, phone)
        settled = await self.chain.rpc.chain_time() + SETTLED
        await self.chain.advance_to(settled + 10)  # what it says may be a little old

    async def check_in(self, gate: Wallet, seat: int, phone: Keypair) -> None:
        ticket, nonce = self.show.ticket(seat), secrets.token_bytes(16)
        expires = await self.chain.rpc.chain_time() + 10
        message = EntryMessage(self.show.address, ticket, ANY_GATE, nonce, 0, expires).encode()
        entry = program.check_in(
            gate_key=gate.key,
            event=self.show.address,
            gate=program.gate_address(event=self.show.address, key=gate.key),
            ticket=ticket,
            person=self.fans[seat].person,
            mint=program.mint_address(ticket=ticket),
            session=0,
            nonce=nonce,
            expires=expires,
            gate_bound=False,
        )
        proof = device_proof(phone.sign_message(message), phone.pubkey(), message)
        await self.chain.send_in_order([proof, entry], gate)

    async def order(self, kind: str, who: Fan | Wallet, **body: object) -> None:
        await ordered(self.gateway, kind, who, **body)

    async def listed(self, path: str) -> list[dict[str, object]]:
        found = await settled(self.gateway, self.chain, f"{path}?series={self.series}")
        listings: list[dict[str, object]] = found["listings"]
        return listings

    async def held(self, who: Fan) -> list[object]:
        """The entries' NFTs that lie in somebody's wallet, by mint."""
        path = "/v1/my/entry-nfts"
        found = (await settled(self.gateway, self.chain, path, who=who.wallet))["entry_nfts"]
        assert all(each["event"] == str(self.show.address) for each in found)
        for each in found:
            assert await self.lies(each["token"], each["mint"], who)
        return [each["mint"] for each in found]

    async def lies(self, token: str, mint: str, who: Fan) -> bool:
        """Whether this token account of theirs is of this mint."""
        found = await self.chain.rpc.account(Pubkey.from_string(token))
        mine = bytes(Pubkey.from_string(mint)) + bytes(who.wallet.key)
        return found is not None and found.data[:64] == mine


async def hall(gateway: Gateway, chain: Chain, seats: int) -> Hall:
    made = Hall(gateway, chain, await on_sale(gateway, chain, seats=seats))
    await made.admit(seats)
    await made.order(
        "create_series",
        made.show.organiser,
        event=made.show.address,
        closes=made.show.doors + 10 * DAY,
        price_cap=SOL,
        fee=250,
        max_hops=3,
        name="First Light",
        uri="https://entries.example/first-light",
    )
    for seat, fan in enumerate(made.fans):
        await made.order("mint_entry", fan, entry=made.entry(seat))
    return made


async def sold_and_swapped(on: Hall) -> Fan:
    """Seat 0's entry is sold to a collector, who swaps it for that of seat 1."""
    first, second = on.fans
    collector = Fan(await on.chain.fund(), Pubkey.default())
    assert await on.held(first) == [str(on.mint(0))]
    await on.order("list_entry", first, entry_token=on.token(0), price=SOL // 2)
    assert await on.held(first) == []  # it lies in escrow
    (offer,) = await on.listed("/v1/listings")
    assert (offer["mint"], offer["price"]) == (str(on.mint(0)), SOL // 2)
    terms = {"entry_token": on.token(0), "seller": first.wallet.key, "nonce": offer["nonce"]}
    dear = await refusal(on.gateway, "buy_entry", collector, **terms, max_price=SOL // 4)
    assert dear == "price_above_limit"
    await on.order("buy_entry", collector, **terms, max_price=SOL // 2)
    assert await on.listed("/v1/listings") == []
    assert await on.held(collector) == [str(on.mint(0))]

    await on.order("offer_swap", second, entry_token=on.token(1), wanted=on.mint(0))
    (offer,) = await on.listed("/v1/swaps")
    assert (offer["wanted"], offer["entry_token"]) == (str(on.mint(0)), str(on.token(1)))
    await on.order(
        "accept_swap",
        collector,
        entry_token=on.token(1),
        given=on.token(0),
        seller=second.wallet.key,
        nonce=offer["nonce"],
    )
    return collector


@pytest.mark.slow
async def test_entries_are_sold_swapped_and_burned_in_a_raffle(
    gateway: Gateway, chain: Chain
) -> None:
    on = await hall(gateway, chain, 2)
    collector = await sold_and_swapped(on)
    assert await on.held(collector) == [str(on.mint(1))]
    assert await on.held(on.fans[1]) == [str(on.mint(0))]
    await on.order(
        "create_raffle",
        on.show.organiser,
        event=on.show.address,
        number=0,
        winners=1,
        opens=on.show.doors,
        closes=on.show.doors + 2 * DAY,
        claim_window=14 * DAY,
        commit=base64_of(hashlib.sha256(SECRET).digest()),
        bond=SOL,
        target_slot=await chain.rpc.slot() + AHEAD,
        name="A drum",
        uri="https://raffles.example/drum",
    )
    address = raffle.raffle_address(series=on.series, number=0)
    entering = {"raffle": address, "entry_token": on.token(1)}
    await on.order("enter_raffle", collector, **entering)
    assert await on.held(collector) == []  # burned
    (place,) = (await settled(gateway, chain, "/v1/my/raffle-entries", who=collector.wallet))[
        "raffle_entries"
    ]
    assert (place["mint"], place["result"], place["prize"]) == (str(on.mint(1)), "open", None)

    (shown,) = (await settled(gateway, chain, f"/v1/raffles?event={on.show.address}"))["raffles"]
    await chain.advance_to_slot(shown["target_slot"] + 2)
    await on.order("reveal_raffle", on.show.organiser, raffle=address, secret=base64_of(SECRET))
    await on.order("claim_prize", collector, **entering)
    (place,) = (await settled(gateway, chain, f"/v1/raffles/{address}/entries"))["raffle_entries"]
    assert (place["result"], place["prize"], place["state"]) == ("won", 0, "claimed")
    assert place["entrant"] == str(collector.wallet.key)


@pytest.mark.slow
async def test_a_raffle_whose_secret_nobody_tells_is_drawn_by_anybody(
    gateway: Gateway, chain: Chain
) -> None:
    on = await hall(gateway, chain, 1)
    (fan,), boss, stranger = on.fans, on.show.organiser, await chain.fund()
    target = await chain.rpc.slot() + AHEAD
    await on.order(
        "create_raffle",
        boss,
        event=on.show.address,
        number=3,
        winners=1,
        opens=on.show.doors,
        closes=on.show.doors + 2 * DAY,
        claim_window=14 * DAY,
        commit=base64_of(hashlib.sha256(SECRET).digest()),
        bond=SOL,
        target_slot=target,
        name="A drum",
        uri="https://raffles.example/drum",
    )
    address = raffle.raffle_address(series=on.series, number=3)
    entering = {"raffle": address, "entry_token": on.token(0)}
    await on.order("enter_raffle", fan, **entering)
    early = await refusal(gateway, "draw_without_secret", stranger, raffle=address)
    assert early == "too_early"
    await chain.advance_to_slot(target + ROUND + 2)
    late = {"raffle": address, "secret": base64_of(SECRET)}
    assert await refusal(gateway, "reveal_raffle", boss, **late) == "too_late"
    await ordered(gateway, "draw_without_secret", stranger, raffle=address)
    (shown,) = (await settled(gateway, chain, f"/v1/raffles?event={on.show.address}"))["raffles"]
    assert (shown["state"], shown["secret"]) == ("drawn", None)
    await on.order("claim_prize", fan, **entering)
    nothing = Keypair().pubkey()
    unknown = await refusal(gateway, "draw_without_secret", stranger, raffle=nothing)
    assert unknown == "unknown_raffle"


@pytest.mark.slow
async def test_an_offer_is_taken_back_and_what_is_not_there_is_named(
    gateway: Gateway, chain: Chain
) -> None:
    on = await hall(gateway, chain, 1)
    (fan,) = on.fans
    (mine,) = (await settled(gateway, chain, "/v1/my/entries", who=fan.wallet))["entries"]
    assert (mine["nft"], mine["entry_token"]) == (str(on.mint(0)), str(on.token(0)))
    await on.order("list_entry", fan, entry_token=on.token(0), price=SOL)
    assert len((await settled(gateway, chain, "/v1/my/listings", who=fan.wallet))["listings"]) == 1
    await on.order("cancel_listing", fan, entry_token=on.token(0))
    nothing, there = Keypair().pubkey(), on.token(0)
    for kind, code, body in (
        ("mint_entry", "already_minted", {"entry": on.entry(0)}),
        ("mint_entry", "unknown_entry", {"entry": nothing}),
        ("list_entry", "unknown_nft", {"entry_token": nothing, "price": 1}),
        ("list_entry", "bad_price", {"entry_token": there, "price": 2 * SOL}),
        ("cancel_listing", "not_listed", {"entry_token": there}),
        ("enter_raffle", "unknown_raffle", {"entry_token": there, "raffle": nothing}),
    ):
        assert await refusal(gateway, kind, fan, **body) == code


@pytest.mark.slow
async def test_without_a_series_there_are_no_nfts(gateway: Gateway, chain: Chain) -> None:
    """The organiser opens one, or does not: until then the fan is told so."""
    on = Hall(gateway, chain, await on_sale(gateway, chain, seats=1))
    await on.admit(1)
    (fan,) = on.fans
    assert await refusal(gateway, "mint_entry", fan, entry=on.entry(0)) == "unknown_series"
