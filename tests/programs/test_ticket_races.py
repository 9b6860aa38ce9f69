"""Two who want the same at once, and rights that end in the second in which others begin."""

import pytest
from conting_client.generated import family, ticket
from solders.instruction import Instruction
from solders.keypair import Keypair

from tests.programs.draws import INCINERATOR, SECRET, Lots, Party
from tests.programs.people import DAY, Office, office
from tests.programs.shows import DOORS, PRICE, Show, moved, show
from tests.programs.test_draw_life import winning_seats
from tests.programs.test_ticket_cases import SEAT, Court
from tests.programs.test_ticket_endings import give_back
from tests.programs.test_ticket_late import DISPUTE, withdrawal
from tests.programs.ticket_chain import ed25519_instruction
from tests.programs.waits import COOLING, OFFER, REGISTRATION, Queue
from tests.programs.world import Outcome, World, refused, swapped

pytestmark = pytest.mark.attack


# Offers


@pytest.fixture
def queue() -> Queue:
    made = Queue()
    for _ in range(2):
        made.join()
    return made.drawn()


def of_an_office() -> tuple[Office, Queue]:
    """An event that trusts an issuer, and two who wait."""
    world = World()
    desk = office(world)
    windows = {"cooling": COOLING, "registration_window": REGISTRATION, "offer_window": OFFER}
    on = show(world, office=desk, **windows)  # type: ignore[arg-type]
    made = Queue(on)
    for _ in range(2):
        made.join()
    return desk, made.drawn()


def test_an_offer_is_taken_or_taken_back(queue: Queue) -> None:
    """In no second both are possible, and in none neither."""
    human = queue.offered()
    queue.world.at(queue.read_ticket().offer_until - 1)
    refused(queue.world.send(queue.expiry(), by=queue.world.actor()), "TOO_EARLY")
    taken = queue.accepting(human)
    refused(queue.world.send(taken, queue.expiry(), by=human.wallet), "NOT_OFFERED")
    queue.world.wait(1)
    refused(queue.accept(human), "TOO_LATE")
    refused(queue.world.send(queue.expiry(), taken, by=human.wallet), "NOT_OFFERED")
    queue.world.must(queue.world.send(queue.expiry(), by=queue.world.actor()))


def test_an_offer_to_somebody_who_moves_meanwhile() -> None:
    """The wallet was sold after the offer was made: it is the person's, wherever that now is."""
    desk, queue = of_an_office()
    human = queue.offered()
    new = moved(queue.world, desk, human)
    refused(queue.accept(human), "WRONG_WALLET")
    queue.world.must(queue.accept(new))
    held = queue.read_ticket()
    assert (held.person, held.holder) == (human.person, new.wallet.pubkey())


def test_an_offer_to_somebody_who_is_revoked_meanwhile() -> None:
    desk, queue = of_an_office()
    human = queue.offered()
    revoke = family.revoke_person(
        authority=desk.authority.pubkey(), issuer=desk.issuer, person=human.person
    )
    queue.world.must(queue.world.send(revoke, by=desk.authority))
    refused(queue.accept(human), "NOT_VALID_PERSON")
    queue.world.wait(OFFER)
    queue.world.must(queue.world.send(queue.expiry(), by=queue.world.actor()))
    other = queue.offered()
    assert other != human
    queue.world.must(queue.accept(other))


def test_a_place_that_is_left_after_the_offer(queue: Queue) -> None:
    """The offer stands, once; who joins anew waits like everybody else."""
    human = queue.offered()
    place = queue.waiting.index(human)
    queue.world.must(queue.world.send(queue.leaving(human, place), by=human.wallet))
    queue.join(human)
    refused(queue.world.send(queue.offering(2), by=queue.world.actor()), "NOT_COOLING")
    queue.world.must(queue.accept(human))
    assert queue.read_section().waiting_active == 2


# Draws


def test_a_claim_and_a_sale_of_the_same_seat() -> None:
    """Until the claims end a seat is the winner's; in the next second it is on sale."""
    lots = Lots(seats=4)
    party = lots.party()
    (human,) = party.members
    lots.drawn()
    [(_, seat)] = list(winning_seats(lots, [party]))
    assert seat is not None
    fan = lots.on.fan()
    buy, signers = lots.on.buy(fan, seat), [fan.wallet, lots.on.admission]
    lots.world.at(lots.read().claim_until - 1)
    refused(lots.world.send(buy, by=signers), "NOT_ON_SALE")
    refused(lots.take_back(party, human), "STILL_IN")
    lots.world.wait(1)
    refused(lots.claim(party, human, seat), "TOO_LATE")
    lots.world.must(lots.world.send(buy, by=signers))
    lots.world.must(lots.take_back(party, human))
    assert lots.on.funds() == PRICE


