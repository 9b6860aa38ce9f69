"""Guards that no story of the other tests runs into: bounds, times, whose an account is."""

from typing import Final

import pytest
from conting_client.generated import family, raffle, ticket
from conting_client.rules import Changes
from solders.instruction import Instruction
from solders.pubkey import Pubkey

from tests.programs.draws import INCINERATOR, Lots, Party
from tests.programs.every import EVERY
from tests.programs.family_calls import Stage
from tests.programs.people import COOL_DOWN, DAY, NOTICE, YEAR
from tests.programs.raffles import bazaar
from tests.programs.shows import CLOSES, ENDS, LAST_CALL, OPENS, PRICE, Show, put_coin, show
from tests.programs.test_ticket_cases import SEAT, WINDOW, Court
from tests.programs.test_ticket_closing import CLOSE
from tests.programs.test_ticket_coins import give_back as give_coins_back
from tests.programs.test_ticket_coins import refund as refund_coins
from tests.programs.test_ticket_coins import withdrawal as withdraw_coins
from tests.programs.test_ticket_endings import finish, give_back
from tests.programs.test_ticket_help import Help, buying
from tests.programs.test_ticket_late import DISPUTE
from tests.programs.world import World, refused, swapped

NOTHING: Final = ticket.PROGRAM_ID
"""In the place of an account that may be left out."""
WINDOWS: Final[list[tuple[Changes, Changes]]] = [
    ({"family_age": DAY}, {"family_age": DAY - 1}),
    ({"family_age": 365 * DAY}, {"family_age": 365 * DAY + 1}),
    ({"appeal_window": DAY}, {"appeal_window": DAY - 1}),
    ({"appeal_window": 30 * DAY}, {"appeal_window": 30 * DAY + 1}),
    ({"offer_window": 1_800}, {"offer_window": 1_799}),
    ({"offer_window": 3 * DAY}, {"offer_window": 3 * DAY + 1}),
    ({"cooling": 150}, {"cooling": 149}),
    ({"cooling": 216_000}, {"cooling": 216_001}),
    ({"registration_window": 1_500}, {"registration_window": 1_499}),
    ({"registration_window": 1_512_000}, {"registration_window": 1_512_001}),
]
"""The last that is allowed, and the first that is not."""
TIMES: Final[list[tuple[Changes, Changes]]] = [
    ({"dispute_until": ENDS + DAY}, {"dispute_until": ENDS + DAY - 1}),
    (
        {"dispute_until": ENDS + 90 * DAY, "close_from": ENDS + 90 * DAY},
        {"dispute_until": ENDS + 90 * DAY + 1, "close_from": ENDS + 91 * DAY},
    ),
    ({"close_from": DISPUTE}, {"close_from": DISPUTE - 1}),
    ({"close_from": DISPUTE + 365 * DAY}, {"close_from": DISPUTE + 365 * DAY + 1}),
]
NUMBERS: Final[list[tuple[Changes, Changes, str]]] = [
    ({"max_hops": 3}, {"max_hops": 4}, "BAD_HOPS"),
    ({"sessions": 1}, {"sessions": 0}, "NO_SUCH_SESSION"),
    ({"limit": 10}, {"limit": 11}, "BAD_LIMIT"),
    ({"limit": 1}, {"limit": 0}, "BAD_LIMIT"),
]
BOUNDS: Final = [
    *((good, bad, "BAD_WINDOW") for good, bad in WINDOWS),
    *((good, bad, "BAD_TIMES") for good, bad in TIMES),
    *NUMBERS,
]


def test_rules_at_their_bounds() -> None:
    world = World()
    for number, (good, bad, error) in enumerate(BOUNDS):
        on = Show(world, number)
        refused(on.by_organiser(on.create(**bad)), error)
        world.must(on.by_organiser(on.create(**good)))


@pytest.mark.slow
def test_sections_at_their_bounds() -> None:
    on = Show(World())
    on.world.must(on.by_organiser(on.create()))
    first = on.add_section()
    long = bytes(first.data)[: -len("Floor") - 4] + (41).to_bytes(4, "little") + b"x" * 41
    refused(on.by_organiser(Instruction(first.program_id, long, first.accounts)), "TEXT_TOO_LONG")
    for index in range(64):
        on.world.must(on.by_organiser(on.add_section(index, seats=1)))
    refused(on.by_organiser(on.add_section(64)), "TOO_MANY_SECTIONS")
    assert on.read_event().sections == 64


def test_a_draw_of_three_seats() -> None:
    """The largest group could not sit together."""
    lots = Lots(seats=3, opened=False)
    refused(lots.on.by_organiser(lots.opening()), "NO_SEATS")


