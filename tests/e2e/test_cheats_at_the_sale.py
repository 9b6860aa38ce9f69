"""What people try who want a seat without the queue, for less, or that somebody else has."""

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
from conting_client.generated.ticket import ErrorCode, section_address
from solders.compute_budget import set_compute_unit_limit
from solders.hash import Hash
from solders.instruction import AccountMeta, CompiledInstruction, Instruction
from solders.keypair import Keypair
from solders.message import MessageV0
from solders.pubkey import Pubkey
from solders.transaction import VersionedTransaction

from tests.e2e.people import (
    CHEAP,
    PRICE,
    UNITS,
    Fan,
    Show,
    Town,
    buy_body,
    code_of,
    hold,
    order,
    refused,
)
from tests.e2e.refusals import (
    confirmed,
    failure,
    refused_by_chain,
    state_of,
)

pytestmark = [pytest.mark.anyio, pytest.mark.attack, pytest.mark.xdist_group("e2e cheats")]

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


# An admission pass is "admission.key.event.wallet.number.place.expires.mac".
FORGERIES = {"kind": 0, "key": 1, "event": 2, "wallet": 3, "number": 4, "place": 5, "expires": 6}


@pytest.mark.parametrize("changed", [*FORGERIES, "mac"])
async def test_a_forged_pass_holds_nothing(town: Town, sale: Show, changed: str) -> None:
    fan = await town.guest(sale)
    parts = fan.admission.split(".")
    assert len(parts) == len(FORGERIES) + 1
    at = FORGERIES.get(changed, 7)
    parts[at] = _another(parts[at])
    with refused("not_admitted", status=403):
        await hold(fan, sale, 1, ".".join(parts))


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
    assert (await owner.gateway.wait_for_turn(sale.address, place)).admission_pass


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


# For less than the price


async def test_the_gateway_builds_nothing_below_the_price(town: Town, sale: Show) -> None:
    fan = await town.guest(sale)
    await hold(fan, sale, 8)
    for offered in (0, 1, PRICE - 1):
        body = buy_body(fan, sale, 8, max_price=offered)
        answer = await fan.post("/v1/orders/buy", body, idempotency_key="too-cheap")
        assert (answer.status_code, code_of(answer)) == (409, "price_above_limit")
    assert (await order(fan, sale, 8, "too-cheap")).price == PRICE


async def test_the_chain_sells_nothing_below_the_price(town: Town, sale: Show) -> None:
    fan = await town.newcomer()
    for offered in (0, PRICE - 1):
        cheap = town.purchase(sale, fan, 9, max_price=offered)
        await refused_by_chain(
            town, ErrorCode.PRICE_ABOVE_LIMIT, [cheap], fan.wallet.keypair, town.keys.admission
        )


async def test_a_cheaper_section_of_another_event_does_not_set_the_price(
    town: Town, sale: Show, other_sale: Show
) -> None:
    fan = await town.newcomer()
    cheap = town.purchase(sale, fan, 9, section=other_sale.section(1), max_price=CHEAP)
    await refused_by_chain(
        town, ErrorCode.WRONG_EVENT, [cheap], fan.wallet.keypair, town.keys.admission
    )


async def test_the_money_goes_to_no_other_vault(town: Town, sale: Show, other_sale: Show) -> None:
    fan = await town.newcomer()
    to_other = town.purchase(sale, fan, 9, vault=other_sale.vault)
    await refused_by_chain(
        town, ErrorCode.WRONG_EVENT, [to_other], fan.wallet.keypair, town.keys.admission
    )


# A purchase that was edited after the admission authority had signed it


def _with_message(transaction: VersionedTransaction, message: MessageV0) -> VersionedTransaction:
    return VersionedTransaction.populate(message, transaction.signatures)


