"""What the program declares, as later stages look it up."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from conting_compiler.frontend.modules import Definition, Module
from conting_compiler.ir import typed as ir
from conting_compiler.ir.faults import FIRST_PROGRAM_ERROR
from conting_compiler.ir.typesystem import EnumT, Type

Constant = int | ir.Expr
"""A bare integer takes the type of where it stands; anything else is a literal of its own type."""


@dataclass(frozen=True, slots=True, eq=False)
class Signature:
    """What a call of a function has to know. `name` is unique in the program."""

    name: str
    params: tuple[ir.Param, ...]
    result: Type
    node: ast.FunctionDef
    module: Module
    static: bool = False
    """A method without self: called on its class."""
    refused: frozenset[str] = frozenset()
    """Parameters whose type was refused; they are not among `params`."""


@dataclass(slots=True)
class ErrorTable:
    """The program's errors: those of its errors classes, then those of asserts without a name."""

    errors: list[ir.ErrorDef] = field(default_factory=list)
    classes: dict[Definition, dict[str, int]] = field(default_factory=dict)
    unnamed: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, message: str) -> int:
        """Appends an error and gives its index."""
        index = len(self.errors)
        self.errors.append(ir.ErrorDef(name, FIRST_PROGRAM_ERROR + index, message))
        return index

    def of_message(self, message: str) -> int:
        """The index of the error that an assert with a text raises; one text is one error."""
        if message not in self.unnamed:
            self.unnamed[message] = self.add(self._free_name(message), message)
        return self.unnamed[message]

    def _free_name(self, message: str) -> str:
        kept = "".join(c if c.isascii() and c.isalnum() else " " for c in message.upper())
        name = "_".join(kept.split()[:8])[:60].strip("_") or "REFUSED"
        name = f"REFUSED_{name}" if name[0].isdigit() else name
        used = {camel_case(error.name) for error in self.errors}
        candidates = (name if n == 1 else f"{name}_{n}" for n in range(1, len(used) + 2))
        return next(each for each in candidates if camel_case(each) not in used)


@dataclass(slots=True)
class Declared:
    """All declarations of a program. A definition that is missing was refused."""

    constants: dict[Definition, Constant] = field(default_factory=dict)
    accounts: dict[Definition, ir.AccountClass] = field(default_factory=dict)
    enums: dict[Definition, EnumT] = field(default_factory=dict)
    classes: dict[Definition, ir.PlainClass] = field(default_factory=dict)
    constructors: dict[str, Signature] = field(default_factory=dict)
    """By the name of the plain class; a class that cannot be called has none."""
    functions: dict[Definition, Signature] = field(default_factory=dict)
    methods: dict[tuple[str, str], Signature] = field(default_factory=dict)
    """By the names of class and method."""
    refused_methods: set[tuple[str, str]] = field(default_factory=set)
    """What would be among `methods`."""
    errors: ErrorTable = field(default_factory=ErrorTable)
    owners: Mapping[Definition, bytes] = field(default_factory=dict)
    """What was imported from other programs, and their addresses."""

    def account(self, name: str) -> ir.AccountClass | None:
        """The account class of a name; None if it was refused."""
        return next((each for each in self.accounts.values() if each.name == name), None)

    def plain_class(self, name: str) -> ir.PlainClass | None:
        """The plain class of a name; None if it was refused."""
        return next((each for each in self.classes.values() if each.name == name), None)


def camel_case(name: str) -> str:
    """SEAT_TAKEN as SeatTaken."""
    return "".join(part.capitalize() for part in name.split("_"))
