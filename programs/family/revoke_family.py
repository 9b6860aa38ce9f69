"""An issuer ends a family."""

from seahorse.prelude import Signer, instruction

from .events import FamilyRevoked
from .guards import assert_answers_for
from .state import Family, Issuer


@instruction
def revoke_family(authority: Signer, issuer: Issuer, family: Family) -> None:
    """No membership of it counts from now on. There is no way back."""
    assert_answers_for(authority, issuer, family)

    FamilyRevoked(family.key()).emit()
    family.revoked = True
