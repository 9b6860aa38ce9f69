"""The ticket program played under CPython on the model chain."""

import hashlib
import importlib
import struct
from collections.abc import Callable

import pytest
from seahorse.errors import Fault
from seahorse.model import Meta, Refusal
from seahorse.prelude import Pubkey
from seahorse.program import Program
from seahorse.token2022 import TOKEN_2022, MintState, TokenState

from tests.compiler.ticket_world import (
    ADMISSION,
    ANNA,
    BEN,
    CLOSES,
    DEVICE,
    DOORS,
    EVENT,
    FREEZE,
    GATE,
    OPENS,
    ORGANISER,
    PRICE,
    PROGRAM,
    PROGRAMS,
    SECTION,
    SOL,
    VAULT,
    World,
    pda,
    rent,
    seat_addresses,
)


@pytest.fixture
def on_sale() -> World:
    world = World()
    world.create_event()
    world.add_section()
    world.register_gate()
    return world.at(OPENS)


def refused(world: World, action: Callable[[], object]) -> Refusal:
    """The refusal of the action, which must have changed nothing."""
    before = repr(world.chain.records)
    with pytest.raises(Refusal) as caught:
        action()
    assert repr(world.chain.records) == before
    return caught.value


def test_an_event_and_its_vault() -> None:
    world = World()
    world.create_event()
    data = world.chain.data(EVENT)
    assert data[:8] == hashlib.sha256(b"account:Event").digest()[:8]
    assert data[8:40] == bytes(ORGANISER)
    assert data[40:48] == struct.pack("<Q", 7)
    assert data.endswith(b"\x04\0\0\0Gala\x11\0\0\0https://x.example")
    assert world.chain.lamports(EVENT) == rent(len(data))
    assert len(world.chain.data(VAULT)) == 8 + 32 + 1
    spent = 100 * SOL - world.chain.lamports(ORGANISER)
    assert spent == rent(len(data)) + rent(8 + 32 + 1)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"sale_opens": CLOSES}, "BadTimes"),
        ({"ends": DOORS}, "BadTimes"),
        ({"refund_share": [10_001, 0, 0]}, "BadLadder"),
        ({"refund_share": [5_000, 6_000, 0]}, "BadLadder"),
        ({"refund_until": [150, 149, 151]}, "BadLadder"),
        ({"limit": 0}, "BadLimit"),
        ({"limit": 11}, "BadLimit"),
        ({"sessions": 0}, "NoSuchSession"),
        ({"name": "x" * 41}, "TextTooLong"),
        ({"name": "é" * 41}, "TextTooLong"),
        ({"uri": "x" * 121}, "TextTooLong"),
    ],
)
def test_rules_that_make_no_sense(changes: dict[str, object], name: str) -> None:
    world = World()
    assert refused(world, lambda: world.create_event(**changes)).name == name


def test_a_text_is_as_long_as_python_says() -> None:
    World().create_event(name="é" * 40)


def test_a_sale(on_sale: World) -> None:
    on_sale.buy()
    chain, of = on_sale.chain, seat_addresses(ANNA, 0)
    ticket = chain.data(of.ticket)
    assert ticket[8:72] == bytes(EVENT) + bytes(SECTION)
    assert bytes(ANNA) in ticket
    assert chain.lamports(VAULT) == rent(8 + 32 + 1) + PRICE
    mint, token = chain.records[of.mint].token, chain.records[of.token].token
    assert isinstance(mint, MintState)
    assert (mint.supply, mint.decimals, mint.mint_authority) == (1, 0, None)
    assert {mint.freeze_authority, mint.permanent_delegate, mint.close_authority} == {EVENT}
    assert mint.metadata is not None
    assert mint.metadata.name == "Gala Stalls 0"
    assert mint.metadata.uri == "https://x.example/0/0.json"
    assert token == TokenState(of.mint, ANNA, amount=1, frozen=True)
    assert chain.records[of.token].owner == TOKEN_2022


