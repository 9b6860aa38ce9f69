"""An organiser adds a block of seats, before the sale opens."""

from seahorse.prelude import Clock, Empty, Signer, i64, instruction, u8, u16, u32, u64

from .errors import TicketError
from .state import MAX_NAME, MAX_PRICE, MAX_SECTIONS, NEVER, Event, SaleMode, Section


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
    mode: SaleMode,
    name: str,
) -> None:
    """Makes section `index`, the next one of the event.

    `price` in the smallest units of the event's payment. A section in mode DRAW is on open sale
    only after its draw.
    """
    assert event.organiser == organiser.key(), TicketError.NOT_ORGANISER
    assert clock.unix_timestamp() < event.sale_opens, TicketError.SALE_STARTED
    assert index == event.sections, TicketError.SECTION_ORDER
    assert index < MAX_SECTIONS, TicketError.TOO_MANY_SECTIONS
    assert seats >= 1, TicketError.NO_SEATS
    assert price <= MAX_PRICE, TicketError.BAD_PRICE
    assert len(name) <= MAX_NAME, TicketError.TEXT_TOO_LONG

    section.init(
        payer=organiser,
        event=event.key(),
        index=index,
        mode=mode,
        gate_group=gate_group,
        seats=seats,
        price=price,
        open_from=i64(0) if mode == SaleMode.FIRST_COME else NEVER,
        name=name,
    )
    event.sections += 1
