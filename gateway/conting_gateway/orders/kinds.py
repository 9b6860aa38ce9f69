"""The kinds of orders: what each asks for, how it is planned, and how it may be refused.

A kind has the name of the instruction that it builds (of two the first); its planner's docstring
describes its route.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel
from solders.pubkey import Pubkey

from conting_gateway.errors import (
    GatewayError,
    NotAdmittedError,
    NotYoursError,
    PassSpentError,
    RefundedError,
    UnknownEventError,
    UnknownSectionError,
    UnknownTicketError,
    WrongAuthorityError,
)
from conting_gateway.orders import cases, gifts, lots, prizes, returns, sales, waiting
from conting_gateway.orders import prize_schemas as after
from conting_gateway.orders import schemas as asks
from conting_gateway.orders.errors import (
    GrantedAlreadyError,
    NobodyWaitedError,
    NotCoolingError,
    NotDrawnError,
    NotEnoughTokensError,
    NotEnteredError,
    NotHeldError,
    NoTillError,
    NotListedError,
    NotMovedError,
    NotOfferedError,
    NoTokenAccountError,
    NotWaitingError,
    OrderOpenError,
    PriceAboveLimitError,
    TokenAccountFrozenError,
    UnknownCaseError,
    UnknownDrawError,
    UnknownEntryError,
    UnknownGrantError,
    UnknownGroupError,
    UnknownNftError,
    UnknownPersonError,
    UnknownPrizeError,
    UnknownSeriesError,
)
from conting_gateway.orders.plans import Desk, Plan
from conting_gateway.readmodel.errors import UnknownFamilyError

Asked = TypeVar("Asked", bound=BaseModel)
Refusals = tuple[type[GatewayError], ...]


@dataclass(frozen=True, slots=True)
class Kind(Generic[Asked]):
    """One way to get, give or keep a ticket."""

    request: type[Asked]
    plan: Callable[[Desk, Pubkey, Asked], Awaitable[Plan]]
    refusals: Refusals
    pays: bool = False
    """Somebody pays: the request has to bring an Idempotency-Key."""
    sponsored: bool = True
    """The gateway may pay the network fee: it is a fan's, not the organiser's."""

    @property
    def name(self) -> str:
        """As in the address of its route."""
        return self.plan.__name__


PLACE: Refusals = (UnknownEventError, UnknownSectionError)
TICKET: Refusals = (UnknownTicketError, NotYoursError, *PLACE)
PURSE: Refusals = (NoTokenAccountError, TokenAccountFrozenError)
PRICE: Refusals = (PriceAboveLimitError, NoTillError, *PURSE, NotEnoughTokensError)
PAID: Refusals = (*PLACE, WrongAuthorityError, *PRICE, UnknownPersonError)
VISIT: Refusals = (NotAdmittedError, PassSpentError, NotHeldError, OrderOpenError)
ENTRY: Refusals = (*PAID, UnknownDrawError)
BID: Refusals = (*PLACE, UnknownDrawError, NotEnteredError, UnknownPersonError, NotYoursError)
GRANT: Refusals = (UnknownEventError, UnknownPersonError, GrantedAlreadyError)
REVOKED: Refusals = (UnknownGrantError, UnknownPersonError, NotYoursError)
DEPOSIT: Refusals = (*BID, *PURSE)
RETURN: Refusals = (*TICKET, RefundedError, *PURSE)
SEAT: Refusals = (UnknownTicketError, *PLACE)
CASE: Refusals = (*SEAT, UnknownCaseError)
OFFER: Refusals = (*TICKET, NotOfferedError, *PRICE, UnknownPersonError)
NFT: Refusals = (UnknownNftError, UnknownSeriesError)
PRIZE: Refusals = (*NFT, UnknownPrizeError)
MARKET: Refusals = (*NFT, NotListedError)
RAFFLE: Refusals = (UnknownSeriesError, UnknownPrizeError)

_KINDS: tuple[Kind[Any], ...] = (
    Kind(asks.BuyRequest, sales.buy, (*VISIT, *PAID), pays=True),
    Kind(asks.BuyForRequest, sales.buy_for, (*VISIT, *PAID, UnknownGrantError), pays=True),
    Kind(asks.TicketRequest, sales.refund, RETURN),
    Kind(asks.TicketRequest, sales.refund_cancelled, RETURN),
    Kind(asks.GrantRequest, gifts.grant_help, GRANT),
    Kind(asks.RevokeGrantRequest, gifts.revoke_grant, REVOKED),
    Kind(
        asks.FamilyTransferRequest,
        gifts.family_transfer,
        (*TICKET, UnknownPersonError, UnknownFamilyError, NotMovedError),
    ),
    Kind(asks.TicketRequest, gifts.follow_person, (*TICKET, NotMovedError)),
    Kind(asks.MakeGroupRequest, lots.make_group, ENTRY, pays=True),
    Kind(asks.JoinGroupRequest, lots.join_group, (*ENTRY, UnknownGroupError), pays=True),
    Kind(asks.SectionRequest, lots.leave_group, DEPOSIT),
    Kind(asks.SectionRequest, lots.close_group, (*PLACE, UnknownDrawError, UnknownGroupError)),
    Kind(asks.SectionRequest, lots.take_back, DEPOSIT),
    Kind(asks.SectionRequest, lots.claim_seat, BID),
    Kind(
        asks.JoinWaitingRequest,
        waiting.join_waiting,
        (*PLACE, WrongAuthorityError, UnknownPersonError),
    ),
    Kind(
        asks.SectionRequest,
        waiting.leave_waiting,
        (NotWaitingError, UnknownPersonError, NotYoursError),
    ),
    Kind(asks.OfferRequest, waiting.accept_offer, OFFER, pays=True),
    Kind(asks.TicketRequest, returns.redraw, (*SEAT, NotCoolingError, NobodyWaitedError)),
    Kind(asks.TicketRequest, returns.offer_seat, (*SEAT, NotDrawnError)),
    Kind(asks.TicketRequest, returns.expire_offer, SEAT),
    Kind(asks.TicketRequest, returns.end_redraw, (*SEAT, NotDrawnError)),
    Kind(asks.TicketRequest, returns.wait_longer, SEAT),
    Kind(asks.OpenVoidRequest, cases.open_void, SEAT, sponsored=False),
    Kind(asks.AppealRequest, cases.appeal, (*TICKET, UnknownCaseError, UnknownPersonError)),
    Kind(asks.DecideRequest, cases.decide_void, CASE, sponsored=False),
    Kind(asks.TicketRequest, cases.restore_ticket, CASE),
    Kind(asks.TicketRequest, cases.finish_void, (*CASE, *PURSE)),
    Kind(
        after.EntryRequest,
        prizes.mint_entry,
        (UnknownEntryError, UnknownPersonError, UnknownSeriesError),
    ),
    Kind(after.RaffleEntryRequest, prizes.enter_raffle, PRIZE),
    Kind(after.RaffleEntryRequest, prizes.claim_prize, PRIZE),
    Kind(after.ListEntryRequest, prizes.list_entry, NFT),
    Kind(after.SwapRequest, prizes.offer_swap, NFT),
    Kind(after.EntryNftRequest, prizes.cancel_listing, MARKET),
    Kind(after.BuyEntryRequest, prizes.buy_entry, (*MARKET, PriceAboveLimitError), pays=True),
    Kind(after.TakeSwapRequest, prizes.accept_swap, MARKET),
    Kind(after.MakeSeriesRequest, prizes.create_series, (UnknownEventError,), sponsored=False),
    Kind(after.MakeRaffleRequest, prizes.create_raffle, (UnknownSeriesError,), sponsored=False),
    Kind(after.RevealRequest, prizes.reveal_raffle, RAFFLE, sponsored=False),
    Kind(after.RaffleRequest, prizes.draw_without_secret, RAFFLE),
)
KINDS = {kind.name: kind for kind in _KINDS}
"""By name."""
