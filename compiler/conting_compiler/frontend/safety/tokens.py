"""What the checks of an instruction say of its token accounts: where, whose, of which mint.

A check counts wherever it stands. Whoever calls can bring a token account of any owner and any
mint, made for the purpose: one of the two alone says little.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from conting_compiler.frontend.safety.facts import Facts
from conting_compiler.frontend.safety.held import Comparison
from conting_compiler.frontend.safety.sources import (
    Constant,
    Data,
    Key,
    Source,
    Sources,
    is_constant,
    keys_of,
)
from conting_compiler.ir.typesystem import (
    AccountLikeT,
    AccountT,
    EmptyT,
    MintT,
    PubkeyT,
    SignerT,
    TokenAccountT,
    UncheckedT,
)


@dataclass(frozen=True, slots=True)
class Tokens:
    """The token accounts and mints of which something is known."""

    placed: frozenset[str]
    """Accounts whose address the program or an account of it says."""
    owned: frozenset[str]
    """Token accounts of which it is known whose they are."""
    minted: frozenset[str]
    """Token accounts and mints of which it is known that they are the right ones."""
    constant: frozenset[str]
    """Token accounts whose owner the program itself names."""

    @classmethod
    def of(cls, facts: Facts, kinds: Mapping[str, AccountLikeT]) -> "Tokens":
        """What is known of the token accounts of one instruction, whose accounts these are."""
        sides = [
            pair
            for each in facts.comparisons
            if each.is_proof and isinstance(each.type, PubkeyT)
            for pair in _both_ways(each)
        ]
        of_class = {name for name, kind in kinds.items() if _is_of_class(kind)}
        said = {name for one, other in sides for name in _placed(one, other, kinds)}
        owners = [(_tokens(one, "owner", kinds), other) for one, other in sides]
        mints = [(_mints(one, kinds), other) for one, other in sides]
        made = {name for name in facts.made if isinstance(kinds.get(name), EmptyT)}
        made_mints = {name for name in made if isinstance(_inner(kinds[name]), MintT)}
        return cls(
            frozenset(said),
            _closure(
                said | {n for names, other in owners if _says(other, kinds, said) for n in names},
                [names | _tokens(other, "owner", kinds) for names, other in owners],
            ),
            _closure(
                said
                | made_mints
                | {n for names, other in mints if _is_told(other, of_class) for n in names},
                [*facts.of_one_mint, *(names | _mints(other, kinds) for names, other in mints)],
            ),
            frozenset(n for names, other in owners if is_constant(other) for n in names),
        )


def _both_ways(comparison: Comparison) -> Iterable[tuple[Sources, Sources]]:
    left, right = comparison.left, comparison.right
    return ((left, right), (right, left))


def _inner(kind: AccountLikeT | None) -> AccountLikeT | None:
    return kind.inner if isinstance(kind, EmptyT) else kind


def _is_of_class(kind: AccountLikeT | None) -> bool:
    return isinstance(_inner(kind), AccountT)


def _placed(one: Sources, other: Sources, kinds: Mapping[str, AccountLikeT]) -> frozenset[str]:
    """The accounts whose address one side of a comparison is, if the other one says where: a field,
    a constant, an address derived from an account.
    """
    said = any(_is_place(each, kinds) for each in other)
    return keys_of(one) - keys_of(other) if said else frozenset()


def _is_place(source: Source, kinds: Mapping[str, AccountLikeT]) -> bool:
    match source:
        case Data(account=name):
            return _is_of_class(kinds.get(name))
        case Key(account=name):
            return _is_of_class(kinds.get(name)) or isinstance(kinds.get(name), SignerT)
    return isinstance(source, Constant)


def _tokens(sources: Sources, field: str, kinds: Mapping[str, AccountLikeT]) -> frozenset[str]:
    """The token accounts whose owner or mint is among the sources."""
    return frozenset(
        each.account
        for each in sources
        if isinstance(each, Data)
        and each.name == field
        and isinstance(_inner(kinds.get(each.account)), TokenAccountT)
    )


def _mints(sources: Sources, kinds: Mapping[str, AccountLikeT]) -> frozenset[str]:
    """The token accounts whose mint, and the mints whose address, is among the sources."""
    keys = (name for name in keys_of(sources) if isinstance(_inner(kinds.get(name)), MintT))
    return _tokens(sources, "mint", kinds) | frozenset(keys)


def _says(sources: Sources, kinds: Mapping[str, AccountLikeT], said: set[str]) -> bool:
    """Whether one of the sources is a key of which it is known whose it is."""
    for each in sources:
        match each:
            case Key(account=name):
                if name in said or not isinstance(kinds.get(name), UncheckedT):
                    return True
            case Data(account=name):
                if _is_of_class(kinds.get(name)):
                    return True
            case Constant():
                return True
    return False


def _is_told(sources: Sources, of_class: set[str]) -> bool:
    """Whether one of the sources is a field of an account of this program, or a constant."""
    return any(
        isinstance(each, Constant) or (isinstance(each, Data) and each.account in of_class)
        for each in sources
    )


def _closure(known: set[str], groups: Iterable[frozenset[str]]) -> frozenset[str]:
    """All that is in a group with something known."""
    found, waiting = set(known), list(groups)
    while joined := [each for each in waiting if each & found]:
        waiting = [each for each in waiting if not each & found]
        found = found.union(*joined)
    return frozenset(found)
