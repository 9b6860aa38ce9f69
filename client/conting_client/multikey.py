"""Public keys as Multikey texts, as W3C's Controlled Identifiers has them.

`z` for base58btc, then a prefix that names the kind of key, then the key: 32 bytes of Ed25519, 33
compressed ones of P-256. Checked against the vectors of did:key.
"""

from typing import Final

from solders.pubkey import Pubkey

from conting_client import _base58
from conting_client._errors import MalformedDid, MalformedPass
from conting_client.device_keys import P256_KEY_SIZE, DevicePublicKey, P256Key

BASE58: Final = "z"
ED25519: Final = b"\xed\x01"
P256: Final = b"\x80\x24"
LONGEST: Final = 64  # characters of a key of either kind, and more


def multikey(key: DevicePublicKey) -> str:
    """The text of a key."""
    prefix = P256 if isinstance(key, P256Key) else ED25519
    return BASE58 + _base58.encode(prefix + bytes(key))


def parse_multikey(text: str) -> DevicePublicKey:
    """The key of a text. Raises MalformedDid."""
    if not text.startswith(BASE58) or len(text) > LONGEST:
        raise MalformedDid("this is no Multikey in base58")
    try:
        octets = _base58.decode(text[1:])
        prefix, key = octets[:2], octets[2:]
        if prefix == P256 and len(key) == P256_KEY_SIZE:
            return P256Key(key)
        if prefix == ED25519:
            return Pubkey.from_bytes(key)
    except (MalformedPass, ValueError):
        pass
    raise MalformedDid("this is no Multikey of Ed25519 or P-256")
