"""For each instruction of the ticket program: a chain on which it is allowed, and the call."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from conting_client.generated import ticket
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.programs.draws import CLAIM, INCINERATOR, Lots
from tests.programs.people import office
from tests.programs.shows import LAST_CALL, Show, moved, put_coin, show
from tests.programs.tampering import Call
from tests.programs.test_ticket_cases import SEAT, WINDOW, Court
from tests.programs.test_ticket_closing import CLOSE, End
from tests.programs.test_ticket_endings import burn, finish, give_back
from tests.programs.test_ticket_family import home
from tests.programs.test_ticket_help import Help, buying, granting
from tests.programs.test_ticket_late import DISPUTE, entered, rotation, undoing, withdrawal
from tests.programs.ticket_chain import ed25519_instruction
from tests.programs.waits import OFFER, Queue
from tests.programs.world import World


@dataclass(frozen=True)
class Scene:
    """Where and how an instruction is allowed; `before` stands in the transaction before it."""

    world: World
    call: Call
    before: tuple[Instruction, ...] = ()


def _scene(on: Show | Queue | Lots | Court, call: Instruction, *signers: Keypair) -> Scene:
    return Scene(on.world, Call(call, signers))


def _create_event() -> Scene:
    on = Show(World())
    return _scene(on, on.create(), on.organiser)


def _open_till() -> Scene:
    world = World()
    on = Show(world, coin=put_coin(world))
    world.must(on.by_organiser(on.create()))
    assert on.coin is not None
    organiser = on.organiser.pubkey()
    call = ticket.open_till(organiser=organiser, event=on.event, mint=on.coin)
    return _scene(on, call, on.organiser)


def _add_section() -> Scene:
    on = Show(World())
    on.world.must(on.by_organiser(on.create()))
    return _scene(on, on.add_section(), on.organiser)


def _register_gate() -> Scene:
    on, key = show(), Pubkey.new_unique()
    call = ticket.register_gate(
        organiser=on.organiser.pubkey(),
        event=on.event,
        key=key,
        group=1,
        role=ticket.GateRole.SCANNER,
    )
    return _scene(on, call, on.organiser)


def _revoke_gate() -> Scene:
    on = show()
    gate = on.gate(on.add_gate())
    call = ticket.revoke_gate(organiser=on.organiser.pubkey(), event=on.event, gate=gate)
    return _scene(on, call, on.organiser)


def _rotate_admission() -> Scene:
    on = show()
    return _scene(on, rotation(on, on.arbiter.pubkey()), on.organiser)


def _buy() -> Scene:
    on = show()
    fan = on.fan()
    return _scene(on, on.buy(fan, SEAT), fan.wallet, on.admission)


def _help() -> Help:
    on = show()
    return Help(on, on.fan(), on.fan())


def _grant_help() -> Scene:
    asked = _help()
    return _scene(asked.on, granting(asked.on, asked.owner, asked.helper), asked.owner.wallet)


def _revoke_grant() -> Scene:
    asked = _help().granted()
    key = asked.owner.wallet.pubkey()
    call = ticket.revoke_grant(
        owner=key,
        rent_to=key,
        person=asked.owner.person,
        grant=ticket.grant_address(
            event=asked.on.event, person=asked.owner.person, helper=asked.helper.person
        ),
    )
    return _scene(asked.on, call, asked.owner.wallet)


def _buy_for() -> Scene:
    asked = _help().granted()
    call = buying(asked.on, asked.owner, asked.helper, SEAT)
    return _scene(asked.on, call, asked.helper.wallet, asked.on.admission)


def _close_helping() -> Scene:
    asked = _help().granted()
    assert asked.buy(SEAT) == ""
    asked.world.at(CLOSE + LAST_CALL)
    call = ticket.close_helping(
        rent_to=asked.helper.wallet.pubkey(),
        event=asked.on.event,
        helping=ticket.helping_address(event=asked.on.event, helper=asked.helper.person),
    )
    return _scene(asked.on, call)


def _family_transfer() -> Scene:
    on = home()
    return _scene(on.on, on.transfer(on.ann, on.ben), on.ann.wallet, on.ben.wallet)


def _follow_person() -> Scene:
    world = World()
    post = office(world)
    on = show(world, office=post)
    fan = on.sell(SEAT)
    new = moved(world, post, fan)
    payer = world.actor()
    call = ticket.follow_person(
        payer=payer.pubkey(),
        person=fan.person,
        wallet=new.wallet.pubkey(),
        event=on.event,
        ticket=on.ticket_of(SEAT),
        old_token=on.read_ticket(SEAT).token,
    )
    return _scene(on, call, payer)


def _refund() -> Scene:
    on = show()
    fan = on.sell(SEAT)
    key = fan.wallet.pubkey()
    call = ticket.refund(
        holder=key,
        paid_by=key,
        person=fan.person,
        event=on.event,
        section=on.section(),
        ticket=on.ticket_of(SEAT),
        token=on.read_ticket(SEAT).token,
    )
    return _scene(on, call, fan.wallet)


def _check_in() -> Scene:
    on = show()
    fan, gate = on.sell(SEAT), on.add_gate()
    on.world.at(on.read_event().doors)
    expires = on.world.now + 10
    message = b"conting:entry:v1" + bytes(on.event) + bytes(on.ticket_of(SEAT)) + bytes(32)
    message += bytes(16) + bytes(2) + expires.to_bytes(8, "little")
    call = ticket.check_in(
        gate_key=gate.pubkey(),
        event=on.event,
        gate=on.gate(gate),
        ticket=on.ticket_of(SEAT),
        person=fan.person,
        mint=on.mint(SEAT),
        session=0,
        nonce=bytes(16),
        expires=expires,
        gate_bound=False,
    )
    return Scene(on.world, Call(call, (gate,)), (ed25519_instruction(fan.device, message),))


def _undo_entry() -> Scene:
    on = show()
    entered(on)
    chief = on.add_gate(ticket.GateRole.SUPERVISOR)
    return _scene(on, undoing(on, chief, 1), chief)


def _cancel_event() -> Scene:
    on = show()
    call = ticket.cancel_event(organiser=on.organiser.pubkey(), event=on.event)
    return _scene(on, call, on.organiser)


def _refund_cancelled() -> Scene:
    on = show()
    on.sell(SEAT)
    on.world.must(on.cancel())
    return _scene(on, give_back(on, SEAT))


def _withdraw() -> Scene:
    on = show()
    on.sell(SEAT)
    on.world.at(DISPUTE)
    return _scene(on, withdrawal(on), on.organiser)


def _burn_ticket() -> Scene:
    on = show()
    fan = on.sell(SEAT)
    on.world.at(CLOSE)
    return _scene(on, burn(on, SEAT, fan), fan.wallet)


def _open_void() -> Scene:
    court = Court()
    return _scene(court, court.accusation(), court.on.organiser)


def _appeal() -> Scene:
    court = Court().accused()
    return _scene(court, court.answer(), court.holder.wallet)


def _decide_void() -> Scene:
    court = Court().appealed()
    return _scene(court, court.decision(upheld=False), court.on.arbiter)


def _restore_ticket() -> Scene:
    court = Court().appealed()
    court.world.wait(2 * WINDOW)
    return _scene(court, court.restoration())


def _finish_void() -> Scene:
    court = Court().accused()
    court.world.wait(WINDOW)
    return _scene(court, finish(court))


# --- the waiting list


def _queue(waiting: int = 3) -> Queue:
    made = Queue()
    for _ in range(waiting):
        made.join()
    return made


def _join_waiting() -> Scene:
    queue = _queue()
    human = queue.on.fan()
    return _scene(queue, queue.joining(human), human.wallet, queue.on.admission)


def _leave_waiting() -> Scene:
    queue = _queue()
    human = queue.waiting[1]
    return _scene(queue, queue.leaving(human, 1), human.wallet)


def _redraw() -> Scene:
    queue = _queue()
    queue.refund()
    queue.to_draw()
    return _scene(queue, queue.redrawing(2), queue.seller.wallet)


def _offer_seat() -> Scene:
    queue = _queue().drawn()
    return _scene(queue, queue.offering(queue.turn()))


def _accept_offer() -> Scene:
    queue = _queue().drawn()
    human = queue.offered()
    return _scene(queue, queue.accepting(human), human.wallet)


def _expire_offer() -> Scene:
    queue = _queue().drawn()
    queue.offered()
    queue.world.wait(OFFER)
    return _scene(queue, queue.expiry())


def _end_redraw() -> Scene:
    queue = _queue(1).drawn()
    queue.offered()
    queue.world.wait(OFFER)
    queue.world.must(queue.world.send(queue.expiry(), by=queue.world.actor()))
    return _scene(queue, queue.ending())


def _wait_longer() -> Scene:
    queue = _queue(0)
    queue.refund()
    queue.to_draw()
    return _scene(queue, queue.longer())


# --- draws


def _open_draw() -> Scene:
    lots = Lots(opened=False)
    return _scene(lots, lots.opening(), lots.on.organiser)


def _make_group() -> Scene:
    lots = Lots()
    party = lots.party(2, joined=0)
    another = type(party)([lots.on.fan(), lots.on.fan()])
    return _scene(lots, lots.making(another), another.members[0].wallet)


def _join_group() -> Scene:
    lots = Lots()
    party = lots.party(2, joined=1)
    human = party.members[1]
    return _scene(lots, lots.joining(party, human), human.wallet, lots.on.admission)


def _leave_group() -> Scene:
    lots = Lots()
    party = lots.party(2, joined=1)
    human = party.members[0]
    return _scene(lots, lots.leaving(party, human), human.wallet)


def _reveal() -> Scene:
    lots = Lots()
    lots.party()
    lots.world.to_slot(lots.target + 2)
    return _scene(lots, lots.revealing())


def _draw_without_secret() -> Scene:
    lots = Lots()
    lots.party()
    lots.world.to_slot(lots.target + 2 * 400 + 2)
    return _scene(lots, lots.drawing())


def _claim_seat() -> Scene:
    lots = Lots()
    party = lots.party()
    lots.drawn()
    human = party.members[0]
    return _scene(lots, lots.claiming(party, human, 0), human.wallet)


def _take_back() -> Scene:
    lots = Lots()
    party = lots.party()
    lots.drawn()
    lots.world.wait(CLAIM)
    return _scene(lots, lots.taking_back(party, party.members[0]))


# --- when all is over


def _close_group() -> Scene:
    lots = Lots()
    party = lots.party(2, joined=0)
    leader = party.members[0].wallet.pubkey()
    call = ticket.close_group(
        rent_to=leader, event=lots.on.event, draw=lots.draw, group=lots.group(party)
    )
    return _scene(lots, call)


def _close_draw() -> Scene:
    lots = Lots()
    lots.world.at(CLOSE)
    call = ticket.close_draw(
        organiser=lots.on.organiser.pubkey(),
        incinerator=INCINERATOR,
        event=lots.on.event,
        section=lots.on.section(),
        draw=lots.draw,
    )
    return _scene(lots, call)


def _waited(name: str) -> Scene:
    """Somebody waited, and a seat was drawn; what is left of that is closed."""
    queue = _queue(1).drawn()
    queue.world.at(CLOSE)
    human, on = queue.waiting[0], queue.on
    mine = {"rent_to": human.wallet.pubkey(), "event": on.event}
    calls = {
        "close_place": partial(
            ticket.close_place, **mine, section=on.section(), place=queue.place(0)
        ),
        "close_waiting": partial(
            ticket.close_waiting,
            **mine,
            section=on.section(),
            waiting=ticket.waiting_address(section=on.section(), person=human.person),
        ),
        "close_redraw": partial(
            ticket.close_redraw,
            rent_to=queue.seller.wallet.pubkey(),
            event=on.event,
            redraw=queue.redraw,
        ),
    }
    return _scene(queue, calls[name]())


def _closing(name: str) -> Scene:
    end = End()
    end.world.at(CLOSE + LAST_CALL)
    if name in ("close_section", "close_event"):
        for seat in end.on.holders:
            assert end.send(end.close_ticket(seat)) == ""
    if name == "close_event":
        assert end.send(end.close_section()) == ""
        return _scene(end.on, end.close_event(), end.on.organiser)
    return _scene(end.on, getattr(end, name)())


CLOSINGS = (
    "close_ticket",
    "close_holding",
    "close_entry",
    "close_gate",
    "close_case",
    "close_section",
    "close_event",
)
SCENES: dict[str, Callable[[], Scene]] = {
    each.__name__.removeprefix("_"): each
    for each in (
        _create_event, _open_till, _add_section, _register_gate, _revoke_gate, _rotate_admission,
        _buy, _grant_help, _revoke_grant, _buy_for, _close_helping, _family_transfer,
        _follow_person, _refund, _check_in, _undo_entry, _cancel_event, _refund_cancelled,
        _withdraw, _burn_ticket, _open_void, _appeal, _decide_void, _restore_ticket, _finish_void,
        _join_waiting, _leave_waiting, _redraw, _offer_seat, _accept_offer, _expire_offer,
        _end_redraw, _wait_longer, _open_draw, _make_group, _join_group, _leave_group, _reveal,
        _draw_without_secret, _claim_seat, _take_back, _close_group, _close_draw,
    )
}  # fmt: skip
SCENES |= {name: partial(_closing, name) for name in CLOSINGS}
SCENES |= {
    name: partial(_waited, name) for name in ("close_place", "close_waiting", "close_redraw")
}
"""By name of the instruction; each makes a chain of its own."""
