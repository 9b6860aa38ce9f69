"""What people try who want a seat without the queue, or one that somebody else has."""

import asyncio

import pytest
from conting_client import (
    ChainError,
    GatewayRefused,
    Wallet,
    build,
    from_base64,
    sign,
    to_base64,
)
from conting_client.gateway_answers import Hold
from conting_client.generated.ticket import ErrorCode
from solders.compute_budget import set_compute_unit_limit
from solders.hash import Hash
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.transaction import VersionedTransaction

from tests.e2e.asking import buy_body, code_of, hold, order, refused
from tests.e2e.people import PRICE, UNITS, Fan, Show, Town
from tests.e2e.refusals import (
    failure,
    refused_by_chain,
)

pytestmark = [pytest.mark.anyio, pytest.mark.attack]

NOT_SIGNER = 3010  # docs/errors.md, as Anchor numbers it


# Signing in as somebody else


async def test_a_nonce_signed_by_another_key_opens_no_session(town: Town) -> None:
    victim, thief = town.person(), town.person()
    asked = await thief.http.post("/v1/auth/nonce", json={"wallet": str(victim.wallet.key)})
    message = asked.json()["message"].encode()
    body = {
        "wallet": str(victim.wallet.key),
        "nonce": asked.json()["nonce"],
        "signature": str(thief.wallet.sign_message(message)),
    }
    assert code_of(await thief.http.post("/v1/auth/sign-in", json=body)) == "bad_signature"


async def test_ones_own_nonce_opens_no_session_of_another(town: Town) -> None:
    victim, thief = town.person(), town.person()
    asked = await thief.http.post("/v1/auth/nonce", json={"wallet": str(thief.wallet.key)})
    message = asked.json()["message"].encode()
    body = {
        "wallet": str(victim.wallet.key),
        "nonce": asked.json()["nonce"],
        "signature": str(thief.wallet.sign_message(message)),
    }
    assert code_of(await thief.http.post("/v1/auth/sign-in", json=body)) == "bad_nonce"


async def test_ones_own_session_token_does_not_become_anothers(town: Town, sale: Show) -> None:
    victim, thief = Wallet.generate(), await town.newcomer()
    thief.token = thief.token.replace(str(thief.wallet.key), str(victim.key))
    answer = await thief.post(f"/v1/events/{sale.address}/queue/join", {})
    assert (answer.status_code, code_of(answer)) == (401, "not_signed_in")


# Without the queue


async def test_a_direct_link_to_the_orders_needs_the_queue(town: Town, sale: Show) -> None:
    """The seed's 직링: its order service never looked at the queue token."""
    fan = await town.newcomer()
    for shown in ("", "null", fan.token):
        body = buy_body(fan, sale, 1, admission_pass=shown)
        answer = await fan.post("/v1/orders/buy", body, idempotency_key="direct-link")
        assert (answer.status_code, code_of(answer)) == (403, "not_admitted")
    left_out = {name: each for name, each in body.items() if name != "admission_pass"}
    answer = await fan.post("/v1/orders/buy", left_out, idempotency_key="direct-link")
    assert (answer.status_code, code_of(answer)) == (422, "invalid_request")


async def test_a_place_in_line_is_no_admission(town: Town, sale: Show) -> None:
    fan = await town.newcomer()
    place = await fan.gateway.join(sale.address)
    with refused("not_admitted"):
        await hold(fan, sale, 1, place.ticket)


async def test_a_hold_without_a_pass_is_refused(town: Town, sale: Show) -> None:
    fan = await town.newcomer()
    with refused("not_admitted", status=403):
        await hold(fan, sale, 1, "")
    answer = await fan.post(f"/v1/events/{sale.address}/holds", {"section": 0, "seat": 1})
    assert (answer.status_code, code_of(answer)) == (422, "invalid_request")


