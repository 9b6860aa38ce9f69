"""A self-attested person announces another phone; the wallet stays, for it is the person."""

from seahorse.prelude import Array, Clock, Signer, instruction, u8

from .errors import FamilyError
from .events import RebindingAnnounced
from .guards import assert_device_key, assert_nothing_announced
from .state import SELF_NOTICE, Person, Scheme


@instruction
def announce_device(
    wallet: Signer, person: Person, clock: Clock, scheme: Scheme, device: Array[u8, 33]
) -> None:
    """The phone takes over after a day."""
    assert person.wallet == wallet.key(), FamilyError.NOT_YOUR_PERSON
    assert person.issuer == wallet.key(), FamilyError.NOT_SELF_ATTESTED
    assert_nothing_announced(person)
    assert_device_key(scheme, device)

    rebinds_at = clock.unix_timestamp() + SELF_NOTICE
    RebindingAnnounced(person.key(), wallet.key(), wallet.key(), rebinds_at).emit()
    person.next_wallet = wallet.key()
    person.next_scheme = scheme
    person.next_device = device
    person.rebinds_at = rebinds_at
