"""Where a value comes from: whose key, whose data, which argument."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """The address of an account of the instruction."""

    account: str


@dataclass(frozen=True, slots=True)
class Data:
    """What an account holds: a field, or what a builtin reads (`lamports`, `token.amount`)."""

    account: str
    name: str


@dataclass(frozen=True, slots=True)
class Argument:
    """What the caller of the instruction chose."""

    name: str


@dataclass(frozen=True, slots=True)
class Address(Argument):
    """A key that the caller chose: everybody knows whose hash it has."""


@dataclass(frozen=True, slots=True)
class Hashed(Argument):
    """The hash of what the caller chose, which the chain did not tell before."""


@dataclass(frozen=True, slots=True)
class Outside:
    """What neither the caller nor an account says: the clock and other sysvars."""


@dataclass(frozen=True, slots=True)
class Constant:
    """What the program itself says."""


@dataclass(frozen=True, slots=True)
class Zero(Constant):
    """A literal 0: what comes only from these is 0."""


Source = Key | Data | Argument | Outside | Constant
Sources = frozenset[Source]

NOTHING: Sources = frozenset()
CONSTANT: Sources = frozenset({Constant()})
ZERO: Sources = frozenset({Zero()})


def is_constant(sources: Sources) -> bool:
    """Whether the program itself says the value."""
    return bool(sources) and all(isinstance(each, Constant) for each in sources)


def without_zero(sources: Sources) -> Sources:
    """What holds numbers holds other ones later, put in where that is not followed."""
    return (sources - ZERO) | CONSTANT if sources >= ZERO else sources


def accounts_of(sources: Iterable[Source]) -> frozenset[str]:
    """The accounts whose key or data are among the sources."""
    return frozenset(each.account for each in sources if isinstance(each, Key | Data))


def keys_of(sources: Iterable[Source]) -> frozenset[str]:
    """The accounts whose key is among the sources."""
    return frozenset(each.account for each in sources if isinstance(each, Key))


def hashed(sources: Sources) -> Sources:
    """Where the hash of a value from these sources comes from."""
    return frozenset(
        Hashed(s.name) if isinstance(s, Argument) and not isinstance(s, Address) else s
        for s in sources
    )


def reads(sources: Iterable[Source], account: str) -> bool:
    """Whether the account's data is among the sources."""
    return any(isinstance(each, Data) and each.account == account for each in sources)


@dataclass(frozen=True, slots=True)
class Binding:
    """What a callee's parameters are in its caller."""

    accounts: Mapping[str, frozenset[str]]
    values: Mapping[str, Sources]

    def of_accounts(self, names: Iterable[str]) -> frozenset[str]:
        """The caller's accounts for some of the callee's."""
        return frozenset().union(*(self.accounts.get(name, frozenset()) for name in names))

    def of(self, sources: Sources) -> Sources:
        """The callee's sources as the caller's."""
        return frozenset().union(*(self._one(each) for each in sources))

    def _one(self, source: Source) -> Sources:
        match source:
            case Key(account=name):
                return frozenset(Key(each) for each in self.accounts.get(name, frozenset()))
            case Data(account=account, name=name):
                known = self.accounts.get(account, frozenset())
                return frozenset(Data(each, name) for each in known)
            case Hashed(name=name):
                return hashed(self.values.get(name, NOTHING))
            case Argument(name=name):
                return self.values.get(name, NOTHING)
            case _:
                return frozenset({source})
