"""A show that is paid in a token, from its announcement to a refund, as wallets go about it."""

from dataclasses import replace

import pytest
from conting_client import GatewayRefused, TransactionChanged
from conting_client.gateway_answers import EventView, OrderView
from conting_client.generated import ticket as program
from conting_client.money import SOL, purse_of, till_of
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.token.state import TokenAccount

from tests.coins import Coin
from tests.e2e.asking import hold
from tests.e2e.people import PRICE, Fan, Show, Town

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def paid_in(town: Town, coin: Coin) -> Show:
    """A show on sale whose prices are in this token."""
    show = await town.announce(payment=coin.mint)
    till = program.open_till(organiser=show.organiser.key, event=show.address, mint=coin.mint)
    await town.send([till], show.organiser.keypair)
    await town.open_room(show)
    return show


async def amount(town: Town, purse: Pubkey) -> int:
    found = await town.rpc.account(purse)
    assert found is not None
    return TokenAccount.from_bytes(found.data).amount


async def buy(fan: Fan, event: EventView, seat: int, price: int = PRICE) -> OrderView:
    return await fan.gateway.purchase(
        fan.wallet,
        event,
        section=0,
        seat=seat,
        device_key=fan.device.key,
        max_price=price,
        admission_pass=fan.admission,
        idempotency_key=f"seat {seat} for {price}",
    )


@pytest.mark.attack
async def test_a_seat_for_tokens(town: Town) -> None:
    coin = Coin(Keypair())
    await town.rpc.airdrop(coin.authority.pubkey(), 10**9)
    await town.send(coin.issue(), coin.authority, coin.key)
    show = await paid_in(town, coin)
    fan = await town.guest(show)
    event = await fan.gateway.event(show.address)
    assert event.payment == coin.mint
    await hold(fan, show, 7)
    with pytest.raises(GatewayRefused) as refused:
        await buy(fan, event, 7)
    assert refused.value.code == "no_token_account"
    await town.send(coin.hand_out(fan.wallet.key, PRICE), coin.authority)

    # A gateway that has the price taken for lamports gets no signature.
    with pytest.raises(TransactionChanged):
        await buy(fan, replace(event, payment=SOL), 7)
    other = Coin(coin.authority)
    with pytest.raises(TransactionChanged):
        await buy(fan, replace(event, payment=other.mint), 7)

    assert (await buy(fan, event, 7)).state == "done"
    purse, till = purse_of(fan.wallet.key, coin.mint), till_of(show.address)
    assert (await amount(town, purse), await amount(town, till)) == (0, PRICE)
    (held,) = await fan.gateway.tickets(fan.wallet.key)
    assert (held.seat, held.price_paid) == (7, PRICE)
    assert (await fan.gateway.give_back(fan.wallet, held)).state == "done"
    assert (await amount(town, purse), await amount(town, till)) == (PRICE, 0)
