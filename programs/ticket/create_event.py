"""An organiser opens an event: its rules are fixed here, before anybody pays."""

from seahorse.prelude import Empty, Signer, instruction, u64

from .errors import TicketError
from .rules import Rules, assert_ladder_falls, assert_numbers, assert_times_follow, assert_windows
from .state import MAX_NAME, MAX_URI, Event, Numbers, Vault


def make_event(
    organiser: Signer, event: Empty[Event], number: u64, rules: Rules, name: str, uri: str
) -> Event:
    """The event's account, with the rules in it."""
    return event.init(
        payer=organiser,
        organiser=organiser.key(),
        number=number,
        name=name,
        uri=uri,
        admission=rules.admission,
        issuer=rules.issuer,
        arbiter=rules.arbiter,
        payment=rules.payment,
        sale_opens=rules.sale_opens,
        sale_closes=rules.sale_closes,
        freeze=rules.freeze,
        doors=rules.doors,
        ends=rules.ends,
        dispute_until=rules.dispute_until,
        close_from=rules.close_from,
        refund_until=rules.refund_until,
        refund_share=rules.refund_share,
        limit=rules.limit,
        max_hops=rules.max_hops,
        sessions=rules.sessions,
        family_age=rules.family_age,
        appeal_window=rules.appeal_window,
        offer_window=rules.offer_window,
        cooling=rules.cooling,
        registration_window=rules.registration_window,
    )


@instruction
def create_event(
    organiser: Signer,
    numbers: Empty[Numbers],
    event: Empty[Event],
    vault: Empty[Vault],
    number: u64,
    rules: Rules,
    name: str,
    uri: str,
) -> None:
    """Makes the event and its vault; the organiser pays their rent.

    `number` is higher than that of every event which the organiser has ever made.
    """
    assert len(name) <= MAX_NAME, TicketError.TEXT_TOO_LONG
    assert len(uri) <= MAX_URI, TicketError.TEXT_TOO_LONG
    assert_numbers(rules)
    assert_times_follow(rules)
    assert_ladder_falls(rules)
    assert_windows(rules)
    known = numbers.init_if_empty(payer=organiser, organiser=organiser.key())
    assert number >= known.free_from, TicketError.NUMBER_USED

    made = make_event(organiser, event, number, rules, name, uri)
    vault.init(payer=organiser, event=made.key())
    known.free_from = number + 1
