"""A gate writes a person's entry; the device key's own signature comes along in the transaction."""

from family.state import Person, Scheme
from seahorse.prelude import (
    Array,
    Clock,
    Empty,
    Instructions,
    Option,
    Signer,
    Token2022Mint,
    bytes_of,
    i64,
    instruction,
    u8,
    u16,
    u64,
)

from .errors import TicketError
from .nft import USED, show_status
from .persons import assert_person
from .state import NOBODY, Entry, Event, Gate, Ticket, TicketState

ENTRY_DOMAIN = b"conting:entry:v1"
ANY_GATE = NOBODY  # the show lane: the phone cannot know which gate it will meet
NEVER_ENTERED = u64(0)  # the slot of an entry that has just been made


def assert_gate(event: Event, gate: Gate, gate_key: Signer) -> None:
    """The signer is an active gate of the event."""
    assert gate.event == event.key(), TicketError.WRONG_EVENT
    assert gate.key == gate_key.key(), TicketError.GATE_REVOKED
    assert gate.active, TicketError.GATE_REVOKED


def assert_may_enter(ticket: Ticket) -> None:
    """The ticket is held by its person, used or not."""
    assert ticket.state != TicketState.COOLING, TicketError.TICKET_COOLING
    assert ticket.state != TicketState.OFFERED, TicketError.TICKET_OFFERED
    assert ticket.state != TicketState.VOIDING, TicketError.TICKET_VOID
    assert ticket.state != TicketState.VOID, TicketError.TICKET_VOID


def assert_open(event: Event, session: u16, now: i64) -> None:
    """The doors of the session are open. Gates may be late, but not until accounts are closed: an
    entry would be written anew.
    """
    assert not event.cancelled, TicketError.EVENT_CANCELLED
    assert now >= event.doors, TicketError.NOT_OPEN
    assert now < event.close_from, TicketError.TOO_LATE
    assert session < event.sessions, TicketError.NO_SUCH_SESSION


def device_signed(instructions: Instructions, person: Person, message: bytes) -> bool:
    """Whether the instruction before this one checks the person's device over just this message."""
    if person.scheme == Scheme.ED25519:
        return instructions.ed25519_padded_before(person.device, message)
    return instructions.secp256r1_before(person.device, message)


def assert_fresh(entry: Entry, nonce: Array[u8, 16], expires: i64) -> None:
    """The answer is none of those that this entry was written by before.

    It is not the last one by its nonce, and expires after all earlier ones: clocks of gates may
    differ, and only from the second undo on does it matter whose was ahead.
    """
    if entry.slot != NEVER_ENTERED:
        assert entry.nonce != nonce, TicketError.REPLAYED
        assert expires > entry.stale, TicketError.REPLAYED


@instruction
def check_in(
    gate_key: Signer,
    event: Event,
    gate: Gate,
    ticket: Ticket,
    person: Person,
    mint: Option[Token2022Mint],
    entry: Empty[Entry],
    instructions: Instructions,
    clock: Clock,
    session: u16,
    nonce: Array[u8, 16],
    expires: i64,
    gate_bound: bool,
) -> None:
    """Writes the entry of the ticket into `session`: once, unless a supervisor takes it back.

    Before it comes a check of the person's device key, by its scheme, over domain, event, ticket,
    gate, nonce, session and expiry (Unix seconds): what the pass showed. `gate_bound`: it answered
    this very gate's challenge. Without the mint no ticket enters; one without its NFT is told why.
    """
    now = clock.unix_timestamp()
    assert_gate(event, gate, gate_key)
    assert ticket.event == event.key(), TicketError.WRONG_EVENT
    assert_may_enter(ticket)
    assert ticket.person == person.key(), TicketError.WRONG_PERSON
    assert_person(event, person, now)
    assert_open(event, session, now)
    assert mint is not None, TicketError.WRONG_TICKET
    assert ticket.mint == mint.key(), TicketError.WRONG_TICKET

    met = gate_key.key() if gate_bound else ANY_GATE
    message = bytes_of(ENTRY_DOMAIN, event.key(), ticket.key(), met, nonce, session, expires)
    assert device_signed(instructions, person, message), TicketError.NO_DEVICE_PROOF

    written = entry.init_if_empty(
        payer=gate_key,
        ticket=ticket.key(),
        session=session,
        event=event.key(),
        undone=True,
        rent_to=gate_key.key(),
    )
    assert written.undone, TicketError.ALREADY_ENTERED
    assert_fresh(written, nonce, expires)

    show_status(event, mint, USED)
    written.gate = gate_key.key()
    written.holder = person.wallet
    written.person = person.key()
    written.stale = max(written.stale, written.expires)
    written.nonce = nonce
    written.expires = expires
    written.entered_at = now
    written.slot = clock.slot()
    written.undone = False
    ticket.state = TicketState.USED
