"""What orders send and receive."""

from typing import Annotated, Literal

from conting_client.generated import ticket as program
from pydantic import AfterValidator, BaseModel, Field

from conting_gateway.schemas import DECIMALS, Address, Amount, Base64, DeviceKeyText

SECTION = Field(ge=0, lt=2**16)
SEAT = Field(ge=0, lt=2**32, description="From 0, within its section")
PASS = Field(max_length=400, description="From POST …/queue/enter")
UNITS = "In the smallest units of the event's payment"
MOST = Field(ge=0, lt=2**64, description=f"Refused if the price on chain is higher. {UNITS}")
PERSON = Field(
    default=None,
    description="The caller's person account, at an event with an issuer; else the wallet's own",
)
DEVICE = Field(
    default=None,
    description="Key of the phone: registered with the wallet's first order",
)
PAYMENT = Field(description="Mint of the token that `price` is in; the zero key: lamports")
UNSIGNED = Field(description="Base64; sign it with the wallet and send it to …/submit")
WORD = 32  # bytes
MOST_SECTIONS = 64  # of an event


def _word(value: bytes) -> bytes:
    if len(value) != WORD:
        raise ValueError(f"has to be {WORD} bytes")
    return value


Word = Annotated[Base64, AfterValidator(_word)]
"""A hash or a salt."""


def _said(statement: bytes) -> bytes:
    if not any(statement):  # as an account has it to which nobody has answered
        raise ValueError("has to be the hash of an answer, and not zeros")
    return statement


Statement = Annotated[Word, AfterValidator(_said)]


# Seats


class SeatsAnswer(BaseModel):
    """The seats of a section. A seat that is in no list is free."""

    section: int
    seats: int
    price: Amount
    version: str = Field(description="For …/seats/changes?since=…", examples=["6fd09a1c8be25f04"])
    held: list[int]
    sold: list[int]
    cooling: list[int] = Field(description="Given back, and waiting for the re-draw")
    offered: list[int] = Field(description="To somebody of the waiting list")
    used: list[int]
    void: list[int]


class SeatChangesAnswer(BaseModel):
    """The seats that are not as they were at `since`, by the state that they have now."""

    section: int
    since: str
    version: str
    free: list[int]
    held: list[int]
    sold: list[int]
    cooling: list[int]
    offered: list[int]
    used: list[int]
    void: list[int]


class HoldRequest(BaseModel):
    """Which seat to hold."""

    section: int = SECTION
    seat: int = SEAT
    admission_pass: str = PASS


class HoldAnswer(BaseModel):
    """A seat that nobody else can order here until `expires_at` (Unix seconds)."""

    section: int
    seat: int
    expires_at: int


class HoldsAnswer(BaseModel):
    """What somebody holds at one event; what ends first comes first."""

    holds: list[HoldAnswer]


# Orders


class BuyRequest(BaseModel):
    """What to buy, and what was agreed to."""

    event: Address
    section: int = SECTION
    seat: int = SEAT
    device_key: DeviceKeyText = Field(
        description="Key of the phone: registered with the wallet's first order"
    )
    person: Address | None = PERSON
    max_price: int = MOST
    admission_pass: str = PASS


class BuyForRequest(BaseModel):
    """What to buy for whom."""

    event: Address
    section: int = SECTION
    seat: int = SEAT
    person: Address = Field(description="The person account that the ticket will be of")
    helper: Address | None = PERSON
    max_price: int = MOST
    admission_pass: str = PASS


class TicketRequest(BaseModel):
    """Which ticket."""

    ticket: Address


class GrantRequest(BaseModel):
    """Who may buy what for the caller."""

    event: Address
    helper: Address = Field(description="A person account")
    max_price: int = Field(ge=0, lt=2**64, description=f"For each ticket. {UNITS}")
    sections: list[Annotated[int, Field(ge=0, lt=MOST_SECTIONS)]] = Field(
        min_length=1, max_length=MOST_SECTIONS
    )
    count: int = Field(ge=1, lt=2**8, description="How many tickets")
    expires: int = Field(gt=0, lt=2**63, description="Unix seconds")
    person: Address | None = PERSON
    device_key: DeviceKeyText | None = DEVICE


