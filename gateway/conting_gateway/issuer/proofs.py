"""Who asks: a challenge of the issuer's that lives for minutes, and signatures over a statement."""

from hashlib import sha256
from typing import Final

from conting_client import Assertion, BadSignature, DevicePublicKey, PasskeyRules
from conting_client.device_keys import device_signed
from conting_client.issuing import statement
from solders.pubkey import Pubkey
from solders.signature import Signature

from conting_gateway.clock import Clock, Entropy
from conting_gateway.issuer.errors import BadChallengeError, NotProvenError
from conting_gateway.tokens import ForgedTokenError, TokenKeys

CHALLENGE_SECONDS: Final = 300
Signatures = dict[DevicePublicKey, Signature | Assertion]
"""Over the statement; a passkey's is an assertion whose challenge is the statement's SHA-256."""


class Proofs:
    """Challenges are MACs over their end: nothing is kept for them.

    One challenge may be answered more than once while it lives. That is no danger here: whoever
    repeats a request gets what stands on chain already, and every transaction that somebody else
    has to sign needs that signature anew.
    """

    def __init__(
        self,
        issuer: Pubkey,
        keys: TokenKeys,
        passkeys: PasskeyRules,
        *,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._issuer = issuer
        self._keys = keys
        self._passkeys = passkeys
        self._clock = clock
        self._entropy = entropy

    def challenge(self) -> tuple[str, int]:
        """A new challenge, and when it ends (Unix seconds)."""
        until = int(self._clock()) + CHALLENGE_SECONDS
        return self._keys.mint("issuer", str(until), self._entropy(8).hex()), until

    def require(
        self,
        action: str,
        challenge: str,
        signatures: Signatures,
        /,
        **facts: object,
    ) -> None:
        """All these keys have signed for this action. Raises BadChallengeError, NotProvenError."""
        try:
            until, _ = self._keys.read("issuer", challenge)
        except ForgedTokenError as error:
            raise BadChallengeError from error
        if self._clock() >= int(until):
            raise BadChallengeError
        signed = statement(action, self._issuer, challenge, **facts)
        for key, made in signatures.items():
            if isinstance(made, Assertion):
                self._require_passkey(key, made, signed)
            elif not device_signed(key, made, signed):
                raise NotProvenError(f"The signature of {key} over the statement is not right.")

    def _require_passkey(self, key: DevicePublicKey, made: Assertion, signed: bytes) -> None:
        try:
            made.verify(key, sha256(signed).digest(), self._passkeys)
        except BadSignature as error:
            raise NotProvenError(f"The passkey {key} has not answered: {error}.") from error
