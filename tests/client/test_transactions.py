"""Built, signed by several, tampered with."""

import struct
from base64 import b64encode

import pytest
from conting_client import (
    TransactionChanged,
    build,
    ed25519_instruction,
    from_base64,
    instructions_of,
    missing_signers,
    require_same,
    sign,
    signers_of,
    to_base64,
)
from conting_client._purchase import require_only
from conting_client.generated import ticket as program
from solders.address_lookup_table_account import AddressLookupTableAccount
from solders.compute_budget import set_compute_unit_limit, set_compute_unit_price
from solders.hash import Hash
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.message import Message, MessageV0
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.system_program import TransferParams, transfer
from solders.transaction import VersionedTransaction

BUYER, ADMISSION, STRANGER = (Keypair.from_seed(bytes([n]) * 32) for n in (1, 2, 3))
EVENT, SECTION, PERSON = (Pubkey.from_bytes(bytes([n]) * 32) for n in (4, 5, 6))
BLOCKHASH = Hash(bytes([7]) * 32)


def purchase(*, seat: int = 3, max_price: int = 100) -> Instruction:
    return program.buy(
        admission=ADMISSION.pubkey(),
        wallet=BUYER.pubkey(),
        person=PERSON,
        event=EVENT,
        section=SECTION,
        seat=seat,
        max_price=max_price,
    )


def theft() -> Instruction:
    params = TransferParams(from_pubkey=BUYER.pubkey(), to_pubkey=EVENT, lamports=1)
    return transfer(params)


def built(*instructions: Instruction, payer: Keypair = BUYER) -> VersionedTransaction:
    return build(payer.pubkey(), instructions or [purchase()], BLOCKHASH)


def test_two_sign_one_after_the_other() -> None:
    transaction = built()
    assert set(signers_of(transaction)) == {BUYER.pubkey(), ADMISSION.pubkey()}
    assert signers_of(transaction)[0] == BUYER.pubkey()
    co_signed = sign(transaction, ADMISSION)
    assert missing_signers(co_signed) == (BUYER.pubkey(),)
    complete = sign(from_base64(to_base64(co_signed)), BUYER)
    assert missing_signers(complete) == ()
    complete.verify_and_hash_message()
    require_same(co_signed, complete)


def test_nobody_signs_what_does_not_ask_for_it() -> None:
    with pytest.raises(TransactionChanged, match="does not ask"):
        sign(built(), STRANGER)


def test_says_what_it_does() -> None:
    limit, order = set_compute_unit_limit(5), purchase()
    found = instructions_of(built(limit, order))
    assert [each.program_id for each in found] == [limit.program_id, order.program_id]
    assert [bytes(each.data) for each in found] == [bytes(limit.data), bytes(order.data)]
    assert found[1].accounts == order.accounts


def test_reads_legacy_messages_too() -> None:
    order = purchase()
    message = Message.new_with_blockhash([order], BUYER.pubkey(), BLOCKHASH)
    legacy = VersionedTransaction.populate(message, [Signature.default()] * 2)
    assert instructions_of(legacy)[0].accounts == order.accounts
    assert missing_signers(sign(legacy, ADMISSION, BUYER)) == ()


@pytest.mark.attack
@pytest.mark.parametrize(
    "changed",
    [
        built(purchase(seat=4)),
        built(purchase(), theft()),
        built(theft()),
        built(payer=ADMISSION),
        build(BUYER.pubkey(), [purchase()], Hash(bytes(32))),
    ],
)
def test_another_transaction_that_comes_back_is_refused(changed: VersionedTransaction) -> None:
    signed = sign(changed, BUYER)
    with pytest.raises(TransactionChanged):
        require_same(sign(built(), ADMISSION), signed)


@pytest.mark.attack
def test_a_missing_or_forged_signature_is_refused() -> None:
    co_signed = sign(built(), ADMISSION)
    with pytest.raises(TransactionChanged, match="missing or wrong"):
        require_same(co_signed, co_signed)
    forged = VersionedTransaction.populate(
        co_signed.message, [STRANGER.sign_message(b""), co_signed.signatures[1]]
    )
    with pytest.raises(TransactionChanged, match="missing or wrong"):
        require_same(co_signed, forged)


@pytest.mark.attack
def test_every_damaged_byte_of_a_signed_transaction_is_noticed() -> None:
    original = sign(built(), ADMISSION, BUYER)
    data = bytes(original)
    for at in range(len(data)):
        damaged = bytearray(data)
        damaged[at] ^= 1
        with pytest.raises(TransactionChanged):
            require_same(original, from_bytes(bytes(damaged)))


def from_bytes(data: bytes) -> VersionedTransaction:
    return from_base64(b64encode(data).decode())


@pytest.mark.attack
@pytest.mark.parametrize("text", ["", "not base64!", "AAAA", "gA==", "ÄÖ"])
def test_text_that_is_no_transaction_is_refused(text: str) -> None:
    with pytest.raises(TransactionChanged):
        from_base64(text)


def test_what_is_too_large_to_send_is_refused() -> None:
    large = Instruction(EVENT, bytes(1200), [])
    with pytest.raises(TransactionChanged, match="1232"):
        built(large)


@pytest.mark.attack
def test_lookup_tables_hide_nothing() -> None:
    table = AddressLookupTableAccount(STRANGER.pubkey(), [EVENT])
    hidden = Instruction(SECTION, b"", [AccountMeta(EVENT, is_signer=False, is_writable=True)])
    message = MessageV0.try_compile(BUYER.pubkey(), [hidden], [table], BLOCKHASH)
    transaction = VersionedTransaction.populate(message, [Signature.default()])
    with pytest.raises(TransactionChanged, match="lookup tables"):
        instructions_of(transaction)


def test_the_purchase_that_was_asked_for_is_accepted() -> None:
    require_only(built(), BUYER.pubkey(), [purchase()])
    require_only(built(set_compute_unit_limit(600_000), purchase()), BUYER.pubkey(), [purchase()])


@pytest.mark.attack
@pytest.mark.parametrize(
    "transaction",
    [
        built(purchase(max_price=101)),
        built(purchase(seat=4)),
        built(purchase(), theft()),
        built(theft()),
        built(set_compute_unit_price(10**9), purchase()),
        built(set_compute_unit_limit(5)),
        built(purchase(), purchase()),
        built(payer=ADMISSION),
    ],
)
def test_anything_else_than_the_purchase_is_not_signed(transaction: VersionedTransaction) -> None:
    with pytest.raises(TransactionChanged):
        require_only(transaction, BUYER.pubkey(), [purchase()])


def test_the_ed25519_instruction_has_the_precompiles_layout() -> None:
    signature = STRANGER.sign_message(b"message")
    made = ed25519_instruction(signature, STRANGER.pubkey(), b"message")
    data = bytes(made.data)
    count, padding, *offsets = struct.unpack_from("<BB7H", data)
    signature_at, signature_in, key_at, key_in, message_at, message_size, message_in = offsets
    assert (count, padding) == (1, 0)
    assert signature_in == key_in == message_in == 0xFFFF
    assert data[signature_at : signature_at + 64] == bytes(signature)
    assert data[key_at : key_at + 32] == bytes(STRANGER.pubkey())
    assert data[message_at : message_at + message_size] == b"message"
    assert len(data) == 16 + 32 + 64 + 7
    assert made.accounts == []
