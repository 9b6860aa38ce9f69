"""An issuer and a wallet sign together: this is one person, whom the issuer counts once."""

from seahorse.prelude import Array, Clock, Empty, Pubkey, Signer, i64, instruction, u8

from .errors import FamilyError
from .guards import assert_device_key
from .state import NOBODY, Issuer, Person, Scheme


@instruction
def attest_person(
    authority: Signer,
    wallet: Signer,
    issuer: Issuer,
    person: Empty[Person],
    clock: Clock,
    nullifier: Pubkey,
    scheme: Scheme,
    device: Array[u8, 33],
    valid_until: i64,
) -> None:
    """Makes the person of this nullifier, once; the wallet pays its rent, which stays.

    A person is never closed: who came back to the same address would have no past.
    """
    assert issuer.authority == authority.key(), FamilyError.NOT_ISSUER
    assert nullifier != NOBODY, FamilyError.BAD_NULLIFIER
    assert wallet.key().is_on_curve(), FamilyError.NOT_A_PERSON
    assert_device_key(scheme, device)
    assert valid_until > clock.unix_timestamp(), FamilyError.BAD_VALIDITY

    person.init(
        payer=wallet,
        issuer=issuer.key(),
        nullifier=nullifier,
        wallet=wallet.key(),
        scheme=scheme,
        device=device,
        valid_until=valid_until,
    )
