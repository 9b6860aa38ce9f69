"""What the instructions of a program say together."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from conting_compiler.frontend.safety.case import Program, class_of
from conting_compiler.frontend.safety.facts import Deed, Facts
from conting_compiler.frontend.safety.owners import (
    Plain,
    account_kinds,
    find_owners,
    find_references,
    find_signed,
    key_fields,
)
from conting_compiler.frontend.safety.sources import Argument, Data, Sources
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import AccountLikeT

Entries = Sequence[tuple[ir.Function, Facts]]


def find_program(entries: Entries, classes: Mapping[str, ir.AccountClass], plain: Plain) -> Program:
    """What is known of a program with these instructions and account classes."""
    known = [(account_kinds(function), facts) for function, facts in entries]
    return Program(
        find_owners(entries, classes, plain),
        find_signed(entries),
        find_references(entries, classes),
        frozenset(class_of(kinds.get(n)) for kinds, facts in known for n in facts.custodians),
        frozenset(
            field
            for kinds, facts in known
            for sources in (*facts.conditions, *(much for much, _ in facts.weighed))
            for field in _fields(sources, kinds)
        ),
        frozenset(field for kinds, facts in known for field in _given(facts, kinds)),
        lambda name: key_fields(classes[name]) if name in classes else [],
    )


def _fields(sources: Sources, kinds: Mapping[str, AccountLikeT]) -> Iterable[tuple[str, str]]:
    return [
        (class_of(kinds.get(each.account)), each.name) for each in sources if isinstance(each, Data)
    ]


def _given(facts: Facts, kinds: Mapping[str, AccountLikeT]) -> Iterator[tuple[str, str]]:
    """The fields that get an argument."""
    for event in facts.events:
        is_written = event.deed in (Deed.SET, Deed.MAKE)
        if is_written and any(isinstance(each, Argument) for each in event.value):
            yield class_of(kinds.get(event.account)), event.field
