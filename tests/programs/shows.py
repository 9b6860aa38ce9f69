"""An event on a World: its organiser, sections and gates, and fans who hold its tickets."""

import struct
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, TypedDict, Unpack

from conting_client.generated import family, ticket
from conting_client.rules import Changes, Times, usual_rules
from solders.account import Account
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.programs.people import DAY, Human, Office, self_attested
from tests.programs.ticket_chain import ed25519_instruction
from tests.programs.world import SOL, START, TOKEN, Outcome, World

OPENS: Final = START + 30 * DAY
CLOSES: Final = START + 50 * DAY
FREEZE: Final = START + 58 * DAY
DOORS: Final = START + 60 * DAY
ENDS: Final = DOORS + DAY
LATER: Final = Times(
    sale_opens=OPENS + 5 * DAY,
    sale_closes=CLOSES + 5 * DAY,
    freeze=FREEZE + 5 * DAY,
    doors=DOORS + 5 * DAY,
    ends=ENDS + 5 * DAY,
)
"""Of another show in the same world."""
TIMES: Final = Times(sale_opens=OPENS, sale_closes=CLOSES, freeze=FREEZE, doors=DOORS, ends=ENDS)
PRICE: Final = 2 * SOL
GROUP: Final = 3
LAST_CALL: Final = 90 * DAY
"""From `close_from` to when anybody closes what its owner has not."""
_AMOUNT: Final = 64
"""Where a token account says how much is in it (spl-token `state.rs`)."""
_PURSE_BYTES: Final = 165


class Money(TypedDict):
    """Where tokens go from and to; None in an event that is paid in lamports."""

    till: Pubkey | None
    purse: Pubkey | None


def put_coin(world: World) -> Pubkey:
    """A mint of SPL Token, as if somebody had made it long before."""
    mint = Pubkey.new_unique()
    data = struct.pack("<I32sQBBI32s", 1, bytes(mint), 10**18, 6, 1, 0, bytes(32))
    world.svm.set_account(mint, Account(SOL, data, TOKEN))
    return mint


def put_purse(world: World, coin: Pubkey, owner: Pubkey, amount: int) -> Pubkey:
    """A token account of SPL Token with so much in it."""
    purse = Pubkey.new_unique()
    head = struct.pack("<32s32sQ36sB", bytes(coin), bytes(owner), amount, bytes(36), 1)
    world.svm.set_account(purse, Account(SOL, head.ljust(_PURSE_BYTES, b"\0"), TOKEN))
    return purse