def _with_data(transaction: VersionedTransaction, at: int, octets: bytes) -> VersionedTransaction:
    """The purchase with other bytes in its instruction data, after the 8 of its name."""
    message = transaction.message
    assert isinstance(message, MessageV0)
    *before, buy = message.instructions
    data = buy.data[: 8 + at] + octets + buy.data[8 + at + len(octets) :]
    edited = CompiledInstruction(buy.program_id_index, data, buy.accounts)
    return _with_message(
        transaction,
        MessageV0(
            message.header,
            message.account_keys,
            message.recent_blockhash,
            [*before, edited],
            message.address_table_lookups,
        ),
    )


def _with_account(
    transaction: VersionedTransaction, old: Pubkey, new: Pubkey
) -> VersionedTransaction:
    message = transaction.message
    assert isinstance(message, MessageV0)
    keys = [new if key == old else key for key in message.account_keys]
    assert keys != message.account_keys
    return _with_message(
        transaction,
        MessageV0(
            message.header,
            keys,
            message.recent_blockhash,
            message.instructions,
            message.address_table_lookups,
        ),
    )


EDITS = ("seat", "max_price", "device_key", "section", "event", "blockhash")


def _edit(
    what: str, transaction: VersionedTransaction, here: Show, there: Show
) -> VersionedTransaction:
    """Arguments of `buy`: seat u32, max_price u64, device_key."""
    match what:
        case "seat":
            return _with_data(transaction, 0, (0).to_bytes(4, "little"))
        case "max_price":
            return _with_data(transaction, 4, CHEAP.to_bytes(8, "little"))
        case "device_key":
            return _with_data(transaction, 12, bytes(Keypair().pubkey()))
        case "section":
            cheap = section_address(event=here.address, index=1)
            return _with_account(transaction, here.section(), cheap)
        case "event":
            return _with_account(transaction, here.address, there.address)
        case _:
            octets = bytearray(bytes(transaction))
            at = octets.index(bytes(transaction.message.recent_blockhash))
            octets[at] ^= 1
            return VersionedTransaction.from_bytes(bytes(octets))


@pytest.mark.parametrize("what", EDITS)
async def test_an_edited_purchase_is_refused_by_the_gateway_and_by_the_chain(
    town: Town, sale: Show, other_sale: Show, what: str
) -> None:
    seat = 10 + EDITS.index(what)
    fan = await town.guest(sale)
    await hold(fan, sale, seat)
    built = await order(fan, sale, seat, f"edited-{what}")
    edited = _edit(what, from_base64(built.transaction), sale, other_sale)
    edited = sign(edited, fan.wallet.keypair)
    before = await state_of(town, edited.message.account_keys)

    answer = await fan.post(f"/v1/orders/{built.order}/submit", {"transaction": to_base64(edited)})
    assert (answer.status_code, code_of(answer)) == (422, "transaction_changed")
    with pytest.raises(ChainError) as tried:
        await town.rpc.send(edited)
    assert tried.value.name == "SIGNATURE_FAILURE"
    await town.send_untried(edited)  # a node takes it as it is, and no block ever does
    await town.next_slots(2)

    assert await town.rpc.outcome(edited.signatures[0]) is None
    assert await state_of(town, edited.message.account_keys) == before
    assert await town.tickets.ticket(sale.ticket(seat)) is None


async def test_somebody_elses_order_cannot_be_submitted_or_read(town: Town, sale: Show) -> None:
    owner, thief = await town.guest(sale), await town.newcomer()
    await hold(owner, sale, 21)
    built = await order(owner, sale, 21, "not-for-thieves")
    with refused("unknown_order", status=404):
        await thief.gateway.order(built.order)
    answer = await thief.post(
        f"/v1/orders/{built.order}/submit", {"transaction": built.transaction}
    )
    assert code_of(answer) == "unknown_order"


# The same seat twice


async def test_twenty_people_ask_for_one_seat_at_once_and_one_holds_it(
    town: Town, sale: Show
) -> None:
    fans = await town.guests(sale, 20)
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
    await asyncio.gather(*(confirmed(town, each) for each in sent))

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