# An admission pass is "admission.key.event.wallet.guest.number.place.expires.mac"; the guest is the
# person, or the wallet where the event names no issuer.
FIELDS = ("kind", "key", "event", "wallet", "guest", "number", "place", "expires")
FORGERIES = {name: at for at, name in enumerate(FIELDS)}


@pytest.fixture(scope="module")
async def forger(town: Town, sale: Show) -> Fan:
    """Somebody with a pass of their own to start from."""
    return await town.guest(sale)


@pytest.mark.parametrize("changed", [*FORGERIES, "mac"])
async def test_a_forged_pass_holds_nothing(sale: Show, forger: Fan, changed: str) -> None:
    parts = forger.admission.split(".")
    assert len(parts) == len(FORGERIES) + 1
    at = FORGERIES.get(changed, len(FORGERIES))
    parts[at] = _another(parts[at])
    with refused("not_admitted", status=403):
        await hold(forger, sale, 1, ".".join(parts))


def _another(text: str) -> str:
    """A text of the same length that is different: a digit stays a digit, and so on."""
    return text[:-1] + ("1" if text[-1] != "1" else "2")


async def test_another_persons_pass_holds_nothing(town: Town, sale: Show) -> None:
    owner, thief = await town.guest(sale), await town.newcomer()
    with refused("not_admitted", status=403):
        await hold(thief, sale, 2, owner.admission)
    await hold(owner, sale, 2)
    body = buy_body(thief, sale, 2, admission_pass=owner.admission)
    answer = await thief.post("/v1/orders/buy", body, idempotency_key="stolen-pass")
    assert code_of(answer) == "not_admitted"


async def test_another_events_pass_holds_nothing(town: Town, sale: Show, other_sale: Show) -> None:
    """Whoever opens an event of their own lets in whom they like, there."""
    fan = await town.guest(other_sale)
    await fan.gateway.join(sale.address)
    with refused("not_admitted", status=403):
        await hold(fan, sale, 3)
    await hold(fan, other_sale, 3)


async def test_another_persons_queue_token_lets_nobody_else_in(town: Town, sale: Show) -> None:
    """The seed's queue token was the same for all."""
    owner, thief = await town.newcomer(), await town.newcomer()
    place = await owner.gateway.join(sale.address)
    with refused("bad_ticket", status=403):
        await thief.gateway.enter(sale.address, place.ticket)
    await town.let_in(sale, owner)
    assert owner.admission


async def test_a_queue_token_of_another_event_lets_nobody_in(
    town: Town, sale: Show, other_sale: Show
) -> None:
    fan = await town.guest(other_sale)
    with refused("bad_ticket", status=403):
        await fan.gateway.enter(sale.address, fan.place)


async def test_a_pass_buys_one_ticket(town: Town, sale: Show) -> None:
    fan = await town.guest(sale)
    await hold(fan, sale, 4)
    await hold(fan, sale, 5)
    bought = await order(fan, sale, 4, "the first of two")
    await _submit(fan, bought.order, sign(from_base64(bought.transaction), fan.wallet.keypair))
    with refused("pass_spent", status=409):
        await hold(fan, sale, 6)
    body = buy_body(fan, sale, 5)
    answer = await fan.post("/v1/orders/buy", body, idempotency_key="the second of two")
    assert code_of(answer) == "pass_spent"


async def test_the_chain_sells_nothing_without_the_admission_authority(
    town: Town, sale: Show
) -> None:
    fan = await town.newcomer()
    own = town.purchase(sale, fan, 7, admission=fan.wallet.key)
    await refused_by_chain(town, ErrorCode.NOT_ADMITTED, [own], fan.wallet.keypair)
    helper = Keypair()
    by_helper = town.purchase(sale, fan, 7, admission=helper.pubkey())
    await refused_by_chain(town, ErrorCode.NOT_ADMITTED, [by_helper], fan.wallet.keypair, helper)


