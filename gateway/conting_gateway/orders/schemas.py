"""What orders send and receive."""

from typing import Literal

from pydantic import BaseModel, Field

from conting_gateway.schemas import Address, Base64, DeviceKeyText, Lamports

SECTION = Field(ge=0, lt=2**16)
SEAT = Field(ge=0, lt=2**32, description="From 0, within its section")
PASS = Field(max_length=400, description="From POST …/queue/enter")
UNSIGNED = Field(description="Base64; sign it with the wallet and send it to …/submit")


class SeatsAnswer(BaseModel):
    """The seats of a section. A seat that is in no list is free."""

    section: int
    seats: int
    price: Lamports
    held: list[int]
    sold: list[int]
    cooling: list[int]
    used: list[int]


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


class BuyRequest(BaseModel):
    """What to buy, and what was agreed to."""

    event: Address
    section: int = SECTION
    seat: int = SEAT
    device_key: DeviceKeyText = Field(
        description="Key of the phone: registered with the wallet's first purchase"
    )
    person: Address | None = Field(
        default=None,
        description="The buyer's person account, at an event with an issuer; else the wallet's own",
    )
    max_price: int = Field(ge=0, lt=2**64, description="Lamports")
    admission_pass: str = PASS


class RefundRequest(BaseModel):
    """Which ticket to give back."""

    ticket: Address


class SubmitRequest(BaseModel):
    """The order's transaction with all signatures."""

    transaction: Base64


class BuiltAnswer(BaseModel):
    """An order whose transaction waits for the wallet."""

    order: str
    transaction: Base64 = UNSIGNED
    price: Lamports
    expires_at: int = Field(description="Unix seconds; about when the chain stops taking it")


class OrderAnswer(BaseModel):
    """Where an order stands; done, refused and expired are final."""

    order: str
    kind: Literal["buy", "refund"]
    state: Literal["built", "sent", "done", "refused", "expired"]
    event: Address
    section: int
    seat: int
    ticket: Address
    price: Lamports
    error: str | None = Field(description="The ticket program's name of its refusal")
    detail: str | None
