"""Every account of an event is closed in the end, and its rent goes to who paid it."""

from collections.abc import Callable

import pytest
from conting_client.generated import ticket
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.system_program import TransferParams, transfer

from tests.programs.draws import Lots
from tests.programs.people import DAY
from tests.programs.shows import DOORS, ENDS, LAST_CALL, OPENS, PRICE, Show, show
from tests.programs.test_ticket_cases import WINDOW, Court
from tests.programs.test_ticket_help import Help
from tests.programs.waits import Queue
from tests.programs.world import refused, swapped

SEAT = 1
CLOSE = ENDS + 30 * DAY


class End:
    """A show that is over: one ticket was used, one case was dismissed."""

    def __init__(self) -> None:
        self.court = Court(show())
        self.on = self.court.on
        self.world = self.on.world
        self.fan = self.on.sell(SEAT)
        self.gate = self.on.add_gate()
        self.court.appealed()
        self.world.wait(2 * WINDOW)
        assert self.court.send(self.court.restoration()) == ""
        self.world.at(DOORS)
        self.world.must(self.on.check_in(self.gate, SEAT))
        self.world.at(CLOSE)

    @property
    def organiser(self) -> Pubkey:
        return self.on.organiser.pubkey()

    def close_ticket(self, seat: int = SEAT) -> Instruction:
        return ticket.close_ticket(
            rent_to=self.on.holders[seat].wallet.pubkey(),
            event=self.on.event,
            section=self.on.section(),
            ticket=self.on.ticket_of(seat),
        )

    def close_holding(self) -> Instruction:
        return ticket.close_holding(
            rent_to=self.fan.wallet.pubkey(),
            event=self.on.event,
            holding=self.on.holding(self.fan),
        )

    def close_entry(self) -> Instruction:
        return ticket.close_entry(
            rent_to=self.gate.pubkey(), event=self.on.event, entry=self.on.entry(SEAT)
        )

    def close_gate(self) -> Instruction:
        return ticket.close_gate(
            organiser=self.organiser, event=self.on.event, gate=self.on.gate(self.gate)
        )

    def close_case(self) -> Instruction:
        return ticket.close_case(
            organiser=self.organiser, event=self.on.event, case=self.court.case
        )

    def close_section(self) -> Instruction:
        return ticket.close_section(
            organiser=self.organiser, event=self.on.event, section=self.on.section()
        )

    def close_event(self) -> Instruction:
        return ticket.close_event(
            organiser=self.organiser, event=self.on.event, vault=self.on.vault
        )

    def send(self, *calls: Instruction, by: Keypair | None = None) -> str:
        return self.world.send(*calls, by=by or self.world.actor()).error


@pytest.fixture
def end() -> End:
    return End()


Closing = tuple[Callable[[End], Instruction], Callable[[End], Pubkey], Callable[[End], Pubkey], int]
BY_ANYBODY: dict[str, Closing] = {
    "ticket": (
        End.close_ticket,
        lambda end: end.on.ticket_of(SEAT),
        lambda end: end.fan.wallet.pubkey(),
        CLOSE + LAST_CALL,
    ),
    "holding": (
        End.close_holding,
        lambda end: end.on.holding(end.fan),
        lambda end: end.fan.wallet.pubkey(),
        CLOSE,
    ),
    "entry": (
        End.close_entry,
        lambda end: end.on.entry(SEAT),
        lambda end: end.gate.pubkey(),
        CLOSE,
    ),
    "gate": (
        End.close_gate,
        lambda end: end.on.gate(end.gate),
        lambda end: end.organiser,
        CLOSE,
    ),
    "case": (End.close_case, lambda end: end.court.case, lambda end: end.organiser, CLOSE),
}
"""How it is closed, what, who gets the rent, and from when on."""


@pytest.mark.parametrize("what", BY_ANYBODY)
def test_rent_goes_back(end: End, what: str) -> None:
    close, account, payer, time = BY_ANYBODY[what]
    end.world.at(time - 1)
    assert end.send(close(end)) == "TOO_EARLY"
    end.world.at(time)
    rent, before = end.world.lamports(account(end)), end.world.lamports(payer(end))
    assert rent > 0
    assert end.send(close(end)) == ""
    assert not end.world.exists(account(end))
    assert end.world.lamports(payer(end)) == before + rent
    assert end.send(close(end)) == "WRONG_OWNER"


