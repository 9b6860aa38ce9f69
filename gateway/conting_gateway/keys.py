"""The gateway's Solana keys, in rings that turn by time, and its MAC keys: from files, the keychain
and settings.

A key file is a Solana keypair file, or a ring: {"keys": [{"file": "b.json", "from": 1760000000},
{"file": "a.json", "until": 1760000600}]}; an entry of the keychain holds the same text. Every
process that has read the ring takes both keys and signs with the one whose time came last, so
processes need not turn in the same moment.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import inf
from pathlib import Path
from threading import Lock
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from conting_gateway.clock import Clock, Entropy
from conting_gateway.config import MIN_SECRET, KeySource, Settings
from conting_gateway.errors import KeysEndedError
from conting_gateway.keychain import KeychainEntry, KeychainError
from conting_gateway.tokens import TokenKeys

log = logging.getLogger(__name__)
_reading = Lock()  # who asks again while keys are read wants what is there after that


class KeyFileError(ValueError):
    """A key file, or an entry of the keychain, is missing or is not what it has to be."""


@dataclass(frozen=True, slots=True)
class RingKey:
    """A key with its times, Unix seconds: signs from `start`, is accepted before `until`."""

    keypair: Keypair
    start: float = 0
    until: float = inf

    @property
    def key(self) -> Pubkey:
        """The public half."""
        return self.keypair.pubkey()

    @property
    def id(self) -> str:
        """What it is called: eight hex digits of the public half's SHA-256."""
        return sha256(bytes(self.key)).hexdigest()[:8]


class KeyRing:
    """The keys of one purpose; `replace` turns it while it is in use."""

    def __init__(self, keys: Sequence[RingKey], clock: Clock) -> None:
        self._clock = clock
        self._keys: tuple[RingKey, ...] = ()
        self.replace(keys)

    @classmethod
    def of(cls, keypair: Keypair, clock: Clock) -> Self:
        """A ring of one key without end."""
        return cls([RingKey(keypair)], clock)

    def replace(self, keys: Sequence[RingKey]) -> None:
        """Uses these keys from now on. Raises KeyFileError if none of them may sign now."""
        ready = tuple(sorted(keys, key=lambda each: each.start))
        if not _may_sign(ready, self._clock()):
            raise KeyFileError("no key of the ring may sign now")
        self._keys = ready

    @property
    def signer(self) -> Keypair:
        """The key that signs now. Raises KeysEndedError once all have ended."""
        return _signer(self._keys, self._clock()).keypair

    @property
    def ends(self) -> float:
        """From when on no key of these may sign, Unix seconds."""
        now, keys = self._clock(), self._keys
        ends = sorted(each.until for each in keys if each.until > now)
        return next(end for end in (*ends, inf) if not _may_sign(keys, end))

    def accepted(self) -> tuple[RingKey, ...]:
        """Whose signatures count now, also those whose turn is still to come; the signer first.

        Raises KeysEndedError once none may sign.
        """
        now, keys = self._clock(), self._keys  # another thread may replace them
        first = _signer(keys, now)
        others = (each for each in keys if now < each.until and each is not first)
        return (first, *others)

    def holding(self, key: Pubkey) -> Keypair | None:
        """The key pair of a public key, while that is accepted."""
        now, keys = self._clock(), self._keys
        return next((each.keypair for each in keys if each.key == key and now < each.until), None)


def _signer(keys: Sequence[RingKey], now: float) -> RingKey:
    signing = _may_sign(keys, now)
    if not signing:
        raise KeysEndedError
    return signing[-1]


def _may_sign(keys: Sequence[RingKey], now: float) -> list[RingKey]:
    return [each for each in keys if each.start <= now < each.until]


@dataclass(frozen=True, slots=True)
class Keys:
    """What the gateway signs with. It never holds a fan's key."""

    admission: KeyRing
    """Co-signs purchases: the admission authorities of events."""
    challenge: KeyRing
    """Signs entry challenges."""
    tokens: TokenKeys
    sponsor: KeyRing | None = None
    """Pays network fees, if this gateway does."""

    def reload(self, settings: Settings) -> None:
        """Reads all keys again; where one cannot be used, the keys before it stay in use."""
        sources = (
            ("admission", settings.admission_key, self.admission),
            ("challenge", settings.challenge_key, self.challenge),
            ("sponsor", settings.sponsor_key, self.sponsor),
        )
        with _reading:
            for name, source, ring in sources:
                if source is not None and ring is not None:
                    _turn(name, source, ring)


