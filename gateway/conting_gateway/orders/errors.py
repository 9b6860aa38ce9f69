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


class WrongAuthorityError(GatewayError):
    """The event names another admission authority: its tickets are not sold here."""

    status = 409
    code = "wrong_authority"


class IdempotencyConflictError(GatewayError):
    """This Idempotency-Key was used for another order."""

    status = 409
    code = "idempotency_conflict"


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


class ChainRefusedError(GatewayError):
    """The ticket program refused; the code is the program's own name for the reason."""

    status = 409
    code = "chain_refused"

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
