"""A show whose one section is drawn, and the groups that enter."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from conting_client.generated import ticket
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.programs.people import DAY, Human, Office
from tests.programs.shows import GROUP, OPENS, PRICE, Show
from tests.programs.world import SOL, Outcome, World

SECRET: Final = hashlib.sha256(b"the organiser's secret").digest()
BOND: Final = 5 * SOL
TARGET: Final = 5 * DAY * 5 // 2
"""Slots from the opening of the sale."""
CLAIM: Final = 3 * DAY
ROUND: Final = 400
INCINERATOR: Final = Pubkey.from_string("1nc1nerator11111111111111111111111111111111")
NOBODY: Final = Pubkey.default()


@dataclass
class Party:
    """A group: its members in order, the leader first."""

    members: Sequence[Human]

    @property
    def size(self) -> int:
        """How many they are."""
        return len(self.members)

    @property
    def names(self) -> list[Pubkey]:
        """As the program wants them."""
        return [*(each.person for each in self.members), *[NOBODY] * (4 - self.size)]


@dataclass
class Lots:
    """A section of `seats` seats whose draw takes entries."""

    world: World = field(default_factory=World)
    seats: int = 20
    number: int = 7
    office: Office | None = None
    limit: int = 2
    early: bool = False
    """The sale has not opened yet."""
    opened: bool = True
    """Whether the draw is there already."""
    coin: Pubkey | None = None
    """The mint of the tokens that the event is paid in, if not in lamports."""
    on: Show = field(init=False)
    target: int = field(init=False)

    def __post_init__(self) -> None:
        self.on = Show(self.world, self.number, self.office, coin=self.coin)
        on = self.on
        self.world.must(on.by_organiser(on.create(limit=self.limit)))
        if self.coin is not None:
            self.world.must(on.open_till())
        self.world.must(on.by_organiser(self.section_call()))
        self.target = self.slot_at(OPENS) + TARGET
        if self.opened:
            self.world.must(on.by_organiser(self.opening()))
        if self.opened and not self.early:
            self.world.at(OPENS)

    def slot_at(self, time: int) -> int:
        """The slot that the world will be in then."""
        return self.world.slot + (time - self.world.now) * 5 // 2

    def section_call(self) -> Instruction:
        """The section, in mode DRAW."""
        return ticket.add_section(
            organiser=self.on.organiser.pubkey(),
            event=self.on.event,
            index=0,
            seats=self.seats,
            price=PRICE,
            gate_group=GROUP,
            mode=ticket.SaleMode.DRAW,
            name="Floor",
        )

    def opening(self, **changes: object) -> Instruction:
        """Opens the draw."""
        usual: dict[str, object] = {
            "organiser": self.on.organiser.pubkey(),
            "event": self.on.event,
            "section": self.on.section(),
            "commit": hashlib.sha256(SECRET).digest(),
            "bond": BOND,
            "target_slot": self.target,
            "claim_window": CLAIM,
        }
        return ticket.open_draw(**{**usual, **changes})  # type: ignore[arg-type]

    # Addresses

    @property
    def draw(self) -> Pubkey:
        """The draw's account."""
        return ticket.draw_address(section=self.on.section())

    def group(self, party: Party) -> Pubkey:
        """A group's account."""
        return ticket.group_address(draw=self.draw, person=party.members[0].person)

    def bid(self, human: Human) -> Pubkey:
        """A person's bid."""
        return ticket.bid_address(draw=self.draw, person=human.person)

    # What is there

    def read(self) -> ticket.Draw:
        """The draw as it is."""
        return self.world.read(ticket.Draw, self.draw)

    def read_group(self, party: Party) -> ticket.Group:
        """A group as it is."""
        return self.world.read(ticket.Group, self.group(party))

    # Who does what

    def making(self, party: Party, names: list[Pubkey] | None = None) -> Instruction:
        """The leader names the members."""
        leader = party.members[0]
        return ticket.make_group(
            wallet=leader.wallet.pubkey(),
            person=leader.person,
            event=self.on.event,
            draw=self.draw,
            size=party.size,
            members=party.names if names is None else names,
        )

    def joining(self, party: Party, human: Human) -> Instruction:
        """A member pays the deposit."""
        return ticket.join_group(
            admission=self.on.admission.pubkey(),
            wallet=human.wallet.pubkey(),
            person=human.person,
            event=self.on.event,
            section=self.on.section(),
            group=self.group(party),
            max_price=PRICE,
            **self.on.money(human.wallet.pubkey()),
        )

    def join(self, party: Party, human: Human) -> Outcome:
        """The same, sent."""
        return self.world.send(self.joining(party, human), by=[human.wallet, self.on.admission])

    def party(self, size: int = 1, *, joined: int | None = None) -> Party:
        """A new group, of whom the first so many have joined; all if not said."""
        made = Party([self.on.fan() for _ in range(size)])
        leader = made.members[0]
        self.world.must(self.world.send(self.making(made), by=leader.wallet))
        for human in made.members[:joined]:
            self.world.must(self.join(made, human))
        return made

    def leaving(self, party: Party, human: Human) -> Instruction:
        """A member leaves an incomplete group."""
        return ticket.leave_group(
            wallet=human.wallet.pubkey(),
            paid_by=human.wallet.pubkey(),
            person=human.person,
            event=self.on.event,
            draw=self.draw,
            group=self.group(party),
            **self.on.money(human.wallet.pubkey()),
        )

    def revealing(self, secret: bytes = SECRET) -> Instruction:
        """Tells the secret."""
        return ticket.reveal(
            organiser=self.on.organiser.pubkey(),
            event=self.on.event,
            section=self.on.section(),
            secret=secret,
        )

    def drawing(self) -> Instruction:
        """Draws without the secret."""
        return ticket.draw_without_secret(
            incinerator=INCINERATOR, event=self.on.event, section=self.on.section()
        )

    def drawn(self) -> "Lots":
        """The secret was told in time."""
        self.world.to_slot(self.target + 2)
        self.world.must(self.world.send(self.revealing(), by=self.world.actor()))
        return self

    def claiming(self, party: Party, human: Human, seat: int) -> Instruction:
        """A winner takes the seat."""
        return ticket.claim_seat(
            wallet=human.wallet.pubkey(),
            paid_by=human.wallet.pubkey(),
            person=human.person,
            event=self.on.event,
            section=self.on.section(),
            group=self.group(party),
            seat=seat,
        )

    def claim(self, party: Party, human: Human, seat: int) -> Outcome:
        """The same, sent."""
        return self.world.send(self.claiming(party, human, seat), by=human.wallet)

    def taking_back(self, party: Party, human: Human) -> Instruction:
        """The deposit of who has no seat."""
        return ticket.take_back(
            paid_by=human.wallet.pubkey(),
            event=self.on.event,
            holding=self.on.holding(human),
            draw=self.draw,
            group=self.group(party),
            bid=self.bid(human),
            **self.on.money(human.wallet.pubkey()),
        )

    def take_back(self, party: Party, human: Human, by: Keypair | None = None) -> Outcome:
        """The same, sent by anybody."""
        return self.world.send(self.taking_back(party, human), by=by or self.world.actor())
