"""Which slot's hash decides. A chain remembers the hashes of its last 512 slots only."""

from seahorse.prelude import u64

ROUND = u64(400)  # slots for which a target stands; less than the chain remembers


def target_at(fixed: u64, now: u64) -> u64:
    """The slot that decides, asked in slot `now`, after `fixed`, the slot that was fixed before.

    It is `fixed` for a round. If nobody drew in that time, the round after has a target of its own,
    and so on: which one follows from `fixed` alone, so nobody can choose it.
    """
    return fixed + (now - fixed - 1) // ROUND * ROUND
