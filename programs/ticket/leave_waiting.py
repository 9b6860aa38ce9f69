"""A person no longer waits."""

from family.state import Person
from seahorse.prelude import Signer, UncheckedAccount, instruction

from .errors import TicketError
from .state import Section
from .waiting_state import Place, Waiting


@instruction
def leave_waiting(
    wallet: Signer,
    rent_to: UncheckedAccount,
    person: Person,
    section: Section,
    place: Place,
    waiting: Waiting,
) -> None:
    """Gives the place up: re-draws pass it over. An offer that was made stands."""
    assert person.wallet == wallet.key(), TicketError.WRONG_WALLET
    assert waiting.person == person.key(), TicketError.WRONG_PERSON
    assert waiting.section == section.key(), TicketError.WRONG_SECTION
    assert place.section == section.key(), TicketError.WRONG_SECTION
    assert place.index == waiting.index, TicketError.WRONG_PLACE
    assert waiting.rent_to == rent_to.key(), TicketError.WRONG_PAYER

    if place.active:
        section.waiting_active -= 1
        place.active = False
    section.kept -= 1
    waiting.close(rent_to)
