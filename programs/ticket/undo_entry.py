"""A supervisor at the doors takes an entry back."""

from seahorse.prelude import Signer, instruction

from .check_in import assert_gate
from .errors import TicketError
from .events import EntryUndone
from .state import Entry, Event, Gate, GateRole


@instruction
def undo_entry(gate_key: Signer, event: Event, gate: Gate, entry: Entry) -> None:
    """The ticket may enter this session once more. It stays USED: it is never given back."""
    assert_gate(event, gate, gate_key)
    assert gate.role == GateRole.SUPERVISOR, TicketError.NOT_SUPERVISOR
    assert entry.event == event.key(), TicketError.WRONG_EVENT
    assert not entry.undone, TicketError.UNDONE_ALREADY

    EntryUndone(entry.ticket, entry.session, gate_key.key()).emit()
    entry.undone = True