class RevokeGrantRequest(BaseModel):
    """Whose leave to buy for the caller ends."""

    event: Address
    helper: Address = Field(description="A person account")
    person: Address | None = PERSON


class MembershipRequest(BaseModel):
    """What shows that somebody is of a family; from its issuer."""

    index: int = Field(ge=0, lt=2**8)
    role: int = Field(ge=0, lt=2**8)
    joined_at: int = Field(ge=-(2**63), lt=2**63, description="Unix seconds")
    salt: Word
    siblings: list[Word] = Field(min_length=3, max_length=3, description="From the leaves upwards")

    def as_program(self) -> program.Membership:
        """As the ticket program takes it."""
        siblings = tuple(self.siblings)
        return program.Membership(self.index, self.role, self.joined_at, self.salt, siblings)


class FamilyTransferRequest(BaseModel):
    """Which ticket passes on to whom, and what shows that the two are of one family."""

    ticket: Address
    to: Address = Field(description="A person account, whose wallet signs too")
    family: Address
    sender_shows: MembershipRequest
    shows: MembershipRequest


class SectionRequest(BaseModel):
    """Which section's draw or waiting list."""

    event: Address
    section: int = SECTION
    person: Address | None = PERSON


class JoinWaitingRequest(SectionRequest):
    """Which waiting list."""

    device_key: DeviceKeyText | None = DEVICE


class DrawRequest(SectionRequest):
    """What entering a draw asks for."""

    max_price: int = MOST
    device_key: DeviceKeyText | None = DEVICE


class MakeGroupRequest(DrawRequest):
    """Who shall sit side by side: the caller leads, and these are the others."""

    members: list[Address] = Field(max_length=3, description="Person accounts")


class JoinGroupRequest(DrawRequest):
    """Which group to join."""

    leader: Address = Field(description="The person account of who made the group")


class OfferRequest(BaseModel):
    """Which offered seat to take."""

    ticket: Address
    max_price: int = MOST


class OpenVoidRequest(BaseModel):
    """Why the organiser wants a ticket void."""

    ticket: Address
    rule: int = Field(
        ge=0, lt=2**16, description="Its number in the event's published terms", examples=[7]
    )
    evidence: Word = Field(description="Hash of what was handed to the holder: 32 bytes")


class DecideRequest(BaseModel):
    """What the arbiter has decided."""

    ticket: Address
    upheld: bool = Field(description="The ticket ends; else the case is dismissed")


class AppealRequest(BaseModel):
    """The answer to a case about a ticket."""

    ticket: Address
    statement: Statement = Field(description="Hash of what is answered: 32 bytes, not all zeros")


class SubmitRequest(BaseModel):
    """The order's transaction with the caller's signature, or with all."""

    transaction: Base64


class BuiltAnswer(BaseModel):
    """An order whose transaction waits for the wallet."""

    order: str
    transaction: Base64 = UNSIGNED
    price: Amount
    payment: Address = PAYMENT
    decimals: int | None = DECIMALS
    expires_at: int = Field(description="Unix seconds; about when the chain stops taking it")
    account: Address = Field(description="What it makes or changes: ticket, grant, bid, …")
    section: int | None
    seat: int | None
    awaits: list[Address] = Field(description="The wallets that have to sign it")
    fee_payer: Address = Field(description="Pays the network fee: the caller, or the gateway")


class OrderAnswer(BaseModel):
    """Where an order stands; done, refused and expired are final."""

    order: str
    kind: str = Field(description="As in POST /v1/orders/{kind}", examples=["buy"])
    state: Literal["built", "sent", "done", "refused", "expired"]
    event: Address
    section: int | None
    seat: int | None
    account: Address = Field(description="What it makes or changes: ticket, grant, bid, …")
    price: Amount = Field(
        description="What it costs, in the smallest units of `payment`; of a refund, what came "
        "back when it was built"
    )
    payment: Address = PAYMENT
    decimals: int | None = DECIMALS
    expires_at: int = Field(
        description="Unix seconds; about when the chain stops taking its transaction"
    )
    awaits: list[Address] = Field(description="The wallets whose signatures are missing")
    transaction: Base64 | None = Field(description="While it is built")
    error: str | None = Field(
        description="The program's name of its refusal; of one that is built: of the last time "
        "that it was sent, and it may be sent again"
    )
    detail: str | None
