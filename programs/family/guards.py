"""Checks that several instructions share."""

from seahorse.prelude import Array, Clock, Signer, i64, u8

from .errors import FamilyError
from .state import Family, Issuer, Person, Scheme

ZERO_TAIL = 32  # the byte of a device key that Ed25519 leaves zero
EVEN = 2  # first byte of a compressed point: the sign of its y
ODD = 3


def assert_device_key(scheme: Scheme, device: Array[u8, 33]) -> None:
    """An Ed25519 key ends with a zero; a compressed secp256r1 point starts with its sign."""
    if scheme == Scheme.ED25519:
        assert device[ZERO_TAIL] == 0, FamilyError.BAD_DEVICE_KEY
    else:
        assert device[0] == EVEN or device[0] == ODD, FamilyError.BAD_DEVICE_KEY


def assert_vouches(authority: Signer, issuer: Issuer, person: Person) -> None:
    """The issuer of this very person has signed."""
    assert issuer.authority == authority.key(), FamilyError.NOT_ISSUER
    assert person.issuer == issuer.key(), FamilyError.OTHER_ISSUER


def assert_self(wallet: Signer, person: Person) -> None:
    """The wallet has signed, and nobody else vouches for this person."""
    assert person.wallet == wallet.key(), FamilyError.NOT_YOUR_PERSON
    assert person.issuer == wallet.key(), FamilyError.NOT_SELF_ATTESTED


def assert_answers_for(authority: Signer, issuer: Issuer, family: Family) -> None:
    """The issuer of this very family has signed, and has not revoked it."""
    assert issuer.authority == authority.key(), FamilyError.NOT_ISSUER
    assert family.issuer == issuer.key(), FamilyError.OTHER_ISSUER
    assert not family.revoked, FamilyError.REVOKED


def assert_extends(valid_until: i64, old: i64, clock: Clock) -> None:
    """An attestation ends when it was said to end, or later; never earlier without a revocation."""
    assert valid_until > clock.unix_timestamp(), FamilyError.BAD_VALIDITY
    assert valid_until > old, FamilyError.BAD_VALIDITY
