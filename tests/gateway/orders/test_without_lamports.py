"""What a wallet without SOL can do where the gateway pays fees, and what it has to be sent first.

All that it is sent here is the rent of the accounts that it makes, to the lamport.
"""

from collections.abc import AsyncIterator

import pytest
from conting_client import DeviceKey, Wallet
from conting_client.generated import ticket as program
from conting_client.tickets import Tickets
from conting_gateway.redis import Redis
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.system_program import TransferParams, transfer

from tests.gateway.chain import HOUR, PRICE, Chain
from tests.gateway.orders import shop
from tests.gateway.orders.folk import home, post, sell
from tests.gateway.orders.shop import bought, buy_body, hold, on_sale, once, order, signed, submit
from tests.gateway.orders.test_coins import Bank, bank, rich_fan
from tests.gateway.orders.test_gifts import Kin
from tests.gateway.orders.test_lots import money
from tests.gateway.orders.test_sponsoring import FEE, House, house, rent
from tests.gateway.support import Gateway, Start
from tests.gateway.waitroom.rooms import open_room, open_sale, visit

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

__all__ = ["bank"]  # a fixture


@pytest.fixture
async def open_house(redis: Redis, chain: Chain, start: Start) -> AsyncIterator[House]:
    async with house(redis, chain.rpc, start) as made:
        yield made


async def empty(chain: Chain, *wallets: Wallet) -> None:
    """Takes every lamport."""
    for wallet in wallets:
        rest = await money(chain, wallet) - FEE
        other = Wallet.generate().key
        gift = TransferParams(from_pubkey=wallet.key, to_pubkey=other, lamports=rest)
        await chain.send_in_order([transfer(gift)], wallet)
        assert await chain.rpc.account(wallet.key) is None


async def send_lamports(chain: Chain, wallet: Wallet, lamports: int) -> None:
    friend = await chain.fund()
    gift = TransferParams(from_pubkey=friend.key, to_pubkey=wallet.key, lamports=lamports)
    await chain.send_in_order([transfer(gift)], friend)


def made_by_purchase(event: Pubkey, ticket: Pubkey, who: Wallet, person: Pubkey) -> list[Pubkey]:
    mint = program.mint_address(ticket=ticket)
    return [
        program.holding_address(event=event, person=person),
        ticket,
        mint,
        program.token_address(mint=mint, wallet=who.key),
    ]


async def test_a_purchase_takes_the_rent_of_what_it_makes_and_nothing_else(
    open_house: House, chain: Chain, bank: Bank
) -> None:
    gateway = open_house.gateway
    show = await chain.make_show(
        gateway.keys.admission.pubkey(), organiser=open_house.organiser, payment=bank.coin.mint
    )
    await bank.open_till(show)
    await open_room(gateway, chain, show)
    await open_sale(gateway, chain, show)
    first, poor = [await rich_fan(chain, bank) for _ in range(2)]
    admission = await visit(gateway, show, first.wallet)
    await shop.hold(gateway, show, first.wallet, 1, admission)
    body = shop.buy_body(show, 1, admission, Keypair().pubkey())
    built = await open_house.place("buy", first.wallet, **body)
    assert await open_house.submit(first.wallet, built) == "done"
    made = made_by_purchase(show.address, show.ticket(1), first.wallet, first.person)
    needed = await rent(chain, *made)
    await empty(chain, poor.wallet)

    admission = await visit(gateway, show, poor.wallet)
    await shop.hold(gateway, show, poor.wallet, 2, admission)
    body = shop.buy_body(show, 2, admission, Keypair().pubkey())
    assert await open_house.refusal("buy", poor.wallet, **body) == "not_enough_lamports"
    order = "/v1/orders/buy"  # at the own expense there is not even the fee
    code = await gateway.refused("POST", order, who=poor.wallet, body=body, headers=once())
    assert code == "not_enough_lamports"
    left = await open_house.left()
    await send_lamports(chain, poor.wallet, needed)
    built = await open_house.place("buy", poor.wallet, **body)
    assert await open_house.submit(poor.wallet, built) == "done"
    assert await chain.rpc.account(poor.wallet.key) is None  # to the lamport
    assert left - await open_house.left() == 3 * FEE  # sponsor, wallet, admission authority
    bought = await Tickets(chain.rpc).ticket(show.ticket(2))
    assert bought is not None
    assert (bought.data.holder, bought.data.price_paid) == (poor.wallet.key, PRICE)


