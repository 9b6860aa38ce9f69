"""Every instruction of raffle with each account, right and byte of it wrong; and its cost."""

import pytest

from tests.compiled import compiled
from tests.programs.raffle_calls import SCENES
from tests.programs.tampering import tampered
from tests.programs.world import refused

MAX_BYTES = 40_000
PURE = 3_000  # compute units of a whole transaction that only changes state
BUDGETS = {
    "mint_entry": 30_000,
    "burn_entry": 12_000,
    "create_series": 6_000,
    "create_raffle": 6_000,
    "enter_raffle": 15_000,
    "claim_prize": 20_000,
    "list_entry": 25_000,
    "buy_entry": 25_000,
    "cancel_listing": 25_000,
    "offer_swap": 25_000,
    "accept_swap": 25_000,
}
"""Compute units of a whole transaction; the others' is PURE."""


def test_every_instruction_has_a_scene() -> None:
    assert set(SCENES) == {each.name for each in compiled("raffle").program.instructions}


@pytest.mark.attack
@pytest.mark.parametrize("name", SCENES)
def test_tampering(name: str) -> None:
    world, call = SCENES[name]()
    stranger = world.actor()
    attacks = list(tampered(world, call.instruction))
    assert len(attacks) >= 4
    for attack in attacks:
        named = {meta.pubkey for meta in attack.instruction.accounts if meta.is_signer}
        signers = [stranger, *(each for each in call.signers if each.pubkey() in named)]
        refused(world.send(attack.instruction, by=signers), attack.error)
    world.must(world.send(call.instruction, by=[stranger, *call.signers]))


@pytest.mark.parametrize("name", SCENES)
def test_cost(name: str) -> None:
    world, call = SCENES[name]()
    outcome = world.must(world.send(call.instruction, by=[world.actor(), *call.signers]))
    assert outcome.units <= BUDGETS.get(name, PURE), (name, outcome.units)


def test_size() -> None:
    assert len(compiled("raffle").elf) <= MAX_BYTES
