"""An organiser gives the sale's door to another key."""

from seahorse.prelude import Pubkey, Signer, instruction

from .errors import TicketError
from .events import AdmissionRotated
from .state import Event


@instruction
def rotate_admission(organiser: Signer, event: Event, admission: Pubkey) -> None:
    """What the old key has signed and nobody has sent is worth nothing from now on."""
    assert event.organiser == organiser.key(), TicketError.NOT_ORGANISER

    AdmissionRotated(event.key(), admission).emit()
    event.admission = admission
