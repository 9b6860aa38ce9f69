"""A self-attested person announces another phone; the wallet stays, for it is the person."""

from seahorse.prelude import Array, Clock, Signer, instruction, u8

from .guards import assert_self
from .moving import announce
from .state import SELF_NOTICE, Person, Scheme


@instruction
def announce_device(
    wallet: Signer, self_person: Person, clock: Clock, scheme: Scheme, device: Array[u8, 33]
) -> None:
    """The phone takes over after a day."""
    assert_self(wallet, self_person)

    announce(self_person, wallet.key(), scheme, device, clock.unix_timestamp() + SELF_NOTICE)
