"""GET /v1/persons/…, /v1/families/…, /v1/issuers…, /v1/my/persons, /v1/my/warnings."""

from typing import Annotated

from fastapi import APIRouter, Depends

from conting_gateway.deps import Caller, Use
from conting_gateway.errors import responses
from conting_gateway.readmodel import people_schemas as schemas
from conting_gateway.readmodel.endpoints import MINE, READ, Now, Part, cut
from conting_gateway.readmodel.errors import (
    NoSuchPersonError,
    UnknownFamilyError,
    UnknownIssuerError,
)
from conting_gateway.readmodel.feed_endpoints import happened
from conting_gateway.readmodel.people import People, became, is_warning
from conting_gateway.schemas import Address

router = APIRouter(prefix="/v1", tags=["people"])


async def _people(use: Use) -> People:
    return People(use.reading.follower.model, await use.dids.chain(), await use.catalog.now())


Known = Annotated[People, Depends(_people)]


@router.get("/persons/{person}", responses=responses(*READ, NoSuchPersonError))
async def person(person: Address, people: Known, as_of: Now) -> schemas.PersonAnswer:
    """Tells who vouches for a person, by which wallet and phone, and what was announced."""
    return schemas.PersonAnswer(as_of=as_of, person=people.person(person))


@router.get("/families/{family}", responses=responses(*READ, UnknownFamilyError))
async def family(family: Address, people: Known, as_of: Now) -> schemas.FamilyAnswer:
    """Tells of a family what its account shows; who is in it, only its members can show."""
    return schemas.FamilyAnswer(as_of=as_of, family=people.family(family))


@router.get("/issuers", responses=responses(*READ))
async def issuers(people: Known, as_of: Now, part: Part) -> schemas.Issuers:
    """Lists who vouches for persons."""
    kept, after = cut(people.issuers(), part)
    found = [people.show_issuer(row) for row in kept]
    return schemas.Issuers(as_of=as_of, next=after, issuers=found)


@router.get("/issuers/{issuer}", responses=responses(*READ, UnknownIssuerError))
async def issuer(issuer: Address, people: Known, as_of: Now) -> schemas.IssuerAnswer:
    """Tells an issuer's keys and periods."""
    return schemas.IssuerAnswer(as_of=as_of, issuer=people.issuer(issuer))


@router.get("/my/persons", responses=responses(*MINE))
async def my_persons(caller: Caller, people: Known, as_of: Now) -> schemas.MyPersons:
    """Lists whom the caller's wallet stands for, and who is about to move to it."""
    return schemas.MyPersons(
        as_of=as_of,
        persons=people.of_wallet(caller.wallet),
        arriving=people.arriving(caller.wallet),
    )


@router.get("/my/warnings", responses=responses(*MINE))
async def my_warnings(caller: Caller, use: Use, people: Known, as_of: Now) -> schemas.Warnings:
    """Tells what befalls the caller's persons, so that nobody moves them unnoticed."""
    feed, wallet = use.reading.feed, caller.wallet
    ever = became(await feed.history([wallet]), wallet)
    persons = [*use.reading.lists.persons_of(wallet), *ever]
    found = await feed.history(list(dict.fromkeys(persons)))
    return schemas.Warnings(
        as_of=as_of,
        pending=[each for each in people.known(persons) if each.move is not None],
        warnings=[happened(each) for each in found if is_warning(each)],
    )
