"""An event that is paid in a token, over HTTP: bought, given back, drawn, booked for another."""

from dataclasses import dataclass

import pytest
from conting_client import Wallet
from conting_client.generated import ticket as program
from conting_client.money import SOL, purse_of, till_of
from conting_client.tickets import Tickets
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.token.state import TokenAccount

from tests.coins import DECIMALS, THAW, Coin, pass_on
from tests.gateway.chain import PRICE, Chain, Show
from tests.gateway.orders import folk, shop
from tests.gateway.orders.folk import Fan, draw, fan, open_lots, ordered, refusal
from tests.gateway.orders.test_gifts import grant_of, help_of
from tests.gateway.orders.test_lots import enter_alone, entry, group_of, section_of
from tests.gateway.orders.test_waiting import COOLING, REGISTRATION, offered
from tests.gateway.support import Gateway
from tests.gateway.waitroom.rooms import open_room, open_sale, until, visit

pytestmark = pytest.mark.anyio

RICH = 10 * PRICE


@dataclass(frozen=True)
class Bank:
    """Who issues a token."""

    chain: Chain
    issuer: Wallet
    coin: Coin

    async def give(self, *wallets: Pubkey, amount: int = RICH) -> None:
        for wallet in wallets:
            await self.chain.send_all(self.coin.hand_out(wallet, amount), self.issuer)

    async def freeze(self, wallet: Pubkey) -> None:
        await self.chain.send(self.coin.freeze(wallet), self.issuer)

    async def thaw(self, wallet: Pubkey) -> None:
        await self.chain.send(self.coin.freeze(wallet, THAW), self.issuer)

    async def has(self, wallet: Pubkey) -> int:
        return await self.amount(purse_of(wallet, self.coin.mint))

    async def taken(self, show: Show) -> int:
        """What lies in an event's till."""
        return await self.amount(till_of(show.address))

    async def amount(self, purse: Pubkey) -> int:
        found = await self.chain.rpc.account(purse)
        assert found is not None
        return TokenAccount.from_bytes(found.data).amount

    async def open_till(self, show: Show) -> None:
        call = program.open_till(
            organiser=show.organiser.key, event=show.address, mint=self.coin.mint
        )
        await self.chain.send(call, show.organiser)


@pytest.fixture
async def bank(chain: Chain) -> Bank:
    issuer = await chain.fund()
    coin = Coin(issuer.keypair)
    await chain.send_all(coin.issue(), issuer, Wallet(coin.key))
    return Bank(chain, issuer, coin)


async def rich_fan(chain: Chain, bank: Bank) -> Fan:
    who = await fan(chain)
    await bank.give(who.wallet.key)
    return who


async def on_sale(gateway: Gateway, chain: Chain, bank: Bank) -> Show:
    """A show whose sale is open, behind a quick waiting room."""
    show = await chain.make_show(gateway.keys.admission.pubkey(), payment=bank.coin.mint)
    await bank.open_till(show)
    await open_room(gateway, chain, show)
    await open_sale(gateway, chain, show)
    return show


async def held(gateway: Gateway, show: Show, who: Wallet, seat: int) -> str:
    """A seat held by who has waited: the admission pass."""
    admission = await visit(gateway, show, who)
    await shop.hold(gateway, show, who, seat, admission)
    return admission


@pytest.mark.slow
async def test_bought_and_given_back(gateway: Gateway, chain: Chain, bank: Bank) -> None:
    show, who = await on_sale(gateway, chain, bank), await rich_fan(chain, bank)
    seen = await gateway.ok("GET", f"/v1/events/{show.address}")
    money = {"payment": str(bank.coin.mint), "decimals": DECIMALS}
    assert seen.items() >= money.items()
    admission = await held(gateway, show, who.wallet, 4)
    built = await shop.order(gateway, show, who.wallet, 4, admission)
    assert built.items() >= {"price": PRICE, **money}.items()
    done = await shop.submit(gateway, who.wallet, built)
    assert done.items() >= {"state": "done", "price": PRICE, **money}.items()
    assert (await bank.has(who.wallet.key), await bank.taken(show)) == (RICH - PRICE, PRICE)
    (mine,) = (await gateway.ok("GET", f"/v1/tickets?holder={who.wallet.key}"))["tickets"]
    assert (mine["price_paid"], mine["seat"]) == (PRICE, 4)

    await ordered(gateway, "refund", who, ticket=show.ticket(4))  # the whole price: the first step
    assert (await bank.has(who.wallet.key), await bank.taken(show)) == (RICH, 0)


