"""Draws computed again from what is on chain: who won, and whether the chain says the same.

Nothing here asks the programs, and nothing of theirs is used but their accounts' layout: winners
follow from `conting_client.fairness`, which is written from docs/fairness.md.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from solders.hash import Hash
from solders.pubkey import Pubkey

from conting_client import fairness
from conting_client._errors import AccountMissing
from conting_client._readings import Match
from conting_client._rpc import Commitment, Rpc
from conting_client._sealed import seal_faults
from conting_client.generated import ticket

_K = TypeVar("_K", ticket.Draw, ticket.Section)
_SIZES: Final = 4
_AFTER_DISCRIMINATOR: Final = 8


@dataclass(frozen=True, slots=True)
class Entered:
    """A group that took part."""

    account: Pubkey
    group: ticket.Group


@dataclass(frozen=True, slots=True)
class DrawFacts:
    """What the chain has of a draw."""

    account: Pubkey
    draw: ticket.Draw
    seats: int
    entered: Sequence[Entered]
    """In the order of entering."""
    slot_hashes: dict[int, Hash]
    """Those that the node still knows."""


@dataclass(frozen=True, slots=True)
class DrawnGroup:
    """A group after the draw; `seat` is its leader's, None if it has lost."""

    account: Pubkey
    members: Sequence[Pubkey]
    """Person accounts."""
    seat: int | None


@dataclass(frozen=True, slots=True)
class DrawReport:
    """A draw computed again. All is as it should be if there are no `faults`."""

    key: bytes
    winners: Sequence[int]
    """How many groups of each size win."""
    groups: Sequence[DrawnGroup]
    """In the order of entering."""
    faults: Sequence[str]


async def fetch_draw(rpc: Rpc, draw: Pubkey, *, commitment: Commitment = "confirmed") -> DrawFacts:
    """Reads what there is. Raises AccountMissing."""
    read = await _account(rpc, draw, ticket.Draw, commitment)
    section = await _account(rpc, read.section, ticket.Section, commitment)
    groups = await rpc.program_accounts(
        ticket.PROGRAM_ID,
        Match(0, ticket.Group.DISCRIMINATOR),
        Match(_AFTER_DISCRIMINATOR, bytes(draw)),
        commitment=commitment,
    )
    entered = [Entered(each.address, ticket.Group.decode(each.data)) for each in groups]
    return DrawFacts(
        account=draw,
        draw=read,
        seats=section.seats,
        entered=sorted(
            (each for each in entered if each.group.complete), key=lambda each: each.group.number
        ),
        slot_hashes=await rpc.slot_hashes(commitment=commitment),
    )


async def _account(rpc: Rpc, key: Pubkey, kind: type[_K], commitment: Commitment) -> _K:
    found = await rpc.account(key, commitment=commitment)
    try:
        if found is not None and found.owner == ticket.PROGRAM_ID:
            return kind.decode(found.data)
    except ticket.DecodeError:
        pass
    raise AccountMissing(f"{key} is not a {kind.__name__} of {ticket.PROGRAM_ID}")


def verify_draw(facts: DrawFacts) -> DrawReport:
    """Draws again from the entries, the secret and the slot's hash."""
    draw = facts.draw
    entered = [(each.account, each.group.size, each.group.index) for each in facts.entered]
    key = fairness.draw_key(
        domain=fairness.DRAW_DOMAIN,
        program=ticket.PROGRAM_ID,
        account=facts.account,
        secret=draw.secret,
        slot_hash=draw.slot_hash,
        root=fairness.draw_root(entered),
        count=len(entered),
    )
    counted = [0] * _SIZES
    for _, size, _index in entered:
        counted[size - 1] += 1
    winners = fairness.winners_by_size(key, counted, facts.seats)
    groups = [_drawn(each, key, counted, winners) for each in facts.entered]
    if draw.state == ticket.DrawState.DRAWN:
        faults = [*_entry_faults(facts, counted), *seal_faults(draw, facts.slot_hashes)]
        faults += _result_faults(draw, key, winners)
    else:
        faults = ["the draw has not taken place"]
    return DrawReport(key, winners, groups, faults)


def _drawn(
    entered: Entered, key: bytes, counted: Sequence[int], winners: Sequence[int]
) -> DrawnGroup:
    group = entered.group
    place = fairness.place_of(
        fairness.size_key(key, group.size), counted[group.size - 1], group.index
    )
    first = fairness.first_seats(winners)[group.size - 1]
    seat = first + place * group.size if place < winners[group.size - 1] else None
    return DrawnGroup(entered.account, group.members[: group.size], seat)


def _entry_faults(facts: DrawFacts, counted: Sequence[int]) -> Iterator[str]:
    """Whether the groups there are those that entered, each once."""
    draw = facts.draw
    if len(facts.entered) != draw.entries or tuple(counted) != draw.groups:
        yield f"{len(facts.entered)} groups are on chain, {draw.entries} entered"
    numbers = [0] * _SIZES
    for number, each in enumerate(facts.entered):
        size = each.group.size
        if each.group.number != number or each.group.index != numbers[size - 1]:
            yield f"the group {each.account} has a wrong number"
        numbers[size - 1] += 1
        leader = each.group.leader
        if ticket.group_address(draw=facts.account, person=leader) != each.account:
            yield f"the group {each.account} is not at its address"
    persons = [person for each in facts.entered for person in each.group.members[: each.group.size]]
    if len(set(persons)) != len(persons):
        yield "a person is in two groups"
    entered = [(each.account, each.group.size, each.group.index) for each in facts.entered]
    if fairness.draw_root(entered) != draw.root:
        yield "the root is not that of the groups"


def _result_faults(draw: ticket.Draw, key: bytes, winners: Sequence[int]) -> Iterator[str]:
    if draw.draw_key != key:
        yield "the key does not follow from secret, slot, entries and their number"
    if draw.winners != tuple(winners):
        yield "the numbers of winners do not follow from the key"
    if draw.first_seat != fairness.first_seats(winners):
        yield "the seats do not follow from the numbers of winners"
