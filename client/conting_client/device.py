"""The phone's own key: it answers challenges for its ticket, and nothing else."""

import secrets
from dataclasses import replace
from pathlib import Path
from typing import Self

from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.signature import Signature

from conting_client._errors import BadSignature, ChallengeRefused
from conting_client._wallet import SEED_SIZE, Randomness, load_keypair, save_keypair
from conting_client.answers import Answer, GateChallenge
from conting_client.device_keys import DevicePublicKey, P256Secret, device_key_hash
from conting_client.passes import Challenge, Pass


class DeviceKey:
    """A key that stays on one device; the person on chain names its public half."""

    def __init__(self, keypair: Keypair | P256Secret) -> None:
        self._keypair = keypair

    @classmethod
    def create(cls, path: Path, random: Randomness = secrets.token_bytes) -> Self:
        """A new Ed25519 key, kept in a new file of mode 600. Raises WalletError."""
        keypair = Keypair.from_seed(random(SEED_SIZE))
        save_keypair(keypair, path)
        return cls(keypair)

    @classmethod
    def load(cls, path: Path) -> Self:
        """The key of a file that `create` made. Raises WalletError."""
        return cls(load_keypair(path))

    @property
    def key(self) -> DevicePublicKey:
        """The public half: the device of the person on chain."""
        return self._keypair.pubkey()

    def answer(self, challenge: Challenge, *, ticket: Pubkey, now: int, session: int = 0) -> Pass:
        """The pass that answers the challenge.

        `now` in Unix seconds by the gateway's clock, as the phone knows it from the gateway's last
        answer and the time since, so that a wrong clock of the phone does no harm. Raises
        ChallengeRefused for a challenge of another ticket, session or key, or one that is over.
        """
        if challenge.ticket != ticket:
            raise ChallengeRefused(f"the challenge is for the ticket {challenge.ticket}")
        if challenge.session != session:
            raise ChallengeRefused(f"the challenge is for session {challenge.session}")
        if challenge.device_key_hash != device_key_hash(self.key):
            raise ChallengeRefused("the challenge is for another device key")
        if now >= challenge.expires:
            raise ChallengeRefused("the challenge has expired; ask for a new one")
        message = challenge.entry_message().encode()
        return Pass(challenge, self._keypair.sign_message(message))

    def answer_gate(
        self, shown: GateChallenge, *, event: Pubkey, ticket: Pubkey, session: int = 0
    ) -> Answer:
        """What to hold before the scanner whose screen shows the challenge; no clock is needed.

        Raises ChallengeRefused for the challenge of another event, or one no gate signed.
        """
        if shown.event != event:
            raise ChallengeRefused(f"the gate is one of the event {shown.event}")
        try:
            shown.verify()
        except BadSignature as error:
            raise ChallengeRefused(str(error)) from None
        fields = session, shown.issued, event, shown.gate, ticket, device_key_hash(self.key)
        unsigned = Answer(*fields, shown.nonce, Signature.default())
        message = unsigned.entry_message().encode()
        return replace(unsigned, device_signature=self._keypair.sign_message(message))

    def __repr__(self) -> str:
        return f"DeviceKey({self.key})"
