"""Booking for somebody else: grants, and what a helper can and cannot do with one."""

from dataclasses import dataclass

import pytest
from conting_client.generated import ticket
from solders.instruction import Instruction
from solders.pubkey import Pubkey

from tests.programs.people import DAY, Human
from tests.programs.shows import CLOSES, LATER, PRICE, Show, show
from tests.programs.test_ticket_late import rotation
from tests.programs.world import World, refused, swapped

FIRST_SECTION = 0b1
EXPIRES = CLOSES - DAY
BUY_UNITS = 60_000  # compute units of a whole transaction


def granting(on: Show, owner: Human, helper: Human, **changes: int) -> Instruction:
    """Two tickets of the first section at its price, until a day before the sale closes."""
    usual = {"max_price": PRICE, "sections": FIRST_SECTION, "count": 2, "expires": EXPIRES}
    asked = usual | changes
    return ticket.grant_help(
        owner=owner.wallet.pubkey(),
        person=owner.person,
        event=on.event,
        helper=helper.person,
        max_price=asked["max_price"],
        sections=asked["sections"],
        count=asked["count"],
        expires=asked["expires"],
    )


def grant_of(on: Show, owner: Human, helper: Human) -> Pubkey:
    return ticket.grant_address(event=on.event, person=owner.person, helper=helper.person)


def buying(on: Show, owner: Human, by: Human, seat: int, **other: Pubkey) -> Instruction:
    places = {
        "admission": on.admission.pubkey(),
        "payer": by.wallet.pubkey(),
        "helper": by.person,
        "wallet": owner.wallet.pubkey(),
        "person": owner.person,
        "event": on.event,
        "section": on.section(),
        "grant": grant_of(on, owner, by),
    }
    return ticket.buy_for(**(places | other), seat=seat, max_price=PRICE)


@dataclass
class Help:
    """Somebody who asked, and somebody who helps."""

    on: Show
    owner: Human
    helper: Human

    @property
    def world(self) -> World:
        return self.on.world

    def granted(self, **changes: int) -> "Help":
        call = granting(self.on, self.owner, self.helper, **changes)
        self.world.must(self.world.send(call, by=self.owner.wallet))
        return self

    def buy(self, seat: int, owner: Human | None = None, **other: Pubkey) -> str:
        call = buying(self.on, owner or self.owner, self.helper, seat, **other)
        return self.world.send(call, by=[self.helper.wallet, self.on.admission]).error


@pytest.fixture
def help_() -> Help:
    on = show()
    return Help(on, on.fan(), on.fan())


def test_a_grant(help_: Help) -> None:
    help_.granted()
    made = help_.world.read(ticket.Grant, grant_of(help_.on, help_.owner, help_.helper))
    assert (made.event, made.owner) == (help_.on.event, help_.owner.person)
    assert (made.helper, made.rent_to) == (help_.helper.person, help_.owner.wallet.pubkey())
    assert (made.count, made.max_price, made.sections) == (2, PRICE, FIRST_SECTION)
    assert made.expires == EXPIRES


def test_a_helper_pays_and_the_owner_holds(help_: Help) -> None:
    help_.granted()
    on, owner, helper = help_.on, help_.owner.wallet.pubkey(), help_.helper.wallet.pubkey()
    had, paid = help_.world.lamports(owner), help_.world.lamports(helper)
    call = buying(on, help_.owner, help_.helper, 5)
    outcome = help_.world.must(help_.world.send(call, by=[help_.helper.wallet, on.admission]))
    assert outcome.units <= BUY_UNITS
    sold = on.read_ticket(5)
    assert (sold.holder, sold.person) == (owner, help_.owner.person)
    assert (sold.paid_by, sold.rent_to, sold.price_paid) == (helper, helper, PRICE)
    assert help_.world.lamports(owner) == had
    assert help_.world.lamports(helper) < paid - PRICE
    holding = help_.world.read(ticket.Holding, on.holding(help_.owner))
    assert (holding.count, holding.rent_to) == (1, helper)
    assert not help_.world.exists(on.holding(help_.helper))
    grant = help_.world.read(ticket.Grant, grant_of(on, help_.owner, help_.helper))
    assert grant.count == 1
    assert help_.world.exists(on.token(5, owner))


def test_the_owner_gives_back_and_the_helper_gets_the_money(help_: Help) -> None:
    help_.granted()
    assert help_.buy(5) == ""
    on, helper = help_.on, help_.helper.wallet.pubkey()
    owner = help_.owner.wallet.pubkey()
    back, had = help_.world.lamports(helper), help_.world.lamports(owner)
    rents = sum(map(help_.world.rent_of, (on.mint(5), on.token(5, owner))))
    refund = ticket.refund(
        holder=owner,
        paid_by=helper,
        person=help_.owner.person,
        event=on.event,
        section=on.section(),
        holding=on.holding(help_.owner),
        ticket=on.ticket_of(5),
        token=on.token(5, owner),
    )
    outcome = help_.world.must(help_.world.send(refund, by=help_.owner.wallet))
    assert help_.world.lamports(helper) == back + PRICE + rents
    assert help_.world.lamports(owner) == had - outcome.fee


def test_a_grant_is_spent(help_: Help) -> None:
    help_.granted(count=1)
    assert [help_.buy(1), help_.buy(2)] == ["", "GRANT_SPENT"]


