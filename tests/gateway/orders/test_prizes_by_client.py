"""Entries after the show through the client: NFTs, market, a raffle; and what gateways may lie."""

import hashlib
from collections.abc import Mapping
from typing import Final, TypeVar

import pytest
from conting_client import (
    GatewayClient,
    GatewayRefused,
    TransactionChanged,
    Wallet,
    build,
    to_base64,
)
from conting_client import order_asks as asks
from conting_client import raffle_asks as after
from conting_client.gateway_answers import OrderView
from conting_client.gateway_orders import OrdersApi
from conting_client.generated import raffle
from conting_client.tokens import account_of_nft
from pydantic import TypeAdapter
from solders.hash import Hash
from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from tests.gateway.chain import SOL, Chain
from tests.gateway.orders.folk import SECRET, Fan, on_sale
from tests.gateway.orders.test_by_client import Cheat, client_of
from tests.gateway.orders.test_prizes import AHEAD, Hall, hall
from tests.gateway.support import Gateway
from tests.programs.people import DAY

pytestmark = pytest.mark.anyio

T = TypeVar("T")


def nft_of(on: Hall, seat: int) -> after.EntryNft:
    return after.EntryNft.of(on.show.address, on.entry(seat))


def buyer(who: Fan) -> asks.Buyer:
    return asks.Buyer(who.wallet, who.person)


async def owner_of(chain: Chain, nft: after.EntryNft) -> Pubkey:
    address = await account_of_nft(chain.rpc, nft.mint)
    assert address is not None
    found = await chain.rpc.account(address)
    assert found is not None
    return Pubkey.from_bytes(found.data[32:64])


async def place(client: GatewayClient, who: asks.Buyer, asked: asks.Asked) -> OrderView:
    done = await client.orders.place(who, asked)
    assert done.state == "done"
    return done


async def made_into_nfts(on: Hall, organiser: GatewayClient, hers: GatewayClient) -> None:
    """The series, and both entries' NFTs: the first guest pays for her own and her neighbour's."""
    event = on.show.address
    rules = after.Rules(
        closes=on.show.doors + 10 * DAY,
        price_cap=SOL,
        fee=250,
        max_hops=3,
        name="First Light",
        uri="https://entries.example/first-light",
    )
    made = await place(
        organiser,
        asks.Buyer(on.show.organiser),
        after.create_series(asks.Buyer(on.show.organiser), event, rules),
    )
    assert made.account == on.series
    first, second = on.fans
    me = buyer(first)
    minted = await place(hers, me, after.mint_entry(me, event, on.entry(0)))
    assert minted.account == nft_of(on, 0).entry_token == on.token(0)
    for_second = after.mint_entry(
        me, event, on.entry(1), person=second.person, wallet=second.wallet.key
    )
    await place(hers, me, for_second)
    assert await owner_of(on.chain, nft_of(on, 1)) == second.wallet.key


