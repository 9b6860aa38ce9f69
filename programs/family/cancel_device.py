"""A self-attested person keeps its phone after all."""

from seahorse.prelude import Signer, instruction

from .guards import assert_self
from .moving import cancel
from .state import Person


@instruction
def cancel_device(wallet: Signer, self_person: Person) -> None:
    """What the wallet itself has announced does not happen."""
    assert_self(wallet, self_person)

    cancel(self_person)
