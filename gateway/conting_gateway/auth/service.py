"""Signing in: a nonce, a signature over it, a session token.

A token says who, not what: whether somebody is an organiser or a gate is read from the chain when
it matters.
"""

from dataclasses import dataclass

from solders.pubkey import Pubkey
from solders.signature import Signature

from conting_gateway.auth.message import SignInMessage
from conting_gateway.auth.store import AuthStore
from conting_gateway.clock import Clock, Entropy
from conting_gateway.errors import (
    BadNonceError,
    BadSignatureError,
    NotSignedInError,
    SessionExpiredError,
)
from conting_gateway.tokens import ForgedTokenError, TokenKeys

NONCE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Session:
    """Who is asking. `expires` in Unix seconds."""

    wallet: Pubkey
    id: str
    expires: int


class Auth:
    """Gives out nonces and sessions and reads session tokens."""

    def __init__(
        self,
        store: AuthStore,
        tokens: TokenKeys,
        *,
        clock: Clock,
        entropy: Entropy,
        domain: str,
        session_seconds: int,
    ) -> None:
        self._store = store
        self._tokens = tokens
        self._clock = clock
        self._entropy = entropy
        self._domain = domain
        self._seconds = session_seconds
        self._revoked: dict[str, int] = {}

    async def new_nonce(self, wallet: Pubkey) -> SignInMessage:
        """What `wallet` has to sign within two minutes."""
        nonce, issued = self._entropy(16).hex(), int(self._clock())
        await self._store.put_nonce(nonce, str(wallet), issued, NONCE_SECONDS)
        return self._message(str(wallet), nonce, issued)

    async def sign_in(self, wallet: Pubkey, nonce: str, signature: str) -> tuple[str, Session]:
        """A session token for a signed nonce. Raises BadNonceError, BadSignatureError."""
        asked = await self._store.take_nonce(nonce)
        if asked is None or asked[0] != str(wallet):
            raise BadNonceError
        message = self._message(str(wallet), nonce, asked[1])
        if self._clock() >= message.expires:
            raise BadNonceError
        if not _verify(wallet, message.text().encode(), signature):
            raise BadSignatureError
        return self._open(wallet)

    def read(self, token: str) -> Session:
        """The session of a token. Raises NotSignedInError, SessionExpiredError. No Redis call."""
        wallet, session, expires = self._read(token)
        return Session(Pubkey.from_string(wallet), session, expires)

    def read_wallet(self, token: str) -> str:
        """As `read`, of the session only the wallet."""
        return self._read(token)[0]

    async def sign_out(self, session: Session) -> None:
        """Ends a session: here at once, at other workers within a second."""
        await self._store.revoke({session.id: session.expires})
        self._revoked[session.id] = session.expires

    async def refresh_revoked(self) -> None:
        """Brings this process's copy of the ended sessions up to date.

        Redis is told again what it has lost in a crash.
        """
        now = int(self._clock())
        told = await self._store.revoked(now)
        lost = {
            session: expires
            for session, expires in self._revoked.items()
            if expires >= now and session not in told
        }
        self._revoked = told | lost
        if lost:
            await self._store.revoke(lost)

    def _read(self, token: str) -> tuple[str, str, int]:
        try:
            wallet, session, expires = self._tokens.read("session", token)
        except ForgedTokenError as error:
            raise NotSignedInError from error
        if self._clock() >= int(expires) or session in self._revoked:
            raise SessionExpiredError
        return wallet, session, int(expires)

    def _message(self, wallet: str, nonce: str, issued: int) -> SignInMessage:
        return SignInMessage(self._domain, wallet, nonce, issued, issued + NONCE_SECONDS)

    def _open(self, wallet: Pubkey) -> tuple[str, Session]:
        session = Session(wallet, self._entropy(8).hex(), int(self._clock()) + self._seconds)
        token = self._tokens.mint("session", str(wallet), session.id, str(session.expires))
        return token, session


def _verify(wallet: Pubkey, message: bytes, signature: str) -> bool:
    try:
        return Signature.from_string(signature).verify(wallet, message)
    except ValueError:
        return False