# Times


def test_when_groups_are_made_and_joined() -> None:
    lots = Lots(early=True)
    on = lots.on
    party = Party([on.fan()])
    (human,) = party.members
    make, signers = lots.making(party), [human.wallet, on.admission]
    lots.world.at(OPENS - 1)
    refused(lots.world.send(make, by=human.wallet), "SALE_NOT_OPEN")
    lots.world.at(OPENS)
    lots.world.must(lots.world.send(make, by=human.wallet))
    join = lots.joining(party, human)
    cheap = bytes(join.data)[:-8] + (PRICE - 1).to_bytes(8, "little")
    refused(
        lots.world.send(Instruction(join.program_id, cheap, join.accounts), by=signers),
        "PRICE_ABOVE_LIMIT",
    )
    lots.world.at(CLOSES)
    refused(lots.world.send(join, by=signers), "SALE_CLOSED")


def helped(on: Show) -> Help:
    return Help(on, on.fan(), on.fan()).granted()


def test_when_a_helper_buys() -> None:
    on = Show(World())
    on.world.must(on.by_organiser(on.create()))
    on.world.must(on.by_organiser(on.add_section()))
    help_ = helped(on)
    on.world.at(OPENS - 1)
    assert help_.buy(SEAT) == "SALE_NOT_OPEN"
    on.world.at(OPENS)
    assert help_.buy(100) == "NO_SUCH_SEAT"
    call = buying(on, help_.owner, help_.helper, SEAT)
    cheap = bytes(call.data)[:-8] + (PRICE - 1).to_bytes(8, "little")
    signers = [help_.helper.wallet, on.admission]
    less = Instruction(call.program_id, cheap, call.accounts)
    refused(on.world.send(less, by=signers), "PRICE_ABOVE_LIMIT")
    on.world.at(CLOSES)
    assert help_.buy(SEAT) == "SALE_CLOSED"


def test_a_helper_and_seats_that_are_drawn() -> None:
    assert helped(Lots().on).buy(0) == "NOT_ON_SALE"


@pytest.mark.parametrize("name", ["close_draw", "close_section"])
def test_closing_before_the_end(name: str) -> None:
    moment = EVERY[f"ticket.{name}"]()
    later = moment.world.now
    moment.world.at(CLOSE - 1)
    refused(moment.send(moment.instruction), "TOO_EARLY")
    moment.world.at(later)
    moment.world.must(moment.send(moment.instruction))


# Whose accounts


@pytest.mark.attack
def test_a_lost_bond_to_somebody_else() -> None:
    moment = EVERY["ticket.close_draw"]()
    forged = swapped(moment.instruction, INCINERATOR, moment.stranger.pubkey())
    refused(moment.send(forged), "WRONG_INCINERATOR")


@pytest.mark.attack
def test_counting_down_somebody_elses_tickets() -> None:
    """The money goes to the right one, but another could then hold one ticket more."""
    court = Court().accused()
    other = court.on.sell(SEAT + 1)
    mine, theirs = court.on.holding(court.holder), court.on.holding(other)
    court.world.wait(WINDOW)
    assert court.send(swapped(finish(court), mine, theirs)) == "WRONG_PERSON"
    court.world.must(court.on.cancel())
    back = give_back(court.on, SEAT + 1)
    assert court.send(swapped(back, theirs, mine)) == "WRONG_PERSON"
    lots = Lots()
    ann, ben = lots.party(), lots.party()
    lots.world.must(lots.on.cancel())
    first, second = (lots.on.holding(each.members[0]) for each in (ann, ben))
    forged = swapped(lots.taking_back(ann, ann.members[0]), first, second)
    refused(lots.world.send(forged, by=lots.world.actor()), "WRONG_PERSON")


@pytest.mark.attack
def test_money_that_is_left_out() -> None:
    """An event that is paid in tokens, and an instruction that names no till, or no purse."""
    world = World()
    on = show(world, coin=put_coin(world))
    fan = on.sell(SEAT)
    court = Court(on, seat=SEAT + 1).accused()
    world.wait(WINDOW)
    back = refund_coins(on, SEAT)
    for place in (on.till, on.purse(fan.wallet.pubkey())):
        refused(world.send(swapped(back, place, NOTHING), by=fan.wallet), "WRONG_PAYMENT")
    refused(world.send(finish(court), by=world.actor()), "WRONG_PAYMENT")
    world.must(on.cancel())
    for place in (on.till, on.purse(fan.wallet.pubkey())):
        forged = swapped(give_coins_back(on, SEAT), place, NOTHING)
        refused(world.send(forged, by=world.actor()), "WRONG_PAYMENT")


