"""Somebody buys an entry."""

from seahorse.prelude import (
    Clock,
    Rent,
    Signer,
    Token2022Account,
    Token2022Mint,
    UncheckedAccount,
    instruction,
    u64,
    u128,
)

from .errors import RaffleError
from .escrow import assert_listed, assert_trading, release
from .events import Sold
from .nft import assert_ours
from .state import NOTHING, TOKEN_BYTES, WALLET_BYTES, WHOLE, EntryToken, Listing, Series


def fee_of(series: Series, price: u64, organiser: UncheckedAccount, rent: Rent) -> u64:
    """The organiser's part, rounded down: the rest is the seller's.

    None where it would leave the organiser's wallet with less than an account must hold: such a
    transaction fails as a whole, so whoever empties that wallet could stop the market.
    """
    fee = u64(u128(price) * u128(series.fee) // u128(WHOLE))
    if organiser.lamports() + fee < rent.minimum_balance(WALLET_BYTES):
        return u64(0)
    return fee


@instruction
def buy_entry(
    buyer: Signer,
    seller: UncheckedAccount,
    organiser: UncheckedAccount,
    series: Series,
    entry_token: EntryToken,
    listing: Listing,
    mint: Token2022Mint,
    escrow: Token2022Account,
    rent: Rent,
    clock: Clock,
    nonce: u64,
    max_price: u64,
) -> None:
    """Buys what `seller` listed under `nonce`, for at most `max_price` lamports.

    The seller gets the price less the fee, the organiser the fee: together just the price. The
    buyer gets the account that the NFT lies in, too, and gives the seller its rent.
    """
    assert_ours(series, entry_token, mint)
    assert_listed(listing, seller, mint, escrow)
    assert series.organiser == organiser.key(), RaffleError.WRONG_FEE_ACCOUNT
    assert listing.wanted == NOTHING, RaffleError.OTHER_WANTED
    assert listing.nonce == nonce, RaffleError.STALE_NONCE
    assert listing.price <= max_price, RaffleError.PRICE_ABOVE_LIMIT
    assert buyer.key() != seller.key(), RaffleError.SELF_TRADE
    assert_trading(series, clock.unix_timestamp())

    price = listing.price
    fee = fee_of(series, price, organiser, rent)
    buyer.transfer_lamports(seller, price - fee + rent.minimum_balance(TOKEN_BYTES))
    buyer.transfer_lamports(organiser, fee)
    Sold(mint.key(), seller.key(), buyer.key(), price, fee).emit()
    release(listing, escrow, buyer.key(), seller)
    entry_token.hops += 1
