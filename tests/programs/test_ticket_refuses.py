"""What the ticket program refuses, each by its own name."""

import struct

import pytest
from conting_compiler.driver import Compiled
from conting_compiler.ir.faults import Fault
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.transaction_metadata import FailedTransactionMetadata

from tests.programs.ticket_chain import (
    CLOSES,
    DOORS,
    FREEZE,
    OPENS,
    PRICE,
    Outcome,
    TicketChain,
    code_of,
    pays,
    reads,
)


@pytest.fixture
def errors(ticket_program: Compiled) -> dict[str, int]:
    return {error.name: error.code for error in ticket_program.program.errors}


@pytest.fixture
def sale(chain: TicketChain) -> TicketChain:
    return chain.opened()


def buy(chain: TicketChain, buyer: Keypair, seat: int = 5, **other: object) -> Outcome:
    call = chain.buy(buyer.pubkey(), seat, **other)  # type: ignore[arg-type]
    return chain.send(buyer, call, others=[chain.admission])


def test_the_log_of_a_refusal(sale: TicketChain, errors: dict[str, int]) -> None:
    """Anchor's wording, which clients parse."""
    sale.sold(seat=5)
    outcome = buy(sale, sale.person(), 5)
    assert isinstance(outcome, FailedTransactionMetadata)
    line = (
        "Program log: AnchorError occurred. Error Code: SeatTaken. "
        f"Error Number: {errors['SEAT_TAKEN']}. Error Message: the seat is sold."
    )
    assert line in outcome.meta().logs()


def test_an_event_whose_rules_are_wrong(chain: TicketChain, errors: dict[str, int]) -> None:
    def create(**rules: object) -> int:
        return code_of(chain.send(chain.organiser, chain.create_event(**rules)))  # type: ignore[arg-type]

    assert create(times=(1000, 1000, 3000, 4000, 5000)) == errors["BAD_TIMES"]
    assert create(times=(1000, 2000, 1999, 4000, 5000)) == errors["BAD_TIMES"]
    assert create(times=(1000, 2000, 3000, 2999, 5000)) == errors["BAD_TIMES"]
    assert create(times=(1000, 2000, 3000, 5000, 5000)) == errors["BAD_TIMES"]
    assert create(limit=0) == errors["BAD_LIMIT"]
    assert create(limit=11) == errors["BAD_LIMIT"]
    assert create(name="n" * 41) == errors["TEXT_TOO_LONG"]
    assert create(uri="u" * 121) == errors["TEXT_TOO_LONG"]
    assert create(share=(10_001, 0, 0)) == errors["BAD_LADDER"]
    assert create(share=(5_000, 5_001, 0)) == errors["BAD_LADDER"]
    assert create(share=(5_000, 4_000, 4_001)) == errors["BAD_LADDER"]
    assert create(until=(1_500, 1_499, 2_500)) == errors["BAD_LADDER"]
    assert create(until=(-1, 0, -1)) == errors["BAD_LADDER"]
    assert create(name="ö" * 40, uri="u" * 120) == 0


def test_sections_out_of_order(chain: TicketChain, errors: dict[str, int]) -> None:
    chain.must(chain.send(chain.organiser, chain.create_event()))

    def add(index: int = 0, **more: int) -> int:
        return code_of(chain.send(chain.organiser, chain.add_section(index, **more)))

    assert add(1) == errors["SECTION_ORDER"]
    assert add(seats=0) == errors["NO_SEATS"]
    assert add(price=10**15 + 1) == errors["BAD_PRICE"]
    chain.at(OPENS)
    assert add() == errors["SALE_STARTED"]


def test_sale_times(sale: TicketChain, errors: dict[str, int]) -> None:
    sale.at(OPENS - 1)
    assert code_of(buy(sale, sale.person())) == errors["SALE_NOT_OPEN"]
    sale.at(CLOSES)
    assert code_of(buy(sale, sale.person())) == errors["SALE_CLOSED"]
    sale.at(CLOSES - 1)
    assert code_of(buy(sale, sale.person())) == 0


