"""Every refusal of the gateway: a status, a stable code, and a sentence that says what to do.

The docstring of a class is the sentence that is sent, unless the place that raises it knows more.
Those of holds and orders are in `conting_gateway.orders.errors`.
"""

import inspect
from collections.abc import Iterable
from typing import Any, ClassVar

from pydantic import BaseModel


class Problem(BaseModel):
    """The body of every error."""

    error: str
    detail: str
    retry_after: int | None = None
    """Seconds after which the same request may succeed."""


class GatewayError(Exception):
    """A refusal with its answer."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    wait: ClassVar[int | None] = None
    note: ClassVar[str | None] = None
    """What the description of a route says beside the example, if anything."""

    def __init__(self, detail: str | None = None, *, retry_after: int | None = None) -> None:
        self.detail = detail or inspect.cleandoc(type(self).__doc__ or "").replace("\n", " ")
        self.retry_after = self.wait if retry_after is None else retry_after
        super().__init__(self.detail)

    def problem(self) -> Problem:
        """What is sent."""
        return Problem(error=self.code, detail=self.detail, retry_after=self.retry_after)

    @classmethod
    def example(cls) -> Problem:
        """What the description of a route shows."""
        return cls().problem()


def answer_of(error: GatewayError) -> tuple[int, dict[str, str], str]:
    """Status, headers beside the usual ones, and body of the answer that an error becomes."""
    problem = error.problem()
    headers = {} if problem.retry_after is None else {"retry-after": str(problem.retry_after)}
    if error.status == 401:  # noqa: PLR2004 RFC 9110 11.6.1 asks for the scheme
        headers["www-authenticate"] = "Bearer"
    return error.status, headers, problem.model_dump_json(exclude_none=True)


class InternalError(GatewayError):
    """Something went wrong on our side; it has been logged."""


class InvalidRequestError(GatewayError):
    """The request does not have the form that its description asks for."""

    status = 422
    code = "invalid_request"


class NotFoundError(GatewayError):
    """There is nothing at this address."""

    status = 404
    code = "not_found"


class MethodNotAllowedError(GatewayError):
    """This address does not answer to this method."""

    status = 405
    code = "method_not_allowed"


class MalformedHttpError(GatewayError):
    """This is no HTTP request that can be read: one has one Host header, and a length that is
    certain."""

    status = 400
    code = "malformed_http"


class RequestTimeoutError(GatewayError):
    """The request did not come to its end in time."""

    status = 408
    code = "request_timeout"


class RequestTooLargeError(GatewayError):
    """The request is larger than any that is asked for here."""

    status = 413
    code = "request_too_large"


class HeadTooLargeError(GatewayError):
    """The request's address and headers are larger than any that are needed here."""

    status = 431
    code = "head_too_large"


class StoreUnavailableError(GatewayError):
    """The gateway's memory is away. Try again in a moment; a payment that was sent stands: read the
    order before paying again."""

    status = 503
    code = "store_unavailable"
    wait = 2


class ChainUnavailableError(GatewayError):
    """The Solana RPC does not answer. Try again in a moment; a payment that was sent stands: read
    the order before paying again."""

    status = 503
    code = "chain_unavailable"
    wait = 2


class KeysEndedError(GatewayError):
    """No key of this gateway may sign any more: its operator has to add one and turn the ring."""

    status = 503
    code = "keys_ended"


class RateLimitedError(GatewayError):
    """Too many requests; wait before the next one."""

    status = 429
    code = "rate_limited"


# Signing in


class NotSignedInError(GatewayError):
    """Sign in first: this request needs a session token."""

    status = 401
    code = "not_signed_in"


class SessionExpiredError(GatewayError):
    """The session is over; sign in again."""

    status = 401
    code = "session_expired"


class BadNonceError(GatewayError):
    """The nonce is unknown, used, or older than two minutes; ask for a new one."""

    status = 401
    code = "bad_nonce"


class BadSignatureError(GatewayError):
    """The signature is not this wallet's over the message that was given out."""

    status = 401
    code = "bad_signature"


# Events, sections, tickets


