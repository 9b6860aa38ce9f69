"""The rules that an organiser starts from: what is usual where the event says nothing else."""

from dataclasses import replace
from typing import Final, TypedDict, Unpack

from solders.pubkey import Pubkey

from conting_client.generated.ticket import Rules

HOUR: Final = 3_600  # seconds
DAY: Final = 24 * HOUR
SLOTS_PER_MINUTE: Final = 150
NONE: Final = Pubkey.default()


class Times(TypedDict):
    """When an event does what, in Unix seconds of the chain's clock."""

    sale_opens: int
    sale_closes: int
    freeze: int
    doors: int
    ends: int


class Changes(TypedDict, total=False):
    """What an organiser may want otherwise."""

    issuer: Pubkey
    payment: Pubkey
    dispute_until: int
    close_from: int
    refund_until: tuple[int, ...]
    refund_share: tuple[int, ...]
    limit: int
    max_hops: int
    sessions: int
    family_age: int
    appeal_window: int
    offer_window: int
    cooling: int
    registration_window: int


def usual_rules(
    *, admission: Pubkey, arbiter: Pubkey, times: Times, **changes: Unpack[Changes]
) -> Rules:
    """Four tickets a person, paid in SOL; money back in full until the freeze.

    Re-draws ten minutes after a refund, offers of an hour, two days to appeal, a week of dispute,
    family ties of two weeks.
    """
    freeze, ends = times["freeze"], times["ends"]
    usual = Rules(
        admission=admission,
        arbiter=arbiter,
        issuer=NONE,
        payment=NONE,
        **times,
        dispute_until=ends + 7 * DAY,
        close_from=ends + 30 * DAY,
        refund_until=(freeze, freeze, freeze),
        refund_share=(10_000, 0, 0),
        limit=4,
        max_hops=1,
        sessions=1,
        family_age=14 * DAY,
        appeal_window=2 * DAY,
        offer_window=HOUR,
        cooling=10 * SLOTS_PER_MINUTE,
        registration_window=30 * SLOTS_PER_MINUTE,
    )
    return replace(usual, **changes)