@pytest.mark.attack
@pytest.mark.parametrize("what", BY_ANYBODY)
def test_rent_goes_to_nobody_else(end: End, what: str) -> None:
    close, _, payer, time = BY_ANYBODY[what]
    end.world.at(time)
    mallory = end.world.actor()
    error = end.send(swapped(close(end), payer(end), mallory.pubkey()), by=mallory)
    assert error == ("NOT_ORGANISER" if payer(end) == end.organiser else "WRONG_PAYER")


@pytest.mark.attack
@pytest.mark.parametrize("what", BY_ANYBODY)
def test_by_the_times_of_another_event(end: End, what: str) -> None:
    """Mallory's event is over; this one's accounts are not closed by its clock."""
    close, _, payer, _ = BY_ANYBODY[what]
    other = Show(end.world, 8)
    end.world.at(OPENS - DAY)
    end.world.must(other.by_organiser(other.create()))
    end.world.at(CLOSE + LAST_CALL)
    call = swapped(close(end), end.on.event, other.event)
    if payer(end) == end.organiser:
        call = swapped(call, end.organiser, other.organiser.pubkey())
    assert end.send(call) == "WRONG_EVENT"


@pytest.mark.attack
@pytest.mark.parametrize("what", BY_ANYBODY)
def test_a_closed_account_is_not_revived(end: End, what: str) -> None:
    """Paid again in the same transaction, it is an empty account of nobody's program."""
    close, account, _, time = BY_ANYBODY[what]
    end.world.at(time)
    mallory = end.world.actor()
    pay = transfer(
        TransferParams(from_pubkey=mallory.pubkey(), to_pubkey=account(end), lamports=10_000_000)
    )
    assert end.send(close(end), pay, close(end), by=mallory) == "WRONG_OWNER"
    assert end.send(close(end), pay, by=mallory) == ""
    left = end.world.account(account(end))
    assert left is not None
    assert (bytes(left.data), left.owner, left.lamports) == (b"", Pubkey.default(), 10_000_000)


def test_the_last_ones(end: End) -> None:
    """Tickets before their section, sections before the event; then nothing is left."""
    end.world.at(CLOSE + LAST_CALL - 1)
    assert end.send(end.close_section()) == "NOT_LAST"
    assert end.send(end.close_event(), by=end.on.organiser) == "NOT_LAST"
    end.world.at(CLOSE + LAST_CALL)
    for seat in end.on.holders:
        assert end.send(end.close_section()) == "NOT_LAST"
        assert end.send(end.close_ticket(seat)) == ""
    assert end.send(end.close_section()) == ""
    assert not end.world.exists(end.on.section())
    end.world.at(CLOSE + LAST_CALL - 1)
    assert end.send(end.close_event(), by=end.on.organiser) == "TOO_EARLY"
    end.world.at(CLOSE + LAST_CALL)
    money = end.world.lamports(end.on.event) + end.world.lamports(end.on.vault)
    assert money > len(end.on.holders) * PRICE
    before = end.world.lamports(end.organiser)
    outcome = end.world.must(end.world.send(end.close_event(), by=end.on.organiser))
    assert end.world.lamports(end.organiser) == before + money - outcome.fee
    assert not end.world.exists(end.on.event)
    assert not end.world.exists(end.on.vault)


def test_a_cancelled_event_is_closed_when_nothing_is_owed() -> None:
    on = show()
    on.world.must(on.cancel())
    on.world.at(CLOSE + LAST_CALL)
    organiser = on.organiser.pubkey()
    section = ticket.close_section(organiser=organiser, event=on.event, section=on.section())
    event = ticket.close_event(organiser=organiser, event=on.event, vault=on.vault)
    on.world.must(on.world.send(section, event, by=on.organiser))
    assert not on.world.exists(on.event)


