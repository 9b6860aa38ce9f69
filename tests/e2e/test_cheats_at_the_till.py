"""What people try who have been let in and want to pay less, or for something else."""

import pytest
from conting_client import ChainError, from_base64, sign, to_base64
from conting_client.gateway_answers import BuiltOrder
from conting_client.generated.ticket import ErrorCode, section_address
from solders.instruction import CompiledInstruction
from solders.message import MessageV0
from solders.pubkey import Pubkey
from solders.transaction import VersionedTransaction

from tests.e2e.asking import buy_body, code_of, hold, order, refused
from tests.e2e.people import CHEAP, PRICE, Fan, Show, Town
from tests.e2e.refusals import refused_by_chain, state_of

pytestmark = [pytest.mark.anyio, pytest.mark.attack]


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


EDITS = ("seat", "max_price", "section", "event", "blockhash")


def _edit(
    what: str, transaction: VersionedTransaction, here: Show, there: Show
) -> VersionedTransaction:
    """Arguments of `buy`: seat u32, max_price u64."""
    match what:
        case "seat":
            return _with_data(transaction, 0, (0).to_bytes(4, "little"))
        case "max_price":
            return _with_data(transaction, 4, CHEAP.to_bytes(8, "little"))
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


@pytest.fixture(scope="module")
async def co_signed(town: Town, sale: Show) -> tuple[Fan, BuiltOrder]:
    """A purchase of seat 10 that waits for the fan's signature; none of the edits is sold."""
    fan = await town.guest(sale)
    await hold(fan, sale, 10)
    return fan, await order(fan, sale, 10, "to-be-edited")


@pytest.mark.parametrize("what", EDITS)
async def test_an_edited_purchase_is_refused_by_the_gateway_and_by_the_chain(
    town: Town, sale: Show, other_sale: Show, co_signed: tuple[Fan, BuiltOrder], what: str
) -> None:
    fan, built = co_signed
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
    assert await town.tickets.tickets_of_holder(fan.wallet.key) == []


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
