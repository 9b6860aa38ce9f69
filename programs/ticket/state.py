"""What the ticket program keeps on chain. Fields that clients filter on stand before all texts."""

from seahorse.prelude import Account, Array, Enum, Pubkey, Seeds, i64, u8, u16, u32, u64

REFUND_STEPS = 3
WHOLE = u64(10_000)  # basis points in one
MAX_LIMIT = u8(10)  # tickets per person
MAX_HOPS = u8(3)  # family transfers of one ticket
MAX_SECTIONS = u16(64)  # a grant names its sections by the bits of a u64
MAX_PRICE = u64(1_000_000_000_000_000)  # price * WHOLE stays within a u64
MAX_NAME = 40  # characters
MAX_URI = 120  # characters
MAX_PRINCIPALS = 2  # persons whom one helper may buy for, per event

MINUTE = 60  # seconds
DAY = 86_400
SHORTEST_FAMILY_AGE = DAY  # before the sale opens
LONGEST_FAMILY_AGE = 365 * DAY
SHORTEST_APPEAL = DAY
LONGEST_APPEAL = 30 * DAY
SHORTEST_OFFER = 30 * MINUTE
LONGEST_OFFER = 3 * DAY
SHORTEST_DISPUTE = DAY  # from the end of the event to the organiser's money
LONGEST_DISPUTE = 90 * DAY
LONGEST_KEEPING = 365 * DAY  # from the organiser's money to when accounts may be closed
LAST_CALL = 90 * DAY  # from then on anybody closes what its owner has not
SHORTEST_COOLING = u64(150)  # slots, about one minute
LONGEST_COOLING = u64(216_000)  # about one day
SHORTEST_REGISTRATION = u64(1_500)  # slots, about ten minutes
LONGEST_REGISTRATION = u64(1_512_000)  # about seven days

SOL = Pubkey.default()  # an event's payment that is no token
NOBODY = Pubkey.default()
NEVER = i64(2**63 - 1)


class SaleMode(Enum):
    """How a section's seats find their owners."""

    FIRST_COME = 0
    DRAW = 1


class TicketState(Enum):
    """Where a ticket stands; USED is final.

    ISSUED is held; COOLING and OFFERED seats are nobody's and wait for the re-draw; a VOIDING
    ticket is frozen until its case is decided; a VOID one is nobody's for good.
    """

    ISSUED = 0
    COOLING = 1
    OFFERED = 2
    USED = 3
    VOIDING = 4
    VOID = 5


class GateRole(Enum):
    """What a gate's key may do: a supervisor also undoes entries."""

    SCANNER = 0
    SUPERVISOR = 1


class Numbers(Account):
    """Which numbers an organiser's events have had. It is never closed: what the accounts of an
    event that is closed have left behind never meets another event at the same address.
    """

    organiser: Pubkey
    bump: u8
    free_from: u64
    """The lowest number that the next event may have."""

    def seeds(self) -> Seeds:
        """One account per organiser."""
        return ["numbers", self.organiser]


class Event(Account):
    """One show: its rules, fixed when it is created. Authority over its tickets' mints."""

    organiser: Pubkey
    number: u64
    bump: u8
    admission: Pubkey
    """The gateway's key: nobody buys without its signature."""
    issuer: Pubkey
    """Who vouches for its persons; NOBODY where every wallet is a person of its own."""
    arbiter: Pubkey
    """Decides the appeals of holders whose tickets the organiser wants void."""
    payment: Pubkey
    """The mint of the tokens that tickets are paid in; SOL for lamports."""
    sale_opens: i64
    """This and the other times: Unix seconds of the chain's clock."""
    sale_closes: i64
    freeze: i64
    """From here on no ticket is given back or passed on."""
    doors: i64
    ends: i64
    dispute_until: i64
    """From here on the organiser withdraws."""
    close_from: i64
    """From here on accounts are closed and their rent goes back."""
    refund_until: Array[i64, 3]
    """Refund ladder: before refund_until[i], refund_share[i] of the price comes back; later,
    none.
    """
    refund_share: Array[u16, 3]
    """In basis points of the price paid."""
    limit: u8
    """Tickets that one person may hold."""
    max_hops: u8
    """How often one ticket may pass on within a family."""
    sessions: u16
    sections: u16
    family_age: i64
    """Seconds that a membership must be older than the sale's opening, for a family transfer."""
    appeal_window: i64
    """Seconds that a holder has to appeal."""
    offer_window: i64
    """Seconds that a redrawn seat stays offered to one person."""
    cooling: u64
    """Slots between a refund and its re-draw."""
    registration_window: u64
    """Slots that an empty waiting list stays open before the next re-draw."""
    cancelled: bool
    open_cases: u32
    """About tickets of this event; nothing is withdrawn while there are any."""
    name: str
    uri: str
    """Base of the tickets' metadata addresses."""

    def seeds(self) -> Seeds:
        """One account per organiser and number."""
        return ["event", self.organiser, self.number]


