"""At an event with an issuer a place is one person's, whatever wallets stand for that person."""

import pytest
from conting_client import Wallet
from conting_client.generated import family
from conting_gateway.waitroom.store import room_keys
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.gateway.chain import PRICE, Chain, Show
from tests.gateway.fastlane.servers import serve, session
from tests.gateway.orders.folk import Fan, Post, fan, post
from tests.gateway.orders.shop import buy_body, hold_body, holds, once, signed
from tests.gateway.support import Gateway, Json
from tests.gateway.waitroom.rooms import (
    enter,
    join,
    open_room,
    open_sale,
    queue,
    until,
    wait_for,
)
from tests.programs.people import YEAR, device_bytes

pytestmark = pytest.mark.anyio


async def announced(gateway: Gateway, chain: Chain, office: Post) -> Show:
    """A show for persons whom an office vouches for, with a waiting room."""
    show = await chain.make_show(gateway.keys.admission.pubkey(), issuer=office.issuer)
    await open_room(gateway, chain, show)
    return show


async def known(gateway: Gateway, *people: Fan) -> None:
    """Waits until the gateway's lists know of everybody."""

    lists = gateway.services.reading.lists

    async def are_known() -> bool:
        return all(who.person in lists.persons_of(who.wallet.key) for who in people)

    await until(are_known)


async def attested(gateway: Gateway, office: Post, *, seconds: int = YEAR) -> Fan:
    """Somebody whom an office vouches for, and the gateway knows."""
    who = await office.attest(seconds=seconds)
    await known(gateway, who)
    return who


async def refusal(gateway: Gateway, show: Show, who: Wallet, **body: object) -> Json:
    """Of a join: status and error, and its text."""
    sent = {name: str(each) for name, each in body.items()}
    answer = await gateway.call("POST", queue(show.address) + "/join", who=who, body=sent or None)
    assert answer.status_code == 403, answer.text
    told: Json = answer.json()
    return told


async def places(gateway: Gateway, event: Pubkey) -> dict[str, int]:
    """Who has which number, as Redis keeps it."""
    kept = await gateway.services.redis.hgetall(room_keys(event)[1])
    return {str(guest): int(number) for guest, number in kept.items()}


@pytest.mark.attack
async def test_one_person_with_many_wallets_has_one_place(gateway: Gateway, chain: Chain) -> None:
    office = await post(chain)
    show = await announced(gateway, chain, office)
    who = await attested(gateway, office)
    stranger = Wallet.generate()
    own = await fan(chain)  # vouched for by the own wallet, which anybody can make
    first = await join(gateway, show, who.wallet)
    for wallet in (stranger, own.wallet):
        told = await refusal(gateway, show, wallet)
        assert told["error"] == "not_attested"
        assert str(office.issuer) in told["detail"]
        assert (await refusal(gateway, show, wallet, person=who.person))["error"] == "not_attested"
        assert (await refusal(gateway, show, wallet, person=own.person))["error"] == "not_attested"
        path, body = queue(show.address) + "/join", {"ticket": first["ticket"]}
        assert await gateway.refused("POST", path, who=wallet, body=body) == "bad_ticket"
    assert (await join(gateway, show, who.wallet))["ticket"] == first["ticket"]
    assert await places(gateway, show.address) == {str(who.person): 1}


@pytest.mark.attack
@pytest.mark.slow
async def test_a_person_of_another_issuer_or_one_revoked_has_no_place(
    gateway: Gateway, chain: Chain
) -> None:
    office, other = await post(chain), await post(chain)
    show = await announced(gateway, chain, office)
    theirs, gone = await attested(gateway, other), await attested(gateway, office)
    assert (await join(gateway, show, gone.wallet))["number"] == 1
    revoke = family.revoke_person(
        authority=office.authority.key, issuer=office.issuer, person=gone.person
    )
    await chain.send(revoke, office.authority)

    async def is_refused() -> bool:
        path = queue(show.address) + "/join"
        return (await gateway.call("POST", path, who=gone.wallet)).status_code == 403

    await until(is_refused)
    assert (await refusal(gateway, show, theirs.wallet))["error"] == "not_attested"
    assert (await refusal(gateway, show, gone.wallet))["error"] == "not_attested"


@pytest.mark.attack
@pytest.mark.slow
async def test_a_place_goes_along_to_another_wallet_and_stays_one(
    gateway: Gateway, chain: Chain
) -> None:
    """Two wallets of one person: one place, one visit, one set of holds, one purchase."""
    office = await post(chain)
    show = await announced(gateway, chain, office)
    before = await attested(gateway, office)
    place = await join(gateway, show, before.wallet)
    await open_sale(gateway, chain, show)
    old_pass = await enter(gateway, show, before.wallet, place["ticket"])
    for seat in (1, 2):
        body = hold_body(seat, old_pass)
        await gateway.ok("POST", holds(show), who=before.wallet, body=body)

    after = await office.rebind(before)
    await known(gateway, after)
    again = await join(gateway, show, after.wallet)
    assert (again["number"], again["ticket"]) == (place["number"], place["ticket"])
    assert await places(gateway, show.address) == {str(after.person): 1}
    assert (await refusal(gateway, show, before.wallet))["error"] == "not_attested"
    path, ticket = queue(show.address) + "/enter", {"ticket": place["ticket"]}
    assert await gateway.refused("POST", path, who=before.wallet, body=ticket) == "bad_ticket"

    new_pass = await enter(gateway, show, after.wallet, place["ticket"])
    body = hold_body(3, old_pass)
    assert await gateway.refused("POST", holds(show), who=after.wallet, body=body) == "not_admitted"
    body = hold_body(3, new_pass)  # the person has two already
    assert await gateway.refused("POST", holds(show), who=after.wallet, body=body) == "hold_limit"
    await gateway.ok("DELETE", f"{holds(show)}/0/2", who=after.wallet)
    assert await gateway.refused("DELETE", f"{holds(show)}/0/1", who=before.wallet) == "not_held"
    body = hold_body(2, old_pass)  # free again, and the person may have one more
    assert await gateway.refused("POST", holds(show), who=before.wallet, body=body) == (
        "not_admitted"
    )

    for wallet, admission in ((before.wallet, old_pass), (after.wallet, new_pass)):
        order = buy_body(show, 1, admission, Keypair().pubkey())
        answer = await gateway.call(
            "POST", "/v1/orders/buy", who=wallet, body=order, headers=once()
        )
        if wallet == before.wallet:
            assert answer.json()["error"] == "wrong_wallet"  # the chain knows who it is now
    built = answer.json()
    done = await gateway.ok(
        "POST",
        f"/v1/orders/{built['order']}/submit",
        who=after.wallet,
        body=signed(built, after.wallet),
    )
    assert done["state"] == "done"
    assert (await chain.rpc.account(show.ticket(1))) is not None
    assert await places(gateway, show.address) == {}  # the turn is spent
    assert await gateway.refused("POST", path, who=after.wallet, body=ticket) == "pass_spent"


