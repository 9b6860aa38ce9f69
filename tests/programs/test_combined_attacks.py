"""Several instructions in one transaction, or one after the other by the same few people: what
each alone allows, put together.
"""

import pytest
from conting_client.generated import ticket
from solders.instruction import Instruction

from tests.programs.people import Human
from tests.programs.shows import FREEZE, PRICE, Show, show
from tests.programs.test_ticket_family import SEAT as FAMILY_SEAT
from tests.programs.test_ticket_family import Home, home
from tests.programs.waits import COOLING, OFFER, REGISTRATION, SEAT, Queue
from tests.programs.world import refused

pytestmark = pytest.mark.attack
SEATS = 12
WHOLE = 10_000  # basis points
TENTH = 1_000
FEES = 10_000  # lamports: two signatures
State = ticket.TicketState


def giving_back(on: Show, human: Human, seat: int, paid_by: Human | None = None) -> Instruction:
    key, payer = human.wallet.pubkey(), (paid_by or human).wallet.pubkey()
    return ticket.refund(
        holder=key,
        paid_by=payer,
        person=human.person,
        event=on.event,
        section=on.section(),
        holding=on.holding(human),
        ticket=on.ticket_of(seat),
        mint=on.mint(seat),
        token=on.token(seat, payer),
    )


@pytest.mark.parametrize("kept", [0, TENTH])
def test_one_person_takes_seat_after_seat_off_sale(kept: int) -> None:
    """By buying and giving back, at once: no limit stops it, since nothing is held. What it costs
    is the ladder's first step: nothing but fees and rent where all of the price comes back.
    """
    on = show(refund_until=(FREEZE,) * 3, refund_share=(WHOLE - kept, 0, 0))
    bot = on.fan()
    had = on.world.lamports(bot.wallet.pubkey())
    for seat in range(SEATS):
        both = on.buy(bot, seat), giving_back(on, bot, seat)
        on.world.must(on.world.send(*both, by=[bot.wallet, on.admission]))
    rents = on.world.rent_of(on.holding(bot))
    rents += sum(on.world.rent_of(on.ticket_of(seat)) for seat in range(SEATS))
    lost = had - on.world.lamports(bot.wallet.pubkey()) - rents
    assert lost == SEATS * (PRICE * kept // WHOLE + FEES)
    fan = on.fan()
    for seat in range(SEATS):
        assert on.read_ticket(seat).state == State.COOLING
        refused(on.world.send(on.buy(fan, seat), by=[fan.wallet, on.admission]), "SEAT_TAKEN")
    assert on.world.read(ticket.Holding, on.holding(bot)).count == 0
    assert on.read_vault().refundable == 0


def test_only_if_the_friend_is_drawn() -> None:
    """Draw, offer and accept in one transaction, which fails unless it is one's own turn: all
    three try, and the one whom the hash names gets the seat.
    """
    queue = Queue()
    friends = [queue.join() for _ in range(3)]
    queue.refund()
    queue.to_draw()
    fair = Queue()
    for _ in friends:
        fair.join()
    turn = fair.drawn().turn()
    accepted = [queue.world.send(*at_once(queue, f), by=f.wallet).accepted for f in friends]
    assert accepted == [place == turn for place in range(len(friends))]


def at_once(queue: Queue, human: Human) -> list[Instruction]:
    key = human.wallet.pubkey()
    accept = ticket.accept_offer(
        wallet=key,
        rent_to=key,
        person=human.person,
        event=queue.on.event,
        section=queue.on.section(),
        ticket=queue.on.ticket_of(SEAT),
        max_price=PRICE,
    )
    place = queue.waiting.index(human)
    return [queue.redrawing(len(queue.waiting) - 1, payer=key), queue.offering(place), accept]


def test_hops_and_count_after_giving_back_within_the_family() -> None:
    """Passed on and given back in one transaction: the money is the first one's, nobody counts."""
    here = home()
    on, world = here.on, here.world
    had = world.lamports(here.ann.wallet.pubkey())
    token = on.read_ticket(FAMILY_SEAT).token
    rents = world.rent_of(on.mint(FAMILY_SEAT)) + world.rent_of(token)
    calls = here.transfer(here.ann, here.ben), giving_back(on, here.ben, FAMILY_SEAT, here.ann)
    world.must(world.send(*calls, by=[here.ben.wallet, here.ann.wallet]))
    assert world.lamports(here.ann.wallet.pubkey()) == had + rents + PRICE
    counts = [world.read(ticket.Holding, on.holding(h)).count for h in (here.ann, here.ben)]
    assert counts == [0, 0]
    assert on.read_ticket(FAMILY_SEAT).state == State.COOLING


def test_who_accepts_a_seat_that_was_passed_on_has_all_its_hops() -> None:
    """Hops that were used before it was given back are not counted against who has it next."""
    here = home(cooling=COOLING, registration_window=REGISTRATION, offer_window=OFFER)
    queue = Queue(here.on, buyer=here.ann)
    pass_on(here, here.ann, here.ben)
    assert queue.read_ticket().hops == 1
    queue.join(here.cid)
    back = giving_back(here.on, here.ben, SEAT, here.ann)
    here.world.must(here.world.send(back, by=here.ben.wallet))
    queue.to_draw()
    here.world.must(here.world.send(queue.redrawing(0), by=here.ann.wallet))
    assert queue.offered() == here.cid
    here.world.must(queue.accept(here.cid))
    turns = [(here.cid, here.ann), (here.ann, here.cid)]
    hops = here.on.read_event().max_hops
    for turn in range(hops):
        pass_on(here, *turns[turn % 2])
    by, to = turns[hops % 2]
    refused(here.world.send(passing(here, by, to), by=[by.wallet, to.wallet]), "NO_HOPS_LEFT")


def pass_on(here: Home, by: Human, to: Human) -> None:
    here.world.must(here.world.send(passing(here, by, to), by=[by.wallet, to.wallet]))


def passing(here: Home, by: Human, to: Human) -> Instruction:
    """The seat that is drawn anew, within the family."""
    on = here.on
    return here.transfer(
        by, to, ticket=on.ticket_of(SEAT), mint=on.mint(SEAT), token=on.read_ticket(SEAT).token
    )


def test_passed_on_and_back_again_at_once() -> None:
    """Each time is a hop: the event's two are used up, whoever has the ticket then."""
    here = home()
    world = here.world
    signers = [here.ben.wallet, here.ann.wallet]
    there = here.transfer(here.ann, here.ben)
    back = here.transfer(here.ben, here.ann)
    hops = here.on.read_event().max_hops
    for turn in range(hops):
        world.must(world.send([there, back][turn % 2], by=signers))
    refused(world.send([there, back][hops % 2], by=signers), "NO_HOPS_LEFT")
