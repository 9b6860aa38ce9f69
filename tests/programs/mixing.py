"""Two calls that are both allowed, and every call that takes its accounts from both of them."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair

from tests.programs.tampering import described
from tests.programs.world import World

MOST: Final = 150
"""Mixes of one pair that are tried: where there are more, some of them."""
Mix = frozenset[int]


@dataclass(frozen=True)
class Asked:
    """A call that is allowed, who signs it, and what stands before it in the transaction."""

    call: Instruction
    signers: tuple[Keypair, ...] = ()
    before: tuple[Instruction, ...] = ()


def mixes(places: list[int], name: str) -> Iterator[Mix]:
    """Which accounts are the other call's: neither none nor all; first those with up to three
    strangers among them, or all but one or two.
    """
    every = frozenset(places)
    few = {size: [frozenset(each) for each in combinations(places, size)] for size in (1, 2, 3)}
    most = [every - each for size in (1, 2) for each in few[size]]
    first = dict.fromkeys([*few[1], *few[2], *few[3], *most])
    yield from (mix for mix in first if mix and mix != every)
    chance = random.Random(name)
    for _ in range(min(MOST, 2 ** len(places)) - len(first)):
        mix = frozenset(each for each in places if chance.random() < 1 / 2)
        if mix and mix != every and mix not in first:
            yield mix


def mixed(one: Instruction, other: Instruction, mix: Mix) -> Instruction:
    """The one call, with these accounts of the other one."""
    metas = [
        AccountMeta(other.accounts[index].pubkey, meta.is_signer, meta.is_writable)
        if index in mix
        else meta
        for index, meta in enumerate(one.accounts)
    ]
    return Instruction(one.program_id, bytes(one.data), metas)


def assert_none_is_accepted(
    world: World, one: Asked, other: Asked, free: frozenset[str] = frozenset()
) -> int:
    """Sends the mixes, signed by whoever has to; gives how many.

    `free`: accounts that may be anybody's. A mix of nothing else is not tried.
    """
    name = described(one.call).name
    names = [each.name for each in described(one.call).accounts]
    mine, theirs = one.call.accounts, other.call.accounts
    places = [i for i in range(len(names)) if mine[i].pubkey != theirs[i].pubkey]
    bound = {i for i in places if names[i] not in free}
    keys = {each.pubkey(): each for each in (*one.signers, *other.signers)}
    stranger, sent = world.actor(), 0
    for mix in mixes(places, name):
        if not bound & mix or bound <= mix:
            continue
        calls = (*one.before, mixed(one.call, other.call, mix))
        signing = {meta.pubkey for step in calls for meta in step.accounts if meta.is_signer}
        signers = [key for address, key in keys.items() if address in signing]
        outcome = world.send(*calls, by=[stranger, *signers])
        assert not outcome.accepted, [name, *(names[index] for index in sorted(mix))]
        sent += 1
    return sent
