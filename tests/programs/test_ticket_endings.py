"""Tickets that end with all their money back, and keepsakes that their holders give up."""

import pytest
from conting_client.generated import ticket
from solders.instruction import Instruction
from solders.pubkey import Pubkey

from tests.programs.people import Human, office
from tests.programs.shows import CLOSES, DOORS, OPENS, PRICE, Show, moved, show
from tests.programs.tampering import tampered
from tests.programs.test_ticket_cases import SEAT, WINDOW, Court
from tests.programs.test_ticket_closing import CLOSE, End
from tests.programs.test_ticket_late import DISPUTE, withdrawal
from tests.programs.world import World, refused, swapped, told

State, Case = ticket.TicketState, ticket.CaseState


def give_back(on: Show, seat: int, holder: Human | None = None) -> Instruction:
    """Sends the money of a cancelled event back."""
    human = holder or on.holders[seat]
    return ticket.refund_cancelled(
        paid_by=on.holders[seat].wallet.pubkey(),
        event=on.event,
        section=on.section(),
        holding=on.holding(human),
        ticket=on.ticket_of(seat),
        token=on.token(seat, human.wallet.pubkey()),
    )


def finish(court: Court) -> Instruction:
    """Ends the ticket of a case that was lost."""
    on, key, seat = court.on, court.holder.wallet.pubkey(), court.seat
    return ticket.finish_void(
        paid_by=key,
        event=on.event,
        section=on.section(),
        holding=on.holding(court.holder),
        ticket=on.ticket_of(seat),
        case=court.case,
        token=on.token(seat, key),
    )


def burn(on: Show, seat: int, human: Human) -> Instruction:
    """Gives a keepsake up."""
    key = human.wallet.pubkey()
    return ticket.burn_ticket(
        holder=key,
        paid_by=key,
        rent_to=key,
        event=on.event,
        section=on.section(),
        ticket=on.ticket_of(seat),
        token=on.token(seat, key),
    )


def assert_ended(on: Show, seat: int, human: Human, before: int, rent: int) -> None:
    """All money is where it was before the sale, but for the rent of what the chain keeps."""
    key = human.wallet.pubkey()
    assert on.world.lamports(key) == before + PRICE + rent
    assert not on.world.exists(on.mint(seat))
    assert not on.world.exists(on.token(seat, key))
    ended = on.read_ticket(seat)
    assert (ended.state, ended.person, ended.holder) == (State.VOID, *[Pubkey.default()] * 2)
    assert on.world.read(ticket.Holding, on.holding(human)).count == 0
    assert on.world.read(ticket.Section, on.section()).sold == 0
    assert on.read_vault().refundable == 0
    assert on.funds() == 0


def nft_rent(on: Show, seat: int, human: Human) -> int:
    return on.world.lamports(on.mint(seat)) + on.world.lamports(
        on.token(seat, human.wallet.pubkey())
    )


# The event is cancelled


def test_refund_of_a_cancelled_event() -> None:
    """By a stranger, at a time when the ladder would give nothing back."""
    on = show(refund_until=(OPENS, OPENS, OPENS))
    fan = on.sell(1)
    on.world.at(CLOSES)
    on.world.must(on.cancel())
    before, rent = on.world.lamports(fan.wallet.pubkey()), nft_rent(on, 1, fan)
    on.world.must(on.world.send(give_back(on, 1), by=on.world.actor()))
    assert_ended(on, 1, fan, before, rent)
    refused(on.world.send(give_back(on, 1), by=on.world.actor()), "WRONG_OWNER")


def test_all_of_a_cancelled_event() -> None:
    on = show()
    for seat in range(4):
        on.sell(seat)
    on.world.must(on.cancel())
    for seat in range(4):
        assert on.funds() == (4 - seat) * PRICE
        on.world.must(on.world.send(give_back(on, seat), by=on.world.actor()))
    on.world.at(DISPUTE)
    refused(on.by_organiser(withdrawal(on)), "NOTHING_LEFT")


def test_an_event_that_takes_place_refunds_nobody() -> None:
    on = show()
    on.sell(1)
    refused(on.world.send(give_back(on, 1), by=on.organiser), "NOT_CANCELLED")


