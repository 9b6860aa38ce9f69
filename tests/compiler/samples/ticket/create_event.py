"""An organiser opens an event: its rules are fixed here, before anybody pays."""

from seahorse.prelude import Array, Empty, Pubkey, Signer, i64, instruction, u8, u16, u64

from .errors import TicketError
from .state import MAX_LIMIT, MAX_NAME, MAX_URI, REFUND_STEPS, WHOLE, Event, Vault


def assert_ladder_falls(refund_share: Array[u16, 3], refund_until: Array[i64, 3]) -> None:
    """Later steps are later and give back no more; none gives back more than was paid."""
    assert u64(refund_share[0]) <= WHOLE, TicketError.BAD_LADDER
    for step in range(1, REFUND_STEPS):
        assert refund_share[step] <= refund_share[step - 1], TicketError.BAD_LADDER
        assert refund_until[step] >= refund_until[step - 1], TicketError.BAD_LADDER


@instruction
def create_event(
    organiser: Signer,
    event: Empty[Event],
    vault: Empty[Vault],
    number: u64,
    admission: Pubkey,
    sale_opens: i64,
    sale_closes: i64,
    freeze: i64,
    doors: i64,
    ends: i64,
    refund_until: Array[i64, 3],
    refund_share: Array[u16, 3],
    limit: u8,
    sessions: u16,
    name: str,
    uri: str,
) -> None:
    """Makes the event and its vault; the organiser pays their rent."""
    assert sale_opens < sale_closes, TicketError.BAD_TIMES
    assert sale_closes <= freeze, TicketError.BAD_TIMES
    assert freeze <= doors, TicketError.BAD_TIMES
    assert doors < ends, TicketError.BAD_TIMES
    assert 1 <= limit <= MAX_LIMIT, TicketError.BAD_LIMIT
    assert sessions >= 1, TicketError.NO_SUCH_SESSION
    assert len(name) <= MAX_NAME, TicketError.TEXT_TOO_LONG
    assert len(uri) <= MAX_URI, TicketError.TEXT_TOO_LONG
    assert_ladder_falls(refund_share, refund_until)

    event = event.init(
        payer=organiser,
        organiser=organiser.key(),
        number=number,
        admission=admission,
        sale_opens=sale_opens,
        sale_closes=sale_closes,
        freeze=freeze,
        doors=doors,
        ends=ends,
        refund_until=refund_until,
        refund_share=refund_share,
        limit=limit,
        sessions=sessions,
        name=name,
        uri=uri,
    )
    vault.init(payer=organiser, event=event.key())
