"""A member of a group that has won takes the seat: the deposit becomes its price."""

from family.state import Person
from seahorse.prelude import (
    Clock,
    Empty,
    Signer,
    Token2022Account,
    Token2022Mint,
    UncheckedAccount,
    instruction,
    u32,
)

from .bids import assert_of_bid, end_bid, place_in
from .draw_state import Bid, Draw, DrawState, Group
from .errors import TicketError
from .persons import assert_person_in
from .sale import issue_seat
from .state import Event, Section, Ticket, Vault


def seat_of(draw: Draw, group: Group, bid: Bid) -> u32:
    """The winner's seat: members sit side by side, in the order in which they were named."""
    place, size = place_in(draw, group), group.size
    assert place < draw.winners[size - 1], TicketError.NOT_A_WINNER
    return draw.first_seat[size - 1] + place * size + bid.member


@instruction
def claim_seat(
    wallet: Signer,
    paid_by: UncheckedAccount,
    person: Person,
    event: Event,
    section: Section,
    vault: Vault,
    draw: Draw,
    group: Group,
    bid: Bid,
    ticket: Empty[Ticket],
    mint: Empty[Token2022Mint],
    token: Empty[Token2022Account],
    clock: Clock,
    seat: u32,
) -> None:
    """Makes ticket and NFT of the seat that the draw has given; the person pays their rent."""
    now = clock.unix_timestamp()
    in_time = now < draw.claim_until  # asserts after it are code: guards would break the budget
    assert_of_bid(event, vault, draw, group, bid)
    assert draw.section == section.key(), TicketError.WRONG_SECTION
    assert bid.person == person.key(), TicketError.WRONG_PERSON
    assert bid.paid_by == paid_by.key(), TicketError.WRONG_PAYER
    assert_person_in(event, person, wallet, now)
    assert not event.cancelled, TicketError.EVENT_CANCELLED
    assert draw.state == DrawState.DRAWN, TicketError.NOT_DRAWN
    assert group.complete, TicketError.NOT_A_WINNER
    assert in_time, TicketError.TOO_LATE
    assert seat == seat_of(draw, group, bid), TicketError.NO_SUCH_SEAT

    # The seat exists and is free: `settle` shares out no more than the section has and no seat
    # twice, nobody can buy until the time to claim is over, and the bid is used up here.
    issue_seat(
        wallet, wallet, bid.paid_by, person, event, section, vault, ticket, mint, token, seat
    )
    vault.deposits -= bid.deposit
    end_bid(draw, group, bid, paid_by)
