"""Orders of who takes part in the draw of a section's seats."""

from dataclasses import replace

from conting_client import fairness, self_person_address
from conting_client.generated import ticket as program
from conting_client.generated.ticket import Bid, Draw, DrawState, Group
from conting_client.tickets import PERSON_AT
from solders.pubkey import Pubkey

from conting_gateway.orders.chain import Mark, gone
from conting_gateway.orders.errors import NotEnteredError, UnknownDrawError, UnknownGroupError
from conting_gateway.orders.plans import Desk, Plan
from conting_gateway.orders.schemas import (
    DrawRequest,
    JoinGroupRequest,
    MakeGroupRequest,
    SectionRequest,
)
from conting_gateway.orders.store import Subject

NOBODY = Pubkey.default()
GROUP_AT = 8 + 32 + 32 + 1  # of a Bid: after its draw, person and bump
MOST_MEMBERS = 4


async def make_group(desk: Desk, caller: Pubkey, asked: MakeGroupRequest) -> Plan:
    """Builds a group that the caller leads, with the caller's own entry into it, and co-signs it.
    The caller pays a deposit of the seat's price; the group takes part when all who are named have
    joined. Both are one transaction: a group that nobody has joined may be closed by anybody."""
    leader = asked.person or self_person_address(caller)
    entry = await _entry(desk, caller, asked, leader)
    *first, join = entry.steps
    members = [leader, *asked.members]
    blanks = [NOBODY] * (MOST_MEMBERS - len(members))
    make = program.make_group(
        wallet=caller,
        person=leader,
        event=asked.event,
        draw=_draw_at(desk, asked),
        size=len(members),
        members=[*members, *blanks],
        program_id=desk.here,
    )
    group = _group_at(desk, asked, leader)
    subject = Subject(asked.event, group, asked.section)
    return replace(entry, steps=[*first, make, join], subject=subject)


async def join_group(desk: Desk, caller: Pubkey, asked: JoinGroupRequest) -> Plan:
    """Builds the entry of the caller into a group, and co-signs it. The caller pays a deposit of
    the seat's price. Needs no turn in the waiting room: to come early is no better chance."""
    entry = await _entry(desk, caller, asked, asked.leader)
    if await desk.chain.read(Group, _group_at(desk, asked, asked.leader)) is None:
        raise UnknownGroupError
    return entry


async def leave_group(desk: Desk, caller: Pubkey, asked: SectionRequest) -> Plan:
    """Builds the leaving of a group that is not complete: the deposit goes back to who paid it."""
    person, draw, key, bid = await _own_bid(desk, caller, asked)
    event = await desk.catalog.event(asked.event)
    order = program.leave_group(
        wallet=caller,
        paid_by=bid.paid_by,
        person=person,
        event=asked.event,
        draw=draw,
        group=bid.group,
        bid=key,
        till=desk.till(asked.event, event),
        purse=await desk.paid(event, bid.paid_by),
        program_id=desk.here,
    )
    return Plan(
        steps=[order],
        subject=Subject(asked.event, key, asked.section),
        mark=gone(Bid, key),
        price=bid.deposit,
        payment=event.payment,
    )


async def close_group(desk: Desk, caller: Pubkey, asked: SectionRequest) -> Plan:
    """Builds the end of a group that nobody is in any more, for its leader to make another one."""
    draw, leader = await _draw(desk, asked), asked.person or self_person_address(caller)
    key = _group_at(desk, asked, leader)
    group = await desk.chain.read(Group, key)
    if group is None:
        raise UnknownGroupError
    order = program.close_group(
        rent_to=group.rent_to, event=asked.event, draw=draw, group=key, program_id=desk.here
    )
    subject = Subject(asked.event, key, asked.section)
    return Plan(steps=[order], subject=subject, mark=gone(Group, key))


async def take_back(desk: Desk, caller: Pubkey, asked: SectionRequest) -> Plan:
    """Builds the return of a deposit that the draw has decided against, to who paid it."""
    person, draw, key, bid = await _own_bid(desk, caller, asked)
    event = await desk.catalog.event(asked.event)
    order = program.take_back(
        paid_by=bid.paid_by,
        event=asked.event,
        holding=desk.holding(asked.event, person),
        draw=draw,
        group=bid.group,
        bid=key,
        till=desk.till(asked.event, event),
        purse=await desk.paid(event, bid.paid_by),
        program_id=desk.here,
    )
    return Plan(
        steps=[order],
        subject=Subject(asked.event, key, asked.section),
        mark=gone(Bid, key),
        price=bid.deposit,
        payment=event.payment,
    )


