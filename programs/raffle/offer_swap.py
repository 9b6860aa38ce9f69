"""An owner offers an entry for another one."""

from seahorse.prelude import (
    Clock,
    Empty,
    Pubkey,
    Signer,
    Token2022Account,
    Token2022Mint,
    instruction,
    u64,
)

from .errors import RaffleError
from .escrow import offer_entry
from .state import NOTHING, EntryToken, Listing, Series

NO_MONEY = u64(0)


@instruction
def offer_swap(
    seller: Signer,
    series: Series,
    entry_token: EntryToken,
    mint: Token2022Mint,
    token: Token2022Account,
    listing: Empty[Listing],
    escrow: Empty[Token2022Account],
    clock: Clock,
    nonce: u64,
    wanted: Pubkey,
) -> None:
    """Puts the NFT up for the one of the mint `wanted`. `nonce` is the next one."""
    assert wanted != NOTHING, RaffleError.OTHER_WANTED
    assert wanted != mint.key(), RaffleError.OTHER_WANTED

    now = clock.unix_timestamp()
    offer_entry(
        seller, series, entry_token, mint, token, listing, escrow, now, nonce, NO_MONEY, wanted
    )