async def test_naming_the_admission_authority_is_not_its_signature(town: Town, sale: Show) -> None:
    fan = await town.newcomer()
    wanted = town.purchase(sale, fan, 7)
    admission = AccountMeta(town.keys.admission.pubkey(), is_signer=False, is_writable=False)
    unsigned = Instruction(wanted.program_id, wanted.data, [admission, *wanted.accounts[1:]])
    assert (await failure(town, [unsigned], fan.wallet.keypair)).code == NOT_SIGNER


# The same seat twice


async def test_twenty_people_ask_for_one_seat_at_once_and_one_holds_it(
    town: Town, sale: Show
) -> None:
    fans = await town.guests(sale, 20)
    await town.connect(20)
    answers = await asyncio.gather(
        *(
            fan.gateway.hold(sale.address, section=0, seat=30, admission_pass=fan.admission)
            for fan in fans
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, Hold) for answer in answers) == 1
    refusals = [answer.code for answer in answers if isinstance(answer, GatewayRefused)]
    assert refusals == ["seat_held"] * 19


async def test_two_purchases_of_one_seat_on_chain_at_once_and_one_pays(
    town: Town, sale: Show
) -> None:
    """Both are co-signed, as by a gateway whose holds have failed, and sent past the trial run."""
    fans = await town.newcomers(2)
    money = await town.money(sale)
    blockhash = (await town.rpc.latest_blockhash()).hash
    sent = [_co_signed(town, sale, fan, 31, blockhash) for fan in fans]
    await asyncio.gather(*(town.send_untried(each) for each in sent))
    await asyncio.gather(*(town.confirmed(each) for each in sent))

    outcomes = await asyncio.gather(
        *(town.rpc.outcome(each.signatures[0]) for each in sent), return_exceptions=True
    )
    (lost,) = [each for each in outcomes if isinstance(each, BaseException)]
    assert isinstance(lost, ChainError)
    assert lost.code == ErrorCode.SEAT_TAKEN
    winner, loser = (fans[0], fans[1]) if outcomes[1] is lost else (fans[1], fans[0])
    sold = await town.tickets.ticket(sale.ticket(31))
    assert sold is not None
    assert sold.data.holder == winner.wallet.key
    assert await town.tickets.tickets_of_holder(loser.wallet.key) == []
    assert await town.money(sale) == money + PRICE


def _co_signed(
    town: Town, show: Show, fan: Fan, seat: int, blockhash: Hash
) -> VersionedTransaction:
    steps = [set_compute_unit_limit(UNITS), town.purchase(show, fan, seat)]
    unsigned = build(fan.wallet.key, steps, blockhash)
    return sign(unsigned, fan.wallet.keypair, town.keys.admission)


async def test_a_sold_seat_is_not_sold_again(town: Town, sale: Show) -> None:
    owner, late = await town.guests(sale, 2)
    await town.sell(sale, {32: owner})
    again = town.purchase(sale, late, 32)
    await refused_by_chain(
        town, ErrorCode.SEAT_TAKEN, [again], late.wallet.keypair, town.keys.admission
    )
    with refused("seat_taken", status=409):
        await hold(late, sale, 32)


async def test_one_persons_two_orders_for_a_seat_pay_once(town: Town, sale: Show) -> None:
    """Two windows, two keys, one hold: whatever each is told, one ticket and one price."""
    fan = await town.guest(sale)
    await hold(fan, sale, 33)
    money = await town.money(sale)
    built = [
        await order(fan, sale, 33, f"window-{more}", max_price=PRICE + more) for more in (1, 2)
    ]
    signed = [sign(from_base64(each.transaction), fan.wallet.keypair) for each in built]
    await asyncio.gather(
        *(_submit(fan, each.order, done) for each, done in zip(built, signed, strict=True)),
    )
    assert len(await town.tickets.tickets_of_holder(fan.wallet.key)) == 1
    assert await town.money(sale) == money + PRICE


async def _submit(fan: Fan, name: str, transaction: VersionedTransaction) -> None:
    await fan.post(f"/v1/orders/{name}/submit", {"transaction": to_base64(transaction)})
