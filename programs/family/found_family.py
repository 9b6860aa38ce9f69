"""An issuer attests that some household exists; it does not say whose."""

from identity.tree import empty_root
from seahorse.prelude import Clock, Empty, Pubkey, Signer, i64, instruction

from .errors import FamilyError
from .state import NOBODY, Family, Issuer


@instruction
def found_family(
    authority: Signer,
    guardian: Signer,
    issuer: Issuer,
    family: Empty[Family],
    clock: Clock,
    family_id: Pubkey,
    valid_until: i64,
) -> None:
    """Makes a family without members; `guardian` is a key made for it.

    The issuer pays: a wallet that did would tell whose family this is.
    """
    assert issuer.authority == authority.key(), FamilyError.NOT_ISSUER
    assert family_id != NOBODY, FamilyError.BAD_NULLIFIER
    assert valid_until > clock.unix_timestamp(), FamilyError.BAD_VALIDITY

    family.init(
        payer=authority,
        issuer=issuer.key(),
        id=family_id,
        guardian=guardian.key(),
        root=empty_root(),
        valid_until=valid_until,
    )
