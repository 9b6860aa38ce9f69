"""The drawn section of the random concert: groups, deposits, one draw, claims, leftover seats.

Like the concert it believes what was accepted, and compares that with the accounts; whether a group
has won it computes by the specification.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from conting_client import fairness
from conting_client.generated import ticket
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.programs.draws import INCINERATOR
from tests.programs.people import DAY, Human
from tests.programs.shows import FREEZE, GROUP, OPENS, PRICE, Show
from tests.programs.world import SOL, World

SECTION: Final = 1
SEATS: Final = 4
SECRET: Final = hashlib.sha256(b"the concert's secret").digest()
BOND: Final = 2 * SOL
CLAIM: Final = 3 * DAY
ENTERING: Final = 5 * DAY
"""From the opening of the sale to the draw."""
MAX_GROUP: Final = 4
NOBODY: Final = Pubkey.default()
State = ticket.TicketState
LIVE: Final = frozenset({State.ISSUED, State.USED, State.VOIDING})


@dataclass
class Seat:
    """Whose it is, and who paid for it."""

    person: Pubkey
    wallet: Pubkey
    payer: Pubkey


@dataclass
class Party:
    """A group, as it was made."""

    members: tuple[Pubkey, ...]
    index: int | None = None
    """Its number among those of its size, when it is complete."""


@dataclass
class Bid:
    """Whose deposit lies in which leader's group."""

    leader: Pubkey
    payer: Pubkey


class Hall(Protocol):
    """What the lottery needs of the concert."""

    world: World
    show: Show
    fans: list[Human]
    stranger: Keypair
    funds: int
    cancelled: bool

    def send(self, name: str, *calls: Instruction, by: list[Keypair]) -> bool:
        """Whether it was accepted."""

    def human_of(self, person: Pubkey) -> Human:
        """The fan whose account this is."""


