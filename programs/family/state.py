"""What the family program keeps on chain: issuers, persons, families. No personal data."""

from seahorse.prelude import Account, Array, Enum, Pubkey, Seeds, i64, u8, u32

MAX_NAME = 40  # characters
MAX_URI = 120  # characters
HOUR = 3_600  # seconds
DAY = 24 * HOUR
SHORTEST_NOTICE = HOUR  # of a re-binding
LONGEST_NOTICE = 30 * DAY
SELF_NOTICE = DAY
SHORTEST_COOL_DOWN = DAY  # between two families
LONGEST_COOL_DOWN = 365 * DAY
FOR_EVER = i64(2**63 - 1)
NOBODY = Pubkey.default()
MAX_FAMILY = u8(6)  # members of one family
TREE_LEAVES = u8(8)  # of a family's Merkle tree: three levels


class Scheme(Enum):
    """What kind of key a device holds."""

    ED25519 = 0
    SECP256R1 = 1


class Issuer(Account):
    """Who vouches that a person is one person. Anyone may register; an event names one."""

    founder: Pubkey
    """The first authority; only the address comes from it."""
    bump: u8
    authority: Pubkey
    """Signs what this issuer attests."""
    help_desk: Pubkey
    """Its signature beside the authority's shortens the notice of a re-binding."""
    notice: i64
    """Seconds from a re-binding's announcement to its effect."""
    cool_down: i64
    """Seconds between leaving a family and joining another."""
    name: str
    uri: str
    """Where the issuer's did document and its rules are published."""

    def seeds(self) -> Seeds:
        """One account per founder."""
        return ["issuer", self.founder]


class Person(Account):
    """One human being in the eyes of one issuer; or, self-attested, one wallet."""

    issuer: Pubkey
    """The issuer's account; a self-attested person's own wallet."""
    nullifier: Pubkey
    """A salted hash that only the issuer can make, 32 bytes; zeros for a self-attested person."""
    bump: u8
    wallet: Pubkey
    scheme: Scheme
    device: Array[u8, 33]
    """Public key of the phone: 32 bytes and a zero (Ed25519), or 33 compressed (secp256r1)."""
    valid_until: i64
    """This and the other times: Unix seconds of the chain's clock."""
    revoked: bool
    membership: Array[u8, 32]
    """Consent to one family, hidden by a salt; zeros for none."""
    member_since: i64
    left_at: i64
    next_wallet: Pubkey
    """A re-binding that was announced; the zero key for none."""
    next_scheme: Scheme
    next_device: Array[u8, 33]
    rebinds_at: i64

    def seeds(self) -> Seeds:
        """One account per issuer and nullifier."""
        return ["person", self.issuer, self.nullifier]


class Family(Account):
    """Up to six persons who may pass tickets on to each other, hidden behind a Merkle root."""

    issuer: Pubkey
    id: Pubkey
    """32 random bytes."""
    bump: u8
    guardian: Pubkey
    """A key made for this family: it tells nobody whose it is."""
    size: u8
    version: u32
    """Goes up with every change of members."""
    root: Array[u8, 32]
    valid_until: i64
    revoked: bool

    def seeds(self) -> Seeds:
        """One account per issuer and random id."""
        return ["family", self.issuer, self.id]
