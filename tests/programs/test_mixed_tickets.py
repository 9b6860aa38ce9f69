"""Two tickets, persons, bids or places of one event, and calls that take accounts of both."""

import struct
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from conting_client import fairness
from conting_client.generated import ticket
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.programs.draws import Lots, Party
from tests.programs.mixing import Asked, assert_none_is_accepted
from tests.programs.people import DAY, Human, household, office
from tests.programs.shows import DOORS, FREEZE, OPENS, PRICE, Show
from tests.programs.test_draw_life import winning_seats
from tests.programs.ticket_chain import ed25519_instruction
from tests.programs.world import World

pytestmark = pytest.mark.attack
WINDOW = 2 * DAY
"""Of an appeal, and again of the decision."""
CLOSE_FROM = DOORS + DAY + 30 * DAY
SEATS = 2
Pair = tuple[Asked, Asked]


@dataclass(frozen=True)
class Seat:
    """A seat of the event, and whose it is."""

    section: int
    number: int
    human: Human

    @property
    def key(self) -> Pubkey:
        """The wallet."""
        return self.human.wallet.pubkey()


class Two:
    """Two fans with a seat each: in one section, or in one each, which have their own prices."""

    def __init__(self, *, apart: bool) -> None:
        self.world = World()
        self.office = office(self.world)
        self.on = Show(self.world, office=self.office)
        self.must(self.on.create(), self.on.organiser)
        for index in range(SEATS):
            self.must(self.on.add_section(index, price=PRICE + index), self.on.organiser)
        humans = [self.office.person() for _ in range(SEATS)]
        self.family = household(self.office, *humans)
        self.world.at(OPENS)
        self.gate = self.on.add_gate(ticket.GateRole.SUPERVISOR)
        self.seats = [Seat(i if apart else 0, i + 1, each) for i, each in enumerate(humans)]
        for each in self.seats:
            self.must(self.buying(each), each.human.wallet, self.on.admission)

    def must(self, call: Instruction, *signers: Keypair) -> None:
        self.world.must(self.world.send(call, by=[self.world.actor(), *signers]))

    def address(self, at: Seat) -> Pubkey:
        return self.on.ticket_of(at.number, at.section)

    def mint(self, at: Seat) -> Pubkey:
        return ticket.mint_address(ticket=self.address(at))

    def token(self, at: Seat) -> Pubkey:
        return ticket.token_address(mint=self.mint(at), wallet=at.key)

    def case(self, at: Seat) -> Pubkey:
        seeds = [b"case", bytes(self.address(at)), bytes(at.human.person)]
        return Pubkey.find_program_address(seeds, ticket.PROGRAM_ID)[0]

    def both(self, call: Callable[[Seat], Asked]) -> Pair:
        return call(self.seats[0]), call(self.seats[1])

    def buying(self, at: Seat) -> Instruction:
        return ticket.buy(
            admission=self.on.admission.pubkey(),
            wallet=at.key,
            person=at.human.person,
            event=self.on.event,
            section=self.on.section(at.section),
            seat=at.number,
            max_price=PRICE + SEATS,
        )

    def accusing(self, at: Seat) -> Asked:
        call = ticket.open_void(
            organiser=self.on.organiser.pubkey(),
            event=self.on.event,
            ticket=self.address(at),
            case=self.case(at),
            rule=7,
            evidence=bytes(32),
        )
        return Asked(call, (self.on.organiser,))

    def appealing(self, at: Seat) -> Asked:
        call = ticket.appeal(
            wallet=at.key, person=at.human.person, case=self.case(at), statement=bytes(32)
        )
        return Asked(call, (at.human.wallet,))

    def refunding(self, at: Seat) -> Asked:
        call = ticket.refund(
            holder=at.key,
            paid_by=at.key,
            person=at.human.person,
            event=self.on.event,
            section=self.on.section(at.section),
            holding=self.on.holding(at.human),
            ticket=self.address(at),
            token=self.token(at),
        )
        return Asked(call, (at.human.wallet,))

    def send(self, each: Asked) -> None:
        self.must(each.call, *each.signers)

    def accused(self) -> None:
        for each in self.both(self.accusing):
            self.send(each)

    def appealed(self) -> None:
        self.accused()
        for each in self.both(self.appealing):
            self.send(each)


def refund(two: Two) -> Pair:
    return two.both(two.refunding)


def refund_cancelled(two: Two) -> Pair:
    two.world.must(two.on.cancel())

    def call(at: Seat) -> Asked:
        return Asked(
            ticket.refund_cancelled(
                paid_by=at.key,
                event=two.on.event,
                section=two.on.section(at.section),
                holding=two.on.holding(at.human),
                ticket=two.address(at),
                token=two.token(at),
            )
        )

    return two.both(call)


