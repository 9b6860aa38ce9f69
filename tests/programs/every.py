"""Every instruction of every program, where it is allowed: for attacks that suit all of them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

import pytest
from solders.instruction import Instruction
from solders.keypair import Keypair

from tests.programs import family_calls, raffle_calls, ticket_calls
from tests.programs.shows import Show
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


def _far(self: World, lamports: int = 1_000 * SOL) -> Keypair:
    """In the place of World.actor: somebody else than there is in other worlds."""
    self._actors += 0 if self._actors >= _FAR else _FAR
    return _ACTOR(self, lamports)


def _held_by_others(self: Show) -> None:
    """In the place of what Show does first: all others are the same persons as elsewhere."""
    near, self.world._actors = self.world._actors, self.world._actors + _FAR
    _PREPARE(self)
    self.world._actors = near + _KEYS_OF_A_SHOW


_ACTOR, _PREPARE = World.actor, Show.__post_init__
_KEYS_OF_A_SHOW = 3


def with_double(
    name: str, patch: pytest.MonkeyPatch, *, same_people: bool = False
) -> tuple[Moment, Moment]:
    """A moment twice, the second with other people, or with the same at another organiser's event.
    The second one's accounts lie on the first one's chain, too: it has two of everything, each of
    them genuine.
    """
    one = EVERY[name]()
    with patch.context() as patched:
        if same_people:
            patched.setattr(Show, "__post_init__", _held_by_others)
        else:
            patched.setattr(World, "actor", _far)
        other = EVERY[name]()
    for key, account in other.world.accounts():
        if not one.world.exists(key):
            one.world.svm.set_account(key, account)
    return one, other