async def sold_and_swapped(on: Hall, collector: Wallet, *clients: GatewayClient) -> None:
    """Seat 0's NFT is sold to a collector, who swaps it for that of seat 1."""
    hers, his, theirs = clients
    first, second = (buyer(each) for each in on.fans)
    mine, other, me = nft_of(on, 0), nft_of(on, 1), asks.Buyer(collector)
    await place(hers, first, after.list_entry(first, mine, price=SOL // 4))
    await place(hers, first, after.cancel_listing(first, mine))
    await place(hers, first, after.list_entry(first, mine, price=SOL // 2))
    (shown,) = await on.listed("/v1/listings")
    assert shown["nonce"] == 2
    offer = after.Offer(mine, first.key, 2)
    with pytest.raises(GatewayRefused) as dear:
        await theirs.orders.place(me, after.buy_entry(me, offer, max_price=SOL // 4))
    assert dear.value.code == "price_above_limit"
    bought = await place(theirs, me, after.buy_entry(me, offer, max_price=SOL))
    assert bought.price == SOL // 2
    assert await owner_of(on.chain, mine) == collector.key

    await place(his, second, after.offer_swap(second, other, wanted=mine.mint))
    swap = after.Offer(other, second.key, 1)
    await place(theirs, me, after.accept_swap(me, swap, given=mine))
    assert await owner_of(on.chain, other) == collector.key
    assert await owner_of(on.chain, mine) == second.key


async def won(on: Hall, collector: Wallet, organiser: GatewayClient, theirs: GatewayClient) -> None:
    """A raffle that the collector enters with seat 1's NFT, and wins."""
    me, maker, nft = asks.Buyer(collector), asks.Buyer(on.show.organiser), nft_of(on, 1)
    terms = raffle.Terms(
        winners=1,
        opens=on.show.doors,
        closes=on.show.doors + 2 * DAY,
        claim_window=14 * DAY,
        commit=hashlib.sha256(SECRET).digest(),
        bond=SOL,
        target_slot=await on.chain.rpc.slot() + AHEAD,
    )
    drum = after.create_raffle(
        maker, on.show.address, 7, terms, name="A drum", uri="https://raffles.example/drum"
    )
    address = (await place(organiser, maker, drum)).account
    assert address == raffle.raffle_address(series=on.series, number=7)
    entered = await place(theirs, me, after.enter_raffle(me, nft, address))
    assert await account_of_nft(on.chain.rpc, nft.mint) is None
    await on.chain.advance_to_slot(terms.target_slot + 2)
    await place(organiser, maker, after.reveal_raffle(address, SECRET))
    await place(theirs, me, after.claim_prize(me, nft, address))
    found = await on.chain.rpc.account(entered.account)
    assert found is not None
    claimed = raffle.RaffleEntry.decode(found.data)
    assert (claimed.state, claimed.place) == (raffle.PrizeState.CLAIMED, 0)


@pytest.mark.slow
async def test_entries_are_made_sold_swapped_and_burned_in_a_raffle(
    gateway: Gateway, chain: Chain
) -> None:
    on = Hall(gateway, chain, await on_sale(gateway, chain, seats=2))
    await on.admit(2)
    first, second = on.fans
    collector = await chain.fund()
    async with (
        client_of(gateway, on.show.organiser) as organiser,
        client_of(gateway, first.wallet) as hers,
        client_of(gateway, second.wallet) as his,
        client_of(gateway, collector) as theirs,
    ):
        await made_into_nfts(on, organiser, hers)
        await sold_and_swapped(on, collector, hers, his, theirs)
        await won(on, collector, organiser, theirs)


@pytest.mark.attack
@pytest.mark.slow
async def test_another_price_or_nft_than_was_agreed_to_is_not_signed(
    gateway: Gateway, chain: Chain
) -> None:
    on = await hall(gateway, chain, 1)
    (seller,), collector, thief = on.fans, await chain.fund(), Wallet.generate()
    first, me, mine = buyer(seller), asks.Buyer(collector), nft_of(on, 0)
    lies, theft = Cheat(gateway), Cheat(gateway)
    async with (
        client_of(gateway, seller.wallet, lies) as hers,
        client_of(gateway, collector, theft) as theirs,
    ):
        lies.change = lambda steps: [*steps[:-1], priced(steps[-1], 1)]
        with pytest.raises(TransactionChanged):
            await hers.orders.place(first, after.list_entry(first, mine, price=SOL // 2))
        lies.change = None
        await place(hers, first, after.list_entry(first, mine, price=SOL // 2))

        buying = after.buy_entry(me, after.Offer(mine, first.key, 1), max_price=SOL // 2)
        for change in (
            lambda steps: [*steps[:-1], priced(steps[-1], SOL)],
            lambda steps: [*steps[:-1], sent_to(steps[-1], "seller", thief.key)],
            lambda steps: [*steps[:-1], sent_to(steps[-1], "entry_token", thief.key)],
        ):
            theft.change = change
            with pytest.raises(TransactionChanged):
                await theirs.orders.place(me, buying)
        assert await account_of_nft(chain.rpc, mine.mint) is not None
        theft.change = None
        await place(theirs, me, buying)
        assert await owner_of(chain, mine) == collector.key


def names_of(step: Instruction) -> tuple[str, ...]:
    return raffle.INSTRUCTIONS[bytes(step.data[:8])]


def priced(step: Instruction, lamports: int) -> Instruction:
    """The price is the last argument of those that have one."""
    data = bytes(step.data[:-8]) + lamports.to_bytes(8, "little")
    return Instruction(step.program_id, data, list(step.accounts))


def sent_to(step: Instruction, name: str, key: Pubkey) -> Instruction:
    accounts, at = list(step.accounts), names_of(step).index(name) - 1
    accounts[at] = AccountMeta(key, accounts[at].is_signer, accounts[at].is_writable)
    return Instruction(step.program_id, bytes(step.data), accounts)


# Without a chain: every byte and account of every kind


class Liar:
    """Builds what it likes, and is given signatures or not. In the place of GatewayClient's ask."""

    def __init__(self, payer: Pubkey) -> None:
        self.payer, self.signed = payer, 0
        self.lie: list[Instruction] = []

    async def __call__(
        self,
        method: str,
        path: str,
        shape: type[T],
        body: Mapping[str, object] | None = None,
        *,
        headers: dict[str, str] | None = None,
    ) -> T:
        assert (method, body is None) == ("POST", False)
        told: dict[str, object] = {"order": "1", "section": None, "seat": None, "price": 0}
        told |= {
            "payment": str(Pubkey.default()),
            "decimals": 9,
            "account": str(self.payer),
            "awaits": [],
        }
        if path.endswith("/submit"):
            self.signed += 1
            told |= {"kind": "?", "state": "done", "event": str(self.payer)}
            told |= {"transaction": None, "expires_at": 0, "error": None, "detail": None}
        else:
            assert headers is not None
            assert "idempotency-key" in headers
            built = build(self.payer, self.lie, Hash.default())
            told |= {"transaction": to_base64(built), "expires_at": 0}
            told |= {"fee_payer": str(self.payer)}
        return TypeAdapter(shape).validate_python(told)


COMPARED: Final = {
    "list_entry": {"token", "escrow"},
    "offer_swap": {"token", "escrow"},
    "cancel_listing": {"escrow"},
    "buy_entry": {"organiser"},
    "accept_swap": {"wanted_token"},
    "reveal_raffle": {"organiser"},
    "enter_raffle": {"rent_to", "token"},
}
"""What the program compares with its own accounts, whatever a gateway says (programs/raffle)."""
NONCES: Final = {"list_entry": range(8, 16), "offer_swap": range(8, 16)}
"""Bytes of the next nonce, which the program compares too."""


def all_asks(me: asks.Buyer) -> list[asks.Asked]:
    keys = [Wallet.generate().key for _ in range(6)]
    mine, theirs = after.EntryNft.of(*keys[:2]), after.EntryNft.of(*keys[2:4])
    offer = after.Offer(theirs, keys[4], 3)
    terms = raffle.Terms(1, 2, 3, 4, bytes(range(32)), 5, 6)
    return [
        after.create_series(me, keys[0], after.Rules(9, 8, 7, 6, "n", "u")),
        after.mint_entry(me, *keys[:2]),
        after.list_entry(me, mine, price=5),
        after.offer_swap(me, mine, wanted=theirs.mint),
        after.cancel_listing(me, mine),
        after.buy_entry(me, offer, max_price=5),
        after.accept_swap(me, offer, given=mine),
        after.create_raffle(me, keys[0], 1, terms, name="n", uri="u"),
        after.reveal_raffle(keys[5], bytes(range(32))),
        after.draw_without_secret(keys[5]),
        after.enter_raffle(me, mine, keys[5]),
        after.claim_prize(me, mine, keys[5]),
    ]


def lies_about(step: Instruction) -> list[Instruction]:
    """Another account, another byte, another program: whatever may not be left to a gateway."""
    kind, *names = names_of(step)
    data, accounts = bytes(step.data), list(step.accounts)
    stranger = Wallet.generate().key
    closed = [name for name in names if name not in COMPARED.get(kind, ())]
    at = [each for each in range(len(data)) if each not in NONCES.get(kind, ())]
    bits = [data[:each] + bytes([data[each] ^ 1]) + data[each + 1 :] for each in at]
    return [
        *(sent_to(step, name, stranger) for name in closed),
        *(Instruction(step.program_id, each, accounts) for each in bits),
        Instruction(stranger, data, accounts),
        Instruction(step.program_id, data + b"\0", accounts),
        Instruction(step.program_id, data, [*accounts, accounts[0]]),
    ]


@pytest.mark.slow
@pytest.mark.attack
async def test_only_what_the_program_compares_is_left_to_the_gateway() -> None:
    me = asks.Buyer(Wallet.generate())
    liar = Liar(me.key)
    orders = OrdersApi(liar)
    for honest, asked in enumerate(all_asks(me)):
        for lie in lies_about(asked.wanted):
            liar.lie = [lie]
            with pytest.raises(TransactionChanged):
                await orders.place(me, asked)
        for lies in ([], [asked.wanted, asked.wanted]):
            liar.lie = lies
            with pytest.raises(TransactionChanged):
                await orders.place(me, asked)
        assert liar.signed == honest
        liar.lie = [asked.wanted]
        await orders.place(me, asked)
        assert liar.signed == honest + 1
