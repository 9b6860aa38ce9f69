"""The development issuer's settings, by environment (prefix CONTING_ISSUER_)."""

from pathlib import Path
from typing import Final, Literal, Self

from conting_client import PasskeyRules
from pydantic import AliasChoices, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

HOUR: Final = 3_600  # seconds
DAY: Final = 24 * HOUR
YEAR: Final = 365 * DAY


class IssuerSettings(BaseSettings):
    """Everything that whoever develops sets. Times in seconds.

    Node, kind of environment and pages are those of the gateway: CONTING_RPC_URL, CONTING_ENV,
    CONTING_DOMAIN, CONTING_PASSKEY_ORIGINS.
    """

    model_config = SettingsConfigDict(env_prefix="CONTING_ISSUER_", env_ignore_empty=True)

    env: Literal["development", "production"] = Field(
        default="development", validation_alias=AliasChoices("CONTING_ENV", "env")
    )
    rpc_url: str = Field(
        default="http://127.0.0.1:8899", validation_alias=AliasChoices("CONTING_RPC_URL", "rpc_url")
    )
    domain: str = Field(
        default="localhost", validation_alias=AliasChoices("CONTING_DOMAIN", "domain")
    )
    passkey_origins: frozenset[str] | None = Field(
        default=None, validation_alias=AliasChoices("CONTING_PASSKEY_ORIGINS", "passkey_origins")
    )
    """Pages on which passkeys answer, as a JSON list; by default https at the domain. A passkey
    that the doors are to take is made for the gateway's domain, so these are the gateway's."""
    host: str = "127.0.0.1"
    port: int = Field(default=8001, ge=0, le=65_535)
    """0 takes any free port; the ready line tells which."""
    data_dir: Path = Path(".conting/issuer")
    """Where its keys and its secret are made at the first start, and found again."""
    name: str = Field(default="Development issuer", max_length=40)
    uri: str = Field(default="", max_length=120)
    """Where the chain says that it is found; by default the address at which it listens."""
    notice: int = Field(default=DAY, ge=HOUR, le=30 * DAY)
    """From the announcement of a re-binding to its effect."""
    cool_down: int = Field(default=DAY, ge=DAY, le=YEAR)
    """Between leaving a family and joining another."""
    valid_for: int = Field(default=YEAR, ge=HOUR)
    """How long persons and families are attested; half of it before the end they can be renewed."""
    asks_per_minute: int = Field(default=300, ge=1)
    """Of one network address."""

    @property
    def passkeys(self) -> PasskeyRules:
        """Whose passkeys count."""
        return PasskeyRules.of(self.domain, self.passkey_origins)

    @model_validator(mode="after")
    def _is_for_development(self) -> Self:
        if self.env != "development":
            raise ValueError(
                "the development issuer believes what it is told, and runs with "
                "CONTING_ENV=development only; in production an event names an issuer that does not"
            )
        return self
