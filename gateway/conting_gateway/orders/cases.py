"""Orders about a case: the organiser accuses, the person answers, arbiter or time decides."""

from conting_client.generated import ticket as program
from conting_client.generated.ticket import Case, CaseState, Ticket
from solders.pubkey import Pubkey

from conting_gateway.orders.chain import Mark, made
from conting_gateway.orders.errors import UnknownCaseError
from conting_gateway.orders.plans import Desk, Plan
from conting_gateway.orders.sales import subject_of
from conting_gateway.orders.schemas import (
    AppealRequest,
    DecideRequest,
    OpenVoidRequest,
    TicketRequest,
)
from conting_gateway.orders.store import Subject

STATE_AT = 105  # of a Case
STATEMENT_AT = 140


async def open_void(desk: Desk, caller: Pubkey, asked: OpenVoidRequest) -> Plan:
    """Builds a case of the event's organiser against a ticket: seat and money are frozen until it
    is decided, and its person has the event's time to appeal."""
    ticket = await desk.catalog.fresh_ticket(asked.ticket)
    case = case_address(asked.ticket, ticket.person, desk.here)
    order = program.open_void(
        organiser=caller,
        event=ticket.event,
        ticket=asked.ticket,
        case=case,
        rule=asked.rule,
        evidence=asked.evidence,
        program_id=desk.here,
    )
    return Plan(
        steps=[order],
        subject=await _subject(desk, ticket, asked.ticket, case),
        mark=made(Case, case),
    )


async def appeal(desk: Desk, caller: Pubkey, asked: AppealRequest) -> Plan:
    """Builds the answer of a ticket's person to the organiser's case: it goes to the arbiter."""
    ticket, case = await _accused(desk, asked.ticket)
    await desk.own(caller, ticket.person)
    order = program.appeal(
        wallet=caller,
        person=ticket.person,
        case=case,
        statement=asked.statement,
        program_id=desk.here,
    )
    return Plan(
        steps=[order],
        subject=await _subject(desk, ticket, asked.ticket, case),
        mark=Mark(case, STATEMENT_AT, asked.statement),
    )


async def decide_void(desk: Desk, caller: Pubkey, asked: DecideRequest) -> Plan:
    """Builds the arbiter's decision of an appeal. Upheld, the ticket can be ended by `finish_void`;
    else it is as good as before."""
    ticket, case = await _accused(desk, asked.ticket)
    order = program.decide_void(
        arbiter=caller,
        event=ticket.event,
        ticket=asked.ticket,
        case=case,
        upheld=asked.upheld,
        program_id=desk.here,
    )
    return Plan(
        steps=[order],
        subject=await _subject(desk, ticket, asked.ticket, case),
        mark=_stands(case, CaseState.UPHELD if asked.upheld else CaseState.DISMISSED),
    )


async def restore_ticket(desk: Desk, caller: Pubkey, asked: TicketRequest) -> Plan:  # noqa: ARG001 anybody
    """Builds the end of an appealed case that the arbiter has not decided in time: the ticket is as
    good as before. Anybody may order this."""
    ticket, case = await _accused(desk, asked.ticket)
    order = program.restore_ticket(
        event=ticket.event, ticket=asked.ticket, case=case, program_id=desk.here
    )
    return Plan(
        steps=[order],
        subject=await _subject(desk, ticket, asked.ticket, case),
        mark=_stands(case, CaseState.DISMISSED),
    )


async def finish_void(desk: Desk, caller: Pubkey, asked: TicketRequest) -> Plan:  # noqa: ARG001 anybody
    """Builds the end of a ticket whose case was upheld, or was not answered in time: the whole
    price goes back to who paid. Anybody may order this."""
    ticket, case = await _accused(desk, asked.ticket)
    event = await desk.catalog.event(ticket.event)
    order = program.finish_void(
        paid_by=ticket.paid_by,
        event=ticket.event,
        section=ticket.section,
        holding=desk.holding(ticket.event, ticket.person),
        ticket=asked.ticket,
        case=case,
        token=ticket.token,
        till=desk.till(ticket.event, event),
        purse=await desk.paid(event, ticket.paid_by),
        program_id=desk.here,
    )
    return Plan(
        steps=[order],
        subject=await subject_of(desk, ticket, asked.ticket),
        mark=_stands(case, CaseState.VOIDED),
        price=ticket.price_paid,
        payment=event.payment,
    )


def case_address(ticket: Pubkey, person: Pubkey, program_id: Pubkey) -> Pubkey:
    """Where the case about a person's ticket is: the IDL does not tell how it is derived."""
    seeds = [b"case", bytes(ticket), bytes(person)]
    return Pubkey.find_program_address(seeds, program_id)[0]


async def _accused(desk: Desk, address: Pubkey) -> tuple[Ticket, Pubkey]:
    """A ticket and the case about it. Raises UnknownCaseError."""
    ticket = await desk.catalog.fresh_ticket(address)
    case = case_address(address, ticket.person, desk.here)
    if await desk.chain.read(Case, case) is None:
        raise UnknownCaseError
    return ticket, case


async def _subject(desk: Desk, ticket: Ticket, address: Pubkey, case: Pubkey) -> Subject:
    """The ticket's seat, and the case as what is changed."""
    found = await subject_of(desk, ticket, address)
    return Subject(found.event, case, found.section, found.seat)


def _stands(case: Pubkey, state: CaseState) -> Mark:
    return Mark(case, STATE_AT, bytes([state]))
