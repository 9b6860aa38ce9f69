"""GET /v1/keys: whose signatures of this gateway count, now and soon."""

from math import inf

from fastapi import APIRouter
from pydantic import BaseModel, Field

from conting_gateway.deps import Use
from conting_gateway.errors import KeysEndedError, responses
from conting_gateway.keys import KeyRing
from conting_gateway.schemas import Address

router = APIRouter(prefix="/v1", tags=["keys"])


class PublishedKey(BaseModel):
    """A public key; times in Unix seconds."""

    id: str = Field(description="Eight hex digits of the key's SHA-256", examples=["1f0c9a7e"])
    key: Address
    signs: bool = Field(description="New signatures are made with this one")
    until: int | None = Field(description="Not accepted from then on; null: no end is planned")


class PublishedKeys(BaseModel):
    """Keep all of them, and ask again now and then: a new key is here before it signs."""

    challenge: list[PublishedKey] = Field(description="Sign the challenges of passes")
    admission: list[PublishedKey] = Field(description="Admission authorities; the event names one")
    sponsor: list[PublishedKey] = Field(description="Pay network fees, if this gateway does")


@router.get("/keys", responses=responses(KeysEndedError))
async def keys(use: Use) -> PublishedKeys:
    """Tells whose signatures count: the keys that sign, those before them, and those to come."""
    sponsor = use.keys.sponsor
    return PublishedKeys(
        challenge=_published(use.keys.challenge),
        admission=_published(use.keys.admission),
        sponsor=[] if sponsor is None else _published(sponsor),
    )


def _published(ring: KeyRing) -> list[PublishedKey]:
    signer = ring.signer.pubkey()
    return [
        PublishedKey(
            id=each.id,
            key=each.key,
            signs=each.key == signer,
            until=None if each.until == inf else int(each.until),
        )
        for each in ring.accepted()
    ]
