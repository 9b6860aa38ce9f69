"""A wallet registers itself as a person, for events that trust no issuer."""

from seahorse.prelude import Array, Empty, Signer, instruction, u8

from .errors import FamilyError
from .guards import assert_device_key
from .state import FOR_EVER, NOBODY, Person, Scheme


@instruction
def register_self(
    wallet: Signer, self_person: Empty[Person], scheme: Scheme, device: Array[u8, 33]
) -> None:
    """Makes the person whom only this wallet attests; its wallet can never change."""
    assert wallet.key().is_on_curve(), FamilyError.NOT_A_PERSON
    assert_device_key(scheme, device)

    self_person.init(
        payer=wallet,
        issuer=wallet.key(),
        nullifier=NOBODY,
        wallet=wallet.key(),
        scheme=scheme,
        device=device,
        valid_until=FOR_EVER,
    )
