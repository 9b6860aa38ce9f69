"""An organiser adds a block of seats, before the sale opens."""

from seahorse.prelude import Clock, Empty, Signer, instruction, u8, u16, u32, u64

from .errors import TicketError
from .state import MAX_NAME, MAX_PRICE, Event, Section


@instruction
def add_section(
    organiser: Signer,
    event: Event,
    section: Empty[Section],
    clock: Clock,
    index: u16,
    seats: u32,
    price: u64,
    gate_group: u8,
    name: str,
) -> None:
    """Makes section `index`, the next one of the event; `price` in lamports."""
    assert event.organiser == organiser.key(), TicketError.NOT_ORGANISER
    assert clock.unix_timestamp() < event.sale_opens, TicketError.SALE_STARTED
    assert index == event.sections, TicketError.SECTION_ORDER
    assert seats >= 1, TicketError.NO_SEATS
    assert price <= MAX_PRICE, TicketError.BAD_PRICE
    assert len(name) <= MAX_NAME, TicketError.TEXT_TOO_LONG

    section.init(
        payer=organiser,
        event=event.key(),
        index=index,
        gate_group=gate_group,
        seats=seats,
        price=price,
        name=name,
    )
    event.sections += 1
