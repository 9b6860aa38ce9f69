"""The number of an event that was closed is never used again: what its closing has left behind
(gates, holdings, grants, entries) would be at home in another event at the same address.
"""

import pytest
from conting_client.generated import ticket
from solders.pubkey import Pubkey
from solders.system_program import TransferParams, transfer

from tests.programs.people import DAY
from tests.programs.shows import LAST_CALL, LATER, Show, show
from tests.programs.test_ticket_closing import End
from tests.programs.world import START, World, refused, swapped

pytestmark = pytest.mark.attack
NUMBER, LAST_NUMBER = 7, 2**64 - 1


def numbers_of(on: Show) -> Pubkey:
    return ticket.numbers_address(organiser=on.organiser.pubkey())


def free_from(on: Show) -> int:
    return on.world.read(ticket.Numbers, numbers_of(on)).free_from


def another(on: Show, number: int) -> Show:
    """Of the same organiser."""
    made = Show(on.world, number, on.office, LATER)
    made.organiser = on.organiser
    return made


def closed() -> End:
    """A show that is over; its gate, and the holding of somebody who entered, are still there."""
    end = End()
    end.world.at(end.world.now + LAST_CALL)
    for call in (end.close_ticket(), end.close_ticket(end.court.seat), end.close_section()):
        assert end.send(call) == ""
    end.world.must(end.on.by_organiser(end.close_event()))
    assert not end.world.exists(end.on.event)
    assert end.world.exists(end.on.gate(end.gate))
    assert end.world.exists(end.on.holding(end.fan))
    return end


def test_an_event_in_the_place_of_one_that_was_closed() -> None:
    """A scanner of years ago would let people in, and who was there then could buy less."""
    end = closed()
    again = another(end.on, NUMBER)
    assert again.event == end.on.event
    refused(again.by_organiser(again.create()), "NUMBER_USED")
    lower = another(end.on, NUMBER - 1)
    refused(lower.by_organiser(lower.create()), "NUMBER_USED")
    higher = another(end.on, NUMBER + 1)
    end.world.must(higher.by_organiser(higher.create()))
    assert free_from(higher) == NUMBER + 2
    assert not end.world.exists(higher.gate(end.gate))


def test_an_event_that_was_over_before_it_was_made() -> None:
    """All its times are past: it could be closed, and made again, in one transaction."""
    on = Show(World())
    on.world.at(START + 1_000 * DAY)
    close = ticket.close_event(organiser=on.organiser.pubkey(), event=on.event, till=None)
    refused(on.world.send(on.create(), close, on.create(), by=on.organiser), "NUMBER_USED")
    on.world.must(on.world.send(on.create(), close, by=on.organiser))
    refused(on.by_organiser(on.create()), "NUMBER_USED")


def test_the_numbers_of_another_organiser() -> None:
    on = show()
    other = Show(on.world, NUMBER)
    forged = swapped(other.create(), numbers_of(other), numbers_of(on))
    refused(other.by_organiser(forged), "WRONG_SEEDS")
    on.world.must(other.by_organiser(other.create()))


def test_a_lamport_in_the_way() -> None:
    """Anybody can send lamports to the address: the account is made in spite of them."""
    on = Show(World())
    mallory = on.world.actor()
    for place in (numbers_of(on), on.event, on.vault):
        gift = transfer(
            TransferParams(from_pubkey=mallory.pubkey(), to_pubkey=place, lamports=1_000_000)
        )
        on.world.must(on.world.send(gift, by=mallory))
    on.world.must(on.by_organiser(on.create()))
    assert free_from(on) == NUMBER + 1


def test_the_last_number() -> None:
    """There is none after it, so it is none."""
    on = Show(World(), LAST_NUMBER)
    refused(on.by_organiser(on.create()), "OVERFLOW")
    before = Show(on.world, LAST_NUMBER - 1)
    before.organiser = on.organiser
    on.world.must(before.by_organiser(before.create()))
