"""Random interleavings of what many people do at once; the invariants hold after every step."""

import os
from collections import Counter
from typing import Final

import pytest
from hypothesis import HealthCheck, note, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.programs.dice import Dice, dice
from tests.programs.lottery import SEATS as DRAWN_SEATS
from tests.programs.lottery import SECRET
from tests.programs.machine import FANS, MOMENTS, SEATS, SESSIONS, Concert, refund_at
from tests.programs.stories import STORIES, last_night

STEPS = 200
"""Of one concert."""
OFTEN = 5
"""Nothing is accepted so seldom that a small change of the program could make it vanish."""
PARTS = 4
"""In so many at most."""
SHARE = float(os.environ.get("CONTING_FUZZ", "1"))
FIRST_HOME = 3  # fans of the first household
TOTAL: Counter[str] = Counter()
"""What was accepted, by the names of the instructions."""
EVERYTHING: Final = frozenset({
    "buy", "grant_help", "buy_for", "refund", "family_transfer", "rebind", "follow_person",
    "open_void", "appeal", "decide_void", "restore_ticket", "finish_void", "check_in", "undo_entry",
    "withdraw", "wait_longer", "cancel_event", "refund_cancelled", "join_waiting", "redraw",
    "offer_seat", "accept_offer",
    "expire_offer", "make_group", "join_group", "leave_group", "close_group", "reveal",
    "draw_without_secret", "claim_seat", "take_back", "buy_left", "end_drawn",
})  # fmt: skip
"""What has to be accepted again and again among thousands of steps."""


ACTS: Final = (
    "wait", "wait", "wait", "next_act", "buy", "buy", "buy", "help", "refund", "refund",
    "wait_for_seat", "wait_for_seat", "draw_again", "draw_again", "take_offer",
    "pass_on", "pass_on", "rebind", "accuse", "appeal", "decide", "settle_case", "say_nothing",
    "check_in", "check_in", "undo", "cancel", "withdraw", "hand_on", "call_off", "in_and_out",
    "tell",
    "lots", "lots", "lots", "lots", "lots",
)  # fmt: skip
LOTS: Final = (
    "enter_lots", "enter_lots", "leave_lots", "draw_lots", "claim_lots", "fetch_deposits",
    "leftovers", "hold_lottery",
)  # fmt: skip
"""What is done in the drawn section."""


