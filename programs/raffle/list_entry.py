"""An owner offers an entry for sale."""

from seahorse.prelude import (
    Clock,
    Empty,
    Signer,
    Token2022Account,
    Token2022Mint,
    instruction,
    u64,
)

from .errors import RaffleError
from .escrow import offer_entry
from .state import NOTHING, EntryToken, Listing, Series


@instruction
def list_entry(
    seller: Signer,
    series: Series,
    entry_token: EntryToken,
    mint: Token2022Mint,
    token: Token2022Account,
    listing: Empty[Listing],
    escrow: Empty[Token2022Account],
    clock: Clock,
    nonce: u64,
    price: u64,
) -> None:
    """Puts the NFT up for `price` lamports, at most the series' cap. `nonce` is the next one."""
    assert 1 <= price <= series.price_cap, RaffleError.BAD_PRICE

    now = clock.unix_timestamp()
    offer_entry(
        seller, series, entry_token, mint, token, listing, escrow, now, nonce, price, NOTHING
    )
