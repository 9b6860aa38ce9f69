"""What takes several steps in one order: chance alone would hardly ever tell it whole.

A concert of the property tests begins with one of these and tells others as they come. Each goes as
far as the concert lets it: nothing here says what has to be accepted.
"""

from collections.abc import Callable
from typing import Final

from tests.programs.dice import Dice
from tests.programs.lottery import CLAIM, SECRET
from tests.programs.lottery import SEATS as DRAWN_SEATS
from tests.programs.machine import DISPUTE, FANS, SEATS, Concert, refund_at
from tests.programs.shows import DOORS

OFFER: Final = 3_600
"""Seconds that a seat stays offered, by the usual rules."""
ROUND: Final = 400
"""Slots after which a draw does without its secret."""


def bought(concert: Concert, roll: Dice) -> tuple[int, int]:
    """A fan buys a seat; another fan's seat if none is free."""
    free = [each for each in range(SEATS) if each not in concert.seats]
    if free:
        fan, seat = roll.below(FANS), roll.of(free, 0)
        concert.buy(fan, seat)
        return fan, seat
    seat = roll.below(SEATS)
    persons = [each.person for each in concert.fans]
    return persons.index(concert.seats[seat].person), seat


def ask_a_friend(concert: Concert, roll: Dice) -> None:
    """A fan lets another buy, who does."""
    owner, helper = roll.some(range(FANS), 2)
    concert.grant(owner, helper, 1 + roll.below(2))
    concert.buy_for(helper, owner, roll.below(SEATS))


def hold_court(concert: Concert, roll: Dice) -> None:
    """A holder is accused and answers, and the arbiter decides; a lost ticket ends at once."""
    fan, seat = bought(concert, roll)
    concert.accuse(seat)
    concert.appeal(fan, seat)
    concert.decide(seat, upheld=roll.once_in(2))
    concert.end(seat, by_case=True)


def let_it_rest(concert: Concert, roll: Dice) -> None:
    """The arbiter says nothing to an appeal; or the holder said nothing to the accusation."""
    fan, seat = bought(concert, roll)
    concert.accuse(seat)
    if roll.once_in(2):
        concert.appeal(fan, seat)
    concert.outlast_case(seat)
    concert.restore(seat)
    concert.end(seat, by_case=True)


def change_hands(concert: Concert, roll: Dice) -> None:
    """A seat comes back, is drawn for and offered; whoever it is takes it, or lets it go."""
    giver, seat = bought(concert, roll)
    for fan in range(FANS):
        concert.join_waiting(fan)
    concert.refund(giver, seat)
    concert.redraw(seat)
    for index in range(FANS):
        concert.offer(seat, index)
    if roll.once_in(2):
        concert.world.wait(OFFER)
        concert.expire(seat)
    for fan in range(FANS):
        concert.accept(fan, seat)


def find_nobody(concert: Concert, roll: Dice) -> None:
    """A seat comes back, and its slot is over before anybody waits."""
    giver, seat = bought(concert, roll)
    concert.refund(giver, seat)
    concert.redraw(seat)


def move_away(concert: Concert, roll: Dice) -> None:
    """A holder gets another wallet and phone, and the NFT follows."""
    fan, seat = bought(concert, roll)
    concert.rebind(fan)
    concert.follow(seat)


def stay_at_home(concert: Concert, roll: Dice) -> None:
    """A ticket passes on within the first household."""
    seat = roll.below(SEATS)
    giver, taker = roll.some(range(3), 2)
    concert.buy(giver, seat)
    concert.pass_on(giver, taker, seat, 0)


def think_better(concert: Concert, roll: Dice) -> None:
    """Somebody who has named another waits in vain, leaves, and nobody is left of the group."""
    lottery, (fan, other) = concert.lottery, roll.some(range(FANS), 2)
    leader = concert.fans[fan].person
    lottery.make([fan, other])
    if leader in lottery.parties:
        lottery.join(fan, leader)
    lottery.leave(fan)
    lottery.close_group(leader)


def hold_a_lottery(concert: Concert, roll: Dice) -> None:
    """Everybody alone, with the secret or without; one winner gives back, the rest is sold."""
    lottery, world = concert.lottery, concert.world
    for fan, human in enumerate(concert.fans):
        lottery.make([fan])
        if human.person in lottery.parties:
            lottery.join(fan, human.person)
    world.to_slot(max(world.slot, lottery.target + 2 + ROUND * roll.below(2)))
    lottery.reveal(SECRET)
    lottery.draw()
    for fan, human in enumerate(concert.fans):
        won = lottery.seat_of(human.person) if human.person in lottery.bids else None
        if won is not None:
            lottery.claim(fan, won)
        lottery.take_back(human.person)
    if lottery.seats:
        lottery.end(roll.of(sorted(lottery.seats), 0), refund_at)
    world.wait(CLAIM)
    for seat in range(DRAWN_SEATS):
        lottery.buy(roll.below(FANS), seat)


def call_it_off(concert: Concert, roll: Dice) -> None:
    """The event is cancelled, and somebody sends a holder the money."""
    _, seat = bought(concert, roll)
    concert.cancel()
    concert.end(seat, by_case=False)


def last_night(concert: Concert) -> None:
    """How every concert ends: all go in, out and in again, and the organiser is paid."""
    world = concert.world
    world.at(max(world.now, DOORS))
    for seat in sorted(concert.seats):
        for answer in range(2):
            concert.check_in(seat, 0, answer)
            concert.undo(seat, 0, by_chief=True)
        concert.check_in(seat, 0, 2)
    concert.check()
    world.at(max(world.now, DISPUTE))
    concert.withdraw()
    concert.check()


Story = Callable[[Concert, Dice], None]
STORIES: Final[tuple[Story, ...]] = (
    ask_a_friend, hold_court, let_it_rest, change_hands, find_nobody, move_away, stay_at_home,
    think_better, think_better, ask_a_friend, hold_a_lottery, call_it_off,
)  # fmt: skip