class UnknownEventError(GatewayError):
    """There is no such event on chain."""

    status = 404
    code = "unknown_event"


class UnknownSectionError(GatewayError):
    """The event has no section of this number."""

    status = 404
    code = "unknown_section"


class UnknownTicketError(GatewayError):
    """There is no such ticket on chain."""

    status = 404
    code = "unknown_ticket"


class NoSuchSeatError(GatewayError):
    """The section has no seat of this number."""

    status = 404
    code = "no_such_seat"


# Waiting room


class WrongAuthorityError(GatewayError):
    """The event names another admission authority: its tickets are not sold here."""

    status = 409
    code = "wrong_authority"


class NotOrganiserError(GatewayError):
    """Only the organiser of this event may do this."""

    status = 403
    code = "not_organiser"


class RoomFullError(GatewayError):
    """The waiting room gives out no more places."""

    status = 503
    code = "room_full"
    wait = 60


class StreamsFullError(GatewayError):
    """This gateway holds no more streams; ask for the status instead."""

    status = 503
    code = "streams_full"
    wait = 5


class NotAttestedError(GatewayError):
    """The issuer whom this event trusts does not vouch for you: one place is one person's. Have it
    attest you, and join again."""

    status = 403
    code = "not_attested"


class PlaceLostError(GatewayError):
    """The gateway lost this place in a crash; join again."""

    status = 409
    code = "place_lost"


class TurnLapsedError(GatewayError):
    """Your turn is over; join again for a new place."""

    status = 409
    code = "turn_lapsed"


class NotAdmittedError(GatewayError):
    """This needs a valid admission pass of your own for this event."""

    status = 403
    code = "not_admitted"


class PassSpentError(GatewayError):
    """The admission pass has bought its ticket; join again for another turn."""

    status = 409
    code = "pass_spent"


# Passes and gates


class NotYoursError(GatewayError):
    """The ticket is held by somebody else."""

    status = 403
    code = "not_yours"


class RefundedError(GatewayError):
    """The ticket was given back and is not valid."""

    status = 409
    code = "refunded"


class VoidError(GatewayError):
    """A case about the ticket is open, or was decided against it: it lets nobody in."""

    status = 409
    code = "void"


class AlreadyInError(GatewayError):
    """The ticket has already entered this session."""

    status = 409
    code = "already_in"


class NotOpenError(GatewayError):
    """The doors are not open."""

    status = 409
    code = "not_open"


class WrongSessionError(GatewayError):
    """The event has no session of this number."""

    status = 422
    code = "wrong_session"


class GateRevokedError(GatewayError):
    """This key is not an approved gate of this event."""

    status = 403
    code = "gate_revoked"


class NotSupervisorError(GatewayError):
    """Only a supervisor's gate may do this; the organiser names supervisors on chain."""

    status = 403
    code = "not_supervisor"


class WriterTakenError(GatewayError):
    """Another scanner admits the tickets of this gate group by itself; a supervisor may take the
    right away from it."""

    status = 409
    code = "writer_taken"


SERVER = (MalformedHttpError, RequestTimeoutError, RequestTooLargeError, HeadTooLargeError)
"""What the server itself answers, whatever the route; it then closes the connection."""

ALWAYS = (
    InvalidRequestError,
    RateLimitedError,
    StoreUnavailableError,
    ChainUnavailableError,
    *SERVER,
)
"""What every route may answer."""


def responses(*refusals: type[GatewayError]) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route that may refuse with `errors`, for OpenAPI; with examples."""
    return described((*refusals, *ALWAYS))


def described(errors: Iterable[type[GatewayError]]) -> dict[int | str, dict[str, Any]]:
    """Answers for OpenAPI, by status; an example for each code."""
    described: dict[int | str, dict[str, Any]] = {}
    for error in errors:
        entry = described.setdefault(
            error.status,
            {"model": Problem, "content": {"application/json": {"examples": {}}}},
        )
        note = {} if error.note is None else {"description": error.note}
        entry["content"]["application/json"]["examples"][error.code] = note | {
            "value": error.example().model_dump(exclude_none=True)
        }
        entry["description"] = ", ".join(entry["content"]["application/json"]["examples"])
    return described
