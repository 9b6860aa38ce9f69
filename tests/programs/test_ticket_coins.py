"""An event that is paid in a token of SPL Token: every way in which its money moves."""

import pytest
from conting_client.generated import ticket
from solders.instruction import Instruction
from solders.pubkey import Pubkey

from tests.programs.shows import LAST_CALL, OPENS, PRICE, Show, put_coin, put_purse, show
from tests.programs.test_ticket_cases import SEAT, WINDOW, Court
from tests.programs.test_ticket_closing import CLOSE
from tests.programs.test_ticket_late import DISPUTE
from tests.programs.world import World, refused, swapped, told


@pytest.fixture
def on() -> Show:
    world = World()
    return show(world, coin=put_coin(world), refund_share=(5_000, 0, 0))


def refund(on: Show, seat: int) -> Instruction:
    human = on.holders[seat]
    key = human.wallet.pubkey()
    return ticket.refund(
        holder=key,
        paid_by=key,
        person=human.person,
        event=on.event,
        section=on.section(),
        ticket=on.ticket_of(seat),
        token=on.token(seat, key),
        **on.money(key),
    )


def give_back(on: Show, seat: int) -> Instruction:
    human = on.holders[seat]
    key = human.wallet.pubkey()
    return ticket.refund_cancelled(
        paid_by=key,
        event=on.event,
        section=on.section(),
        holding=on.holding(human),
        ticket=on.ticket_of(seat),
        token=on.token(seat, key),
        **on.money(key),
    )


def withdrawal(on: Show) -> Instruction:
    key = on.organiser.pubkey()
    return ticket.withdraw(organiser=key, event=on.event, vault=on.vault, **on.money(key))


def test_paid_in_tokens(on: Show) -> None:
    fan = on.sell(1)
    purse = on.purse(fan.wallet.pubkey())
    assert on.coins(purse) == 99 * PRICE
    assert on.funds() == PRICE
    assert on.read_vault().refundable == PRICE
    assert on.read_vault().till == on.till
    assert on.world.lamports(on.vault) == on.world.rent_of(on.vault)


def test_given_back_by_the_ladder(on: Show) -> None:
    fan = on.sell(1)
    on.world.must(on.world.send(refund(on, 1), by=fan.wallet))
    assert on.coins(on.purse(fan.wallet.pubkey())) == 99 * PRICE + PRICE // 2
    assert on.funds() == PRICE // 2
    assert on.read_vault().refundable == 0


def test_cancelled(on: Show) -> None:
    fans = [on.sell(seat) for seat in (1, 2)]
    on.world.must(on.world.send(refund(on, 1), by=fans[0].wallet))
    on.world.must(on.cancel())
    on.world.must(on.world.send(give_back(on, 2), by=on.world.actor()))
    assert on.coins(on.purse(fans[1].wallet.pubkey())) == 100 * PRICE
    on.world.at(DISPUTE)
    outcome = on.world.must(on.by_organiser(withdrawal(on)))
    assert told(outcome, ticket.Withdrawn).amount == PRICE // 2
    assert on.funds() == 0


def test_void(on: Show) -> None:
    court = Court(on).accused()
    key = court.holder.wallet.pubkey()
    on.world.wait(WINDOW)
    finish = ticket.finish_void(
        paid_by=key,
        event=on.event,
        section=on.section(),
        holding=on.holding(court.holder),
        ticket=on.ticket_of(SEAT),
        case=court.case,
        token=on.token(SEAT, key),
        **on.money(key),
    )
    on.world.must(on.world.send(finish, by=on.world.actor()))
    assert on.coins(on.purse(key)) == 100 * PRICE


def test_withdrawn_and_closed(on: Show) -> None:
    on.sell(1)
    on.world.at(DISPUTE)
    on.world.must(on.by_organiser(withdrawal(on)))
    assert on.coins(on.purse(on.organiser.pubkey())) == 101 * PRICE
    refused(on.by_organiser(withdrawal(on)), "NOTHING_LEFT")
    on.world.at(CLOSE + LAST_CALL)
    key = on.holders[1].wallet.pubkey()
    gone = ticket.close_ticket(
        rent_to=key, event=on.event, section=on.section(), ticket=on.ticket_of(1)
    )
    section = ticket.close_section(
        organiser=on.organiser.pubkey(), event=on.event, section=on.section()
    )
    last = ticket.close_event(organiser=on.organiser.pubkey(), event=on.event, till=on.till)
    on.world.must(on.world.send(gone, section, by=on.world.actor()))
    on.world.must(on.by_organiser(last))
    assert not on.world.exists(on.till)


