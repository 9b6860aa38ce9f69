"""A self-attested person keeps its phone after all."""

from seahorse.prelude import Signer, instruction

from .errors import FamilyError
from .events import RebindingCancelled
from .guards import assert_announced
from .state import NOBODY, Person


@instruction
def cancel_device(wallet: Signer, person: Person) -> None:
    """What the wallet itself has announced does not happen."""
    assert person.wallet == wallet.key(), FamilyError.NOT_YOUR_PERSON
    assert person.issuer == wallet.key(), FamilyError.NOT_SELF_ATTESTED
    assert_announced(person)

    RebindingCancelled(person.key()).emit()
    person.next_wallet = NOBODY
