"""Every instruction of family with every single account, right and byte of it wrong."""

import pytest

from tests.compiled import compiled
from tests.programs.family_calls import CALLS, Stage
from tests.programs.tampering import tampered
from tests.programs.world import World, refused

CREATING = {"register_issuer", "register_self", "attest_person", "found_family"}
PURE = 3_000  # compute units of a whole transaction that only changes state
MAX_BYTES = 25_000


def test_every_instruction_has_a_call() -> None:
    assert set(CALLS) == {e.name for e in compiled("family").program.instructions}


@pytest.mark.attack
@pytest.mark.parametrize("name", CALLS)
def test_tampering(name: str) -> None:
    stage = Stage(World())
    call = CALLS[name](stage)
    stranger = stage.world.actor()
    attacks = list(tampered(stage.world, call.instruction))
    assert len(attacks) >= 4
    for attack in attacks:
        named = {meta.pubkey for meta in attack.instruction.accounts if meta.is_signer}
        signers = [stranger, *(each for each in call.signers if each.pubkey() in named)]
        outcome = stage.world.send(attack.instruction, by=signers)
        refused(outcome, attack.error)
    stage.world.must(stage.world.send(call.instruction, by=[stranger, *call.signers]))


@pytest.mark.parametrize("name", CALLS)
def test_cost(name: str) -> None:
    stage = Stage(World())
    call = CALLS[name](stage)
    payer = stage.world.actor()
    outcome = stage.world.must(stage.world.send(call.instruction, by=[payer, *call.signers]))
    assert name in CREATING or outcome.units <= PURE, (name, outcome.units)
