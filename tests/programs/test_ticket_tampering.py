"""The ticket program's later instructions, with each account, right and byte of them wrong."""

from collections.abc import Callable

import pytest
from conting_client.generated import ticket

from tests.programs.shows import DOORS, LAST_CALL, show
from tests.programs.tampering import Call, tampered
from tests.programs.test_ticket_cases import WINDOW, Court
from tests.programs.test_ticket_closing import CLOSE, End
from tests.programs.test_ticket_late import DISPUTE, entered, rotation, undoing, withdrawal
from tests.programs.world import World, refused

PURE = 3_000  # compute units of a whole transaction that only changes state
Scene = tuple[World, Call]


def _rotate_admission() -> Scene:
    on = show()
    return on.world, Call(rotation(on, on.arbiter.pubkey()), (on.organiser,))


def _cancel_event() -> Scene:
    on = show()
    call = ticket.cancel_event(organiser=on.organiser.pubkey(), event=on.event)
    return on.world, Call(call, (on.organiser,))


def _withdraw() -> Scene:
    on = show()
    on.sell(1)
    on.world.at(DISPUTE)
    return on.world, Call(withdrawal(on), (on.organiser,))


def _undo_entry() -> Scene:
    on = show()
    entered(on)
    chief = on.add_gate(ticket.GateRole.SUPERVISOR)
    return on.world, Call(undoing(on, chief, 1), (chief,))


def _open_void() -> Scene:
    court = Court()
    return court.world, Call(court.accusation(), (court.on.organiser,))


def _appeal() -> Scene:
    court = Court().accused()
    return court.world, Call(court.answer(), (court.holder.wallet,))


def _decide_void() -> Scene:
    court = Court().appealed()
    return court.world, Call(court.decision(upheld=False), (court.on.arbiter,))


def _restore_ticket() -> Scene:
    court = Court().appealed()
    court.world.wait(2 * WINDOW)
    return court.world, Call(court.restoration(), ())


def _closing(name: str) -> Scene:
    end = End()
    end.world.at(CLOSE + LAST_CALL)
    if name in ("close_section", "close_event"):
        for seat in end.on.holders:
            assert end.send(end.close_ticket(seat)) == ""
    if name == "close_event":
        assert end.send(end.close_section()) == ""
        return end.world, Call(end.close_event(), (end.on.organiser,))
    return end.world, Call(getattr(end, name)(), ())


SCENES: dict[str, Callable[[], Scene]] = {
    each.__name__.removeprefix("_"): each
    for each in (
        _rotate_admission,
        _cancel_event,
        _withdraw,
        _undo_entry,
        _open_void,
        _appeal,
        _decide_void,
        _restore_ticket,
    )
}
CLOSINGS = (
    "close_ticket",
    "close_holding",
    "close_entry",
    "close_gate",
    "close_case",
    "close_section",
    "close_event",
)


def scene(name: str) -> Scene:
    return _closing(name) if name in CLOSINGS else SCENES[name]()


@pytest.mark.attack
@pytest.mark.parametrize("name", [*SCENES, *CLOSINGS])
def test_tampering(name: str) -> None:
    world, call = scene(name)
    stranger = world.actor()
    for attack in tampered(world, call.instruction):
        named = {meta.pubkey for meta in attack.instruction.accounts if meta.is_signer}
        signers = [stranger, *(each for each in call.signers if each.pubkey() in named)]
        refused(world.send(attack.instruction, by=signers), attack.error)
    outcome = world.must(world.send(call.instruction, by=[stranger, *call.signers]))
    assert name == "open_void" or outcome.units <= PURE


def test_times_are_far_apart() -> None:
    """What the scenes take for granted."""
    assert DOORS < DISPUTE < CLOSE
