"""Places in line and the visits that they give, as tokens say them."""

from dataclasses import dataclass
from typing import NamedTuple

from solders.pubkey import Pubkey


class Place(NamedTuple):
    """A number in one event's line, and whose it is: a wallet's or a person's.

    `era`: which losses of Redis were known when the number was signed (Room.era).
    """

    event: str
    number: int
    guest: str
    era: int


@dataclass(frozen=True, slots=True)
class Admission:
    """A visit: who may buy what, from which place, until when (Unix seconds).

    `guest`: whose the place is, the wallet or its person.
    """

    event: Pubkey
    wallet: Pubkey
    guest: str
    number: int
    place: int
    expires: int