def load_keys(settings: Settings, clock: Clock, entropy: Entropy) -> Keys:
    """The keys that the settings name; in development, fresh ones for those that are not set.

    Raises KeyFileError.
    """
    keys = Keys(
        admission=KeyRing(_keys("admission", settings.admission_key, entropy), clock),
        challenge=KeyRing(_keys("challenge", settings.challenge_key, entropy), clock),
        tokens=_token_keys(settings, entropy),
        sponsor=_sponsor_ring(settings.sponsor_key, clock),
    )
    for name, ring in (("admission", keys.admission), ("challenge", keys.challenge)):
        _tell_end(name, ring)
    if keys.sponsor is not None:
        _tell_end("sponsor", keys.sponsor)
    return keys


def _turn(name: str, source: KeySource, ring: KeyRing) -> None:
    try:
        ring.replace(_read_keys(name, source))
    except KeyFileError:
        log.exception("the %s key stays as it was", name)
    else:
        log.info("the %s key is now %s", name, ring.signer.pubkey())
        _tell_end(name, ring)


def _tell_end(name: str, ring: KeyRing) -> None:
    if ring.ends != inf:
        text = "no %s key may sign from %d on: put another one into its ring"
        log.warning(text, name, ring.ends)


def _sponsor_ring(source: KeySource | None, clock: Clock) -> KeyRing | None:
    return None if source is None else KeyRing(_read_keys("sponsor", source), clock)


def _keys(name: str, source: KeySource | None, entropy: Entropy) -> Sequence[RingKey]:
    if source is not None:
        return _read_keys(name, source)
    log.warning("no %s key is set: this run uses a fresh one", name)
    return [RingKey(Keypair.from_seed(entropy(32)))]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")
    file: KeySource
    """Beside the ring's own file, unless it says otherwise; or in the keychain."""
    start: float = Field(default=0, alias="from")
    until: float = inf


class _Ring(BaseModel):
    model_config = ConfigDict(extra="forbid")
    keys: list[_Entry] = Field(min_length=1)


def _read_keys(name: str, source: KeySource) -> Sequence[RingKey]:
    try:
        found = json.loads(_text(source))
        if not isinstance(found, dict):
            return [RingKey(_keypair(found))]
        folder = source.parent if isinstance(source, Path) else None
        return [_ring_key(entry, folder) for entry in _Ring.model_validate(found).keys]
    except ValidationError as error:
        problem = f"{error.errors()[0]['loc']}: {error.errors()[0]['msg']}"
    except KeychainError as error:
        problem = str(error)
    except (OSError, ValueError, TypeError) as error:
        problem = type(error).__name__
    kept = "key file" if isinstance(source, Path) else "key"
    raise KeyFileError(
        f"the {name} {kept} {source} cannot be used: {problem}; it has to be a Solana keypair "
        "file, a JSON list of 64 bytes, or a ring of them (docs/keys.md)"
    )


def _text(source: KeySource) -> str:
    return source.read() if isinstance(source, KeychainEntry) else source.read_text()


def _ring_key(entry: _Entry, folder: Path | None) -> RingKey:
    keypair = _keypair(json.loads(_text(_beside(entry.file, folder))))
    return RingKey(keypair, entry.start, entry.until)


def _beside(source: KeySource, folder: Path | None) -> KeySource:
    """What a ring means that lies in this folder, or in the keychain."""
    if isinstance(source, KeychainEntry):
        return source
    if folder is None and not source.is_absolute():
        raise KeychainError(f"a ring in the keychain has no files beside it ({source})")
    return source if folder is None else folder / source


def _keypair(octets: object) -> Keypair:
    if not isinstance(octets, list):
        raise TypeError
    return Keypair.from_bytes(bytes(octets))


def _token_keys(settings: Settings, entropy: Entropy) -> TokenKeys:
    if settings.secret is None:
        log.warning("no CONTING_SECRET is set: tokens of this run end with it")
        return TokenKeys.from_secrets(entropy(MIN_SECRET))
    older = (settings.previous_secret,) if settings.previous_secret else ()
    return TokenKeys.from_secrets(_unhex(settings.secret), *map(_unhex, older))


def _unhex(secret: SecretStr) -> bytes:
    return bytes.fromhex(secret.get_secret_value())
