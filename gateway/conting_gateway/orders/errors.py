"""The refusals of holds and orders: as those in `conting_gateway.errors`."""

import inspect

from conting_gateway.errors import GatewayError, Problem


class SeatHeldError(GatewayError):
    """Somebody else is buying this seat; choose another, or try again later."""

    status = 409
    code = "seat_held"


class SeatTakenError(GatewayError):
    """The seat is sold."""

    status = 409
    code = "seat_taken"


class HoldLimitError(GatewayError):
    """You hold as many seats as one person may; release one first."""

    status = 409
    code = "hold_limit"


class NotHeldError(GatewayError):
    """You do not hold this seat, or no longer; hold it first."""

    status = 409
    code = "not_held"


class PriceAboveLimitError(GatewayError):
    """The price on chain is above what you agreed to pay."""

    status = 409
    code = "price_above_limit"


class NoTillError(GatewayError):
    """The event is paid in a token, and its organiser has made no account to pay it into yet."""

    status = 409
    code = "no_till"


class NoTokenAccountError(GatewayError):
    """The event is paid in a token, and who pays or is paid has no associated token account for it:
    make that account, then order again."""

    status = 409
    code = "no_token_account"


class NotEnoughTokensError(GatewayError):
    """The event is paid in a token, of which the wallet has less than the price."""

    status = 409
    code = "not_enough_tokens"


class TokenAccountFrozenError(GatewayError):
    """The issuer of the token that this event is paid in has frozen the wallet's token account."""

    status = 409
    code = "token_account_frozen"


class IdempotencyConflictError(GatewayError):
    """This Idempotency-Key was used for another order."""

    status = 409
    code = "idempotency_conflict"


class OrderOpenError(GatewayError):
    """Your turn has an order for another seat, which can still be paid: pay that one, or wait until
    it cannot be paid any more."""

    status = 409
    code = "order_open"
    wait = 2


class UnknownOrderError(GatewayError):
    """You have no such order."""

    status = 404
    code = "unknown_order"


class OrderExpiredError(GatewayError):
    """The order's transaction is too old for the chain; order again."""

    status = 409
    code = "order_expired"


class TransactionChangedError(GatewayError):
    """This is not the transaction that was built for the order."""

    status = 422
    code = "transaction_changed"


class NotSignedError(GatewayError):
    """A signature of the transaction is missing or wrong."""

    status = 422
    code = "not_signed"


class NotEnoughLamportsError(GatewayError):
    """The wallet has too few lamports for the price or for the rent of new accounts; or a wallet,
    this one or one that is paid, would have less than the rent of its own account. The gateway pays
    fees at most, never rent that comes back; send the wallet some SOL and order again."""

    status = 409
    code = "not_enough_lamports"


class ChainRefusedError(GatewayError):
    """The ticket program refused; the code is the program's own name for the reason."""

    status = 409
    code = "chain_refused"
    note = (
        "`error` is never chain_refused, but the program's own name for the reason, in lower case. "
        "docs/programs.md lists them under “Errors of ticket” and “Errors of raffle”; those of "
        "checks that every program has are in docs/dialect.md."
    )

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.refusal = code

    def problem(self) -> Problem:
        """What is sent: the program's name of the refusal as code."""
        return Problem(error=self.refusal, detail=self.detail)

    @classmethod
    def example(cls) -> Problem:
        """What the description of a route shows."""
        return Problem(error="limit_reached", detail=inspect.cleandoc(cls.__doc__ or ""))


class UnknownPersonError(GatewayError):
    """There is no such person on chain. A wallet that orders for the first time at an event without
    an issuer becomes a person by its first order: send `device_key` along. At an event with an
    issuer say who you are: `person` is one of GET /v1/my/persons."""

    status = 404
    code = "unknown_person"


class NotMovedError(GatewayError):
    """The ticket is this person's already, and lies in the person's wallet."""

    status = 409
    code = "not_moved"


class UnknownGrantError(GatewayError):
    """The one has not allowed the other to buy at this event, or has taken it back."""

    status = 404
    code = "unknown_grant"


class GrantedAlreadyError(GatewayError):
    """This helper has a grant of yours at this event already, also if it is used up or over: end it
    by `revoke_grant`, and give another one."""

    status = 409
    code = "granted_already"


class UnknownDrawError(GatewayError):
    """The seats of this section are not drawn, or the draw is not open yet."""

    status = 404
    code = "unknown_draw"


class UnknownGroupError(GatewayError):
    """This person leads no group in the draw."""

    status = 404
    code = "unknown_group"


class NotEnteredError(GatewayError):
    """This person takes no part in the draw, or has taken seat or deposit already."""

    status = 404
    code = "not_entered"


class NotWaitingError(GatewayError):
    """This person has no place on the section's waiting list."""

    status = 404
    code = "not_waiting"


class NotDrawnError(GatewayError):
    """There is no re-draw of this seat: order `redraw`, once the seat's slot has come."""

    status = 409
    code = "not_drawn"


class NotCoolingError(GatewayError):
    """The seat is not waiting for a re-draw."""

    status = 409
    code = "not_cooling"


class NobodyWaitedError(GatewayError):
    """Nobody is on the waiting list, or was there when this seat's slot came: order
    `wait_longer`."""

    status = 409
    code = "nobody_waited"


class NotOfferedError(GatewayError):
    """The seat is offered to nobody."""

    status = 409
    code = "not_offered"


class UnknownCaseError(GatewayError):
    """No case was opened about this ticket and its holder."""

    status = 404
    code = "unknown_case"


class HoldCoolingError(GatewayError):
    """You have let several held seats go: wait before you hold another one."""

    status = 429
    code = "hold_cooling"
    wait = 30


class VersionGoneError(GatewayError):
    """The changes since this version are not kept; read the whole map."""

    status = 410
    code = "version_gone"


class UnknownEntryError(GatewayError):
    """Nobody has entered with this: there is no such entry on chain."""

    status = 404
    code = "unknown_entry"


class UnknownNftError(GatewayError):
    """No NFT was made of this entry, or it is burned."""

    status = 404
    code = "unknown_nft"


class UnknownSeriesError(GatewayError):
    """The organiser has opened no series for the entries of this event."""

    status = 404
    code = "unknown_series"


class UnknownPrizeError(GatewayError):
    """There is no such raffle, or this entry takes no part in it."""

    status = 404
    code = "unknown_raffle"


class NotListedError(GatewayError):
    """This entry is neither for sale nor offered for another one (any more)."""

    status = 404
    code = "not_listed"
