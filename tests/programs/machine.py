"""A concert played at random: whoever does whatever, whenever, and what must hold after each step.

The machine knows by itself, from what was accepted and not from the accounts, how much money the
vault has and whose each ticket is; `Invariants` compares that with the chain. `World.send` compares
every account byte for byte after each refusal.
"""

import hashlib
import struct
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from conting_client.generated import family, ticket
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.programs.lottery import Lottery
from tests.programs.people import DAY, Household, Human, Office, device_bytes, household, office
from tests.programs.shows import CLOSES, DOORS, ENDS, FREEZE, OPENS, PRICE, Show, show
from tests.programs.ticket_chain import ed25519_instruction
from tests.programs.world import TOKEN_2022, Outcome, World

FANS: Final = 5
SEATS: Final = 4
LIMIT: Final = 2
SESSIONS: Final = 2
WHOLE: Final = 10_000
LADDER_SHARE: Final = (10_000, 5_000, 1_000)
LADDER_UNTIL: Final = (OPENS + 5 * DAY, OPENS + 10 * DAY, FREEZE)
DISPUTE: Final = ENDS + 7 * DAY
MOMENTS: Final = (OPENS + 6 * DAY, OPENS + 12 * DAY, CLOSES, FREEZE, DOORS, ENDS, DISPUTE)
STATE_AT: Final = 108  # of a token account
FROZEN: Final = 2
State = ticket.TicketState
LIVE: Final = frozenset({State.ISSUED, State.USED, State.VOIDING})


def share_at(now: int) -> int:
    """Basis points that a refund gives back, by the rules of this concert."""
    steps = zip(LADDER_UNTIL, LADDER_SHARE, strict=True)
    return next((share for until, share in steps if now < until), 0)


def refund_at(now: int) -> int:
    """Lamports of one ticket."""
    return PRICE * share_at(now) // WHOLE


@dataclass
class Seat:
    """What the machine believes of a seat."""

    person: Pubkey
    wallet: Pubkey
    """Where the NFT was moved to last."""
    payer: Pubkey
    used: bool = False
    inside: set[int] = field(default_factory=set)
    """Sessions that it has entered and not been sent out of again."""


