"""What marks a module as a program: its address and its instructions."""

import sys
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from seahorse.values import Pubkey

P = ParamSpec("P")
R = TypeVar("R")
INSTRUCTION_MARK: Final = "__seahorse_instruction__"
ADDRESS_MARK: Final = "__seahorse_address__"


def declare_id(address: str) -> None:
    """Says where the program is deployed; called once, at the top of the root module."""
    sys._getframe(1).f_globals[ADDRESS_MARK] = Pubkey(address)


def instruction(function: Callable[P, R]) -> Callable[P, R]:
    """Marks a function as an instruction: its parameters are accounts, then arguments."""
    setattr(function, INSTRUCTION_MARK, True)
    return function
