"""Every instruction of every program, where it is allowed: for attacks that suit all of them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

import pytest
from solders.instruction import Instruction
from solders.keypair import Keypair

from tests.programs import family_calls, raffle_calls, ticket_calls
from tests.programs.tampering import Call
from tests.programs.world import SOL, Outcome, World


@dataclass(frozen=True)
class Moment:
    """A chain on which a call is allowed; `before` stands in the transaction before it."""

    world: World
    call: Call
    before: tuple[Instruction, ...]
    stranger: Keypair

    @property
    def instruction(self) -> Instruction:
        """The call."""
        return self.call.instruction

    def send(self, *calls: Instruction, signers: tuple[Keypair, ...] | None = None) -> Outcome:
        """A stranger pays the fee; those who have to sign do."""
        signers = self.call.signers if signers is None else signers
        return self.world.send(*calls, by=[self.stranger, *signers])


def _ticket(name: str) -> Moment:
    scene = ticket_calls.SCENES[name]()
    return Moment(scene.world, scene.call, scene.before, scene.world.actor())


def _raffle(name: str) -> Moment:
    world, call = raffle_calls.SCENES[name]()
    return Moment(world, call, (), world.actor())


def _family(name: str) -> Moment:
    stage = family_calls.Stage(World())
    call = family_calls.CALLS[name](stage)
    return Moment(stage.world, call, (), stage.world.actor())


EVERY: Final[dict[str, Callable[[], Moment]]] = {
    f"{program}.{name}": partial(make, name)
    for program, make, names in (
        ("ticket", _ticket, ticket_calls.SCENES),
        ("raffle", _raffle, raffle_calls.SCENES),
        ("family", _family, family_calls.CALLS),
    )
    for name in names
}
"""By program and name; each makes a chain of its own."""

_FAR = 1_000_000


def with_double(name: str, patch: pytest.MonkeyPatch) -> tuple[Moment, Moment]:
    """A moment twice, the second with other people; its accounts lie on the first one's chain, too.

    So that chain has two of everything, each of them genuine.
    """
    one, actor = EVERY[name](), World.actor

    def far(self: World, lamports: int = 1_000 * SOL) -> Keypair:
        self._actors += 0 if self._actors >= _FAR else _FAR
        return actor(self, lamports)

    with patch.context() as patched:
        patched.setattr(World, "actor", far)
        other = EVERY[name]()
    for key, account in other.world.accounts():
        if not one.world.exists(key):
            one.world.svm.set_account(key, account)
    return one, other
