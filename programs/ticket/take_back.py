"""Who has no seat from a draw gets the deposit back."""

from seahorse.prelude import (
    Clock,
    Option,
    TokenAccount,
    UncheckedAccount,
    i64,
    instruction,
    u64,
    unchecked,
)

from .bids import assert_of_bid, give_deposit_back, place_in
from .draw_state import Bid, Draw, DrawState, Group
from .errors import TicketError
from .state import Event, Holding, Vault


def is_out(event: Event, draw: Draw, group: Group, now: i64, slot: u64) -> bool:
    """The deposit decides nothing any more: there is no draw, or it is lost, or not claimed."""
    if event.cancelled or now >= event.freeze:
        return True
    if not group.complete:
        return slot >= draw.target_slot
    if draw.state == DrawState.OPEN:
        return False
    return now >= draw.claim_until or place_in(draw, group) >= draw.winners[group.size - 1]


@instruction
def take_back(
    paid_by: UncheckedAccount,
    event: Event,
    vault: Vault,
    holding: Holding,
    draw: Draw,
    group: Group,
    bid: Bid,
    till: Option[TokenAccount],
    purse: Option[TokenAccount],
    clock: Clock,
) -> None:
    """Pays the deposit to who paid it, whoever sends this."""
    unchecked("anybody: the money goes to who paid, and the draw has decided against the bid")
    assert_of_bid(event, vault, draw, group, bid)
    now = clock.unix_timestamp()
    assert is_out(event, draw, group, now, clock.slot()), TicketError.STILL_IN

    give_deposit_back(event, vault, holding, draw, group, bid, paid_by, till, purse)
