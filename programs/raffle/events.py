"""What the log tells: all that indexers need to follow entries, raffles and deals."""

from seahorse.prelude import Array, Event, Pubkey, u8, u32, u64


class EntryMinted(Event):
    """Who entered the show has an NFT of it."""

    entry: Pubkey
    mint: Pubkey
    wallet: Pubkey


class EntryBurned(Event):
    """The NFT is no more."""

    mint: Pubkey


class RaffleOpened(Event):
    """Goods are raffled; the draw is decided by the hash of `target_slot`."""

    raffle: Pubkey
    target_slot: u64


class RaffleEntered(Event):
    """An NFT was burned to take part as number `index`; `root` is the chain of entries so far."""

    raffle: Pubkey
    index: u32
    entrant: Pubkey
    mint: Pubkey
    root: Array[u8, 32]


class RaffleDrawn(Event):
    """Who won follows from `draw_key`, which anybody can compute from what is here and on chain."""

    raffle: Pubkey
    secret: Array[u8, 32]
    slot: u64
    slot_hash: Array[u8, 32]
    entries: u32
    draw_key: Array[u8, 32]


class PrizeMoved(Event):
    """A winner has claimed prize number `place`; later, has got it."""

    raffle: Pubkey
    index: u32
    place: u32
    delivered: bool


class Listed(Event):
    """An entry is offered for `price` lamports, or for the one of the mint `wanted`."""

    mint: Pubkey
    seller: Pubkey
    price: u64
    wanted: Pubkey
    nonce: u64


class Sold(Event):
    """An entry was sold; `fee` is the part of the price that the organiser got."""

    mint: Pubkey
    seller: Pubkey
    buyer: Pubkey
    price: u64
    fee: u64


class Swapped(Event):
    """Two entries changed hands."""

    mint: Pubkey
    wanted: Pubkey
    maker: Pubkey
    taker: Pubkey


class Withdrawn(Event):
    """What was offered is its owner's again."""

    mint: Pubkey
