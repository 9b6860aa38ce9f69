"""The rules of an event, as its organiser hands them in, and what this program asks of them."""

from seahorse.prelude import Array, Pubkey, dataclass, i64, u8, u16, u64

from .errors import TicketError
from .state import (
    LONGEST_APPEAL,
    LONGEST_COOLING,
    LONGEST_DISPUTE,
    LONGEST_FAMILY_AGE,
    LONGEST_KEEPING,
    LONGEST_OFFER,
    LONGEST_REGISTRATION,
    MAX_HOPS,
    MAX_LIMIT,
    REFUND_STEPS,
    SHORTEST_APPEAL,
    SHORTEST_COOLING,
    SHORTEST_DISPUTE,
    SHORTEST_FAMILY_AGE,
    SHORTEST_OFFER,
    SHORTEST_REGISTRATION,
    WHOLE,
)


@dataclass
class Rules:
    """What the fields of the same names in `Event` say."""

    admission: Pubkey
    issuer: Pubkey
    arbiter: Pubkey
    payment: Pubkey
    sale_opens: i64
    sale_closes: i64
    freeze: i64
    doors: i64
    ends: i64
    dispute_until: i64
    close_from: i64
    refund_until: Array[i64, 3]
    refund_share: Array[u16, 3]
    limit: u8
    max_hops: u8
    sessions: u16
    family_age: i64
    appeal_window: i64
    offer_window: i64
    cooling: u64
    registration_window: u64


def assert_numbers(rules: Rules) -> None:
    """What is counted is neither none nor more than this program handles."""
    assert 1 <= rules.limit <= MAX_LIMIT, TicketError.BAD_LIMIT
    assert rules.max_hops <= MAX_HOPS, TicketError.BAD_HOPS
    assert rules.sessions >= 1, TicketError.NO_SUCH_SESSION


def assert_times_follow(rules: Rules) -> None:
    """From the opening to the closing of accounts; money and rent do not wait for ever."""
    assert rules.sale_opens < rules.sale_closes, TicketError.BAD_TIMES
    assert rules.sale_closes <= rules.freeze, TicketError.BAD_TIMES
    assert rules.freeze <= rules.doors, TicketError.BAD_TIMES
    assert rules.doors < rules.ends, TicketError.BAD_TIMES
    dispute = rules.dispute_until - rules.ends
    assert SHORTEST_DISPUTE <= dispute <= LONGEST_DISPUTE, TicketError.BAD_TIMES
    keeping = rules.close_from - rules.dispute_until
    assert 0 <= keeping <= LONGEST_KEEPING, TicketError.BAD_TIMES


def assert_ladder_falls(rules: Rules) -> None:
    """Later steps are later and give back no more; none gives back more than was paid."""
    share, until = rules.refund_share, rules.refund_until
    assert u64(share[0]) <= WHOLE, TicketError.BAD_LADDER
    for step in range(1, REFUND_STEPS):
        assert share[step] <= share[step - 1], TicketError.BAD_LADDER
        assert until[step] >= until[step - 1], TicketError.BAD_LADDER


def assert_windows(rules: Rules) -> None:
    """Each within the bounds that this program knows."""
    age, appeal, offer = rules.family_age, rules.appeal_window, rules.offer_window
    cooling, registration = rules.cooling, rules.registration_window
    assert SHORTEST_FAMILY_AGE <= age <= LONGEST_FAMILY_AGE, TicketError.BAD_WINDOW
    assert SHORTEST_APPEAL <= appeal <= LONGEST_APPEAL, TicketError.BAD_WINDOW
    assert SHORTEST_OFFER <= offer <= LONGEST_OFFER, TicketError.BAD_WINDOW
    assert SHORTEST_COOLING <= cooling <= LONGEST_COOLING, TicketError.BAD_WINDOW
    assert registration >= SHORTEST_REGISTRATION, TicketError.BAD_WINDOW
    assert registration <= LONGEST_REGISTRATION, TicketError.BAD_WINDOW
