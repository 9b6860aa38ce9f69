"""Who has entered the show gets an NFT of it."""

from family.state import Person
from seahorse.prelude import (
    Clock,
    Empty,
    Signer,
    Token2022Account,
    Token2022Mint,
    UncheckedAccount,
    instruction,
)
from ticket.state import Entry

from .errors import RaffleError
from .events import EntryMinted
from .nft import mint_nft
from .state import SETTLED, EntryToken, Series


@instruction
def mint_entry(
    payer: Signer,
    wallet: UncheckedAccount,
    person: Person,
    entry: Entry,
    series: Series,
    entry_token: Empty[EntryToken],
    mint: Empty[Token2022Mint],
    token: Empty[Token2022Account],
    clock: Clock,
) -> None:
    """Makes the entry's only NFT, in the wallet of the person who entered; anybody may pay.

    Not at once: whom a supervisor sends back from the doors has no NFT to keep.
    """
    now = clock.unix_timestamp()
    assert entry.event == series.event, RaffleError.WRONG_EVENT
    assert entry.person == person.key(), RaffleError.WRONG_PERSON
    assert person.wallet == wallet.key(), RaffleError.WRONG_WALLET
    assert not entry.undone, RaffleError.ENTRY_UNDONE
    assert now >= entry.entered_at + SETTLED, RaffleError.TOO_EARLY
    assert now < series.closes, RaffleError.CLOSED
    assert entry_token.is_empty(), RaffleError.ALREADY_MINTED

    made = entry_token.init(
        payer=payer,
        entry=entry.key(),
        series=series.key(),
        mint=mint.key(),
        number=series.minted,
        rent_to=payer.key(),
    )
    mint_nft(payer, wallet, series, made, mint, token)
    EntryMinted(entry.key(), mint.key(), wallet.key()).emit()
    series.minted += 1
    series.kept += 1
