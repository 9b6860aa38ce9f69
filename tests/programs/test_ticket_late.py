"""After the sale: another admission key, cancellation, undone entries, the organiser's money."""

import pytest
from conting_client.generated import ticket
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.programs.people import DAY
from tests.programs.shows import DOORS, ENDS, OPENS, PRICE, Show, show
from tests.programs.test_ticket_cases import WINDOW, Court
from tests.programs.world import refused, swapped, told

DISPUTE = ENDS + 7 * DAY
SUPERVISOR = ticket.GateRole.SUPERVISOR


@pytest.fixture
def on() -> Show:
    return show()


def rotation(on: Show, to: Pubkey) -> Instruction:
    return ticket.rotate_admission(organiser=on.organiser.pubkey(), event=on.event, admission=to)


def undoing(on: Show, gate: Keypair, seat: int, session: int = 0) -> Instruction:
    return ticket.undo_entry(
        gate_key=gate.pubkey(),
        event=on.event,
        gate=on.gate(gate),
        entry=on.entry(seat, session),
    )


def withdrawal(on: Show) -> Instruction:
    return ticket.withdraw(organiser=on.organiser.pubkey(), event=on.event, vault=on.vault)


def test_another_admission_key(on: Show) -> None:
    old, new = on.admission, on.world.actor()
    outcome = on.world.must(on.by_organiser(rotation(on, new.pubkey())))
    event = told(outcome, ticket.AdmissionRotated)
    assert (event.event, event.admission) == (on.event, new.pubkey())
    fan = on.fan()
    refused(on.world.send(on.buy(fan, 1), by=[fan.wallet, old]), "NOT_ADMITTED")
    on.admission = new
    on.sell(1, fan)


def test_who_may_rotate_and_cancel(on: Show) -> None:
    for mallory in (on.admission, on.world.actor()):
        key = mallory.pubkey()
        forged = swapped(rotation(on, key), on.organiser.pubkey(), key)
        refused(on.world.send(forged, by=mallory), "NOT_ORGANISER")
        cancel = ticket.cancel_event(organiser=key, event=on.event)
        refused(on.world.send(cancel, by=mallory), "NOT_ORGANISER")
        steal = ticket.withdraw(organiser=key, event=on.event, vault=on.vault)
        refused(on.world.send(steal, by=mallory), "NOT_ORGANISER")


def test_cancelled(on: Show) -> None:
    outcome = on.world.must(on.cancel())
    assert told(outcome, ticket.EventCancelled).event == on.event
    assert on.read_event().cancelled
    refused(on.cancel(), "EVENT_CANCELLED")
    fan = on.fan()
    buy = on.world.send(on.buy(fan, 1), by=[fan.wallet, on.admission])
    refused(buy, "EVENT_CANCELLED")


def test_not_cancelled_after_doors(on: Show) -> None:
    on.world.at(DOORS)
    refused(on.cancel(), "TOO_LATE")
    on.world.at(DOORS - 1)
    on.world.must(on.cancel())


def test_nobody_enters_a_cancelled_event(on: Show) -> None:
    on.sell(1)
    gate = on.add_gate()
    on.world.must(on.cancel())
    on.world.at(DOORS)
    refused(on.check_in(gate, 1), "EVENT_CANCELLED")


# Entries that are taken back


def entered(on: Show, seat: int = 1) -> Keypair:
    """The seat's holder is in; the gate that let them in."""
    on.sell(seat)
    gate = on.add_gate()
    on.world.at(DOORS)
    on.world.must(on.check_in(gate, seat))
    return gate


def test_undone(on: Show) -> None:
    entered(on)
    chief = on.add_gate(SUPERVISOR)
    outcome = on.world.must(on.world.send(undoing(on, chief, 1), by=chief))
    event = told(outcome, ticket.EntryUndone)
    assert (event.ticket, event.session) == (on.ticket_of(1), 0)
    assert event.supervisor == chief.pubkey()
    assert on.world.read(ticket.Entry, on.entry(1)).undone
    assert on.read_ticket(1).state == ticket.TicketState.USED
    refused(on.world.send(undoing(on, chief, 1), by=chief), "UNDONE_ALREADY")


