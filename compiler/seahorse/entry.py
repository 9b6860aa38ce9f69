"""What marks a module as a program: its address and its instructions."""

import sys
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from seahorse.values import Pubkey

P = ParamSpec("P")
R = TypeVar("R")
INSTRUCTION_MARK: Final = "__seahorse_instruction__"
ADDRESS_MARK: Final = "__seahorse_address__"
OTHER_PROGRAM: Final = "__of_"
"""Stands in the package of another program's modules, before that program's name."""
LIBRARY: Final = "__lib_"
"""Stands in the package of a library's modules, before the library's name."""


def declare_id(address: str) -> None:
    """Says where the program is deployed; called once, at the top of the root module."""
    sys._getframe(1).f_globals[ADDRESS_MARK] = Pubkey(address)


def other_program(module: str) -> Pubkey | None:
    """The address of the other program that a module is of; None for the program's own modules."""
    package = module.rpartition(".")[0]
    _, is_other, name = package.rpartition(OTHER_PROGRAM)
    if not is_other:
        return None
    for root in ("program", name):
        found = vars(sys.modules.get(f"{package}.{root}", object)).get(ADDRESS_MARK)
        if isinstance(found, Pubkey):
            return found
    raise TypeError(f"the program {name} does not call declare_id")


def instruction(function: Callable[P, R]) -> Callable[P, R]:
    """Marks a function as an instruction: its parameters are accounts, then arguments."""
    setattr(function, INSTRUCTION_MARK, True)
    return function
