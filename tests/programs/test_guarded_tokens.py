"""A holder can put a CPI guard on a frozen token account: no program closes it then, except for
its owner's own good. Nothing that others are owed may wait for that.
"""

import pytest
from conting_client.generated import ticket
from solders.account import Account
from solders.pubkey import Pubkey

from tests.programs.guards import extend, guarded
from tests.programs.people import office
from tests.programs.shows import PRICE, moved, show
from tests.programs.test_ticket_cases import SEAT, WINDOW, Court
from tests.programs.test_ticket_endings import give_back
from tests.programs.test_ticket_help import Help
from tests.programs.test_ticket_late import DISPUTE, withdrawal
from tests.programs.waits import Queue
from tests.programs.world import TOKEN_2022, World, refused

pytestmark = pytest.mark.attack
AMOUNT, STATE, FROZEN = 64, 108, 2
"""Of a token account (spl-token `state.rs`)."""


def left_over(world: World, token: Pubkey) -> Account:
    """What stays of a guarded account: empty, and frozen."""
    found = world.account(token)
    assert found is not None
    assert found.owner == TOKEN_2022
    assert int.from_bytes(found.data[AMOUNT : AMOUNT + 8], "little") == 0
    assert found.data[STATE] == FROZEN
    return found


def helped(seat: int) -> Help:
    """Somebody has paid for the ticket, and somebody else holds it."""
    on = show()
    help_ = Help(on, on.fan(), on.fan()).granted()
    assert help_.buy(seat) == ""
    on.holders[seat] = help_.owner
    return help_


def test_a_guard_does_not_stop_the_claw_back() -> None:
    """Who has bought a wallet makes the NFT stay in it, so that its person cannot give it back."""
    world = World()
    post = office(world)
    on = show(world, office=post)
    seller = on.sell(SEAT)
    old = on.read_ticket(SEAT).token
    guarded(world, old, seller.wallet)
    back = moved(world, post, seller)
    payer = world.actor()
    follow = ticket.follow_person(
        payer=payer.pubkey(),
        person=seller.person,
        wallet=back.wallet.pubkey(),
        event=on.event,
        ticket=on.ticket_of(SEAT),
        old_token=old,
    )
    world.must(world.send(follow, by=payer))
    left_over(world, old)
    held = on.read_ticket(SEAT)
    assert held.holder == back.wallet.pubkey()
    assert held.token == on.token(SEAT, back.wallet.pubkey())
    refused(world.send(follow, by=payer), "NOT_MOVED")


def test_a_guard_does_not_hold_up_the_organisers_money() -> None:
    """The case of a guarded ticket could never end, and nothing be withdrawn while it is open."""
    help_ = helped(SEAT)
    on, world = help_.on, help_.world
    guarded(world, on.read_ticket(SEAT).token, help_.owner.wallet)
    court = Court(on, seat=SEAT + 1)
    seeds = [b"case", bytes(on.ticket_of(SEAT)), bytes(help_.owner.person)]
    case = Pubkey.find_program_address(seeds, ticket.PROGRAM_ID)[0]
    accuse = ticket.open_void(
        organiser=on.organiser.pubkey(),
        event=on.event,
        ticket=on.ticket_of(SEAT),
        case=case,
        rule=7,
        evidence=bytes(32),
    )
    world.must(on.by_organiser(accuse))
    world.wait(WINDOW)
    helper = help_.helper.wallet.pubkey()
    had, rent = world.lamports(helper), world.lamports(on.mint(SEAT))
    finish = ticket.finish_void(
        paid_by=helper,
        event=on.event,
        section=on.section(),
        holding=on.holding(help_.owner),
        ticket=on.ticket_of(SEAT),
        case=case,
        token=on.read_ticket(SEAT).token,
    )
    world.must(world.send(finish, by=world.actor()))
    assert world.lamports(helper) == had + PRICE + rent
    left_over(world, on.token(SEAT, help_.owner.wallet.pubkey()))
    world.at(DISPUTE)
    world.must(on.by_organiser(withdrawal(on)))
    assert court.holder.person == on.read_ticket(SEAT + 1).person


def test_a_guard_does_not_keep_a_helpers_money() -> None:
    """The event is cancelled: who has paid gets the price, whatever the holder did."""
    help_ = helped(SEAT)
    on, world = help_.on, help_.world
    guarded(world, on.read_ticket(SEAT).token, help_.owner.wallet)
    world.must(on.cancel())
    helper = help_.helper.wallet.pubkey()
    had, rent = world.lamports(helper), world.lamports(on.mint(SEAT))
    call = ticket.refund_cancelled(
        paid_by=helper,
        event=on.event,
        section=on.section(),
        holding=on.holding(help_.owner),
        ticket=on.ticket_of(SEAT),
        token=on.read_ticket(SEAT).token,
    )
    world.must(world.send(call, by=world.actor()))
    assert world.lamports(helper) == had + PRICE + rent
    assert on.funds() == 0


def test_room_for_a_guard_is_none() -> None:
    """A larger account without a guard ends the same way."""
    on = show()
    fan = on.sell(SEAT)
    token = on.read_ticket(SEAT).token
    on.world.must(on.world.send(extend(token, fan.wallet.pubkey()), by=fan.wallet))
    on.world.must(on.cancel())
    on.world.must(on.world.send(give_back(on, SEAT), by=on.world.actor()))
    left_over(on.world, token)


def test_a_guard_does_not_block_the_seat() -> None:
    """Given back with a guard on it: the next holder has an account of their own."""
    queue = Queue()
    guarded(queue.world, queue.on.read_ticket(1).token, queue.seller.wallet)
    queue.join()
    queue.drawn()
    human = queue.offered()
    queue.world.must(queue.accept(human))
    left_over(queue.world, queue.on.token(1, queue.seller.wallet.pubkey()))
    assert queue.read_ticket().holder == human.wallet.pubkey()
