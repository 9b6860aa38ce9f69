"""The program that other people's clients are tried on: every type of the dialect as an argument
and as a field, addresses that clients derive, and errors that they name.
"""

from seahorse.prelude import (
    Account,
    Array,
    Empty,
    Enum,
    Errors,
    Event,
    List,
    Option,
    Pubkey,
    Seeds,
    Signer,
    TokenAccount,
    TokenMint,
    UncheckedAccount,
    dataclass,
    declare_id,
    f64,
    i8,
    i16,
    i32,
    i64,
    i128,
    instruction,
    u8,
    u16,
    u32,
    u64,
    u128,
)

declare_id("FJEnmAQeL2LDJuz7DQPhNhddB9NeAppM4DQSpJjKUbzt")

LOUDEST = u8(10)


class Mood(Enum):
    """What a record sounds like."""

    CALM = 0
    WILD = 1
    BRAND_NEW = 2


class ProbeError(Errors):
    """Why the program refuses."""

    NOT_THE_OWNER = "the record belongs to somebody else"
    TOO_LOUD = "louder than 10"


@dataclass
class Track:
    """One piece on an album."""

    title: str
    seconds: u32
    mood: Mood
    guests: List[Pubkey]


@dataclass
class Played(Event):
    """What the log has of a piece that was played."""

    fan: Pubkey
    level: u8
    plays: u128
    note: str
    track: Track
    tags: List[str]


class Thanks(Account):
    """What a fan may leave."""

    amount: Option[u64]
    words: Option[str]


class Shelf(Account):
    """Where an owner's records stand."""

    owner: Pubkey
    bump: u8
    records: u64

    def seeds(self) -> Seeds:
        """One shelf per owner."""
        return ["shelf", self.owner]


class Place(Account):
    """Somewhere in a hall."""

    taken: bool


class Record(Account):
    """One field of each type."""

    owner: Pubkey
    number: u64
    bump: u8
    tiny: u8
    small: u16
    middle: u32
    large: u64
    huge: u128
    tiny_signed: i8
    small_signed: i16
    middle_signed: i32
    large_signed: i64
    huge_signed: i128
    ratio: f64
    loud: bool
    artist: Pubkey
    mood: Mood
    levels: Array[u16, 3]
    guests: Array[Pubkey, 2]
    moods: Array[Mood, 2]
    cover: Array[u8, 4]
    title: str
    notes: bytes

    def seeds(self) -> Seeds:
        """One record per owner and number."""
        return ["record", self.owner, self.number]


class Album(Account):
    """Fields whose size varies, before others."""

    owner: Pubkey
    bump: u8
    tags: List[str]
    best: Track
    tracks: List[Track]
    points: List[i64]
    cover: List[u8]
    pairs: Array[Array[u16, 2], 2]
    plays: u64

    def seeds(self) -> Seeds:
        """One album per owner."""
        return ["album", self.owner]


@instruction
def open_shelf(owner: Signer, shelf: Empty[Shelf]) -> None:
    """Makes the owner's shelf."""
    shelf.init(payer=owner, owner=owner.key())


@instruction
def add_record(
    owner: Signer, shelf: Shelf, record: Empty[Record], number: u64, title: str, notes: bytes
) -> None:
    """Makes a record; both texts keep their length."""
    assert shelf.owner == owner.key(), ProbeError.NOT_THE_OWNER
    shelf.records += 1
    record.init(payer=owner, owner=owner.key(), number=number, title=title, notes=notes)


@instruction
def set_unsigned(
    owner: Signer, record: Record, tiny: u8, small: u16, middle: u32, large: u64, huge: u128
) -> None:
    """Stores integers without a sign."""
    assert record.owner == owner.key(), ProbeError.NOT_THE_OWNER
    record.tiny = tiny
    record.small = small
    record.middle = middle
    record.large = large
    record.huge = huge


@instruction
def set_signed(
    owner: Signer, record: Record, tiny: i8, small: i16, middle: i32, large: i64, huge: i128
) -> None:
    """Stores integers with a sign."""
    assert record.owner == owner.key(), ProbeError.NOT_THE_OWNER
    record.tiny_signed = tiny
    record.small_signed = small
    record.middle_signed = middle
    record.large_signed = large
    record.huge_signed = huge


