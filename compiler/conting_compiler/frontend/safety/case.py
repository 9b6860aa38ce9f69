"""One instruction with all that is known of it, and what a refusal of it says."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from conting_compiler.frontend.safety.facts import Facts
from conting_compiler.frontend.safety.held import Held
from conting_compiler.frontend.safety.owners import Owners, References
from conting_compiler.frontend.safety.ties import Ties
from conting_compiler.frontend.safety.tokens import Tokens
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import AccountT, EmptyT
from conting_compiler.source import Span

REASON: Final = 'say why: unchecked("…")'
ESCAPE: Final = f"or, if it is meant so, {REASON}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One refusal."""

    code: str
    message: str
    span: Span
    fix: str


@dataclass(frozen=True, slots=True)
class Program:
    """What is known of the whole program."""

    owners: Owners
    signed: frozenset[tuple[str, str]]
    """By class and name: fields that tell a signer's key, in whatever form."""
    references: References
    custodians: frozenset[str]
    """The account classes that rule over token accounts."""
    decisive: frozenset[tuple[str, str]]
    """By class and name: fields that some instruction decides by, or moves something by."""
    given: frozenset[tuple[str, str]]
    """By class and name: fields into which the caller's arguments go."""
    keys: Callable[[str], list[str]]
    """The fields of a class that are Pubkeys."""


@dataclass(frozen=True, slots=True)
class Case:
    """One instruction with all that is known of it."""

    function: ir.Function
    facts: Facts
    ties: Ties
    tokens: Tokens
    program: Program
    written: frozenset[str]
    ties_at: Callable[[Held], list[Ties]]
    """The ties where this holds, for each way in which it can."""
    loose: Ties
    """The ties if every check counts, wherever it stands."""

    def params(self, *kinds: type) -> list[ir.Param]:
        """Its parameters of some types."""
        return [each for each in self.function.params if isinstance(each.type, kinds)]

    def class_of(self, account: str) -> str:
        """The class of an account of this program; else nothing."""
        return class_of(self.ties.kinds.get(account))

    def owner_fields(self, account: str) -> tuple[str, ...]:
        """The owner fields of an account of one of the program's classes."""
        return tuple(self.program.owners.get(self.class_of(account), ()))

    def existed(self, account: str) -> bool:
        """Whether the account is there before the instruction."""
        return account not in self.facts.made


def class_of(kind: object) -> str:
    """The class of an account, also of one that is still empty; else nothing."""
    inner = kind.inner if isinstance(kind, EmptyT) else kind
    return inner.name if isinstance(inner, AccountT) else ""
