"""Two entries change hands at once."""

from seahorse.prelude import (
    Clock,
    Empty,
    Signer,
    Token2022Account,
    Token2022Mint,
    UncheckedAccount,
    instruction,
    u64,
)

from .errors import RaffleError
from .escrow import assert_listed, assert_tradable, assert_trading, give, release
from .events import Swapped
from .nft import assert_holds, assert_ours
from .state import EntryToken, Listing, Series


@instruction
def accept_swap(
    taker: Signer,
    seller: UncheckedAccount,
    series: Series,
    offered: EntryToken,
    mint: Token2022Mint,
    listing: Listing,
    escrow: Token2022Account,
    wanted_series: Series,
    wanted: EntryToken,
    wanted_mint: Token2022Mint,
    wanted_token: Token2022Account,
    received: Empty[Token2022Account],
    clock: Clock,
    nonce: u64,
) -> None:
    """Gives the wanted NFT for the one that `seller` offered under `nonce`.

    The seller gets a token account that the taker pays, the taker the escrow, which the seller
    has paid. The swap counts as a sale of both.
    """
    now = clock.unix_timestamp()
    assert_ours(series, offered, mint)
    assert_ours(wanted_series, wanted, wanted_mint)
    assert_listed(listing, seller, mint, escrow)
    assert_holds(taker, wanted_mint, wanted_token)
    assert listing.wanted == wanted_mint.key(), RaffleError.OTHER_WANTED
    assert listing.nonce == nonce, RaffleError.STALE_NONCE
    assert taker.key() != seller.key(), RaffleError.SELF_TRADE
    assert_trading(series, now)
    assert_tradable(wanted_series, wanted, now)

    made = received.init(
        payer=taker,
        seeds=["swapped", mint.key(), nonce],
        mint=wanted_mint,
        authority=seller,
    )
    give(taker, wanted_mint, wanted_token, made)
    Swapped(mint.key(), wanted_mint.key(), seller.key(), taker.key()).emit()
    release(listing, escrow, taker.key(), seller)
    wanted.nonce += 1
    wanted.hops += 1
    offered.hops += 1
