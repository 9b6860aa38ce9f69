"""An owner burns an entry to take part in a raffle."""

from seahorse.prelude import (
    Clock,
    Empty,
    Signer,
    Token2022Account,
    Token2022Mint,
    UncheckedAccount,
    bytes_of,
    instruction,
    sha256,
)

from .errors import RaffleError
from .events import RaffleEntered
from .nft import assert_burnable, burn_nft
from .state import EntryToken, Raffle, RaffleEntry, Series

ROOT_DOMAIN = b"conting:raffle-root:v1"


def assert_open(raffle: Raffle, clock: Clock) -> None:
    """Nobody enters who could know the hash that decides, and nobody after the draw."""
    now = clock.unix_timestamp()
    assert now >= raffle.opens, RaffleError.NOT_OPEN
    assert now < raffle.closes, RaffleError.CLOSED
    assert clock.slot() < raffle.target_slot, RaffleError.CLOSED


@instruction
def enter_raffle(
    entrant: Signer,
    rent_to: UncheckedAccount,
    series: Series,
    raffle: Raffle,
    entry_token: EntryToken,
    mint: Token2022Mint,
    token: Token2022Account,
    raffle_entry: Empty[RaffleEntry],
    clock: Clock,
) -> None:
    """Takes part as the raffle's next number; the NFT is burned."""
    assert raffle.series == series.key(), RaffleError.WRONG_SERIES
    assert_open(raffle, clock)
    assert_burnable(entrant, rent_to, series, entry_token, mint, token)

    made = raffle_entry.init(
        payer=entrant,
        raffle=raffle.key(),
        mint=mint.key(),
        index=raffle.entries,
        entrant=entrant.key(),
    )
    root = sha256(bytes_of(ROOT_DOMAIN, raffle.root, made.index, made.entrant, made.mint))
    RaffleEntered(raffle.key(), made.index, made.entrant, made.mint, root).emit()
    burn_nft(entrant, rent_to, series, entry_token, mint, token)
    raffle.root = root
    raffle.entries += 1
    raffle.kept += 1