async def claim_seat(desk: Desk, caller: Pubkey, asked: SectionRequest) -> Plan:
    """Builds the claim of the seat that the draw has given to the caller; the deposit becomes its
    price."""
    person, draw, _, bid = await _own_bid(desk, caller, asked)
    seat = await _seat_won(desk, draw, bid)
    section = desk.section(asked.event, asked.section)
    order = program.claim_seat(
        wallet=caller,
        paid_by=bid.paid_by,
        person=person,
        event=asked.event,
        section=section,
        seat=seat,
        draw=draw,
        group=bid.group,
        program_id=desk.here,
    )
    ticket = program.ticket_address(section=section, seat=seat, program_id=desk.here)
    return Plan(
        steps=[order],
        subject=Subject(asked.event, ticket, asked.section, seat),
        mark=Mark(ticket, PERSON_AT, bytes(person)),
        price=bid.deposit,
        payment=(await desk.catalog.event(asked.event)).payment,
    )


async def _entry(desk: Desk, caller: Pubkey, asked: DrawRequest, leader: Pubkey) -> Plan:
    """The caller joins the leader's group, which is there or is made by a step before."""
    event = await desk.sells(asked.event)
    price = await desk.price(asked.event, asked.section, asked.max_price)
    draw = await _draw(desk, asked)
    group = _group_at(desk, asked, leader)
    person, first = await desk.caller(caller, asked.person, asked.device_key)
    order = program.join_group(
        admission=event.admission,
        wallet=caller,
        person=person,
        event=asked.event,
        section=desk.section(asked.event, asked.section),
        max_price=asked.max_price,
        draw=draw,
        group=group,
        **await desk.money(asked.event, event, caller, price),
        program_id=desk.here,
    )
    bid = program.bid_address(draw=draw, person=person, program_id=desk.here)
    return Plan(
        steps=[*first, order],
        subject=Subject(asked.event, bid, asked.section),
        mark=Mark(bid, GROUP_AT, bytes(group)),
        price=price,
        payment=event.payment,
        authority=event.admission,
    )


async def _draw(desk: Desk, asked: SectionRequest) -> Pubkey:
    """The section's draw. Raises UnknownDrawError."""
    await desk.catalog.section(asked.event, asked.section)
    key = _draw_at(desk, asked)
    if await desk.chain.read(Draw, key) is None:
        raise UnknownDrawError
    return key


def _draw_at(desk: Desk, asked: SectionRequest) -> Pubkey:
    section = desk.section(asked.event, asked.section)
    return program.draw_address(section=section, program_id=desk.here)


def _group_at(desk: Desk, asked: SectionRequest, leader: Pubkey) -> Pubkey:
    draw = _draw_at(desk, asked)
    return program.group_address(draw=draw, person=leader, program_id=desk.here)


async def _own_bid(
    desk: Desk, caller: Pubkey, asked: SectionRequest
) -> tuple[Pubkey, Pubkey, Pubkey, Bid]:
    """The caller's person, the draw's address, the bid's, and the bid."""
    draw = await _draw(desk, asked)
    person = asked.person or self_person_address(caller)
    key = program.bid_address(draw=draw, person=person, program_id=desk.here)
    bid = await desk.chain.read(Bid, key)
    if bid is None:
        raise NotEnteredError
    await desk.own(caller, person)
    return person, draw, key, bid


async def _seat_won(desk: Desk, address: Pubkey, bid: Bid) -> int:
    """The seat by the draw's own numbers; where there is none the program will say why."""
    draw = await desk.chain.read(Draw, address)
    group = await desk.chain.read(Group, bid.group)
    if draw is None or group is None or draw.state is not DrawState.DRAWN or not group.complete:
        return 0
    of_size = group.size - 1
    key = fairness.size_key(draw.draw_key, group.size)
    place = fairness.place_of(key, draw.groups[of_size], group.index)
    if place >= draw.winners[of_size]:
        return 0
    return draw.first_seat[of_size] + place * group.size + bid.member