class Lottery:
    """The second section of the concert, opened before the sale."""

    def __init__(self, hall: Hall) -> None:
        self.hall, self.show, self.world = hall, hall.show, hall.world
        self.parties: dict[Pubkey, Party] = {}
        """By leader."""
        self.bids: dict[Pubkey, Bid] = {}
        """By person."""
        self.seats: dict[int, Seat] = {}
        self.entered: Counter[int] = Counter()
        """Complete groups, by size."""
        self.drawn = False
        self.target = self.world.slot + (OPENS + ENTERING - self.world.now) * 5 // 2
        self.section = self.show.section(SECTION)
        self.draw_key = ticket.draw_address(section=self.section)
        self.places = [self.show.ticket_of(seat, SECTION) for seat in range(SEATS)]
        self.mints = [ticket.mint_address(ticket=each) for each in self.places]
        for call in (self._section(), self._opening()):
            self.world.must(self.show.by_organiser(call))

    def _section(self) -> Instruction:
        return ticket.add_section(
            organiser=self.show.organiser.pubkey(),
            event=self.show.event,
            index=SECTION,
            seats=SEATS,
            price=PRICE,
            gate_group=GROUP,
            mode=ticket.SaleMode.DRAW,
            name="Balcony",
        )

    def _opening(self) -> Instruction:
        return ticket.open_draw(
            organiser=self.show.organiser.pubkey(),
            event=self.show.event,
            section=self.section,
            commit=hashlib.sha256(SECRET).digest(),
            bond=BOND,
            target_slot=self.target,
            claim_window=CLAIM,
        )

    # What is there

    def read(self) -> ticket.Draw:
        """The draw as it is."""
        return self.world.read(ticket.Draw, self.draw_key)

    def tickets(self) -> dict[int, ticket.Ticket]:
        """Of the seats that were ever sold."""
        there = [(seat, key) for seat, key in enumerate(self.places) if self.world.exists(key)]
        return {seat: self.world.read(ticket.Ticket, key) for seat, key in there}

    def _group(self, leader: Pubkey) -> Pubkey:
        return ticket.group_address(draw=self.draw_key, person=leader)

    def seat_of(self, person: Pubkey) -> int | None:
        """The seat that the draw has given to whoever has a bid, by the specification."""
        party = self.parties[self.bids[person].leader]
        if not self.drawn or party.index is None:
            return None
        draw, size = self.read(), len(party.members)
        winners = fairness.winners_by_size(draw.draw_key, draw.groups, SEATS)
        key = fairness.size_key(draw.draw_key, size)
        place = fairness.place_of(key, draw.groups[size - 1], party.index)
        if place >= winners[size - 1]:
            return None
        first = fairness.first_seats(winners)[size - 1]
        return first + place * size + party.members.index(person)

    def is_out(self, person: Pubkey) -> bool:
        """Whether who has a bid must get it back for the asking."""
        party, draw = self.parties[self.bids[person].leader], self.read()
        if self.hall.cancelled or self.world.now >= FREEZE:
            return True
        if party.index is None:
            return self.world.slot >= self.target
        late = self.drawn and self.world.now >= draw.claim_until
        return late or (self.drawn and self.seat_of(person) is None)

    # Who does what

    def make(self, members: Sequence[int]) -> None:
        """A fan names a group."""
        humans = [self.hall.fans[each] for each in members]
        persons = [each.person for each in humans]
        leader = humans[0]
        call = ticket.make_group(
            wallet=leader.wallet.pubkey(),
            person=leader.person,
            event=self.show.event,
            draw=self.draw_key,
            size=len(persons),
            members=[*persons, *[NOBODY] * (MAX_GROUP - len(persons))],
        )
        if self.hall.send("make_group", call, by=[leader.wallet]):
            assert self.world.slot < self.target
            assert leader.person not in self.parties
            self.parties[leader.person] = Party(tuple(persons))

    def join(self, fan: int, leader: Pubkey) -> None:
        """Whoever it is pays a deposit."""
        human, party = self.hall.fans[fan], self.parties[leader]
        call = ticket.join_group(
            admission=self.show.admission.pubkey(),
            wallet=human.wallet.pubkey(),
            person=human.person,
            event=self.show.event,
            section=self.section,
            group=self._group(leader),
            max_price=PRICE,
        )
        if self.hall.send("join_group", call, by=[human.wallet, self.show.admission]):
            assert self.world.slot < self.target
            assert human.person in party.members
            assert human.person not in self.bids
            self.bids[human.person] = Bid(leader, human.wallet.pubkey())
            self.hall.funds += PRICE
            if all(each in self.bids and self.bids[each].leader == leader
                   for each in party.members):  # fmt: skip
                party.index = self.entered[len(party.members)]
                self.entered[len(party.members)] += 1

    def leave(self, fan: int) -> None:
        """A member thinks better of it."""
        human = self.hall.fans[fan]
        bid = self.bids.get(human.person)
        if bid is None:
            return
        call = ticket.leave_group(
            wallet=human.wallet.pubkey(),
            paid_by=bid.payer,
            person=human.person,
            event=self.show.event,
            draw=self.draw_key,
            group=self._group(bid.leader),
        )
        if self.hall.send("leave_group", call, by=[human.wallet]):
            assert self.parties[bid.leader].index is None
            self._ended(human.person)

    def close_group(self, leader: Pubkey) -> None:
        """Anybody closes a group that nobody is in."""
        if leader not in self.parties:
            return
        call = ticket.close_group(
            rent_to=self.world.read(ticket.Group, self._group(leader)).rent_to,
            event=self.show.event,
            draw=self.draw_key,
            group=self._group(leader),
        )
        if self.hall.send("close_group", call, by=[self.hall.stranger]):
            assert self.parties[leader].index is None
            assert leader not in [each.leader for each in self.bids.values()]
            del self.parties[leader]

    def reveal(self, secret: bytes) -> None:
        """Whoever it is tells a secret."""
        call = ticket.reveal(
            organiser=self.show.organiser.pubkey(),
            event=self.show.event,
            section=self.section,
            secret=secret,
        )
        if self.hall.send("reveal", call, by=[self.hall.stranger]):
            assert secret == SECRET
            self._drew()

    def draw(self) -> None:
        """Anybody draws without the secret."""
        call = ticket.draw_without_secret(
            incinerator=INCINERATOR, event=self.show.event, section=self.section
        )
        if self.hall.send("draw_without_secret", call, by=[self.hall.stranger]):
            self._drew()

    def _drew(self) -> None:
        assert not self.drawn
        assert self.world.slot > self.target
        assert self.world.now < FREEZE
        self.drawn = True

    def claim(self, fan: int, seat: int) -> None:
        """Whoever it is claims a seat."""
        human = self.hall.fans[fan]
        bid = self.bids.get(human.person)
        if bid is None:
            return
        given, draw = self.seat_of(human.person), self.read()
        call = ticket.claim_seat(
            wallet=human.wallet.pubkey(),
            paid_by=bid.payer,
            person=human.person,
            event=self.show.event,
            section=self.section,
            group=self._group(bid.leader),
            seat=seat,
        )
        if self.hall.send("claim_seat", call, by=[human.wallet]):
            assert seat == given
            assert seat not in self.seats
            assert self.world.now < draw.claim_until
            assert not self.hall.cancelled
            self.seats[seat] = Seat(human.person, human.wallet.pubkey(), bid.payer)
            del self.bids[human.person]

    def take_back(self, person: Pubkey) -> None:
        """Anybody sends a deposit back: accepted exactly when it decides nothing any more."""
        bid = self.bids.get(person)
        if bid is None:
            return
        call = ticket.take_back(
            paid_by=bid.payer,
            event=self.show.event,
            holding=ticket.holding_address(event=self.show.event, person=person),
            draw=self.draw_key,
            group=self._group(bid.leader),
            bid=ticket.bid_address(draw=self.draw_key, person=person),
        )
        out = self.is_out(person)
        accepted = self.hall.send("take_back", call, by=[self.hall.stranger])
        assert accepted == out
        if accepted:
            self._ended(person)

    def _ended(self, person: Pubkey) -> None:
        del self.bids[person]
        self.hall.funds -= PRICE

    def buy(self, fan: int, seat: int) -> None:
        """A seat that the draw has left over."""
        human = self.hall.fans[fan]
        call = ticket.buy(
            admission=self.show.admission.pubkey(),
            wallet=human.wallet.pubkey(),
            person=human.person,
            event=self.show.event,
            section=self.section,
            seat=seat,
            max_price=PRICE,
        )
        if self.hall.send("buy_left", call, by=[human.wallet, self.show.admission]):
            assert self.drawn
            assert self.world.now >= self.read().claim_until
            assert seat not in self.seats
            key = human.wallet.pubkey()
            self.seats[seat] = Seat(human.person, key, key)
            self.hall.funds += PRICE

    def end(self, seat: int, refund: Callable[[int], int]) -> None:
        """The ticket comes back: whole if the event was cancelled, else what `refund` says."""
        held = self.seats[seat]
        human = self.hall.human_of(held.person)
        accounts = {
            "paid_by": held.payer,
            "event": self.show.event,
            "section": self.section,
            "holding": self.show.holding(human),
            "ticket": self.places[seat],
            "token": self.tickets()[seat].token,
        }
        share = PRICE if self.hall.cancelled else refund(self.world.now)
        if self.hall.cancelled:
            call, signers = ticket.refund_cancelled(**accounts), [self.hall.stranger]
        else:
            wallet = human.wallet
            call = ticket.refund(holder=wallet.pubkey(), person=human.person, **accounts)
            signers = [wallet]
        if self.hall.send("end_drawn", call, by=signers):
            self.hall.funds -= share
            del self.seats[seat]

    # What must hold

    def check(self, live: dict[int, ticket.Ticket]) -> None:
        """The drawn section as it is, against what was accepted."""
        draw = self.read()
        section = self.world.read(ticket.Section, self.section)
        assert live.keys() == self.seats.keys()
        assert section.sold == len(live) <= SEATS
        for seat, found in live.items():
            believed = self.seats[seat]
            assert (found.person, found.holder) == (believed.person, believed.wallet)
            assert found.paid_by == believed.payer
        assert (draw.state is ticket.DrawState.DRAWN) == self.drawn
        assert draw.kept == len(self.parties) + len(self.bids)
        assert list(draw.groups) == [self.entered[size] for size in range(1, MAX_GROUP + 1)]
        assert draw.entries == sum(draw.groups)
        bond = self.world.lamports(self.draw_key) - self.world.rent_of(self.draw_key)
        assert bond == (0 if self.drawn else BOND)
        self._check_groups()

    def _check_groups(self) -> None:
        inside = Counter(each.leader for each in self.bids.values())
        for leader, party in self.parties.items():
            group = self.world.read(ticket.Group, self._group(leader))
            assert group.joined == inside[leader]
            assert group.complete == (party.index is not None)
            assert party.index is None or group.index == party.index
