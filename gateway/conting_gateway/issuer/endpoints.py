"""The issuer's routes. Whoever asks twice gets the same; what is done is what stands on chain."""

from dataclasses import asdict
from typing import Annotated

from conting_client.families import Proof
from fastapi import APIRouter, Depends, Request

from conting_gateway.errors import responses
from conting_gateway.issuer import errors as refusals
from conting_gateway.issuer import schemas
from conting_gateway.issuer.homes import Founded
from conting_gateway.issuer.service import Issuing
from conting_gateway.limits.service import network_of
from conting_gateway.schemas import Address

router = APIRouter(prefix="/v1", tags=["issuer"])

PROOF = (refusals.BadChallengeError, refusals.NotProvenError)
CHAIN = (refusals.FamilyRefusedError, refusals.TooOldError)
SENT = (*CHAIN, refusals.NotOursError, refusals.OutcomeOpenError)
PERSON = (refusals.OtherPersonsError,)
PAPERS = (*PERSON, refusals.WrongPapersError)
FAMILY = (*PERSON, refusals.NoFamilyError)
ENDED = (refusals.EndedError,)
GUARDIAN = (refusals.GuardianNotOwnError,)


def _issuing(request: Request) -> Issuing:
    """Counts the request, and gives the service."""
    issuing: Issuing = request.app.state.issuing
    issuing.limits.spend(network_of(request.client.host) if request.client else "unknown")
    return issuing


Use = Annotated[Issuing, Depends(_issuing)]


@router.get("/issuer", responses=responses())
async def issuer(use: Use) -> schemas.IssuerAnswer:
    """Tells who attests here, by which rules."""
    found = await use.about()
    return schemas.IssuerAnswer(
        issuer=use.keys.issuer,
        authority=found.authority,
        help_desk=found.help_desk,
        name=found.name,
        uri=found.uri,
        notice=found.notice,
        cool_down=found.cool_down,
    )


@router.post("/challenges", responses=responses())
async def challenge(use: Use) -> schemas.ChallengeAnswer:
    """Gives what statements end with; it lives for five minutes."""
    text, until = use.proofs.challenge()
    return schemas.ChallengeAnswer(challenge=text, expires_at=until)


@router.post("/persons", responses=responses(*PROOF, *CHAIN, *ENDED, refusals.AttestedAlreadyError))
async def attest(asked: schemas.AttestRequest, use: Use) -> schemas.AttestAnswer:
    """Attests that somebody is one person; the wallet signs the transaction and pays its rent."""
    who = asked.holder()
    found = await use.persons.attest(asked.papers, who, asked.challenge)
    return schemas.AttestAnswer(
        person=found.person,
        nullifier=found.nullifier,
        valid_until=found.valid_until,
        proof=who.proof,
        to_sign=schemas.to_sign(found.built),
    )


@router.post("/persons/{person}/renew", responses=responses(*PAPERS, *ENDED, *SENT))
async def renew(person: Address, asked: schemas.PapersRequest, use: Use) -> schemas.RenewAnswer:
    """Vouches for a person for longer, in the second half of the time."""
    return schemas.RenewAnswer(valid_until=await use.persons.renew(person, asked.papers))


@router.post("/persons/{person}/rebind", responses=responses(*PROOF, *PAPERS, *ENDED, *CHAIN))
async def rebind(person: Address, asked: schemas.RebindRequest, use: Use) -> schemas.RebindAnswer:
    """Announces that a person moves to another wallet or phone, which takes over after the notice.

    The old wallet is not asked: this is how a sold account is taken back.
    """
    who = asked.holder()
    found = await use.persons.rebind(person, asked.papers, who, asked.challenge)
    return schemas.RebindAnswer(
        progress=found.progress,
        takes_over_at=found.takes_over_at,
        proof=who.proof,
        to_sign=schemas.to_sign(found.built),
    )


@router.post("/persons/{person}/rebind/cancel", responses=responses(*PAPERS, *SENT))
async def cancel(person: Address, asked: schemas.PapersRequest, use: Use) -> schemas.DoneAnswer:
    """Calls an announced move off, for whoever has the papers: no wallet is asked."""
    await use.persons.cancel(person, asked.papers)
    return schemas.DoneAnswer()


@router.post(
    "/persons/{person}/rebind/finish",
    responses=responses(*PERSON, *ENDED, *SENT, refusals.NoticeRunsError),
)
async def finish(person: Address, use: Use) -> schemas.DoneAnswer:
    """Puts an announced move in force once its notice has run out, whoever asks."""
    await use.persons.finish(person)
    return schemas.DoneAnswer()


@router.post("/persons/{person}/rebind/shorten", responses=responses(*PROOF, *PERSON, *CHAIN))
async def shorten(person: Address, asked: schemas.DeskRequest, use: Use) -> schemas.OwnAnswer:
    """Ends the notice now: the person stands at the help desk, whose key signs, too."""
    built = await use.persons.shorten(person, asked.challenge, asked.signature)
    return schemas.OwnAnswer(to_sign=schemas.to_sign(built))


