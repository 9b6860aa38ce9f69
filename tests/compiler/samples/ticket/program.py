"""The ticket program: who may buy a seat, at what price, and who has entered.

A seat's own account, at an address derived from event, section and seat, is the sale: creating it a
second time is impossible. The NFT is a Token-2022 mint that stays frozen between instructions, so
it moves only here.
"""

from seahorse.prelude import declare_id

from .add_section import add_section
from .buy import buy
from .check_in import check_in
from .create_event import create_event
from .refund import refund
from .register_gate import register_gate
from .revoke_gate import revoke_gate

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")

__all__ = [
    "add_section",
    "buy",
    "check_in",
    "create_event",
    "refund",
    "register_gate",
    "revoke_gate",
]
