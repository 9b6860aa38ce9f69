"""Authority and help desk sign together: the person stands before them, and need not wait."""

from seahorse.prelude import Clock, Signer, instruction

from .errors import FamilyError
from .events import RebindingShortened
from .guards import assert_vouches
from .moving import assert_announced
from .state import Issuer, Person


@instruction
def shorten_rebinding(
    authority: Signer, help_desk: Signer, issuer: Issuer, person: Person, clock: Clock
) -> None:
    """Ends the notice of the announced re-binding now."""
    assert_vouches(authority, issuer, person)
    assert issuer.help_desk == help_desk.key(), FamilyError.NOT_HELP_DESK
    assert_announced(person)

    RebindingShortened(person.key()).emit()
    person.rebinds_at = min(person.rebinds_at, clock.unix_timestamp())
