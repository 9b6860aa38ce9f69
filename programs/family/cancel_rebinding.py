"""An issuer takes an announcement back."""

from seahorse.prelude import Signer, instruction

from .events import RebindingCancelled
from .guards import assert_announced, assert_vouches
from .state import NOBODY, Issuer, Person


@instruction
def cancel_rebinding(authority: Signer, issuer: Issuer, person: Person) -> None:
    """The person stays where it is. Its present wallet cannot ask for this: it may be bought."""
    assert_vouches(authority, issuer, person)
    assert_announced(person)

    RebindingCancelled(person.key()).emit()
    person.next_wallet = NOBODY
