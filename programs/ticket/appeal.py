"""A holder answers an accusation."""

from family.state import Person
from seahorse.prelude import Array, Clock, Signer, instruction, u8

from .errors import TicketError
from .events import CaseAppealed
from .state import Case, CaseState


@instruction
def appeal(
    wallet: Signer, person: Person, case: Case, clock: Clock, statement: Array[u8, 32]
) -> None:
    """Puts the case before the arbiter; `statement` is the hash of the answer."""
    assert case.person == person.key(), TicketError.WRONG_PERSON
    assert person.wallet == wallet.key(), TicketError.WRONG_WALLET
    assert case.state == CaseState.OPEN, TicketError.CASE_NOT_OPEN
    assert clock.unix_timestamp() < case.appeal_until, TicketError.TOO_LATE

    CaseAppealed(case.ticket, person.key(), statement, case.decide_until).emit()
    case.statement = statement
    case.state = CaseState.APPEALED
