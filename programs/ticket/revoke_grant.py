"""A person takes back that another one may buy for them; what was bought stays bought."""

from family.state import Person
from seahorse.prelude import Signer, UncheckedAccount, instruction

from .errors import TicketError
from .state import Grant


@instruction
def revoke_grant(owner: Signer, person: Person, grant: Grant, rent_to: UncheckedAccount) -> None:
    """Closes the grant, at any time; its rent goes back to who paid it."""
    assert person.wallet == owner.key(), TicketError.WRONG_WALLET
    assert grant.owner == person.key(), TicketError.WRONG_PERSON
    assert grant.rent_to == rent_to.key(), TicketError.WRONG_PAYER

    grant.close(rent_to)
