"""The ticket program: who may buy a seat, at what price, and who has entered.

A seat's own account, at an address derived from event, section and seat, is the sale: creating it a
second time is impossible. The NFT is a Token-2022 mint that stays frozen between instructions, so
it moves only here.
"""

from seahorse.prelude import declare_id

from .accept_offer import accept_offer
from .add_section import add_section
from .appeal import appeal
from .burn_ticket import burn_ticket
from .buy import buy
from .buy_for import buy_for
from .cancel_event import cancel_event
from .check_in import check_in
from .claim_seat import claim_seat
from .close_case import close_case
from .close_draw import close_draw
from .close_entry import close_entry
from .close_event import close_event
from .close_gate import close_gate
from .close_group import close_group
from .close_helping import close_helping
from .close_holding import close_holding
from .close_place import close_place
from .close_redraw import close_redraw
from .close_section import close_section
from .close_ticket import close_ticket
from .close_waiting import close_waiting
from .create_event import create_event
from .decide_void import decide_void
from .draw_without_secret import draw_without_secret
from .end_redraw import end_redraw
from .expire_offer import expire_offer
from .family_transfer import family_transfer
from .finish_void import finish_void
from .follow_person import follow_person
from .grant_help import grant_help
from .join_group import join_group
from .join_waiting import join_waiting
from .leave_group import leave_group
from .leave_waiting import leave_waiting
from .make_group import make_group
from .offer_seat import offer_seat
from .open_draw import open_draw
from .open_till import open_till
from .open_void import open_void
from .redraw import redraw
from .refund import refund
from .refund_cancelled import refund_cancelled
from .register_gate import register_gate
from .restore_ticket import restore_ticket
from .reveal import reveal
from .revoke_gate import revoke_gate
from .revoke_grant import revoke_grant
from .rotate_admission import rotate_admission
from .take_back import take_back
from .undo_entry import undo_entry
from .wait_longer import wait_longer
from .withdraw import withdraw

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")

__all__ = [
    "accept_offer",
    "add_section",
    "appeal",
    "burn_ticket",
    "buy",
    "buy_for",
    "cancel_event",
    "check_in",
    "claim_seat",
    "close_case",
    "close_draw",
    "close_entry",
    "close_event",
    "close_gate",
    "close_group",
    "close_helping",
    "close_holding",
    "close_place",
    "close_redraw",
    "close_section",
    "close_ticket",
    "close_waiting",
    "create_event",
    "decide_void",
    "draw_without_secret",
    "end_redraw",
    "expire_offer",
    "family_transfer",
    "finish_void",
    "follow_person",
    "grant_help",
    "join_group",
    "join_waiting",
    "leave_group",
    "leave_waiting",
    "make_group",
    "offer_seat",
    "open_draw",
    "open_till",
    "open_void",
    "redraw",
    "refund",
    "refund_cancelled",
    "register_gate",
    "restore_ticket",
    "reveal",
    "revoke_gate",
    "revoke_grant",
    "rotate_admission",
    "take_back",
    "undo_entry",
    "wait_longer",
    "withdraw",
]
