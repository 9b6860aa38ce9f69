"""Who gets a challenge: who holds a valid ticket, at open doors, and is not in."""

import pytest
from conting_client import Wallet, device_key_hash, self_person_address
from conting_client.generated.ticket import (
    PROGRAM_ID,
    cancel_event,
    holding_address,
    mint_address,
    open_void,
    refund,
    token_address,
)
from conting_gateway.orders.cases import case_address

from tests.gateway.chain import HOUR, Chain, Show
from tests.gateway.gate.door import (
    Fan,
    challenge,
    challenge_path,
    make_pass,
    sell,
    to_the_doors,
    verify,
    write_entry,
)
from tests.gateway.support import Gateway

pytestmark = pytest.mark.anyio

MONTH = 30 * 24 * HOUR


async def show_with_fan(
    gateway: Gateway, chain: Chain, *, sessions: int = 1, doors_after: int = 3 * HOUR
) -> tuple[Show, Fan]:
    show = await chain.make_show(
        gateway.keys.admission.pubkey(), sessions=sessions, doors_after=doors_after
    )
    await chain.advance_to(show.opens)
    return show, (await sell(chain, gateway, show, 0))[0]


async def test_the_holder_gets_ten_seconds_at_open_doors(gateway: Gateway, chain: Chain) -> None:
    show, fan = await show_with_fan(gateway, chain)
    assert await gateway.refused("POST", challenge_path(fan.ticket), who=fan.wallet) == "not_open"
    await chain.advance_to(show.doors)
    first, second = await challenge(gateway, fan), await challenge(gateway, fan)
    first.verify(gateway.keys.challenge.pubkey())
    assert (first.event, first.ticket, first.session) == (show.address, fan.ticket, 0)
    assert first.device_key_hash == device_key_hash(fan.phone.key)
    assert 0 < first.expires - first.issued <= 10
    assert first.nonce != second.nonce
    told = await gateway.ok("GET", f"/v1/events/{show.address}")
    assert told["challenge_key"] == str(gateway.keys.challenge.pubkey())


@pytest.mark.slow
async def test_an_event_that_is_over_gives_no_challenge(gateway: Gateway, chain: Chain) -> None:
    show, fan = await show_with_fan(gateway, chain)
    await chain.advance_to(show.doors)
    told = await gateway.ok("GET", f"/v1/events/{show.address}")
    await chain.advance_to(told["ends"])
    assert await gateway.refused("POST", challenge_path(fan.ticket), who=fan.wallet) == "not_open"


@pytest.mark.attack
@pytest.mark.slow
async def test_a_ticket_of_another_gives_no_challenge(gateway: Gateway, chain: Chain) -> None:
    show, fan = await show_with_fan(gateway, chain)
    await chain.advance_to(show.doors)
    path = challenge_path(fan.ticket)
    assert await gateway.refused("POST", path, who=Wallet.generate()) == "not_yours"
    nothing = challenge_path(show.ticket(1))
    assert await gateway.refused("POST", nothing, who=fan.wallet) == "unknown_ticket"
    no_ticket = challenge_path(show.address)
    assert await gateway.refused("POST", no_ticket, who=fan.wallet) == "unknown_ticket"


@pytest.mark.slow
@pytest.mark.attack
async def test_a_refunded_ticket_gives_no_challenge(gateway: Gateway, chain: Chain) -> None:
    show, fan = await show_with_fan(gateway, chain)
    mint, person = mint_address(ticket=fan.ticket), self_person_address(fan.wallet.key)
    order = refund(
        holder=fan.wallet.key,
        paid_by=fan.wallet.key,
        person=person,
        event=show.address,
        section=show.section,
        holding=holding_address(event=show.address, person=person),
        ticket=fan.ticket,
        token=token_address(mint=mint, wallet=fan.wallet.key),
    )
    await chain.send(order, fan.wallet)
    await chain.advance_to(show.doors)
    assert await gateway.refused("POST", challenge_path(fan.ticket), who=fan.wallet) == "refunded"


@pytest.mark.slow
@pytest.mark.attack
async def test_a_ticket_that_a_case_has_frozen_gives_no_challenge(
    gateway: Gateway, chain: Chain
) -> None:
    show, fan = await show_with_fan(gateway, chain, doors_after=MONTH)
    accused = open_void(
        organiser=show.organiser.key,
        event=show.address,
        ticket=fan.ticket,
        case=case_address(fan.ticket, self_person_address(fan.wallet.key), PROGRAM_ID),
        rule=1,
        evidence=bytes(32),
    )
    await chain.send(accused, show.organiser)
    assert await gateway.refused("POST", challenge_path(fan.ticket), who=fan.wallet) == "void"


@pytest.mark.slow
async def test_a_cancelled_event_gives_no_challenge(gateway: Gateway, chain: Chain) -> None:
    show, fan = await show_with_fan(gateway, chain)
    await chain.send(cancel_event(organiser=show.organiser.key, event=show.address), show.organiser)
    await chain.advance_to(show.doors)
    assert await gateway.refused("POST", challenge_path(fan.ticket), who=fan.wallet) == "refunded"


@pytest.mark.slow
async def test_who_is_in_gets_no_other_challenge_for_this_session(
    gateway: Gateway, chain: Chain
) -> None:
    show, fan = await show_with_fan(gateway, chain, sessions=2)
    gate = await chain.register_gate(show)
    await to_the_doors(chain, gateway, show)
    answer = await verify(gateway, show, gate, await make_pass(gateway, fan))
    await write_entry(chain, show, gate, answer)
    path = challenge_path(fan.ticket)
    assert await gateway.refused("POST", path, who=fan.wallet) == "already_in"
    assert (await challenge(gateway, fan, 1)).session == 1
    body = {"session": 2}
    assert await gateway.refused("POST", path, who=fan.wallet, body=body) == "wrong_session"
