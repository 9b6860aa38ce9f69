"""What a function compares, writes, pays and signs, in terms of its parameters."""

from collections.abc import Set
from dataclasses import dataclass, field, replace
from enum import Enum

from conting_compiler.frontend.safety.conditions import Result
from conting_compiler.frontend.safety.held import Comparison, Either, Fact, Held, translate
from conting_compiler.frontend.safety.sources import (
    ZERO,
    Argument,
    Binding,
    Data,
    Source,
    Sources,
    keys_of,
)
from conting_compiler.source import Span


class Deed(Enum):
    """What may need a right."""

    TAKE = "take"
    """Lamports leave an account of this program."""
    SPEND = "spend"
    """The account signs a transfer, burn, close or approval of tokens."""
    GIVE = "give"
    """The account signs that a token account has another owner, or somebody who may close it."""
    SIGN = "sign"
    """The account signs any other call."""
    SET = "set"
    """A field is assigned, or something is taken out of a list there."""
    ADD = "add"
    """Something is put into a list."""
    MAKE = "make"
    """A field's first value, given to `init`."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something done to, or in the name of, one account of this program."""

    deed: Deed
    account: str
    span: Span
    receivers: frozenset[str] = frozenset()
    field: str = ""
    """SET, ADD and MAKE: the field."""
    value: Sources = frozenset()
    """SET, ADD and MAKE: what is stored. GIVE: who gets it."""
    tokens: frozenset[str] = frozenset()
    """GIVE: the token account. SIGN: the mint or token account, if it is a call of tokens."""
    held: Held = ()
    """What certainly holds where it is done."""


@dataclass(frozen=True, slots=True)
class Birth:
    """One of `made` is made by the caller of the instruction; seeds and first values name others.

    It says whose the new account is, and nothing about what was there before.
    """

    made: frozenset[str]
    named: frozenset[str]
    rulers: frozenset[str] = frozenset()
    """Who has the new token account."""


@dataclass(frozen=True, slots=True)
class Payment:
    """Something of value that one of `payers` gives to one of `receivers`."""

    payers: frozenset[str]
    receivers: frozenset[str]
    amount: Sources = frozenset()
    """How much; of rent, nothing."""
    is_tokens: bool = False


