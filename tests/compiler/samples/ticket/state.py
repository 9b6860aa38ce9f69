"""What the ticket program keeps on chain."""

from seahorse.prelude import Account, Array, Enum, Pubkey, Seeds, i64, u8, u16, u32, u64

REFUND_STEPS = 3
WHOLE = u64(10_000)  # basis points in one
MAX_LIMIT = u8(10)  # tickets per person
MAX_PRICE = u64(1_000_000_000_000_000)  # lamports: price * WHOLE stays within a u64
MAX_NAME = 40  # characters
MAX_URI = 120  # characters


class TicketState(Enum):
    """Where a ticket stands; USED is final."""

    ISSUED = 0
    COOLING = 1
    USED = 2


class Event(Account):
    """One show: its rules, fixed when it is created. Authority over its tickets' mints."""

    organiser: Pubkey
    number: u64
    bump: u8
    admission: Pubkey
    """The gateway's key: nobody buys without its signature."""
    sale_opens: i64
    """This and the other times: Unix seconds of the chain's clock."""
    sale_closes: i64
    freeze: i64
    """From here on no ticket is given back."""
    doors: i64
    ends: i64
    refund_until: Array[i64, 3]
    """Refund ladder: before refund_until[i], refund_share[i] of the price comes back; later,
    none.
    """
    refund_share: Array[u16, 3]
    """In basis points of the price paid."""
    limit: u8
    """Tickets that one person may hold."""
    sessions: u16
    sections: u16
    name: str
    uri: str
    """Base of the tickets' metadata addresses."""

    def seeds(self) -> Seeds:
        """One account per organiser and number."""
        return ["event", self.organiser, self.number]


class Vault(Account):
    """The event's money, as lamports of this account above its rent."""

    event: Pubkey
    bump: u8

    def seeds(self) -> Seeds:
        """One account per event."""
        return ["vault", self.event]


class Section(Account):
    """A block of seats at one price and with one home gate group."""

    event: Pubkey
    index: u16
    bump: u8
    gate_group: u8
    seats: u32
    sold: u32
    price: u64
    """Lamports."""
    name: str

    def seeds(self) -> Seeds:
        """One account per event and index."""
        return ["section", self.event, self.index]


class Holding(Account):
    """How many tickets of an event one person holds."""

    event: Pubkey
    person: Pubkey
    bump: u8
    count: u8

    def seeds(self) -> Seeds:
        """One account per event and person."""
        return ["holding", self.event, self.person]


class Ticket(Account):
    """A seat that was sold. Its existence is the sale; the NFT follows it."""

    event: Pubkey
    section: Pubkey
    seat: u32
    bump: u8
    state: TicketState
    gate_group: u8
    hops: u8
    mint: Pubkey
    holder: Pubkey
    device_key: Pubkey
    """The Ed25519 key that answers entry challenges; it never leaves the phone."""
    paid_by: Pubkey
    """Who paid, and who a refund goes to."""
    price_paid: u64
    """Lamports."""

    def seeds(self) -> Seeds:
        """One account per seat."""
        return ["ticket", self.section, self.seat]


class Gate(Account):
    """A scanner's key, approved by the organiser."""

    event: Pubkey
    key: Pubkey
    bump: u8
    group: u8
    active: bool

    def seeds(self) -> Seeds:
        """One account per event and key."""
        return ["gate", self.event, self.key]


class Entry(Account):
    """One ticket's entry into one session: the first to write it wins."""

    ticket: Pubkey
    session: u16
    bump: u8
    event: Pubkey
    gate: Pubkey
    holder: Pubkey
    nonce: Array[u8, 16]
    entered_at: i64
    slot: u64

    def seeds(self) -> Seeds:
        """One account per ticket and session."""
        return ["entry", self.ticket, self.session]