def test_a_buyer_pays_price_and_rents(on_sale: World) -> None:
    on_sale.buy()
    holding, ticket = 8 + 32 + 32 + 1 + 1, 8 + 32 + 32 + 4 + 4 + 32 * 4 + 8
    texts = 4 + len("Gala Stalls 0") + 4 + len("CONTING") + 4 + len("https://x.example/0/0.json")
    mint = 166 + 36 + 36 + 5 + 68 + (4 + 64 + texts + 4)
    rents = sum(rent(size) for size in (holding, ticket, mint, 165))
    assert on_sale.chain.lamports(ANNA) == 100 * SOL - PRICE - rents


@pytest.mark.parametrize(
    ("at", "changes", "name"),
    [
        (OPENS - 1, {}, "SaleNotOpen"),
        (CLOSES, {}, "SaleClosed"),
        (OPENS, {"seat": 3}, "NoSuchSeat"),
        (OPENS, {"max_price": PRICE - 1}, "PriceAboveLimit"),
    ],
)
def test_what_stops_a_sale(on_sale: World, at: int, changes: dict[str, int], name: str) -> None:
    on_sale.at(at)
    assert refused(on_sale, lambda: on_sale.buy(**{"seat": 0, **changes})).name == name  # type: ignore[arg-type]  # names an int


def test_a_seat_is_sold_once(on_sale: World) -> None:
    on_sale.buy()
    refusal = refused(on_sale, lambda: on_sale.buy(BEN))
    assert (refusal.code, refusal.name) == (6015, "SeatTaken")
    assert refusal.message == "the seat is sold"


def test_a_person_holds_as_many_as_the_event_allows(on_sale: World) -> None:
    on_sale.buy(seat=0)
    on_sale.buy(seat=1)
    assert refused(on_sale, lambda: on_sale.buy(seat=2)).name == "LimitReached"
    on_sale.buy(BEN, seat=2)


def test_nobody_buys_without_the_gateway(on_sale: World) -> None:
    of = seat_addresses(ANNA, 0)
    accounts = {
        "admission": BEN, "buyer": ANNA, "event": EVENT, "section": SECTION, "vault": VAULT,
        "holding": of.holding, "ticket": of.ticket, "mint": of.mint, "token": of.token,
    }  # fmt: skip

    def attempt(*signers: Pubkey) -> None:
        arguments = {"seat": 0, "max_price": PRICE, "device_key": DEVICE}
        on_sale.chain.run(on_sale.program, "buy", accounts, arguments, signers=signers)

    assert refused(on_sale, lambda: attempt(ANNA, BEN)).name == "NotAdmitted"
    assert refused(on_sale, lambda: attempt(ANNA)).code == Fault.NOT_SIGNER
    accounts["admission"] = ADMISSION
    assert refused(on_sale, lambda: attempt(ANNA)).code == Fault.NOT_SIGNER


def test_a_buyer_without_money(on_sale: World) -> None:
    on_sale.chain.records[ANNA].lamports = PRICE
    refusal = refused(on_sale, on_sale.buy)
    assert refusal.code == 1  # the System program's ResultWithNegativeLamports


def test_a_seat_to_which_somebody_sent_lamports_before(on_sale: World) -> None:
    of = seat_addresses(ANNA, 0)
    on_sale.chain.airdrop(of.ticket, rent(0))
    on_sale.chain.airdrop(of.mint, rent(0))
    on_sale.buy()
    assert on_sale.chain.lamports(of.ticket) == rent(8 + 32 + 32 + 4 + 4 + 32 * 4 + 8)


@pytest.mark.parametrize(
    ("now", "share"),
    [(149, 10_000), (150, 5_000), (249, 5_000), (250, 2_500), (289, 2_500), (290, 0), (299, 0)],
)
def test_the_refund_ladder(on_sale: World, now: int, share: int) -> None:
    on_sale.at(OPENS).buy()
    of = seat_addresses(ANNA, 0)
    before = on_sale.chain.lamports(ANNA)
    on_sale.at(now).refund()
    back = PRICE * share // 10_000
    assert on_sale.chain.lamports(VAULT) == rent(8 + 32 + 1) + PRICE - back
    # the token account's rent comes back; that of the custody, of the same size, is paid
    assert on_sale.chain.lamports(ANNA) == before + back
    custody = on_sale.chain.records[pda("custody", of.mint)].token
    assert custody == TokenState(of.mint, EVENT, amount=1, frozen=True)
    assert of.token not in on_sale.chain.records


