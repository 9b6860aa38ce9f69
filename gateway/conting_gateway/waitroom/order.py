"""The order of those who came before the opening: a draw that anyone can repeat.

secret      32 random bytes of the gateway; sha256(secret) is published with the beacon's slot
beacon      hash of the named Solana slot; if that slot was skipped, of the next one that was not
seed        sha256("conting:queue:v1" ‖ event ‖ secret ‖ slot used as u64 ‖ its hash)
order       the numbers 1…collected, sorted by sha256(seed ‖ number as u64), then by number
place       index in that order, from 1; who came later keeps the own number as place

Integers are little-endian. Neither side can choose the order: the secret is fixed before the slot
exists, and who produces the slot does not know the secret.
"""

import hashlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from solders.pubkey import Pubkey

DOMAIN = b"conting:queue:v1"


@dataclass(frozen=True, slots=True)
class Beacon:
    """The slot whose hash was used, and that hash (32 bytes)."""

    slot: int
    hash: bytes


def choose_beacon(named: int, slots: Sequence[tuple[int, bytes]]) -> Beacon | None:
    """The lowest slot from `named` on of which a hash is known; None if it is still to come.

    The chain keeps the last 512 slots. A gateway that is away for longer uses the oldest that is
    left; the public document says which slot was used, so that this is seen.
    """
    reached = [(slot, digest) for slot, digest in slots if slot >= named]
    return Beacon(*min(reached)) if reached else None


def make_seed(event: Pubkey, secret: bytes, beacon: Beacon) -> bytes:
    """The 32 bytes that decide the order."""
    slot = beacon.slot.to_bytes(8, "little")
    return hashlib.sha256(DOMAIN + bytes(event) + secret + slot + beacon.hash).digest()


def draw_places(seed: bytes, collected: int) -> "array[int]":
    """The place of number n at index n - 1."""
    start = hashlib.sha256(seed)

    def key(number: int) -> bytes:
        digest = start.copy()
        digest.update(number.to_bytes(8, "little"))
        return digest.digest()

    places = array("Q", bytes(8 * collected))
    for place, number in enumerate(sorted(range(1, collected + 1), key=key), start=1):
        places[number - 1] = place
    return places
