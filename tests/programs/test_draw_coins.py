"""Draws and waiting lists of an event that is paid in tokens: no token comes, goes or waits
elsewhere than the books say.
"""

import pytest
from conting_client.generated import ticket
from solders.instruction import Instruction
from solders.pubkey import Pubkey

from tests.programs.draws import CLAIM, ROUND, Lots, Party
from tests.programs.people import Human
from tests.programs.shows import PRICE, Show, put_coin, put_purse, show
from tests.programs.test_draw_life import winning_seats
from tests.programs.test_ticket_coins import give_back, withdrawal
from tests.programs.test_ticket_late import DISPUTE
from tests.programs.waits import COOLING, OFFER, REGISTRATION, Queue
from tests.programs.world import World, refused, swapped

PURSE = 100 * PRICE
"""What everybody starts with."""


def assert_books(on: Show, *, refundable: int, deposits: int, proceeds: int = 0) -> None:
    """What the vault owes, in numbers of prices; and every token is in a purse or in the till."""
    books = on.read_vault()
    assert (books.refundable, books.deposits) == (refundable * PRICE, deposits * PRICE)
    assert on.funds() == (refundable + deposits + proceeds) * PRICE
    everybody = sum(on.coins(purse) for purse in on.purses.values())
    assert everybody + on.funds() == len(on.purses) * PURSE
    assert on.world.lamports(on.vault) == on.world.rent_of(on.vault)


def has(on: Show, human: Human) -> int:
    """How many prices a fan has spent and not got back."""
    return (PURSE - on.coins(on.purse(human.wallet.pubkey()))) // PRICE


@pytest.fixture
def lots() -> Lots:
    """Four seats."""
    world = World()
    return Lots(world, seats=4, coin=put_coin(world))


def entered(lots: Lots) -> list[Party]:
    """Six persons: one pair, and four who come alone."""
    return [lots.party(2), *(lots.party() for _ in range(4))]


def claim_all(lots: Lots, parties: list[Party]) -> tuple[int, list[tuple[Party, Human]]]:
    """Every winner claims: how many seats, and who has none."""
    taken, losers = 0, []
    for party, seat in winning_seats(lots, parties):
        for member, human in enumerate(party.members):
            if seat is None:
                losers.append((party, human))
            else:
                lots.world.must(lots.claim(party, human, seat + member))
                taken += 1
    return taken, losers


def test_a_draw_in_tokens(lots: Lots) -> None:
    on = lots.on
    parties = entered(lots)
    early = lots.party(2, joined=1)
    assert_books(on, refundable=0, deposits=7)
    leaving = lots.leaving(early, early.members[0])
    lots.world.must(lots.world.send(leaving, by=early.members[0].wallet))
    assert has(on, early.members[0]) == 0
    assert_books(on, refundable=0, deposits=6)

    lots.drawn()
    taken, losers = claim_all(lots, parties)
    assert taken >= 1
    assert taken + len(losers) == 6
    assert_books(on, refundable=taken, deposits=len(losers))
    for party, human in losers:
        lots.world.must(lots.take_back(party, human))
        assert has(on, human) == 0
    assert_books(on, refundable=taken, deposits=0)

    lots.world.at(DISPUTE)
    lots.world.must(on.by_organiser(withdrawal(on)))
    assert on.coins(on.purse(on.organiser.pubkey())) == PURSE + taken * PRICE
    assert_books(on, refundable=0, deposits=0)


@pytest.mark.slow
def test_nobody_claims(lots: Lots) -> None:
    """The organiser is silent, the winners sleep: all get theirs back, and the seats are sold."""
    on = lots.on
    parties = entered(lots)
    lots.world.to_slot(lots.target + ROUND + 2)
    lots.world.must(lots.world.send(lots.drawing(), by=lots.world.actor()))
    lots.world.wait(CLAIM)
    for party in parties:
        for human in party.members:
            lots.world.must(lots.take_back(party, human))
            assert has(on, human) == 0
    assert_books(on, refundable=0, deposits=0)
    fan = on.sell(0)
    assert has(on, fan) == 1
    assert_books(on, refundable=1, deposits=0)


@pytest.mark.slow
def test_cancelled_between_draw_and_claim(lots: Lots) -> None:
    """Who has claimed gets the price, who has not the deposit."""
    on = lots.on
    parties = entered(lots)
    lots.drawn()
    claimed = False
    for party, seat in winning_seats(lots, parties):
        if seat is not None and party.size == 1 and not claimed:
            lots.world.must(lots.claim(party, party.members[0], seat))
            claimed, on.holders[seat] = True, party.members[0]
    assert claimed
    lots.world.must(on.cancel())
    for party in parties:
        for human in party.members:
            if human in on.holders.values():
                (seat,) = on.holders
                lots.world.must(lots.world.send(give_back(on, seat), by=lots.world.actor()))
            else:
                lots.world.must(lots.take_back(party, human))
            assert has(on, human) == 0
    assert_books(on, refundable=0, deposits=0)


