"""A member leaves its family, alone and at once."""

from identity.tree import no_leaf
from seahorse.prelude import Clock, Signer, i64, instruction

from .errors import FamilyError
from .state import Person


@instruction
def leave_family(wallet: Signer, person: Person, clock: Clock) -> None:
    """Takes the consent back; the cool-down before another one begins now."""
    assert person.wallet == wallet.key(), FamilyError.NOT_YOUR_PERSON
    assert person.membership != no_leaf(), FamilyError.NOT_A_MEMBER

    person.membership = no_leaf()
    person.member_since = i64(0)
    person.left_at = clock.unix_timestamp()
