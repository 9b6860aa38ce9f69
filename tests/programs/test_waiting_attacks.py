"""Attacks on waiting lists and re-draws: each is refused by name, and changes nothing."""

import pytest
from conting_client.generated import ticket
from solders.instruction import Instruction

from tests.programs.people import Human
from tests.programs.shows import FREEZE, OPENS, PRICE, Show, show
from tests.programs.waits import SEAT, Queue
from tests.programs.world import refused, swapped

pytestmark = pytest.mark.attack


@pytest.fixture
def queue() -> Queue:
    return Queue()


def test_two_places(queue: Queue) -> None:
    ann = queue.join()
    call = queue.joining(ann)
    refused(queue.world.send(call, by=[ann.wallet, queue.on.admission]), "WAITING_ALREADY")


def test_joining_without_the_gateway(queue: Queue) -> None:
    ann, mallory = queue.on.fan(), queue.world.actor()
    call = swapped(queue.joining(ann), queue.on.admission.pubkey(), mallory.pubkey())
    refused(queue.world.send(call, by=[ann.wallet, mallory]), "NOT_ADMITTED")


def joining(on: Show, section: int, index: int, human: Human) -> Instruction:
    return ticket.join_waiting(
        admission=on.admission.pubkey(),
        wallet=human.wallet.pubkey(),
        person=human.person,
        event=on.event,
        section=on.section(section),
        index=index,
    )


def test_waiting_before_the_sale() -> None:
    """Nobody is first before everybody may be."""
    on = show(opened=False)
    ann = on.fan()
    call, signers = joining(on, 0, 0, ann), [ann.wallet, on.admission]
    on.world.at(OPENS - 1)
    refused(on.world.send(call, by=signers), "NOT_ON_SALE")
    on.world.wait(1)
    on.world.must(on.world.send(call, by=signers))


def test_a_place_further_on(queue: Queue) -> None:
    """Holes in the list would let its length be argued about."""
    ann = queue.on.fan()
    call = ticket.join_waiting(
        admission=queue.on.admission.pubkey(),
        wallet=ann.wallet.pubkey(),
        person=ann.person,
        event=queue.on.event,
        section=queue.on.section(),
        index=1,
    )
    refused(queue.world.send(call, by=[ann.wallet, queue.on.admission]), "WRONG_PLACE")


def test_waiting_as_another(queue: Queue) -> None:
    ann, ben = queue.on.fan(), queue.on.fan()
    call = swapped(queue.joining(ann), ann.wallet.pubkey(), ben.wallet.pubkey())
    refused(queue.world.send(call, by=[ben.wallet, queue.on.admission]), "WRONG_WALLET")


def test_throwing_another_out(queue: Queue) -> None:
    ann, ben = queue.join(), queue.join()
    call = swapped(queue.leaving(ann, 0), ann.wallet.pubkey(), ben.wallet.pubkey())
    refused(queue.world.send(call, by=ben.wallet), "WRONG_WALLET")
    mine = swapped(queue.leaving(ben, 1), queue.place(1), queue.place(0))
    refused(queue.world.send(mine, by=ben.wallet), "WRONG_PLACE")


# The number that take part


@pytest.fixture
def late(queue: Queue) -> Queue:
    """Two were in time, two came after the slot, one of them after its hash was known."""
    for _ in range(2):
        queue.join()
    queue.refund()
    queue.world.to_slot(queue.read_ticket().draw_slot)
    queue.join()
    queue.to_draw()
    queue.join()
    return queue


@pytest.mark.parametrize(
    ("last", "after"), [(0, 1), (0, 2), (0, 0), (1, 3), (1, 1), (1, 0), (2, 3), (3, 3), (3, 0)]
)
def test_grinding_the_number_of_places(late: Queue, last: int, after: int) -> None:
    """Whoever could choose how many take part could choose who wins."""
    call = late.redrawing(last, after)
    refused(late.world.send(call, by=late.seller.wallet), "WRONG_PLACE")
    late.world.must(late.world.send(late.redrawing(1, 2), by=late.seller.wallet))


def test_the_list_of_another_section_as_the_end_of_this_one() -> None:
    """Two were in time. By the other list, whose second place came late, it would be one."""
    on = show(opened=False)
    on.world.must(on.by_organiser(on.add_section(1)))
    on.world.at(OPENS)
    queue = Queue(on)
    in_time, late = on.fan(), on.fan()
    queue.join()
    queue.join()
    on.world.must(on.world.send(joining(on, 1, 0, in_time), by=[in_time.wallet, on.admission]))
    queue.refund()
    queue.to_draw()
    on.world.must(on.world.send(joining(on, 1, 1, late), by=[late.wallet, on.admission]))
    other = ticket.place_address(section=on.section(1), index=1)
    call = swapped(queue.redrawing(0, 1), queue.place(1), other)
    refused(on.world.send(call, by=queue.seller.wallet), "WRONG_SECTION")
    on.world.must(on.world.send(queue.redrawing(1), by=queue.seller.wallet))


def test_drawing_before_the_slot(queue: Queue) -> None:
    queue.join()
    queue.refund()
    for slot in (queue.world.slot, queue.read_ticket().draw_slot):
        queue.world.to_slot(slot)
        refused(queue.world.send(queue.redrawing(0), by=queue.seller.wallet), "TOO_EARLY")