@pytest.mark.attack
def test_a_deposit_in_other_coins(lots: Lots) -> None:
    party = lots.party(2, joined=1)
    on, human = lots.on, party.members[1]
    key = human.wallet.pubkey()
    signers = [human.wallet, on.admission]
    good = lots.joining(party, human)
    worthless = put_purse(on.world, put_coin(on.world), key, PRICE)
    assert not on.world.send(swapped(good, on.purse(key), worthless), by=signers).accepted
    victim = on.purse(party.members[0].wallet.pubkey())
    assert not on.world.send(swapped(good, on.purse(key), victim), by=signers).accepted
    own = put_purse(on.world, on.coin or Pubkey.default(), key, 0)
    refused(on.world.send(swapped(good, on.till, own), by=signers), "WRONG_PAYMENT")
    for place in (on.till, on.purse(key)):
        without = swapped(good, place, ticket.PROGRAM_ID)  # None
        refused(on.world.send(without, by=signers), "WRONG_PAYMENT")
    assert_books(on, refundable=0, deposits=1)


@pytest.mark.attack
def test_a_deposit_into_a_thiefs_purse(lots: Lots) -> None:
    party = lots.party(2, joined=1)
    on, human = lots.on, party.members[0]
    thief = on.world.actor()
    mine, theirs = on.purse(thief.pubkey()), on.purse(human.wallet.pubkey())
    leaving = swapped(lots.leaving(party, human), theirs, mine)
    refused(on.world.send(leaving, by=human.wallet), "WRONG_PAYER")
    on.world.must(on.cancel())
    refused(
        on.world.send(swapped(lots.taking_back(party, human), theirs, mine), by=thief),
        "WRONG_PAYER",
    )
    assert_books(on, refundable=0, deposits=1)


@pytest.mark.attack
def test_a_deposit_out_of_another_events_till() -> None:
    """The same coin, another organiser's money."""
    world = World()
    coin = put_coin(world)
    other = Lots(world, number=8, coin=coin, early=True)
    lots = Lots(world, coin=coin)
    on = lots.on
    party = lots.party()
    on.world.must(on.cancel())
    human = party.members[0]
    forged = swapped(lots.taking_back(party, human), on.till, other.on.till)
    refused(on.world.send(forged, by=on.world.actor()), "WRONG_PAYMENT")
    forged = swapped(lots.taking_back(party, human), on.vault, other.on.vault)
    refused(on.world.send(forged, by=on.world.actor()), "WRONG_EVENT")
    assert on.funds() == PRICE


@pytest.mark.attack
def test_deposits_in_tokens_are_not_the_organisers(lots: Lots) -> None:
    on = lots.on
    party = lots.party()
    lots.world.at(DISPUTE)
    refused(on.by_organiser(withdrawal(on)), "NOTHING_LEFT")
    lots.world.must(lots.take_back(party, party.members[0]))
    assert_books(on, refundable=0, deposits=0)


# The waiting list


@pytest.fixture
def queue() -> Queue:
    world = World()
    on = show(
        world,
        coin=put_coin(world),
        refund_share=(5_000, 0, 0),
        cooling=COOLING,
        registration_window=REGISTRATION,
        offer_window=OFFER,
    )
    made = Queue(on)
    for _ in range(2):
        made.join()
    return made


def test_an_offer_paid_in_tokens(queue: Queue) -> None:
    """Half the price stays from the refund; the next holder pays the whole of it."""
    on = queue.on
    queue.drawn()
    assert on.coins(on.purse(queue.seller.wallet.pubkey())) == PURSE - PRICE // 2
    assert (on.read_vault().refundable, on.funds()) == (0, PRICE // 2)
    human = queue.offered()
    on.world.must(queue.accept(human))
    assert has(on, human) == 1
    assert (on.read_vault().refundable, on.funds()) == (PRICE, PRICE + PRICE // 2)
    on.world.at(DISPUTE)
    on.world.must(on.by_organiser(withdrawal(on)))
    assert on.coins(on.purse(on.organiser.pubkey())) == PURSE + PRICE + PRICE // 2
    assert_books(on, refundable=0, deposits=0)


@pytest.mark.attack
def test_an_offer_paid_with_nothing(queue: Queue) -> None:
    on = queue.on
    queue.drawn()
    human = queue.offered()
    key = human.wallet.pubkey()
    good = queue.accepting(human)

    def forged(old: Pubkey, new: Pubkey) -> Instruction:
        return swapped(good, old, new)

    victim = on.purse(queue.seller.wallet.pubkey())
    worthless = put_purse(on.world, put_coin(on.world), key, PRICE)
    own = put_purse(on.world, on.coin or Pubkey.default(), key, 0)
    poor = put_purse(on.world, on.coin or Pubkey.default(), key, PRICE - 1)
    for bad in (victim, worthless, poor):
        outcome = on.world.send(forged(on.purse(key), bad), by=human.wallet)
        assert not outcome.accepted
    for till in (own, ticket.PROGRAM_ID):
        refused(on.world.send(forged(on.till, till), by=human.wallet), "WRONG_PAYMENT")
    purse = forged(on.purse(key), ticket.PROGRAM_ID)
    refused(on.world.send(purse, by=human.wallet), "WRONG_PAYMENT")
    on.world.must(on.world.send(good, by=human.wallet))