def test_buying_without_admission(sale: TicketChain, errors: dict[str, int]) -> None:
    buyer, other = sale.person(), Keypair()
    call = sale.buy(buyer.pubkey(), 5, admission=other.pubkey())
    assert code_of(sale.send(buyer, call, others=[other])) == errors["NOT_ADMITTED"]


def test_admission_that_does_not_sign(sale: TicketChain) -> None:
    buyer = sale.person()
    call = sale.buy(buyer.pubkey(), 5)
    accounts = [reads(sale.admission.pubkey()), *call.accounts[1:]]
    unsigned = type(call)(sale.program, bytes(call.data), accounts)
    assert code_of(sale.send(buyer, unsigned)) == Fault.NOT_SIGNER


def test_price_and_seats(sale: TicketChain, errors: dict[str, int]) -> None:
    buyer = sale.person()
    assert code_of(buy(sale, buyer, 100)) == errors["NO_SUCH_SEAT"]
    assert code_of(buy(sale, buyer, 5, max_price=PRICE - 1)) == errors["PRICE_ABOVE_LIMIT"]
    assert code_of(buy(sale, buyer, 99)) == 0
    assert code_of(buy(sale, buyer, 99)) == errors["SEAT_TAKEN"]


def test_limit_per_person(sale: TicketChain, errors: dict[str, int]) -> None:
    buyer = sale.person()
    assert [code_of(buy(sale, buyer, seat)) for seat in (1, 2, 3)] == [
        0, 0, errors["LIMIT_REACHED"]
    ]  # fmt: skip


@pytest.mark.attack
def test_another_persons_holding(sale: TicketChain, errors: dict[str, int]) -> None:
    """The limit counts the buyer's own tickets, whichever account is put in its place."""
    buyer, friend = sale.person(), sale.person()
    assert code_of(buy(sale, friend, 1)) == 0
    holding = sale.holding(friend.pubkey())
    assert code_of(buy(sale, buyer, 2, holding=holding)) == Fault.WRONG_SEEDS
    assert code_of(buy(sale, buyer, 2, holding=Pubkey.new_unique())) == Fault.WRONG_SEEDS


@pytest.mark.attack
def test_accounts_of_another_event(sale: TicketChain, errors: dict[str, int]) -> None:
    sale.number = 8
    sale.at(OPENS - 1)
    sale.opened()
    section, vault, event = sale.section(), sale.vault, sale.event
    sale.number = 7
    buyer = sale.person()
    assert code_of(buy(sale, buyer, 5, section=section)) == errors["WRONG_EVENT"]
    assert code_of(buy(sale, buyer, 5, vault=vault)) == errors["WRONG_EVENT"]
    assert code_of(buy(sale, buyer, 5, event=event)) == errors["WRONG_EVENT"]


@pytest.mark.attack
@pytest.mark.parametrize("name", ["ticket", "mint", "token"])
def test_addresses_that_are_not_derived(sale: TicketChain, name: str) -> None:
    buyer = sale.person()
    places = {"ticket": sale.ticket(6), "mint": sale.mint(6), "token": Pubkey.new_unique()}
    assert code_of(buy(sale, buyer, 5, **{name: places[name]})) == Fault.WRONG_SEEDS


@pytest.mark.attack
@pytest.mark.parametrize("name", ["event", "section", "vault"])
def test_accounts_that_the_program_did_not_make(sale: TicketChain, name: str) -> None:
    original = sale.account(getattr(sale, name) if name != "section" else sale.section())
    fake = Pubkey.new_unique()
    sale.svm.set_account(fake, type(original)(original.lamports, bytes(original.data), fake))
    buyer = sale.person()
    assert code_of(buy(sale, buyer, 5, **{name: fake})) == Fault.WRONG_OWNER


