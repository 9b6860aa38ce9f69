"""What the feed shows, and the histories that are read from it."""

import re
from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field

from conting_gateway.readmodel.schemas import AsOf
from conting_gateway.schemas import Address

PLACE: Final = re.compile(r"^[0-9]{1,15}(-[0-9]{1,9})?$")
Place = Annotated[
    str,
    Field(
        pattern=PLACE.pattern,
        description="A place in the stream",
        examples=["1760000000000-0"],
    ),
]


class Happened(BaseModel):
    """One instruction that the chain has carried out."""

    id: str = Field(description="Signature and index: the same happening always has the same id")
    kind: str = Field(description="sold, refunded, entered, offered, ..., or the instruction")
    program: Literal["ticket", "family", "raffle"]
    instruction: str
    slot: int
    time: int | None = Field(description="Of its block")
    accounts: dict[str, Address] = Field(description="By their names in docs/programs.md")
    amount: int | None = Field(
        description="What the event's vault got or gave, in the smallest units of the event's "
        "`payment`, if that is known"
    )


class Told(Happened):
    """A happening at its place in the stream."""

    place: Place


class FeedPage(BaseModel):
    """A part of the stream, oldest first; ask again with `after` = `next`."""

    happenings: list[Told]
    next: Place
    gap: bool = Field(
        description="What came right after `after` is not kept any more: read the lists anew"
    )


class Purchases(BaseModel):
    """What the caller bought, deposited and got back for tickets, the newest first.

    Of the last 500 happenings of the caller's. Sales of entries' NFTs are in the feed
    (`entry_sold`).
    """

    as_of: AsOf
    purchases: list[Happened]


class Transfer(Happened):
    """A ticket that passed on within a family. `role`: which part of it was the caller's."""

    role: Literal["sender", "receiver"]


class Transfers(BaseModel):
    """Tickets that the caller passed on or was given, the newest first.

    Of the last 500 happenings of the caller's.
    """

    as_of: AsOf
    transfers: list[Transfer]