@dataclass
class Show:
    """An event with one section of a hundred seats, before its sale opens."""

    world: World
    number: int = 7
    office: Office | None = None
    """The issuer that the event trusts, if any."""
    times: Times = field(default_factory=lambda: TIMES)
    organiser: Keypair = field(init=False)
    admission: Keypair = field(init=False)
    arbiter: Keypair = field(init=False)
    holders: dict[int, Human] = field(default_factory=dict)
    """Of the first section's seats, by number, as they bought."""
    coin: Pubkey | None = None
    """The mint of the tokens that it is paid in, if not in lamports."""
    purses: dict[Pubkey, Pubkey] = field(default_factory=dict)
    """Token accounts, by wallet."""

    def __post_init__(self) -> None:
        self.organiser, self.admission, self.arbiter = (self.world.actor() for _ in range(3))

    # Addresses

    @cached_property
    def event(self) -> Pubkey:
        """The event's account."""
        return ticket.event_address(organiser=self.organiser.pubkey(), number=self.number)

    @cached_property
    def vault(self) -> Pubkey:
        """Where its money is."""
        return ticket.vault_address(event=self.event)

    @cached_property
    def till(self) -> Pubkey:
        """Where its money is, if it is paid in tokens."""
        return ticket.till_address(vault=self.vault)

    def purse(self, wallet: Pubkey) -> Pubkey:
        """A wallet's token account, with enough in it."""
        assert self.coin is not None
        if wallet not in self.purses:
            self.purses[wallet] = put_purse(self.world, self.coin, wallet, 100 * PRICE)
        return self.purses[wallet]

    def money(self, wallet: Pubkey) -> Money:
        """The accounts that stand in instructions which move a wallet's money."""
        if self.coin is None:
            return Money(till=None, purse=None)
        return Money(till=self.till, purse=self.purse(wallet))

    def section(self, index: int = 0) -> Pubkey:
        """A section's account."""
        return ticket.section_address(event=self.event, index=index)

    def ticket_of(self, seat: int, section: int = 0) -> Pubkey:
        """A seat's account."""
        return ticket.ticket_address(section=self.section(section), seat=seat)

    def mint(self, seat: int) -> Pubkey:
        """Of the seat's NFT."""
        return ticket.mint_address(ticket=self.ticket_of(seat))

    def token(self, seat: int, wallet: Pubkey) -> Pubkey:
        """Where a wallet has the NFT."""
        return ticket.token_address(mint=self.mint(seat), wallet=wallet)

    def holding(self, human: Human) -> Pubkey:
        """What counts a person's tickets."""
        return ticket.holding_address(event=self.event, person=human.person)

    def gate(self, key: Keypair) -> Pubkey:
        """A gate's account."""
        return ticket.gate_address(event=self.event, key=key.pubkey())

    def entry(self, seat: int, session: int = 0) -> Pubkey:
        """A ticket's entry into a session."""
        return ticket.entry_address(ticket=self.ticket_of(seat), session=session)

    # What is there

    def read_event(self) -> ticket.Event:
        """The event as it is."""
        return self.world.read(ticket.Event, self.event)

    def read_ticket(self, seat: int) -> ticket.Ticket:
        """A seat as it is."""
        return self.world.read(ticket.Ticket, self.ticket_of(seat))

    def read_vault(self) -> ticket.Vault:
        """What the vault owes."""
        return self.world.read(ticket.Vault, self.vault)

    def funds(self) -> int:
        """What the vault has above its rent; in tokens, what is in the till."""
        if self.coin is not None:
            return self.coins(self.till)
        return self.world.lamports(self.vault) - self.world.rent_of(self.vault)

    def coins(self, key: Pubkey) -> int:
        """The tokens in a token account."""
        found = self.world.account(key)
        return 0 if found is None else int(struct.unpack_from("<Q", found.data, _AMOUNT)[0])

    # Who does what

    def create(self, **changes: Unpack[Changes]) -> Instruction:
        """Makes event and vault, by the usual rules but for these."""
        if self.office is not None:
            changes.setdefault("issuer", self.office.issuer)
        if self.coin is not None:
            changes.setdefault("payment", self.coin)
        rules = usual_rules(
            admission=self.admission.pubkey(),
            arbiter=self.arbiter.pubkey(),
            times=self.times,
            **changes,
        )
        return ticket.create_event(
            organiser=self.organiser.pubkey(),
            number=self.number,
            rules=rules,
            name="Night of the Whales",
            uri="https://tickets.example/whales",
        )

    def add_section(self, index: int = 0, *, seats: int = 100, price: int = PRICE) -> Instruction:
        """The next section, on open sale."""
        return ticket.add_section(
            organiser=self.organiser.pubkey(),
            event=self.event,
            index=index,
            seats=seats,
            price=price,
            gate_group=GROUP,
            mode=ticket.SaleMode.FIRST_COME,
            name="Floor",
        )

    def fan(self) -> Human:
        """Somebody who counts as a person here."""
        return self_attested(self.world) if self.office is None else self.office.person()

    def buy(self, human: Human, seat: int) -> Instruction:
        """A seat of the first section."""
        return ticket.buy(
            admission=self.admission.pubkey(),
            wallet=human.wallet.pubkey(),
            person=human.person,
            event=self.event,
            section=self.section(),
            seat=seat,
            max_price=PRICE,
            **self.money(human.wallet.pubkey()),
        )

    def open_till(self) -> Outcome:
        """Makes the account for the tokens."""
        assert self.coin is not None
        call = ticket.open_till(organiser=self.organiser.pubkey(), event=self.event, mint=self.coin)
        return self.by_organiser(call)

    def sell(self, seat: int, human: Human | None = None) -> Human:
        """Sells a seat, to somebody new if nobody is named."""
        human = human or self.fan()
        call = self.buy(human, seat)
        self.world.must(self.world.send(call, by=[human.wallet, self.admission]))
        self.holders[seat] = human
        return human

    def add_gate(self, role: ticket.GateRole = ticket.GateRole.SCANNER) -> Keypair:
        """A registered gate's key."""
        key = self.world.actor()
        call = ticket.register_gate(
            organiser=self.organiser.pubkey(),
            event=self.event,
            key=key.pubkey(),
            group=GROUP,
            role=role,
        )
        self.world.must(self.world.send(call, by=self.organiser))
        return key

    def check_in(
        self,
        gate: Keypair,
        seat: int,
        *,
        session: int = 0,
        nonce: bytes = bytes(16),
        expires: int | None = None,
    ) -> Outcome:
        """Lets the holder in at a gate, with an answer that is good for any gate.

        It expires at this time; without one, ten seconds from now.
        """
        human = self.holders[seat]
        expires = self.world.now + 10 if expires is None else expires
        message = b"".join([
            b"conting:entry:v1", bytes(self.event), bytes(self.ticket_of(seat)), bytes(32), nonce,
            struct.pack("<Hq", session, expires),
        ])  # fmt: skip
        call = ticket.check_in(
            gate_key=gate.pubkey(),
            event=self.event,
            gate=self.gate(gate),
            ticket=self.ticket_of(seat),
            person=human.person,
            mint=self.mint(seat) if self.world.exists(self.mint(seat)) else None,
            session=session,
            nonce=nonce,
            expires=expires,
            gate_bound=False,
        )
        return self.world.send(ed25519_instruction(human.device, message), call, by=gate)

    def by_organiser(self, call: Instruction) -> Outcome:
        """Sends what only the organiser signs."""
        return self.world.send(call, by=self.organiser)

    def cancel(self) -> Outcome:
        """Cancels the event."""
        return self.by_organiser(
            ticket.cancel_event(organiser=self.organiser.pubkey(), event=self.event)
        )