@pytest.mark.slow
async def test_a_wallet_that_stands_for_two_persons_has_a_place_for_each(
    gateway: Gateway, chain: Chain
) -> None:
    office = await post(chain)
    show = await announced(gateway, chain, office)
    parent = await office.attest()
    nullifier = Keypair().pubkey()
    call = family.attest_person(
        authority=office.authority.key,
        wallet=parent.wallet.key,
        issuer=office.issuer,
        nullifier=nullifier,
        scheme=family.Scheme.ED25519,
        device=device_bytes(Keypair().pubkey()),
        valid_until=await chain.rpc.chain_time() + YEAR,
    )
    await chain.send(call, parent.wallet, office.authority)
    child = Fan(parent.wallet, family.person_address(issuer=office.issuer, nullifier=nullifier))
    await known(gateway, parent, child)
    path = queue(show.address) + "/join"
    tickets = {}
    for who in (parent, child, parent):
        body = {"person": str(who.person)}
        found = await gateway.ok("POST", path, who=who.wallet, body=body)
        tickets[who.person] = found["ticket"]
    assert await places(gateway, show.address) == {str(parent.person): 1, str(child.person): 2}
    await open_sale(gateway, chain, show)
    admission = await enter(gateway, show, parent.wallet, tickets[parent.person])
    await gateway.ok("POST", holds(show), who=parent.wallet, body=hold_body(0, admission))
    body = buy_body(show, 0, admission, Keypair().pubkey()) | {"person": str(child.person)}
    order = "/v1/orders/buy"
    code = await gateway.refused("POST", order, who=parent.wallet, body=body, headers=once())
    assert code == "not_admitted"  # it is the other person's turn
    body["person"] = str(parent.person)
    built = await gateway.ok("POST", order, who=parent.wallet, body=body, headers=once())
    assert built["price"] == PRICE


@pytest.mark.slow
async def test_an_attestation_that_has_ended_is_renewed_before_the_turn(
    gateway: Gateway, chain: Chain
) -> None:
    office = await post(chain)
    show = await announced(gateway, chain, office)
    who = await attested(gateway, office, seconds=1800)  # the sale opens in an hour
    ticket = (await join(gateway, show, who.wallet))["ticket"]
    await open_sale(gateway, chain, show)
    await wait_for(gateway, show, ticket, "admitted")
    path, body = queue(show.address) + "/enter", {"ticket": ticket}
    assert await gateway.refused("POST", path, who=who.wallet, body=body) == "not_attested"
    renew = family.renew_person(
        authority=office.authority.key,
        issuer=office.issuer,
        person=who.person,
        valid_until=await chain.rpc.chain_time() + YEAR,
    )
    await chain.send(renew, office.authority)
    assert await enter(gateway, show, who.wallet, ticket)


@pytest.mark.slow
async def test_both_lanes_ask_for_the_person(gateway: Gateway, chain: Chain) -> None:
    office = await post(chain)
    show = await announced(gateway, chain, office)
    who = await attested(gateway, office)
    answers = []
    for fast in (True, False):
        async with serve(gateway, fast=fast) as lane:
            for wallet in (who.wallet, Wallet.generate()):
                token = session(gateway, wallet)
                request = (
                    f"POST {queue(show.address)}/join HTTP/1.1\r\nhost: gateway\r\n"
                    f"authorization: Bearer {token}\r\nconnection: close\r\n\r\n"
                )
                answer, _ = await lane.ask([request.encode()], in_turn=False)
                answers.append(answer)
    joined, refused = answers[0::2], answers[1::2]
    assert all(answer.startswith(b"HTTP/1.1 200") for answer in joined)
    assert all(b'"number":1,' in answer for answer in joined)
    assert all(answer.startswith(b"HTTP/1.1 403") for answer in refused)
    assert all(b'"error":"not_attested"' in answer for answer in refused)
    assert await places(gateway, show.address) == {str(who.person): 1}


@pytest.mark.attack
async def test_a_pass_of_another_layout_is_no_pass(desk: Gateway) -> None:
    event, wallet = Pubkey.new_unique(), Wallet.generate()
    headers = {"authorization": f"Bearer {session(desk, wallet)}"}
    for fields in ((), ("1", "1", "99999999999"), (str(wallet.key), "x", "1", "99999999999")):
        token = desk.keys.tokens.mint("admission", str(event), str(wallet.key), *fields)
        code = await desk.refused(
            "POST", f"/v1/events/{event}/holds", body=hold_body(0, token), headers=headers
        )
        assert code == "not_admitted"
