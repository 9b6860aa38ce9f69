"""The HTTP binding of DID Resolution: media types, statuses, errors."""

import pytest
from conting_client import Rpc, Wallet
from conting_client.dids import Did, chain_of, describe
from conting_client.generated import family
from conting_client.multikey import multikey
from conting_gateway.redis import Redis
from solders.pubkey import Pubkey

from tests.gateway.chain import Chain
from tests.gateway.orders.folk import Fan, Post, fan, home, post
from tests.gateway.support import NOWHERE, Gateway, Json, Start

pytestmark = pytest.mark.anyio

RESULT = "application/did-resolution"
MAINNET = "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp"


async def resolved(
    gateway: Gateway, did: object, status: int, accept: str = RESULT, query: str = ""
) -> tuple[str, Json]:
    """Media type and body of an answer."""
    path = f"/1.0/identifiers/{did}{query}"
    answer = await gateway.call("GET", path, headers={"accept": accept})
    assert answer.status_code == status, answer.text
    return answer.headers["content-type"], answer.json()


async def did_of(chain: Chain, address: Pubkey) -> Did:
    return Did(await chain_of(chain.rpc), address)


async def failed(gateway: Gateway, did: object, status: int, query: str = "") -> str:
    """The last part of an error's type; there is no document and nothing is said of one."""
    media, body = await resolved(gateway, did, status, query=query)
    assert media == RESULT
    assert (body["didDocument"], body["didDocumentMetadata"]) == (None, {})
    error = body["didResolutionMetadata"]["error"]
    assert error.keys() == {"type", "title", "detail"}
    start, _, name = error["type"].partition("#")
    assert start == "https://www.w3.org/ns/did"
    return str(name)


async def test_a_person_resolves_to_its_keys_in_every_media_type(
    gateway: Gateway, chain: Chain
) -> None:
    who = await fan(chain)
    did = await did_of(chain, who.person)
    media, body = await resolved(gateway, did, 200)
    assert media == RESULT
    document = body["didDocument"]
    assert document["id"] == str(did)
    assert f"{did}#{multikey(who.wallet.key)}" in document["assertionMethod"]
    assert body["didResolutionMetadata"] == {"contentType": "application/did"}
    assert body["didDocumentMetadata"].keys() == {"versionId"}
    for accept in ("application/did", "application/did+json", "application/did+ld+json"):
        assert await resolved(gateway, did, 200, accept) == (accept, document)
    for accept in ("*/*", "application/*;q=0.5", "text/html, */*;q=0.1", f"{RESULT};x=1"):
        assert (await resolved(gateway, did, 200, accept))[0] == RESULT
    preferred = "application/did;q=0.5, application/did+json"
    assert (await resolved(gateway, did, 200, preferred))[0] == "application/did+json"
    for accept, wanted in (
        (f"{RESULT};q=0, */*", "application/did"),  # RFC 9110 12.5.1: the closest range counts
        ("*/*;q=0.1, application/*;q=0.5, application/did+json", "application/did+json"),
        ("*/*, application/did", "application/did"),
    ):
        assert (await resolved(gateway, did, 200, accept))[0] == wanted
    for accept in (
        "text/html",
        f"*/*;q=0, {RESULT};q=0",
        "application/did;q=0",
        "application/did;q=x",
        "application/json",
        "application/json,",  # RFC 9110 5.6.1.2: an empty element is none
    ):
        _, refused = await resolved(gateway, did, 406, accept)
        problem = refused["didResolutionMetadata"]["error"]
        assert problem["type"].endswith("#REPRESENTATION_NOT_SUPPORTED")
    for option in ("?noCache=true", "?expandRelativeUrls=false"):
        assert (await resolved(gateway, did, 200, query=option))[1] == body


