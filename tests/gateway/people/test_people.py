"""Persons, families and issuers as the chain has them, and the warnings before somebody moves."""

from contextlib import aclosing

import pytest
from conting_client import GatewayClient, Wallet
from conting_client.dids import Did, chain_of
from conting_client.generated import family
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.gateway.chain import HOUR, Chain
from tests.gateway.fastlane.servers import serve
from tests.gateway.orders.folk import Fan, Post, fan, home, post
from tests.gateway.readmodel.asking import ask, settled, until
from tests.gateway.support import DOMAIN, Gateway, Json
from tests.programs.people import DAY, device_bytes

pytestmark = pytest.mark.anyio


async def person_of(gateway: Gateway, chain: Chain, address: Pubkey) -> Json:
    found: Json = (await settled(gateway, chain, f"/v1/persons/{address}"))["person"]
    return found


async def announce(office: Post, who: Fan, wallet: Wallet, device: Pubkey) -> None:
    call = family.announce_rebinding(
        authority=office.authority.key,
        wallet=wallet.key,
        issuer=office.issuer,
        person=who.person,
        scheme=family.Scheme.ED25519,
        device=device_bytes(device),
    )
    await office.chain.send(call, wallet, office.authority)


async def cancel(office: Post, who: Fan) -> None:
    call = family.cancel_rebinding(
        authority=office.authority.key, issuer=office.issuer, person=who.person
    )
    await office.chain.send(call, office.authority)


@pytest.mark.slow
async def test_a_person_is_warned_before_it_moves_and_told_after(
    gateway: Gateway, chain: Chain
) -> None:
    """The owner sees the move of a thief who has fooled the issuer, and has it called off."""
    office = await post(chain)
    ann = await office.attest()
    quiet = await person_of(gateway, chain, ann.person)
    assert (quiet["wallet"], quiet["issuer"]) == (str(ann.wallet.key), str(office.issuer))
    assert (quiet["state"], quiet["membership"], quiet["move"]) == ("valid", None, None)
    assert quiet["did"] == str(Did(await chain_of(chain.rpc), ann.person))

    thief, phone = await chain.fund(), Keypair().pubkey()
    before = await chain.rpc.chain_time()
    await announce(office, ann, thief, phone)
    (warning,) = await until_warned(gateway, ann.wallet, 1)
    assert (warning["kind"], warning["accounts"]["person"]) == (
        "rebinding_announced",
        str(ann.person),
    )
    move = (await person_of(gateway, chain, ann.person))["move"]
    assert (move["wallet"], move["device_key"]) == (str(thief.key), str(phone))
    assert before + DAY <= move["takes_over_at"] <= await chain.rpc.chain_time() + DAY
    assert move["due"] is False
    theirs = await settled(gateway, chain, "/v1/my/persons", who=thief)
    assert (theirs["persons"], [each["person"] for each in theirs["arriving"]]) == (
        [],
        [str(ann.person)],
    )

    await cancel(office, ann)
    kinds = [each["kind"] for each in await until_warned(gateway, ann.wallet, 2)]
    assert kinds == ["rebinding_cancelled", "rebinding_announced"]
    assert (await person_of(gateway, chain, ann.person))["move"] is None
    theirs = await settled(gateway, chain, "/v1/my/persons", who=thief)
    assert theirs["arriving"] == []


@pytest.mark.slow
async def test_a_stream_tells_one_person_of_its_own_moves_only(
    gateway: Gateway, chain: Chain
) -> None:
    office = await post(chain)
    ann, ben = await office.attest(), await office.attest()
    async with (
        serve(gateway, fast=True) as lane,
        GatewayClient(f"http://127.0.0.1:{lane.port}", timeout=300, domain=DOMAIN) as client,
    ):
        kinds = ["rebinding_announced"]
        stream = client.lists.stream(person=ann.person, kinds=kinds, after="0")
        async with aclosing(stream) as told:
            for who in (ben, ann):
                await announce(office, who, await chain.fund(), Keypair().pubkey())
            first = await anext(told)
        await client.sign_in(ann.wallet)
        told_again = await client.people.warnings()  # written in the step that told it
    mine = await settled(gateway, chain, "/v1/my/warnings", who=ann.wallet)
    assert (first.kind, first.accounts["person"]) == (kinds[0], ann.person)
    assert [each.id for each in told_again.warnings] == [first.id]
    assert [each["person"] for each in mine["pending"]] == [str(ann.person)]


