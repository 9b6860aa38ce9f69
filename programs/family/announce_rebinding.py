"""An issuer announces that a person moves to another wallet or phone: the claw-back."""

from seahorse.prelude import Array, Clock, Signer, instruction, u8

from .errors import FamilyError
from .guards import assert_vouches
from .moving import announce
from .state import Issuer, Person, Scheme


@instruction
def announce_rebinding(
    authority: Signer,
    wallet: Signer,
    issuer: Issuer,
    person: Person,
    clock: Clock,
    scheme: Scheme,
    device: Array[u8, 33],
) -> None:
    """`wallet`, the new one or still the old one, takes over when the issuer's notice has run out.

    The old wallet is not asked: who bought it cannot prevent this.
    """
    assert_vouches(authority, issuer, person)
    assert not person.revoked, FamilyError.REVOKED
    assert wallet.key().is_on_curve(), FamilyError.NOT_A_PERSON

    announce(person, wallet.key(), scheme, device, clock.unix_timestamp() + issuer.notice)
