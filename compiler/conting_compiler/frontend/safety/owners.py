"""What a program's account classes say about rights: owner fields, classes with one account."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from conting_compiler.frontend.safety.facts import Deed, Event, Facts
from conting_compiler.frontend.safety.sources import Argument, Key, keys_of
from conting_compiler.frontend.walk import Node
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import (
    AccountLikeT,
    AccountT,
    ArrayT,
    ClassT,
    EmptyT,
    ListT,
    OptionT,
    PubkeyT,
    SignerT,
    Type,
    inside,
)

Asking = Callable[[str, str], str]
"""What to add so that a signer, by its name, is compared with a field, by its path."""

Owners = Mapping[str, Mapping[str, Asking]]
"""By account class: its fields that say whose it is."""

Plain = Mapping[str, ir.PlainClass]
"""The classes that are no accounts, by their names."""

References = Mapping[tuple[str, str], tuple[str, ...]]
"""By two account classes: the fields of the first one that name accounts of the other."""

_NAMES: Final = frozenset({"owner", "authority", "admin"})
"""What a field that says so is called, whoever fills it."""


def account_kinds(function: ir.Function) -> dict[str, AccountLikeT]:
    """The account parameters of a function."""
    kinds = {p.name: inside(p.type) for p in function.params}
    return {name: kind for name, kind in kinds.items() if isinstance(kind, AccountLikeT)}


def find_owners(
    entries: Sequence[tuple[ir.Function, Facts]],
    classes: Mapping[str, ir.AccountClass],
    plain: Plain,
) -> Owners:
    """The owner fields of every class: a signer's key is stored there, or they are called so.

    Those that are a key come first.
    """
    places = {name: _places(declared, plain) for name, declared in classes.items()}
    found = {name: dict.fromkeys(_named(declared)) for name, declared in classes.items()}
    for function, facts in entries:
        for name, event in _signed(function, facts):
            if event.field in places.get(name, {}):
                found[name][event.field] = None
    return {
        name: {
            each: places[name][each]
            for each in sorted(fields, key=lambda one: one not in key_fields(classes[name]))
        }
        for name, fields in found.items()
    }


def find_signed(entries: Sequence[tuple[ir.Function, Facts]]) -> frozenset[tuple[str, str]]:
    """By class and name: fields that tell a signer's key, in whatever form."""
    return frozenset(
        (name, event.field)
        for function, facts in entries
        for name, event in _signed(function, facts)
        if not any(isinstance(each, Argument) for each in event.value)
    )


def _signed(function: ir.Function, facts: Facts) -> Iterator[tuple[str, Event]]:
    """What stores a signer's key, and the classes of the accounts in which it does."""
    kinds = account_kinds(function)
    signers = {Key(name) for name, kind in kinds.items() if isinstance(kind, SignerT)}
    for event in facts.events:
        if event.deed in (Deed.SET, Deed.MAKE) and signers & event.value:
            yield _class_of(kinds.get(event.account)), event


def _places(declared: ir.AccountClass, plain: Plain) -> dict[str, Asking]:
    """The fields of a class that say whose it is if a signer's key is there, and how to ask."""
    found = {each.name: _asking(each.type, plain) for each in declared.fields}
    return {name: asking for name, asking in found.items() if asking is not None}


def _asking(kind: Type, plain: Plain) -> Asking | None:
    """How a signer is compared with a value of this type, if it holds a key."""
    match kind:
        case PubkeyT():
            return lambda place, signer: f"'assert {place} == {signer}.key()'"
        case OptionT(inner=PubkeyT()):
            return lambda place, signer: (
                f"'key = {place}' and 'assert key is not None and key == {signer}.key()'"
            )
        case ListT(element=PubkeyT()) | ArrayT(element=PubkeyT()):
            return lambda place, signer: f"'assert {signer}.key() in {place}'"
        case ClassT(name=name) if name in plain:
            for each in plain[name].fields:
                inner = _asking(each.type, plain)
                if inner is not None:
                    return partial(_inside, inner, each.name)
    return None


def _inside(asking: Asking, field: str, place: str, signer: str) -> str:
    return asking(f"{place}.{field}", signer)


def find_references(
    entries: Sequence[tuple[ir.Function, Facts]], classes: Mapping[str, ir.AccountClass]
) -> References:
    """The fields of each class in which the address of an account of another class is kept, then
    those that are called like the other class.
    """
    found: dict[tuple[str, str], dict[str, None]] = {}
    for function, facts in entries:
        kinds = account_kinds(function)
        for event in facts.events:
            name = _class_of(kinds.get(event.account))
            if name in classes and event.field in key_fields(classes[name]):
                for each in sorted(keys_of(event.value)):
                    other = _class_of(kinds.get(each))
                    found.setdefault((name, other), {})[event.field] = None
    for name, declared in classes.items():
        for field in key_fields(declared):
            for other in classes:
                if field.replace("_", "") == other.lower():
                    found.setdefault((name, other), {})[field] = None
    return {pair: tuple(fields) for pair, fields in found.items()}


def _class_of(kind: AccountLikeT | None) -> str:
    inner = kind.inner if isinstance(kind, EmptyT) else kind
    return inner.name if isinstance(inner, AccountT) else ""


def key_fields(declared: ir.AccountClass) -> list[str]:
    """The fields of a class that are Pubkeys."""
    return [each.name for each in declared.fields if isinstance(each.type, PubkeyT)]


def _named(declared: ir.AccountClass) -> list[str]:
    return [name for name in key_fields(declared) if name in _NAMES]


def find_singles(nodes: Iterable[Node], classes: Mapping[str, ir.AccountClass]) -> frozenset[str]:
    """The classes whose accounts are all made at one address: all seeds are constants.

    `nodes`: those of the whole program.
    """
    several: set[str] = set()
    made: set[str] = set()
    for node in nodes:
        if isinstance(node, ir.InitAccount):
            made.add(node.account_class)
            several |= set() if _is_constant(node, classes) else {node.account_class}
    return frozenset(made - several)


def _is_constant(node: ir.InitAccount, classes: Mapping[str, ir.AccountClass]) -> bool:
    if node.seeds is None:
        declared = classes[node.account_class].seeds or ()
        return all(isinstance(each, ir.ConstSeed) for each in declared)
    return bool(node.seeds) and all(isinstance(s, ir.BytesLit | ir.IntLit) for s in node.seeds)
