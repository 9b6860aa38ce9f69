"""The last of an event: its own account and its vault."""

from seahorse.prelude import Clock, Option, Signer, TokenAccount, instruction

from .closing import assert_forgotten
from .errors import TicketError
from .state import NOBODY, Event, Vault


def close_till(organiser: Signer, vault: Vault, till: Option[TokenAccount]) -> None:
    """The till has to be empty: what is in it is withdrawn first."""
    if vault.till == NOBODY:
        return
    assert till is not None, TicketError.WRONG_PAYMENT
    assert till.key() == vault.till, TicketError.WRONG_PAYMENT
    till.close(authority=vault, to=organiser)


@instruction
def close_event(
    organiser: Signer, event: Event, vault: Vault, till: Option[TokenAccount], clock: Clock
) -> None:
    """Gives the rent, and what proceeds are left, to the organiser; nobody is owed anything.

    Sections are closed after their tickets, and no ticket while a case about it is open.
    """
    assert event.organiser == organiser.key(), TicketError.NOT_ORGANISER
    assert vault.event == event.key(), TicketError.WRONG_EVENT
    assert event.sections == 0, TicketError.NOT_LAST
    assert vault.deposits == 0, TicketError.NOT_LAST
    assert vault.refundable == 0 or not event.cancelled, TicketError.EVENT_CANCELLED
    assert_forgotten(event, clock)

    close_till(organiser, vault, till)
    vault.close(organiser)
    event.close(organiser)