@pytest.mark.slow
async def test_lists_say_how_prices_are_read_whatever_the_payment_is(
    gateway: Gateway, chain: Chain, bank: Bank
) -> None:
    organiser, no_mint = await chain.fund(), await chain.fund()
    payments = {bank.coin.mint: DECIMALS, SOL: 9, no_mint.key: None}
    for payment in payments:
        await chain.make_show(gateway.keys.admission.pubkey(), organiser=organiser, payment=payment)
    path = f"/v1/events?organiser={organiser.key}&on_sale=false"

    async def are_listed() -> bool:
        return len((await gateway.ok("GET", path))["events"]) == len(payments)

    await until(are_listed)
    events = (await gateway.ok("GET", path))["events"]
    told = {Pubkey.from_string(each["payment"]): each["decimals"] for each in events}
    assert told == payments
    for each in events:
        rules = await gateway.ok("GET", f"/v1/events/{each['event']}")
        assert rules["decimals"] == each["decimals"]


@pytest.mark.slow
async def test_what_is_wrong_with_a_purse_is_said_before_anybody_signs(
    gateway: Gateway, chain: Chain, bank: Bank
) -> None:
    show, who = await on_sale(gateway, chain, bank), await fan(chain)
    admission = await held(gateway, show, who.wallet, 4)
    body = shop.buy_body(show, 4, admission, Keypair().pubkey())
    assert await refusal(gateway, "buy", who, **body) == "no_token_account"
    await bank.give(who.wallet.key, amount=PRICE - 1)
    assert await refusal(gateway, "buy", who, **body) == "not_enough_tokens"
    await bank.give(who.wallet.key, amount=1)
    await bank.freeze(who.wallet.key)
    assert await refusal(gateway, "buy", who, **body) == "token_account_frozen"
    await bank.thaw(who.wallet.key)
    await ordered(gateway, "buy", who, **body)
    assert await bank.has(who.wallet.key) == 0
    await bank.freeze(who.wallet.key)
    back = {"ticket": show.ticket(4)}
    assert await refusal(gateway, "refund", who, **back) == "token_account_frozen"


@pytest.mark.attack
@pytest.mark.slow
async def test_tokens_that_go_before_the_payment_buy_nothing(
    gateway: Gateway, chain: Chain, bank: Bank
) -> None:
    show, who = await on_sale(gateway, chain, bank), await rich_fan(chain, bank)
    friend = await chain.fund()
    await bank.give(friend.key, amount=0)
    admission = await held(gateway, show, who.wallet, 4)
    built = await shop.order(gateway, show, who.wallet, 4, admission)
    await chain.send(pass_on(bank.coin, who.wallet.key, friend.key, RICH), who.wallet)
    path = f"/v1/orders/{built['order']}/submit"
    code = await gateway.refused("POST", path, who=who.wallet, body=shop.signed(built, who.wallet))
    assert code == "custom_1"  # spl-token: InsufficientFunds
    assert await Tickets(chain.rpc).ticket(show.ticket(4)) is None
    # The seat stays held as long as it was: who finds tokens elsewhere orders it anew.
    seats = await gateway.ok("GET", f"/v1/events/{show.address}/sections/0/seats")
    assert (seats["held"], seats["sold"]) == ([4], [])


@pytest.mark.slow
async def test_nothing_is_sold_before_there_is_a_till(
    gateway: Gateway, chain: Chain, bank: Bank
) -> None:
    show = await chain.make_show(gateway.keys.admission.pubkey(), payment=bank.coin.mint)
    await open_room(gateway, chain, show)
    await open_sale(gateway, chain, show)
    who = await rich_fan(chain, bank)
    admission = await held(gateway, show, who.wallet, 4)
    body = shop.buy_body(show, 4, admission, Keypair().pubkey())
    assert await refusal(gateway, "buy", who, **body) == "no_till"


