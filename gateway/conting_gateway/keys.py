"""The gateway's two Solana keys and its MAC keys, read from files and settings."""

import json
import logging
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr
from solders.keypair import Keypair

from conting_gateway.clock import Entropy
from conting_gateway.config import MIN_SECRET, Settings
from conting_gateway.tokens import TokenKeys

log = logging.getLogger(__name__)


class KeyFileError(ValueError):
    """A key file is missing or is not a Solana keypair file."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What the gateway signs with. It never holds a fan's key."""

    admission: Keypair
    """Co-signs purchases: the event's admission authority."""
    challenge: Keypair
    """Signs entry challenges."""
    tokens: TokenKeys


def load_keys(settings: Settings, entropy: Entropy) -> Keys:
    """The keys that the settings name; in development, fresh ones for those that are not set.

    Raises KeyFileError.
    """
    return Keys(
        admission=_load_keypair("admission", settings.admission_key, entropy),
        challenge=_load_keypair("challenge", settings.challenge_key, entropy),
        tokens=_token_keys(settings, entropy),
    )


def _load_keypair(name: str, path: Path | None, entropy: Entropy) -> Keypair:
    if path is None:
        log.warning("no %s key is set: this run uses a fresh one", name)
        return Keypair.from_seed(entropy(32))
    try:
        return Keypair.from_bytes(bytes(json.loads(path.read_text())))
    except (OSError, ValueError, TypeError) as error:
        raise KeyFileError(
            f"the {name} key file {path} cannot be used: {type(error).__name__}; "
            "it has to be a Solana keypair file, a JSON list of 64 bytes"
        ) from error


def _token_keys(settings: Settings, entropy: Entropy) -> TokenKeys:
    if settings.secret is None:
        log.warning("no CONTING_SECRET is set: tokens of this run end with it")
        return TokenKeys.from_secrets(entropy(MIN_SECRET))
    older = (settings.previous_secret,) if settings.previous_secret else ()
    return TokenKeys.from_secrets(_unhex(settings.secret), *map(_unhex, older))


def _unhex(secret: SecretStr) -> bytes:
    return bytes.fromhex(secret.get_secret_value())
