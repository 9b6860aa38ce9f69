"""A ticket's NFT follows its person into the wallet to which the person was re-bound."""

from family.state import Person
from seahorse.prelude import (
    Empty,
    Signer,
    Token2022Account,
    Token2022Mint,
    UncheckedAccount,
    instruction,
    unchecked,
)

from .errors import TicketError
from .nft import move_nft
from .state import Event, Ticket
from .tickets import assert_nft


@instruction
def follow_person(
    payer: Signer,
    person: Person,
    wallet: UncheckedAccount,
    event: Event,
    ticket: Ticket,
    mint: Token2022Mint,
    old_token: Token2022Account,
    token: Empty[Token2022Account],
) -> None:
    """Moves the NFT into the person's present wallet; whoever pays gets as much back.

    The family program has let the notice of the re-binding pass; the ticket stays the person's all
    the time, and its way in is the person's phone.
    """
    unchecked("whoever pays, the NFT goes where the family program says, and nowhere else")
    assert ticket.event == event.key(), TicketError.WRONG_EVENT
    assert ticket.person == person.key(), TicketError.WRONG_PERSON
    assert person.wallet == wallet.key(), TicketError.WRONG_WALLET
    assert ticket.holder != wallet.key(), TicketError.NOT_MOVED
    assert_nft(ticket, mint, old_token)

    move_nft(payer, wallet, event, ticket, mint, old_token, token)
    ticket.holder = wallet.key()