@pytest.mark.slow
async def test_what_does_not_resolve_says_why(gateway: Gateway, chain: Chain) -> None:
    stranger = await did_of(chain, Wallet.generate().key)
    assert await failed(gateway, "", 400) == "INVALID_DID"
    assert await failed(gateway, "did:conting", 400) == "INVALID_DID"
    assert await failed(gateway, "nothing/at/all", 400) == "INVALID_DID"
    assert await failed(gateway, f"{stranger}%23wallet", 400) == "INVALID_DID"
    assert await failed(gateway, "did:conting:here:there", 400) == "INVALID_DID"
    assert await failed(gateway, "did:example:123", 501) == "METHOD_NOT_SUPPORTED"
    assert await failed(gateway, stranger, 404) == "NOT_FOUND"
    elsewhere = Did(MAINNET, stranger.address)
    assert await failed(gateway, elsewhere, 501) == "FEATURE_NOT_SUPPORTED"
    for option in ("?versionId=1", "?versionTime=2026-01-01T00:00:00Z", "?more"):
        assert await failed(gateway, stranger, 501, option) == "FEATURE_NOT_SUPPORTED"
    assert await failed(gateway, stranger, 400, "?noCache=perhaps") == "INVALID_OPTIONS"


@pytest.mark.slow
async def test_an_account_of_another_kind_is_not_found(gateway: Gateway, chain: Chain) -> None:
    show = await chain.make_show(gateway.keys.admission.pubkey())
    for address in (show.address, family.PROGRAM_ID, show.organiser.key):
        assert await failed(gateway, await did_of(chain, address), 404) == "NOT_FOUND"


async def revoke(office: Post, who: Fan) -> None:
    call = family.revoke_person(
        authority=office.authority.key, issuer=office.issuer, person=who.person
    )
    await office.chain.send(call, office.authority)


@pytest.mark.slow
async def test_issuers_and_families_resolve_and_who_was_revoked_is_gone(
    gateway: Gateway, chain: Chain
) -> None:
    office = await post(chain)
    ann, ben = await office.attest(), await office.attest()
    house = await home(office, ann, ben)
    issuer = await did_of(chain, office.issuer)
    for address, key in (
        (office.issuer, office.authority.key),
        (house.address, house.guardian.key),
        (ann.person, ann.wallet.key),
    ):
        did = await did_of(chain, address)
        _, body = await resolved(gateway, did, 200)
        assert f"{did}#{multikey(key)}" in body["didDocument"]["authentication"]
        if address != office.issuer:
            assert body["didDocument"]["controller"] == str(issuer)

    gone, before = await did_of(chain, ann.person), await did_of(chain, ben.person)
    _, kept = await resolved(gateway, before, 200)
    await revoke(office, ann)
    for accept in (RESULT, "application/did"):
        media, body = await resolved(gateway, gone, 410, accept)
        assert media == RESULT
        assert (body["didDocument"], body["didDocumentMetadata"]) == (None, {"deactivated": True})
    moved = await office.rebind(ben)
    _, now = await resolved(gateway, before, 200)
    assert f"{before}#{multikey(moved.wallet.key)}" in now["didDocument"]["authentication"]
    assert f"{before}#{multikey(ben.wallet.key)}" not in now["didDocument"]["authentication"]
    assert now["didDocumentMetadata"]["versionId"] != kept["didDocumentMetadata"]["versionId"]


@pytest.mark.slow
async def test_the_document_is_what_anybody_makes_of_the_account(
    gateway: Gateway, chain: Chain
) -> None:
    who = await fan(chain)
    found = await chain.rpc.account(who.person)
    assert found is not None
    did = await did_of(chain, who.person)
    _, body = await resolved(gateway, did, 200)
    assert body == describe(did, family.Person.decode(found.data)).to_json()


@pytest.mark.attack
@pytest.mark.slow
async def test_resolving_counts_as_every_other_request(redis: Redis, start: Start) -> None:
    async with Rpc(NOWHERE) as rpc, start(redis, rpc, requests_per_minute=2) as gateway:
        gateway.now.stop()
        for path in ("/1.0/identifiers/did:example:1", "/v1/keys"):
            await gateway.call("GET", path)
        refused = await gateway.refused("GET", "/1.0/identifiers/did:example:1")
        assert refused == "rate_limited"
