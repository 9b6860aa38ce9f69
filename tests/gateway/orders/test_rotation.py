"""The organiser gives the sale to another key, on chain, while the gateway sells."""

import pytest
from conting_client import Wallet
from conting_client.generated import ticket as program
from conting_client.tickets import Tickets
from conting_gateway.keys import RingKey
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.gateway.chain import Chain, Show
from tests.gateway.orders.shop import hold, on_sale, once, order, signed, submit
from tests.gateway.support import Gateway, Json
from tests.gateway.waitroom.rooms import visit

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def rotate(chain: Chain, show: Show, to: Pubkey) -> None:
    await chain.send(
        program.rotate_admission(organiser=show.organiser.key, event=show.address, admission=to),
        show.organiser,
    )


async def refused_by_chain(gateway: Gateway, who: Wallet, built: Json) -> str:
    path = f"/v1/orders/{built['order']}/submit"
    return await gateway.refused("POST", path, who=who, body=signed(built, who))


async def test_what_the_old_key_signed_sells_nothing_and_the_new_one_sells_at_once(
    gateway: Gateway, chain: Chain
) -> None:
    """docs/keys.md: the new key in the ring first, then the organiser, then the old one's end."""
    show, old, new = await on_sale(gateway, chain), gateway.keys.admission, Keypair()
    early, late, tickets = await chain.fund(), await chain.fund(), Tickets(chain.rpc)
    first, second = await visit(gateway, show, early), await visit(gateway, show, late)
    await hold(gateway, show, early, 0, first)
    stale = await order(gateway, show, early, 0, first)
    ring = gateway.services.keys.admission
    ring.replace([RingKey(old), RingKey(new)])
    await hold(gateway, show, late, 1, second)
    assert (await submit(gateway, late, await order(gateway, show, late, 1, second)))[
        "state"
    ] == "done"  # the event still names the old key

    await rotate(chain, show, new.pubkey())
    assert await refused_by_chain(gateway, early, stale) == "not_admitted"
    assert await tickets.ticket(show.ticket(0)) is None
    ring.replace([RingKey(new)])
    await hold(gateway, show, early, 0, first)
    again = await order(gateway, show, early, 0, first)  # in the second after the change
    assert (await submit(gateway, early, again))["state"] == "done"
    sold = await tickets.tickets_of_section(show.section)
    assert {each.data.seat: each.data.holder for each in sold} == {0: early.key, 1: late.key}


async def test_an_event_that_was_given_to_a_stranger_is_not_sold_here(
    gateway: Gateway, chain: Chain
) -> None:
    show, fan = await on_sale(gateway, chain), await chain.fund()
    admission = await visit(gateway, show, fan)
    await hold(gateway, show, fan, 0, admission)
    await rotate(chain, show, Keypair().pubkey())
    body = {
        "event": str(show.address),
        "section": 0,
        "seat": 0,
        "device_key": str(Keypair().pubkey()),
        "max_price": 10**9,
        "admission_pass": admission,
    }
    found = await gateway.refused("POST", "/v1/orders/buy", who=fan, body=body, headers=once())
    assert found == "wrong_authority"
