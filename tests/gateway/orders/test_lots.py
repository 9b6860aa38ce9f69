"""Entering a section's draw, leaving it, and what becomes of the deposit."""

import pytest
from conting_client import Wallet, read_person, self_person_address
from conting_client.generated import ticket as program
from conting_client.tickets import Tickets
from conting_gateway.keys import RingKey
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.gateway.chain import PRICE, SOL, Chain, Show
from tests.gateway.orders.folk import (
    Fan,
    draw,
    fan,
    on_sale,
    open_lots,
    ordered,
    place,
    refusal,
)
from tests.gateway.orders.shop import submit
from tests.gateway.support import Gateway, Json

pytestmark = pytest.mark.anyio


def section_of(show: Show) -> Json:
    return {"event": str(show.address), "section": 0}


def entry(show: Show, leader: Pubkey) -> Json:
    return section_of(show) | {"leader": str(leader), "max_price": PRICE}


async def enter_alone(gateway: Gateway, show: Show, who: Fan) -> None:
    await ordered(gateway, "make_group", who, **section_of(show), members=[])
    await ordered(gateway, "join_group", who, **entry(show, who.person))


async def money(chain: Chain, who: Wallet) -> int:
    found = await chain.rpc.account(who.key)
    assert found is not None
    return found.lamports


@pytest.mark.slow
async def test_a_group_enters_wins_and_takes_its_seats(gateway: Gateway, chain: Chain) -> None:
    show = await open_lots(gateway, chain)
    leader, friend = await fan(chain), await fan(chain)
    made = await ordered(
        gateway, "make_group", leader, **section_of(show), members=[str(friend.person)]
    )
    key = program.draw_address(section=show.section)
    assert made["account"] == str(program.group_address(draw=key, person=leader.person))
    bids = []
    for who in (leader, friend):
        joined = await ordered(gateway, "join_group", who, **entry(show, leader.person))
        assert (joined["price"], joined["seat"]) == (PRICE, None)
        bids.append(Pubkey.from_string(joined["account"]))
    assert bids == [program.bid_address(draw=key, person=who.person) for who in (leader, friend)]
    assert await refusal(gateway, "leave_group", friend, **section_of(show)) == "group_complete"
    assert await refusal(gateway, "take_back", friend, **section_of(show)) == "still_in"
    assert await refusal(gateway, "claim_seat", friend, **section_of(show)) == "not_drawn"

    await draw(chain, show)
    seats = [
        (await ordered(gateway, "claim_seat", who, **section_of(show)))["seat"]
        for who in (leader, friend)
    ]
    assert seats[1] == seats[0] + 1
    for who, seat in zip((leader, friend), seats, strict=True):
        won = await Tickets(chain.rpc).ticket(show.ticket(seat))
        assert won is not None
        assert (won.data.person, won.data.price_paid) == (who.person, PRICE)
    assert await refusal(gateway, "claim_seat", leader, **section_of(show)) == "not_entered"


@pytest.mark.slow
async def test_who_leaves_and_who_loses_gets_the_deposit_back(
    gateway: Gateway, chain: Chain
) -> None:
    show = await open_lots(gateway, chain)
    fans = [await fan(chain) for _ in range(6)]
    for who in fans[:5]:
        await enter_alone(gateway, show, who)
    leaver = fans[5]
    await ordered(gateway, "make_group", leaver, **section_of(show), members=[str(fans[0].person)])
    await ordered(gateway, "join_group", leaver, **entry(show, leaver.person))
    before = await money(chain, leaver.wallet)
    left = await ordered(gateway, "leave_group", leaver, **section_of(show))
    assert left["price"] == PRICE
    assert await money(chain, leaver.wallet) > before + PRICE
    assert await refusal(gateway, "leave_group", leaver, **section_of(show)) == "not_entered"

    await draw(chain, show)
    lost = []
    for who in fans[:5]:
        built = await gateway.call(
            "POST", "/v1/orders/claim_seat", who=who.wallet, body=section_of(show)
        )
        if built.is_success:
            assert (await submit(gateway, who.wallet, built.json()))["state"] == "done"
        else:
            assert built.json()["error"] == "not_a_winner"
            lost.append(who)
    assert len(lost) == 1
    before = await money(chain, lost[0].wallet)
    await ordered(gateway, "take_back", lost[0], **section_of(show))
    assert await money(chain, lost[0].wallet) > before + PRICE
    assert await refusal(gateway, "take_back", lost[0], **section_of(show)) == "not_entered"