def family_transfer(two: Two) -> Pair:
    """Each to the other: so the proofs, in the bytes, are of one of them."""

    def call(at: Seat) -> Asked:
        (other,) = [each for each in two.seats if each != at]
        shown = [two.family.proof(each.human) for each in two.seats]
        proofs = [
            ticket.Membership(each.index, each.role, each.joined_at, each.salt, each.siblings)
            for each in (shown if at == two.seats[0] else reversed(shown))
        ]
        transfer = ticket.family_transfer(
            sender=at.key,
            wallet=other.key,
            sender_person=at.human.person,
            person=other.human.person,
            family=two.family.family,
            event=two.on.event,
            ticket=two.address(at),
            sender_holding=two.on.holding(at.human),
            mint=two.mint(at),
            token=two.token(at),
            sender_shows=proofs[0],
            shows=proofs[1],
        )
        return Asked(transfer, (at.human.wallet, other.human.wallet))

    return two.both(call)


def open_void(two: Two) -> Pair:
    return two.both(two.accusing)


def appeal(two: Two) -> Pair:
    two.accused()
    return two.both(two.appealing)


def decide_void(two: Two) -> Pair:
    two.appealed()

    def call(at: Seat) -> Asked:
        decision = ticket.decide_void(
            arbiter=two.on.arbiter.pubkey(),
            event=two.on.event,
            ticket=two.address(at),
            case=two.case(at),
            upheld=False,
        )
        return Asked(decision, (two.on.arbiter,))

    return two.both(call)


def restore_ticket(two: Two) -> Pair:
    two.appealed()
    two.world.wait(2 * WINDOW)

    def call(at: Seat) -> Asked:
        return Asked(
            ticket.restore_ticket(event=two.on.event, ticket=two.address(at), case=two.case(at))
        )

    return two.both(call)


def finish_void(two: Two) -> Pair:
    two.accused()
    two.world.wait(WINDOW)

    def call(at: Seat) -> Asked:
        return Asked(
            ticket.finish_void(
                paid_by=at.key,
                event=two.on.event,
                section=two.on.section(at.section),
                holding=two.on.holding(at.human),
                ticket=two.address(at),
                case=two.case(at),
                token=two.token(at),
            )
        )

    return two.both(call)


def check_in(two: Two) -> Pair:
    two.world.at(DOORS)

    def call(at: Seat) -> Asked:
        nonce, expires = bytes(16), two.world.now + 10
        message = b"".join([
            b"conting:entry:v1", bytes(two.on.event), bytes(two.address(at)), bytes(32), nonce,
            struct.pack("<Hq", 0, expires),
        ])  # fmt: skip
        entry = ticket.check_in(
            gate_key=two.gate.pubkey(),
            event=two.on.event,
            gate=two.on.gate(two.gate),
            ticket=two.address(at),
            person=at.human.person,
            mint=two.mint(at),
            session=0,
            nonce=nonce,
            expires=expires,
            gate_bound=False,
        )
        proof = ed25519_instruction(at.human.device, message)
        return Asked(entry, (two.gate,), (proof,))

    return two.both(call)


def burn_ticket(two: Two) -> Pair:
    two.world.at(CLOSE_FROM)

    def call(at: Seat) -> Asked:
        burned = ticket.burn_ticket(
            holder=at.key,
            paid_by=at.key,
            rent_to=at.key,
            event=two.on.event,
            section=two.on.section(at.section),
            ticket=two.address(at),
            token=two.token(at),
        )
        return Asked(burned, (at.human.wallet,))

    return two.both(call)


# Waiting lists and re-draws


def given_back(two: Two) -> list[Seat]:
    """Both seats are, and are about to be drawn. Somebody waits for each; in one section both for
    both.
    """
    places: list[Seat] = []
    for at in two.seats:
        index = sum(each.section == at.section for each in places)
        other = two.office.person()
        call = ticket.join_waiting(
            admission=two.on.admission.pubkey(),
            wallet=other.wallet.pubkey(),
            person=other.person,
            event=two.on.event,
            section=two.on.section(at.section),
            index=index,
        )
        two.must(call, other.wallet, two.on.admission)
        places.append(Seat(at.section, index, other))
    two.world.to_slot(two.world.slot + 1)
    for at in two.seats:
        two.send(two.refunding(at))
    slots = [two.world.read(ticket.Ticket, two.address(at)).draw_slot for at in two.seats]
    two.world.to_slot(max(slots) + 1)
    return places


def place(two: Two, section: int, index: int) -> Pubkey:
    return ticket.place_address(section=two.on.section(section), index=index)


