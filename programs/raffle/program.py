"""The raffle program: what becomes of an entry after the show.

Who entered gets an NFT of it, once, which is theirs to keep, sell, swap, or burn in a raffle. It
reads who entered from the ticket program, and whose wallet is whose from family; it calls neither.
"""

from seahorse.prelude import declare_id

from .accept_swap import accept_swap
from .burn_entry import burn_entry
from .buy_entry import buy_entry
from .cancel_listing import cancel_listing
from .claim_prize import claim_prize
from .close_entry_token import close_entry_token
from .close_raffle import close_raffle
from .close_raffle_entry import close_raffle_entry
from .close_series import close_series
from .create_raffle import create_raffle
from .create_series import create_series
from .draw_without_secret import draw_without_secret
from .enter_raffle import enter_raffle
from .list_entry import list_entry
from .mark_delivered import mark_delivered
from .mint_entry import mint_entry
from .offer_swap import offer_swap
from .reveal_raffle import reveal_raffle

declare_id("3MdLBAK874HxsE7xfSB6Cw7TAi6rSm7G16CG1BSqPs9k")

__all__ = [
    "accept_swap",
    "burn_entry",
    "buy_entry",
    "cancel_listing",
    "claim_prize",
    "close_entry_token",
    "close_raffle",
    "close_raffle_entry",
    "close_series",
    "create_raffle",
    "create_series",
    "draw_without_secret",
    "enter_raffle",
    "list_entry",
    "mark_delivered",
    "mint_entry",
    "offer_swap",
    "reveal_raffle",
]
