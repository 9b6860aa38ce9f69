"""A gate writes a person's entry; the device key's own signature comes along in the transaction."""

from seahorse.prelude import (
    Array,
    Clock,
    Empty,
    Instructions,
    Pubkey,
    Signer,
    bytes_of,
    i64,
    instruction,
    u8,
    u16,
)

from .errors import TicketError
from .state import Entry, Event, Gate, Ticket, TicketState

ENTRY_DOMAIN = b"conting:entry:v1"
ANY_GATE = Pubkey.default()  # the show lane: the phone cannot know which gate it will meet


@instruction
def check_in(
    gate_key: Signer,
    event: Event,
    gate: Gate,
    ticket: Ticket,
    entry: Empty[Entry],
    instructions: Instructions,
    clock: Clock,
    session: u16,
    nonce: Array[u8, 16],
    expires: i64,
    gate_bound: bool,
) -> None:
    """Writes the entry of the ticket into `session`, once.

    The instruction before this one has to be an Ed25519 check of the ticket's device key over
    domain, event, ticket, gate, nonce, session and expiry (Unix seconds): what the pass showed.
    `gate_bound`: the pass answered this very gate's challenge.
    """
    now = clock.unix_timestamp()
    assert gate.event == event.key(), TicketError.WRONG_EVENT
    assert gate.key == gate_key.key(), TicketError.GATE_REVOKED
    assert gate.active, TicketError.GATE_REVOKED
    assert ticket.event == event.key(), TicketError.WRONG_EVENT
    assert ticket.state != TicketState.COOLING, TicketError.TICKET_COOLING
    assert now >= event.doors, TicketError.NOT_OPEN
    assert session < event.sessions, TicketError.NO_SUCH_SESSION
    assert entry.is_empty(), TicketError.ALREADY_ENTERED

    met = gate_key.key() if gate_bound else ANY_GATE
    message = bytes_of(ENTRY_DOMAIN, event.key(), ticket.key(), met, nonce, session, expires)
    assert instructions.ed25519_before(ticket.device_key, message), TicketError.NO_DEVICE_PROOF

    entry.init(
        payer=gate_key,
        ticket=ticket.key(),
        session=session,
        event=event.key(),
        gate=gate_key.key(),
        holder=ticket.holder,
        nonce=nonce,
        entered_at=now,
        slot=clock.slot(),
    )
    ticket.state = TicketState.USED