@pytest.mark.attack
def test_a_deposit_that_is_left_out() -> None:
    world = World()
    lots = Lots(world=world, coin=put_coin(world))
    party = lots.party(2, joined=1)
    human = party.members[0]
    for place in (lots.on.till, lots.on.purse(human.wallet.pubkey())):
        forged = swapped(lots.leaving(party, human), place, NOTHING)
        refused(world.send(forged, by=human.wallet), "WRONG_PAYMENT")
    world.must(world.send(lots.leaving(party, human), by=human.wallet))


@pytest.mark.attack
def test_a_till_that_is_left_out() -> None:
    """The event is closed together with its till, or not at all."""
    world = World()
    on = Show(world, coin=put_coin(world))
    world.must(on.by_organiser(on.create()))
    world.must(on.open_till())
    world.at(CLOSE + LAST_CALL)
    key = on.organiser.pubkey()
    for till in (None, on.purse(key)):
        call = ticket.close_event(organiser=key, event=on.event, till=till)
        refused(on.by_organiser(call), "WRONG_PAYMENT")
    world.must(on.by_organiser(ticket.close_event(organiser=key, event=on.event, till=on.till)))


@pytest.mark.attack
def test_proceeds_into_somebody_elses_purse() -> None:
    """The organiser has signed what mallory has put together."""
    world = World()
    on = show(world, coin=put_coin(world))
    on.sell(SEAT)
    world.at(DISPUTE)
    mine, theirs = on.purse(on.organiser.pubkey()), on.purse(world.actor().pubkey())
    refused(on.by_organiser(swapped(withdraw_coins(on), mine, theirs)), "WRONG_PAYER")


# family and raffle


def test_families_that_are_none() -> None:
    stage = Stage(World())
    desk = stage.office

    def found(family_id: Pubkey, valid_until: int) -> str:
        call = family.found_family(
            authority=desk.authority.pubkey(),
            guardian=stage.wallet.pubkey(),
            issuer=desk.issuer,
            family_id=family_id,
            valid_until=valid_until,
        )
        return stage.world.send(call, by=[desk.authority, stage.wallet]).error

    now = stage.world.now
    assert found(Pubkey.default(), now + YEAR) == "BAD_NULLIFIER"
    assert found(Pubkey(b"\1" * 32), now) == "BAD_VALIDITY"
    assert found(Pubkey(b"\1" * 32), now + 1) == ""


def test_rules_that_an_issuer_cannot_turn_to() -> None:
    stage = Stage(World())
    desk = stage.office

    def update(notice: int, cool_down: int) -> str:
        key = desk.authority.pubkey()
        call = family.update_issuer(
            authority=key,
            successor=key,
            issuer=desk.issuer,
            help_desk=desk.help_desk.pubkey(),
            notice=notice,
            cool_down=cool_down,
        )
        return stage.world.send(call, by=desk.authority).error

    for notice in (3_599, 30 * DAY + 1):
        assert update(notice, COOL_DOWN) == "BAD_NOTICE"
    for cool_down in (DAY - 1, 365 * DAY + 1):
        assert update(NOTICE, cool_down) == "BAD_COOL_DOWN"
    assert update(3_600, DAY) == update(30 * DAY, 365 * DAY) == ""


@pytest.mark.attack
def test_a_leaf_beside_the_tree() -> None:
    """Index 8 would be index 0 on every level above the first."""
    stage = Stage(World())
    call = stage.home.removal(stage.ann)
    data = bytearray(call.data)
    assert data[8] == stage.home.members[stage.ann.person].index
    data[8] += 8
    forged = Instruction(call.program_id, bytes(data), call.accounts)
    refused(stage.world.send(forged, by=stage.office.authority), "NO_SUCH_LEAF")


@pytest.mark.attack
def test_a_swap_under_a_nonce_of_choice() -> None:
    """Listing has this test; offering a swap reserves its escrow the same way."""
    on = bazaar(seats=2)
    one, two = on.minted(0), on.minted(1)
    seller = on.show.holders[0].wallet
    call = on.offer_swap(one, seller, two)
    nonce = bytes(call.data)[8:16]
    assert nonce == (1).to_bytes(8, "little")
    for wrong in (0, 2):
        escrow = raffle.escrow_address(mint=one.mint, nonce=wrong)
        accounts = swapped(call, raffle.escrow_address(mint=one.mint, nonce=1), escrow).accounts
        data = bytes(call.data)[:8] + wrong.to_bytes(8, "little") + bytes(call.data)[16:]
        forged = Instruction(call.program_id, data, accounts)
        refused(on.world.send(forged, by=seller), "STALE_NONCE")
