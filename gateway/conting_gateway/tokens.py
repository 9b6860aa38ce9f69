"""Short texts that only this gateway can have written: `kind.key.field….mac`.

Keyed BLAKE2b over everything before the MAC. The key id lets a key be changed while tokens of the
one before are still read. Fields are numbers, hex or base58, so the dot is free as separator.
"""

import functools
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["session", "place", "admission", "issuer"]

MAC_BYTES = 16
KEY_ID_BYTES = 4


class ForgedTokenError(ValueError):
    """The text was not written by this gateway, or is of another kind."""


@dataclass(frozen=True, slots=True)
class TokenKeys:
    """The key that signs, and all that are still read, by id."""

    current: str
    keys: dict[str, bytes]

    @classmethod
    def from_secrets(cls, current: bytes, *previous: bytes) -> "TokenKeys":
        """Names each secret by a hash of it; the first one signs."""
        return cls(_key_id(current), {_key_id(key): key for key in (current, *previous)})

    def mint(self, kind: Kind, *fields: str) -> str:
        """A token of `fields`, in this order."""
        body = ".".join((kind, self.current, *fields))
        return f"{body}.{_mac(self.keys[self.current], body)}"

    def read(self, kind: Kind, token: str) -> Sequence[str]:
        """The fields of a token; ForgedTokenError if any part of it is not ours."""
        body, _, mac = token.rpartition(".")
        fields = body.split(".")
        key = self.keys.get(fields[1]) if len(fields) > 2 and fields[0] == kind else None  # noqa: PLR2004 kind, key id, fields
        if key is not None and token.isascii() and hmac.compare_digest(_mac(key, body), mac):
            return fields[2:]
        raise ForgedTokenError("this token was not made by this gateway")


def _key_id(key: bytes) -> str:
    return hashlib.blake2b(key, digest_size=KEY_ID_BYTES, person=b"conting key id").hexdigest()


@functools.lru_cache(maxsize=8)
def _keyed(key: bytes) -> hashlib.blake2b:
    """Copying a hash that has its key costs half of making one."""
    return hashlib.blake2b(key=key[:64], digest_size=MAC_BYTES)


def _mac(key: bytes, body: str) -> str:
    hashed = _keyed(key).copy()
    hashed.update(body.encode())
    return hashed.hexdigest()