async def test_a_ticket_passes_on_in_a_family_between_wallets_without_lamports(
    open_house: House, chain: Chain
) -> None:
    """The receiver has the rent of a holding, at the first ticket of an event, and nobody more."""
    gateway = open_house.gateway
    office = await post(chain)
    ann, ben, cid = [await office.attest() for _ in range(3)]
    kept = await home(office, ann, ben)
    await chain.advance_to(await chain.rpc.chain_time() + 25 * HOUR)
    show = await chain.make_show(
        gateway.keys.admission.pubkey(),
        organiser=open_house.organiser,
        issuer=office.issuer,
        family_age=24 * HOUR,
    )
    await chain.advance_to(show.opens)
    here = Kin(show, kept, ann, ben, cid, await sell(gateway, chain, show, ann, 0))
    await empty(chain, ann.wallet, ben.wallet)
    code = await open_house.refusal("family_transfer", ann.wallet, **here.asked)
    assert code == "not_enough_lamports"
    own = program.holding_address(event=show.address, person=ann.person)
    await send_lamports(chain, ben.wallet, await rent(chain, own))

    left = await open_house.left()
    built = await open_house.place("family_transfer", ann.wallet, **here.asked)
    assert built["fee_payer"] == str(open_house.sponsor.key)
    assert built["awaits"] == [str(ann.wallet.key), str(ben.wallet.key)]
    path = f"/v1/orders/{built['order']}/submit"
    half = await gateway.ok("POST", path, who=ben.wallet, body=signed(built, ben.wallet))
    assert (half["state"], half["awaits"]) == ("built", [str(ann.wallet.key)])
    assert await open_house.left() == left  # nobody pays before everybody has signed
    done = await gateway.ok("POST", path, who=ann.wallet, body=signed(built, ann.wallet))
    assert done["state"] == "done"
    assert left - await open_house.left() == 3 * FEE
    assert await chain.rpc.accounts([ann.wallet.key, ben.wallet.key]) == [None, None]
    passed = await Tickets(chain.rpc).ticket(here.ticket)
    assert passed is not None
    assert (passed.data.person, passed.data.holder) == (ben.person, ben.wallet.key)


async def test_a_rest_below_the_rent_of_a_wallet_is_too_few_lamports(
    gateway: Gateway, chain: Chain
) -> None:
    """An account keeps the rent of its own, or nothing at all."""
    show = await on_sale(gateway, chain)
    first, second = await chain.fund(), await chain.fund()
    before, admission = await money(chain, first), await visit(gateway, show, first)
    await bought(gateway, show, first, 0, admission, phone=DeviceKey(Keypair()))
    cost = before - await money(chain, first)

    admission, phone = await visit(gateway, show, second), Keypair().pubkey()
    await hold(gateway, show, second, 1, admission)
    rest = await money(chain, second) - FEE - cost - 1
    gift = TransferParams(from_pubkey=second.key, to_pubkey=first.key, lamports=rest)
    await chain.send_in_order([transfer(gift)], second)
    body = buy_body(show, 1, admission, phone)
    path = "/v1/orders/buy"
    code = await gateway.refused("POST", path, who=second, body=body, headers=once())
    assert code == "not_enough_lamports"
    await send_lamports(chain, second, await chain.rpc.rent(0))
    built = await order(gateway, show, second, 1, admission, device=phone)
    assert (await submit(gateway, second, built))["state"] == "done"
