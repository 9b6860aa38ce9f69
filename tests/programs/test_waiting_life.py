"""Waiting lists and re-draws: whoever gives a seat back does not choose who gets it."""

import pytest
from conting_client import fairness
from conting_client.generated import ticket

from tests.programs.people import DAY
from tests.programs.shows import ENDS, FREEZE, PRICE
from tests.programs.waits import COOLING, OFFER, REGISTRATION, SEAT, Queue
from tests.programs.world import refused

State = ticket.TicketState
CLOSE = ENDS + 30 * DAY


@pytest.fixture
def queue() -> Queue:
    return Queue()


def test_join(queue: Queue) -> None:
    people = [queue.join() for _ in range(3)]
    section = queue.read_section()
    assert (section.waiting, section.waiting_active) == (3, 3)
    assert section.waiting_root == fairness.waiting_root([each.person for each in people])
    for index, human in enumerate(people):
        place = queue.read_place(index)
        assert (place.person, place.index, place.active) == (human.person, index, True)
        assert place.root == fairness.waiting_root([h.person for h in people[: index + 1]])
    assert section.kept == 1 + 2 * 3


def test_leave_and_join_again(queue: Queue) -> None:
    ann = queue.join()
    queue.world.must(queue.world.send(queue.leaving(ann, 0), by=ann.wallet))
    section = queue.read_section()
    assert (section.waiting, section.waiting_active, section.kept) == (1, 0, 1 + 1)
    assert not queue.read_place(0).active
    queue.join(ann)
    assert queue.read_place(1).person == ann.person


def test_the_draw_by_the_specification(queue: Queue) -> None:
    people = [queue.join() for _ in range(5)]
    queue.drawn()
    made, seat = queue.read_redraw(), queue.read_ticket()
    key = fairness.draw_key(
        domain=b"conting:redraw:v1",
        program=ticket.PROGRAM_ID,
        account=queue.on.ticket_of(SEAT),
        secret=bytes(32),
        slot_hash=bytes(queue.world.hash_of(seat.draw_slot)),
        root=fairness.waiting_root([each.person for each in people]),
        count=5,
    )
    assert made.draw_key == key
    assert queue.offered() == people[fairness.index_at(key, 5, 0)]


def test_accepted(queue: Queue) -> None:
    for _ in range(4):
        queue.join()
    queue.drawn()
    rent = queue.world.lamports(queue.redraw)
    drawer = queue.world.lamports(queue.seller.wallet.pubkey())
    winner = queue.offered()
    assert queue.read_ticket().offer_until == queue.world.now + OFFER
    vault = queue.on.funds()
    outcome = queue.world.must(queue.accept(winner))
    assert outcome.units <= 60_000
    seat = queue.read_ticket()
    assert (seat.state, seat.person) == (State.ISSUED, winner.person)
    assert (seat.holder, seat.paid_by) == (winner.wallet.pubkey(),) * 2
    assert (seat.price_paid, seat.hops, seat.attempt) == (PRICE, 0, 0)
    assert queue.on.funds() == vault + PRICE
    assert queue.on.read_vault().refundable == PRICE
    assert queue.world.lamports(queue.seller.wallet.pubkey()) == drawer + rent
    assert not queue.world.exists(queue.redraw)
    assert queue.world.read(ticket.Holding, queue.on.holding(winner)).count == 1
    section = queue.read_section()
    assert (section.sold, section.waiting_active) == (1, 3)


def test_given_back_again(queue: Queue) -> None:
    """A seat goes through it as often as it is given back."""
    for _ in range(4):
        queue.join()
    for _ in range(3):
        queue.drawn()
        winner = queue.offered()
        queue.world.must(queue.accept(winner))
        queue.seller = winner
    assert queue.read_section().waiting_active == 1


def test_who_does_not_answer(queue: Queue) -> None:
    people = [queue.join() for _ in range(3)]
    queue.drawn()
    asked = []
    for _ in people:
        winner = queue.offered()
        asked.append(winner)
        queue.world.wait(OFFER - 1)
        refused(queue.world.send(queue.expiry(), by=winner.wallet), "TOO_EARLY")
        queue.world.wait(1)
        refused(queue.accept(winner), "TOO_LATE")
        queue.world.must(queue.world.send(queue.expiry(), by=queue.world.actor()))
    assert {each.person for each in asked} == {each.person for each in people}
    refused(queue.world.send(queue.offering(0), by=queue.world.actor()), "LIST_EXHAUSTED")
    drawer = queue.world.lamports(queue.seller.wallet.pubkey())
    rent = queue.world.lamports(queue.redraw)
    queue.world.must(queue.world.send(queue.ending(), by=queue.world.actor()))
    assert queue.world.lamports(queue.seller.wallet.pubkey()) == drawer + rent
    seat = queue.read_ticket()
    assert (seat.attempt, seat.draw_slot) == (0, queue.world.slot + REGISTRATION)


