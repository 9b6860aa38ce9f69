"""A person whom the gateway has admitted waits for a seat of a section that somebody gives back."""

from family.state import Person
from seahorse.prelude import (
    Clock,
    Empty,
    Signer,
    bytes_of,
    instruction,
    sha256,
    u32,
)

from .errors import TicketError
from .persons import assert_person_in
from .state import Event, Section
from .waiting_state import Place, Waiting

WAITING_ROOT = b"conting:waiting-root:v1"
MADE = u32(2)  # accounts: the place, and that the person has one


@instruction
def join_waiting(
    admission: Signer,
    wallet: Signer,
    person: Person,
    event: Event,
    section: Section,
    place: Empty[Place],
    waiting: Empty[Waiting],
    clock: Clock,
    index: u32,
) -> None:
    """Takes place `index`, the next of the section's list. To come early is no better chance."""
    now = clock.unix_timestamp()
    assert event.admission == admission.key(), TicketError.NOT_ADMITTED
    assert section.event == event.key(), TicketError.WRONG_EVENT
    assert not event.cancelled, TicketError.EVENT_CANCELLED
    assert event.sale_opens <= now < event.freeze, TicketError.NOT_ON_SALE
    assert_person_in(event, person, wallet, now)
    assert waiting.is_empty(), TicketError.WAITING_ALREADY
    assert index == section.waiting, TicketError.WRONG_PLACE

    root = sha256(bytes_of(WAITING_ROOT, section.waiting_root, index, person.key()))
    place.init(
        payer=wallet,
        section=section.key(),
        index=index,
        person=person.key(),
        joined_slot=clock.slot(),
        root=root,
        active=True,
        rent_to=wallet.key(),
    )
    waiting.init(
        payer=wallet,
        section=section.key(),
        person=person.key(),
        index=index,
        rent_to=wallet.key(),
    )
    if index == 0:
        section.waiting_since = clock.slot()
    section.waiting_root = root
    section.waiting += 1
    section.waiting_active += 1
    section.kept += MADE