async def until_warned(gateway: Gateway, who: Wallet, count: int) -> list[Json]:
    """The warnings of a wallet, once there are so many."""
    return await until(gateway, "/v1/my/warnings", count, who=who, of="warnings")


@pytest.mark.slow
async def test_who_has_lost_a_person_still_hears_of_it(gateway: Gateway, chain: Chain) -> None:
    office = await post(chain)
    ann = await office.attest()
    moved = await office.rebind(ann)
    kinds = [each["kind"] for each in await until_warned(gateway, ann.wallet, 3)]
    assert kinds[-1] == "rebinding_announced"
    assert set(kinds) == {"rebinding_announced", "rebinding_shortened", "rebinding_finished"}
    mine = await settled(gateway, chain, "/v1/my/persons", who=moved.wallet)
    assert [each["person"] for each in mine["persons"]] == [str(ann.person)]
    assert (await settled(gateway, chain, "/v1/my/persons", who=ann.wallet))["persons"] == []


@pytest.mark.slow
async def test_a_family_shows_its_size_and_root_and_nobody(gateway: Gateway, chain: Chain) -> None:
    office = await post(chain)
    ann, ben = await office.attest(), await office.attest()
    house = await home(office, ann, ben)
    found = await chain.rpc.account(house.address)
    assert found is not None
    account = family.Family.decode(found.data)
    told = (await settled(gateway, chain, f"/v1/families/{house.address}"))["family"]
    assert (told["size"], told["version"], told["root"]) == (2, 2, account.root.hex())
    assert (told["guardian"], told["state"]) == (str(house.guardian.key), "valid")
    text = str(told)
    for who in (ann, ben):
        shown = await person_of(gateway, chain, who.person)
        assert str(who.person) not in text
        assert shown["membership"] not in text
        assert str(house.address) not in str(shown)


@pytest.mark.slow
async def test_leaving_starts_a_cool_down_that_is_told(gateway: Gateway, chain: Chain) -> None:
    office = await post(chain)
    ann = await office.attest()
    await home(office, ann)
    member = await person_of(gateway, chain, ann.person)
    assert member["membership"] is not None
    await chain.send(family.leave_family(wallet=ann.wallet.key, person=ann.person), ann.wallet)
    left = await person_of(gateway, chain, ann.person)
    assert (left["membership"], left["member_since"]) == (None, None)
    end = left["may_join_from"]
    assert end > await chain.rpc.chain_time()
    await chain.advance_to(end)
    assert (await person_of(gateway, chain, ann.person))["may_join_from"] is None


@pytest.mark.slow
async def test_attestations_run_out_or_are_withdrawn(gateway: Gateway, chain: Chain) -> None:
    office, own = await post(chain), await fan(chain)
    ann, ben = await office.attest(seconds=HOUR), await office.attest()
    call = family.revoke_person(
        authority=office.authority.key, issuer=office.issuer, person=ben.person
    )
    await chain.send(call, office.authority)
    assert (await person_of(gateway, chain, ben.person))["state"] == "revoked"
    assert [each["kind"] for each in await until_warned(gateway, ben.wallet, 1)] == [
        "person_revoked"
    ]
    alone = await person_of(gateway, chain, own.person)
    assert (alone["issuer"], alone["valid_until"], alone["state"]) == (None, None, "valid")
    issuer = (await settled(gateway, chain, f"/v1/issuers/{office.issuer}"))["issuer"]
    assert (issuer["authority"], issuer["notice"]) == (str(office.authority.key), DAY)
    listed = (await ask(gateway, "/v1/issuers?limit=200"))["issuers"]
    assert str(office.issuer) in [each["issuer"] for each in listed]
    await chain.advance_to(await chain.rpc.chain_time() + HOUR)
    assert (await person_of(gateway, chain, ann.person))["state"] == "expired"


@pytest.mark.slow
async def test_what_is_not_there_is_said_so(gateway: Gateway, chain: Chain) -> None:
    who = await fan(chain)
    for path, code in (("persons", "person"), ("families", "family"), ("issuers", "issuer")):
        for address in (Wallet.generate().key, family.PROGRAM_ID):
            await settled(gateway, chain, f"/v1/persons/{who.person}")
            assert await gateway.refused("GET", f"/v1/{path}/{address}") == f"unknown_{code}"
    assert await gateway.refused("GET", "/v1/my/persons") == "not_signed_in"
    assert await gateway.refused("GET", "/v1/my/warnings") == "not_signed_in"
