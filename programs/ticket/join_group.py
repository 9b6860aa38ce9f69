"""A person whom the gateway has admitted joins a group with a deposit of the seat's price."""

from family.state import Person
from seahorse.prelude import (
    Clock,
    Empty,
    Option,
    Pubkey,
    Signer,
    TokenAccount,
    bytes_of,
    instruction,
    sha256,
    u8,
    u64,
)

from .draw_state import Bid, Draw, Group
from .entering import assert_entering
from .errors import TicketError
from .events import GroupEntered
from .money import pay_in
from .persons import assert_person_in
from .sale import count_in, open_holding
from .state import Event, Holding, Section, Vault

DRAW_ROOT = b"conting:draw-root:v1"


def member_of(group: Group, person: Pubkey) -> u8:
    """Which member of the group the person is; the group's size if it is none."""
    found = group.size
    for place in range(group.size):
        if group.members[place] == person:
            found = u8(place)
    return found


def enter(draw: Draw, group: Group) -> None:
    """The group is complete: it gets the next number of its size."""
    place = group.size - 1
    group.index = draw.groups[place]
    group.number = draw.entries
    group.complete = True
    root = sha256(bytes_of(DRAW_ROOT, draw.root, group.key(), group.size, group.index))
    draw.groups[place] += 1
    draw.entries += 1
    draw.root = root
    GroupEntered(draw.key(), group.key(), group.size, group.index).emit()


@instruction
def join_group(
    admission: Signer,
    wallet: Signer,
    person: Person,
    event: Event,
    section: Section,
    vault: Vault,
    holding: Empty[Holding],
    draw: Draw,
    group: Group,
    bid: Empty[Bid],
    purse: Option[TokenAccount],
    till: Option[TokenAccount],
    clock: Clock,
    max_price: u64,
) -> None:
    """Pays the deposit. It counts as a ticket towards the person's limit until it is given back."""
    assert event.admission == admission.key(), TicketError.NOT_ADMITTED
    assert vault.event == event.key(), TicketError.WRONG_EVENT
    assert draw.section == section.key(), TicketError.WRONG_SECTION
    assert group.draw == draw.key(), TicketError.WRONG_DRAW
    assert_entering(event, draw, clock)
    assert_person_in(event, person, wallet, clock.unix_timestamp())
    assert section.price <= max_price, TicketError.PRICE_ABOVE_LIMIT
    assert bid.is_empty(), TicketError.ENTERED_ALREADY
    member = member_of(group, person.key())
    assert member < group.size, TicketError.NOT_NAMED
    held = open_holding(wallet, event, person, holding)

    pay_in(wallet, event, vault, purse, till, section.price)
    bid.init(
        payer=wallet,
        draw=draw.key(),
        person=person.key(),
        group=group.key(),
        member=member,
        deposit=section.price,
        paid_by=wallet.key(),
    )
    vault.deposits += section.price
    count_in(held)
    draw.kept += 1
    group.joined += 1
    if group.joined == group.size:
        enter(draw, group)
