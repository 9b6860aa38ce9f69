"""The ticket program: who may buy a seat, at what price, and who has entered.

A seat's own account, at an address derived from event, section and seat, is the sale: creating it a
second time is impossible. The NFT is a Token-2022 mint that stays frozen between instructions, so
it moves only here.
"""

from seahorse.prelude import declare_id

from .add_section import add_section
from .appeal import appeal
from .burn_ticket import burn_ticket
from .buy import buy
from .buy_for import buy_for
from .cancel_event import cancel_event
from .check_in import check_in
from .close_case import close_case
from .close_entry import close_entry
from .close_event import close_event
from .close_gate import close_gate
from .close_helping import close_helping
from .close_holding import close_holding
from .close_section import close_section
from .close_ticket import close_ticket
from .create_event import create_event
from .decide_void import decide_void
from .family_transfer import family_transfer
from .finish_void import finish_void
from .follow_person import follow_person
from .grant_help import grant_help
from .open_till import open_till
from .open_void import open_void
from .refund import refund
from .refund_cancelled import refund_cancelled
from .register_gate import register_gate
from .restore_ticket import restore_ticket
from .revoke_gate import revoke_gate
from .revoke_grant import revoke_grant
from .rotate_admission import rotate_admission
from .undo_entry import undo_entry
from .withdraw import withdraw

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")

__all__ = [
    "add_section",
    "appeal",
    "burn_ticket",
    "buy",
    "buy_for",
    "cancel_event",
    "check_in",
    "close_case",
    "close_entry",
    "close_event",
    "close_gate",
    "close_helping",
    "close_holding",
    "close_section",
    "close_ticket",
    "create_event",
    "decide_void",
    "family_transfer",
    "finish_void",
    "follow_person",
    "grant_help",
    "open_till",
    "open_void",
    "refund",
    "refund_cancelled",
    "register_gate",
    "restore_ticket",
    "revoke_gate",
    "revoke_grant",
    "rotate_admission",
    "undo_entry",
    "withdraw",
]