@dataclass(frozen=True, slots=True)
class Closing:
    """Lamports of an account moved away by hand: maybe all of them."""

    account: str
    amount: Sources
    span: Span
    text: str = ""
    """The amount as it is written."""
    rest: str = ""
    """What is left, as it is written, where the amount is all but that."""


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call of a program that is an account of the instruction."""

    program: str
    span: Span
    held: Held = ()
    """What certainly holds where it is done."""


@dataclass(frozen=True, slots=True)
class Bump:
    """The last seed of an address that signs."""

    value: Sources
    span: Span


@dataclass(slots=True)
class Facts:
    """Collected over a function and everything that it calls."""

    comparisons: list[Comparison] = field(default_factory=list)
    conditions: list[Sources] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    links: list[frozenset[str]] = field(default_factory=list)
    """Accounts that the runtime or another program holds together."""
    derived: list[tuple[frozenset[str], Sources]] = field(default_factory=list)
    """Accounts that sign by seeds, and what these are."""
    births: list[Birth] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    closings: list[Closing] = field(default_factory=list)
    calls: list[OpenCall] = field(default_factory=list)
    bumps: list[Bump] = field(default_factory=list)
    proved: set[str] = field(default_factory=set)
    """Accounts whose data a signature is checked against."""
    moved: set[str] = field(default_factory=set)
    """Token accounts whose owner or mint a token program checks in a call."""
    of_one_mint: list[frozenset[str]] = field(default_factory=list)
    """Token accounts and mints that a token program holds to be of one mint."""
    custodians: set[str] = field(default_factory=set)
    """Accounts of this program that rule over token accounts."""
    weighed: list[tuple[Sources, frozenset[str]]] = field(default_factory=list)
    """Amounts that are moved, and the token accounts that they are taken from."""
    filled: set[str] = field(default_factory=set)
    """Token accounts that get tokens."""
    used: set[str] = field(default_factory=set)
    """Accounts that are more than compared."""
    made: set[str] = field(default_factory=set)
    """Accounts that did not exist before."""
    given: set[Source] = field(default_factory=set)
    """What decides or is stored."""
    reasons: list[Span] = field(default_factory=list)
    """Calls of `unchecked`."""
    result: Sources = frozenset()
    looked: int = 0
    """How many events `written` knows of."""
    written: set[tuple[Data, frozenset[str] | None]] = field(default_factory=set)
    """Fields that were set, with the keys that went into them; None: an argument did."""
    returned: Result = field(default_factory=Result)
    """What holds where the function has returned."""

    def shown(self, comparison: Comparison) -> Comparison:
        """The comparison without fields that hold what was written just before."""
        left, right = comparison.left, comparison.right
        new_left, new_right = left - self._stored(right), right - self._stored(left)
        if (new_left, new_right) == (left, right):
            return comparison
        return replace(comparison, left=new_left, right=new_right)

    def held(self, facts: Held, binding: Binding) -> Held:
        """The facts of a called function, as far as they prove something here."""
        return tuple(self._held(each) for each in translate(facts, binding))

    def _held(self, fact: Fact) -> Fact:
        match fact:
            case Comparison():
                return self.shown(fact)
            case Either(sides=sides):
                return Either(tuple(tuple(map(self._held, side)) for side in sides))
        return fact

    def compare(self, comparison: Comparison) -> None:
        """Notes a comparison; a field that holds what was written just before proves nothing."""
        shown = self.shown(comparison)
        self.comparisons.append(shown)
        if shown != comparison:
            self.comparisons.append(replace(comparison, is_proof=False))

    def decide(self, condition: Sources) -> None:
        """Notes a condition, as far as it looks at more than what was written just before."""
        self.conditions.append(condition - self._stored(frozenset(self.given)))

    def _stored(self, values: Sources) -> Sources:
        """Fields into which a key that is among the values, or an argument, has been stored."""
        keys = keys_of(values)
        return frozenset(
            field for field, stored in self._writes() if stored is None or stored & keys
        )

    def _writes(self) -> Set[tuple[Data, frozenset[str] | None]]:
        """What `written` says of the events so far."""
        for each in self.events[self.looked :]:
            place = Data(each.account, each.field)
            if each.deed is Deed.SET and place not in each.value:
                is_argument = any(isinstance(v, Argument) for v in each.value)
                self.written.add((place, None if is_argument else keys_of(each.value)))
        self.looked = len(self.events)
        return self.written

    def add(self, inner: "Facts", binding: Binding) -> None:
        """Takes over what a called function does."""
        of, accounts = binding.of, binding.of_accounts
        for each in inner.comparisons:
            self.compare(replace(each, left=of(each.left), right=of(each.right)))
        for condition in inner.conditions:
            self.decide(of(condition))
        for event in inner.events:
            self._add_event(event, binding)
        self.links += [accounts(each) for each in inner.links]
        self.derived += [(accounts(names), of(seeds)) for names, seeds in inner.derived]
        self.births += [Birth(*map(accounts, (b.made, b.named, b.rulers))) for b in inner.births]
        self.payments += [
            replace(p, payers=accounts(p.payers), receivers=accounts(p.receivers), amount=much)
            for p in inner.payments
            for much in [of(p.amount)]
            if much != ZERO
        ]
        self.closings += [
            replace(c, account=a, amount=of(c.amount))
            for c in inner.closings
            for a in accounts([c.account])
        ]
        self.of_one_mint += [accounts(each) for each in inner.of_one_mint]
        self.custodians |= accounts(inner.custodians)
        self.weighed += [(of(amount), accounts(names)) for amount, names in inner.weighed]
        self.calls += [
            OpenCall(a, c.span, self.held(c.held, binding))
            for c in inner.calls
            for a in accounts([c.program])
        ]
        self.bumps += [Bump(of(each.value), each.span) for each in inner.bumps]
        self.proved |= accounts(inner.proved)
        self.moved |= accounts(inner.moved)
        self.filled |= accounts(inner.filled)
        self.used |= accounts(inner.used)
        self.made |= accounts(inner.made)
        self.given |= of(frozenset(inner.given))
        self.reasons += inner.reasons

    def _add_event(self, event: Event, binding: Binding) -> None:
        accounts, value = binding.of_accounts, binding.of(event.value)
        self.used |= keys_of(value)
        taken = replace(
            event,
            receivers=accounts(event.receivers),
            value=value,
            tokens=accounts(event.tokens),
            held=self.held(event.held, binding),
        )
        for account in sorted(accounts([event.account])):
            self.events.append(replace(taken, account=account))