class Concerts(RuleBasedStateMachine):
    """Every rule may come at any time. Most of what is tried makes sense, a part does not."""

    def __init__(self) -> None:
        super().__init__()
        self.concert = Concert()

    @rule(roll=dice)
    def act(self, roll: Dice) -> None:
        """One of all, by the dice: Hypothesis itself would rather repeat a few."""
        name = roll.name(ACTS)
        note(name)
        getattr(self, name)(roll)

    @initialize(roll=dice)
    def begin(self, roll: Dice) -> None:
        """With one of the stories, while all that it needs is there."""
        self.tell(roll)

    def tell(self, roll: Dice) -> None:
        """One story, as far as it goes."""
        story = STORIES[roll.below(len(STORIES))]
        note(story.__name__)
        story(self.concert, roll)

    def held(self, roll: Dice) -> tuple[int, int]:
        """Who holds which seat; anybody and any seat now and then, or if nobody holds any."""
        seats = [] if roll.once_in(4) else sorted(self.concert.seats)
        fan, seat = roll.below(FANS), roll.of(seats, roll.below(SEATS))
        if not seats:
            return fan, seat
        persons = [each.person for each in self.concert.fans]
        return persons.index(self.concert.seats[seat].person), seat

    def wait(self, roll: Dice) -> None:
        self.concert.world.wait(3_600 * (1, 1, 6, 49)[roll.below(4)])

    def next_act(self, _roll: Dice) -> None:
        later = [each for each in MOMENTS if each > self.concert.world.now]
        if later:
            self.concert.world.at(later[0])

    def buy(self, roll: Dice) -> None:
        free = [each for each in range(SEATS) if each not in self.concert.seats]
        seat = roll.below(SEATS) if roll.once_in(4) else roll.of(free, 0)
        self.concert.buy(roll.below(FANS), seat, admitted=not roll.once_in(5))

    def help(self, roll: Dice) -> None:
        owner, helper, seat = roll.below(FANS), roll.below(FANS), roll.below(SEATS)
        if not roll.once_in(4):
            self.concert.grant(owner, helper, roll.below(4))
        if not roll.once_in(4):
            self.concert.buy_for(helper, owner, seat)

    def refund(self, roll: Dice) -> None:
        self.concert.refund(*self.held(roll))

    def pass_on(self, roll: Dice) -> None:
        giver, seat = self.held(roll)
        home = 0 if giver < FIRST_HOME else 1
        theirs = [n for n in range(FANS) if (n < FIRST_HOME) == (home == 0) and n != giver]
        taker = roll.below(FANS) if roll.once_in(4) else roll.of(theirs, 0)
        self.concert.pass_on(giver, taker, seat, roll.below(2) if roll.once_in(4) else home)

    def wait_for_seat(self, roll: Dice) -> None:
        self.concert.join_waiting(roll.below(FANS))

    def draw_again(self, roll: Dice) -> None:
        seat = roll.of(self.returned(), roll.below(SEATS))
        if roll.once_in(2):
            self.concert.redraw(seat)
        for index in range(FANS):
            self.concert.offer(seat, index)

    def take_offer(self, roll: Dice) -> None:
        seat, chosen = roll.of(self.returned(), roll.below(SEATS)), roll.below(FANS)
        for fan in [chosen] if roll.once_in(3) else range(FANS):
            self.concert.accept(fan, seat)
        self.concert.expire(seat)

    def returned(self) -> list[int]:
        """Seats that nobody holds."""
        return [each for each in range(SEATS) if each not in self.concert.seats]

    def rebind(self, roll: Dice) -> None:
        if roll.once_in(3):
            self.concert.rebind(roll.below(FANS))
        self.concert.follow(self.held(roll)[1])

    def accuse(self, roll: Dice) -> None:
        if roll.once_in(2):
            self.concert.accuse(self.held(roll)[1])

    def appeal(self, roll: Dice) -> None:
        self.concert.appeal(*self.held(roll))

    def decide(self, roll: Dice) -> None:
        self.concert.decide(self.held(roll)[1], upheld=roll.once_in(2))

    def settle_case(self, roll: Dice) -> None:
        seat = self.held(roll)[1]
        if roll.once_in(3):
            self.concert.world.wait(3_600 * 49 * roll.below(2))
            self.concert.restore(seat)
        else:
            self.concert.end(seat, by_case=roll.once_in(2))

    # Stories of several steps in one order, which chance alone would hardly ever tell whole

    def say_nothing(self, roll: Dice) -> None:
        """An appeal that no arbiter answers."""
        fan, seat = self.held(roll)
        self.concert.accuse(seat)
        self.concert.appeal(fan, seat)
        self.concert.outlast_case(seat)
        self.concert.restore(seat)

    def hand_on(self, roll: Dice) -> None:
        """A seat comes back, is drawn for and offered, and whoever it is takes it."""
        giver, seat = self.held(roll)
        self.concert.refund(giver, seat)
        for fan in range(FANS):
            self.concert.join_waiting(fan)
        self.concert.world.wait(3_600 * roll.below(3))
        self.concert.redraw(seat)
        for index in range(FANS):
            self.concert.offer(seat, index)
        for fan in range(FANS):
            self.concert.accept(fan, seat)

    def call_off(self, roll: Dice) -> None:
        """The event is cancelled and everybody gets the money back; once in a few concerts."""
        if roll.once_in(5):
            self.buy(roll)
            self.concert.cancel()
        if self.concert.cancelled:
            for seat in sorted(self.concert.seats):
                self.concert.end(seat, by_case=False)

    def check_in(self, roll: Dice) -> None:
        seat, session = self.held(roll)[1], roll.below(SESSIONS + 1)
        self.concert.check_in(seat, session, roll.below(5), own_phone=not roll.once_in(5))

    def in_and_out(self, roll: Dice) -> None:
        """Somebody enters, and a supervisor takes it back."""
        seat, session = self.held(roll)[1], roll.below(SESSIONS)
        self.concert.check_in(seat, session, roll.below(5))
        self.concert.undo(seat, session, by_chief=True)

    def undo(self, roll: Dice) -> None:
        seat, session = self.held(roll)[1], roll.below(SESSIONS)
        self.concert.undo(seat, session, by_chief=not roll.once_in(3))

    def cancel(self, roll: Dice) -> None:
        if roll.once_in(20):
            self.concert.cancel()

    def withdraw(self, _roll: Dice) -> None:
        self.concert.withdraw()

    # The drawn section

    def lots(self, roll: Dice) -> None:
        name = roll.name(LOTS)
        note(name)
        getattr(self, name)(roll)

    def hold_lottery(self, roll: Dice) -> None:
        """Groups enter, the organiser keeps the promise, the winners claim."""
        lottery = self.concert.lottery
        for _ in range(3):
            self.enter_lots(roll)
        if self.concert.world.slot <= lottery.target:
            self.concert.world.to_slot(lottery.target + 2)
        lottery.reveal(SECRET)
        self.claim_lots(roll)

    def enter_lots(self, roll: Dice) -> None:
        """A fan names one to three, and most of them pay; now and then somebody else tries."""
        lottery = self.concert.lottery
        fans = roll.some(range(FANS), 1 + roll.below(3))
        lottery.make(fans)
        leader = self.concert.fans[fans[0]].person
        if leader in lottery.parties:
            for fan in fans if roll.once_in(2) else [roll.below(FANS), *fans[1:]]:
                lottery.join(fan, leader)

    def leave_lots(self, roll: Dice) -> None:
        """A leader waits in vain for another fan; both are gone again, or whoever it is."""
        lottery, (fan, other) = self.concert.lottery, roll.some(range(FANS), 2)
        leader = self.concert.fans[fan].person
        lottery.make([fan, other])
        if leader in lottery.parties:
            lottery.join(fan, leader)
        lottery.leave(other if roll.once_in(4) else fan)
        lottery.close_group(leader)

    def draw_lots(self, roll: Dice) -> None:
        """In time or too late, with the secret, another or none."""
        lottery = self.concert.lottery
        if self.concert.world.slot <= lottery.target and roll.once_in(4):
            self.concert.world.to_slot(lottery.target + (2 if roll.once_in(2) else 402))
        if roll.once_in(3):
            lottery.reveal(bytes(32))
        lottery.reveal(SECRET)
        lottery.draw()

    def claim_lots(self, roll: Dice) -> None:
        """Everybody tries, most for the seat that they have won."""
        lottery = self.concert.lottery
        for fan, human in enumerate(self.concert.fans):
            won = lottery.seat_of(human.person) if human.person in lottery.bids else None
            if won is None or roll.once_in(6):
                lottery.claim(fan, roll.below(DRAWN_SEATS))
            elif not roll.once_in(3):
                lottery.claim(fan, won)

    def fetch_deposits(self, roll: Dice) -> None:
        for human in self.concert.fans:
            if roll.once_in(2):
                self.concert.lottery.take_back(human.person)

    def leftovers(self, roll: Dice) -> None:
        """Somebody buys what was not claimed, or gives a drawn seat back."""
        lottery = self.concert.lottery
        lottery.buy(roll.below(FANS), roll.below(DRAWN_SEATS))
        if lottery.seats and roll.once_in(3):
            lottery.end(roll.of(sorted(lottery.seats), 0), refund_at)

    @invariant()
    def holds(self) -> None:
        self.concert.check()

    def teardown(self) -> None:
        last_night(self.concert)
        TOTAL.update(self.concert.accepted)


