"""An issuer withdraws its word for a person."""

from seahorse.prelude import Signer, instruction

from .errors import FamilyError
from .events import PersonRevoked
from .guards import assert_vouches
from .state import Issuer, Person


@instruction
def revoke_person(authority: Signer, issuer: Issuer, person: Person) -> None:
    """The person buys, enters and moves nothing from now on. There is no way back."""
    assert_vouches(authority, issuer, person)
    assert not person.revoked, FamilyError.REVOKED

    PersonRevoked(person.key()).emit()
    person.revoked = True