def test_a_group_closed_before_its_leader_has_joined() -> None:
    """Whoever is quick can close what nobody is in; made and joined at once, nobody can."""
    lots = Lots()
    party = Party([lots.on.fan(), lots.on.fan()])
    leader = party.members[0]
    key = leader.wallet.pubkey()
    close = ticket.close_group(
        rent_to=key, event=lots.on.event, draw=lots.draw, group=lots.group(party)
    )
    lots.world.must(lots.world.send(lots.making(party), by=leader.wallet))
    lots.world.must(lots.world.send(close, by=lots.world.actor()))
    both = [lots.making(party), lots.joining(party, leader)]
    lots.world.must(lots.world.send(*both, by=[leader.wallet, lots.on.admission]))
    refused(lots.world.send(close, by=lots.world.actor()), "NOT_LAST")
    lots.world.must(lots.join(party, party.members[1]))
    assert lots.read().entries == 1


def test_a_group_of_people_who_were_not_asked() -> None:
    """To be named binds nobody: those who were named enter with whom they like."""
    lots = Lots()
    victim, mallory = lots.on.fan(), lots.on.fan()
    squat = Party([mallory, victim])
    lots.world.must(lots.world.send(lots.making(squat), by=mallory.wallet))
    lots.world.must(lots.join(squat, mallory))
    own = Party([victim])
    lots.world.must(lots.world.send(lots.making(own), by=victim.wallet))
    lots.world.must(lots.join(own, victim))
    assert lots.read().entries == 1
    refused(lots.join(squat, victim), "ENTERED_ALREADY")


def test_cancelling_a_draw_that_displeases() -> None:
    """The organiser knows the outcome first, and can only call the whole show off, for good."""
    lots = Lots(seats=4)
    party = lots.party()
    (human,) = party.members
    lots.world.to_slot(lots.target + 2)
    lots.world.must(lots.on.cancel())
    for call in (lots.revealing(), lots.opening(commit=bytes(32))):
        assert not lots.on.by_organiser(call).accepted
    refused(lots.world.send(lots.revealing(SECRET), by=lots.world.actor()), "EVENT_CANCELLED")
    lots.world.must(lots.take_back(party, human))
    assert lots.on.funds() == 0
    close = ticket.close_draw(
        organiser=lots.on.organiser.pubkey(),
        incinerator=INCINERATOR,
        event=lots.on.event,
        section=lots.on.section(),
        draw=lots.draw,
    )
    refused(lots.world.send(close, by=lots.world.actor()), "NOT_LAST")


def test_people_of_two_draws() -> None:
    """A group, a bid and a draw that are not of one another."""
    world = World()
    other = Lots(world=world, number=8, early=True)
    lots = Lots(world=world, seats=4)
    party = lots.party()
    (human,) = party.members
    there = Party([human])
    world.must(world.send(other.making(there), by=human.wallet))
    world.must(world.send(other.joining(there, human), by=[human.wallet, other.on.admission]))
    lots.drawn()
    call = swapped(lots.claiming(party, human, 0), lots.draw, other.draw)
    refused(world.send(call, by=human.wallet), "WRONG_EVENT")
    back = lots.taking_back(party, human)
    mixed = swapped(back, lots.bid(human), other.bid(human))
    refused(world.send(mixed, by=human.wallet), "WRONG_DRAW")
    mixed = swapped(back, lots.group(party), other.group(there))
    refused(world.send(mixed, by=human.wallet), "WRONG_GROUP")


# At the doors


def answer(on: Show, device: Keypair, nonce: bytes, expires: int) -> Instruction:
    """What the phone shows: good for any gate."""
    message = b"conting:entry:v1" + bytes(on.event) + bytes(on.ticket_of(SEAT)) + bytes(32)
    message += nonce + bytes(2) + expires.to_bytes(8, "little")
    return ed25519_instruction(device, message)


def test_one_answer_at_two_gates() -> None:
    """The first writer wins; the other gate, and the same gate again, are told."""
    on = show()
    on.sell(SEAT)
    gates = [on.add_gate(), on.add_gate()]
    on.world.at(DOORS)
    on.world.must(on.check_in(gates[0], SEAT))
    refused(on.check_in(gates[1], SEAT), "ALREADY_ENTERED")
    refused(on.check_in(gates[0], SEAT), "ALREADY_ENTERED")


def test_an_answer_again_after_it_was_taken_back() -> None:
    on = show()
    on.sell(SEAT)
    gate, chief = on.add_gate(), on.add_gate(ticket.GateRole.SUPERVISOR)
    on.world.at(DOORS)
    on.world.must(on.check_in(gate, SEAT))
    undo = ticket.undo_entry(
        gate_key=chief.pubkey(), event=on.event, gate=on.gate(chief), entry=on.entry(SEAT)
    )
    on.world.must(on.world.send(undo, by=chief))
    refused(on.check_in(gate, SEAT), "REPLAYED")
    on.world.must(on.check_in(gate, SEAT, nonce=bytes(15) + b"\1"))


