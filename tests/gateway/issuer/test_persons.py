"""Attested by papers, wallet and phone; re-bound with notice; clawed back; revoked; idempotent."""

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from conting_client import GatewayRefused, Rpc, TransactionChanged
from conting_client.generated.family import Scheme
from conting_client.issuer_api import Authenticator, IssuerClient, Somebody
from conting_localnet import LocalnetProcess
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.gateway.chain import HOUR, Chain
from tests.gateway.issuer.office import Office, open_office, passkey
from tests.gateway.support import Json

pytestmark = pytest.mark.anyio


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(GatewayRefused) as caught:
        yield
    assert caught.value.code == code


async def asked(office: Office, who: Somebody, papers: str) -> Json:
    """The body of a request to be attested, by the words of docs/family.md."""
    about = await office.client.about()
    challenge = (await office.http.post("/v1/challenges")).json()["challenge"]
    lines = [
        "conting issuer, version 1",
        "action: attest_person",
        f"issuer: {about.issuer}",
        f"wallet: {who.wallet.pubkey()}",
        f"device_key: {who.phone.pubkey()}",
        f"challenge: {challenge}",
    ]
    signed = "\n".join(lines).encode()
    assert not isinstance(who.phone, Authenticator)
    return {
        "papers": papers,
        "wallet": str(who.wallet.pubkey()),
        "device_key": str(who.phone.pubkey()),
        "challenge": challenge,
        "wallet_signature": str(who.wallet.sign_message(signed)),
        "device_signature": str(who.phone.sign_message(signed)),
    }


async def code(office: Office, path: str, body: Json) -> str:
    answer = await office.http.post(path, json=body)
    assert answer.is_error, answer.text
    return str(answer.json()["error"])


async def test_one_person_for_the_same_papers_however_often(office: Office) -> None:
    who, papers = await office.somebody(passkey()), "passport " + secrets.token_hex(8)
    person = await office.client.attest(who, papers)
    made = await office.person(person)
    assert (made.wallet, made.issuer) == (who.wallet.pubkey(), office.keys.issuer)
    assert (made.scheme, bytes(made.device)) == who.device
    assert made.scheme == Scheme.SECP256R1
    assert await office.client.attest(who, papers) == person
    assert await office.client.attest(who, f"  {papers.replace(' ', '   ')}\n") == person
    other = await office.somebody()
    with refused("attested_already"):
        await office.client.attest(other, papers)
    with refused("attested_already"):
        await office.client.attest(Somebody(who.wallet, Keypair()), papers)
    assert await office.person(person) == made
    kept = b"".join(each.read_bytes() for each in office.folder.iterdir())
    assert papers.split()[1].encode() not in kept


@pytest.mark.attack
async def test_nobody_is_attested_without_wallet_phone_and_challenge(office: Office) -> None:
    who, thief = await office.somebody(), await office.somebody()
    body = await asked(office, who, "papers of somebody")
    for name, wrong in (
        ("wallet_signature", body["device_signature"]),
        ("device_signature", body["wallet_signature"]),
        ("wallet", str(thief.wallet.pubkey())),
        ("device_key", str(thief.phone.pubkey())),
    ):
        assert await code(office, "/v1/persons", body | {name: wrong}) == "not_proven"
    for wrong in ("", "issuer.x.1.2.3", body["challenge"][:-1], body["challenge"] + "é"):
        bad = body | {"challenge": wrong}
        assert await code(office, "/v1/persons", bad) == "bad_challenge"
    office.now.ahead = 301
    assert await code(office, "/v1/persons", body) == "bad_challenge"
    office.now.ahead = 0
    for short in ({"papers": "short"}, {"wallet": "x"}, {"wallet_signature": "1" * 70}):
        assert await code(office, "/v1/persons", body | short) == "invalid_request"
    # What the issuer has signed is worth nothing without the wallet.
    built = (await office.http.post("/v1/persons", json=body)).json()
    assert built["to_sign"]["awaits"] == [str(who.wallet.pubkey())]
    sent = {"transaction": built["to_sign"]["transaction"]}
    assert await code(office, "/v1/transactions", sent) == "not_ours"
    assert await office.rpc.account(Pubkey.from_string(built["person"])) is None


@pytest.mark.slow
async def test_a_move_takes_effect_after_its_notice_and_not_before(
    office: Office, chain: Chain
) -> None:
    who, person = await office.attested()
    new = await office.somebody(passkey())
    moving = await office.client.rebind(person, new, office.papers[person])
    assert moving.progress == "announced"
    assert moving.takes_over_at is not None
    again = await office.client.rebind(person, new, office.papers[person])
    assert again == moving
    with refused("notice_runs"):
        await office.client.finish_rebinding(person)
    assert (await office.person(person)).wallet == who.wallet.pubkey()
    await chain.advance_to(moving.takes_over_at)
    await office.client.finish_rebinding(person)
    await office.client.finish_rebinding(person)
    moved = await office.person(person)
    assert moved.wallet == new.wallet.pubkey()
    assert (moved.scheme, bytes(moved.device)) == new.device
    done = await office.client.rebind(person, new, office.papers[person])
    assert (done.progress, done.takes_over_at) == ("done", None)


