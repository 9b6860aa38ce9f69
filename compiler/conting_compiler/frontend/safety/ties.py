"""Which accounts of an instruction are held together by its checks, and who answers for them."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from conting_compiler.frontend.safety.facts import Facts
from conting_compiler.frontend.safety.held import Comparison, Held, Proof
from conting_compiler.frontend.safety.sources import (
    Constant,
    Data,
    Hashed,
    Key,
    Source,
    Sources,
    accounts_of,
    is_constant,
    keys_of,
)
from conting_compiler.ir.typesystem import (
    AccountLikeT,
    AccountT,
    ArrayT,
    BytesT,
    EmptyT,
    PubkeyT,
    SignerT,
    StrT,
    TokenAccountT,
    UncheckedT,
)

Link = tuple[frozenset[str], frozenset[str]]
"""Each account of one side is joined to each of the other."""

NONE: Final[frozenset[str]] = frozenset()


@dataclass(slots=True)
class Ties:
    """What joins accounts: comparisons, other programs, the seeds and first values of new ones."""

    kinds: Mapping[str, AccountLikeT]
    links: list[Link] = field(default_factory=list)
    kin: list[Link] = field(default_factory=list)
    """Joined by what is no proof, or by mints, which do not say whose tokens are."""
    new: set[str] = field(default_factory=set)
    """Accounts that the caller makes here: they join no others to each other."""
    ruled: list[Link] = field(default_factory=list)
    """New token accounts, and whose they are."""
    answered: set[str] = field(default_factory=set)
    """Accounts for which something vouches: a signer, a signature, a secret."""
    paid: set[str] = field(default_factory=set)
    """Accounts into which a signer pays."""
    fixed: set[str] = field(default_factory=set)
    """Accounts whose address the program itself names."""
    named: frozenset[str] = NONE
    """Accounts that the program names, or its only account of a class."""
    is_trusted: bool = False
    """Whether a signer is the one that the program, or its only account of a class, names."""
    _known: dict[tuple[str, bool], frozenset[str]] = field(default_factory=dict)
    """What was reached from each account, asked only when all ties are there."""
    _onward: dict[bool, dict[str, list[tuple[int, frozenset[str]]]]] = field(default_factory=dict)
    """The links of each account, by their numbers, and where they lead."""

    @classmethod
    def of(
        cls,
        facts: Facts,
        kinds: Mapping[str, AccountLikeT],
        singles: Container[str],
        held: Held | None = None,
    ) -> "Ties":
        """The ties of one instruction, whose accounts have these types.

        `singles`: the account classes of which there can be only one account. `held`: what holds
        for certain, without alternatives; without it, every comparison anywhere counts.
        """
        ties = cls(kinds)
        proved = facts.proved
        if held is not None:
            proved = {name for each in held if isinstance(each, Proof) for name in each.accounts}
        comparisons = [each for each in held or () if isinstance(each, Comparison)]
        for comparison in facts.comparisons:
            is_unproved = comparison.is_proof and held is not None
            comparisons.append(replace(comparison, is_proof=False) if is_unproved else comparison)
        for comparison in comparisons:
            ties._compare(comparison)
        ties.links += [(link, link) for link in facts.links]
        ties.links += [(names, accounts_of(seeds)) for names, seeds in facts.derived]
        ties.links += [(birth.made, birth.named) for birth in facts.births]
        ties.ruled += [(birth.made, birth.rulers) for birth in facts.births if birth.rulers]
        ties.new |= {each for birth in facts.births for each in birth.made}
        for payment in facts.payments:
            if any(isinstance(kinds.get(each), SignerT) for each in payment.payers):
                ties.paid |= payment.receivers
        signers = {name for name, kind in kinds.items() if isinstance(kind, SignerT)}
        ties.answered |= proved | signers
        known = ties.fixed & signers
        only = [n for n, k in kinds.items() if isinstance(k, AccountT) and k.name in singles]
        ties.is_trusted = bool(known) or any(ties.holds(s, o) for o in only for s in signers)
        ties.named = frozenset(ties.fixed).union(*map(ties._held, only))
        return ties

    def answers(self, account: str) -> bool:
        """Whether somebody who signed, paid or proved something is tied to the account."""
        return self.vouches(account) or bool(self._held(account) & self.paid)

    def vouches(self, account: str) -> bool:
        """Whether somebody who signed or proved something is tied to the account."""
        return self.is_trusted or bool(self._held(account) & self.answered)

    def touches(self, account: str) -> bool:
        """Whether somebody who answers is joined to the account, be it by what the caller makes:
        enough where nothing that was there before is at stake.
        """
        return any(self.together(account, each) for each in self.answered | self.paid)

    def reaches(self, account: str, receivers: Iterable[str]) -> bool:
        """Whether what leaves the account can only go where account or program say."""
        named = list(receivers)
        held = self._held(account) | self.fixed
        return bool(named) and held.issuperset(named)

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
                return self.holds(account, other)
        return isinstance(source, Constant)

    def together(self, one: str, other: str) -> bool:
        """Whether two accounts are joined at all, be it by what the caller makes."""
        return other in self._reached(one, strict=False)

    def holds(self, account: str, other: str) -> bool:
        """Whether what was there before, or the account's own seeds, join another one to it."""
        return other in self._held(account)

    def _held(self, account: str) -> frozenset[str]:
        found = self._reached(account, strict=True)
        return found.union(*(made for made, rulers in self.ruled if rulers <= found))

    def _reached(self, account: str, *, strict: bool) -> frozenset[str]:
        """The accounts to which links lead; if `strict`, those that prove something.

        An account of which only the address is known does not lead back through the link that led
        to it: an address derived from two accounts does not join these.
        """
        if (account, strict) not in self._known:
            self._known[account, strict] = self._follow(account, strict=strict)
        return self._known[account, strict]

    def _follow(self, account: str, *, strict: bool) -> frozenset[str]:
        if strict not in self._onward:
            self._onward[strict] = _by_account(self.links if strict else self.links + self.kin)
        onward = self._onward[strict]
        without = self.new - {account} if strict else frozenset()
        weak = (UncheckedT, EmptyT) if strict else ()
        found: set[tuple[str, int]] = set()
        waiting = [(account, -1)]
        while waiting:
            name, by = waiting.pop()
            came = by if isinstance(self.kinds.get(name), weak) else -1
            if name in without or (name, came) in found:
                continue
            found.add((name, came))
            for number, others in onward.get(name, ()):
                if number != came:
                    waiting += [(each, number) for each in others]
        return frozenset(name for name, _ in found)

    def _is_mint(self, source: Source) -> bool:
        """Whether it is the mint of a token account."""
        kinds = self.kinds
        match source:
            case Data(account=account, name="mint"):
                return isinstance(kinds.get(account), TokenAccountT)
        return False

    def _compare(self, comparison: Comparison) -> None:
        left, right = comparison.left, comparison.right
        if not comparison.is_proof:
            if isinstance(comparison.type, PubkeyT):
                self.kin.append((accounts_of(left), accounts_of(right)))
            return
        if isinstance(comparison.type, PubkeyT):
            of_mints = any(self._is_mint(each) for each in left | right)
            (self.kin if of_mints else self.links).append((accounts_of(left), accounts_of(right)))
        for one, other in ((left, right), (right, left)):
            if is_constant(other):
                self.fixed |= keys_of(one)
            is_secret = isinstance(comparison.type, ArrayT | BytesT | StrT)
            if is_secret and any(isinstance(each, Hashed) for each in other):
                self.answered |= {each.account for each in one if isinstance(each, Data)}


def _by_account(links: Iterable[Link]) -> dict[str, list[tuple[int, frozenset[str]]]]:
    """The links of each account by their numbers, and where they lead."""
    found: dict[str, list[tuple[int, frozenset[str]]]] = {}
    for number, (one, other) in enumerate(links):
        for name in one | other:
            onward = (other if name in one else NONE) | (one if name in other else NONE)
            found.setdefault(name, []).append((number, onward))
    return found
