"""What the ticket program keeps about the draw of a section's seats."""

from seahorse.prelude import Account, Array, Enum, Pubkey, Seeds, i64, u8, u32, u64

MAX_GROUP = u8(4)  # persons
SMALLEST_BOND = u64(1_000_000_000)  # lamports
LONGEST_WAIT = u64(19_440_000)  # slots from opening a draw to its slot, about ninety days
SHORTEST_CLAIM = 86_400  # seconds from the draw to when winners have lost their seats
LONGEST_CLAIM = 14 * 86_400
INCINERATOR = Pubkey("1nc1nerator11111111111111111111111111111111")


class DrawState(Enum):
    """A draw takes place once."""

    OPEN = 0
    DRAWN = 1


class Draw(Account):
    """The draw of a section's seats among groups of up to four. It holds the organiser's bond."""

    section: Pubkey
    bump: u8
    event: Pubkey
    state: DrawState
    commit: Array[u8, 32]
    """sha256 of the organiser's secret, from before anybody entered."""
    bond: u64
    """Lamports; burned if the secret is not told in time."""
    target_slot: u64
    """Groups enter before this slot; its hash decides."""
    claim_window: i64
    """Seconds from the draw in which winners claim."""
    groups: Array[u32, 4]
    """Of each size, from one person to four, how many have entered."""
    entries: u32
    """All of them."""
    root: Array[u8, 32]
    """Hash over all groups that entered, chained."""
    kept: u32
    """Accounts of groups and bids that exist."""
    secret: Array[u8, 32]
    """This and what follows: zeros until the draw. Zeros too if the secret was not told."""
    drawn_slot: u64
    slot_hash: Array[u8, 32]
    draw_key: Array[u8, 32]
    """Who wins follows from it."""
    winners: Array[u32, 4]
    """Of each size, how many groups win."""
    first_seat: Array[u32, 4]
    """Of each size, where the seats of its groups begin."""
    claim_until: i64

    def seeds(self) -> Seeds:
        """One account per section: there is no second draw."""
        return ["draw", self.section]


class Group(Account):
    """Up to four named persons who get seats side by side, or none. Nobody else can join."""

    draw: Pubkey
    leader: Pubkey
    """This and the members: person accounts."""
    bump: u8
    size: u8
    joined: u8
    """Members who have paid their deposit."""
    complete: bool
    """All have: the group takes part."""
    index: u32
    """Its number among the groups of its size."""
    number: u32
    """Its number among all groups, in the order in which they became complete."""
    members: Array[Pubkey, 4]
    rent_to: Pubkey

    def seeds(self) -> Seeds:
        """One account per draw and leader."""
        return ["group", self.draw, self.leader]


class Bid(Account):
    """That a person takes part: in one group only, with a deposit of the seat's price."""

    draw: Pubkey
    person: Pubkey
    bump: u8
    group: Pubkey
    member: u8
    """Which member of the group."""
    deposit: u64
    paid_by: Pubkey
    """Who paid deposit and rent, and gets them back."""

    def seeds(self) -> Seeds:
        """One account per draw and person."""
        return ["bid", self.draw, self.person]
