"""Secrets in the system's keychain, read through the library `keyring` where a setting names one.

An entry is named `keychain:SERVICE/NAME`: what `keyring set SERVICE NAME` has put there.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Self

PREFIX = "keychain:"


class KeychainError(ValueError):
    """The keychain does not tell an entry; says why."""


@dataclass(frozen=True, slots=True)
class KeychainEntry:
    """Names a secret; `service` has no slash in it."""

    service: str
    name: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `keychain:SERVICE/NAME`. Raises ValueError."""
        service, _, name = text.removeprefix(PREFIX).partition("/")
        if not (text.startswith(PREFIX) and service and name):
            raise ValueError(f"an entry of the keychain is written {PREFIX}SERVICE/NAME")
        return cls(service, name)

    def __str__(self) -> str:
        return f"{PREFIX}{self.service}/{self.name}"

    def read(self) -> str:
        """The secret, as it is now; may wait for who has to unlock it. Raises KeychainError."""
        try:
            keyring = import_module("keyring")
        except ImportError:
            raise KeychainError("the keychain needs: pip install 'conting[keychain]'") from None
        try:
            found: str | None = keyring.get_password(self.service, self.name)
        except keyring.errors.NoKeyringError:
            raise KeychainError("this machine has no keychain that `keyring` can use") from None
        except Exception as error:  # noqa: BLE001 each system's keychain fails in ways of its own
            raise KeychainError(f"the keychain does not answer: {error!r}") from None
        if found is None:
            raise KeychainError(
                f"the keychain has no such entry; `keyring set {self.service} {self.name}` makes it"
            )
        return found
