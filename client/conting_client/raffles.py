"""Raffles as they are on chain, and whether they were drawn as promised.

Everything is computed anew from the accounts, by the description in `fairness`: nothing that the
program has concluded is believed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from solders.hash import Hash
from solders.pubkey import Pubkey

from conting_client import fairness
from conting_client._errors import AccountMissing
from conting_client._readings import AccountInfo, Match
from conting_client._rpc import Rpc
from conting_client._sealed import seal_faults
from conting_client.generated.raffle import (
    PROGRAM_ID,
    DecodeError,
    PrizeState,
    Raffle,
    RaffleEntry,
    RaffleState,
    raffle_entry_address,
)

K = TypeVar("K", Raffle, RaffleEntry)

_RAFFLE_AT: Final = 8  # of RaffleEntry


@dataclass(frozen=True, slots=True)
class Drawing:
    """A raffle and all its entries at one moment."""

    address: Pubkey
    raffle: Raffle
    entries: Mapping[Pubkey, RaffleEntry]
    """By their address."""
    slot_hashes: Mapping[int, Hash]
    """Those that the chain still knows."""


@dataclass(frozen=True, slots=True)
class Winner:
    """Who has a prize to claim, or has claimed it."""

    place: int
    index: int
    entrant: Pubkey
    state: PrizeState


@dataclass(frozen=True, slots=True)
class Verdict:
    """What computing the draw anew gives. Without faults it was as promised."""

    winners: Sequence[Winner]
    faults: Sequence[str]


async def read_drawing(rpc: Rpc, address: Pubkey, program_id: Pubkey = PROGRAM_ID) -> Drawing:
    """Reads it all. Raises AccountMissing where no raffle is, and what Rpc raises."""
    info = await rpc.account(address)
    raffle = None if info is None or info.owner != program_id else _decoded(Raffle, info)
    if raffle is None:
        raise AccountMissing(f"{address} is not a Raffle of {program_id}")
    wanted = Match(0, RaffleEntry.DISCRIMINATOR), Match(_RAFFLE_AT, bytes(address))
    found = await rpc.program_accounts(program_id, *wanted)
    decoded = ((each.address, _decoded(RaffleEntry, each)) for each in found)
    entries = {key: entry for key, entry in decoded if entry is not None}
    return Drawing(address, raffle, entries, await rpc.slot_hashes())


def _decoded(kind: type[K], info: AccountInfo) -> K | None:
    try:
        return kind.decode(info.data)
    except DecodeError:
        return None


def verify(drawing: Drawing, program_id: Pubkey = PROGRAM_ID) -> Verdict:
    """Draws anew and compares."""
    raffle = drawing.raffle
    if raffle.state != RaffleState.DRAWN:
        return Verdict([], ["the raffle is not drawn yet"])
    ordered = sorted(drawing.entries.values(), key=lambda each: each.index)
    faults = [
        *_about_entries(drawing, ordered, program_id),
        *seal_faults(raffle, drawing.slot_hashes),
        *_about_key(drawing, program_id),
    ]
    if [each.index for each in ordered] != list(range(raffle.entries)):
        return Verdict([], faults)  # nobody can say who would have won
    winners = _winners(raffle, ordered)
    return Verdict(winners, [*faults, *_about_prizes(ordered, winners)])


def _about_entries(
    drawing: Drawing, ordered: Sequence[RaffleEntry], program_id: Pubkey
) -> list[str]:
    faults = []
    for address, entry in drawing.entries.items():
        place = raffle_entry_address(raffle=drawing.address, mint=entry.mint, program_id=program_id)
        if entry.raffle != drawing.address or place != address:
            faults.append(f"entry {entry.index} is not at its address")
    if [each.index for each in ordered] != list(range(drawing.raffle.entries)):
        text = f"{drawing.raffle.entries} have entered, {len(ordered)} accounts are there"
        faults.append(f"{text}: some are closed or left out")
    elif fairness.raffle_root((e.entrant, e.mint) for e in ordered) != drawing.raffle.root:
        faults.append("the entries are not those that the raffle's root was made of")
    return faults


def _about_key(drawing: Drawing, program_id: Pubkey) -> list[str]:
    raffle = drawing.raffle
    key = fairness.draw_key(
        domain=fairness.RAFFLE_DOMAIN,
        program=program_id,
        account=drawing.address,
        secret=raffle.secret,
        slot_hash=raffle.slot_hash,
        root=raffle.root,
        count=raffle.entries,
    )
    return (
        []
        if key == raffle.draw_key
        else ["the key does not follow from secret, slot, entries and their number"]
    )


def _winners(raffle: Raffle, ordered: Sequence[RaffleEntry]) -> list[Winner]:
    chosen = fairness.winners_of(raffle.draw_key, raffle.entries, raffle.winners)
    return [
        Winner(place, index, ordered[index].entrant, ordered[index].state)
        for place, index in enumerate(chosen)
    ]


def _about_prizes(ordered: Sequence[RaffleEntry], winners: Sequence[Winner]) -> list[str]:
    places = {winner.index: winner.place for winner in winners}
    claimed = [entry for entry in ordered if entry.state != PrizeState.ENTERED]
    return [
        f"entry {entry.index} has claimed prize {entry.place}, and won "
        + (f"prize {places[entry.index]}" if entry.index in places else "none")
        for entry in claimed
        if places.get(entry.index) != entry.place
    ]
