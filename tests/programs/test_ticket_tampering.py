"""Every instruction of the ticket program, with each account, right and byte of it wrong."""

import pytest

from tests.compiled import compiled
from tests.programs.shows import DOORS
from tests.programs.tampering import tampered
from tests.programs.test_ticket_closing import CLOSE
from tests.programs.test_ticket_late import DISPUTE
from tests.programs.ticket_calls import SCENES
from tests.programs.world import refused

PURE = 3_000
"""Compute units of a whole transaction that only changes state."""
NOT_PURE = frozenset({
    "create_event", "open_till", "buy", "buy_for", "family_transfer", "follow_person", "refund",
    "refund_cancelled", "burn_ticket", "finish_void", "check_in", "open_void", "appeal",
    "decide_void", "restore_ticket", "join_waiting", "redraw", "offer_seat", "accept_offer",
    "claim_seat", "join_group", "open_draw", "make_group", "grant_help", "add_section",
    "register_gate",
})  # fmt: skip
"""They make accounts, draw, or move or mark an NFT."""
QUICK = frozenset({"withdraw", "appeal", "decide_void", "refund", "redraw", "take_back"})
"""The others are tried in CI."""


def test_every_instruction_has_a_scene() -> None:
    assert SCENES.keys() == {each.name for each in compiled("ticket").program.instructions}


@pytest.mark.attack
@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[] if n in QUICK else pytest.mark.slow) for n in SCENES]
)
def test_tampering(name: str) -> None:
    scene = SCENES[name]()
    world, call = scene.world, scene.call
    stranger = world.actor()
    for attack in tampered(world, call.instruction):
        named = {meta.pubkey for meta in attack.instruction.accounts if meta.is_signer}
        signers = [stranger, *(each for each in call.signers if each.pubkey() in named)]
        refused(world.send(*scene.before, attack.instruction, by=signers), attack.error)
    outcome = world.must(world.send(*scene.before, call.instruction, by=[stranger, *call.signers]))
    assert name in NOT_PURE or outcome.units <= PURE


def test_times_are_far_apart() -> None:
    """What the scenes take for granted."""
    assert DOORS < DISPUTE < CLOSE
