"""What the ticket program keeps about who waits for a seat, and about the re-draws of seats."""

from seahorse.prelude import Account, Array, Pubkey, Seeds, u8, u32, u64


class Place(Account):
    """One place of a section's waiting list. It is kept until the event is over, so that everybody
    can see who took part in a re-draw.
    """

    section: Pubkey
    index: u32
    bump: u8
    person: Pubkey
    joined_slot: u64
    root: Array[u8, 32]
    """Hash over all places up to this one."""
    active: bool
    """The person still waits: has neither left nor been offered a seat."""
    rent_to: Pubkey

    def seeds(self) -> Seeds:
        """One account per section and number."""
        return ["place", self.section, self.index]


class Waiting(Account):
    """That a person has a place: nobody has two of one section."""

    section: Pubkey
    person: Pubkey
    bump: u8
    index: u32
    """Of the place."""
    rent_to: Pubkey

    def seeds(self) -> Seeds:
        """One account per section and person."""
        return ["waiting", self.section, self.person]


class Redraw(Account):
    """The re-draw of a seat: what decided it, to be computed again by anybody."""

    ticket: Pubkey
    bump: u8
    event: Pubkey
    fixed_slot: u64
    """Who joined in this slot or later takes no part."""
    drawn_slot: u64
    """The slot whose hash decided."""
    slot_hash: Array[u8, 32]
    count: u32
    """Places that take part: the root is that of the last of them."""
    draw_key: Array[u8, 32]
    rent_to: Pubkey

    def seeds(self) -> Seeds:
        """One account per seat."""
        return ["redraw", self.ticket]
