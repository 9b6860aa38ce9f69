"""/v1/events… and /v1/tickets: what the chain says."""

from typing import Annotated

from fastapi import APIRouter, Query

from conting_gateway.catalog.schemas import (
    EventAnswer,
    SectionsAnswer,
    TicketsAnswer,
    show_event,
    show_section,
    show_ticket,
)
from conting_gateway.deps import Use
from conting_gateway.errors import KeysEndedError, UnknownEventError, responses
from conting_gateway.schemas import Address

router = APIRouter(prefix="/v1", tags=["catalogue"])


@router.get("/events/{event}", responses=responses(UnknownEventError, KeysEndedError))
async def read_event(event: Address, use: Use) -> EventAnswer:
    """Tells an event's rules."""
    found = await use.catalog.event(event)
    decimals = await use.catalog.decimals(found.payment)
    return show_event(event, found, decimals, await use.catalog.now(), use.passes.challenge_key)


@router.get("/events/{event}/sections", responses=responses(UnknownEventError))
async def read_sections(event: Address, use: Use) -> SectionsAnswer:
    """Tells an event's sections and prices."""
    sections = await use.catalog.sections(event)
    return SectionsAnswer(sections=[show_section(each.address, each.data) for each in sections])


@router.get("/tickets", responses=responses())
async def read_tickets(holder: Annotated[Address, Query()], use: Use) -> TicketsAnswer:
    """Tells what somebody holds. The chain is public, and so is this."""
    found = await use.catalog.tickets_of(holder)
    return TicketsAnswer(tickets=[show_ticket(each.address, each.data) for each in found])
