"""A ticket passes on within a family: who may, when, and what it leaves."""

from dataclasses import dataclass, replace

import pytest
from conting_client.generated import family, ticket
from solders.account import Account
from solders.instruction import Instruction
from solders.pubkey import Pubkey

from tests.programs.people import DAY, Household, Human, Proof, household, office
from tests.programs.shows import FREEZE, LATER, OPENS, PRICE, Show, moved, show
from tests.programs.world import World, refused, unsigned

SEAT = 5
UNITS = 25_000  # compute units of a whole transaction
VALID_UNTIL_AT = 142  # of a Family


@dataclass
class Home:
    """An event that trusts an issuer, and a family of three, of whom the first has a ticket."""

    on: Show
    family: Household
    ann: Human
    ben: Human
    cid: Human

    @property
    def world(self) -> World:
        return self.on.world

    def transfer(self, by: Human, to: Human, **other: Pubkey) -> Instruction:
        proofs = self.family.proof(by), self.family.proof(to)
        return self.transfer_showing(proofs, by, to, **other)

    def transfer_showing(
        self, proofs: tuple[Proof, Proof], by: Human, to: Human, **other: Pubkey
    ) -> Instruction:
        memberships = [
            ticket.Membership(each.index, each.role, each.joined_at, each.salt, each.siblings)
            for each in proofs
        ]
        places = {
            "sender": by.wallet.pubkey(),
            "wallet": to.wallet.pubkey(),
            "sender_person": by.person,
            "person": to.person,
            "family": self.family.family,
            "event": self.on.event,
            "ticket": self.on.ticket_of(SEAT),
            "sender_holding": self.on.holding(by),
            "mint": self.on.mint(SEAT),
            "token": self.on.read_ticket(SEAT).token,
        }
        return ticket.family_transfer(
            **(places | other), sender_shows=memberships[0], shows=memberships[1]
        )

    def send(self, by: Human, to: Human, **other: Pubkey) -> str:
        call = self.transfer(by, to, **other)
        return self.world.send(call, by=[by.wallet, to.wallet]).error


def home(**changes: int) -> Home:
    world = World()
    post = office(world)
    ann, ben, cid = (post.person() for _ in range(3))
    family = household(post, ann, ben, cid)
    on = show(world, office=post, **changes)  # type: ignore[arg-type]
    on.sell(SEAT, ann)
    return Home(on, family, ann, ben, cid)


def test_a_transfer() -> None:
    here = home()
    world, on = here.world, here.on
    ann, ben = here.ann.wallet.pubkey(), here.ben.wallet.pubkey()
    had, money = world.lamports(ann), on.funds()
    place = on.read_ticket(SEAT).token
    call = here.transfer(here.ann, here.ben)
    outcome = world.must(world.send(call, by=[here.ben.wallet, here.ann.wallet]))
    assert outcome.units <= UNITS
    passed = on.read_ticket(SEAT)
    assert (passed.holder, passed.person, passed.hops) == (ben, here.ben.person, 1)
    assert (passed.paid_by, passed.price_paid, passed.token) == (ann, PRICE, place)
    assert world.lamports(ann) == had
    assert on.funds() == money
    counts = [world.read(ticket.Holding, on.holding(each)).count for each in (here.ann, here.ben)]
    assert counts == [0, 1]
    token = world.account(place)
    assert token is not None
    data = bytes(token.data)
    assert data[32:64] == bytes(ben)
    assert (int.from_bytes(data[64:72], "little"), data[108]) == (1, 2)  # one, frozen
    assert data[129:165] == b"\1\0\0\0" + bytes(on.event)  # who may close it


def test_who_has_received_gives_back_and_who_paid_gets_it() -> None:
    here = home()
    assert here.send(here.ann, here.ben) == ""
    on, world = here.on, here.world
    ann, ben = here.ann.wallet.pubkey(), here.ben.wallet.pubkey()
    place = on.read_ticket(SEAT).token
    rents = world.rent_of(on.mint(SEAT)) + world.rent_of(place)
    had = world.lamports(ann), world.lamports(ben)
    refund = ticket.refund(
        holder=ben,
        paid_by=ann,
        person=here.ben.person,
        event=on.event,
        section=on.section(),
        holding=on.holding(here.ben),
        ticket=on.ticket_of(SEAT),
        token=place,
    )
    outcome = world.must(world.send(refund, by=here.ben.wallet))
    assert world.lamports(ann) == had[0] + PRICE + rents
    assert world.lamports(ben) == had[1] - outcome.fee


