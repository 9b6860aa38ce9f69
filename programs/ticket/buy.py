"""A person whom the gateway has admitted buys a seat."""

from family.state import Person
from seahorse.prelude import (
    Clock,
    Empty,
    Option,
    Signer,
    Token2022Account,
    Token2022Mint,
    TokenAccount,
    instruction,
    u32,
    u64,
)

from .errors import TicketError
from .money import pay_in
from .persons import assert_person_in
from .sale import assert_for_sale, count_in, issue_seat, open_holding
from .state import Event, Holding, Section, Ticket, Vault


@instruction
def buy(
    admission: Signer,
    wallet: Signer,
    person: Person,
    event: Event,
    section: Section,
    vault: Vault,
    holding: Empty[Holding],
    ticket: Empty[Ticket],
    mint: Empty[Token2022Mint],
    token: Empty[Token2022Account],
    purse: Option[TokenAccount],
    till: Option[TokenAccount],
    clock: Clock,
    seat: u32,
    max_price: u64,
) -> None:
    """Sells `seat` to the person at the section's price, if that is at most `max_price`."""
    now = clock.unix_timestamp()
    assert_for_sale(admission, event, section, vault, now, max_price)
    assert_person_in(event, person, wallet, now)
    assert seat < section.seats, TicketError.NO_SUCH_SEAT
    assert ticket.is_empty(), TicketError.SEAT_TAKEN
    held = open_holding(wallet, event, person, holding)

    pay_in(wallet, event, vault, purse, till, section.price)
    issue_seat(
        wallet, wallet, wallet.key(), person, event, section, vault, ticket, mint, token, seat
    )
    count_in(held)
