"""What the log tells: all that holders and those who follow the program should see coming."""

from seahorse.prelude import Array, Event, Pubkey, i64, u8, u32


class IssuerChanged(Event):
    """Other keys or periods (seconds) from now on; what is announced keeps its time."""

    issuer: Pubkey
    authority: Pubkey
    help_desk: Pubkey
    notice: i64
    cool_down: i64


class RebindingAnnounced(Event):
    """From `rebinds_at` (Unix seconds) on, the person moves to another wallet or device."""

    person: Pubkey
    wallet: Pubkey
    next_wallet: Pubkey
    rebinds_at: i64


class RebindingShortened(Event):
    """The help desk has looked the person in the face: the notice ends now."""

    person: Pubkey


class RebindingCancelled(Event):
    """What was announced does not happen."""

    person: Pubkey


class RebindingFinished(Event):
    """The person's wallet and device are what was announced; tickets may follow."""

    person: Pubkey
    old_wallet: Pubkey
    wallet: Pubkey


class PersonRevoked(Event):
    """The issuer no longer vouches for this person, for good."""

    person: Pubkey


class FamilyChanged(Event):
    """Leaf `index` of the family's tree is another now; zeros: its member was taken out."""

    family: Pubkey
    version: u32
    index: u8
    leaf: Array[u8, 32]


class FamilyRevoked(Event):
    """Nobody passes tickets on in this family any more."""

    family: Pubkey
