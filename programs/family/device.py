"""What the public key of a device looks like."""

from seahorse.prelude import Array, u8

from .errors import FamilyError
from .state import Scheme

LAST = 32  # the byte of a device key that Ed25519 leaves zero
EVEN = 2  # first byte of a compressed point: the sign of its y
ODD = 3


def assert_key(scheme: Scheme, device: Array[u8, 33]) -> None:
    """An Ed25519 key ends with a zero; a compressed secp256r1 point starts with its sign."""
    if scheme == Scheme.ED25519:
        assert device[LAST] == 0, FamilyError.BAD_DEVICE_KEY
    else:
        assert device[0] == EVEN or device[0] == ODD, FamilyError.BAD_DEVICE_KEY
