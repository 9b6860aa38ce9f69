"""The NFT of an entry: made and burned only here. Its owner passes it on without being asked."""

from seahorse.prelude import (
    Empty,
    Metadata,
    Signer,
    Token2022Account,
    Token2022Mint,
    UncheckedAccount,
)

from .errors import RaffleError
from .events import EntryBurned
from .state import NO_DECIMALS, ONE, EntryToken, Series

SYMBOL = "ENTRY"


def make_mint(
    payer: Signer, series: Series, entry_token: EntryToken, mint: Empty[Token2022Mint]
) -> Token2022Mint:
    """The entry's mint: nobody can freeze or take the NFT; the series closes it when burned."""
    return mint.init(
        payer=payer,
        seeds=["mint", entry_token.key()],
        decimals=NO_DECIMALS,
        authority=series,
        close_authority=series,
        metadata=Metadata(
            name=f"{series.name} {entry_token.number}",
            symbol=SYMBOL,
            uri=f"{series.uri}/{entry_token.number}.json",
        ),
    )


def mint_nft(
    payer: Signer,
    wallet: UncheckedAccount,
    series: Series,
    entry_token: EntryToken,
    empty_mint: Empty[Token2022Mint],
    empty_token: Empty[Token2022Account],
) -> None:
    """One NFT in the wallet, its supply closed at 1."""
    mint = make_mint(payer, series, entry_token, empty_mint)
    token = empty_token.init(payer=payer, seeds=["token", mint.key()], mint=mint, authority=wallet)
    mint.mint_to(account=token, amount=ONE, authority=series)
    mint.give_up_mint_authority(authority=series)


def assert_ours(series: Series, entry_token: EntryToken, mint: Token2022Mint) -> None:
    """This program made the mint, for this series: its name and address prove nothing."""
    assert entry_token.series == series.key(), RaffleError.WRONG_SERIES
    assert entry_token.mint == mint.key(), RaffleError.WRONG_ENTRY


def assert_holds(owner: Signer, mint: Token2022Mint, token: Token2022Account) -> None:
    """The token account is the owner's, and has the NFT."""
    assert token.mint() == mint.key(), RaffleError.WRONG_ENTRY
    assert token.owner() == owner.key(), RaffleError.NOT_YOUR_ENTRY
    assert token.amount() == ONE, RaffleError.NOT_YOUR_ENTRY


def assert_burnable(
    owner: Signer,
    rent_to: UncheckedAccount,
    series: Series,
    entry_token: EntryToken,
    mint: Token2022Mint,
    token: Token2022Account,
) -> None:
    """The owner's NFT of this series, and who paid for its mint."""
    assert_ours(series, entry_token, mint)
    assert_holds(owner, mint, token)
    assert entry_token.rent_to == rent_to.key(), RaffleError.WRONG_PAYER


def burn_nft(
    owner: Signer,
    rent_to: UncheckedAccount,
    series: Series,
    entry_token: EntryToken,
    mint: Token2022Mint,
    token: Token2022Account,
) -> None:
    """Ends the NFT: the mint's rent goes to who paid it, the token account's to its owner."""
    EntryBurned(mint.key()).emit()
    mint.burn(account=token, amount=ONE, authority=owner)
    token.close(to=owner, authority=owner)
    mint.close(to=rent_to, authority=series)
    entry_token.burned = True
