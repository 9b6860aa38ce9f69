"""Attacks that are tried on every instruction of all programs: somebody else signs, money lies
where an account will be, a closed account is filled again, everything is sent twice at once, an
account is the right one of another event.
"""

import pytest
from conting_compiler.ir.typesystem import EmptyT, SignerT
from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey
from solders.system_program import TransferParams, transfer

from tests.programs.every import EVERY, Moment, with_double
from tests.programs.tampering import described
from tests.programs.world import refused, swapped

pytestmark = pytest.mark.attack
QUICK = frozenset({"ticket.take_back", "ticket.revoke_gate", "raffle.buy_entry"})
"""The others are tried in CI."""
NAMES = [pytest.param(n, marks=[] if n in QUICK else pytest.mark.slow) for n in EVERY]
ANYBODY = frozenset({
    "ticket.follow_person payer", "ticket.redraw payer", "raffle.buy_entry buyer",
})  # fmt: skip
"""Who pays for what is public, or buys what is for sale."""
CHOSEN = frozenset({
    "family.attest_person wallet", "family.announce_rebinding wallet",
    "family.update_issuer successor", "family.found_family guardian",
    "family.renew_family guardian",
})  # fmt: skip
"""Whom the issuer, who signs too, has chosen."""
AGAIN = frozenset({"ticket.revoke_gate", "ticket.rotate_admission", "family.shorten_rebinding"})
"""What changes nothing the second time."""
STRANGERS = frozenset({
    "NOT_ORGANISER", "NOT_ADMITTED", "NOT_ARBITER", "NOT_YOUR_TICKET", "NOT_YOUR_ENTRY",
    "NOT_YOUR_PERSON", "NOT_ISSUER", "NOT_HELP_DESK", "NOT_GUARDIAN", "GATE_REVOKED",
    "WRONG_PAYER", "WRONG_WALLET", "WRONG_SELLER", "WRONG_SEEDS", "WRONG_PERSON",
    "REBINDING_PENDING",
})  # fmt: skip
"""What somebody else is told."""


ALONE = frozenset({
    "ticket.expire_offer ticket", "raffle.draw_without_secret raffle",
    "family.finish_rebinding person",
})  # fmt: skip
"""The only account of an instruction that anybody may send about any of them."""
NOT_READ = frozenset({"ticket.redraw after"})
"""Where all places were in time, there is none after the last."""
RELATIONS = frozenset({
    "WRONG_EVENT", "WRONG_SEEDS", "WRONG_PAYER", "WRONG_TICKET", "WRONG_SECTION", "WRONG_SERIES",
    "WRONG_WALLET", "WRONG_PERSON", "WRONG_ENTRY", "WRONG_RAFFLE", "WRONG_DRAW", "WRONG_SELLER",
    "WRONG_GROUP", "WRONG_ESCROW", "WRONG_PAYMENT", "WRONG_ISSUER", "WRONG_FEE_ACCOUNT",
    "OTHER_ISSUER", "NOT_ORGANISER", "NOT_ISSUER", "NOT_YOUR_PERSON", "NOT_ADMITTED",
    "NOT_ARBITER",
})  # fmt: skip
"""How an account is called that belongs to something else."""


def gift(moment: Moment, to: Pubkey, lamports: int) -> Instruction:
    return transfer(
        TransferParams(from_pubkey=moment.stranger.pubkey(), to_pubkey=to, lamports=lamports)
    )


@pytest.mark.parametrize("name", NAMES)
def test_somebody_else_signs(name: str) -> None:
    """In the place of each who has to: a good signature, of the wrong person."""
    moment = EVERY[name]()
    for index, account in enumerate(described(moment.instruction).accounts):
        if not isinstance(account.type, SignerT):
            continue
        known = moment.instruction.accounts[index].pubkey
        other = moment.world.actor()
        forged = swapped(moment.instruction, known, other.pubkey())
        signers = (other, *(each for each in moment.call.signers if each.pubkey() != known))
        outcome = moment.send(*moment.before, forged, signers=signers)
        if f"{name} {account.name}" in ANYBODY | CHOSEN:
            assert outcome.accepted, outcome.error
            moment = EVERY[name]()
        else:
            assert outcome.error in STRANGERS, f"{account.name}: {outcome.error!r}"


@pytest.mark.parametrize("name", NAMES)
def test_money_where_accounts_will_be(name: str) -> None:
    """Anybody can send lamports to an address that is known beforehand; it stops nothing."""
    moment = EVERY[name]()
    least = moment.world.svm.minimum_balance_for_rent_exemption(0)
    for index, account in enumerate(described(moment.instruction).accounts):
        place = moment.instruction.accounts[index].pubkey
        if isinstance(account.type, EmptyT) and not moment.world.exists(place):
            moment.world.must(moment.send(gift(moment, place, least), signers=()))
    moment.world.must(moment.send(*moment.before, moment.instruction))


@pytest.mark.parametrize("name", NAMES)
def test_twice_at_once(name: str) -> None:
    """In one transaction; accounts that the first closes are given lamports before the second."""
    moment = EVERY[name]()
    call = (*moment.before, moment.instruction)
    outcome = moment.send(*call, *call)
    assert outcome.accepted == (name in AGAIN), outcome.error
    if outcome.accepted:
        return
    places = [meta.pubkey for meta in moment.instruction.accounts if meta.is_writable]
    there = [each for each in places if moment.world.exists(each)]
    moment.world.must(moment.send(*call))
    closed = [each for each in there if not moment.world.exists(each)]
    if closed:
        fresh = EVERY[name]()
        call = (*fresh.before, fresh.instruction)
        gifts = [gift(fresh, each, 10_000_000) for each in closed]
        refused(fresh.send(*call, *gifts, *call), "WRONG_OWNER")


@pytest.mark.parametrize("name", NAMES)
def test_an_account_of_another_event(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each account in turn is the one that stands in its place in the other event's call."""
    moment, other = with_double(name, monkeypatch)
    tried = 0
    for index, account in enumerate(described(moment.instruction).accounts):
        metas = list(moment.instruction.accounts)
        known, theirs = metas[index], other.instruction.accounts[index].pubkey
        what = f"{name} {account.name}"
        if isinstance(account.type, SignerT) or theirs == known.pubkey or what in ALONE | NOT_READ:
            continue
        metas[index] = AccountMeta(theirs, known.is_signer, known.is_writable)
        forged = Instruction(moment.instruction.program_id, bytes(moment.instruction.data), metas)
        outcome = moment.send(*moment.before, forged)
        assert outcome.error in RELATIONS, f"{account.name}: {outcome.error!r}"
        tried += 1
    assert tried or {each.split()[0] for each in ALONE} & {name}
    moment.world.must(moment.send(*moment.before, moment.instruction))
