"""An entry that is on offer lies in a token account of its listing, and leaves it only here."""

from seahorse.prelude import (
    Empty,
    Pubkey,
    Signer,
    Token2022Account,
    Token2022Mint,
    UncheckedAccount,
    i64,
    u64,
)

from .errors import RaffleError
from .events import Listed
from .nft import assert_holds, assert_ours
from .state import NO_DECIMALS, ONE, EntryToken, Listing, Series


def assert_tradable(series: Series, entry_token: EntryToken, now: i64) -> None:
    """The entry may change hands once more: asked when it is offered, and of what is given for it.

    What lies in escrow changes hands no other way.
    """
    assert_trading(series, now)
    assert entry_token.hops < series.max_hops, RaffleError.NO_HOPS_LEFT


def assert_trading(series: Series, now: i64) -> None:
    """Entries of the series still change hands."""
    assert now < series.closes, RaffleError.CLOSED


def offer_entry(
    seller: Signer,
    series: Series,
    entry_token: EntryToken,
    mint: Token2022Mint,
    token: Token2022Account,
    listing: Empty[Listing],
    escrow: Empty[Token2022Account],
    now: i64,
    nonce: u64,
    price: u64,
    wanted: Pubkey,
) -> None:
    """Moves the seller's NFT into escrow, and says what it is offered for."""
    assert_ours(series, entry_token, mint)
    assert_holds(seller, mint, token)
    assert_tradable(series, entry_token, now)
    assert nonce == entry_token.nonce + 1, RaffleError.STALE_NONCE

    made = listing.init(
        payer=seller,
        mint=mint.key(),
        series=series.key(),
        seller=seller.key(),
        escrow=escrow.key(),
        price=price,
        wanted=wanted,
        nonce=nonce,
    )
    kept = escrow.init(payer=seller, seeds=["escrow", mint.key(), nonce], mint=mint, authority=made)
    give(seller, mint, token, kept)
    Listed(mint.key(), seller.key(), price, wanted, nonce).emit()
    entry_token.nonce = nonce


def give(owner: Signer, mint: Token2022Mint, token: Token2022Account, to: Token2022Account) -> None:
    """The owner's NFT moves on; the account that it leaves is closed."""
    token.transfer(mint=mint, to=to, amount=ONE, decimals=NO_DECIMALS, authority=owner)
    token.close(to=owner, authority=owner)


def assert_listed(
    listing: Listing, seller: UncheckedAccount, mint: Token2022Mint, escrow: Token2022Account
) -> None:
    """This seller's NFT of this mint lies in this account."""
    assert listing.mint == mint.key(), RaffleError.WRONG_ENTRY
    assert listing.seller == seller.key(), RaffleError.WRONG_SELLER
    assert listing.escrow == escrow.key(), RaffleError.WRONG_ESCROW


def release(
    listing: Listing, escrow: Token2022Account, to: Pubkey, seller: UncheckedAccount
) -> None:
    """The account that the NFT lies in becomes that of `to`; the listing is closed."""
    escrow.set_owner(owner=to, authority=listing)
    listing.close(seller)