class Concert:
    """One event with an issuer, persons of two households, and everything that can be done."""

    def __init__(self) -> None:
        self.world = World()
        self.office: Office = office(self.world)
        self.fans = [self.office.person() for _ in range(FANS)]
        self.homes: list[Household] = [
            household(self.office, *self.fans[:3]),
            household(self.office, *self.fans[3:]),
        ]
        self.show: Show = show(
            self.world,
            office=self.office,
            limit=LIMIT,
            sessions=SESSIONS,
            max_hops=2,
            refund_until=LADDER_UNTIL,
            refund_share=LADDER_SHARE,
            opened=False,
        )
        self.gate = self.show.add_gate()
        self.chief = self.show.add_gate(ticket.GateRole.SUPERVISOR)
        self.stranger = self.world.actor()
        self.seats: dict[int, Seat] = {}
        """Those that somebody holds."""
        self.ever_used: set[int] = set()
        self.funds = 0
        """Lamports that the vault must have above its rent."""
        self.cancelled = False
        self.nonces = 0
        self.accepted: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.lottery = Lottery(self)
        self.mints = frozenset([*map(self.show.mint, range(SEATS)), *self.lottery.mints])
        """Of all seats, whether or not they exist."""
        self.world.at(OPENS)

    # Sending

    def send(self, name: str, *calls: Instruction, by: list[Keypair]) -> bool:
        """Whether it was accepted."""
        outcome: Outcome = self.world.send(*calls, by=by)
        counts = self.accepted if outcome.accepted else self.refused
        counts[name] += 1
        if not outcome.accepted:
            self.refused[outcome.error] += 1
        return outcome.accepted

    def token(self, seat: int) -> Pubkey:
        """Where the chain says that the seat's NFT lies; anything if there is none."""
        found = self._ticket(seat)
        return self.stranger.pubkey() if found is None else found.token

    def human_of(self, person: Pubkey) -> Human:
        """The fan whose account this is."""
        return next(each for each in self.fans if each.person == person)

    # What fans do

    def buy(self, fan: int, seat: int, *, admitted: bool = True) -> None:
        """A seat of the first section."""
        human = self.fans[fan]
        call = self.show.buy(human, seat)
        if not admitted:
            accounts = list(call.accounts)
            accounts[0] = type(accounts[0])(self.stranger.pubkey(), True, False)  # noqa: FBT003
            call = Instruction(call.program_id, bytes(call.data), accounts)
        admission = self.show.admission if admitted else self.stranger
        if self.send("buy", call, by=[human.wallet, admission]):
            assert admitted
            assert seat not in self.seats
            self.sold(seat, human, human.wallet.pubkey())

    def sold(self, seat: int, human: Human, payer: Pubkey) -> None:
        """The machine's books."""
        assert not self.cancelled
        self.seats[seat] = Seat(human.person, human.wallet.pubkey(), payer)
        self.show.holders[seat] = human
        self.funds += PRICE

    def grant(self, owner: int, helper: int, count: int) -> None:
        """One fan lets another buy."""
        call = ticket.grant_help(
            owner=self.fans[owner].wallet.pubkey(),
            person=self.fans[owner].person,
            event=self.show.event,
            helper=self.fans[helper].person,
            max_price=PRICE,
            sections=1,
            count=count,
            expires=CLOSES,
        )
        self.send("grant_help", call, by=[self.fans[owner].wallet])

    def buy_for(self, helper: int, owner: int, seat: int) -> None:
        """A helper pays, the ticket is the owner's."""
        payer, human = self.fans[helper], self.fans[owner]
        call = ticket.buy_for(
            admission=self.show.admission.pubkey(),
            payer=payer.wallet.pubkey(),
            helper=payer.person,
            wallet=human.wallet.pubkey(),
            person=human.person,
            event=self.show.event,
            section=self.show.section(),
            seat=seat,
            max_price=PRICE,
        )
        if self.send("buy_for", call, by=[payer.wallet, self.show.admission]):
            assert seat not in self.seats
            self.sold(seat, human, payer.wallet.pubkey())

    def refund(self, fan: int, seat: int) -> None:
        """Whoever it is tries to give the seat back."""
        human, held = self.fans[fan], self.seats.get(seat)
        call = ticket.refund(
            holder=human.wallet.pubkey(),
            paid_by=held.payer if held else human.wallet.pubkey(),
            person=human.person,
            event=self.show.event,
            section=self.show.section(),
            ticket=self.show.ticket_of(seat),
            token=self.token(seat),
        )
        now = self.world.now
        if self.send("refund", call, by=[human.wallet]):
            assert held is not None
            assert (held.person, held.used) == (human.person, False)
            assert now < FREEZE
            self.funds -= refund_at(now)
            del self.seats[seat]

    def pass_on(self, giver: int, taker: int, seat: int, home: int) -> None:
        """Within a family, or as if."""
        house = self.homes[home]
        one, two = self.fans[giver], self.fans[taker]
        members = [m if m.person in house.members else None for m in (one, two)]
        if None in members:
            shown = [self._forged(), self._forged()]
        else:
            shown = [self._shown(house, one), self._shown(house, two)]
        held = self.seats.get(seat)
        call = ticket.family_transfer(
            sender=one.wallet.pubkey(),
            wallet=two.wallet.pubkey(),
            sender_person=one.person,
            person=two.person,
            family=house.family,
            event=self.show.event,
            ticket=self.show.ticket_of(seat),
            sender_holding=self.show.holding(one),
            token=self.token(seat),
            sender_shows=shown[0],
            shows=shown[1],
        )
        signers = [one.wallet] if giver == taker else [one.wallet, two.wallet]
        if self.send("family_transfer", call, by=signers):
            assert held is not None
            assert None not in members
            assert (held.person, held.used) == (one.person, False)
            held.person, held.wallet = two.person, two.wallet.pubkey()
            self.show.holders[seat] = two

    @staticmethod
    def _shown(house: Household, human: Human) -> ticket.Membership:
        known = house.proof(human)
        return ticket.Membership(
            index=known.index,
            role=known.role,
            joined_at=known.joined_at,
            salt=known.salt,
            siblings=known.siblings,
        )

    @staticmethod
    def _forged() -> ticket.Membership:
        return ticket.Membership(
            index=0, role=1, joined_at=0, salt=bytes(32), siblings=(bytes(32),) * 3
        )

    def rebind(self, fan: int) -> None:
        """The issuer takes a person to a new wallet and phone, at once at the help desk."""
        human = self.fans[fan]
        wallet, device = self.world.actor(), self.world.actor(0)
        keys = {
            "authority": self.office.authority.pubkey(),
            "issuer": self.office.issuer,
            "person": human.person,
        }
        announce = family.announce_rebinding(
            **keys,
            wallet=wallet.pubkey(),
            scheme=family.Scheme.ED25519,
            device=device_bytes(device.pubkey()),
        )
        shorten = family.shorten_rebinding(help_desk=self.office.help_desk.pubkey(), **keys)
        finish = family.finish_rebinding(person=human.person)
        signers = [wallet, self.office.authority, self.office.help_desk]
        if self.send("rebind", announce, shorten, finish, by=signers):
            self.fans[fan] = Human(wallet, device, human.person)
            for seat, held in self.seats.items():
                if held.person == human.person:
                    self.show.holders[seat] = self.fans[fan]

    def follow(self, seat: int) -> None:
        """Anybody sends an NFT after its person."""
        held = self.seats.get(seat)
        if held is None:
            return
        human = self.human_of(held.person)
        call = ticket.follow_person(
            payer=self.stranger.pubkey(),
            person=human.person,
            wallet=human.wallet.pubkey(),
            event=self.show.event,
            ticket=self.show.ticket_of(seat),
            old_token=self.token(seat),
        )
        if self.send("follow_person", call, by=[self.stranger]):
            assert held.wallet != human.wallet.pubkey()
            held.wallet = human.wallet.pubkey()

    # Who waits for a returned seat

    def join_waiting(self, fan: int) -> None:
        """The next place of the list."""
        human = self.fans[fan]
        call = ticket.join_waiting(
            admission=self.show.admission.pubkey(),
            wallet=human.wallet.pubkey(),
            person=human.person,
            event=self.show.event,
            section=self.show.section(),
            index=self._waiting(),
        )
        self.send("join_waiting", call, by=[human.wallet, self.show.admission])

    def _waiting(self) -> int:
        return self.world.read(ticket.Section, self.show.section()).waiting

    def _place(self, index: int) -> Pubkey:
        return ticket.place_address(section=self.show.section(), index=index)

    def redraw(self, seat: int) -> None:
        """Anybody draws a seat that has cooled, or finds that nobody waits."""
        found, count = self._ticket(seat), self._waiting()
        if found is None:
            return
        if found.state is State.COOLING and found.draw_slot >= self.world.slot:
            self.world.to_slot(found.draw_slot + 2)
        where = {"event": self.show.event, "section": self.show.section()}
        place = self._place(max(0, count - 1))
        draw = ticket.redraw(
            payer=self.stranger.pubkey(),
            **where,
            ticket=self.show.ticket_of(seat),
            last=place,
            after=place,
        )
        if not self.send("redraw", draw, by=[self.stranger]):
            longer = ticket.wait_longer(**where, ticket=self.show.ticket_of(seat))
            self.send("wait_longer", longer, by=[self.stranger])

    def offer(self, seat: int, index: int) -> None:
        """Anybody asks a place; only the one whose turn it is can be asked."""
        call = ticket.offer_seat(
            event=self.show.event,
            section=self.show.section(),
            ticket=self.show.ticket_of(seat),
            place=self._place(index),
        )
        before = self._ticket(seat)
        if self.send("offer_seat", call, by=[self.stranger]):
            found = self._ticket(seat)
            assert before is not None
            assert found is not None
            assert before.state is State.COOLING
            offered = found.state is State.OFFERED
            assert offered or found.attempt == before.attempt + 1
            assert not offered or found.offered_to != found.returned_by

    def accept(self, fan: int, seat: int) -> None:
        """Whoever it is takes the offer."""
        human, found = self.fans[fan], self._ticket(seat)
        redraw = ticket.redraw_address(ticket=self.show.ticket_of(seat))
        if not self.world.exists(redraw) or found is None:
            return
        call = ticket.accept_offer(
            wallet=human.wallet.pubkey(),
            rent_to=self.world.read(ticket.Redraw, redraw).rent_to,
            person=human.person,
            event=self.show.event,
            section=self.show.section(),
            ticket=self.show.ticket_of(seat),
            max_price=PRICE,
        )
        if self.send("accept_offer", call, by=[human.wallet]):
            assert found.state is State.OFFERED
            assert found.offered_to == human.person
            assert self.world.now < found.offer_until
            assert seat not in self.seats
            self.sold(seat, human, human.wallet.pubkey())

    def expire(self, seat: int) -> None:
        """Anybody takes an offer back."""
        found = self._ticket(seat)
        call = ticket.expire_offer(ticket=self.show.ticket_of(seat))
        if self.send("expire_offer", call, by=[self.stranger]):
            assert found is not None
            assert self.world.now >= found.offer_until

    # What organiser, arbiter and gates do

    def case(self, seat: int) -> Pubkey | None:
        """The address of a case about whoever holds the seat."""
        held = self.seats.get(seat)
        if held is None:
            return None
        seeds = [b"case", bytes(self.show.ticket_of(seat)), bytes(held.person)]
        return Pubkey.find_program_address(seeds, ticket.PROGRAM_ID)[0]

    def accuse(self, seat: int) -> None:
        """The organiser wants it void."""
        case = self.case(seat)
        if case is not None:
            call = ticket.open_void(
                organiser=self.show.organiser.pubkey(),
                event=self.show.event,
                ticket=self.show.ticket_of(seat),
                case=case,
                rule=1,
                evidence=bytes(32),
            )
            self.send("open_void", call, by=[self.show.organiser])

    def appeal(self, fan: int, seat: int) -> None:
        """Whoever it is answers."""
        case, human = self.case(seat), self.fans[fan]
        if case is not None:
            call = ticket.appeal(
                wallet=human.wallet.pubkey(), person=human.person, case=case, statement=bytes(32)
            )
            self.send("appeal", call, by=[human.wallet])

    def decide(self, seat: int, *, upheld: bool) -> None:
        """The arbiter decides."""
        case = self.case(seat)
        if case is not None:
            call = ticket.decide_void(
                arbiter=self.show.arbiter.pubkey(),
                event=self.show.event,
                ticket=self.show.ticket_of(seat),
                case=case,
                upheld=upheld,
            )
            self.send("decide_void", call, by=[self.show.arbiter])

    def outlast_case(self, seat: int) -> None:
        """Time passes until the arbiter may no longer decide."""
        case = self.case(seat)
        if case is not None and self.world.exists(case):
            self.world.at(max(self.world.now, self.world.read(ticket.Case, case).decide_until))

    def restore(self, seat: int) -> None:
        """The arbiter was silent."""
        case = self.case(seat)
        if case is not None:
            call = ticket.restore_ticket(
                event=self.show.event, ticket=self.show.ticket_of(seat), case=case
            )
            self.send("restore_ticket", call, by=[self.stranger])

    def end(self, seat: int, *, by_case: bool) -> None:
        """Anybody ends a void ticket, or one of a cancelled event."""
        held, case = self.seats.get(seat), self.case(seat)
        if held is None or case is None:
            return
        human = self.human_of(held.person)
        accounts = {
            "paid_by": held.payer,
            "event": self.show.event,
            "section": self.show.section(),
            "holding": self.show.holding(human),
            "ticket": self.show.ticket_of(seat),
            "token": self.token(seat),
        }
        name = "finish_void" if by_case else "refund_cancelled"
        if by_case:
            call = ticket.finish_void(**accounts, case=case)
        else:
            call = ticket.refund_cancelled(**accounts)
        if self.send(name, call, by=[self.stranger]):
            assert not held.used
            assert by_case or self.cancelled
            self.funds -= PRICE
            del self.seats[seat]

    def check_in(self, seat: int, session: int, nonce: int, *, own_phone: bool = True) -> None:
        """A gate lets somebody in."""
        human = self.show.holders.get(seat) or self.fans[0]
        phone = human.device if own_phone else self.stranger
        expires, data = self.world.now + 10, hashlib.sha256(bytes([nonce])).digest()[:16]
        message = b"conting:entry:v1" + bytes(self.show.event) + bytes(self.show.ticket_of(seat))
        message += bytes(32) + data + struct.pack("<Hq", session, expires)
        call = ticket.check_in(
            gate_key=self.gate.pubkey(),
            event=self.show.event,
            gate=self.show.gate(self.gate),
            ticket=self.show.ticket_of(seat),
            person=human.person,
            mint=self.show.mint(seat) if seat in self.seats else None,
            session=session,
            nonce=data,
            expires=expires,
            gate_bound=False,
        )
        if self.send("check_in", ed25519_instruction(phone, message), call, by=[self.gate]):
            held = self.seats[seat]
            assert own_phone
            assert self.world.now >= DOORS
            assert session not in held.inside
            held.used = True
            held.inside.add(session)
            self.ever_used.add(seat)

    def undo(self, seat: int, session: int, *, by_chief: bool) -> None:
        """A gate takes an entry back; only a supervisor may."""
        key = self.chief if by_chief else self.gate
        call = ticket.undo_entry(
            gate_key=key.pubkey(),
            event=self.show.event,
            gate=self.show.gate(key),
            entry=self.show.entry(seat, session),
        )
        if self.send("undo_entry", call, by=[key]):
            assert by_chief
            self.seats[seat].inside.remove(session)

    def cancel(self) -> None:
        """The organiser calls it off."""
        if self.send("cancel_event", *[self._cancelling()], by=[self.show.organiser]):
            self.cancelled = True

    def _cancelling(self) -> Instruction:
        organiser = self.show.organiser.pubkey()
        return ticket.cancel_event(organiser=organiser, event=self.show.event)

    def withdraw(self) -> None:
        """The organiser takes what nobody else can claim."""
        held = len(self.seats) + len(self.lottery.seats)
        owed = PRICE * ((held if self.cancelled else 0) + len(self.lottery.bids))
        organiser = self.show.organiser.pubkey()
        call = ticket.withdraw(organiser=organiser, event=self.show.event, vault=self.show.vault)
        if self.send("withdraw", call, by=[self.show.organiser]):
            assert self.world.now >= DISPUTE
            self.funds = owed

    # What must hold

    def check(self) -> None:
        """The invariants of design/programs.md, on the accounts as they are."""
        tickets = {seat: self._ticket(seat) for seat in range(SEATS)}
        live = {s: t for s, t in tickets.items() if t is not None and t.state in LIVE}
        drawn = {s: t for s, t in self.lottery.tickets().items() if t.state in LIVE}
        every = [*live.values(), *drawn.values()]
        self._check_seats(live)
        self.lottery.check(drawn)
        self._check_nfts({each.mint: each for each in every})
        self._check_money(every)
        self._check_limits(every)

    def _ticket(self, seat: int) -> ticket.Ticket | None:
        key = self.show.ticket_of(seat)
        return self.world.read(ticket.Ticket, key) if self.world.exists(key) else None

    def _check_seats(self, live: dict[int, ticket.Ticket]) -> None:
        assert live.keys() == self.seats.keys()
        section = self.world.read(ticket.Section, self.show.section())
        assert section.sold == len(live) <= section.seats
        for seat, found in live.items():
            believed = self.seats[seat]
            assert (found.person, found.holder) == (believed.person, believed.wallet)
            assert found.paid_by == believed.payer
            assert (found.state is State.USED) == believed.used
        assert {s for s, t in live.items() if t.state is State.USED} == self.ever_used

    def _check_nfts(self, live: dict[Pubkey, ticket.Ticket]) -> None:
        """`live` by mint: one NFT each, in the holder's frozen account, and no other exists."""
        held: Counter[Pubkey] = Counter()
        for _, account in self.world.svm.get_program_accounts(TOKEN_2022):
            data = bytes(account.data)
            mint = Pubkey(data[:32])
            if mint not in self.mints or len(data) <= STATE_AT or len(data) > 2 * STATE_AT:
                continue
            (amount,) = struct.unpack_from("<Q", data, 64)
            assert data[STATE_AT] == FROZEN, f"a token account of {mint} is thawed"
            held[mint] += amount
            if amount:
                assert live[mint].holder == Pubkey(data[32:64])
        assert held == Counter(dict.fromkeys(live, 1))
        for key in self.mints:
            mint_ = self.world.account(key)
            assert (mint_ is not None) == (key in live)
            if mint_ is not None:
                assert struct.unpack_from("<Q", mint_.data, 36) == (1,)
                assert bytes(mint_.data)[:4] == bytes(4), "somebody may still mint"

    def _check_money(self, live: list[ticket.Ticket]) -> None:
        vault = self.show.read_vault()
        assert self.show.funds() == self.funds
        assert self.funds >= vault.refundable + vault.deposits
        assert vault.deposits == PRICE * len(self.lottery.bids)
        if vault.refundable or self.world.now < DISPUTE:
            assert vault.refundable == sum(each.price_paid for each in live)

    def _check_limits(self, live: list[ticket.Ticket]) -> None:
        counted = Counter(each.person for each in live) + Counter(self.lottery.bids.keys())
        for human in self.fans:
            key = self.show.holding(human)
            held = self.world.read(ticket.Holding, key).count if self.world.exists(key) else 0
            assert held == counted[human.person] <= LIMIT
