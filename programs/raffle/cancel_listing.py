"""A seller takes an entry back, whatever it was offered for; also after the series has closed."""

from seahorse.prelude import Signer, Token2022Account, instruction

from .errors import RaffleError
from .escrow import release
from .events import Withdrawn
from .state import Listing


@instruction
def cancel_listing(seller: Signer, listing: Listing, escrow: Token2022Account) -> None:
    """The account that the NFT lies in becomes the seller's, who has paid it."""
    assert listing.seller == seller.key(), RaffleError.WRONG_SELLER
    assert listing.escrow == escrow.key(), RaffleError.WRONG_ESCROW

    Withdrawn(listing.mint).emit()
    release(listing, escrow, seller.key(), seller)