def play(concerts: int, steps: int, part: int = 0) -> Counter[str]:
    """So many concerts of so many steps, the same ones each time for a part; what was accepted."""
    TOTAL.clear()
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    chosen = settings(
        max_examples=max(1, int(concerts * SHARE)),
        stateful_step_count=steps,
        deadline=None,
        derandomize=SHARE == 1,
        database=None,
        suppress_health_check=checks,
    )
    machine = type(f"Concerts{part}", (Concerts,), {})
    run_state_machine_as_test(machine, settings=chosen)
    return Counter(TOTAL)


@pytest.mark.fuzz
def test_a_few_concerts() -> None:
    play(4, 50)


@pytest.mark.fuzz
@pytest.mark.slow
def test_whatever_happens_the_invariants_hold() -> None:
    """20,800 steps; CONTING_FUZZ=50 makes fifty times as many, others each time.

    Which ones Hypothesis makes hangs on the constants of all modules that are loaded, so on what
    ran before: where something was hardly ever accepted, others follow.
    """
    done: Counter[str] = Counter()
    for part in range(1, PARTS + 1):
        done += play(104, STEPS, part)
        rare = {name: done[name] for name in EVERYTHING if done[name] < OFTEN}
        if not rare:
            break
    assert not rare, f"hardly ever accepted: {rare}"