def drawing(two: Two, at: Seat, places: list[Seat]) -> Asked:
    last = max(each.number for each in places if each.section == at.section)
    payer = two.seats[0].human.wallet
    call = ticket.redraw(
        payer=payer.pubkey(),
        event=two.on.event,
        section=two.on.section(at.section),
        ticket=two.address(at),
        last=place(two, at.section, last),
        after=place(two, at.section, last),
    )
    return Asked(call, (payer,))


def offering(two: Two, at: Seat) -> Asked:
    made = two.world.read(ticket.Redraw, ticket.redraw_address(ticket=two.address(at)))
    turn = fairness.index_at(made.draw_key, made.count, 0)
    call = ticket.offer_seat(
        event=two.on.event,
        section=two.on.section(at.section),
        ticket=two.address(at),
        place=place(two, at.section, turn),
    )
    return Asked(call)


def redraw(two: Two) -> Pair:
    places = given_back(two)
    return two.both(lambda at: drawing(two, at, places))


def offer_seat(two: Two) -> Pair:
    for each in redraw(two):
        two.send(each)
    return two.both(lambda at: offering(two, at))


def accept_offer(two: Two) -> Pair:
    places = given_back(two)
    for at in two.seats:
        two.send(drawing(two, at, places))
    for at in two.seats:
        offer = offering(two, at)
        if two.world.read(ticket.Place, offer.call.accounts[4].pubkey).active:
            two.send(offer)

    def call(at: Seat) -> Asked:
        to = two.world.read(ticket.Ticket, two.address(at)).offered_to
        human = next((each.human for each in places if each.human.person == to), at.human)
        accepted = ticket.accept_offer(
            wallet=human.wallet.pubkey(),
            rent_to=two.seats[0].key,
            person=human.person,
            event=two.on.event,
            section=two.on.section(at.section),
            ticket=two.address(at),
            max_price=PRICE + SEATS,
        )
        return Asked(accepted, (human.wallet,))

    return two.both(call)


def end_redraw(two: Two) -> Pair:
    for each in redraw(two):
        two.send(each)
    two.world.at(FREEZE)

    def call(at: Seat) -> Asked:
        return Asked(
            ticket.end_redraw(rent_to=two.seats[0].key, event=two.on.event, ticket=two.address(at))
        )

    return two.both(call)


def leave_waiting(two: Two) -> Pair:
    places = given_back(two)

    def call(at: Seat) -> Asked:
        left = ticket.leave_waiting(
            wallet=at.key,
            rent_to=at.key,
            person=at.human.person,
            section=two.on.section(at.section),
            place=place(two, at.section, at.number),
        )
        return Asked(left, (at.human.wallet,))

    return call(places[0]), call(places[1])


Case = Callable[[Two], Pair]
CASES: list[Case] = [
    refund, refund_cancelled, family_transfer, open_void, appeal, decide_void, restore_ticket,
    finish_void, check_in, burn_ticket, redraw, offer_seat, accept_offer, end_redraw,
    leave_waiting,
]  # fmt: skip


@pytest.mark.parametrize("apart", [False, True], ids=["one_section", "two_sections"])
@pytest.mark.parametrize("case", CASES)
def test_accounts_of_two_tickets(case: Case, *, apart: bool) -> None:
    """What belongs to two tickets, persons or places is done for none of them."""
    two = Two(apart=apart)
    one, other = case(two)
    free = frozenset({"after"} if case is redraw else ())  # all places were in time: not read
    assert assert_none_is_accepted(two.world, one, other, free)
    two.world.must(two.world.send(*one.before, one.call, by=[two.world.actor(), *one.signers]))


# Draws


def leave_group(lots: Lots, parties: list[Party]) -> Pair:
    one, other = [
        Asked(lots.leaving(each, each.members[0]), (each.members[0].wallet,)) for each in parties
    ]
    return one, other


def take_back(lots: Lots, parties: list[Party]) -> Pair:
    lots.world.to_slot(lots.target)
    one, other = [Asked(lots.taking_back(each, each.members[0])) for each in parties]
    return one, other


def claim_seat(lots: Lots, parties: list[Party]) -> Pair:
    for each in parties:
        lots.world.must(lots.join(each, each.members[1]))
    lots.drawn()
    one, other = [
        Asked(lots.claiming(party, party.members[0], seat or 0), (party.members[0].wallet,))
        for party, seat in winning_seats(lots, parties)
    ]
    return one, other


@pytest.mark.parametrize("case", [take_back, leave_group, claim_seat])
def test_accounts_of_two_bids(case: Callable[[Lots, list[Party]], Pair]) -> None:
    """Of two groups in one draw."""
    lots = Lots()
    parties = [lots.party(2, joined=1) for _ in range(2)]
    one, other = case(lots, parties)
    assert assert_none_is_accepted(lots.world, one, other)
    lots.world.must(lots.world.send(one.call, by=[lots.world.actor(), *one.signers]))
