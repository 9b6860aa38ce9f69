"""Entering a section's draw, leaving it, and what becomes of the deposit."""

import pytest
from conting_client import ChainError, Wallet, read_person, self_person_address
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


def group_of(show: Show, *others: Fan) -> Json:
    return section_of(show) | {
        "members": [str(each.person) for each in others],
        "max_price": PRICE,
    }


async def enter_alone(gateway: Gateway, show: Show, who: Fan) -> None:
    await ordered(gateway, "make_group", who, **group_of(show))


async def money(chain: Chain, who: Wallet) -> int:
    found = await chain.rpc.account(who.key)
    assert found is not None
    return found.lamports


@pytest.mark.slow
async def test_a_group_enters_wins_and_takes_its_seats(gateway: Gateway, chain: Chain) -> None:
    show = await open_lots(gateway, chain)
    leader, friend = await fan(chain), await fan(chain)
    made = await ordered(gateway, "make_group", leader, **group_of(show, friend))
    key = program.draw_address(section=show.section)
    assert made["account"] == str(program.group_address(draw=key, person=leader.person))
    joined = await ordered(gateway, "join_group", friend, **entry(show, leader.person))
    assert joined["account"] == str(program.bid_address(draw=key, person=friend.person))
    for done in (made, joined):
        assert (done["price"], done["seat"]) == (PRICE, None)
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
    await ordered(gateway, "make_group", leaver, **group_of(show, fans[0]))
    before = await money(chain, leaver.wallet)
    left = await ordered(gateway, "leave_group", leaver, **section_of(show))
    assert left["price"] == PRICE
    assert await money(chain, leaver.wallet) > before + PRICE
    assert await refusal(gateway, "leave_group", leaver, **section_of(show)) == "not_entered"
    # Nobody has closed the group meanwhile: it is there to join, not to be made once more.
    await ordered(gateway, "join_group", leaver, **entry(show, leaver.person))
    await ordered(gateway, "leave_group", leaver, **section_of(show))
    assert await refusal(gateway, "make_group", leaver, **group_of(show)) == "not_empty"

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


@pytest.mark.slow
async def test_who_named_the_wrong_friend_leaves_closes_the_group_and_makes_another(
    gateway: Gateway, chain: Chain
) -> None:
    show = await open_lots(gateway, chain)
    leader, wrong, right = [await fan(chain) for _ in range(3)]
    assert await refusal(gateway, "close_group", leader, **section_of(show)) == "unknown_group"
    made = await ordered(gateway, "make_group", leader, **group_of(show, wrong))
    assert await refusal(gateway, "close_group", leader, **section_of(show)) == "not_last"
    await ordered(gateway, "leave_group", leader, **section_of(show))
    closed = await ordered(gateway, "close_group", leader, **section_of(show))
    assert closed["account"] == made["account"]
    assert await chain.rpc.account(Pubkey.from_string(made["account"])) is None
    await ordered(gateway, "make_group", leader, **group_of(show, right))
    await ordered(gateway, "join_group", right, **entry(show, leader.person))
    assert await refusal(gateway, "leave_group", right, **section_of(show)) == "group_complete"


@pytest.mark.attack
@pytest.mark.slow
async def test_what_is_refused_at_a_draw(gateway: Gateway, chain: Chain) -> None:
    show = await open_lots(gateway, chain)
    who, other = await fan(chain), await fan(chain)
    mine = section_of(show)
    assert await refusal(gateway, "join_group", who, **entry(show, who.person)) == "unknown_group"
    cheap = {"max_price": PRICE - 1}
    assert await refusal(gateway, "make_group", who, **(group_of(show) | cheap)) == (
        "price_above_limit"
    )
    await ordered(gateway, "make_group", who, **group_of(show))
    assert await refusal(gateway, "join_group", other, **entry(show, who.person)) == "not_named"
    dear = entry(show, who.person) | cheap
    assert await refusal(gateway, "join_group", other, **dear) == "price_above_limit"
    again = await refusal(gateway, "join_group", who, **entry(show, who.person))
    assert again == "entered_already"
    # Somebody else's bid and group.
    for kind in ("leave_group", "take_back", "claim_seat"):
        theirs = mine | {"person": str(who.person)}
        assert await refusal(gateway, kind, other, **theirs) == "not_yours"
        assert await refusal(gateway, kind, other, **mine) == "not_entered"
    as_other = group_of(show) | {"person": str(who.person)}
    assert await refusal(gateway, "make_group", other, **as_other) == "wrong_wallet"
    twice = group_of(show, other)
    assert await refusal(gateway, "make_group", other, **twice) == "bad_group"
    five = group_of(show) | {"members": [str(Keypair().pubkey()) for _ in range(4)]}
    assert await refusal(gateway, "make_group", other, **five) == "invalid_request"
    # After the slot nobody enters any more.
    await draw(chain, show)
    assert await refusal(gateway, "make_group", other, **group_of(show)) == "drawn_already"
    assert await refusal(gateway, "claim_seat", who, event=show.address, section=1) == (
        "unknown_section"
    )


@pytest.mark.attack
@pytest.mark.slow
async def test_who_watches_cannot_close_a_group_before_its_leader_is_in(
    gateway: Gateway, chain: Chain
) -> None:
    """The group comes with its leader's bid: there is no moment in which it is nobody's."""
    show = await open_lots(gateway, chain)
    who, friend, watcher = await fan(chain), await fan(chain), await fan(chain)
    draw_key = program.draw_address(section=show.section)
    close = program.close_group(
        rent_to=who.wallet.key,
        event=show.address,
        draw=draw_key,
        group=program.group_address(draw=draw_key, person=who.person),
    )
    built = await place(gateway, "make_group", who, **group_of(show, friend))
    with pytest.raises(ChainError) as early:
        await chain.send(close, watcher.wallet)
    assert early.value.name == "WRONG_OWNER"  # nothing is there yet
    assert (await submit(gateway, who.wallet, built))["state"] == "done"
    with pytest.raises(ChainError) as late:
        await chain.send(close, watcher.wallet)
    assert late.value.name == "NOT_LAST"
    await ordered(gateway, "join_group", friend, **entry(show, who.person))
    assert await refusal(gateway, "leave_group", friend, **section_of(show)) == "group_complete"


@pytest.mark.slow
async def test_sections_without_a_draw_and_events_of_others(gateway: Gateway, chain: Chain) -> None:
    plain = await on_sale(gateway, chain)
    who = await fan(chain)
    for kind in ("leave_group", "take_back", "claim_seat"):
        assert await refusal(gateway, kind, who, **section_of(plain)) == "unknown_draw"
    assert await refusal(gateway, "make_group", who, **group_of(plain)) == "unknown_draw"
    foreign = await chain.make_show(Keypair().pubkey())
    for kind, body in {
        "make_group": group_of(foreign),
        "join_group": entry(foreign, who.person),
    }.items():
        assert await refusal(gateway, kind, who, **body) == "wrong_authority"
    assert await refusal(gateway, "join_waiting", who, **section_of(foreign)) == "wrong_authority"


@pytest.mark.slow
async def test_a_wallet_becomes_a_person_by_its_first_entry(gateway: Gateway, chain: Chain) -> None:
    show = await open_lots(gateway, chain)
    wallet, device = await chain.fund(), Keypair().pubkey()
    unknown = await refusal(gateway, "make_group", wallet, **group_of(show))
    assert unknown == "unknown_person"
    built = await place(gateway, "make_group", wallet, **group_of(show), device_key=device)
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
