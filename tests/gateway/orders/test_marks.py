"""The places in accounts by which it is seen that an order is done."""

import base64
from typing import Any

import pytest
from conting_client import Wallet, tickets
from conting_client.generated import raffle
from conting_client.generated import ticket as program
from conting_gateway.orders import cases, lots, prizes, returns
from solders.pubkey import Pubkey

from tests.gateway.support import Gateway

ROOM = bytes(1_000)
KEY = Pubkey.new_unique()
NUMBER = 0x0102030405060708
STATEMENT = bytes(range(1, 33))
PLACES = [
    (program.Ticket, tickets.SEAT_AT, "seat", (7).to_bytes(4, "little"), 7),
    (program.Ticket, tickets.STATE_AT, "state", b"\2", program.TicketState(2)),
    (program.Ticket, returns.DRAW_SLOT_AT, "draw_slot", NUMBER.to_bytes(8, "little"), NUMBER),
    (program.Ticket, returns.ATTEMPT_AT, "attempt", (7).to_bytes(4, "little"), 7),
    (program.Ticket, tickets.HOLDER_AT, "holder", bytes(KEY), KEY),
    (program.Ticket, tickets.PERSON_AT, "person", bytes(KEY), KEY),
    (program.Ticket, tickets.PAID_BY_AT, "paid_by", bytes(KEY), KEY),
    (program.Case, cases.STATE_AT, "state", b"\2", program.CaseState(2)),
    (program.Case, cases.STATEMENT_AT, "statement", STATEMENT, STATEMENT),
    (program.Bid, lots.GROUP_AT, "group", bytes(KEY), KEY),
    (raffle.Raffle, prizes.STATE_AT, "state", b"\1", raffle.RaffleState(1)),
    (raffle.RaffleEntry, prizes.PRIZE_AT, "state", b"\1", raffle.PrizeState(1)),
]


@pytest.mark.parametrize(
    ("kind", "at", "field", "raw", "value"),
    PLACES,
    ids=[f"{kind.__name__}.{field}" for kind, _, field, *_ in PLACES],
)
def test_a_field_lies_where_it_is_looked_for(
    kind: Any,
    at: int,
    field: str,
    raw: bytes,
    value: object,
) -> None:
    empty = kind.DISCRIMINATOR + ROOM[8:]
    assert getattr(kind.decode(empty), field) != value
    assert getattr(kind.decode(empty[:at] + raw + empty[at + len(raw) :]), field) == value


@pytest.mark.anyio
async def test_an_answer_to_a_case_is_not_what_stands_there_without_one(desk: Gateway) -> None:
    """Zeros: it could not be told whether they were sent."""
    body = {"ticket": str(KEY), "statement": base64.b64encode(bytes(32)).decode()}
    answer = await desk.call("POST", "/v1/orders/appeal", who=Wallet.generate(), body=body)
    assert answer.status_code == 422
    assert answer.json() == {
        "error": "invalid_request",
        "detail": "body.statement: Value error, has to be the hash of an answer, and not zeros",
    }
