"""POST /v1/tickets/{ticket}/challenge."""

from fastapi import APIRouter

from conting_gateway.deps import Caller, Use
from conting_gateway.errors import (
    AlreadyInError,
    KeysEndedError,
    NotOpenError,
    NotSignedInError,
    NotYoursError,
    RefundedError,
    SessionExpiredError,
    UnknownTicketError,
    VoidError,
    WrongSessionError,
    responses,
)
from conting_gateway.passes.schemas import ChallengeAnswer, ChallengeRequest
from conting_gateway.schemas import Address

router = APIRouter(prefix="/v1/tickets", tags=["passes"])


@router.post(
    "/{ticket}/challenge",
    responses=responses(
        NotSignedInError,
        SessionExpiredError,
        UnknownTicketError,
        NotYoursError,
        RefundedError,
        VoidError,
        NotOpenError,
        WrongSessionError,
        AlreadyInError,
        KeysEndedError,
    ),
)
async def challenge(
    ticket: Address, caller: Caller, use: Use, asked: ChallengeRequest | None = None
) -> ChallengeAnswer:
    """Gives a challenge to who holds the ticket, once the doors are open.

    The device key answers it; both together are the pass that a gate reads. It is dead ten seconds
    later: a phone shows a pass only while it can reach the gateway.
    """
    session = asked.session if asked else 0
    made = await use.passes.challenge(caller.wallet, ticket, session)
    return ChallengeAnswer(challenge=made.encode(), issued_at=made.issued, expires_at=made.expires)
