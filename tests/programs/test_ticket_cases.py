"""A ticket that the organiser wants void: evidence, appeal, the arbiter, and every way out."""

import pytest
from conting_client.generated import ticket
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.programs.people import DAY, Human, office
from tests.programs.shows import DOORS, Show, moved, show
from tests.programs.waits import SEAT as WAITED_FOR
from tests.programs.waits import Queue
from tests.programs.world import World, refused, swapped, told

SEAT = 5
WINDOW = 2 * DAY
EVIDENCE, STATEMENT = b"\xe1" * 32, b"\x5a" * 32
State, Case = ticket.TicketState, ticket.CaseState


class Court:
    """A show with one sold seat, and what organiser, holder and arbiter can do about it."""

    def __init__(
        self, on: Show | None = None, seat: int = SEAT, holder: Human | None = None
    ) -> None:
        self.on = on or show()
        self.world = self.on.world
        self.seat = seat
        self.holder: Human = holder or self.on.sell(self.seat)

    @property
    def case(self) -> Pubkey:
        seeds = [b"case", bytes(self.on.ticket_of(self.seat)), bytes(self.holder.person)]
        return Pubkey.find_program_address(seeds, ticket.PROGRAM_ID)[0]

    def accusation(self) -> Instruction:
        return ticket.open_void(
            organiser=self.on.organiser.pubkey(),
            event=self.on.event,
            ticket=self.on.ticket_of(self.seat),
            case=self.case,
            rule=7,
            evidence=EVIDENCE,
        )

    def answer(self, wallet: Keypair | None = None) -> Instruction:
        return ticket.appeal(
            wallet=(wallet or self.holder.wallet).pubkey(),
            person=self.holder.person,
            case=self.case,
            statement=STATEMENT,
        )

    def decision(self, *, upheld: bool) -> Instruction:
        return ticket.decide_void(
            arbiter=self.on.arbiter.pubkey(),
            event=self.on.event,
            ticket=self.on.ticket_of(self.seat),
            case=self.case,
            upheld=upheld,
        )

    def restoration(self) -> Instruction:
        return ticket.restore_ticket(
            event=self.on.event, ticket=self.on.ticket_of(self.seat), case=self.case
        )

    def accused(self) -> "Court":
        self.world.must(self.on.by_organiser(self.accusation()))
        return self

    def appealed(self) -> "Court":
        self.accused()
        self.world.must(self.world.send(self.answer(), by=self.holder.wallet))
        return self

    def send(self, call: Instruction, *signers: Keypair) -> str:
        return self.world.send(call, by=[self.world.actor(), *signers]).error

    def state(self) -> tuple[ticket.TicketState, ticket.CaseState, int]:
        """Of the ticket, of the case, and how many cases are open."""
        case = self.world.read(ticket.Case, self.case)
        return self.on.read_ticket(self.seat).state, case.state, self.on.read_event().open_cases


@pytest.fixture
def court() -> Court:
    return Court()


def test_accused(court: Court) -> None:
    outcome = court.world.must(court.on.by_organiser(court.accusation()))
    until = court.world.now + WINDOW
    event = told(outcome, ticket.CaseOpened)
    assert (event.ticket, event.person) == (court.on.ticket_of(SEAT), court.holder.person)
    assert (event.rule, event.evidence, event.appeal_until) == (7, EVIDENCE, until)
    case = court.world.read(ticket.Case, court.case)
    assert (case.event, case.ticket) == (court.on.event, court.on.ticket_of(SEAT))
    assert (case.person, case.rule, case.evidence) == (court.holder.person, 7, EVIDENCE)
    assert (case.appeal_until, case.decide_until) == (until, until + WINDOW)
    assert case.statement == bytes(32)
    assert court.state() == (State.VOIDING, Case.OPEN, 1)


def test_appealed(court: Court) -> None:
    court.accused()
    outcome = court.world.must(court.world.send(court.answer(), by=court.holder.wallet))
    event = told(outcome, ticket.CaseAppealed)
    case = court.world.read(ticket.Case, court.case)
    assert (event.person, event.statement) == (court.holder.person, STATEMENT)
    assert event.decide_until == case.decide_until
    assert case.statement == STATEMENT
    assert court.state() == (State.VOIDING, Case.APPEALED, 1)


