"""What anybody may order through a gateway to take a returned seat on, to somebody who waits.

    await gateway.orders.place(me, redraw(me, at, seat))  # once its slot has come
    await gateway.orders.place(me, offer_seat(at, seat))

Like `order_asks`: each function gives the instruction that it asks for, built here, and the request
that asks for it. Whose turn it is, the chain compares.
"""

from typing import Any

from conting_client.generated import ticket as program
from conting_client.order_asks import OPEN, Asked, Buyer, SectionAt


def redraw(who: Buyer, at: SectionAt, seat: int) -> Asked:
    """Draws the order of who waited when the seat's slot came; the rent comes back."""
    wanted = program.redraw(
        payer=who.key,
        event=at.event,
        section=at.key,
        ticket=at.ticket(seat),
        last=OPEN,
        after=OPEN,
        program_id=at.program_id,
    )
    return Asked(wanted, _told(at, seat))


def offer_seat(at: SectionAt, seat: int) -> Asked:
    """Offers the seat to whose turn it is."""
    wanted = program.offer_seat(
        event=at.event,
        section=at.key,
        ticket=at.ticket(seat),
        place=OPEN,
        program_id=at.program_id,
    )
    return Asked(wanted, _told(at, seat))


def expire_offer(at: SectionAt, seat: int) -> Asked:
    """Takes an offer back whose time is over."""
    wanted = program.expire_offer(ticket=at.ticket(seat), program_id=at.program_id)
    return Asked(wanted, _told(at, seat))


def end_redraw(at: SectionAt, seat: int) -> Asked:
    """Ends a draw in which everybody was asked, for another one."""
    wanted = program.end_redraw(
        rent_to=OPEN, event=at.event, ticket=at.ticket(seat), program_id=at.program_id
    )
    return Asked(wanted, _told(at, seat))


def wait_longer(at: SectionAt, seat: int) -> Asked:
    """Fixes a later slot for a seat for which nobody waited."""
    wanted = program.wait_longer(
        event=at.event, section=at.key, ticket=at.ticket(seat), program_id=at.program_id
    )
    return Asked(wanted, _told(at, seat))


def _told(at: SectionAt, seat: int) -> dict[str, Any]:
    return {"ticket": str(at.ticket(seat))}
