"""What Redis answers to a join and to an entering, as errors."""

from conting_gateway.errors import PassSpentError, PlaceLostError, RoomFullError, TurnLapsedError
from conting_gateway.waitroom import store
from conting_gateway.waitroom.errors import NotYetAdmittedError, QueueBusyError, SoldOutError


def check_number(number: int) -> int:
    """A number as Redis gave it (lua.JOIN). Raises RoomFullError, SoldOutError, QueueBusyError."""
    match number:
        case 0:
            raise RoomFullError
        case -1:
            raise SoldOutError
        case store.NOT_NOW:
            raise QueueBusyError
    return number


def refusal(outcome: store.Entering) -> Exception:
    """Why nobody enters: what ENTER answered (lua.ENTER) as an error."""
    match outcome:
        case "grace":
            return NotYetAdmittedError("You missed your turn; you are let in again next, once.")
        case "sold_out":
            return SoldOutError()
        case "lapsed":
            return TurnLapsedError()
        case "spent":
            return PassSpentError()
        case "lost":
            return PlaceLostError()
        case _:
            return NotYetAdmittedError()
