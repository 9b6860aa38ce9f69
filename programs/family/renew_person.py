"""An issuer vouches for a person for longer."""

from seahorse.prelude import Clock, Signer, i64, instruction

from .errors import FamilyError
from .guards import assert_extends, assert_vouches
from .state import Issuer, Person


@instruction
def renew_person(
    authority: Signer, issuer: Issuer, person: Person, clock: Clock, valid_until: i64
) -> None:
    """Moves the end of the attestation to a later time."""
    assert_vouches(authority, issuer, person)
    assert not person.revoked, FamilyError.REVOKED
    assert_extends(valid_until, person.valid_until, clock)

    person.valid_until = valid_until
