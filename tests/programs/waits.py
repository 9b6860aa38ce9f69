"""A show's waiting list, and the re-draws of seats that were given back."""

from dataclasses import dataclass, field
from typing import Final

from conting_client import fairness
from conting_client.generated import ticket
from solders.instruction import Instruction
from solders.pubkey import Pubkey

from tests.programs.people import Human
from tests.programs.shows import PRICE, Show, show
from tests.programs.world import Outcome, World

COOLING: Final = 1_500
"""Slots from a refund to its re-draw."""
REGISTRATION: Final = 4_500
OFFER: Final = 3_600
"""Seconds."""
SEAT: Final = 1


@dataclass
class Queue:
    """An event on sale whose seat 1 is sold, and those who wait."""

    on: Show = field(
        default_factory=lambda: show(
            cooling=COOLING, registration_window=REGISTRATION, offer_window=OFFER
        )
    )
    waiting: list[Human] = field(default_factory=list)
    """By place."""
    buyer: Human | None = None
    """Who buys seat 1; somebody new if nobody is named."""

    def __post_init__(self) -> None:
        self.seller = self.on.sell(SEAT, self.buyer)

    @property
    def world(self) -> World:
        """Where it all happens."""
        return self.on.world

    # Addresses

    def place(self, index: int) -> Pubkey:
        """A place's account."""
        return ticket.place_address(section=self.on.section(), index=index)

    @property
    def redraw(self) -> Pubkey:
        """The account of the seat's re-draw."""
        return ticket.redraw_address(ticket=self.on.ticket_of(SEAT))

    # What is there

    def read_section(self) -> ticket.Section:
        """The section as it is."""
        return self.world.read(ticket.Section, self.on.section())

    def read_ticket(self) -> ticket.Ticket:
        """The seat as it is."""
        return self.on.read_ticket(SEAT)

    def read_place(self, index: int) -> ticket.Place:
        """A place as it is."""
        return self.world.read(ticket.Place, self.place(index))

    def read_redraw(self) -> ticket.Redraw:
        """The re-draw as it is."""
        return self.world.read(ticket.Redraw, self.redraw)

    # Who does what

    def joining(self, human: Human) -> Instruction:
        """Takes the next place."""
        return ticket.join_waiting(
            admission=self.on.admission.pubkey(),
            wallet=human.wallet.pubkey(),
            person=human.person,
            event=self.on.event,
            section=self.on.section(),
            index=self.read_section().waiting,
        )

    def join(self, human: Human | None = None) -> Human:
        """Somebody waits; somebody new if nobody is named."""
        human = human or self.on.fan()
        call = self.joining(human)
        self.world.must(self.world.send(call, by=[human.wallet, self.on.admission]))
        self.waiting.append(human)
        return human

    def leaving(self, human: Human, index: int) -> Instruction:
        """Gives a place up."""
        return ticket.leave_waiting(
            wallet=human.wallet.pubkey(),
            rent_to=human.wallet.pubkey(),
            person=human.person,
            section=self.on.section(),
            place=self.place(index),
        )

    def refund(self) -> None:
        """The seller gives the seat back."""
        key = self.seller.wallet.pubkey()
        call = ticket.refund(
            holder=key,
            paid_by=key,
            person=self.seller.person,
            event=self.on.event,
            section=self.on.section(),
            holding=self.on.holding(self.seller),
            ticket=self.on.ticket_of(SEAT),
            mint=self.on.mint(SEAT),
            token=self.on.token(SEAT, key),
            **self.on.money(key),
        )
        self.world.must(self.world.send(call, by=self.seller.wallet))

    def redrawing(self, last: int, after: int | None = None, **changes: Pubkey) -> Instruction:
        """Draws, with these two places as proof of how many took part."""
        return ticket.redraw(
            payer=changes.get("payer", self.seller.wallet.pubkey()),
            event=self.on.event,
            section=self.on.section(),
            ticket=changes.get("ticket", self.on.ticket_of(SEAT)),
            last=self.place(last),
            after=self.place(last if after is None else after),
        )

    def to_draw(self) -> None:
        """Until just after the seat's slot."""
        self.world.to_slot(self.read_ticket().draw_slot + 1)

    def drawn(self) -> "Queue":
        """Refunded, waited, and drawn among all who wait."""
        self.refund()
        self.to_draw()
        self.world.must(
            self.world.send(self.redrawing(len(self.waiting) - 1), by=self.seller.wallet)
        )
        return self

    def turn(self) -> int:
        """Whose turn it is, by the specification."""
        made = self.read_redraw()
        return fairness.index_at(made.draw_key, made.count, self.read_ticket().attempt)

    def offering(self, index: int) -> Instruction:
        """Asks this place."""
        return ticket.offer_seat(
            event=self.on.event,
            section=self.on.section(),
            ticket=self.on.ticket_of(SEAT),
            place=self.place(index),
        )

    def offer(self) -> int:
        """Asks the next in turn; gives whose turn it was."""
        turn = self.turn()
        self.world.must(self.world.send(self.offering(turn), by=self.world.actor()))
        return turn

    def offered(self) -> Human:
        """Asks until the seat is offered; to whom."""
        while self.read_ticket().state == ticket.TicketState.COOLING:
            turn = self.offer()
        return self.waiting[turn]

    def accepting(self, human: Human, max_price: int = PRICE) -> Instruction:
        """Takes the offer."""
        return ticket.accept_offer(
            wallet=human.wallet.pubkey(),
            rent_to=self.read_redraw().rent_to,
            person=human.person,
            event=self.on.event,
            section=self.on.section(),
            ticket=self.on.ticket_of(SEAT),
            max_price=max_price,
            **self.on.money(human.wallet.pubkey()),
        )

    def accept(self, human: Human) -> Outcome:
        """The same, sent."""
        return self.world.send(self.accepting(human), by=human.wallet)

    def expiry(self) -> Instruction:
        """Takes the offer back."""
        return ticket.expire_offer(ticket=self.on.ticket_of(SEAT))

    def ending(self) -> Instruction:
        """Ends a re-draw in which everybody was asked."""
        return ticket.end_redraw(
            rent_to=self.read_redraw().rent_to,
            event=self.on.event,
            ticket=self.on.ticket_of(SEAT),
        )

    def longer(self) -> Instruction:
        """Nobody waited."""
        return ticket.wait_longer(
            event=self.on.event, section=self.on.section(), ticket=self.on.ticket_of(SEAT)
        )