def test_hops() -> None:
    here = home()
    assert here.send(here.ann, here.ben) == ""
    assert here.send(here.ben, here.cid) == "NO_HOPS_LEFT"
    none = home(max_hops=0)
    assert none.send(none.ann, none.ben) == "NO_HOPS_LEFT"


def test_not_from_the_freeze_on() -> None:
    here = home()
    here.world.at(FREEZE)
    assert here.send(here.ann, here.ben) == "TRANSFER_CLOSED"
    here = home()
    here.world.at(FREEZE - 1)
    assert here.send(here.ann, here.ben) == ""


def test_the_receivers_limit_holds() -> None:
    here = home(limit=1)
    here.on.sell(6, here.ben)
    assert here.send(here.ann, here.ben) == "LIMIT_REACHED"


def test_no_transfer_when_the_event_is_cancelled() -> None:
    here = home()
    here.world.must(here.on.cancel())
    assert here.send(here.ann, here.ben) == "EVENT_CANCELLED"


def test_a_tie_that_is_too_young() -> None:
    """Old enough is 14 days before the sale opened, by the issuer's word and by the member's."""
    world = World()
    post = office(world)
    ann, ben = post.person(), post.person()
    world.at(OPENS - 14 * DAY + 1)
    family = household(post, ann, ben)
    on = show(world, office=post)
    on.sell(SEAT, ann)
    late = Home(on, family, ann, ben, ben)
    assert late.send(ann, ben) == "FAMILY_TOO_YOUNG"


def test_an_event_without_an_issuer_knows_no_families() -> None:
    here = home()
    lone = show(here.world, number=8, times=LATER)
    fans = lone.sell(SEAT), lone.fan()
    proofs = here.family.proof(here.ann), here.family.proof(here.ben)
    alone = Home(lone, here.family, *fans, fans[1])
    call = alone.transfer_showing(proofs, *fans)
    refused(here.world.send(call, by=[each.wallet for each in fans]), "WRONG_ISSUER")


@pytest.mark.attack
def test_strangers_are_no_family() -> None:
    here = home()
    assert here.on.office is not None
    stranger = here.on.office.person()
    other = household(here.on.office, stranger)
    shown = here.family.proof(here.ann), other.proof(stranger)
    call = here.transfer_showing(shown, here.ann, stranger)
    refused(here.world.send(call, by=[here.ann.wallet, stranger.wallet]), "NOT_FAMILY")
    borrowed = here.family.proof(here.ann), here.family.proof(here.ben)
    call = here.transfer_showing(borrowed, here.ann, stranger)
    refused(here.world.send(call, by=[here.ann.wallet, stranger.wallet]), "NOT_FAMILY")


@pytest.mark.attack
def test_a_proof_with_one_thing_changed_is_none() -> None:
    here = home()
    good = here.family.proof(here.ann), here.family.proof(here.ben)
    first = good[1]
    for wrong in (
        replace(first, index=first.index ^ 1),
        replace(first, role=first.role + 1),
        replace(first, joined_at=first.joined_at - 1),
        replace(first, salt=bytes(32)),
        replace(first, siblings=(bytes(32), *first.siblings[1:])),
    ):
        call = here.transfer_showing((good[0], wrong), here.ann, here.ben)
        refused(here.world.send(call, by=[here.ann.wallet, here.ben.wallet]), "NOT_FAMILY")


@pytest.mark.attack
def test_a_family_that_is_none_any_more_passes_nothing_on() -> None:
    """One that its issuer has ended, and one that it has not attested again in time."""
    here = home()
    assert here.on.office is not None
    end = family.revoke_family(
        authority=here.on.office.authority.pubkey(),
        issuer=here.on.office.issuer,
        family=here.family.family,
    )
    here.world.must(here.world.send(end, by=here.on.office.authority))
    assert here.send(here.ann, here.ben) == "NOT_FAMILY"
    old = home()
    expire(old, at=old.world.now)
    assert old.send(old.ann, old.ben) == "NOT_FAMILY"
    expire(old, at=old.world.now + 1)
    assert old.send(old.ann, old.ben) == ""


def expire(here: Home, at: int) -> None:
    """As if the issuer had said so when it founded the family."""
    account = here.world.account(here.family.family)
    assert account is not None
    data = bytearray(account.data)
    data[VALID_UNTIL_AT : VALID_UNTIL_AT + 8] = at.to_bytes(8, "little")
    changed = Account(account.lamports, bytes(data), account.owner)
    here.world.svm.set_account(here.family.family, changed)