def show(
    world: World | None = None,
    *,
    number: int = 7,
    office: Office | None = None,
    times: Times = TIMES,
    coin: Pubkey | None = None,
    opened: bool = True,
    **changes: Unpack[Changes],
) -> Show:
    """An event whose sale is open, or about to open."""
    made = Show(world or World(), number, office, times, coin=coin)
    made.world.must(made.by_organiser(made.create(**changes)))
    if coin is not None:
        made.world.must(made.open_till())
    made.world.must(made.by_organiser(made.add_section()))
    if opened:
        made.world.at(max(times["sale_opens"], made.world.now))
    return made


def moved(world: World, office: Office, human: Human) -> Human:
    """The same person, clawed back to a new wallet and phone at the help desk."""
    wallet, device = world.actor(), world.actor(0)
    announce = family.announce_rebinding(
        authority=office.authority.pubkey(),
        wallet=wallet.pubkey(),
        issuer=office.issuer,
        person=human.person,
        scheme=family.Scheme.ED25519,
        device=bytes(device.pubkey()) + b"\0",
    )
    shorten = family.shorten_rebinding(
        authority=office.authority.pubkey(),
        help_desk=office.help_desk.pubkey(),
        issuer=office.issuer,
        person=human.person,
    )
    finish = family.finish_rebinding(person=human.person)
    signers = [wallet, office.authority, office.help_desk]
    world.must(world.send(announce, shorten, finish, by=signers))
    return Human(wallet, device, human.person)
