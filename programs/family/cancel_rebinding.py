"""An issuer takes an announcement back."""

from seahorse.prelude import Signer, instruction

from .guards import assert_vouches
from .moving import cancel
from .state import Issuer, Person


@instruction
def cancel_rebinding(authority: Signer, issuer: Issuer, person: Person) -> None:
    """The person stays where it is. Its present wallet cannot ask for this: it may be bought."""
    assert_vouches(authority, issuer, person)

    cancel(person)
