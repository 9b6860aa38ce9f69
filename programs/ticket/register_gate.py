"""An organiser approves a scanner's key for one event."""

from seahorse.prelude import Empty, Pubkey, Signer, instruction, u8

from .errors import TicketError
from .state import Event, Gate, GateRole


@instruction
def register_gate(
    organiser: Signer, event: Event, gate: Empty[Gate], key: Pubkey, group: u8, role: GateRole
) -> None:
    """Makes the gate account of `key`; its scanner may write entries from now on."""
    assert event.organiser == organiser.key(), TicketError.NOT_ORGANISER

    gate.init(payer=organiser, event=event.key(), key=key, group=group, role=role, active=True)
