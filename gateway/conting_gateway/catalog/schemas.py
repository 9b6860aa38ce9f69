"""Events, sections and tickets as they are shown. Times are Unix seconds of the chain's clock."""

from typing import Literal

from conting_client.generated.ticket import Event, Section, Ticket
from pydantic import BaseModel, Field
from solders.pubkey import Pubkey

from conting_gateway.schemas import DECIMALS, Address, Amount, OpenFrom, SaleMode


class RefundStep(BaseModel):
    """Before `until`, so many basis points of the price come back."""

    until: int
    share: int = Field(ge=0, le=10_000)


class EventAnswer(BaseModel):
    """The rules of a show, as they are on chain."""

    event: Address
    organiser: Address
    number: int
    admission: Address
    issuer: Address = Field(description="Vouches for persons; the zero key: every wallet does so")
    payment: Address = Field(
        description="Mint of the token of SPL Token that prices are in; the zero key: lamports"
    )
    decimals: int | None = DECIMALS
    name: str
    uri: str
    arbiter: Address = Field(description="Decides appeals of holders whose tickets are to be void")
    sale_opens: int
    sale_closes: int
    freeze: int = Field(description="From here on no ticket is given back or passed on")
    doors: int
    ends: int
    dispute_until: int = Field(description="From here on the organiser withdraws the money")
    close_from: int = Field(description="From here on accounts are closed: their rent goes back")
    refunds: list[RefundStep]
    limit: int = Field(description="Tickets that one person may hold")
    max_hops: int = Field(description="How often one ticket may pass on within a family")
    family_age: int = Field(
        description="Seconds that a membership must be older than the sale's opening for that"
    )
    sessions: int
    sections: int
    appeal_window: int = Field(description="Seconds that a holder has to appeal")
    offer_window: int = Field(description="Seconds that a seat that came back stays offered")
    cooling: int = Field(description="Slots between a refund and the draw of its seat")
    registration_window: int = Field(
        description="Slots that an empty waiting list stays open before the next such draw"
    )
    cancelled: bool = Field(description="No show: the whole price goes back (`refund_cancelled`)")
    chain_time: int = Field(description="What the chain's clock says now")
    challenge_key: Address = Field(description="Signs the challenges of passes")


class SectionAnswer(BaseModel):
    """A block of seats at one price."""

    section: Address
    index: int
    name: str
    mode: SaleMode
    open_from: OpenFrom
    seats: int
    sold: int
    price: Amount
    gate_group: int


class SectionsAnswer(BaseModel):
    """All sections of an event."""

    sections: list[SectionAnswer]


class TicketAnswer(BaseModel):
    """A ticket that somebody holds."""

    ticket: Address
    event: Address
    section: Address
    seat: int
    state: Literal["issued", "cooling", "offered", "used", "voiding", "void"]
    mint: Address
    holder: Address
    person: Address
    paid_by: Address
    price_paid: Amount


class TicketsAnswer(BaseModel):
    """What somebody holds."""

    tickets: list[TicketAnswer]


def show_event(
    address: Pubkey, event: Event, decimals: int | None, now: int, challenge_key: Pubkey
) -> EventAnswer:
    """An event as it is shown."""
    return EventAnswer(
        event=address,
        organiser=event.organiser,
        number=event.number,
        admission=event.admission,
        issuer=event.issuer,
        payment=event.payment,
        decimals=decimals,
        name=event.name,
        uri=event.uri,
        arbiter=event.arbiter,
        sale_opens=event.sale_opens,
        sale_closes=event.sale_closes,
        freeze=event.freeze,
        doors=event.doors,
        ends=event.ends,
        dispute_until=event.dispute_until,
        close_from=event.close_from,
        refunds=[
            RefundStep(until=until, share=share)
            for until, share in zip(event.refund_until, event.refund_share, strict=True)
        ],
        limit=event.limit,
        max_hops=event.max_hops,
        family_age=event.family_age,
        sessions=event.sessions,
        sections=event.sections,
        appeal_window=event.appeal_window,
        offer_window=event.offer_window,
        cooling=event.cooling,
        registration_window=event.registration_window,
        cancelled=event.cancelled,
        chain_time=now,
        challenge_key=challenge_key,
    )


def show_section(address: Pubkey, section: Section) -> SectionAnswer:
    """A section as it is shown."""
    return SectionAnswer(
        section=address,
        index=section.index,
        name=section.name,
        mode=section.mode,
        open_from=section.open_from,
        seats=section.seats,
        sold=section.sold,
        price=section.price,
        gate_group=section.gate_group,
    )


def show_ticket(address: Pubkey, ticket: Ticket) -> TicketAnswer:
    """A ticket as it is shown."""
    return TicketAnswer(
        ticket=address,
        event=ticket.event,
        section=ticket.section,
        seat=ticket.seat,
        state=ticket.state.name.lower(),
        mint=ticket.mint,
        holder=ticket.holder,
        person=ticket.person,
        paid_by=ticket.paid_by,
        price_paid=ticket.price_paid,
    )