@pytest.mark.attack
def test_paid_with_other_coins(on: Show) -> None:
    """Tokens of mallory's own mint, or lamports, buy nothing."""
    fan = on.fan()
    worthless = put_purse(on.world, put_coin(on.world), fan.wallet.pubkey(), PRICE)
    signers = [fan.wallet, on.admission]
    good = on.buy(fan, 1)
    forged = swapped(good, on.purse(fan.wallet.pubkey()), worthless)
    outcome = on.world.send(forged, by=signers)
    assert not outcome.accepted
    for place in (on.till, on.purse(fan.wallet.pubkey())):
        without = swapped(good, place, ticket.PROGRAM_ID)  # None
        refused(on.world.send(without, by=signers), "WRONG_PAYMENT")
    assert on.funds() == 0


@pytest.mark.attack
def test_paid_into_ones_own_till(on: Show) -> None:
    fan = on.fan()
    key = fan.wallet.pubkey()
    assert on.coin is not None
    own = put_purse(on.world, on.coin, key, 0)
    forged = swapped(on.buy(fan, 1), on.till, own)
    refused(on.world.send(forged, by=[fan.wallet, on.admission]), "WRONG_PAYMENT")


@pytest.mark.attack
def test_paid_by_somebody_elses_purse(on: Show) -> None:
    fan, victim = on.fan(), on.fan()
    mine, theirs = (on.purse(each.wallet.pubkey()) for each in (fan, victim))
    forged = swapped(on.buy(fan, 1), mine, theirs)
    outcome = on.world.send(forged, by=[fan.wallet, on.admission])
    assert not outcome.accepted
    assert on.coins(theirs) == 100 * PRICE


@pytest.mark.attack
def test_paid_back_into_a_thiefs_purse(on: Show) -> None:
    fan = on.sell(1)
    on.world.must(on.cancel())
    mallory = on.world.actor()
    purse, thief = on.purse(fan.wallet.pubkey()), on.purse(mallory.pubkey())
    refused(on.world.send(swapped(give_back(on, 1), purse, thief), by=mallory), "WRONG_PAYER")


@pytest.mark.attack
def test_withdrawn_from_another_events_till(on: Show) -> None:
    on.sell(1)
    on.world.at(OPENS - 1)
    other = show(on.world, number=8, coin=on.coin)
    on.world.at(DISPUTE)
    refused(other.by_organiser(swapped(withdrawal(other), other.till, on.till)), "WRONG_PAYMENT")
    assert on.funds() == PRICE


def test_a_till_is_of_the_events_coin(on: Show) -> None:
    world = on.world
    coin, other = put_coin(world), put_coin(world)
    made = Show(world, 9, coin=coin)
    world.must(made.by_organiser(made.create()))
    call = ticket.open_till(organiser=made.organiser.pubkey(), event=made.event, mint=other)
    refused(made.by_organiser(call), "WRONG_PAYMENT")
    mallory = world.actor()
    call = ticket.open_till(organiser=mallory.pubkey(), event=made.event, mint=coin)
    refused(world.send(call, by=mallory), "NOT_ORGANISER")
    world.must(made.open_till())
    refused(made.open_till(), "NOT_EMPTY")


def test_nobody_buys_before_there_is_a_till() -> None:
    world = World()
    made = Show(world, coin=put_coin(world))
    world.must(made.by_organiser(made.create()))
    world.must(made.by_organiser(made.add_section()))
    world.at(made.read_event().sale_opens)
    fan = made.fan()
    call = swapped(made.buy(fan, 1), made.till, put_purse(world, made.coin or Pubkey.default(),
                                                          made.vault, 0))  # fmt: skip
    refused(world.send(call, by=[fan.wallet, made.admission]), "WRONG_PAYMENT")
