"""What the instructions of ticket do in every state of a ticket, a person and an event.

The states are written into the accounts of a chain on which the instruction is allowed, so that no
combination is left out because it is hard to reach.
"""

from collections.abc import Iterator
from typing import Final

import pytest
from conting_client.generated import ticket
from conting_compiler.ir.typesystem import AccountT
from solders.account import Account
from solders.pubkey import Pubkey

from tests.programs.every import EVERY, Moment
from tests.programs.tampering import described
from tests.programs.world import World

pytestmark = pytest.mark.attack
State = ticket.TicketState
STATE_AT: Final = 77
"""In a Ticket; the offsets stand in docs/programs.md."""
CANCELLED_AT: Final = 309
"""In an Event."""
ISSUER_AT, VALID_UNTIL_AT, REVOKED_AT = 8, 139, 147
"""In a Person."""
NOT_ISSUED: Final = {
    State.COOLING: "TICKET_COOLING",
    State.OFFERED: "TICKET_OFFERED",
    State.USED: "ALREADY_USED",
    State.VOIDING: "TICKET_VOID",
    State.VOID: "TICKET_VOID",
}
STATES: Final[dict[str, dict[State, str]]] = {
    **dict.fromkeys(
        ("refund", "refund_cancelled", "family_transfer", "open_void"), NOT_ISSUED
    ),
    "check_in": NOT_ISSUED | {State.USED: ""},
    **{
        name: {each: error for each in State if each is not state}
        for name, state, error in (
            ("accept_offer", State.OFFERED, "NOT_OFFERED"),
            ("expire_offer", State.OFFERED, "NOT_OFFERED"),
            ("redraw", State.COOLING, "NOT_COOLING"),
            ("offer_seat", State.COOLING, "NOT_COOLING"),
            ("wait_longer", State.COOLING, "NOT_COOLING"),
            ("end_redraw", State.COOLING, "NOT_COOLING"),
            ("finish_void", State.VOIDING, "CASE_NOT_OPEN"),
        )
    },
    "burn_ticket": {State.VOIDING: "CASES_OPEN"},
    "close_ticket": {State.VOIDING: "CASES_OPEN"},
}  # fmt: skip
"""What is said of a ticket in another state than the one in which the instruction is allowed; the
others go by the state of the case, or follow a person wherever the NFT lies.
"""
VALID: Final = frozenset({
    "buy", "buy_for", "grant_help", "family_transfer", "check_in", "join_group", "make_group",
    "claim_seat", "join_waiting", "accept_offer",
})  # fmt: skip
"""For which every person has to be valid, in the eyes of the event's issuer."""
FREE: Final = frozenset({
    "refund", "follow_person", "leave_group", "leave_waiting", "appeal", "revoke_grant",
})  # fmt: skip
"""What also a person who was revoked may do: get out, with the money."""
CALLED_OFF: Final = frozenset({
    "buy", "buy_for", "refund", "family_transfer", "check_in", "open_void", "join_waiting",
    "redraw", "offer_seat", "accept_offer", "open_draw", "make_group", "join_group", "claim_seat",
    "reveal", "draw_without_secret", "burn_ticket", "close_ticket", "close_holding", "close_event",
    "cancel_event",
})  # fmt: skip
"""What a cancelled event refuses: whatever sells, admits, draws, or closes what is owed."""


def places(moment: Moment, kind: str) -> Iterator[Pubkey]:
    """The addresses of the accounts of a class."""
    for index, account in enumerate(described(moment.instruction).accounts):
        key = moment.instruction.accounts[index].pubkey
        known = isinstance(account.type, AccountT) and account.type.name == kind
        if known and moment.world.exists(key):
            yield key


def write(world: World, key: Pubkey, at: int, data: bytes) -> Account:
    """Changes an account where it lies; gives what it was."""
    found = world.account(key)
    assert found is not None
    changed = bytes(found.data[:at]) + data + bytes(found.data[at + len(data) :])
    world.svm.set_account(key, Account(found.lamports, changed, found.owner))
    return found


class Trial:
    """An instruction on its chain, which is made anew whenever the call was accepted."""

    def __init__(self, name: str) -> None:
        self.name = f"ticket.{name}"
        self.moment = EVERY[self.name]()

    def said(self, kind: str, at: int, data: bytes) -> set[str]:
        """What is said when each account of the class, in turn, has these bytes there."""
        errors = set()
        for number in range(len(list(places(self.moment, kind)))):
            world, key = self.moment.world, list(places(self.moment, kind))[number]
            before = write(world, key, at, data)
            outcome = self.moment.send(*self.moment.before, self.moment.instruction)
            errors.add(outcome.error)
            if outcome.accepted:
                self.moment = EVERY[self.name]()
            else:
                world.svm.set_account(key, before)
        return errors


def heavy(names: object, *quick: str) -> list[object]:
    """The named ones in `make test`, all in CI."""
    marks = {True: [], False: [pytest.mark.slow]}
    return [pytest.param(n, marks=marks[n in quick]) for n in sorted(names)]  # type: ignore[call-overload]


@pytest.mark.parametrize("name", heavy(STATES, "refund", "accept_offer"))
def test_a_ticket_in_another_state(name: str) -> None:
    trial = Trial(name)
    for state, error in STATES[name].items():
        assert trial.said("Ticket", STATE_AT, bytes([state])) == {error}, state


@pytest.mark.parametrize("name", heavy(VALID | FREE, "buy"))
def test_a_person_who_is_not_valid(name: str) -> None:
    trial = Trial(name)
    now = trial.moment.world.now.to_bytes(8, "little")
    for at, data, error in (
        (REVOKED_AT, b"\1", "NOT_VALID_PERSON"),
        (VALID_UNTIL_AT, now, "NOT_VALID_PERSON"),
        (ISSUER_AT, bytes(Pubkey.new_unique()), "WRONG_ISSUER"),
    ):
        assert trial.said("Person", at, data) == {"" if name in FREE else error}, at


@pytest.mark.slow
def test_an_event_that_was_cancelled() -> None:
    for name in EVERY:
        program, _, instruction = name.partition(".")
        if program != "ticket" or instruction == "withdraw":
            continue
        errors = Trial(instruction).said("Event", CANCELLED_AT, b"\1")
        if errors:  # the instruction is given the event, and it is there
            assert errors == {"EVENT_CANCELLED" if instruction in CALLED_OFF else ""}, name
    assert Trial("withdraw").said("Event", CANCELLED_AT, b"\1") == {"NOTHING_LEFT"}
