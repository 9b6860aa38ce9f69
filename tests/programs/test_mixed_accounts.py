"""Two events that are alike, and calls that take their accounts and signers from both of them."""

import random
from collections.abc import Iterator
from itertools import combinations

import pytest
from solders.instruction import AccountMeta, Instruction

from tests.programs.every import EVERY, Moment, with_double
from tests.programs.tampering import described

pytestmark = pytest.mark.attack
QUICK = frozenset({"ticket.take_back", "ticket.leave_waiting", "raffle.claim_prize"})
"""The others are tried in CI."""
CASES = [
    pytest.param(name, same_people, marks=[] if name in QUICK else pytest.mark.slow)
    for name in EVERY
    for same_people in (False, True)
    if not (same_people and name.startswith("family"))  # it knows no events
]
MOST = 150
"""Mixes of one instruction's accounts that are tried: where there are more, some of them."""
FREE = frozenset({
    "ticket.follow_person payer", "ticket.redraw payer", "raffle.mint_entry payer",
    "raffle.buy_entry buyer", "family.attest_person wallet", "family.announce_rebinding wallet",
    "family.update_issuer successor", "family.found_family guardian",
    "family.renew_family guardian",
})  # fmt: skip
"""Who pays for what is public, buys what is for sale, or was chosen by an issuer who signs."""
NOT_READ = frozenset({"ticket.redraw after"})
"""Where all places were in time, there is none after the last."""
Mix = frozenset[int]


def mixes(places: list[int], name: str) -> Iterator[Mix]:
    """Which accounts are the other event's: neither none nor all; first those with one or two
    strangers among them.
    """
    every = frozenset(places)
    few = [frozenset(each) for size in (1, 2) for each in combinations(places, size)]
    first = dict.fromkeys(mix for one in few for mix in (one, every - one) if mix)
    first.pop(every, None)
    yield from first
    chance = random.Random(name)
    for _ in range(min(MOST, 2 ** len(places)) - len(first)):
        mix = frozenset(each for each in places if chance.random() < 1 / 2)
        if mix and mix != every and mix not in first:
            yield mix


def mixed(moment: Moment, other: Moment, mix: Mix) -> Instruction:
    """The call, with these accounts of the other one."""
    metas = [
        AccountMeta(other.instruction.accounts[index].pubkey, meta.is_signer, meta.is_writable)
        if index in mix
        else meta
        for index, meta in enumerate(moment.instruction.accounts)
    ]
    return Instruction(moment.instruction.program_id, bytes(moment.instruction.data), metas)


@pytest.mark.parametrize(("name", "same_people"), CASES)
def test_accounts_of_two_events(
    name: str, monkeypatch: pytest.MonkeyPatch, *, same_people: bool
) -> None:
    """Whoever has to sign does, of both events; what belongs to both is done in neither."""
    moment, other = with_double(name, monkeypatch, same_people=same_people)
    mine, theirs = moment.instruction.accounts, other.instruction.accounts
    names = [each.name for each in described(moment.instruction).accounts]
    places = [i for i in range(len(names)) if mine[i].pubkey != theirs[i].pubkey]
    bound = {i for i in places if f"{name} {names[i]}" not in FREE | NOT_READ}
    keys = {each.pubkey(): each for each in (*moment.call.signers, *other.call.signers)}
    for mix in mixes(places, name):
        if not bound & mix or bound <= mix:
            continue
        call = mixed(moment, other, mix)
        metas = [meta for step in (*moment.before, call) for meta in step.accounts]
        signing = {meta.pubkey for meta in metas if meta.is_signer}
        signers = tuple(each for key, each in keys.items() if key in signing)
        outcome = moment.send(*moment.before, call, signers=signers)
        assert not outcome.accepted, [names[index] for index in sorted(mix)]
    moment.world.must(moment.send(*moment.before, moment.instruction))
