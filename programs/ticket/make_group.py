"""A person names who shall sit side by side: a group of one to four, drawn as a whole."""

from family.state import Person
from seahorse.prelude import Array, Clock, Empty, Pubkey, Signer, instruction, u8

from .draw_state import MAX_GROUP, Draw, Group
from .entering import assert_entering
from .errors import TicketError
from .persons import assert_person_in
from .state import NOBODY, Event


def assert_named(members: Array[Pubkey, 4], size: u8, leader: Pubkey) -> None:
    """The leader first, everybody once, nobody after them."""
    assert 1 <= size <= MAX_GROUP, TicketError.BAD_GROUP
    assert members[0] == leader, TicketError.BAD_GROUP
    for place in range(1, MAX_GROUP):
        assert (members[place] != NOBODY) == (place < size), TicketError.BAD_GROUP
        for earlier in range(place):
            same = members[place] == members[earlier]
            assert not same or members[place] == NOBODY, TicketError.BAD_GROUP


@instruction
def make_group(
    wallet: Signer,
    person: Person,
    event: Event,
    draw: Draw,
    group: Empty[Group],
    clock: Clock,
    size: u8,
    members: Array[Pubkey, 4],
) -> None:
    """Makes the group; it takes part when all who are named have joined, the leader too."""
    now = clock.unix_timestamp()
    assert_entering(event, draw, clock)
    assert now >= event.sale_opens, TicketError.SALE_NOT_OPEN
    assert_person_in(event, person, wallet, now)
    assert_named(members, size, person.key())

    group.init(
        payer=wallet,
        draw=draw.key(),
        leader=person.key(),
        size=size,
        members=members,
        rent_to=wallet.key(),
    )
    draw.kept += 1
