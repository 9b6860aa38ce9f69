"""Which accounts of an instruction are held together by its checks, and who answers for them."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field

from conting_compiler.frontend.safety.facts import Comparison, Facts
from conting_compiler.frontend.safety.sources import (
    Argument,
    Constant,
    Data,
    Key,
    Source,
    Sources,
    accounts_of,
    keys_of,
)
from conting_compiler.ir.typesystem import (
    AccountLikeT,
    AccountT,
    ArrayT,
    BytesT,
    PubkeyT,
    SignerT,
    StrT,
)


@dataclass(slots=True)
class Ties:
    """Groups of accounts; two are in one if a comparison, seeds or another program joins them."""

    kinds: Mapping[str, AccountLikeT]
    parents: dict[str, str] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)
    """Accounts for which something vouches: a signer, a signature, a secret, a payment."""
    fixed: set[str] = field(default_factory=set)
    """Accounts whose address the program itself names."""
    is_trusted: bool = False
    """Whether a signer is the one that the program, or its only account of a class, names."""

    @classmethod
    def of(cls, facts: Facts, kinds: Mapping[str, AccountLikeT], singles: Container[str]) -> "Ties":
        """The ties of one instruction, whose accounts have these types.

        `singles`: the account classes of which there can be only one account.
        """
        ties = cls(kinds)
        for comparison in facts.comparisons:
            ties._compare(comparison)
        for link in facts.links:
            ties._join(link)
        for payment in facts.payments:
            if any(isinstance(kinds.get(each), SignerT) for each in payment.payers):
                ties.answered |= payment.receivers
        signers = {name for name, kind in kinds.items() if isinstance(kind, SignerT)}
        ties.answered |= facts.proved | signers
        known = ties.fixed & signers
        only = [n for n, k in kinds.items() if isinstance(k, AccountT) and k.name in singles]
        ties.is_trusted = bool(known) or any(ties.together(o, s) for o in only for s in signers)
        return ties

    def answers(self, account: str) -> bool:
        """Whether somebody who signed, paid or proved something is tied to the account."""
        return self.is_trusted or any(self.together(account, each) for each in self.answered)

    def reaches(self, account: str, receivers: Iterable[str]) -> bool:
        """Whether what leaves the account can only go where account or program say."""
        named = list(receivers)
        return bool(named) and all(
            self.together(account, each) or each in self.fixed for each in named
        )

    def leads(self, account: str, key: Sources) -> bool:
        """Whether a key that something of the account's is given to is one that account or program
        say.
        """
        return bool(key) and all(self._says(account, each) for each in key)

    def _says(self, account: str, source: Source) -> bool:
        match source:
            case Key(account=other):
                return self.reaches(account, [other])
            case Data(account=other):
                return self.together(account, other)
        return isinstance(source, Constant)

    def together(self, one: str, other: str) -> bool:
        """Whether two accounts are in one group."""
        return self._root(one) == self._root(other)

    def is_alone(self, account: str) -> bool:
        """Whether nothing at all is said about the account."""
        others = (each for each in self.kinds if each != account)
        return account not in self.fixed and not any(self.together(account, o) for o in others)

    def _compare(self, comparison: Comparison) -> None:
        left, right = comparison.left, comparison.right
        if isinstance(comparison.type, PubkeyT):
            self._join(accounts_of(left) | accounts_of(right))
        for one, other in ((left, right), (right, left)):
            if other and all(isinstance(each, Constant) for each in other):
                self.fixed |= keys_of(one)
            is_secret = isinstance(comparison.type, ArrayT | BytesT | StrT)
            if is_secret and any(isinstance(each, Argument) for each in other):
                self.answered |= {each.account for each in one if isinstance(each, Data)}

    def _join(self, accounts: Iterable[str]) -> None:
        first, *rest = sorted(accounts) or [""]
        for each in rest:
            root, other = self._root(first), self._root(each)
            if root != other:
                self.parents[other] = root

    def _root(self, account: str) -> str:
        while account in self.parents:
            account = self.parents[account]
        return account