def test_only_a_supervisor_undoes(on: Show) -> None:
    gate = entered(on)
    refused(on.world.send(undoing(on, gate, 1), by=gate), "NOT_SUPERVISOR")
    chief, mallory = on.add_gate(SUPERVISOR), on.world.actor()
    forged = swapped(undoing(on, chief, 1), chief.pubkey(), mallory.pubkey())
    refused(on.world.send(forged, by=mallory), "GATE_REVOKED")
    revoke = ticket.revoke_gate(
        organiser=on.organiser.pubkey(), event=on.event, gate=on.gate(chief)
    )
    on.world.must(on.by_organiser(revoke))
    refused(on.world.send(undoing(on, chief, 1), by=chief), "GATE_REVOKED")


@pytest.mark.attack
def test_a_supervisor_of_another_event(on: Show) -> None:
    entered(on)
    other = Show(on.world, 8)
    on.world.at(OPENS - DAY)
    on.world.must(other.by_organiser(other.create()))
    chief = other.add_gate(SUPERVISOR)
    call = undoing(other, chief, 1)
    theirs = swapped(call, other.entry(1), on.entry(1))
    refused(on.world.send(theirs, by=chief), "WRONG_EVENT")
    refused(on.world.send(swapped(theirs, other.event, on.event), by=chief), "WRONG_EVENT")


# The organiser's money


def test_proceeds(on: Show) -> None:
    for seat in range(3):
        on.sell(seat)
    on.world.at(DISPUTE - 1)
    refused(on.by_organiser(withdrawal(on)), "TOO_EARLY")
    on.world.at(DISPUTE)
    before = on.world.lamports(on.organiser.pubkey())
    outcome = on.world.must(on.by_organiser(withdrawal(on)))
    event = told(outcome, ticket.Withdrawn)
    assert (event.event, event.amount) == (on.event, 3 * PRICE)
    after = on.world.lamports(on.organiser.pubkey())
    assert after == before + 3 * PRICE - outcome.fee
    assert on.funds() == 0
    vault = on.read_vault()
    assert (vault.refundable, vault.deposits) == (0, 0)
    refused(on.by_organiser(withdrawal(on)), "NOTHING_LEFT")


def test_what_somebody_gave_the_vault_is_proceeds(on: Show) -> None:
    on.world.svm.airdrop(on.vault, 12_345)
    on.world.at(DISPUTE)
    outcome = on.world.must(on.by_organiser(withdrawal(on)))
    assert told(outcome, ticket.Withdrawn).amount == 12_345


@pytest.mark.attack
def test_a_cancelled_events_prices_stay(on: Show) -> None:
    """The organiser cancels, waits, and takes the money that nobody has fetched: no."""
    on.sell(1)
    on.world.must(on.cancel())
    on.world.at(DISPUTE + 1_000 * DAY)
    refused(on.by_organiser(withdrawal(on)), "NOTHING_LEFT")
    on.world.svm.airdrop(on.vault, 77)
    assert told(on.world.must(on.by_organiser(withdrawal(on))), ticket.Withdrawn).amount == 77
    assert on.funds() == PRICE


@pytest.mark.attack
def test_nothing_is_withdrawn_while_a_case_is_open() -> None:
    """A void ticket's price is owed, and anybody can end the case."""
    court = Court().accused()
    court.world.at(DISPUTE)
    refused(court.on.by_organiser(withdrawal(court.on)), "CASES_OPEN")
    assert court.on.funds() == PRICE


def test_withdrawn_after_a_case_that_was_dismissed() -> None:
    court = Court().appealed()
    court.world.wait(2 * WINDOW)
    assert court.send(court.restoration()) == ""
    court.world.at(DISPUTE)
    court.world.must(court.on.by_organiser(withdrawal(court.on)))


@pytest.mark.attack
def test_the_vault_of_another_event(on: Show) -> None:
    """Mallory's own event is long over; the vault shown is another's."""
    on.sell(1)
    other = Show(on.world, 8)
    on.world.at(OPENS - DAY)
    on.world.must(other.by_organiser(other.create()))
    on.world.at(DISPUTE)
    refused(other.by_organiser(swapped(withdrawal(other), other.vault, on.vault)), "WRONG_EVENT")
    theirs = swapped(withdrawal(on), on.organiser.pubkey(), other.organiser.pubkey())
    refused(other.by_organiser(theirs), "NOT_ORGANISER")
