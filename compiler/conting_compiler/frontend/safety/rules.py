"""What is refused: each rule looks at one instruction and says what is missing, with the fix."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from conting_compiler.frontend.safety.facts import Deed, Event, Facts
from conting_compiler.frontend.safety.held import Held
from conting_compiler.frontend.safety.owners import Owners, References
from conting_compiler.frontend.safety.sources import Argument, Data, Key, Outside, reads
from conting_compiler.frontend.safety.ties import Ties
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import AccountT, EmptyT, SignerT, TokenAccountT, UncheckedT
from conting_compiler.source import Span

_REASON: Final = 'say why: unchecked("…")'
_VALUE: Final = frozenset({Deed.TAKE, Deed.SPEND, Deed.GIVE})
"""What takes something of value out of an account."""
_ESCAPE: Final = f"or, if it is meant so, {_REASON}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One refusal."""

    code: str
    message: str
    span: Span
    fix: str


@dataclass(frozen=True, slots=True)
class Case:
    """One instruction with all that is known of it."""

    function: ir.Function
    facts: Facts
    ties: Ties
    owners: Owners
    references: References
    written: frozenset[str]
    ties_at: Callable[[Held], list[Ties]]
    """The ties where this holds, for each way in which it can."""

    def params(self, *kinds: type) -> list[ir.Param]:
        """Its parameters of some types."""
        return [each for each in self.function.params if isinstance(each.type, kinds)]

    def owner_fields(self, account: str) -> tuple[str, ...]:
        """The owner fields of an account of one of the program's classes."""
        kind = self.ties.kinds.get(account)
        kind = kind.inner if isinstance(kind, EmptyT) else kind
        return self.owners.get(kind.name, ()) if isinstance(kind, AccountT) else ()

    def existed(self, account: str) -> bool:
        """Whether the account is there before the instruction."""
        return account not in self.facts.made

    def fix(self, event: Event, usual: "Callable[[Case, str], str]") -> str:
        """What to write so that the event is right; `usual` if the instruction checks nothing."""
        if _is_right_with(self, event):
            return f"let it be checked on every path: by an assert, or in the if itself, {_ESCAPE}"
        paid = self.paid(event.account)
        if paid is not None:
            held = (
                p.name for p in self.params(UncheckedT) if self.ties.holds(event.account, p.name)
            )
            payee = next(held, event.account)
            return f"add 'assert {paid}.authority() == {payee}.key()', {_ESCAPE}"
        return usual(self, event.account)

    def paid(self, account: str) -> str | None:
        """A token account into which a signer pays, and of which nobody knows whose it is."""
        for payment in self.facts.payments:
            for each in sorted(payment.receivers):
                is_token = isinstance(self.ties.kinds.get(each), TokenAccountT)
                if is_token and self.existed(each) and not self.ties.holds(account, each):
                    return each
        return None


def _asking(case: Case, account: str) -> str:
    """The comparison with an owner, or with the account that stands for one, that is missing."""
    fields = case.owner_fields(account)
    signers = case.params(SignerT)
    link = _missing_link(case, account)
    if link is not None:
        return f"add 'assert {link} == {account}.key()', {_ESCAPE}"
    field = fields[0] if fields else "owner"
    if signers:
        compare = f"'assert {account}.{field} == {signers[0].name}.key()'"
        return f"if only the {field} may, add {compare}; if anybody may, {_REASON}"
    compare = f"assert {account}.{field} == {field}.key()"
    return f"take '{field}: Signer' and add '{compare}', {_ESCAPE}"


def _missing_link(case: Case, account: str) -> str | None:
    """A field of another account, for which a signer answers, that names accounts of this one's
    class: comparing it ties the two.
    """
    kind = case.ties.kinds.get(account)
    for param in case.params(AccountT):
        if param.name != account and case.ties.answers(param.name):
            for field in case.references.get((str(param.type), str(kind)), ()):
                return f"{param.name}.{field}"
    return None


def _comparing(case: Case, account: str) -> str:
    link = _missing_link(case, account)
    if link is not None:
        return f"add 'assert {link} == {account}.key()', {_ESCAPE}"
    return f"compare a Signer's key, or the receiver's, with a field of it, {_ESCAPE}"


def _unsigned(case: Case) -> Iterator[Finding]:
    """E401: an account whose key is compared as if that proved who sent the transaction."""
    for name, span in _claims(case):
        message = f"'{name}' is compared, but did not sign: anybody can name its address"
        yield Finding("E401", message, span, f"write '{name}: Signer', {_ESCAPE}")


def _claims(case: Case) -> Iterator[tuple[str, Span]]:
    for param in case.params(UncheckedT):
        name = param.name
        if name in case.facts.used or not _is_compared(case, name) or case.ties.answers(name):
            continue
        changed = [each for each in _changed(case) if case.ties.together(name, each)]
        if changed and not any(_is_paid_elsewhere(case, each) for each in changed):
            yield name, param.span


def _is_paid_elsewhere(case: Case, account: str) -> bool:
    """Whether E402 or E403 says of the account that whom a signer pays has to be compared."""
    return case.paid(account) is not None and any(
        event.account == account and not _is_right(case, event)
        for event in case.facts.events
        if event.deed in _VALUE or case.owner_fields(account)
    )


def _is_compared(case: Case, name: str) -> bool:
    sides = [(c.left, c.right) for c in case.facts.comparisons]
    return any(
        Key(name) in one and any(isinstance(each, Data) for each in other)
        for left, right in sides
        for one, other in ((left, right), (right, left))
    )