@pytest.mark.slow
async def test_booked_for_another_and_cancelled(gateway: Gateway, chain: Chain, bank: Bank) -> None:
    """The helper pays, and gets the money back, whoever asks for it."""
    show = await on_sale(gateway, chain, bank)
    owner, helper = await fan(chain), await rich_fan(chain, bank)
    await ordered(gateway, "grant_help", owner, **await grant_of(chain, show, helper))
    admission = await held(gateway, show, helper.wallet, 5)
    await ordered(gateway, "buy_for", helper, **help_of(show, owner, admission, 5))
    assert (await bank.has(helper.wallet.key), await bank.taken(show)) == (RICH - PRICE, PRICE)
    call = program.cancel_event(organiser=show.organiser.key, event=show.address)
    await chain.send(call, show.organiser)
    await ordered(gateway, "refund_cancelled", owner, ticket=show.ticket(5))
    assert (await bank.has(helper.wallet.key), await bank.taken(show)) == (RICH, 0)


@pytest.mark.slow
async def test_drawn(gateway: Gateway, chain: Chain, bank: Bank) -> None:
    """Four seats and five who want one, and one who does not wait for the draw."""
    show = await open_lots(gateway, chain, seats=4, payment=bank.coin.mint)
    await bank.open_till(show)
    poor = await fan(chain)
    people = [await rich_fan(chain, bank) for _ in range(5)]
    assert await refusal(gateway, "make_group", poor, **group_of(show)) == "no_token_account"
    for who in people:
        await enter_alone(gateway, show, who)
    half = await rich_fan(chain, bank)
    await ordered(gateway, "make_group", half, **group_of(show, poor))
    asked = entry(show, half.person)
    assert await refusal(gateway, "join_group", poor, **asked) == "no_token_account"
    assert await bank.taken(show) == 6 * PRICE
    await ordered(gateway, "leave_group", half, **section_of(show))
    assert (await bank.has(half.wallet.key), await bank.taken(show)) == (RICH, 5 * PRICE)

    await draw(chain, show)
    claims = [await claimed(gateway, show, who) for who in people]
    assert sorted(claims) == ["done"] * 4 + ["not_a_winner"]
    lost = people.pop(claims.index("not_a_winner"))
    await ordered(gateway, "take_back", lost, **section_of(show))
    assert await bank.has(lost.wallet.key) == RICH
    assert [await bank.has(who.wallet.key) for who in people] == [RICH - PRICE] * 4
    assert await bank.taken(show) == 4 * PRICE


async def claimed(gateway: Gateway, show: Show, who: Fan) -> str:
    """Claims a seat: "done", or the code of the refusal."""
    answer = await gateway.call(
        "POST", "/v1/orders/claim_seat", who=who.wallet, body=section_of(show)
    )
    if not answer.is_success:
        return str(answer.json()["error"])
    return str((await shop.submit(gateway, who.wallet, answer.json()))["state"])


@pytest.mark.slow
async def test_offered(gateway: Gateway, chain: Chain, bank: Bank) -> None:
    """A seat that came back is paid by who takes it."""
    show = await folk.on_sale(
        gateway, chain, cooling=COOLING, registration_window=REGISTRATION, payment=bank.coin.mint
    )
    await bank.open_till(show)
    seller, waiting = await rich_fan(chain, bank), await fan(chain)
    order = program.buy(
        admission=gateway.keys.admission.pubkey(),
        wallet=seller.wallet.key,
        person=seller.person,
        event=show.address,
        section=show.section,
        seat=3,
        max_price=PRICE,
        purse=purse_of(seller.wallet.key, bank.coin.mint),
        till=till_of(show.address),
    )
    await chain.send(order, seller.wallet, Wallet(gateway.keys.admission))
    await ordered(gateway, "join_waiting", waiting, **section_of(show))
    await ordered(gateway, "refund", seller, ticket=show.ticket(3))
    await offered(chain, show, show.ticket(3), [waiting])
    asked = {"ticket": show.ticket(3), "max_price": PRICE}
    assert await refusal(gateway, "accept_offer", waiting, **asked) == "no_token_account"
    await bank.give(waiting.wallet.key, amount=PRICE)
    await ordered(gateway, "accept_offer", waiting, **asked)
    assert (await bank.has(waiting.wallet.key), await bank.taken(show)) == (0, PRICE)
