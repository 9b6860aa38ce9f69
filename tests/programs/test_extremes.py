"""Names, prices and times at the ends of what they may be: what is sold there is given back."""

from dataclasses import replace

import pytest
from conting_client.generated import ticket
from conting_client.rules import usual_rules
from solders.instruction import Instruction

from tests.programs.people import Human
from tests.programs.shows import DOORS, OPENS, TIMES, Show, put_coin, put_purse
from tests.programs.world import World, refused

pytestmark = pytest.mark.attack
WHALE = "🐋"
"""Four bytes."""
NAME, URI = WHALE * 40, "https://" + WHALE * 112
DEAREST = 10**15
SEAT = 2**32 - 2
LATEST = 2**63 - 1
UNITS = 200_000  # compute units that a transaction with one instruction has


def refunding(on: Show, human: Human, seat: int) -> Instruction:
    key = human.wallet.pubkey()
    return ticket.refund(
        holder=key,
        paid_by=key,
        person=human.person,
        event=on.event,
        section=on.section(),
        holding=on.holding(human),
        ticket=on.ticket_of(seat),
        token=on.token(seat, key),
        **on.money(key),
    )


def test_the_longest_names() -> None:
    """An organiser whose names break the NFT could sell what nobody gives back or enters with."""
    on = Show(World())
    rules = usual_rules(admission=on.admission.pubkey(), arbiter=on.arbiter.pubkey(), times=TIMES)
    create = ticket.create_event(
        organiser=on.organiser.pubkey(), number=on.number, rules=rules, name=NAME, uri=URI
    )
    section = ticket.add_section(
        organiser=on.organiser.pubkey(),
        event=on.event,
        index=0,
        seats=SEAT + 1,
        price=1,
        gate_group=0,
        mode=ticket.SaleMode.FIRST_COME,
        name=NAME,
    )
    for call in (create, section):
        on.world.must(on.by_organiser(call))
    gate = on.add_gate()
    on.world.at(OPENS)
    ann = on.sell(SEAT)
    ben = on.sell(SEAT - 1)
    sale = on.world.sent[-1][1]
    assert sale.units < UNITS
    on.world.must(on.world.send(refunding(on, ann, SEAT), by=ann.wallet))
    on.world.at(DOORS)
    assert on.holders[SEAT - 1] == ben
    on.world.must(on.check_in(gate, SEAT - 1))


def test_the_dearest_seats() -> None:
    """No sum of a vault and no share of a price runs over, in a token of which there is enough."""
    world = World()
    coin = put_coin(world)
    on = Show(world, coin=coin)
    shares = (9_999, 9_999, 1)
    on.world.must(on.by_organiser(on.create(limit=10, refund_share=shares)))
    on.world.must(on.open_till())
    on.world.must(on.by_organiser(on.add_section(price=DEAREST)))
    world.at(OPENS)
    ann = on.fan()
    key = ann.wallet.pubkey()
    on.purses[key] = put_purse(world, coin, key, 10 * DEAREST)
    for seat in range(10):
        call = buying(on, ann, seat)
        world.must(world.send(call, by=[ann.wallet, on.admission]))
    assert on.read_vault().refundable == on.funds() == 10 * DEAREST
    for seat in range(10):
        world.must(world.send(refunding(on, ann, seat), by=ann.wallet))
    assert (on.read_vault().refundable, on.funds()) == (0, 10 * DEAREST // 10_000)


def buying(on: Show, human: Human, seat: int) -> Instruction:
    return ticket.buy(
        admission=on.admission.pubkey(),
        wallet=human.wallet.pubkey(),
        person=human.person,
        event=on.event,
        section=on.section(),
        seat=seat,
        max_price=2**64 - 1,
        **on.money(human.wallet.pubkey()),
    )


@pytest.mark.parametrize(
    ("ends", "dispute_until", "close_from"),
    [
        (LATEST, -LATEST, -LATEST),  # the dispute's length runs over
        (-LATEST - 1, LATEST, LATEST),
        (LATEST - 86_400, LATEST, -LATEST),  # that of the keeping does
    ],
)
def test_times_that_run_over(ends: int, dispute_until: int, close_from: int) -> None:
    """A difference that has turned round must not look like one that is allowed."""
    on = Show(World())
    usual = usual_rules(admission=on.admission.pubkey(), arbiter=on.arbiter.pubkey(), times=TIMES)
    rules = replace(
        usual,
        sale_opens=-LATEST - 1,
        sale_closes=-LATEST,
        freeze=-LATEST,
        doors=-LATEST,
        ends=ends,
        dispute_until=dispute_until,
        close_from=close_from,
    )
    call = ticket.create_event(
        organiser=on.organiser.pubkey(), number=on.number, rules=rules, name="n", uri="u"
    )
    outcome = on.by_organiser(call)
    refused(outcome, "BAD_TIMES" if ends == -LATEST - 1 else "OVERFLOW")