@pytest.mark.attack
def test_a_refund_goes_to_nobody_else() -> None:
    on = show()
    fan = on.sell(1)
    on.world.must(on.cancel())
    mallory = on.fan()
    key, thief = fan.wallet.pubkey(), mallory.wallet.pubkey()
    turned = swapped(give_back(on, 1), key, thief)
    refused(on.world.send(turned, by=mallory.wallet), "WRONG_PAYER")


@pytest.mark.attack
def test_a_refund_from_another_events_vault() -> None:
    """A cheap event of mallory's own, cancelled, is to pay from a full vault."""
    on = show()
    on.sell(1)
    other = Show(on.world, 8)
    on.world.at(OPENS - 1)
    on.world.must(other.by_organiser(other.create()))
    on.world.must(other.by_organiser(other.add_section(price=1)))
    on.world.at(OPENS)
    other.sell(1)
    on.world.must(other.cancel())
    mallory = on.world.actor()
    call = give_back(other, 1)
    refused(on.world.send(swapped(call, other.vault, on.vault), by=mallory), "WRONG_EVENT")
    theirs = swapped(call, other.section(), on.section())
    refused(on.world.send(theirs, by=mallory), "WRONG_SECTION")
    theirs = swapped(call, other.ticket_of(1), on.ticket_of(1))
    refused(on.world.send(theirs, by=mallory), "WRONG_EVENT")
    holding = swapped(call, other.holding(other.holders[1]), on.holding(on.holders[1]))
    refused(on.world.send(holding, by=mallory), "WRONG_EVENT")
    assert on.funds() == PRICE


@pytest.mark.attack
def test_another_seats_nft_is_not_burned() -> None:
    on = show()
    on.sell(1)
    fan = on.sell(2)
    on.world.must(on.cancel())
    mallory = on.world.actor()
    call = swapped(give_back(on, 1), on.mint(1), on.mint(2))
    refused(on.world.send(call, by=mallory), "WRONG_TICKET")
    key = fan.wallet.pubkey()
    call = swapped(give_back(on, 1), on.token(1, on.holders[1].wallet.pubkey()), on.token(2, key))
    refused(on.world.send(call, by=mallory), "WRONG_TICKET")


# The ticket is void


def test_void_after_the_arbiter() -> None:
    court = Court().appealed()
    assert court.send(court.decision(upheld=True), court.on.arbiter) == ""
    key = court.holder.wallet.pubkey()
    before, rent = court.world.lamports(key), nft_rent(court.on, SEAT, court.holder)
    outcome = court.world.must(court.world.send(finish(court), by=court.world.actor()))
    event = told(outcome, ticket.CaseClosed)
    assert (event.ticket, event.person) == (court.on.ticket_of(SEAT), court.holder.person)
    assert event.void
    assert_ended(court.on, SEAT, court.holder, before, rent)
    assert court.state() == (State.VOID, Case.VOIDED, 0)


def test_void_without_an_answer() -> None:
    court = Court().accused()
    court.world.wait(WINDOW - 1)
    assert court.send(finish(court)) == "TOO_EARLY"
    court.world.wait(1)
    assert court.send(finish(court)) == ""
    assert court.state() == (State.VOID, Case.VOIDED, 0)
    assert court.send(court.restoration()) == "WRONG_OWNER"  # the NFT is burnt


def test_not_void_while_the_arbiter_thinks() -> None:
    court = Court().appealed()
    court.world.wait(WINDOW)
    assert court.send(finish(court)) == "TOO_EARLY"
    court.world.wait(WINDOW)
    assert court.send(finish(court)) == "TOO_EARLY"
    assert court.send(court.restoration()) == ""
    assert court.send(finish(court)) == "CASE_NOT_OPEN"


def test_a_cancelled_event_ends_open_cases() -> None:
    """Whatever the verdict would be, the money goes back."""
    court = Court().appealed()
    court.world.must(court.on.cancel())
    refused(court.world.send(give_back(court.on, SEAT), by=court.world.actor()), "TICKET_VOID")
    assert court.send(finish(court)) == ""
    assert court.state() == (State.VOID, Case.VOIDED, 0)
    assert court.on.funds() == 0


@pytest.mark.attack
def test_the_case_of_another_ticket_ends_nothing() -> None:
    """One holder did not answer; that voids no other ticket, not even one that is accused too."""
    court = Court().accused()
    court.world.wait(WINDOW)
    other = Court(court.on, SEAT + 1).accused()
    assert court.send(swapped(finish(other), other.case, court.case)) == "WRONG_TICKET"
    assert court.send(finish(other)) == "TOO_EARLY"


