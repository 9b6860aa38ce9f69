"""Settings by environment (prefix CONTING_), checked at start; production refuses defaults."""

import ipaddress
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from conting_client import PasskeyRules
from pydantic import (
    AliasChoices,
    BeforeValidator,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from solders.pubkey import Pubkey

from conting_gateway.keychain import PREFIX, KeychainEntry
from conting_gateway.redis import connect

MIN_SECRET = 32  # bytes
HOST = re.compile(r"[^\s/@]+")
OURS: Final = "CONTING_"
ISSUERS: Final = "CONTING_ISSUER_"  # of the development issuer, which may share an environment
HTTP: Final = ("http", "https")
WEBSOCKET: Final = ("ws", "wss")


def key_source(value: object) -> object:
    """Reads `keychain:SERVICE/NAME`; anything else is left to be a path."""
    if isinstance(value, str) and value.startswith(PREFIX):
        return KeychainEntry.parse(value)
    return value


KeySource = Annotated[Path | KeychainEntry, BeforeValidator(key_source)]
"""Where a key is kept: a file, or an entry of the keychain."""
KeySetting = Annotated[KeySource | None, NoDecode]


class Settings(BaseSettings):
    """Everything an operator sets. Times in seconds unless the name says otherwise."""

    model_config = SettingsConfigDict(env_prefix=OURS, env_ignore_empty=True, allow_inf_nan=False)

    env: Literal["development", "production"] = "development"
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65_535)
    """0 takes any free port; the ready line tells which."""
    rpc_url: str = "http://127.0.0.1:8899"
    ws_url: str | None = None
    """Where the RPC takes subscriptions; by default its port and one, as Solana's node has it."""
    poll_seconds: float = Field(default=2, gt=0)
    """How often the chain is read where there is no subscription."""
    second_rpc_url: str | None = None
    """Another node, run by somebody else, that has to agree where money or entry depends on it."""
    slot_lag: int = Field(default=150, ge=1)
    """Slots, a minute: an answer that is further behind what was heard before is not taken."""
    slot_seconds: float = Field(default=15, gt=0)
    """How long the RPC may name no newer slot before the gateway is not ready any more."""
    redis_url: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("CONTING_REDIS_URL", "REDIS_URL")
    )
    data_dir: Path = Path(".conting")
    """Where a Redis that we start ourselves keeps its log."""
    ticket_program: str | None = None
    """Address of the ticket program; by default the one that its source declares."""
    admission_key: KeySetting = None
    challenge_key: KeySetting = None
    secret: SecretStr | None = None
    """Key of the tokens' MACs: hex, at least 32 bytes."""
    previous_secret: SecretStr | None = None
    """The key before the last rotation: its tokens are still read, none are made."""
    domain: str = "localhost"
    """Where the pages live; wallets show it and sign it."""
    passkey_origins: frozenset[str] | None = None
    """Pages on which passkeys answer challenges, as a JSON list; by default https at the domain."""
    session_seconds: int = Field(default=900, ge=60)
    claim_seconds: float = Field(default=120, gt=0)
    """How long an admitted person may take to enter."""
    shop_seconds: float = Field(default=600, gt=0)
    """How long a person who entered may shop."""
    grace_seconds: float = Field(default=600, ge=0)
    """How long after a missed turn a person may still ask for another one, once."""
    hold_seconds: float = Field(default=300, gt=0)
    holds_per_person: int = Field(default=2, ge=1)
    hold_cooling_seconds: float = Field(default=30, ge=0)
    """Wait of who lets a third held seat go, and twice as long for each one after it; 0: never."""
    holds_per_minute: int = Field(default=120, ge=1)
    """Of one wallet, at each process; those that are refused count, too."""
    orders_per_minute: int = Field(default=60, ge=1)
    """Of one wallet, at each process."""
    sponsor_key: KeySetting = None
    """Pays the network fees of orders that ask for it; without it nobody's are paid."""
    sponsor_organisers: frozenset[str] = frozenset()
    """Whose events' orders are sponsored: addresses, as a JSON list."""
    sponsor_wallet_lamports: int = Field(default=5_000_000, ge=0)
    """What is paid for one wallet in a day (UTC): a new person's rent, and some 150 fees."""
    sponsor_event_lamports: int = Field(default=1_000_000_000, ge=0)
    """For one event in a day."""
    sponsor_day_lamports: int = Field(default=5_000_000_000, ge=0)
    """For all of them in a day."""
    sponsor_failures: int = Field(default=3, ge=1)
    """Failed transactions of one wallet in a day after which nothing more is paid for it."""
    sponsor_floor: int = Field(default=100_000_000, ge=0)
    """Lamports that the sponsor's account keeps."""
    organisers: frozenset[str] = frozenset()
    """Who may open waiting rooms: addresses, as a JSON list; empty: whose event names our key."""
    room_limit: int = Field(default=2_000_000, ge=1)
    """Places that one waiting room gives out at most."""
    trusted_proxies: str = "127.0.0.1"
    """Whose X-Forwarded-For is believed: addresses and networks, with commas between them."""
    requests_per_minute: int = Field(default=60_000, ge=1)
    """Of one network address, at each process; behind one address there may be a whole hall."""
    challenges_per_minute: int = Field(default=120, ge=1)
    """Of one wallet, at each process; a phone asks twelve times a minute."""
    sign_ins_per_minute: int = Field(default=600, ge=1)
    """Of one network address, behind which many people may be."""
    joins_per_minute: int = Field(default=60, ge=1)
    """Of one wallet, at each process; polls: twice as many."""

    manifest_seconds: int = Field(default=14_400, ge=60)
    """How long a scanner that has lost its connection may go on admitting by its manifest."""
    streams: int = Field(default=5_000, ge=0)
    """Streams of the waiting room that one process holds at most; and as many presence channels."""
    stream_seconds: float = Field(default=3_600, gt=0)
    """How long a stream of the waiting room lasts at most; who still waits asks for it again."""
    feed_length: int = Field(default=100_000, ge=100)
    """Happenings on chain that the Redis Stream keeps, about."""
    feed_writes: bool = True
    """Off, this process leaves it to others to write down what happens on chain."""
    feed_history: int = Field(default=10_000, ge=1)
    """Transactions of each program that a new Redis Stream goes back."""
    feed_streams: int = Field(default=1_000, ge=0)
    """Streams of what happens on chain that one process holds at most."""
    feed_streams_per_address: int = Field(default=100, ge=0)
    """Of these, for one network address: nobody has to sign in for them."""
    feed_stream_seconds: float = Field(default=3_600, gt=0)
    """How long such a stream lasts at most; who listens comes back to where it was."""
    fast_lane: bool = True
    """Answers joins and polls before the framework sees them; off, the framework answers them."""
    share_port: bool = False
    """Lets several processes of one machine listen at the same port (SO_REUSEPORT)."""

    @field_validator("rpc_url", "second_rpc_url")
    @classmethod
    def _names_a_node(cls, value: str | None) -> str | None:
        return _of_scheme(value, HTTP)

    @field_validator("ws_url")
    @classmethod
    def _names_where_a_node_tells(cls, value: str | None) -> str | None:
        return _of_scheme(value, WEBSOCKET)

    @field_validator("redis_url")
    @classmethod
    def _names_a_redis(cls, value: SecretStr | None) -> SecretStr | None:
        try:
            if value is not None:
                connect(value.get_secret_value())  # when it is used, and not before
        except ValueError:  # whose words may have a part of a password
            raise ValueError(
                "needs redis://HOST:PORT/0, rediss://…, unix://PATH or redis+cluster://HOST:PORT,…"
            ) from None
        return value

    @field_validator("domain")
    @classmethod
    def _is_a_host(cls, value: str) -> str:
        if not HOST.fullmatch(value):
            raise ValueError("needs a host alone, such as tickets.example")
        return value

    @field_validator("ticket_program")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        return None if value is None else str(Pubkey.from_string(value))

    @field_validator("organisers", "sponsor_organisers")
    @classmethod
    def _are_addresses(cls, values: frozenset[str]) -> frozenset[str]:
        return frozenset(str(Pubkey.from_string(value)) for value in values)

    @field_validator("trusted_proxies")
    @classmethod
    def _names_proxies(cls, value: str) -> str:
        networks = [ipaddress.ip_network(each.strip()) for each in value.split(",")]
        if not all(each.prefixlen for each in networks):  # nor is "*" one
            raise ValueError("needs proxies: of all addresses, anybody could name any")
        return value

    @field_validator("secret", "previous_secret")
    @classmethod
    def _is_a_long_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(bytes.fromhex(value.get_secret_value())) < MIN_SECRET:
            raise ValueError(f"needs at least {MIN_SECRET} bytes of hex")
        return value

    @model_validator(mode="after")
    def _production_sets_everything(self) -> Self:
        if self.env == "production" and (missing := self._left_open()):
            raise ValueError(
                "production needs its own value for " + ", ".join(missing) + "; set "
                "these, or CONTING_ENV=development to let the gateway make them up"
            )
        return self

    @model_validator(mode="after")
    def _sponsor_knows_whom(self) -> Self:
        if self.sponsor_key is not None and not self.sponsor_organisers:
            raise ValueError(
                "CONTING_SPONSOR_KEY pays for nobody without CONTING_SPONSOR_ORGANISERS: anybody "
                "could make an event and have its orders paid for"
            )
        return self

    @property
    def passkeys(self) -> PasskeyRules:
        """Whose passkeys the gate takes."""
        return PasskeyRules.of(self.domain, self.passkey_origins)

    def _left_open(self) -> list[str]:
        needed = {
            "CONTING_REDIS_URL": self.redis_url,
            "CONTING_RPC_URL": self.rpc_url if "rpc_url" in self.model_fields_set else None,
            "CONTING_ADMISSION_KEY": self.admission_key,
            "CONTING_CHALLENGE_KEY": self.challenge_key,
            "CONTING_SECRET": self.secret,
            "CONTING_DOMAIN": None if self.domain == "localhost" else self.domain,
        }
        return [name for name, value in needed.items() if value is None]


def not_heeded(environment: Iterable[str]) -> list[str]:
    """Names that look like settings and are none: a slip of the pen, or of a version before."""
    known = {f"{OURS}{name.upper()}" for name in Settings.model_fields}
    named = {name.upper() for name in environment}
    return sorted(
        name for name in named - known if name.startswith(OURS) and not name.startswith(ISSUERS)
    )


def _of_scheme(url: str | None, schemes: tuple[str, ...]) -> str | None:
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        usable = parts.scheme in schemes and parts.hostname and parts.port != 0
    except ValueError:  # whose words may have a part of a password
        usable = False
    if not usable:
        raise ValueError(f"needs {schemes[0]}://… or {schemes[1]}://…, with a host")
    return url
