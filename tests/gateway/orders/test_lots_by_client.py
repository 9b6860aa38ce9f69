"""A group and its leader's entry are one transaction: it fits, and no wallet signs another."""

from collections.abc import Iterator
from typing import Final

import pytest
from conting_client import (
    TransactionChanged,
    Wallet,
    build,
    from_base64,
    instructions_of,
    register_self,
    to_base64,
)
from conting_client import order_asks as asks
from conting_client.gateway_orders import OrdersApi
from conting_client.generated import ticket as program
from solders.compute_budget import set_compute_unit_limit
from solders.hash import Hash
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.system_program import TransferParams, transfer

from tests.gateway.orders.test_prizes_by_client import Liar

pytestmark = pytest.mark.anyio

PACKET: Final = 1_232
"""Bytes that a transaction may have."""
COMPARED: Final = {"make_group": set[str](), "join_group": {"admission"}}
"""What the program compares with what it knows, whatever a gateway says."""


def asked_by(me: asks.Buyer) -> asks.Asked:
    """Four persons, at an event that is paid in a token: the most accounts and arguments."""
    at = asks.SectionAt(Pubkey.new_unique(), 0, payment=Pubkey.new_unique())
    return asks.make_group(me, at, [Pubkey.new_unique() for _ in range(3)], max_price=5)


def renamed(step: Instruction, name: str, key: Pubkey) -> Instruction:
    names = program.INSTRUCTIONS[bytes(step.data[:8])][1:]
    accounts, at = list(step.accounts), names.index(name)
    accounts[at] = AccountMeta(key, accounts[at].is_signer, accounts[at].is_writable)
    return Instruction(step.program_id, bytes(step.data), accounts)


def test_the_largest_order_fits_into_a_transaction() -> None:
    """A first order that the gateway pays for, co-signed, with all three signatures."""
    me, sponsor, admission = asks.Buyer(Wallet.generate()), Pubkey.new_unique(), Keypair()
    asked = asked_by(me)
    (join,) = asked.then
    steps = [
        set_compute_unit_limit(600_000),
        transfer(TransferParams(from_pubkey=sponsor, to_pubkey=me.key, lamports=1)),
        register_self(me.key, Keypair().pubkey()),
        asked.wanted,
        renamed(join, "admission", admission.pubkey()),
    ]
    built = build(sponsor, steps, Hash.default())
    assert built.message.header.num_required_signatures == 3
    assert len(bytes(built)) <= PACKET
    assert len(instructions_of(from_base64(to_base64(built)))) == len(steps)


def lies_about(make: Instruction, join: Instruction) -> Iterator[list[Instruction]]:
    """Not just the two, in their order; or one of them with another account or byte."""
    yield from ([], [make], [join], [join, make], [make, join, join], [make, make, join])
    yield [
        make,
        join,
        transfer(
            TransferParams(
                from_pubkey=make.accounts[0].pubkey, to_pubkey=Pubkey.new_unique(), lamports=1
            )
        ),
    ]
    for place, step in enumerate((make, join)):
        for lie in changed(step):
            yield [lie, join] if place == 0 else [make, lie]


def changed(step: Instruction) -> Iterator[Instruction]:
    data, accounts, stranger = bytes(step.data), list(step.accounts), Pubkey.new_unique()
    kind, *names = program.INSTRUCTIONS[data[:8]]
    for name in set(names) - COMPARED[kind]:
        yield renamed(step, name, stranger)
    for at in range(len(data)):
        yield Instruction(
            step.program_id, data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :], accounts
        )
    yield Instruction(stranger, data, accounts)
    yield Instruction(step.program_id, data + b"\0", accounts)
    yield Instruction(step.program_id, data, [*accounts, accounts[0]])


@pytest.mark.attack
@pytest.mark.slow
async def test_a_group_is_signed_for_with_its_leaders_entry_alone() -> None:
    me = asks.Buyer(Wallet.generate())
    asked = asked_by(me)
    liar = Liar(me.key)
    orders = OrdersApi(liar)
    (join,) = asked.then
    for lie in lies_about(asked.wanted, join):
        liar.lie = lie
        with pytest.raises(TransactionChanged):
            await orders.place(me, asked)
    assert liar.signed == 0
    liar.lie = [asked.wanted, renamed(join, "admission", Keypair().pubkey())]
    await orders.place(me, asked)
    assert liar.signed == 1
