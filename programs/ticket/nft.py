"""The NFT of a ticket: made, moved and ended only here; never thawed between transactions."""

from seahorse.prelude import (
    Empty,
    Metadata,
    Pubkey,
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
TOKEN_BYTES = u64(165)  # of a token account that its owner has not extended
STATUS = "status"  # the field of the metadata that follows the ticket's state
VALID = "valid"
USED = "used"
UNDER_REVIEW = "under review"
STATUS_ROOM = u64(4 + 6 + 4 + 5)  # bytes in the mint: "status" and "valid", each after its length


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
            room=STATUS_ROOM,
        ),
    )


def open_account(
    payer: Signer,
    wallet: UncheckedAccount,
    event: Event,
    mint: Token2022Mint,
    token: Empty[Token2022Account],
) -> Token2022Account:
    """The wallet's token account, thawed. Made for the event, which from then on may close it: a
    wallet need not sign for what it is given.
    """
    opened = token.init(
        payer=payer, seeds=["token", mint.key(), wallet.key()], mint=mint, authority=event
    )
    opened.thaw(mint=mint, authority=event)
    opened.set_close_authority(close_authority=event.key(), authority=event)
    opened.set_owner(owner=wallet.key(), authority=event)
    return opened


def show_status(event: Event, mint: Token2022Mint, status: str) -> None:
    """Tells wallets how the ticket stands whose mint this is."""
    mint.update_field(field=STATUS, value=status, authority=event)


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
    show_status(event, mint, VALID)
    token = open_account(payer, wallet, event, mint, empty_token)
    mint.mint_to(account=token, amount=ONE, authority=event)
    token.freeze(mint=mint, authority=event)
    mint.give_up_mint_authority(authority=event)
    ticket.token = token.key()


def hand_on_nft(
    old: Signer, new: Pubkey, event: Event, mint: Token2022Mint, token: Token2022Account
) -> None:
    """The token account becomes another wallet's, with what is in it: its owner signs."""
    token.thaw(mint=mint, authority=event)
    token.set_owner(owner=new, authority=old)
    token.freeze(mint=mint, authority=event)


def close_empty(
    event: Event, mint: Token2022Mint, token: Token2022Account, to: UncheckedAccount
) -> None:
    """Closes the account that the NFT has left; one that its owner has extended stays, frozen.

    What an owner can put in there is a CPI guard, and then closing it would fail, and with it what
    somebody else is owed. Its rent is lost.
    """
    if token.size() == TOKEN_BYTES:
        token.close(to=to, authority=event)
    else:
        token.freeze(mint=mint, authority=event)


def move_nft(
    payer: Signer,
    wallet: UncheckedAccount,
    event: Event,
    ticket: Ticket,
    mint: Token2022Mint,
    old: Token2022Account,
    empty_token: Empty[Token2022Account],
) -> None:
    """Into a token account of the wallet's, with nobody's signature; the payer gets the old one's
    rent for the new one's.
    """
    token = open_account(payer, wallet, event, mint, empty_token)
    old.thaw(mint=mint, authority=event)
    old.transfer(mint=mint, to=token, amount=ONE, decimals=u8(0), authority=event)
    token.freeze(mint=mint, authority=event)
    close_empty(event, mint, old, payer)
    ticket.token = token.key()


def end_nft(
    event: Event, mint: Token2022Mint, token: Token2022Account, paid_by: UncheckedAccount
) -> None:
    """Burns it and closes mint and token account; the rent of both goes to who paid for them, whom
    `assert_nft_of` has compared.
    """
    token.thaw(mint=mint, authority=event)
    mint.burn(account=token, amount=ONE, authority=event)
    close_empty(event, mint, token, paid_by)
    mint.close(to=paid_by, authority=event)
