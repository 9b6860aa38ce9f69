"""Random stories of people and tickets end the same under CPython and compiled on LiteSVM."""

import os
import struct
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from seahorse.addresses import find_program_address
from seahorse.prelude import Pubkey
from solders.keypair import Keypair

from tests.compiler.differential.both import Both

FACTOR = int(os.environ.get("CONTING_FUZZ", "0"))
PRICE = 2_000_000_001
KEYS = [Keypair.from_seed(bytes([n]) * 32) for n in range(1, 6)]
ORGANISER, ADMISSION, ANNA, BEN, GATE = (Pubkey.of(bytes(key.pubkey())) for key in KEYS)
PROGRAM = bytes(Pubkey("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE"))
NONCE = bytes(range(16))


Outcome = int | str


def pda(*parts: str | bytes | Pubkey) -> Pubkey:
    raw = [part.encode() if isinstance(part, str) else bytes(part) for part in parts]
    return Pubkey.of(find_program_address(raw, PROGRAM)[0])


EVENT = pda("event", ORGANISER, struct.pack("<Q", 1))
VAULT = pda("vault", EVENT)
GATE_ACCOUNT = pda("gate", EVENT, GATE)


def section(index: int) -> Pubkey:
    return pda("section", EVENT, struct.pack("<H", index))


def places(person: Pubkey, index: int, seat: int) -> dict[str, Pubkey]:
    ticket = pda("ticket", section(index), struct.pack("<I", seat))
    mint = pda("mint", ticket)
    return {
        "event": EVENT,
        "section": section(index),
        "vault": VAULT,
        "holding": pda("holding", EVENT, person),
        "ticket": ticket,
        "mint": mint,
        "token": pda("token", mint, person),
        "custody": pda("custody", mint),
    }


def create_event(both: Both, limit: int = 2, share: int = 5_000, name: str = "Gala") -> Outcome:
    arguments = {
        "number": 1,
        "admission": ADMISSION,
        "sale_opens": 100,
        "sale_closes": 200,
        "freeze": 300,
        "doors": 400,
        "ends": 500,
        "refund_until": [150, 250, 290],
        "refund_share": [10_000, share, 333],
        "limit": limit,
        "sessions": 2,
        "name": name,
        "uri": "https://x.example",
    }
    accounts = {"organiser": ORGANISER, "event": EVENT, "vault": VAULT}
    return both.run("create_event", accounts, arguments)


def add_section(both: Both, index: int = 0, seats: int = 2, price: int = PRICE) -> Outcome:
    accounts = {"organiser": ORGANISER, "event": EVENT, "section": section(index)}
    arguments = {"index": index, "seats": seats, "price": price, "gate_group": 1, "name": "Süd"}
    return both.run("add_section", accounts, arguments)


def register_gate(both: Both, organiser: Pubkey = ORGANISER) -> Outcome:
    accounts = {"organiser": organiser, "event": EVENT, "gate": GATE_ACCOUNT}
    return both.run("register_gate", accounts, {"key": GATE, "group": 1})


def buy(
    both: Both, person: Pubkey = ANNA, index: int = 0, seat: int = 0, max_price: int = PRICE
) -> Outcome:
    found = places(person, index, seat)
    found.pop("custody")
    accounts = {"admission": ADMISSION, "buyer": person, **found}
    arguments = {"seat": seat, "max_price": max_price, "device_key": BEN}
    return both.run("buy", accounts, arguments)


def refund(
    both: Both, person: Pubkey = ANNA, paid_by: Pubkey | None = None, seat: int = 0
) -> Outcome:
    accounts = {"holder": person, "paid_by": paid_by or person, **places(person, 0, seat)}
    return both.run("refund", accounts, {})


def check_in(
    both: Both,
    person: Pubkey = ANNA,
    session: int = 0,
    seat: int = 0,
    signers: tuple[int, ...] = (3,),
) -> Outcome:
    ticket = places(person, 0, seat)["ticket"]
    ends = struct.pack("<Hq", session, 450)
    message = b"conting:entry:v1" + b"".join(map(bytes, (EVENT, ticket, GATE))) + NONCE + ends
    accounts = {
        "gate_key": GATE,
        "event": EVENT,
        "gate": GATE_ACCOUNT,
        "ticket": ticket,
        "entry": pda("entry", ticket, struct.pack("<H", session)),
    }
    arguments = {"session": session, "nonce": NONCE, "expires": 450, "gate_bound": True}
    return both.run("check_in", accounts, arguments, [(KEYS[n], message) for n in signers])


def wait(both: Both, until: int) -> None:
    both.set_time(until)


def gift(both: Both, place: str, lamports: int) -> None:
    """Somebody sends lamports to an address before anything is there, or after."""
    both.gift(places(ANNA, 0, 1)[place], lamports)


Step = Callable[[Both], object]
people = st.sampled_from([ANNA, ANNA, BEN])
seats = st.sampled_from([0, 0, 1, 2])
usual: list[st.SearchStrategy[Step]] = [
    st.builds(partial, st.just(buy), person=people, seat=seats),
    st.builds(partial, st.just(refund), person=people, seat=seats),
    st.builds(partial, st.just(check_in), person=people, session=seats, seat=seats),
    st.builds(partial, st.just(wait), until=st.sampled_from([100, 150, 199, 289, 400, 400, 450])),
]
odd: list[st.SearchStrategy[Step]] = [
    st.builds(partial, st.just(create_event), limit=st.integers(0, 11), share=seats),
    st.builds(partial, st.just(add_section), index=seats, seats=seats, price=st.integers(0, 3)),
    st.builds(partial, st.just(register_gate), organiser=st.sampled_from([ORGANISER, ANNA])),
    st.builds(partial, st.just(buy), index=seats, max_price=st.integers(0, 2 * PRICE)),
    st.builds(partial, st.just(refund), person=people, paid_by=people),
    st.builds(
        partial,
        st.just(gift),
        place=st.sampled_from(["ticket", "mint", "token", "custody", "holding"]),
        lamports=st.sampled_from([890_880, 10**9]),
    ),
    st.builds(partial, st.just(check_in), signers=st.sampled_from([(), (2,), (3, 2), (2, 3)])),
]


@pytest.mark.fuzz
@settings(
    max_examples=12 * max(FACTOR, 1),
    derandomize=not FACTOR,
    deadline=None,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(st.lists(st.one_of(*usual, *usual, *odd), min_size=8, max_size=16))
@pytest.mark.slow
def test_random_stories(steps: list[Step]) -> None:
    both = Both([ORGANISER, ADMISSION, ANNA, BEN, GATE])
    create_event(both)
    add_section(both, seats=3)
    register_gate(both)
    both.set_time(100)
    buy(both)
    for step in steps:
        step(both)


@pytest.mark.slow
def test_a_whole_evening() -> None:
    both = Both([ORGANISER, ADMISSION, ANNA, BEN, GATE])
    assert create_event(both, name="Gal\u00e1") == 0
    assert add_section(both) == 0
    assert register_gate(both) == 0
    both.set_time(100)
    assert [buy(both), buy(both, BEN, seat=1), buy(both, BEN)] == [0, 0, 6015]
    both.set_time(250)
    assert [refund(both), refund(both)] == [0, 3007]
    both.set_time(400)
    assert [check_in(both, BEN, seat=1), check_in(both, BEN, seat=1)] == [0, 6027]
    assert check_in(both, BEN, seat=1, session=1, signers=(2,)) == 6028