def _changed(case: Case) -> frozenset[str]:
    """The program's accounts that were there before and are written, or sign."""
    own = {each.name for each in case.params(AccountT)}
    return frozenset(own & (case.written | {event.account for event in case.facts.events}))


def _unasked(case: Case) -> Iterator[Finding]:
    """E402: an account that knows its owner is changed, and nobody asked the owner."""
    told = _excused(case)
    for event in case.facts.events:
        fields = case.owner_fields(event.account)
        is_told = event.account in told or not case.existed(event.account)
        if fields and not is_told and not _is_right(case, event):
            told.add(event.account)
            message = f"nobody asks '{event.account}.{fields[0]}' whether this may be done"
            yield Finding("E402", message, event.span, case.fix(event, _asking))


def _excused(case: Case) -> set[str]:
    """Accounts of which E401 speaks already."""
    claims = {name for name, _ in _claims(case)}
    return {n for n in case.ties.kinds if any(case.ties.together(n, each) for each in claims)}


def _is_right(case: Case, event: Event) -> bool:
    return all(_is_right_with(replace(case, ties=t), event) for t in case.ties_at(event.held))


def _is_right_with(case: Case, event: Event) -> bool:
    if event.deed is Deed.MAKE or case.ties.answers(event.account) or _is_received(case, event):
        return True
    return event.deed is Deed.SET and _may_set(case, event)


def _is_received(case: Case, event: Event) -> bool:
    if event.deed is Deed.GIVE:
        return _is_empty(case, event) or case.ties.leads(event.account, event.value)
    if event.deed is Deed.SIGN and event.tokens and _is_empty(case, event):
        return case.ties.touches(event.account) or case.ties.reaches(event.account, event.receivers)
    return event.deed is not Deed.SET and case.ties.reaches(event.account, event.receivers)


def _is_empty(case: Case, event: Event) -> bool:
    """Whether what is given away, or signed for, was made here, and has got nothing."""
    return not any(case.existed(each) or each in case.facts.filled for each in event.tokens)


def _may_set(case: Case, event: Event) -> bool:
    """Whether a field may be set by anybody.

    A step from its old value (`+= 1`) may; else some condition has to look at the account, and at
    what the caller chose where that is what is stored.
    """
    if Data(event.account, event.field) in event.value:
        return True
    looked = [each for each in case.facts.conditions if reads(each, event.account)]
    if not any(isinstance(each, Argument) for each in event.value):
        return bool(looked)
    outside = (Argument, Outside, Key)
    return any(isinstance(each, outside) for sources in looked for each in sources)


def _given_away(case: Case) -> Iterator[Finding]:
    """E403: value leaves an account for whoever asks."""
    told = _excused(case)
    for event in case.facts.events:
        is_value = event.deed in _VALUE
        known = case.owner_fields(event.account) or not case.existed(event.account)
        if not is_value or known or event.account in told or _is_right(case, event):
            continue
        told.add(event.account)
        what = "lamports" if event.deed is Deed.TAKE else "tokens"
        message = f"anybody can take the {what} of '{event.account}'"
        yield Finding("E403", message, event.span, case.fix(event, _comparing))


def _closed_by_hand(case: Case) -> Iterator[Finding]:
    """E404: an account emptied of lamports keeps its data till the end of the transaction."""
    for closing in case.facts.closings:
        message = f"'{closing.account}' keeps its data: paid again, it lives on"
        yield Finding("E404", message, closing.span, f"write '{closing.account}.close(to)'")


def _open_calls(case: Case) -> Iterator[Finding]:
    """E405: a call of whatever program the caller names."""
    for call in case.facts.calls:
        known = {each.name for each in case.params(AccountT)}
        if not all(_is_known(call.program, known, ties) for ties in case.ties_at(call.held)):
            message = f"the caller chooses which program '{call.program}' is"
            fix = f"add 'assert {call.program}.key() == Pubkey(\"…\")', {_ESCAPE}"
            yield Finding("E405", message, call.span, fix)


def _is_known(program: str, accounts: set[str], ties: Ties) -> bool:
    return program in ties.fixed or any(ties.holds(program, each) for each in accounts)


def _any_token_account(case: Case) -> Iterator[Finding]:
    """E406: the amount of a token account of which nothing is known decides."""
    for param in case.params(TokenAccountT):
        amount = Data(param.name, "amount")
        is_known = param.name in case.facts.moved or not case.ties.is_alone(param.name)
        if amount in case.facts.given and not is_known:
            message = f"whose tokens '{param.name}' holds, and of which mint, is not checked"
            fix = f"compare its owner and its mint, {_ESCAPE}"
            yield Finding("E406", message, param.span, fix)


def _bump_of_the_caller(case: Case) -> Iterator[Finding]:
    """E408: several bumps lead to addresses of the same seeds; the caller picks one."""
    for bump in case.facts.bumps:
        if any(isinstance(each, Argument) for each in bump.value):
            message = "the caller chooses the bump of the address that signs"
            fix = f"keep the bump in the account when it is made, and use that, {_ESCAPE}"
            yield Finding("E408", message, bump.span, fix)


Rule = Callable[[Case], Iterator[Finding]]
RULES: Final[tuple[Rule, ...]] = (
    _unsigned,
    _unasked,
    _given_away,
    _closed_by_hand,
    _open_calls,
    _any_token_account,
    _bump_of_the_caller,
)
