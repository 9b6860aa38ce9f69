"""A member leaves a group that is not complete."""

from family.state import Person
from seahorse.prelude import Option, Signer, TokenAccount, UncheckedAccount, instruction

from .bids import assert_of_bid, give_deposit_back
from .draw_state import Bid, Draw, Group
from .errors import TicketError
from .state import Event, Holding, Vault


@instruction
def leave_group(
    wallet: Signer,
    paid_by: UncheckedAccount,
    person: Person,
    event: Event,
    vault: Vault,
    holding: Holding,
    draw: Draw,
    group: Group,
    bid: Bid,
    till: Option[TokenAccount],
    purse: Option[TokenAccount],
) -> None:
    """Gives the deposit back; the person may join again, this group or another."""
    assert_of_bid(event, vault, draw, group, bid)
    assert bid.person == person.key(), TicketError.WRONG_PERSON
    assert person.wallet == wallet.key(), TicketError.WRONG_WALLET
    assert not group.complete, TicketError.GROUP_COMPLETE

    give_deposit_back(event, vault, holding, draw, group, bid, paid_by, till, purse)
