"""Attacks on the draw sale: each is refused by name, and changes nothing."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from conting_client.generated import ticket
from solders.pubkey import Pubkey

from tests.programs.draws import BOND, CLAIM, INCINERATOR, ROUND, SECRET, Lots, Party
from tests.programs.people import DAY, office
from tests.programs.shows import OPENS, PRICE, Show, moved
from tests.programs.test_draw_life import winning_seats
from tests.programs.world import SOL, World, refused, swapped

LONGEST_WAIT = 19_440_000
"""Slots: ninety days."""

pytestmark = pytest.mark.attack


@pytest.fixture
def lots() -> Lots:
    return Lots()


# The organiser


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"bond": SOL - 1}, "BAD_BOND"),
        ({"target_slot": 1}, "BAD_TARGET"),
        ({"target_slot": 2**40}, "BAD_TARGET"),
        ({"claim_window": DAY - 1}, "BAD_WINDOW"),
        ({"claim_window": 14 * DAY + 1}, "BAD_WINDOW"),
    ],
)
def test_terms_that_cheat(changes: dict[str, Any], error: str) -> None:
    world = World()
    on = Show(world)
    lots = _unopened(on)
    refused(on.by_organiser(lots.opening(**changes)), error)


@pytest.mark.parametrize(
    "changes", [{"bond": SOL, "claim_window": DAY}, {"claim_window": 14 * DAY}]
)
def test_terms_at_their_bounds(changes: dict[str, Any]) -> None:
    on = Show(World())
    lots = _unopened(on)
    on.world.must(on.by_organiser(lots.opening(**changes)))


@pytest.mark.parametrize("ahead", [1, LONGEST_WAIT])
def test_the_slots_that_a_draw_may_have(ahead: int) -> None:
    """The next one, and the last one; not the one before, and not the one after."""
    on = Show(World())
    lots = _unopened(on)
    wrong = ahead - 1 if ahead == 1 else ahead + 1
    refused(on.by_organiser(lots.opening(target_slot=on.world.slot + wrong)), "BAD_TARGET")
    on.world.must(on.by_organiser(lots.opening(target_slot=on.world.slot + ahead)))


def _unopened(on: Show) -> Lots:
    """A section in mode DRAW without its draw."""
    lots = object.__new__(Lots)  # without what opens the draw
    lots.world, lots.seats, lots.on = on.world, 20, on
    on.world.must(on.by_organiser(on.create()))
    on.world.must(on.by_organiser(lots.section_call()))
    lots.target = on.world.slot + 1_000
    return lots


def test_a_secret_chosen_when_the_sale_is_open() -> None:
    lots = _unopened(Show(World()))
    lots.world.at(OPENS)
    lots.target = lots.world.slot + 1_000
    refused(lots.on.by_organiser(lots.opening()), "SALE_STARTED")


def test_a_draw_of_a_section_on_open_sale() -> None:
    on = Show(World())
    lots = _unopened(on)
    on.world.must(on.by_organiser(on.add_section(1)))
    refused(on.by_organiser(lots.opening(section=on.section(1))), "NO_DRAW")


def test_another_opens_the_draw() -> None:
    on = Show(World())
    lots, mallory = _unopened(on), on.world.actor()
    call = lots.opening(organiser=mallory.pubkey())
    refused(on.world.send(call, by=mallory), "NOT_ORGANISER")


def test_a_commitment_to_no_secret() -> None:
    """Zeros stand for a secret that was not told: who commits to them loses the bond."""
    lots = _unopened(Show(World()))
    nothing = bytes(32)
    opening = lots.opening(commit=hashlib.sha256(nothing).digest())
    lots.world.must(lots.on.by_organiser(opening))
    lots.world.to_slot(lots.target + 2)
    refused(lots.world.send(lots.revealing(nothing), by=lots.world.actor()), "WRONG_SECRET")
    lots.world.to_slot(lots.target + ROUND + 2)
    lots.world.must(lots.world.send(lots.drawing(), by=lots.world.actor()))
    assert lots.world.lamports(INCINERATOR) == BOND


def test_one_draw_only(lots: Lots) -> None:
    lots.party()
    lots.drawn()
    for call in (lots.revealing(), lots.drawing()):
        refused(lots.world.send(call, by=lots.world.actor()), "DRAWN_ALREADY")
    lots.world.to_slot(lots.target + 3 * ROUND)
    refused(lots.world.send(lots.drawing(), by=lots.world.actor()), "DRAWN_ALREADY")


def test_draw_before_the_close(lots: Lots) -> None:
    lots.party()
    for slot in (lots.world.slot, lots.target - 1, lots.target):
        lots.world.to_slot(slot)
        for call in (lots.revealing(), lots.drawing()):
            refused(lots.world.send(call, by=lots.world.actor()), "TOO_EARLY")


def test_wrong_secret(lots: Lots) -> None:
    lots.party()
    lots.world.to_slot(lots.target + 2)
    secret = hashlib.sha256(b"another").digest()
    refused(lots.world.send(lots.revealing(secret), by=lots.on.organiser), "WRONG_SECRET")
    refused(lots.world.send(lots.revealing(bytes(32)), by=lots.on.organiser), "WRONG_SECRET")


def test_reveal_or_withhold(lots: Lots) -> None:
    """The organiser sees that the secret favours nobody dear, and keeps it: the bond burns, and the
    slot that decides instead was fixed before anybody could know.
    """
    lots.party()
    before = lots.world.lamports(lots.on.organiser.pubkey())
    lots.world.to_slot(lots.target + ROUND + 2)
    refused(lots.world.send(lots.revealing(), by=lots.on.organiser), "TOO_LATE")
    thief = swapped(
        lots.drawing(),
        Pubkey.from_string("1nc1nerator11111111111111111111111111111111"),
        lots.on.organiser.pubkey(),
    )
    refused(lots.world.send(thief, by=lots.world.actor()), "WRONG_INCINERATOR")
    lots.world.must(lots.world.send(lots.drawing(), by=lots.world.actor()))
    assert lots.read().drawn_slot == lots.target + ROUND
    fees = 5_000
    assert lots.world.lamports(lots.on.organiser.pubkey()) == before - fees
    assert lots.world.lamports(lots.draw) == lots.world.rent_of(lots.draw)
    assert BOND > 0


def test_the_last_slot_in_which_the_secret_is_told(lots: Lots) -> None:
    """Until then nobody draws without it, so nobody makes the organiser lose the bond."""
    lots.party()
    before = lots.world.lamports(lots.on.organiser.pubkey())
    lots.world.to_slot(lots.target + ROUND)
    refused(lots.world.send(lots.drawing(), by=lots.world.actor()), "TOO_EARLY")
    lots.world.must(lots.world.send(lots.revealing(), by=lots.world.actor()))
    assert (lots.read().drawn_slot, lots.read().secret) == (lots.target, SECRET)
    assert lots.world.lamports(lots.on.organiser.pubkey()) == before + BOND


def test_the_first_slot_in_which_the_secret_counts_no_more(lots: Lots) -> None:
    lots.party()
    lots.world.to_slot(lots.target + ROUND + 1)
    refused(lots.world.send(lots.revealing(), by=lots.on.organiser), "TOO_LATE")
    lots.world.must(lots.world.send(lots.drawing(), by=lots.world.actor()))
    assert lots.world.lamports(INCINERATOR) == BOND


@pytest.mark.parametrize("wait", [1, 2, 7, ROUND - 1, ROUND])
def test_waiting_for_a_better_slot(lots: Lots, wait: int) -> None:
    """Whenever in a round the draw is asked for, the same slot decides."""
    lots.party()
    lots.world.to_slot(lots.target + 2 * ROUND + wait)
    lots.world.must(lots.world.send(lots.drawing(), by=lots.world.actor()))
    assert lots.read().drawn_slot == lots.target + 2 * ROUND


def test_the_bond_to_another(lots: Lots) -> None:
    lots.party()
    lots.world.to_slot(lots.target + 2)
    mallory = lots.world.actor()
    stolen = swapped(lots.revealing(), lots.on.organiser.pubkey(), mallory.pubkey())
    refused(lots.world.send(stolen, by=mallory), "NOT_ORGANISER")


# Who enters


def test_joining_after_the_hash_is_known(lots: Lots) -> None:
    party = lots.party(2, joined=1)
    late = lots.on.fan()
    for slot in (lots.target, lots.target + 1):
        lots.world.to_slot(slot)
        refused(lots.join(party, party.members[1]), "TOO_LATE")
        refused(lots.world.send(lots.making(Party([late])), by=late.wallet), "TOO_LATE")
    lots.drawn()
    refused(lots.join(party, party.members[1]), "DRAWN_ALREADY")


def test_the_last_slot_before_the_hash(lots: Lots) -> None:
    party = lots.party(1, joined=0)
    lots.world.to_slot(lots.target - 1)
    lots.world.must(lots.join(party, party.members[0]))


def test_two_groups(lots: Lots) -> None:
    """Named in two groups, a person joins one."""
    ann, ben = lots.on.fan(), lots.on.fan()
    first, second = Party([ann]), Party([ben, ann])
    for party in (first, second):
        leader = party.members[0]
        lots.world.must(lots.world.send(lots.making(party), by=leader.wallet))
    lots.world.must(lots.join(first, ann))
    refused(lots.join(second, ann), "ENTERED_ALREADY")
    refused(lots.world.send(lots.making(Party([ann, ben])), by=ann.wallet), "NOT_EMPTY")


def test_more_tickets_than_the_limit() -> None:
    """Deposits count as tickets do."""
    lots = Lots(limit=1)
    world, on = lots.world, lots.on
    party = lots.party()
    lots.drawn()
    world.at(lots.read().claim_until)
    human = party.members[0]
    buy = world.send(on.buy(human, 3), by=[human.wallet, on.admission])
    refused(buy, "LIMIT_REACHED")
    world.must(lots.take_back(party, human))
    on.sell(3, human)


def test_joining_without_being_named(lots: Lots) -> None:
    party, mallory = lots.party(2, joined=1), lots.on.fan()
    refused(lots.join(party, mallory), "NOT_NAMED")


def test_without_the_gateway(lots: Lots) -> None:
    party = lots.party(1, joined=0)
    mallory = lots.world.actor()
    call = swapped(
        lots.joining(party, party.members[0]), lots.on.admission.pubkey(), mallory.pubkey()
    )
    refused(lots.world.send(call, by=[party.members[0].wallet, mallory]), "NOT_ADMITTED")


Names = Callable[[Party, Pubkey], list[Pubkey]]
NOBODY = Pubkey.default()
BAD: dict[str, Names] = {
    "leader missing": lambda party, other: [other, party.members[1].person, NOBODY, NOBODY],
    "twice": lambda party, _: [party.members[0].person] * 2 + [NOBODY] * 2,
    "gap": lambda party, other: [party.members[0].person, NOBODY, other, NOBODY],
    "more than said": lambda party, other: [*party.names[:2], other, NOBODY],
}


@pytest.mark.parametrize("how", BAD)
def test_stuffing_a_group(lots: Lots, how: str) -> None:
    party = Party([lots.on.fan(), lots.on.fan()])
    names = BAD[how](party, lots.on.fan().person)
    call = lots.making(party, names)
    refused(lots.world.send(call, by=party.members[0].wallet), "BAD_GROUP")


@pytest.mark.parametrize(("size", "named"), [(0, 1), (1, 2), (3, 2), (5, 4)])
def test_a_group_of_another_size_than_it_names(lots: Lots, size: int, named: int) -> None:
    party = Party([lots.on.fan() for _ in range(named)])
    leader = party.members[0]
    call = ticket.make_group(
        wallet=leader.wallet.pubkey(),
        person=leader.person,
        event=lots.on.event,
        draw=lots.draw,
        size=size,
        members=party.names,
    )
    refused(lots.world.send(call, by=leader.wallet), "BAD_GROUP")


def test_leaving_a_group_that_takes_part(lots: Lots) -> None:
    party = lots.party(2)
    human = party.members[1]
    refused(lots.world.send(lots.leaving(party, human), by=human.wallet), "GROUP_COMPLETE")


def test_leaving_for_another(lots: Lots) -> None:
    party = lots.party(3, joined=2)
    ann, ben, _ = party.members
    call = swapped(lots.leaving(party, ben), lots.bid(ben), lots.bid(ann))
    refused(lots.world.send(call, by=ben.wallet), "WRONG_PERSON")


def test_a_group_closed_before_its_leader_is_in(lots: Lots) -> None:
    """Made alone it can be closed by anybody; made and joined at once, as orders do, it cannot."""
    party, bot = Party([lots.on.fan(), lots.on.fan()]), lots.world.actor()
    leader = party.members[0]
    call = ticket.close_group(
        rent_to=leader.wallet.pubkey(),
        event=lots.on.event,
        draw=lots.draw,
        group=lots.group(party),
    )
    lots.world.must(lots.world.send(lots.making(party), by=leader.wallet))
    lots.world.must(lots.world.send(call, by=bot))
    both = [lots.making(party), lots.joining(party, leader)]
    lots.world.must(lots.world.send(*both, by=[leader.wallet, lots.on.admission]))
    refused(lots.world.send(call, by=bot), "NOT_LAST")
    lots.world.must(lots.join(party, party.members[1]))
    assert lots.read_group(party).complete


# Seats and deposits


def _outcome(lots: Lots) -> tuple[list[tuple[Party, int]], list[Party]]:
    parties = [lots.party() for _ in range(6)]
    lots.drawn()
    found = list(winning_seats(lots, parties))
    winners = [(party, seat) for party, seat in found if seat is not None]
    return winners, [party for party, seat in found if seat is None]


@pytest.fixture
def few() -> Lots:
    """Four seats, and six who want them."""
    return Lots(seats=4)


def test_claiming_twice(few: Lots) -> None:
    [(party, seat), *_], _ = _outcome(few)
    human = party.members[0]
    few.world.must(few.claim(party, human, seat))
    refused(few.claim(party, human, seat), "WRONG_OWNER")
    refused(few.take_back(party, human), "WRONG_OWNER")


def test_claiming_as_loser(few: Lots) -> None:
    _, [party, *_] = _outcome(few)
    for seat in range(4):
        refused(few.claim(party, party.members[0], seat), "NOT_A_WINNER")


def test_claiming_another_seat(few: Lots) -> None:
    [(party, seat), (_, other), *_], _ = _outcome(few)
    refused(few.claim(party, party.members[0], other), "NO_SUCH_SEAT")
    assert seat != other


def test_claiming_with_anothers_bid(few: Lots) -> None:
    [(party, seat), *_], [loser, *_] = _outcome(few)
    mallory = loser.members[0]
    call = few.claiming(party, mallory, seat)
    forged = swapped(call, few.bid(mallory), few.bid(party.members[0]))
    refused(few.world.send(forged, by=mallory.wallet), "WRONG_PERSON")
    refused(few.world.send(call, by=mallory.wallet), "WRONG_GROUP")


def test_claiming_before_the_draw(few: Lots) -> None:
    party = few.party()
    refused(few.claim(party, party.members[0], 0), "NOT_DRAWN")


def test_a_group_that_was_not_complete(few: Lots) -> None:
    party = few.party(2, joined=1)
    few.drawn()
    refused(few.claim(party, party.members[0], 0), "NOT_A_WINNER")
    few.world.must(few.take_back(party, party.members[0]))


def test_deposit_taken_back_twice(few: Lots) -> None:
    _, [party, *_] = _outcome(few)
    human = party.members[0]
    few.world.must(few.take_back(party, human))
    refused(few.take_back(party, human), "WRONG_OWNER")


def test_deposit_to_another(few: Lots) -> None:
    _, [party, *_] = _outcome(few)
    mallory = few.world.actor()
    call = swapped(
        few.taking_back(party, party.members[0]),
        party.members[0].wallet.pubkey(),
        mallory.pubkey(),
    )
    refused(few.world.send(call, by=mallory), "WRONG_PAYER")


def test_winner_takes_the_deposit_and_the_seat(few: Lots) -> None:
    [(party, seat), *_], _ = _outcome(few)
    human = party.members[0]
    refused(few.take_back(party, human), "STILL_IN")
    few.world.wait(CLAIM)
    refused(few.claim(party, human, seat), "TOO_LATE")
    few.world.must(few.take_back(party, human))
    refused(few.claim(party, human, seat), "WRONG_OWNER")


def test_deposits_are_not_the_organisers(few: Lots) -> None:
    """They stay, however late they are fetched."""
    party = few.party()
    end = few.on.read_event().dispute_until
    few.world.at(end)
    call = ticket.withdraw(
        organiser=few.on.organiser.pubkey(), event=few.on.event, vault=few.on.vault
    )
    refused(few.on.by_organiser(call), "NOTHING_LEFT")
    assert few.on.funds() == PRICE
    few.world.must(few.take_back(party, party.members[0]))
    assert few.on.funds() == 0


def test_a_group_closed_while_it_counts(few: Lots) -> None:
    [(party, seat), *_], _ = _outcome(few)
    call = ticket.close_group(
        rent_to=party.members[0].wallet.pubkey(),
        event=few.on.event,
        draw=few.draw,
        group=few.group(party),
    )
    refused(few.world.send(call, by=few.world.actor()), "NOT_LAST")
    few.world.must(few.claim(party, party.members[0], seat))
    refused(few.world.send(call, by=few.world.actor()), "TOO_EARLY")


def test_a_sold_account_claims_nothing() -> None:
    """The person was clawed back to a new wallet: that claims, the old one does not."""
    world = World()
    desk = office(world)
    lots = Lots(world=world, seats=4, office=desk)
    party = lots.party()
    old = party.members[0]
    new = moved(world, desk, old)
    lots.drawn()
    [(_, seat)] = list(winning_seats(lots, [party]))
    assert seat is not None
    refused(lots.claim(party, old, seat), "WRONG_WALLET")
    call = swapped(lots.claiming(party, new, seat), new.wallet.pubkey(), new.wallet.pubkey())
    theirs = ticket.claim_seat(
        wallet=new.wallet.pubkey(),
        paid_by=old.wallet.pubkey(),
        person=new.person,
        event=lots.on.event,
        section=lots.on.section(),
        group=lots.group(party),
        seat=seat,
    )
    refused(world.send(call, by=new.wallet), "WRONG_PAYER")
    world.must(world.send(theirs, by=new.wallet))
    assert lots.on.read_ticket(seat).holder == new.wallet.pubkey()


def test_accounts_of_another_draw() -> None:
    world = World()
    other = Lots(world=world, number=8, early=True)
    lots = Lots(world=world)
    party = lots.party(1, joined=0)
    human = party.members[0]
    call = lots.joining(party, human)
    signers = [human.wallet, lots.on.admission]
    wrong = swapped(call, lots.draw, other.draw)
    refused(lots.world.send(wrong, by=signers), "WRONG_SECTION")
    wrong = swapped(call, lots.on.vault, other.on.vault)
    refused(lots.world.send(wrong, by=signers), "WRONG_EVENT")
