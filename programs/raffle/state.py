"""What the raffle program keeps on chain. Fields that clients filter on stand before all texts."""

from seahorse.prelude import Account, Array, Enum, Pubkey, Seeds, i64, u8, u16, u32, u64

WHOLE = u64(10_000)  # basis points in one
MAX_FEE = u16(1_000)  # basis points of a price
MAX_HOPS = u8(5)  # sales and swaps of one entry
MAX_PRICE = u64(1_000_000_000_000_000)  # lamports
MAX_NAME = 40  # characters
MAX_URI = 120  # characters

DAY = 86_400  # seconds
SETTLED = 15 * 60  # seconds from an entry to its NFT: time to take back what was a mistake
SHORTEST_CLAIM = 7 * DAY  # from the draw to when prizes lapse
LONGEST_CLAIM = 365 * DAY
KEEPING = 90 * DAY  # a prize that was claimed and not delivered stays on record so long
LONGEST_WAIT = u64(19_440_000)  # slots from making a raffle to its draw, about ninety days
SMALLEST_BOND = u64(100_000_000)  # lamports
ONE = u64(1)  # token: all that there is of an entry's NFT
TOKEN_BYTES = u64(165)  # of a token account
WALLET_BYTES = u64(0)  # of an account that holds lamports only
NO_DECIMALS = u8(0)
NOTHING = Pubkey.default()
INCINERATOR = Pubkey("1nc1nerator11111111111111111111111111111111")


class Series(Account):
    """The entries of one event: the rules by which they are traded. Authority over their mints."""

    event: Pubkey
    bump: u8
    organiser: Pubkey
    """Gets the fees."""
    closes: i64
    """This and the other times: Unix seconds of the chain's clock. No entry is made, traded or
    entered into a raffle from here on.
    """
    close_from: i64
    """The event's: from here on no entry of the ticket program is left to make an NFT of."""
    price_cap: u64
    """Lamports; 0 where entries are not sold, only swapped."""
    fee: u16
    """Basis points of each price, for the organiser."""
    max_hops: u8
    """How often one entry may change hands on the market."""
    minted: u64
    kept: u64
    """Accounts of entries and raffles that exist: the series is closed when there are none."""
    name: str
    uri: str
    """Base of the entries' metadata addresses."""

    def seeds(self) -> Seeds:
        """One account per event."""
        return ["series", self.event]


class EntryToken(Account):
    """That an NFT was made of an entry: its existence is why there is no second one."""

    entry: Pubkey
    """The account of the ticket program."""
    bump: u8
    series: Pubkey
    mint: Pubkey
    number: u64
    hops: u8
    nonce: u64
    """Goes up with every listing and swap: nobody deals on the terms of an earlier one."""
    burned: bool
    rent_to: Pubkey
    """Who paid for this account and the mint."""

    def seeds(self) -> Seeds:
        """One account per entry."""
        return ["entry_nft", self.entry]


class RaffleState(Enum):
    """Where a raffle stands; DRAWN is final."""

    OPEN = 0
    DRAWN = 1


class Raffle(Account):
    """Goods, and those who want them. Its lamports above the rent are the organiser's bond."""

    series: Pubkey
    number: u64
    bump: u8
    organiser: Pubkey
    state: RaffleState
    winners: u32
    """How many prizes there are."""
    opens: i64
    closes: i64
    claim_window: i64
    """Seconds from the draw to when prizes lapse."""
    claim_until: i64
    commit: Array[u8, 32]
    """sha256 of the organiser's secret."""
    bond: u64
    """Lamports."""
    target_slot: u64
    """Nobody enters from this slot on; its hash, or that of the first block after it, decides."""
    entries: u32
    root: Array[u8, 32]
    """Chained hash of all entries, in their order."""
    kept: u32
    """Entry accounts that exist: the raffle is closed when there are none."""
    secret: Array[u8, 32]
    """Zeros until it is revealed, and after a draw without it."""
    drawn_slot: u64
    """The slot whose hash decided."""
    slot_hash: Array[u8, 32]
    draw_key: Array[u8, 32]
    """Of the permutation that says who won: `place_of(draw_key, entries, index)`."""
    name: str
    uri: str
    """Where goods and terms are described."""

    def seeds(self) -> Seeds:
        """One account per series and number."""
        return ["raffle", self.series, self.number]


class PrizeState(Enum):
    """Where an entry of a raffle stands."""

    ENTERED = 0
    CLAIMED = 1
    DELIVERED = 2


class RaffleEntry(Account):
    """One burned entry that takes part. The entrant paid its rent."""

    raffle: Pubkey
    mint: Pubkey
    """Of the entry that was burned."""
    bump: u8
    index: u32
    """In the order of entering, from 0."""
    entrant: Pubkey
    state: PrizeState
    place: u32
    """Which prize it won, from 0; only once CLAIMED."""

    def seeds(self) -> Seeds:
        """One account per raffle and mint: those who enter at once need not agree on a number."""
        return ["raffle_entry", self.raffle, self.mint]


class Listing(Account):
    """An entry offered for lamports, or for another entry. The seller paid its rent."""

    mint: Pubkey
    bump: u8
    series: Pubkey
    seller: Pubkey
    escrow: Pubkey
    """The token account that holds the entry meanwhile. Its rent is the seller's, too."""
    price: u64
    """Lamports; 0 for a swap."""
    wanted: Pubkey
    """The mint of the entry that the seller wants for it; NOTHING for a sale."""
    nonce: u64

    def seeds(self) -> Seeds:
        """One account per mint; authority over its escrow."""
        return ["listing", self.mint]
