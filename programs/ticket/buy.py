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

from .persons import assert_person_in
from .sale import assert_for_sale, count_in, sell_seat
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

    count_in(wallet, event, person, holding)
    sell_seat(wallet, wallet, person, event, section, vault, ticket, mint, token, purse, till, seat)
