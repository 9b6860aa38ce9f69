"""How a person comes to have another wallet or phone: announced, and in force after a notice."""

from seahorse.prelude import Array, Pubkey, i64, u8

from .errors import FamilyError
from .events import RebindingAnnounced, RebindingCancelled
from .guards import assert_device_key
from .state import NOBODY, Person, Scheme


def announce(
    person: Person, wallet: Pubkey, scheme: Scheme, device: Array[u8, 33], rebinds_at: i64
) -> None:
    """The person moves at `rebinds_at`; one move at a time."""
    assert person.next_wallet == NOBODY, FamilyError.REBINDING_PENDING
    assert_device_key(scheme, device)

    RebindingAnnounced(person.key(), person.wallet, wallet, rebinds_at).emit()
    person.next_wallet = wallet
    person.next_scheme = scheme
    person.next_device = device
    person.rebinds_at = rebinds_at


def assert_announced(person: Person) -> None:
    """A move is on the way."""
    assert person.next_wallet != NOBODY, FamilyError.NO_REBINDING


def cancel(person: Person) -> None:
    """The person stays."""
    assert_announced(person)

    RebindingCancelled(person.key()).emit()
    person.next_wallet = NOBODY