@pytest.mark.attack
def test_a_case_keeps_holdings_open() -> None:
    """Who closed the holding of an accused would keep the case open, and all proceeds in."""
    court = Court().accused()
    on = court.on
    court.world.at(CLOSE)
    closing = ticket.close_holding(
        rent_to=court.holder.wallet.pubkey(), event=on.event, holding=on.holding(court.holder)
    )
    assert court.send(closing) == "CASES_OPEN"
    assert court.send(finish(court)) == ""
    assert court.send(closing) == ""
    assert on.read_event().open_cases == 0


@pytest.mark.attack
def test_a_void_ticket_is_nobodys() -> None:
    """Not sold again, not entered with, not refunded a second time."""
    court = Court().accused()
    court.world.wait(WINDOW)
    assert court.send(finish(court)) == ""
    assert court.send(finish(court)) == "WRONG_OWNER"
    fan = court.on.fan()
    buy = court.world.send(court.on.buy(fan, SEAT), by=[fan.wallet, court.on.admission])
    refused(buy, "SEAT_TAKEN")
    gate = court.on.add_gate()
    court.world.at(DOORS)
    refused(court.on.check_in(gate, SEAT), "TICKET_VOID")


def test_void_after_a_claw_back() -> None:
    """The NFT still lies in the stolen wallet when the money goes back to who paid."""
    world = World()
    post = office(world)
    court = Court(show(world, office=post)).accused()
    moved(world, post, court.holder)
    court.world.wait(WINDOW)
    assert court.send(finish(court)) == ""
    assert court.on.funds() == 0


# Keepsakes


def test_a_keepsake_is_given_up() -> None:
    end = End()
    on, key = end.on, end.fan.wallet.pubkey()
    end.world.at(CLOSE - 1)
    assert end.send(burn(on, 1, end.fan), by=end.fan.wallet) == "TOO_EARLY"
    end.world.at(CLOSE)
    rent = nft_rent(on, 1, end.fan) + end.world.lamports(on.ticket_of(1))
    before = end.world.lamports(key)
    outcome = end.world.must(end.world.send(burn(on, 1, end.fan), by=end.fan.wallet))
    assert end.world.lamports(key) == before + rent - outcome.fee
    for gone in (on.mint(1), on.token(1, key), on.ticket_of(1)):
        assert not end.world.exists(gone)
    assert end.world.read(ticket.Section, on.section()).kept == 1


@pytest.mark.attack
def test_a_keepsake_is_not_burned_by_others() -> None:
    end = End()
    mallory = end.world.actor()
    call = burn(end.on, 1, end.fan)
    forged = swapped(call, end.fan.wallet.pubkey(), mallory.pubkey())
    assert end.send(forged, by=mallory) == "NOT_YOUR_TICKET"


@pytest.mark.attack
def test_nothing_is_burned_that_is_owed() -> None:
    """Who burns a ticket of a cancelled event would lose the refund."""
    on = show()
    fan = on.sell(1)
    on.world.must(on.cancel())
    on.world.at(CLOSE)
    refused(on.world.send(burn(on, 1, fan), by=fan.wallet), "EVENT_CANCELLED")


# Each account of them, wrong


@pytest.mark.attack
@pytest.mark.parametrize("name", ["refund_cancelled", "finish_void", "burn_ticket"])
def test_tampering(name: str) -> None:
    if name == "burn_ticket":
        end = End()
        world, signers = end.world, [end.fan.wallet]
        call = burn(end.on, 1, end.fan)
    elif name == "finish_void":
        court = Court().accused()
        court.world.wait(WINDOW)
        world, signers, call = court.world, [], finish(court)
    else:
        on = show()
        on.sell(1)
        on.world.must(on.cancel())
        world, signers, call = on.world, [], give_back(on, 1)
    stranger = world.actor()
    for attack in tampered(world, call):
        named = {meta.pubkey for meta in attack.instruction.accounts if meta.is_signer}
        by = [stranger, *(each for each in signers if each.pubkey() in named)]
        refused(world.send(attack.instruction, by=by), attack.error)
    outcome = world.must(world.send(call, by=[stranger, *signers]))
    assert outcome.units <= 25_000