def test_the_limit_is_the_owners() -> None:
    on = show(limit=2)
    help_ = Help(on, on.fan(), on.fan()).granted()
    on.sell(7, help_.owner)
    assert [help_.buy(1), help_.buy(2)] == ["", "LIMIT_REACHED"]
    on.sell(3, help_.helper)
    on.sell(4, help_.helper)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"max_price": PRICE - 1}, "NOT_GRANTED"),
        ({"sections": 0b10}, "NOT_GRANTED"),
        ({"sections": 0}, "NOT_GRANTED"),
    ],
)
def test_what_the_grant_does_not_allow(help_: Help, changes: dict[str, int], error: str) -> None:
    assert help_.granted(**changes).buy(1) == error


def test_a_grant_expires(help_: Help) -> None:
    help_.granted()
    help_.world.at(EXPIRES - 1)
    assert help_.buy(1) == ""
    help_.world.at(EXPIRES)
    assert help_.buy(2) == "GRANT_EXPIRED"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"count": 0}, "BAD_LIMIT"),
        ({"count": 5}, "BAD_LIMIT"),
        ({"expires": 0}, "GRANT_EXPIRED"),
    ],
)
def test_grants_that_make_no_sense(help_: Help, changes: dict[str, int], error: str) -> None:
    call = granting(help_.on, help_.owner, help_.helper, **changes)
    refused(help_.world.send(call, by=help_.owner.wallet), error)


def test_a_grant_that_ends_now(help_: Help) -> None:
    owner, helper = help_.owner, help_.on.fan()
    over = granting(help_.on, owner, helper, expires=help_.world.now)
    refused(help_.world.send(over, by=owner.wallet), "GRANT_EXPIRED")
    lasting = granting(help_.on, owner, helper, expires=help_.world.now + 1)
    help_.world.must(help_.world.send(lasting, by=owner.wallet))


def test_nobody_helps_themselves(help_: Help) -> None:
    call = granting(help_.on, help_.owner, help_.owner)
    refused(help_.world.send(call, by=help_.owner.wallet), "WRONG_PERSON")


def test_revoking(help_: Help) -> None:
    help_.granted()
    owner = help_.owner.wallet.pubkey()
    grant = grant_of(help_.on, help_.owner, help_.helper)
    call = ticket.revoke_grant(owner=owner, person=help_.owner.person, grant=grant, rent_to=owner)
    thief = help_.helper
    stolen = swapped(call, owner, thief.wallet.pubkey())
    refused(help_.world.send(stolen, by=thief.wallet), "WRONG_WALLET")
    named = swapped(stolen, help_.owner.person, thief.person)
    refused(help_.world.send(named, by=thief.wallet), "WRONG_PERSON")
    turned = ticket.revoke_grant(
        owner=owner, person=help_.owner.person, grant=grant, rent_to=thief.wallet.pubkey()
    )
    refused(help_.world.send(turned, by=help_.owner.wallet), "WRONG_PAYER")
    had, rent = help_.world.lamports(owner), help_.world.rent_of(grant)
    outcome = help_.world.must(help_.world.send(call, by=help_.owner.wallet))
    assert help_.world.lamports(owner) == had + rent - outcome.fee
    assert help_.buy(1) == "WRONG_OWNER"


def test_a_helper_has_two_principals(help_: Help) -> None:
    """And may go on buying for these two, also by new grants."""
    others = [help_.on.fan() for _ in range(2)]
    help_.granted(count=1)
    for other in others:
        Help(help_.on, other, help_.helper).granted()
    assert help_.buy(1) == ""
    assert help_.buy(2, others[0]) == ""
    assert help_.buy(3, others[1]) == "TOO_MANY_PRINCIPALS"
    assert help_.buy(3, others[0]) == ""
    owner = help_.owner.wallet.pubkey()
    revoke = ticket.revoke_grant(
        owner=owner,
        person=help_.owner.person,
        grant=grant_of(help_.on, help_.owner, help_.helper),
        rent_to=owner,
    )
    help_.world.must(help_.world.send(revoke, by=help_.owner.wallet))
    help_.granted()
    assert help_.buy(4) == ""
    noted = ticket.helping_address(event=help_.on.event, helper=help_.helper.person)
    known = help_.world.read(ticket.Helping, noted)
    assert known.principals == (help_.owner.person, others[0].person)


@pytest.mark.attack
def test_anothers_grant_buys_nothing(help_: Help) -> None:
    help_.granted()
    thief, friend = help_.on.fan(), help_.on.fan()
    stolen = Help(help_.on, help_.owner, thief)
    grant = grant_of(help_.on, help_.owner, help_.helper)
    assert stolen.buy(1, grant=grant) == "NOT_GRANTED"
    assert stolen.buy(1, grant=grant, helper=help_.helper.person) == "WRONG_WALLET"
    for_friend = Help(help_.on, friend, help_.helper)
    assert for_friend.buy(1, grant=grant) == "WRONG_PERSON"


@pytest.mark.attack
def test_the_nft_goes_to_no_other_wallet(help_: Help) -> None:
    help_.granted()
    assert help_.buy(1, wallet=help_.helper.wallet.pubkey()) == "WRONG_WALLET"


@pytest.mark.attack
def test_a_helper_needs_the_gateway(help_: Help) -> None:
    help_.granted()
    call = buying(help_.on, help_.owner, help_.helper, 1, admission=help_.helper.wallet.pubkey())
    refused(help_.world.send(call, by=help_.helper.wallet), "NOT_ADMITTED")


@pytest.mark.attack
def test_a_grant_of_another_event(help_: Help) -> None:
    help_.granted()
    other = show(help_.world, number=8, times=LATER)
    help_.world.must(other.by_organiser(rotation(other, other.admission.pubkey())))
    grant = grant_of(help_.on, help_.owner, help_.helper)
    call = buying(other, help_.owner, help_.helper, 1, grant=grant)
    refused(help_.world.send(call, by=[help_.helper.wallet, other.admission]), "WRONG_EVENT")
