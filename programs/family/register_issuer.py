"""Somebody who can tell persons apart offers to vouch for them."""

from seahorse.prelude import Empty, Pubkey, Signer, i64, instruction

from .errors import FamilyError
from .state import (
    LONGEST_COOL_DOWN,
    LONGEST_NOTICE,
    MAX_NAME,
    MAX_URI,
    SHORTEST_COOL_DOWN,
    SHORTEST_NOTICE,
    Issuer,
)


def assert_rules(authority: Pubkey, help_desk: Pubkey, notice: i64, cool_down: i64) -> None:
    """Two keys for what takes two signatures; periods in seconds, within this program's bounds."""
    assert help_desk != authority, FamilyError.BAD_HELP_DESK
    assert SHORTEST_NOTICE <= notice <= LONGEST_NOTICE, FamilyError.BAD_NOTICE
    assert SHORTEST_COOL_DOWN <= cool_down <= LONGEST_COOL_DOWN, FamilyError.BAD_COOL_DOWN


@instruction
def register_issuer(
    founder: Signer,
    issuer: Empty[Issuer],
    help_desk: Pubkey,
    notice: i64,
    cool_down: i64,
    name: str,
    uri: str,
) -> None:
    """Makes the issuer; the founder is its authority until that is handed on."""
    assert_rules(founder.key(), help_desk, notice, cool_down)
    assert len(name) <= MAX_NAME, FamilyError.TEXT_TOO_LONG
    assert len(uri) <= MAX_URI, FamilyError.TEXT_TOO_LONG

    issuer.init(
        payer=founder,
        founder=founder.key(),
        authority=founder.key(),
        help_desk=help_desk,
        notice=notice,
        cool_down=cool_down,
        name=name,
        uri=uri,
    )