def test_dismissed(court: Court) -> None:
    court.appealed()
    held = court.world.read(ticket.Holding, court.on.holding(court.holder)).count
    outcome = court.world.send(court.decision(upheld=False), by=court.on.arbiter)
    event = told(court.world.must(outcome), ticket.CaseClosed)
    assert (event.person, event.void) == (court.holder.person, False)
    assert court.state() == (State.ISSUED, Case.DISMISSED, 0)
    assert court.world.read(ticket.Holding, court.on.holding(court.holder)).count == held


def test_upheld(court: Court) -> None:
    court.appealed()
    assert court.send(court.decision(upheld=True), court.on.arbiter) == ""
    assert court.state() == (State.VOIDING, Case.UPHELD, 1)


def test_a_silent_arbiter(court: Court) -> None:
    court.appealed()
    court.world.wait(2 * WINDOW - 1)
    assert court.send(court.restoration()) == "TOO_EARLY"
    court.world.wait(1)
    assert court.send(court.decision(upheld=True), court.on.arbiter) == "TOO_LATE"
    assert court.send(court.restoration()) == ""
    assert court.state() == (State.ISSUED, Case.DISMISSED, 0)


def test_who_may(court: Court) -> None:
    mallory = court.on.fan()
    key = mallory.wallet.pubkey()
    forged = swapped(court.accusation(), court.on.organiser.pubkey(), key)
    assert court.send(forged, mallory.wallet) == "NOT_ORGANISER"
    court.accused()
    forged = swapped(court.answer(), court.holder.wallet.pubkey(), key)
    assert court.send(forged, mallory.wallet) == "WRONG_WALLET"
    forged = swapped(forged, court.holder.person, mallory.person)
    assert court.send(forged, mallory.wallet) == "WRONG_PERSON"
    assert court.send(court.answer(), court.holder.wallet) == ""
    for pretender in (mallory.wallet, court.on.organiser):
        forged = swapped(court.decision(upheld=True), court.on.arbiter.pubkey(), pretender.pubkey())
        assert court.send(forged, pretender) == "NOT_ARBITER"


def test_each_step_once_and_in_order(court: Court) -> None:
    court.accused()
    assert court.send(court.decision(upheld=True), court.on.arbiter) == "CASE_NOT_OPEN"
    assert court.send(court.restoration()) == "CASE_NOT_OPEN"
    assert court.send(court.answer(), court.holder.wallet) == ""
    assert court.send(court.answer(), court.holder.wallet) == "CASE_NOT_OPEN"
    assert court.send(court.decision(upheld=True), court.on.arbiter) == ""
    assert court.send(court.decision(upheld=False), court.on.arbiter) == "CASE_NOT_OPEN"
    court.world.wait(2 * WINDOW)
    assert court.send(court.restoration()) == "CASE_NOT_OPEN"


def test_an_appeal_too_late(court: Court) -> None:
    court.accused()
    court.world.wait(WINDOW)
    assert court.send(court.answer(), court.holder.wallet) == "TOO_LATE"


def test_both_windows_end_before_the_doors(court: Court) -> None:
    court.world.at(DOORS - 2 * WINDOW + 1)
    refused(court.on.by_organiser(court.accusation()), "TOO_LATE")
    court.world.at(DOORS - 2 * WINDOW)
    court.world.must(court.on.by_organiser(court.accusation()))


@pytest.mark.attack
def test_accused_again_after_winning(court: Court) -> None:
    """An organiser cannot keep a ticket frozen by accusing anew."""
    court.appealed()
    assert court.send(court.decision(upheld=False), court.on.arbiter) == ""
    refused(court.on.by_organiser(court.accusation()), "ACCUSED_BEFORE")