@pytest.mark.attack
def test_the_count_of_a_third() -> None:
    """Ann would hold one ticket more than is counted, and Cid one less."""
    here = home()
    here.on.sell(6, here.cid)
    other = here.on.holding(here.cid)
    assert here.send(here.ann, here.ben, sender_holding=other) == "WRONG_PERSON"


@pytest.mark.attack
def test_who_has_left_passes_nothing_on() -> None:
    here = home()
    here.world.must(here.world.send(here.family.removal(here.ben), by=here.on.office.authority))  # type: ignore[union-attr]
    assert here.send(here.ann, here.ben) == "NOT_FAMILY"


@pytest.mark.attack
def test_only_the_holder_passes_on_and_to_who_signs() -> None:
    here = home()
    here.on.sell(6, here.ben)
    assert here.send(here.ben, here.cid) == "WRONG_PERSON"
    named = here.send(
        here.ben, here.cid, sender_person=here.ann.person, sender_holding=here.on.holding(here.ann)
    )
    assert named == "WRONG_WALLET"
    own = here.transfer(here.ann, here.ann)
    refused(here.world.send(own, by=here.ann.wallet), "SAME_ACCOUNT_TWICE")
    unasked = unsigned(here.transfer(here.ann, here.ben), here.ben.wallet.pubkey())
    refused(here.world.send(unasked, by=here.ann.wallet), "NOT_SIGNER")


@pytest.mark.attack
def test_another_tickets_nft_does_not_move() -> None:
    here = home()
    here.on.sell(6, here.ann)
    other = here.on.token(6, here.ann.wallet.pubkey())
    assert here.send(here.ann, here.ben, token=other) == "WRONG_TICKET"
    assert here.send(here.ann, here.ben, mint=here.on.mint(6)) == "WRONG_TICKET"


# Following a person who was re-bound


def following(on: Show, old: Human, new: Human, payer: Pubkey, **other: Pubkey) -> Instruction:
    places = {
        "payer": payer,
        "person": new.person,
        "wallet": new.wallet.pubkey(),
        "event": on.event,
        "ticket": on.ticket_of(SEAT),
        "mint": on.mint(SEAT),
        "old_token": on.token(SEAT, old.wallet.pubkey()),
    }
    return ticket.follow_person(**(places | other))


def test_a_ticket_follows_its_person() -> None:
    here = home()
    on, world = here.on, here.world
    assert on.office is not None
    new = moved(world, on.office, here.ann)
    anybody = world.actor()
    had = world.lamports(anybody.pubkey())
    call = following(on, here.ann, new, anybody.pubkey())
    outcome = world.must(world.send(call, by=anybody))
    assert world.lamports(anybody.pubkey()) == had - outcome.fee
    there = on.read_ticket(SEAT)
    assert (there.holder, there.person, there.hops) == (new.wallet.pubkey(), new.person, 0)
    assert not world.exists(on.token(SEAT, here.ann.wallet.pubkey()))
    assert world.exists(on.token(SEAT, new.wallet.pubkey()))
    refused(world.send(call, by=anybody), "WRONG_OWNER")


@pytest.mark.attack
def test_a_sold_wallet_gives_nothing_back_and_passes_nothing_on() -> None:
    """The claw-back: from the re-binding on the old wallet is nobody's, followed or not."""
    here = home()
    on = here.on
    assert on.office is not None
    moved(here.world, on.office, here.ann)
    old = here.ann.wallet.pubkey()
    refund = ticket.refund(
        holder=old,
        paid_by=old,
        person=here.ann.person,
        event=on.event,
        section=on.section(),
        holding=on.holding(here.ann),
        ticket=on.ticket_of(SEAT),
        token=on.token(SEAT, old),
    )
    refused(here.world.send(refund, by=here.ann.wallet), "WRONG_WALLET")
    assert here.send(here.ann, here.ben) == "WRONG_WALLET"


@pytest.mark.attack
def test_a_ticket_follows_nobody_else() -> None:
    here = home()
    on, payer = here.on, here.cid.wallet
    assert on.office is not None
    stay = following(on, here.ann, here.ann, payer.pubkey())
    assert not here.world.send(stay, by=payer).accepted
    to_ben = following(on, here.ann, here.ben, payer.pubkey())
    refused(here.world.send(to_ben, by=payer), "WRONG_PERSON")
    new = moved(here.world, on.office, here.ann)
    to_thief = following(on, here.ann, new, payer.pubkey(), wallet=payer.pubkey())
    refused(here.world.send(to_thief, by=payer), "WRONG_WALLET")