@instruction
def set_others(
    owner: Signer, record: Record, ratio: f64, loud: bool, artist: Pubkey, mood: Mood
) -> None:
    """Stores one value of each other type of fixed size."""
    assert record.owner == owner.key(), ProbeError.NOT_THE_OWNER
    record.ratio = ratio
    record.loud = loud
    record.artist = artist
    record.mood = mood


@instruction
def set_arrays(
    owner: Signer,
    record: Record,
    levels: Array[u16, 3],
    guests: Array[Pubkey, 2],
    moods: Array[Mood, 2],
    cover: Array[u8, 4],
) -> None:
    """Stores arrays."""
    assert record.owner == owner.key(), ProbeError.NOT_THE_OWNER
    record.levels = levels
    record.guests = guests
    record.moods = moods
    record.cover = cover


@instruction
def play(level: u8) -> None:
    """Refuses by name what is too loud."""
    assert level <= LOUDEST, ProbeError.TOO_LOUD


@instruction
def take_place(
    fan: Signer, place: Empty[Place], hall: str, row: u16, seat: u128, code: Array[u8, 4]
) -> None:
    """Makes an account at an address of seeds of many types."""
    place.init(payer=fan, seeds=["place", hall, row, seat, code, u8(7), fan], taken=True)


@instruction
def tip(fan: Signer, artist: UncheckedAccount, amount: u64) -> None:
    """Moves lamports from one to the other."""
    fan.transfer_lamports(artist, amount)


@instruction
def tip_if_any(fan: Signer, artist: Option[UncheckedAccount], amount: Option[u64]) -> None:
    """Moves lamports where there are any, and somebody to take them."""
    if artist is not None and amount is not None:
        fan.transfer_lamports(artist, amount)


@instruction
def half_of(amount: Option[u64]) -> Option[u64]:
    """Gives back half of what there is."""
    return None if amount is None else amount // 2


@instruction
def thank(
    fan: Signer, thanks: Empty[Thanks], amount: Option[u64], words: Option[str], level: u8
) -> None:
    """Keeps what may be missing."""
    thanks.init(payer=fan, seeds=["thanks", fan, level], amount=amount, words=words, padding=100)


@instruction
def add_album(
    owner: Signer,
    album: Empty[Album],
    tags: List[str],
    best: Track,
    tracks: List[Track],
    points: List[i64],
    cover: List[u8],
    pairs: Array[Array[u16, 2], 2],
) -> None:
    """Makes an album out of everything that varies in size."""
    album.init(
        payer=owner,
        owner=owner.key(),
        tags=tags,
        best=best,
        tracks=tracks,
        points=points,
        cover=cover,
        pairs=pairs,
        plays=0,
        padding=200,
    )


@instruction
def add_track(owner: Signer, album: Album, track: Track, tag: str) -> None:
    """Puts one more track and tag at the end."""
    assert album.owner == owner.key(), ProbeError.NOT_THE_OWNER
    album.tracks.append(track)
    album.tags.append(tag)
    album.plays += 1


@instruction
def press(owner: Signer, mint: Empty[TokenMint], token: Empty[TokenAccount]) -> None:
    """Makes a mint at an address of ours, its owner's associated account, and five copies."""
    mint = mint.init(payer=owner, seeds=["mint", owner], decimals=u8(0), authority=owner)
    token = token.init(payer=owner, mint=mint, authority=owner, associated=True)
    mint.mint(authority=owner, to=token, amount=u64(5))


@instruction
def press_alone(owner: Signer, mint: Empty[TokenMint]) -> None:
    """Makes a mint at an address whose key signs."""
    mint.init(payer=owner, decimals=u8(2), authority=owner)


@instruction
def play_track(fan: Signer, level: u8, plays: u128, note: str, track: Track) -> None:
    """Tells the world twice."""
    assert level <= LOUDEST, ProbeError.TOO_LOUD
    Played(fan.key(), level, plays, note, track, [note, track.title]).emit()
    Played(fan.key(), u8(0), plays, "", track, []).emit()


@instruction
def play_2(left_1: u8, right_2: u8) -> u64:
    """Gives back a product; a digit stands alone between underscores."""
    return u64(left_1) * u64(right_2)


@instruction
def quietest(tracks: List[Track]) -> Track:
    """Gives back the first of the tracks, a minute longer."""
    track = tracks[0]
    track.seconds += 60
    return track