@pytest.mark.attack
@pytest.mark.slow
async def test_who_bought_the_wallet_can_neither_move_nor_keep_the_person(office: Office) -> None:
    """The claw-back: papers decide, and the wallet that was sold is not asked."""
    seller, person = await office.attested()
    buyer = Somebody(seller.wallet, Keypair())  # has the wallet's key, and a phone of their own
    with refused("wrong_papers"):
        await office.client.rebind(person, buyer, "passport of the buyer")
    with refused("wrong_papers"):
        await office.client.cancel_rebinding(person, "passport of the buyer")
    back = await office.somebody()
    await office.client.rebind(person, back, office.papers[person])
    with refused("wrong_papers"):
        await office.client.cancel_rebinding(person, "passport of the buyer")
    await office.client.shorten_rebinding(person, office.keys.help_desk)
    await office.client.finish_rebinding(person)
    assert (await office.person(person)).wallet == back.wallet.pubkey()


@pytest.mark.attack
@pytest.mark.slow
async def test_the_owner_calls_off_the_move_of_somebody_who_fooled_the_issuer(
    office: Office,
) -> None:
    who, person = await office.attested()
    thief = await office.somebody()
    await office.client.rebind(person, thief, office.papers[person])
    with refused("rebinding_pending"):
        await office.client.rebind(person, await office.somebody(), office.papers[person])
    await office.client.cancel_rebinding(person, office.papers[person])
    await office.client.cancel_rebinding(person, office.papers[person])
    await office.client.finish_rebinding(person)  # there is nothing to finish
    assert (await office.person(person)).wallet == who.wallet.pubkey()


@pytest.mark.attack
@pytest.mark.slow
async def test_only_the_help_desk_shortens_and_revokes(office: Office) -> None:
    _, person = await office.attested()
    await office.client.rebind(person, await office.somebody(), office.papers[person])
    for stranger in (Keypair(), office.keys.authority):
        with refused("not_proven"):
            await office.client.shorten_rebinding(person, stranger)
        with refused("not_proven"):
            await office.client.revoke_person(person, stranger)
    await office.client.revoke_person(person, office.keys.help_desk)
    await office.client.revoke_person(person, office.keys.help_desk)
    assert (await office.person(person)).revoked
    with refused("revoked"):
        await office.client.finish_rebinding(person)
    with refused("revoked"):
        await office.client.renew(person, office.papers[person])
    with refused("revoked"):
        await office.client.attest(await office.somebody(), office.papers[person])


@pytest.mark.slow
async def test_persons_of_others_are_unknown(office: Office) -> None:
    for address in (Keypair().pubkey(), office.keys.issuer):
        with refused("unknown_person"):
            await office.client.renew(address, "papers of nobody")
        with refused("unknown_person"):
            await office.client.finish_rebinding(address)


@pytest.mark.slow
async def test_an_attestation_is_renewed_in_the_second_half_of_its_time(
    node: LocalnetProcess, chain: Chain, tmp_path: Path
) -> None:
    async with (
        Rpc(node.rpc_url) as rpc,
        open_office(rpc, tmp_path, valid_for=2 * HOUR) as office,
    ):
        _, person = await office.attested()
        papers = office.papers[person]
        first = (await office.person(person)).valid_until
        assert await office.client.renew(person, papers) == first
        with refused("wrong_papers"):
            await office.client.renew(person, "papers of nobody")
        await chain.advance_to(first - HOUR // 2)
        later = await office.client.renew(person, papers)
        assert later > first
        assert await office.client.renew(person, papers) == later
        assert (await office.person(person)).valid_until == later


@pytest.mark.slow
async def test_a_crash_between_any_two_steps_loses_nothing(
    office: Office, node: LocalnetProcess
) -> None:
    """All that an issuer keeps are keys: one that starts anew goes on where the chain is."""
    who, person = await office.attested()
    papers, new = office.papers[person], await office.somebody()
    async with Rpc(node.rpc_url) as rpc, open_office(rpc, office.folder) as reborn:
        assert reborn.keys.issuer == office.keys.issuer
        assert await reborn.client.attest(who, papers) == person
        moving = await reborn.client.rebind(person, new, papers)
    assert await office.client.rebind(person, new, papers) == moving


@pytest.mark.slow
async def test_the_same_papers_at_the_same_time_make_one_person(office: Office) -> None:
    people = [await office.somebody() for _ in range(4)]
    papers = "papers that were copied four times"
    results = await asyncio.gather(
        *(office.client.attest(who, papers) for who in people), return_exceptions=True
    )
    made = [each for each in results if isinstance(each, Pubkey)]
    lost = [each for each in results if isinstance(each, GatewayRefused)]
    assert (len(made), len(lost)) == (1, 3)
    winner = people[results.index(made[0])]
    assert (await office.person(made[0])).wallet == winner.wallet.pubkey()


@pytest.mark.attack
@pytest.mark.slow
async def test_an_issuer_that_builds_something_else_gets_no_signature(office: Office) -> None:
    """The client signs what it asked for, whoever the issuer is."""

    async def lie(request: httpx2.Request) -> httpx2.Response:
        answer = await office.http.request(
            request.method, request.url.path, content=request.content, headers=request.headers
        )
        body = answer.json()
        if request.url.path == "/v1/persons":
            body["valid_until"] += 1
        return httpx2.Response(answer.status_code, json=body)

    async with IssuerClient("http://issuer", transport=httpx2.MockTransport(lie)) as client:
        with pytest.raises(TransactionChanged):
            await client.attest(await office.somebody(), "papers for a liar")
