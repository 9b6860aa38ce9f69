"""What the methods share: the context envelope, and reading an account's mint."""

from __future__ import annotations

from collections.abc import Callable

from solders.pubkey import Pubkey

from conting_localnet.node import Node
from conting_localnet.params import Params
from conting_localnet.tokens import Mint, read_mint
from conting_localnet.wire import Json

API_VERSION = "4.1.2"  # the Agave whose SVM solders 0.29 embeds

Method = Callable[[Node, Params], Json]


def with_context(slot: int, value: Json) -> Json:
    """Wrap a value with the slot that it was read at."""
    return {"context": {"apiVersion": API_VERSION, "slot": slot}, "value": value}


def mint_reader(node: Node, slot: int) -> Callable[[Pubkey], Mint | None]:
    """Return a function that reads a mint as of `slot`."""
    return lambda key: read_mint(node.account(key, slot))