class Door:
    """Two tickets, a gate, and a supervisor who takes every entry back."""

    def __init__(self) -> None:
        self.on = show()
        for seat in (SEAT, SEAT + 1):
            self.on.sell(seat)
        self.gate = self.on.add_gate()
        self.chief = self.on.add_gate(ticket.GateRole.SUPERVISOR)
        self.on.world.at(DOORS)

    def show(self, answer: tuple[int, int]) -> Outcome:
        """Lets the answer of this number in, which expires so many seconds after the opening."""
        nonce, expires = answer
        return self.on.check_in(
            self.gate, SEAT, nonce=bytes(15) + bytes([nonce]), expires=DOORS + expires
        )

    def undo(self) -> None:
        """The supervisor sends them out."""
        call = ticket.undo_entry(
            gate_key=self.chief.pubkey(),
            event=self.on.event,
            gate=self.on.gate(self.chief),
            entry=self.on.entry(SEAT),
        )
        self.on.world.must(self.on.world.send(call, by=self.chief))


@pytest.mark.parametrize("expiries", [(10, 20, 30), (20, 10, 30), (10, 10, 20)])
def test_any_answer_again_after_several_were_taken_back(expiries: tuple[int, int, int]) -> None:
    """A gate that keeps old answers lets nobody in by them, in whatever order clocks made them."""
    door = Door()
    spent: list[tuple[int, int]] = []
    for answer in enumerate(expiries, 1):
        door.on.world.must(door.show(answer))
        spent.append(answer)
        refused(door.show(answer), "ALREADY_ENTERED")
        door.undo()
        for old in spent:
            refused(door.show(old), "REPLAYED")
        door.on.world.wait(3)
    door.on.world.must(door.show((9, 31)))


def test_an_answer_again_when_its_entry_was_closed() -> None:
    """Batches of gates may come late; not when the accounts go that say who was there."""
    door = Door()
    answer = (1, 10)
    door.on.world.must(door.show(answer))
    over = door.on.read_event().close_from
    door.on.world.at(over - 1)
    door.on.world.must(door.on.check_in(door.gate, SEAT + 1, expires=DOORS + 10))
    door.on.world.wait(1)
    for entry in (door.on.entry(SEAT), door.on.entry(SEAT + 1)):
        call = ticket.close_entry(rent_to=door.gate.pubkey(), event=door.on.event, entry=entry)
        door.on.world.must(door.on.world.send(call, by=door.on.world.actor()))
    refused(door.show(answer), "TOO_LATE")
    refused(door.show((2, 20)), "TOO_LATE")


def test_the_gate_of_another_event() -> None:
    on = show()
    on.sell(SEAT)
    other = Show(on.world, number=8)
    on.world.must(other.by_organiser(other.create()))
    gate = other.add_gate()
    on.world.at(DOORS)
    expires = on.world.now + 10
    call = ticket.check_in(
        gate_key=gate.pubkey(),
        event=on.event,
        gate=other.gate(gate),
        ticket=on.ticket_of(SEAT),
        person=on.holders[SEAT].person,
        mint=on.mint(SEAT),
        session=0,
        nonce=bytes(16),
        expires=expires,
        gate_bound=False,
    )
    proof = answer(on, on.holders[SEAT].device, bytes(16), expires)
    refused(on.world.send(proof, call, by=gate), "WRONG_EVENT")


# When the money is gone


def test_nothing_is_owed_after_the_withdrawal() -> None:
    """Every way in which a ticket gives money back ends before the organiser takes it."""
    court = Court()
    on, key = court.on, court.holder.wallet.pubkey()
    on.world.at(DISPUTE)
    on.world.must(on.by_organiser(withdrawal(on)))
    refund = ticket.refund(
        holder=key,
        paid_by=key,
        person=court.holder.person,
        event=on.event,
        section=on.section(),
        ticket=on.ticket_of(SEAT),
        token=on.token(SEAT, key),
    )
    refused(on.world.send(refund, by=court.holder.wallet), "REFUND_CLOSED")
    refused(on.world.send(give_back(on, SEAT), by=on.world.actor()), "NOT_CANCELLED")
    refused(on.by_organiser(court.accusation()), "TOO_LATE")
    refused(on.cancel(), "TOO_LATE")
    refused(on.by_organiser(withdrawal(on)), "NOTHING_LEFT")
    assert on.funds() == 0
    assert DISPUTE - DOORS > DAY
