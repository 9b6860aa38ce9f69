"""An issuer attests for longer that a family is one, and to whom it listens."""

from seahorse.prelude import Clock, Signer, i64, instruction

from .guards import assert_answers_for, assert_extends
from .state import Family, Issuer


@instruction
def renew_family(
    authority: Signer,
    guardian: Signer,
    issuer: Issuer,
    family: Family,
    clock: Clock,
    valid_until: i64,
) -> None:
    """Moves the end to a later time. `guardian` is another key than before if that one was lost."""
    assert_answers_for(authority, issuer, family)
    assert_extends(valid_until, family.valid_until, clock)

    family.guardian = guardian.key()
    family.valid_until = valid_until
