"""An owner ends an entry's NFT without a raffle, and its rent goes back."""

from seahorse.prelude import Signer, Token2022Account, Token2022Mint, UncheckedAccount, instruction

from .nft import assert_burnable, burn_nft
from .state import EntryToken, Series


@instruction
def burn_entry(
    owner: Signer,
    rent_to: UncheckedAccount,
    series: Series,
    entry_token: EntryToken,
    mint: Token2022Mint,
    token: Token2022Account,
) -> None:
    """Burns it. No other is ever made of the same entry."""
    assert_burnable(owner, rent_to, series, entry_token, mint, token)

    burn_nft(owner, rent_to, series, entry_token, mint, token)