@pytest.mark.attack
def test_only_the_organiser_closes_the_event(end: End) -> None:
    mallory = end.world.actor()
    end.world.at(CLOSE + LAST_CALL)
    forged = swapped(end.close_event(), end.organiser, mallory.pubkey())
    assert end.send(forged, by=mallory) == "NOT_ORGANISER"


@pytest.mark.attack
def test_what_is_owed_keeps_accounts_open() -> None:
    """After a cancellation each live ticket is a claim, however old."""
    on = show()
    fan = on.sell(SEAT)
    on.world.must(on.cancel())
    on.world.at(CLOSE + LAST_CALL)
    close = ticket.close_ticket(
        rent_to=fan.wallet.pubkey(), event=on.event, section=on.section(),
        ticket=on.ticket_of(SEAT),
    )  # fmt: skip
    refused(on.world.send(close, by=on.world.actor()), "EVENT_CANCELLED")
    holding = ticket.close_holding(
        rent_to=fan.wallet.pubkey(), event=on.event, holding=on.holding(fan)
    )
    refused(on.world.send(holding, by=on.world.actor()), "EVENT_CANCELLED")


@pytest.mark.attack
def test_a_case_keeps_accounts_open() -> None:
    court = Court().accused()
    court.world.at(CLOSE + LAST_CALL)
    close = ticket.close_ticket(
        rent_to=court.holder.wallet.pubkey(), event=court.on.event, section=court.on.section(),
        ticket=court.on.ticket_of(5),
    )  # fmt: skip
    assert court.send(close) == "CASES_OPEN"
    case = ticket.close_case(
        organiser=court.on.organiser.pubkey(), event=court.on.event, case=court.case
    )
    assert court.send(case) == "CASES_OPEN"


@pytest.mark.attack
def test_a_deposit_keeps_holdings_open() -> None:
    """Who closed a loser's holding would lock the deposit in for ever: it is counted down first."""
    lots = Lots()
    party = lots.party()
    (human,) = party.members
    on = lots.on
    lots.world.at(CLOSE)
    closing = ticket.close_holding(
        rent_to=human.wallet.pubkey(), event=on.event, holding=on.holding(human)
    )
    refused(lots.world.send(closing, by=lots.world.actor()), "NOT_LAST")
    lots.world.must(lots.take_back(party, human))
    assert on.read_vault().deposits == 0
    lots.world.must(lots.world.send(closing, by=lots.world.actor()))


def assert_closes(on: Show, call: Instruction, account: Pubkey, payer: Pubkey) -> None:
    """Not before the event is over, for nobody else, and then by anybody."""
    stranger = on.world.actor()
    rent = on.world.lamports(account)
    on.world.at(CLOSE - 1)
    refused(on.world.send(call, by=stranger), "TOO_EARLY")
    on.world.at(CLOSE)
    stolen = swapped(call, payer, stranger.pubkey())
    refused(on.world.send(stolen, by=stranger), "WRONG_PAYER")
    before = on.world.lamports(payer)
    on.world.must(on.world.send(call, by=stranger))
    assert not on.world.exists(account)
    assert on.world.lamports(payer) == before + rent


def test_the_rent_of_who_waited() -> None:
    queue = Queue()
    human = queue.join()
    on, key = queue.on, human.wallet.pubkey()
    waiting = ticket.waiting_address(section=on.section(), person=human.person)
    place = ticket.close_place(
        rent_to=key, event=on.event, section=on.section(), place=queue.place(0)
    )
    assert_closes(on, place, queue.place(0), key)
    one = ticket.close_waiting(rent_to=key, event=on.event, section=on.section(), waiting=waiting)
    assert_closes(on, one, waiting, key)


def test_the_rent_of_who_helped() -> None:
    on = show()
    help_ = Help(on, on.fan(), on.fan()).granted()
    assert help_.buy(5) == ""
    helping = ticket.helping_address(event=on.event, helper=help_.helper.person)
    key = help_.helper.wallet.pubkey()
    call = ticket.close_helping(rent_to=key, event=on.event, helping=helping)
    assert_closes(on, call, helping, key)
