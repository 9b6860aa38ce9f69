"""POST /v1/auth/…"""

from fastapi import APIRouter, status

from conting_gateway.auth.schemas import NonceAnswer, NonceRequest, SessionAnswer, SignInRequest
from conting_gateway.deps import Caller, NetworkAddress, Use
from conting_gateway.errors import (
    BadNonceError,
    BadSignatureError,
    NotSignedInError,
    RateLimitedError,
    SessionExpiredError,
    responses,
)

router = APIRouter(prefix="/v1", tags=["signing in"])


@router.post("/auth/nonce", responses=responses(RateLimitedError))
async def new_nonce(asked: NonceRequest, use: Use, address: NetworkAddress) -> NonceAnswer:
    """Gives the message that a wallet signs to sign in. Good for one try within two minutes."""
    await use.limits.spend("nonce", address)
    message = await use.auth.new_nonce(asked.wallet)
    return NonceAnswer(nonce=message.nonce, message=message.text(), expires_at=message.expires)


SIGN_IN_ERRORS = responses(BadNonceError, BadSignatureError, RateLimitedError)


@router.post("/auth/sign-in", responses=SIGN_IN_ERRORS)
@router.post("/gate/session", responses=SIGN_IN_ERRORS, tags=["gate"])
async def sign_in(answer: SignInRequest, use: Use, address: NetworkAddress) -> SessionAnswer:
    """Opens a session for the wallet, or the gate key, that signed the message of the nonce."""
    await use.limits.spend("sign-in", address)
    token, session = await use.auth.sign_in(answer.wallet, answer.nonce, answer.signature)
    return SessionAnswer(token=token, expires_at=session.expires)


@router.post(
    "/auth/sign-out",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=responses(NotSignedInError, SessionExpiredError),
)
async def sign_out(caller: Caller, use: Use) -> None:
    """Ends this session: its token is refused from now on."""
    await use.auth.sign_out(caller)