@pytest.mark.attack
def test_the_case_of_who_had_the_seat_before() -> None:
    """Of a cancelled event all tickets end, and with each the case about who has it now."""
    queue = Queue()
    on, first = queue.on, Court(queue.on, WAITED_FOR, queue.seller)
    first.appealed()
    assert first.send(first.decision(upheld=False), on.arbiter) == ""
    ben = queue.join()
    queue.drawn().offered()
    on.world.must(queue.accept(ben))
    second = Court(on, WAITED_FOR, ben).accused()
    on.world.must(on.cancel())
    key = ben.wallet.pubkey()
    end = ticket.finish_void(
        paid_by=key,
        event=on.event,
        section=on.section(),
        holding=on.holding(ben),
        ticket=on.ticket_of(WAITED_FOR),
        case=first.case,
        token=on.token(WAITED_FOR, key),
    )
    assert second.send(end) == "WRONG_PERSON"
    assert second.send(swapped(end, first.case, second.case)) == ""


@pytest.mark.attack
def test_a_ticket_of_another_event(court: Court) -> None:
    """Mallory is an organiser too, and accuses who holds a ticket of somebody else's event."""
    other = Show(court.world, 8)
    court.world.at(other.world.now - 20 * DAY)
    court.world.must(other.by_organiser(other.create()))
    call = swapped(court.accusation(), court.on.organiser.pubkey(), other.organiser.pubkey())
    forged = swapped(call, court.on.event, other.event)
    refused(other.by_organiser(forged), "WRONG_EVENT")


@pytest.mark.attack
def test_an_arbiter_of_another_event(court: Court) -> None:
    court.appealed()
    other = Show(court.world, 8)
    court.world.at(other.world.now - 20 * DAY)
    court.world.must(other.by_organiser(other.create()))
    call = swapped(court.decision(upheld=True), court.on.arbiter.pubkey(), other.arbiter.pubkey())
    assert court.send(swapped(call, court.on.event, other.event), other.arbiter) == "WRONG_EVENT"


@pytest.mark.attack
def test_a_case_about_another_ticket(court: Court) -> None:
    """The verdict about one seat moves no other."""
    other = 6
    court.on.sell(other)
    court.appealed()
    call = swapped(
        court.decision(upheld=False), court.on.ticket_of(SEAT), court.on.ticket_of(other)
    )
    assert court.send(call, court.on.arbiter) == "WRONG_TICKET"
    court.world.wait(2 * WINDOW)
    forged = swapped(court.restoration(), court.on.ticket_of(SEAT), court.on.ticket_of(other))
    assert court.send(forged) == "WRONG_TICKET"


@pytest.mark.attack
def test_frozen_while_the_case_runs(court: Court) -> None:
    """Neither given back nor entered with: the organiser's word against the holder's is open."""
    court.accused()
    call = ticket.open_void(
        organiser=court.on.organiser.pubkey(), event=court.on.event,
        ticket=court.on.ticket_of(SEAT), case=court.case, rule=1, evidence=EVIDENCE,
    )  # fmt: skip
    refused(court.on.by_organiser(call), "TICKET_VOID")
    gate = court.on.add_gate()
    court.world.at(DOORS)
    refused(court.on.check_in(gate, SEAT), "TICKET_VOID")


def test_who_was_accused_and_won_gets_in(court: Court) -> None:
    court.appealed()
    court.world.wait(2 * WINDOW)
    assert court.send(court.restoration()) == ""
    gate = court.on.add_gate()
    court.world.at(DOORS)
    court.world.must(court.on.check_in(gate, SEAT))


def test_the_clawed_back_person_appeals() -> None:
    """The wallet that holds the NFT was stolen; its person answers from the new one."""
    world = World()
    post = office(world)
    court = Court(show(world, office=post)).accused()
    old = court.holder
    new = moved(world, post, old)
    assert court.send(court.answer(old.wallet), old.wallet) == "WRONG_WALLET"
    assert court.send(court.answer(new.wallet), new.wallet) == ""


@pytest.mark.attack
def test_a_used_ticket_is_not_accused() -> None:
    court = Court(show(appeal_window=DAY))
    gate = court.on.add_gate()
    court.world.at(DOORS)
    court.world.must(court.on.check_in(gate, SEAT))
    refused(court.on.by_organiser(court.accusation()), "ALREADY_USED")


def test_nobody_is_accused_at_a_cancelled_event(court: Court) -> None:
    court.world.must(court.on.cancel())
    refused(court.on.by_organiser(court.accusation()), "EVENT_CANCELLED")
