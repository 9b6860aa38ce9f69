"""What may be ordered through a gateway about a case: to accuse, to appeal, to decide, to end it.

    case = CaseAt(SectionAt(event, 0), 12, person)
    await gateway.orders.place(organiser, open_void(organiser, case, rule=7, evidence=digest))

Like `order_asks`: each function gives the instruction that it asks for, built here, and the request
that asks for it.
"""

from base64 import b64encode
from dataclasses import dataclass
from typing import Any

from solders.pubkey import Pubkey

from conting_client.generated import ticket as program
from conting_client.order_asks import OPEN, Asked, Buyer, SectionAt


@dataclass(frozen=True, slots=True)
class CaseAt:
    """A case about a seat's ticket and the person whose it is."""

    at: SectionAt
    seat: int
    person: Pubkey

    @property
    def ticket(self) -> Pubkey:
        """The ticket."""
        return self.at.ticket(self.seat)

    @property
    def key(self) -> Pubkey:
        """The case's account."""
        seeds = [b"case", bytes(self.ticket), bytes(self.person)]
        return Pubkey.find_program_address(seeds, self.at.program_id)[0]

    def told(self, **more: Any) -> dict[str, Any]:  # noqa: ANN401 what JSON has
        """As requests name it."""
        return {"ticket": str(self.ticket), **more}


def open_void(who: Buyer, case: CaseAt, *, rule: int, evidence: bytes) -> Asked:
    """Wants the ticket void, by a rule of the event's terms; `evidence` is its hash, 32 bytes."""
    wanted = program.open_void(
        organiser=who.key,
        event=case.at.event,
        ticket=case.ticket,
        case=case.key,
        rule=rule,
        evidence=evidence,
        program_id=case.at.program_id,
    )
    return Asked(wanted, case.told(rule=rule, evidence=b64encode(evidence).decode()))


def appeal(who: Buyer, case: CaseAt, statement: bytes) -> Asked:
    """Answers a case about the own ticket; `statement`: a hash of 32 bytes, not all zeros."""
    wanted = program.appeal(
        wallet=who.key,
        person=who.account,
        case=case.key,
        statement=statement,
        program_id=case.at.program_id,
    )
    return Asked(wanted, case.told(statement=b64encode(statement).decode()))


def decide_void(who: Buyer, case: CaseAt, *, upheld: bool) -> Asked:
    """Decides an appeal, as the event's arbiter."""
    wanted = program.decide_void(
        arbiter=who.key,
        event=case.at.event,
        ticket=case.ticket,
        case=case.key,
        upheld=upheld,
        program_id=case.at.program_id,
    )
    return Asked(wanted, case.told(upheld=upheld))


def restore_ticket(case: CaseAt) -> Asked:
    """Ends a case that the arbiter has not decided in time; anybody may."""
    wanted = program.restore_ticket(
        event=case.at.event, ticket=case.ticket, case=case.key, program_id=case.at.program_id
    )
    return Asked(wanted, case.told())


def finish_void(case: CaseAt) -> Asked:
    """Ends a ticket whose case was upheld or not answered, and pays its price back; anybody may."""
    wanted = program.finish_void(
        paid_by=OPEN,
        event=case.at.event,
        section=case.at.key,
        holding=program.holding_address(
            event=case.at.event, person=case.person, program_id=case.at.program_id
        ),
        ticket=case.ticket,
        case=case.key,
        token=OPEN,
        program_id=case.at.program_id,
    )
    return Asked(wanted, case.told())
