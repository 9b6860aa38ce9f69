"""The NFT of a ticket: made, moved and ended only here; never thawed between transactions."""

from seahorse.prelude import (
    Empty,
    Metadata,
    Signer,
    Token2022Account,
    Token2022Mint,
    u8,
    u64,
)

from .state import Event, Section, Ticket

SYMBOL = "CONTING"
ONE = u64(1)


def make_mint(
    payer: Signer, event: Event, section: Section, ticket: Ticket, mint: Empty[Token2022Mint]
) -> Token2022Mint:
    """The seat's mint, over which the event rules."""
    return mint.init(
        payer=payer,
        seeds=["mint", ticket.key()],
        decimals=u8(0),
        authority=event,
        freeze_authority=event,
        permanent_delegate=event,
        close_authority=event,
        default_frozen=True,
        metadata=Metadata(
            name=f"{event.name} {section.name} {ticket.seat}",
            symbol=SYMBOL,
            uri=f"{event.uri}/{section.index}/{ticket.seat}.json",
        ),
    )


def mint_nft(
    owner: Signer,
    event: Event,
    section: Section,
    ticket: Ticket,
    empty_mint: Empty[Token2022Mint],
    empty_token: Empty[Token2022Account],
) -> None:
    """One NFT in the owner's wallet, frozen, its supply closed at 1."""
    mint = make_mint(owner, event, section, ticket, empty_mint)
    token = empty_token.init(
        payer=owner, seeds=["token", mint.key(), owner.key()], mint=mint, authority=owner
    )
    token.thaw(mint=mint, authority=event)
    mint.mint_to(account=token, amount=ONE, authority=event)
    token.freeze(mint=mint, authority=event)
    mint.give_up_mint_authority(authority=event)