def test_who_left_is_passed_over(queue: Queue) -> None:
    people = [queue.join() for _ in range(3)]
    queue.drawn()
    first = queue.turn()
    gone = people[first]
    queue.world.must(queue.world.send(queue.leaving(gone, first), by=gone.wallet))
    queue.offer()
    assert (queue.read_ticket().state, queue.read_ticket().attempt) == (State.COOLING, 1)
    assert queue.offered() != gone


def test_nobody_waits(queue: Queue) -> None:
    """The seat waits for people to register; whoever does in time has an equal chance."""
    queue.refund()
    assert queue.read_ticket().draw_slot == queue.world.slot + REGISTRATION
    refused(queue.world.send(queue.longer(), by=queue.seller.wallet), "TOO_EARLY")
    queue.to_draw()
    queue.world.must(queue.world.send(queue.longer(), by=queue.world.actor()))
    assert queue.read_ticket().draw_slot == queue.world.slot + REGISTRATION
    people = [queue.join() for _ in range(3)]
    queue.to_draw()
    refused(queue.world.send(queue.longer(), by=queue.world.actor()), "SOMEBODY_WAITS")
    queue.world.must(queue.world.send(queue.redrawing(2), by=queue.seller.wallet))
    assert queue.offered() in people


def test_one_who_waits_is_somebody(queue: Queue) -> None:
    queue.join()
    queue.refund()
    queue.to_draw()
    refused(queue.world.send(queue.longer(), by=queue.world.actor()), "SOMEBODY_WAITS")


def test_cooling_while_somebody_waits(queue: Queue) -> None:
    queue.join()
    queue.refund()
    assert queue.read_ticket().draw_slot == queue.world.slot + COOLING


def test_too_late_to_take_part(queue: Queue) -> None:
    queue.join()
    queue.refund()
    queue.world.to_slot(queue.read_ticket().draw_slot - 1)
    queue.join()
    queue.world.to_slot(queue.read_ticket().draw_slot)
    queue.join()
    queue.to_draw()
    queue.join()
    queue.world.must(queue.world.send(queue.redrawing(1, 2), by=queue.seller.wallet))
    assert queue.read_redraw().count == 2


def test_a_late_draw_takes_the_slot_of_its_round(queue: Queue) -> None:
    queue.join()
    queue.refund()
    slot = queue.read_ticket().draw_slot
    queue.world.to_slot(slot + 3 * 400 + 17)
    queue.world.must(queue.world.send(queue.redrawing(0), by=queue.seller.wallet))
    assert queue.read_redraw().drawn_slot == slot + 3 * 400


def test_the_rent_comes_back(queue: Queue) -> None:
    people = [queue.join() for _ in range(2)]
    queue.drawn()
    queue.world.at(FREEZE)
    refused(queue.world.send(queue.offering(queue.turn()), by=queue.world.actor()), "TOO_LATE")
    queue.world.must(queue.world.send(queue.ending(), by=queue.world.actor()))
    queue.world.at(CLOSE)
    for index, human in enumerate(people):
        key = human.wallet.pubkey()
        waiting = ticket.waiting_address(section=queue.on.section(), person=human.person)
        rents = sum(map(queue.world.lamports, (queue.place(index), waiting)))
        before = queue.world.lamports(key)
        calls = [
            ticket.close_place(
                rent_to=key,
                event=queue.on.event,
                section=queue.on.section(),
                place=queue.place(index),
            ),
            ticket.close_waiting(
                rent_to=key, event=queue.on.event, section=queue.on.section(), waiting=waiting
            ),
        ]
        queue.world.must(queue.world.send(*calls, by=queue.world.actor()))
        assert queue.world.lamports(key) == before + rents
    assert queue.read_section().kept == 1


def test_a_cancelled_event_ends_a_redraw_whose_list_is_not_through(queue: Queue) -> None:
    """Nobody is asked any more, so nobody's turn is kept: the rent need not wait for the freeze."""
    for _ in range(2):
        queue.join()
    queue.drawn()
    refused(queue.world.send(queue.ending(), by=queue.world.actor()), "SOMEBODY_WAITS")
    queue.world.must(queue.on.cancel())
    assert (queue.read_ticket().attempt, queue.world.now < FREEZE) == (0, True)
    drawer = queue.world.lamports(queue.seller.wallet.pubkey())
    rent = queue.world.lamports(queue.redraw)
    queue.world.must(queue.world.send(queue.ending(), by=queue.world.actor()))
    assert queue.world.lamports(queue.seller.wallet.pubkey()) == drawer + rent
    assert not queue.world.exists(queue.redraw)


def test_a_forgotten_redraw_is_closed(queue: Queue) -> None:
    queue.join()
    queue.drawn()
    key = queue.seller.wallet.pubkey()
    call = ticket.close_redraw(rent_to=key, event=queue.on.event, redraw=queue.redraw)
    refused(queue.world.send(call, by=queue.world.actor()), "TOO_EARLY")
    queue.world.at(CLOSE)
    rent, before = queue.world.lamports(queue.redraw), queue.world.lamports(key)
    queue.world.must(queue.world.send(call, by=queue.world.actor()))
    assert queue.world.lamports(key) == before + rent
