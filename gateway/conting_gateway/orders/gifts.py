"""Orders by which a ticket becomes another person's, or follows its own: grants, transfers."""

from conting_client import self_person_address
from conting_client.generated import ticket as program
from conting_client.generated.family import Family
from conting_client.generated.ticket import Grant
from conting_client.tickets import HOLDER_AT, PERSON_AT
from solders.pubkey import Pubkey

from conting_gateway.errors import NotYoursError
from conting_gateway.orders.chain import Mark, gone, made
from conting_gateway.orders.errors import (
    GrantedAlreadyError,
    NotMovedError,
    UnknownGrantError,
)
from conting_gateway.orders.plans import Desk, Plan
from conting_gateway.orders.sales import subject_of
from conting_gateway.orders.schemas import (
    FamilyTransferRequest,
    GrantRequest,
    RevokeGrantRequest,
    TicketRequest,
)
from conting_gateway.orders.store import Subject
from conting_gateway.readmodel.errors import UnknownFamilyError


async def grant_help(desk: Desk, caller: Pubkey, asked: GrantRequest) -> Plan:
    """Builds a grant: `helper` may buy for the caller, who need not be there."""
    await desk.catalog.event(asked.event)
    await desk.person(asked.helper)
    person, first = await desk.caller(caller, asked.person, asked.device_key)
    grant = program.grant_address(
        event=asked.event, person=person, helper=asked.helper, program_id=desk.here
    )
    if await desk.chain.read(Grant, grant) is not None:
        raise GrantedAlreadyError
    order = program.grant_help(
        owner=caller,
        person=person,
        event=asked.event,
        helper=asked.helper,
        max_price=asked.max_price,
        sections=sum(1 << section for section in set(asked.sections)),
        count=asked.count,
        expires=asked.expires,
        program_id=desk.here,
    )
    return Plan(steps=[*first, order], subject=Subject(asked.event, grant), mark=made(Grant, grant))


async def revoke_grant(desk: Desk, caller: Pubkey, asked: RevokeGrantRequest) -> Plan:
    """Builds the end of a grant of the caller's; what was bought with it stays bought."""
    person = asked.person or self_person_address(caller)
    grant = program.grant_address(
        event=asked.event, person=person, helper=asked.helper, program_id=desk.here
    )
    found = await desk.chain.read(Grant, grant)
    if found is None:
        raise UnknownGrantError
    await desk.own(caller, person)
    order = program.revoke_grant(
        owner=caller, person=person, grant=grant, rent_to=found.rent_to, program_id=desk.here
    )
    return Plan(steps=[order], subject=Subject(asked.event, grant), mark=gone(Grant, grant))


async def family_transfer(desk: Desk, caller: Pubkey, asked: FamilyTransferRequest) -> Plan:
    """Builds the passing on of a ticket within a family. Both wallets sign: each submits with its
    own signature, and the second one sends."""
    ticket = await desk.held(caller, asked.ticket)
    to = await desk.person(asked.to)
    if asked.to == ticket.person:
        raise NotMovedError
    if await desk.chain.read(Family, asked.family) is None:
        raise UnknownFamilyError
    order = program.family_transfer(
        sender=caller,
        wallet=to.wallet,
        sender_person=ticket.person,
        person=asked.to,
        family=asked.family,
        event=ticket.event,
        ticket=asked.ticket,
        sender_holding=desk.holding(ticket.event, ticket.person),
        token=ticket.token,
        sender_shows=asked.sender_shows.as_program(),
        shows=asked.shows.as_program(),
        program_id=desk.here,
    )
    return Plan(
        steps=[order],
        subject=await subject_of(desk, ticket, asked.ticket),
        mark=Mark(asked.ticket, PERSON_AT, bytes(asked.to)),
        beside=() if to.wallet == caller else (to.wallet,),
    )


async def follow_person(desk: Desk, caller: Pubkey, asked: TicketRequest) -> Plan:
    """Builds the move of a ticket's NFT into the caller's wallet, to which its person was
    re-bound."""
    ticket = await desk.catalog.fresh_ticket(asked.ticket)
    person = await desk.chain.person(ticket.person)
    if person is None or person.wallet != caller:
        raise NotYoursError
    if ticket.holder == caller:
        raise NotMovedError
    order = program.follow_person(
        payer=caller,
        person=ticket.person,
        wallet=caller,
        event=ticket.event,
        ticket=asked.ticket,
        old_token=ticket.token,
        program_id=desk.here,
    )
    return Plan(
        steps=[order],
        subject=await subject_of(desk, ticket, asked.ticket),
        mark=Mark(asked.ticket, HOLDER_AT, bytes(caller)),
    )