@router.post("/persons/{person}/revoke", responses=responses(*PROOF, *PERSON, *SENT))
async def revoke(person: Address, asked: schemas.DeskRequest, use: Use) -> schemas.DoneAnswer:
    """Ends an attestation for good; for the help desk."""
    await use.persons.revoke(person, asked.challenge, asked.signature)
    return schemas.DoneAnswer()


@router.post("/persons/{person}/consent", responses=responses(*PERSON, *CHAIN))
async def consent(person: Address, asked: schemas.ConsentRequest, use: Use) -> schemas.OwnAnswer:
    """Builds a member's own agreement to a family, which it does not name."""
    built = await use.persons.consent(person, asked.membership)
    return schemas.OwnAnswer(to_sign=schemas.to_sign(built))


@router.post("/persons/{person}/leave", responses=responses(*PERSON, *CHAIN))
async def leave(person: Address, use: Use) -> schemas.OwnAnswer:
    """Builds a member's own leaving, at once; the cool-down begins with it."""
    built = await use.persons.leave(person)
    return schemas.OwnAnswer(to_sign=schemas.to_sign(built))


@router.post(
    "/families",
    responses=responses(*PROOF, *PERSON, *ENDED, *CHAIN, *GUARDIAN, refusals.FamilyExistsError),
)
async def found_family(asked: schemas.FoundRequest, use: Use) -> schemas.FamilyAnswer:
    """Founds a family, without members: one of a person at a time. The issuer pays."""
    return _founded(
        await use.families.found(asked.person, asked.guardian, asked.challenge, asked.pair())
    )


@router.post(
    "/families/{family}/renew",
    responses=responses(*PROOF, *FAMILY, *ENDED, *CHAIN, *GUARDIAN),
)
async def renew_family(
    family: Address, asked: schemas.FoundRequest, use: Use
) -> schemas.FamilyAnswer:
    """Attests a family for longer; its founder may name another guardian's key."""
    return _founded(
        await use.families.renew(
            family, asked.person, asked.guardian, asked.challenge, asked.pair()
        )
    )


@router.post(
    "/families/{family}/join",
    responses=responses(*PROOF, *FAMILY, *ENDED, *CHAIN, *GUARDIAN),
)
async def join(family: Address, asked: schemas.JoinRequest, use: Use) -> schemas.JoinAnswer:
    """Takes a member into a family: member and guardian have signed, the guardian signs again.

    The proof is the member's. It counts with the member's consent, which is a transaction apart.
    """
    proof, built = await use.families.welcome(
        family, asked.person, asked.role, asked.challenge, asked.pair()
    )
    return schemas.JoinAnswer(proof=_shown(proof), to_sign=schemas.to_sign(built))


@router.post(
    "/families/{family}/proof",
    responses=responses(*PROOF, *FAMILY, refusals.NotMemberError),
)
async def prove(family: Address, asked: schemas.ProveRequest, use: Use) -> schemas.ProofAnswer:
    """Gives a member the proof anew, as the family is now."""
    proof = await use.families.prove(family, asked.person, asked.challenge, asked.wallet_signature)
    return _shown(proof)


@router.post("/families/{family}/remove", responses=responses(*PROOF, *FAMILY, *SENT))
async def remove(family: Address, asked: schemas.RemoveRequest, use: Use) -> schemas.DoneAnswer:
    """Takes a member out of a family, for the member or for the guardian."""
    await use.families.remove(family, asked.person, asked.by, asked.challenge, asked.signature)
    return schemas.DoneAnswer()


@router.post(
    "/families/{family}/revoke",
    responses=responses(*PROOF, refusals.NoFamilyError, *SENT),
)
async def revoke_family(
    family: Address, asked: schemas.DeskRequest, use: Use
) -> schemas.DoneAnswer:
    """Ends a family for good; for the help desk."""
    await use.families.revoke(family, asked.challenge, asked.signature)
    return schemas.DoneAnswer()


@router.post("/transactions", responses=responses(*SENT))
async def send(asked: schemas.SendRequest, use: Use) -> schemas.SentAnswer:
    """Sends a transaction of this issuer's that everybody has signed, until it is confirmed."""
    return schemas.SentAnswer(signature=await use.chain.submit(asked.transaction))


def _founded(found: Founded) -> schemas.FamilyAnswer:
    return schemas.FamilyAnswer(
        family=found.family,
        family_id=found.family_id,
        valid_until=found.valid_until,
        to_sign=schemas.to_sign(found.built),
    )


def _shown(proof: Proof) -> schemas.ProofAnswer:
    return schemas.ProofAnswer.model_validate(asdict(proof))
