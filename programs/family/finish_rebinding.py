"""The notice has run out: the person has moved."""

from seahorse.prelude import Clock, instruction

from .errors import FamilyError
from .events import RebindingFinished
from .moving import assert_announced
from .state import NOBODY, Person


@instruction
def finish_rebinding(person: Person, clock: Clock) -> None:
    """Puts the announced wallet and device in force. Anybody may send this."""
    assert_announced(person)
    assert clock.unix_timestamp() >= person.rebinds_at, FamilyError.NOTICE_RUNS
    assert not person.revoked, FamilyError.REVOKED

    RebindingFinished(person.key(), person.wallet, person.next_wallet).emit()
    person.wallet = person.next_wallet
    person.scheme = person.next_scheme
    person.device = person.next_device
    person.next_wallet = NOBODY
