"""The event is over: the record of an accusation is closed."""

from seahorse.prelude import Clock, UncheckedAccount, instruction

from .closing import assert_over
from .errors import TicketError
from .state import Case, CaseState, Event


def is_decided(case: Case) -> bool:
    """Nothing will come of it any more."""
    if case.state == CaseState.DISMISSED:
        return True
    return case.state == CaseState.VOIDED


@instruction
def close_case(organiser: UncheckedAccount, event: Event, case: Case, clock: Clock) -> None:
    """Gives the rent back to the organiser, who paid it; the log keeps the record."""
    assert event.organiser == organiser.key(), TicketError.NOT_ORGANISER
    assert case.event == event.key(), TicketError.WRONG_EVENT
    assert is_decided(case), TicketError.CASES_OPEN
    assert_over(event, clock)

    case.close(organiser)