def test_what_stops_a_refund(on_sale: World) -> None:
    on_sale.buy()
    assert refused(on_sale.at(FREEZE), on_sale.refund).name == "RefundClosed"
    on_sale.at(FREEZE - 1).refund()
    refusal = refused(on_sale, on_sale.refund)
    assert refusal.code == Fault.WRONG_OWNER  # the token account is gone


def test_a_person_enters_once_per_session(on_sale: World) -> None:
    on_sale.buy()
    assert refused(on_sale.at(DOORS - 1), on_sale.check_in).name == "NotOpen"
    on_sale.at(DOORS).check_in()
    refusal = refused(on_sale, on_sale.check_in)
    assert refusal.name == "AlreadyEntered"
    on_sale.check_in(session=1)
    assert refused(on_sale, lambda: on_sale.check_in(session=2)).name == "NoSuchSession"


def test_an_entry_needs_the_device(on_sale: World) -> None:
    on_sale.buy()
    on_sale.at(DOORS)
    for key, message in ((ANNA, b""), (DEVICE, b"another message")):
        refusal = refused(on_sale, lambda k=key, m=message: on_sale.check_in(key=k, message=m))  # type: ignore[misc]
        assert refusal.name == "NoDeviceProof"


def test_accounts_in_the_wrong_place(on_sale: World) -> None:
    def add(**accounts: Pubkey) -> None:
        named = {"organiser": ORGANISER, "event": EVENT, "section": pda("section", EVENT, b"\1\0")}
        arguments = {"index": 1, "seats": 1, "price": 1, "gate_group": 0, "name": ""}
        chain = on_sale.at(0).chain
        chain.run(
            on_sale.program, "add_section", named | accounts, arguments, signers=[ORGANISER, ANNA]
        )

    assert refused(on_sale, lambda: add(event=VAULT)).code == Fault.WRONG_CLASS
    assert refused(on_sale, lambda: add(event=ANNA)).code == Fault.WRONG_OWNER
    assert refused(on_sale, lambda: add(section=SECTION)).code == Fault.WRONG_SEEDS
    assert refused(on_sale, lambda: add(organiser=ANNA)).name == "NotOrganiser"
    add()


def test_raw_instructions(on_sale: World) -> None:
    chain, program = on_sale.chain, on_sale.program
    discriminator = hashlib.sha256(b"global:register_gate").digest()[:8]
    arguments = bytes(GATE) + b"\1"
    metas = [Meta(ORGANISER, is_signer=True), Meta(EVENT), Meta(pda("gate", EVENT, ANNA))]
    for data, given, fault in (
        (b"", metas, Fault.INSTRUCTION_MISSING),
        (bytes(8), metas, Fault.UNKNOWN_INSTRUCTION),
        (discriminator + arguments[:-1], metas, Fault.BAD_ARGUMENTS),
        (discriminator + arguments + b"x", metas, Fault.BAD_ARGUMENTS),
        (discriminator + arguments, metas[:2], Fault.NOT_ENOUGH_ACCOUNTS),
        (discriminator + arguments, metas, Fault.WRONG_SEEDS),
    ):
        with pytest.raises(Refusal) as caught:
            chain.execute(program, given, data)
        assert caught.value.code == fault


def test_every_instruction_by_its_discriminator() -> None:
    for entry in PROGRAM.entries:
        assert entry.discriminator == hashlib.sha256(f"global:{entry.name}".encode()).digest()[:8]


def test_a_plain_import_is_the_same_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(PROGRAMS)
    plain = Program.of(importlib.import_module("ticket.program"))
    assert [each.name for each in plain.entries] == [each.name for each in PROGRAM.entries]
    assert [str(each) for each in plain.errors] == [str(each) for each in PROGRAM.errors]
