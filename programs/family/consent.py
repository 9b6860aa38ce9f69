"""A member agrees to be of a family, without saying which."""

from identity.tree import no_leaf
from seahorse.prelude import Array, Clock, Signer, instruction, u8

from .errors import FamilyError
from .state import Issuer, Person


@instruction
def consent(
    wallet: Signer, issuer: Issuer, person: Person, clock: Clock, membership: Array[u8, 32]
) -> None:
    """Keeps `membership`, the salted hash of one family's leaf, as the person's only one.

    Time counts from now, by the chain's clock: a leaf that was dated back gains nothing.
    """
    now = clock.unix_timestamp()
    assert person.wallet == wallet.key(), FamilyError.NOT_YOUR_PERSON
    assert person.issuer == issuer.key(), FamilyError.OTHER_ISSUER
    assert not person.revoked, FamilyError.REVOKED
    assert now < person.valid_until, FamilyError.EXPIRED
    assert membership != no_leaf(), FamilyError.EMPTY_LEAF
    assert person.membership == no_leaf(), FamilyError.MEMBER_ALREADY
    assert now >= person.left_at + issuer.cool_down, FamilyError.COOLING_DOWN

    person.membership = membership
    person.member_since = now
