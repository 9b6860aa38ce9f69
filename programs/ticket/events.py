"""What the log tells: all that holders and those who follow the program should see coming."""

from seahorse.prelude import Array, Event, Pubkey, i64, u8, u16, u32, u64


class AdmissionRotated(Event):
    """From now on another key admits to the sale."""

    event: Pubkey
    admission: Pubkey


class EventCancelled(Event):
    """Anybody may now send holders their money back."""

    event: Pubkey


class CaseOpened(Event):
    """The organiser wants the ticket void; who holds it may appeal until `appeal_until`."""

    ticket: Pubkey
    person: Pubkey
    rule: u16
    evidence: Array[u8, 32]
    appeal_until: i64


class CaseAppealed(Event):
    """The holder has answered; the arbiter decides until `decide_until`."""

    ticket: Pubkey
    person: Pubkey
    statement: Array[u8, 32]
    decide_until: i64


class CaseClosed(Event):
    """The case is over: void, or the ticket is as good as before."""

    ticket: Pubkey
    person: Pubkey
    void: bool


class EntryUndone(Event):
    """A supervisor has taken an entry back."""

    ticket: Pubkey
    session: u16
    supervisor: Pubkey


class Withdrawn(Event):
    """The organiser has taken proceeds."""

    event: Pubkey
    amount: u64


class SeatRedrawn(Event):
    """The order in which a seat is offered to those who wait follows from `draw_key`."""

    ticket: Pubkey
    fixed_slot: u64
    drawn_slot: u64
    slot_hash: Array[u8, 32]
    count: u32
    draw_key: Array[u8, 32]


class SeatOffered(Event):
    """The person may take the seat until `until`."""

    ticket: Pubkey
    person: Pubkey
    until: i64


class GroupEntered(Event):
    """A group is complete and takes part in the draw."""

    draw: Pubkey
    group: Pubkey
    size: u8
    index: u32


class SeatsDrawn(Event):
    """Who wins follows from `draw_key`."""

    draw: Pubkey
    secret: Array[u8, 32]
    drawn_slot: u64
    slot_hash: Array[u8, 32]
    entries: u32
    draw_key: Array[u8, 32]
