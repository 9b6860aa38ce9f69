"""What draws and raffles share: a secret told in time, and the hash of a slot fixed before."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Final, Protocol

from solders.hash import Hash

from conting_client.fairness import NO_SECRET

ROUND: Final = 400
"""Slots in which the secret is taken; then the next slot fixed decides, and so on."""


class Sealed(Protocol):
    """What the account of a draw or raffle says of what decided it."""

    @property
    def commit(self) -> bytes:
        """sha256 of the secret."""

    @property
    def secret(self) -> bytes:
        """Zeros if it was not told in time."""

    @property
    def target_slot(self) -> int:
        """Fixed before anybody entered."""

    @property
    def drawn_slot(self) -> int:
        """The one whose hash decided."""

    @property
    def slot_hash(self) -> bytes:
        """Its hash."""


def seal_faults(drawn: Sealed, slot_hashes: Mapping[int, Hash]) -> Iterator[str]:
    """Whether secret and slot are those that were fixed before.

    `slot_hashes` are those that a node still knows; what is older can't be compared with the chain.
    """
    told = drawn.secret != NO_SECRET
    if told and hashlib.sha256(drawn.secret).digest() != drawn.commit:
        yield "the secret is not the one that the organiser committed to"
    if told and not drawn.target_slot <= drawn.drawn_slot <= drawn.target_slot + ROUND:
        yield "the slot is not the one that was fixed"
    if not told and drawn.drawn_slot < drawn.target_slot + ROUND:
        yield "the secret was left out before its time was over"
    late = (drawn.drawn_slot - drawn.target_slot) // ROUND
    start = drawn.target_slot if told else drawn.target_slot + late * ROUND
    if any(start <= slot < drawn.drawn_slot for slot in slot_hashes):
        yield f"a slot from {start} on has a hash, and was passed over"
    known = slot_hashes.get(drawn.drawn_slot)
    if known is not None and bytes(known) != drawn.slot_hash:
        yield "the slot's hash is another one"
