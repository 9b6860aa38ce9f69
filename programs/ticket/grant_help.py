"""A person lets another one buy tickets for them: the helper pays, and never holds the ticket."""

from family.state import Person
from seahorse.prelude import Clock, Empty, Signer, i64, instruction, u8, u64

from .errors import TicketError
from .persons import assert_person, assert_person_in
from .state import Event, Grant


@instruction
def grant_help(
    owner: Signer,
    person: Person,
    event: Event,
    helper: Person,
    grant: Empty[Grant],
    clock: Clock,
    max_price: u64,
    sections: u64,
    count: u8,
    expires: i64,
) -> None:
    """Lets `helper` buy `count` tickets for `person`, at most `max_price` each, until `expires`.

    Bit i of `sections` allows section i.
    """
    now = clock.unix_timestamp()
    assert_person_in(event, person, owner, now)
    assert_person(event, helper, now)
    assert helper.key() != person.key(), TicketError.WRONG_PERSON
    assert 1 <= count <= event.limit, TicketError.BAD_LIMIT
    assert now < expires, TicketError.GRANT_EXPIRED

    grant.init(
        payer=owner,
        event=event.key(),
        owner=person.key(),
        helper=helper.key(),
        count=count,
        max_price=max_price,
        sections=sections,
        expires=expires,
        rent_to=owner.key(),
    )
