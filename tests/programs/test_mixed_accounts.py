"""Two events that are alike, and calls that take their accounts and signers from both of them."""

import pytest

from tests.programs.every import EVERY, Moment, with_double
from tests.programs.mixing import Asked, assert_none_is_accepted

pytestmark = pytest.mark.attack
QUICK = frozenset({"ticket.take_back", "ticket.leave_waiting", "raffle.claim_prize"})
"""The others are tried in CI."""
CASES = [
    pytest.param(name, same_people, marks=[] if name in QUICK else pytest.mark.slow)
    for name in EVERY
    for same_people in (False, True)
    if not (same_people and name.startswith("family"))  # it knows no events
]
FREE = {
    "ticket.follow_person": "payer",
    "ticket.redraw": "payer",
    "raffle.mint_entry": "payer",
    "raffle.buy_entry": "buyer",
    "family.attest_person": "wallet",
    "family.announce_rebinding": "wallet",
    "family.update_issuer": "successor",
    "family.found_family": "guardian",
    "family.renew_family": "guardian",
}
"""Who pays for what is public, buys what is for sale, or was chosen by an issuer who signs."""
NOT_READ = {"ticket.redraw": "after"}
"""Where all places were in time, there is none after the last."""


def asked(moment: Moment) -> Asked:
    return Asked(moment.instruction, moment.call.signers, moment.before)


@pytest.mark.parametrize(("name", "same_people"), CASES)
def test_accounts_of_two_events(
    name: str, monkeypatch: pytest.MonkeyPatch, *, same_people: bool
) -> None:
    """Whoever has to sign does, of both events; what belongs to both is done in neither."""
    moment, other = with_double(name, monkeypatch, same_people=same_people)
    free = frozenset({FREE.get(name, ""), NOT_READ.get(name, "")})
    assert_none_is_accepted(moment.world, asked(moment), asked(other), free)
    moment.world.must(moment.send(*moment.before, moment.instruction))