def test_drawing_again(queue: Queue) -> None:
    queue.join()
    queue.drawn()
    queue.world.to_slot(queue.world.slot + 500)
    refused(queue.world.send(queue.redrawing(0), by=queue.seller.wallet), "DRAWN_ALREADY")


def test_ending_a_redraw_that_displeases(queue: Queue) -> None:
    for _ in range(2):
        queue.join()
    queue.drawn()
    refused(queue.world.send(queue.ending(), by=queue.seller.wallet), "SOMEBODY_WAITS")


def test_a_seat_that_is_held(queue: Queue) -> None:
    queue.join()
    queue.world.wait(100)
    refused(queue.world.send(queue.redrawing(0), by=queue.seller.wallet), "NOT_COOLING")
    refused(queue.world.send(queue.longer(), by=queue.seller.wallet), "NOT_COOLING")
    refused(queue.world.send(queue.expiry(), by=queue.seller.wallet), "NOT_OFFERED")


# Offers


def test_offered_to_a_friend(queue: Queue) -> None:
    for _ in range(4):
        queue.join()
    queue.drawn()
    turn = queue.turn()
    for other in set(range(4)) - {turn}:
        refused(queue.world.send(queue.offering(other), by=queue.seller.wallet), "NOT_THEIR_TURN")


def test_offering_twice(queue: Queue) -> None:
    for _ in range(2):
        queue.join()
    queue.drawn()
    turn = queue.offer()
    for index in (turn, 1 - turn):
        refused(queue.world.send(queue.offering(index), by=queue.world.actor()), "NOT_COOLING")


def test_two_offers_for_one_place(queue: Queue) -> None:
    """One place is one offer: who has one is passed over when another seat is drawn."""
    queue.join()
    queue.drawn()
    queue.offered()
    assert not queue.read_place(0).active


def test_the_seller_is_out(queue: Queue) -> None:
    """Who gives back and waits has no chance at the same seat."""
    queue.join(queue.seller)
    queue.drawn()
    queue.offer()
    seat = queue.read_ticket()
    assert (seat.state, seat.attempt) == (ticket.TicketState.COOLING, 1)
    refused(queue.world.send(queue.offering(0), by=queue.world.actor()), "LIST_EXHAUSTED")


def test_taking_an_offer_that_is_not_yours(queue: Queue) -> None:
    for _ in range(3):
        queue.join()
    queue.drawn()
    winner = queue.offered()
    other = next(each for each in queue.waiting if each != winner)
    refused(queue.accept(other), "WRONG_PERSON")
    stolen = swapped(queue.accepting(winner), winner.wallet.pubkey(), other.wallet.pubkey())
    refused(queue.world.send(stolen, by=other.wallet), "WRONG_WALLET")


def test_taking_it_twice(queue: Queue) -> None:
    queue.join()
    queue.drawn()
    winner = queue.offered()
    call = queue.accepting(winner)
    queue.world.must(queue.accept(winner))
    refused(queue.world.send(call, by=winner.wallet), "WRONG_OWNER")


def test_the_seat_is_not_on_sale_meanwhile(queue: Queue) -> None:
    queue.join()
    queue.refund()
    fan = queue.on.fan()
    buy = queue.on.buy(fan, SEAT)
    refused(queue.world.send(buy, by=[fan.wallet, queue.on.admission]), "SEAT_TAKEN")
    queue.to_draw()
    queue.world.must(queue.world.send(queue.redrawing(0), by=queue.seller.wallet))
    queue.offered()
    refused(queue.world.send(buy, by=[fan.wallet, queue.on.admission]), "SEAT_TAKEN")


def test_a_price_that_was_not_agreed_to(queue: Queue) -> None:
    queue.join()
    queue.drawn()
    winner = queue.offered()
    call = queue.accepting(winner, max_price=PRICE - 1)
    refused(queue.world.send(call, by=winner.wallet), "PRICE_ABOVE_LIMIT")


def test_more_than_the_limit(queue: Queue) -> None:
    ann = queue.join()
    for seat in range(10, 14):
        queue.on.sell(seat, ann)
    queue.drawn()
    assert queue.offered() == ann
    refused(queue.accept(ann), "LIMIT_REACHED")


def test_the_redraws_rent_to_another(queue: Queue) -> None:
    queue.join()
    queue.drawn()
    winner, mallory = queue.offered(), queue.world.actor()
    call = swapped(queue.accepting(winner), queue.seller.wallet.pubkey(), mallory.pubkey())
    refused(queue.world.send(call, by=winner.wallet), "WRONG_PAYER")


def test_offers_end_with_the_freeze(queue: Queue) -> None:
    queue.join()
    queue.world.at(FREEZE - 1_000)
    queue.drawn()
    winner = queue.offered()
    assert queue.read_ticket().offer_until == FREEZE
    queue.world.at(FREEZE)
    refused(queue.accept(winner), "TOO_LATE")


def test_a_cancelled_event_sells_nothing(queue: Queue) -> None:
    queue.join()
    queue.drawn()
    winner = queue.offered()
    queue.world.must(queue.on.cancel())
    refused(queue.accept(winner), "EVENT_CANCELLED")