@pytest.mark.attack
def test_classes_mixed_up(sale: TicketChain) -> None:
    buyer = sale.person()
    outcome = buy(sale, buyer, 5, section=sale.event)
    assert code_of(outcome) == Fault.SAME_ACCOUNT_TWICE
    outcome = buy(sale, buyer, 5, event=sale.vault, vault=sale.event)
    assert code_of(outcome) == Fault.WRONG_CLASS


def test_refund_to_somebody_else(sale: TicketChain, errors: dict[str, int]) -> None:
    buyer, _ = sale.sold(seat=5)
    thief = sale.person()
    key = buyer.pubkey()
    stolen = sale.refund(key, 5, paid_by=thief.pubkey())
    assert code_of(sale.send(buyer, stolen)) == errors["WRONG_PAYER"]
    other = sale.refund(thief.pubkey(), 5, holding=sale.holding(key), token=sale.token(5, key))
    assert code_of(sale.send(thief, other)) == errors["WRONG_PERSON"]
    owner = sale.person_of(key)
    named = sale.refund(
        thief.pubkey(), 5, person=owner, holding=sale.holding(key), token=sale.token(5, key)
    )
    assert code_of(sale.send(thief, named)) == errors["WRONG_WALLET"]


def test_refund_times_and_states(sale: TicketChain, errors: dict[str, int]) -> None:
    buyer, _ = sale.sold(seat=5)
    key = buyer.pubkey()
    sale.at(FREEZE)
    assert code_of(sale.send(buyer, sale.refund(key, 5))) == errors["REFUND_CLOSED"]
    sale.at(OPENS)
    assert code_of(sale.send(buyer, sale.refund(key, 5))) == 0
    outcome = sale.send(buyer, sale.refund(key, 5))
    assert code_of(outcome) == Fault.WRONG_OWNER  # the token account is closed
    assert code_of(buy(sale, sale.person(), 5)) == errors["SEAT_TAKEN"]


def test_gates_are_the_organisers(sale: TicketChain, errors: dict[str, int]) -> None:
    stranger = sale.person()
    call = sale.register_gate(Pubkey.new_unique())
    accounts = [pays(stranger.pubkey()), *call.accounts[1:]]
    forged = type(call)(sale.program, bytes(call.data), accounts)
    assert code_of(sale.send(stranger, forged)) == errors["NOT_ORGANISER"]


def test_arguments(sale: TicketChain) -> None:
    buyer = sale.person()
    call = sale.buy(buyer.pubkey(), 5)
    for data in (bytes(call.data)[:-1], bytes(call.data) + b"\0", bytes(call.data)[:8]):
        changed = type(call)(sale.program, data, call.accounts)
        outcome = sale.send(buyer, changed, others=[sale.admission])
        assert code_of(outcome) == Fault.BAD_ARGUMENTS


def test_doors(sale: TicketChain, errors: dict[str, int]) -> None:
    sale.sold(seat=5)
    gate = sale.person()
    sale.must(sale.send(sale.organiser, sale.register_gate(gate.pubkey())))
    sale.at(DOORS - 1)
    assert code_of(sale.send(gate, sale.check_in(gate.pubkey(), 5))) == errors["NOT_OPEN"]
    sale.at(DOORS)
    enter = sale.check_in(gate.pubkey(), 5, session=2)
    assert code_of(sale.send(gate, enter)) == errors["NO_SUCH_SESSION"]
    other = sale.person()
    enter = sale.check_in(other.pubkey(), 5, gate=sale.gate(gate.pubkey()))
    assert code_of(sale.send(other, enter)) == errors["GATE_REVOKED"]
    bad_flag = sale.check_in(gate.pubkey(), 5)
    data = bytes(bad_flag.data)[:-1] + struct.pack("<B", 2)
    bad_flag = type(bad_flag)(sale.program, data, bad_flag.accounts)
    assert code_of(sale.send(gate, bad_flag)) == Fault.BAD_ARGUMENTS