class Vault(Account):
    """The event's money: lamports of this account above its rent, or the tokens that it owns.

    What it holds is `refundable + deposits +` the organiser's proceeds, always.
    """

    event: Pubkey
    bump: u8
    refundable: u64
    """What live tickets would get back if the event were cancelled: the sum of their prices."""
    deposits: u64
    """What those who entered a draw may still take back."""
    till: Pubkey
    """The vault's token account; NOBODY where the event is paid in lamports."""

    def seeds(self) -> Seeds:
        """One account per event."""
        return ["vault", self.event]


class Section(Account):
    """A block of seats at one price and with one home gate group. The organiser paid its rent."""

    event: Pubkey
    index: u16
    bump: u8
    mode: SaleMode
    gate_group: u8
    seats: u32
    sold: u32
    """Live tickets."""
    kept: u32
    """Accounts of tickets, live or not, of the waiting list and of the draw: a section is closed
    when there are none.
    """
    price: u64
    """Smallest units of the event's payment."""
    open_from: i64
    """From here on anybody may buy a free seat; NEVER until a draw has settled it."""
    waiting: u32
    """Places of its waiting list that were ever taken."""
    waiting_active: u32
    """Of those, the ones whose persons still wait."""
    waiting_since: u64
    """The slot in which the first place was taken."""
    waiting_root: Array[u8, 32]
    """Hash over all places, chained."""
    name: str

    def seeds(self) -> Seeds:
        """One account per event and index."""
        return ["section", self.event, self.index]


class Holding(Account):
    """How many tickets of an event one person holds, however they came."""

    event: Pubkey
    person: Pubkey
    bump: u8
    count: u8
    rent_to: Pubkey
    """Who gets the rent back."""

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
    """The wallet whose token account has the NFT; NOBODY while there is none."""
    person: Pubkey
    """The person account whose ticket it is; NOBODY while it is nobody's."""
    paid_by: Pubkey
    """Who paid for ticket and NFT, and who money and the NFT's rent go back to."""
    price_paid: u64
    rent_to: Pubkey
    """Who paid for this account."""
    returned_by: Pubkey
    """The person who gave the seat back last and is out for its re-draw."""
    draw_slot: u64
    """The slot whose hash decides the re-draw, fixed when the ticket was given back."""
    attempt: u32
    """How many places of the waiting list this re-draw has asked."""
    offered_to: Pubkey
    """The person who may take the seat while it is OFFERED."""
    offer_until: i64
    token: Pubkey
    """The token account that the NFT lies in; whoever it was made for, it is the holder's."""

    def seeds(self) -> Seeds:
        """One account per seat."""
        return ["ticket", self.section, self.seat]


class Grant(Account):
    """`owner` lets `helper` buy: the helper pays, the ticket is the owner's from the start."""

    event: Pubkey
    owner: Pubkey
    """This and the helper: person accounts."""
    helper: Pubkey
    bump: u8
    count: u8
    """Tickets that may still be bought."""
    max_price: u64
    sections: u64
    """Bit i: section i is allowed."""
    expires: i64
    rent_to: Pubkey

    def seeds(self) -> Seeds:
        """One account per event, owner and helper."""
        return ["grant", self.event, self.owner, self.helper]


class Helping(Account):
    """For whom a helper has bought at an event."""

    event: Pubkey
    helper: Pubkey
    bump: u8
    principals: Array[Pubkey, 2]
    """Person accounts; NOBODY where one more may be helped."""
    rent_to: Pubkey

    def seeds(self) -> Seeds:
        """One account per event and helper."""
        return ["helping", self.event, self.helper]


class Gate(Account):
    """A scanner's key, approved by the organiser."""

    event: Pubkey
    key: Pubkey
    bump: u8
    group: u8
    role: GateRole
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
    person: Pubkey
    nonce: Array[u8, 16]
    entered_at: i64
    slot: u64
    undone: bool
    """A supervisor took it back: the ticket may enter this session once more."""
    rent_to: Pubkey
    expires: i64
    """Of the answer that it was written by."""
    stale: i64
    """The latest expiry among the answers of entries before: none up to here enters again."""

    def seeds(self) -> Seeds:
        """One account per ticket and session."""
        return ["entry", self.ticket, self.session]


class CaseState(Enum):
    """Where a case about a ticket stands; DISMISSED and VOIDED are final."""

    OPEN = 0
    APPEALED = 1
    UPHELD = 2
    DISMISSED = 3
    VOIDED = 4


class Case(Account):
    """Why the organiser wants a ticket void. One per ticket and person, and kept as a record."""

    event: Pubkey
    ticket: Pubkey
    person: Pubkey
    """Who held the ticket."""
    bump: u8
    state: CaseState
    rule: u16
    """Number of the rule in the event's published terms."""
    evidence: Array[u8, 32]
    """Hash of the evidence that was handed to the holder."""
    statement: Array[u8, 32]
    """Hash of what the holder answered; zeros without an appeal."""
    appeal_until: i64
    """Who has not appealed by then has accepted."""
    decide_until: i64
    """An arbiter who has not decided by then has dismissed the case."""

    def seeds(self) -> Seeds:
        """One account per ticket and person: nobody is accused twice."""
        return ["case", self.ticket, self.person]
