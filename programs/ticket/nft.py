"""The NFT of a ticket: made, moved and ended only here; never thawed between transactions."""

from seahorse.prelude import (
    Empty,
    Metadata,
    Signer,
    Token2022Account,
    Token2022Mint,
    UncheckedAccount,
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
    payer: Signer,
    wallet: UncheckedAccount,
    event: Event,
    section: Section,
    ticket: Ticket,
    empty_mint: Empty[Token2022Mint],
    empty_token: Empty[Token2022Account],
) -> None:
    """One NFT in the wallet, frozen, its supply closed at 1."""
    mint = make_mint(payer, event, section, ticket, empty_mint)
    token = empty_token.init(
        payer=payer, seeds=["token", mint.key(), wallet.key()], mint=mint, authority=wallet
    )
    token.thaw(mint=mint, authority=event)
    mint.mint_to(account=token, amount=ONE, authority=event)
    token.freeze(mint=mint, authority=event)
    mint.give_up_mint_authority(authority=event)


def move_nft(
    payer: Signer,
    wallet: UncheckedAccount,
    event: Event,
    mint: Token2022Mint,
    old: Token2022Account,
    empty_token: Empty[Token2022Account],
) -> None:
    """From the old token account, which is then empty, into one of the wallet's; frozen again."""
    token = empty_token.init(
        payer=payer, seeds=["token", mint.key(), wallet.key()], mint=mint, authority=wallet
    )
    old.thaw(mint=mint, authority=event)
    token.thaw(mint=mint, authority=event)
    old.transfer(mint=mint, to=token, amount=ONE, decimals=u8(0), authority=event)
    token.freeze(mint=mint, authority=event)
