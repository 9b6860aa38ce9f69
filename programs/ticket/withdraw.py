"""An organiser takes the proceeds."""

from seahorse.prelude import Clock, Option, Rent, Signer, TokenAccount, instruction, u64

from .errors import TicketError
from .events import Withdrawn
from .money import funds_of, pay_if_lamports, pay_if_tokens
from .state import Event, Vault


def still_owed(event: Event, vault: Vault) -> u64:
    """What holders may claim back: after the dispute time of a show that took place, nothing."""
    return vault.refundable if event.cancelled else u64(0)


@instruction
def withdraw(
    organiser: Signer,
    event: Event,
    vault: Vault,
    till: Option[TokenAccount],
    purse: Option[TokenAccount],
    rent: Rent,
    clock: Clock,
) -> None:
    """Pays out all that nobody else can still claim.

    Of a cancelled event that is what refunds before the cancellation left; the prices of its live
    tickets wait for their holders without end.
    """
    assert event.organiser == organiser.key(), TicketError.NOT_ORGANISER
    assert vault.event == event.key(), TicketError.WRONG_EVENT
    assert clock.unix_timestamp() >= event.dispute_until, TicketError.TOO_EARLY
    assert event.open_cases == 0, TicketError.CASES_OPEN

    owed = still_owed(event, vault)
    amount = funds_of(event, vault, till, rent) - owed - vault.deposits
    assert amount > 0, TicketError.NOTHING_LEFT

    pay_if_tokens(event, vault, till, organiser, purse, amount)
    Withdrawn(event.key(), amount).emit()
    pay_if_lamports(event, vault, organiser, amount)
    vault.refundable = owed
