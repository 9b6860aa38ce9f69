"""What a bid belongs to, whether it has won, and how its deposit goes back."""

from fairness.permutation import place_of
from fairness.shares import size_key
from seahorse.prelude import Option, TokenAccount, UncheckedAccount, u32

from .draw_state import Bid, Draw, Group
from .errors import TicketError
from .money import pay_if_lamports, pay_if_tokens
from .state import Event, Holding, Vault


def assert_of_bid(event: Event, vault: Vault, draw: Draw, group: Group, bid: Bid) -> None:
    """All of them belong to this bid."""
    assert draw.event == event.key(), TicketError.WRONG_EVENT
    assert vault.event == event.key(), TicketError.WRONG_EVENT
    assert bid.draw == draw.key(), TicketError.WRONG_DRAW
    assert bid.group == group.key(), TicketError.WRONG_GROUP


def place_in(draw: Draw, group: Group) -> u32:
    """Where the group comes among those of its size. Costs the same however many there are."""
    key = size_key(draw.draw_key, group.size)
    return place_of(key, draw.groups[group.size - 1], group.index)


def end_bid(draw: Draw, group: Group, bid: Bid, paid_by: UncheckedAccount) -> None:
    """The bid's account goes; so nobody has anything of it twice."""
    draw.kept -= 1
    group.joined -= 1
    bid.close(paid_by)


def give_deposit_back(
    event: Event,
    vault: Vault,
    holding: Holding,
    draw: Draw,
    group: Group,
    bid: Bid,
    paid_by: UncheckedAccount,
    till: Option[TokenAccount],
    purse: Option[TokenAccount],
) -> None:
    """The whole deposit to who paid it."""
    assert bid.paid_by == paid_by.key(), TicketError.WRONG_PAYER
    assert holding.event == event.key(), TicketError.WRONG_EVENT
    assert holding.person == bid.person, TicketError.WRONG_PERSON
    pay_if_tokens(event, vault, till, paid_by, purse, bid.deposit)
    pay_if_lamports(event, vault, paid_by, bid.deposit)
    vault.deposits -= bid.deposit
    holding.count -= 1
    end_bid(draw, group, bid, paid_by)