@pytest.mark.attack
@pytest.mark.slow
async def test_what_is_refused_at_a_draw(gateway: Gateway, chain: Chain) -> None:
    show = await open_lots(gateway, chain)
    who, other = await fan(chain), await fan(chain)
    mine = section_of(show)
    assert await refusal(gateway, "join_group", who, **entry(show, who.person)) == "unknown_group"
    await ordered(gateway, "make_group", who, **mine, members=[])
    assert await refusal(gateway, "join_group", other, **entry(show, who.person)) == "not_named"
    cheap = entry(show, who.person) | {"max_price": PRICE - 1}
    assert await refusal(gateway, "join_group", who, **cheap) == "price_above_limit"
    await ordered(gateway, "join_group", who, **entry(show, who.person))
    again = await refusal(gateway, "join_group", who, **entry(show, who.person))
    assert again == "entered_already"
    # Somebody else's bid and group.
    for kind in ("leave_group", "take_back", "claim_seat"):
        theirs = mine | {"person": str(who.person)}
        assert await refusal(gateway, kind, other, **theirs) == "not_yours"
        assert await refusal(gateway, kind, other, **mine) == "not_entered"
    as_other = mine | {"person": str(who.person), "members": []}
    assert await refusal(gateway, "make_group", other, **as_other) == "wrong_wallet"
    twice = mine | {"members": [str(other.person)]}
    assert await refusal(gateway, "make_group", other, **twice) == "bad_group"
    five = mine | {"members": [str(Keypair().pubkey()) for _ in range(4)]}
    assert await refusal(gateway, "make_group", other, **five) == "invalid_request"
    # After the slot nobody enters any more.
    await draw(chain, show)
    assert await refusal(gateway, "make_group", other, **mine, members=[]) == "drawn_already"
    assert await refusal(gateway, "claim_seat", who, event=show.address, section=1) == (
        "unknown_section"
    )


@pytest.mark.slow
async def test_sections_without_a_draw_and_events_of_others(gateway: Gateway, chain: Chain) -> None:
    plain = await on_sale(gateway, chain)
    who = await fan(chain)
    for kind in ("leave_group", "take_back", "claim_seat"):
        assert await refusal(gateway, kind, who, **section_of(plain)) == "unknown_draw"
    assert await refusal(gateway, "make_group", who, **section_of(plain), members=[]) == (
        "unknown_draw"
    )
    foreign = await chain.make_show(Keypair().pubkey())
    assert await refusal(gateway, "join_group", who, **entry(foreign, who.person)) == (
        "wrong_authority"
    )
    assert await refusal(gateway, "join_waiting", who, **section_of(foreign)) == "wrong_authority"


@pytest.mark.slow
async def test_a_wallet_becomes_a_person_by_its_first_entry(gateway: Gateway, chain: Chain) -> None:
    show = await open_lots(gateway, chain)
    wallet, device = await chain.fund(), Keypair().pubkey()
    unknown = await refusal(gateway, "make_group", wallet, **section_of(show), members=[])
    assert unknown == "unknown_person"
    built = await place(
        gateway, "make_group", wallet, **section_of(show), members=[], device_key=device
    )
    assert (await submit(gateway, wallet, built))["state"] == "done"
    person = await read_person(chain.rpc, self_person_address(wallet.key))
    assert person is not None
    assert person.device[:32] == bytes(device)
    assert await money(chain, wallet) < 10 * SOL


@pytest.mark.slow
async def test_while_the_admission_key_turns_each_event_gets_the_one_it_names(
    gateway: Gateway, chain: Chain
) -> None:
    turned = Keypair()
    gateway.services.keys.admission.replace(
        [RingKey(gateway.keys.admission), RingKey(turned, start=gateway.now() + 3600)]
    )
    older = await on_sale(gateway, chain)
    newer = await chain.make_show(turned.pubkey())
    await chain.advance_to(newer.opens)
    who = await fan(chain)
    for show in (older, newer):
        done = await ordered(gateway, "join_waiting", who, **section_of(show))
        assert done["event"] == str(show.address)
