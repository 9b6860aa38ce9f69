"""What a draw keeps: everything that is needed to draw again."""

from fairness.seed import seed_of
from seahorse.prelude import Array, Clock, Pubkey, SlotHashes, bytes_of, u8, u64

from .events import RaffleDrawn
from .state import Raffle, RaffleState

DRAW_DOMAIN = b"conting:raffle:v1"
PROGRAM = Pubkey("3MdLBAK874HxsE7xfSB6Cw7TAi6rSm7G16CG1BSqPs9k")


def no_secret() -> Array[u8, 32]:
    """Stands for one that was not told; nobody can tell it."""
    return Array([
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ], 32)  # fmt: skip


def draw(
    raffle: Raffle, secret: Array[u8, 32], target: u64, slot_hashes: SlotHashes, clock: Clock
) -> None:
    """Settles who won, by the hash of the first block from the target slot on; once."""
    slot = slot_hashes.first_from(target)
    slot_hash = slot_hashes.hash_of(slot)
    root = bytes_of(raffle.root)
    draw_key = seed_of(
        DRAW_DOMAIN, PROGRAM, raffle.key(), secret, slot_hash, root, u64(raffle.entries)
    )
    RaffleDrawn(raffle.key(), secret, slot, slot_hash, raffle.entries, draw_key).emit()
    raffle.secret = secret
    raffle.drawn_slot = slot
    raffle.slot_hash = slot_hash
    raffle.draw_key = draw_key
    raffle.claim_until = clock.unix_timestamp() + raffle.claim_window
    raffle.state = RaffleState.DRAWN
