"""What is refused: each rule looks at one instruction and says what is missing, with the fix."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from conting_compiler.frontend.safety.case import ESCAPE, REASON, Case, Finding
from conting_compiler.frontend.safety.facts import Deed, Event
from conting_compiler.frontend.safety.payees import (
    any_payee,
    any_reserve,
    any_token_account,
    payee_fix,
    unknown_payees,
)
from conting_compiler.frontend.safety.sources import (
    Argument,
    Constant,
    Data,
    Key,
    Outside,
    Source,
    Sources,
    reads,
)
from conting_compiler.frontend.safety.ties import Ties
from conting_compiler.ir.typesystem import AccountT, SignerT, UncheckedT
from conting_compiler.source import Span

_VALUE: Final = frozenset({Deed.TAKE, Deed.SPEND, Deed.GIVE})
"""What takes something of value out of an account."""


def _fix(case: Case, event: Event, usual: Callable[[Case, str], str]) -> str:
    """What to write so that the event is right; `usual` if the instruction checks nothing."""
    if _is_right_with(case, event):
        return f"let it be checked on every path: by an assert, or in the if itself, {ESCAPE}"
    account = event.account
    if case.class_of(account):
        return payee_fix(case, account) or usual(case, account)
    return _fix_of_no_class(case, account)


def _fix_of_no_class(case: Case, account: str) -> str:
    """What to write for an account that keeps nothing: another one has to speak for it."""
    speaker = next((each.name for each in case.params(AccountT)), None)
    if speaker is None:
        fix = f"take an account that keeps a Pubkey and the key of '{account}', compare both"
        return f"{fix}: the first with a Signer's key, or the receiver's, {ESCAPE}"
    paid = payee_fix(case, speaker)
    if paid is not None:
        return paid
    if case.ties.answers(speaker):
        return f"compare the key of '{account}' with a field of '{speaker}', {ESCAPE}"
    fix = f"compare a Signer's key, or the receiver's, with a field of '{speaker}'"
    return f"{fix}, and the key of '{account}' with another one, {ESCAPE}"


def _asking(case: Case, account: str) -> str:
    """The comparison with an owner, or with the account that stands for one, that is missing."""
    fields = case.owner_fields(account)
    signers = case.params(SignerT)
    link = _missing_link(case, account)
    if link is not None:
        return f"add 'assert {link} == {account}.key()', {ESCAPE}"
    field = fields[0] if fields else "owner"
    asked = case.program.owners.get(case.class_of(account), {}).get(field, _comparing_key)
    if signers:
        compare = asked(f"{account}.{field}", signers[0].name)
        return f"if only the {field} may, add {compare}; if anybody may, {REASON}"
    return f"take '{field}: Signer' and add {asked(f'{account}.{field}', field)}, {ESCAPE}"


def _comparing_key(place: str, signer: str) -> str:
    return f"'assert {place} == {signer}.key()'"


def _missing_link(case: Case, account: str) -> str | None:
    """A field of another account, for which a signer answers, that names accounts of this one's
    class: comparing it ties the two.
    """
    kind = case.ties.kinds.get(account)
    for param in case.params(AccountT):
        if param.name != account and case.ties.answers(param.name):
            for field in case.program.references.get((str(param.type), str(kind)), ()):
                return f"{param.name}.{field}"
    return None


def _comparing(case: Case, account: str) -> str:
    link = _missing_link(case, account)
    if link is not None:
        return f"add 'assert {link} == {account}.key()', {ESCAPE}"
    if case.program.keys(case.class_of(account)):
        return f"compare a Signer's key, or the receiver's, with a field of it, {ESCAPE}"
    for each in case.params(AccountT):
        if each.name != account and case.ties.answers(each.name):
            fix = f"compare the key of what it is taken from with a field of '{each.name}'"
            return f"{fix}, {ESCAPE}"
    fix = f"keep a Pubkey in '{account}' and compare a Signer's key, or the receiver's, with it"
    return f"{fix}, {ESCAPE}"


def _unsigned(case: Case) -> Iterator[Finding]:
    """E401: an account whose key is compared as if that proved who sent the transaction."""
    for name, span in _claims(case):
        message = f"'{name}' is compared, but did not sign: anybody can name its address"
        yield Finding("E401", message, span, f"write '{name}: Signer', {ESCAPE}")


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
    return bool(unknown_payees(case, account)) and any(
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
        is_open = event.deed is Deed.ADD and event.field not in fields
        if fields and not is_told and not is_open and not _is_right(case, event):
            told.add(event.account)
            message = f"nobody asks '{event.account}.{fields[0]}' whether this may be done"
            yield Finding("E402", message, event.span, _fix(case, event, _asking))


def _excused(case: Case) -> set[str]:
    """Accounts of which E401 speaks already."""
    claims = {name for name, _ in _claims(case)}
    return {n for n in case.ties.kinds if any(case.ties.together(n, each) for each in claims)}


def _is_right(case: Case, event: Event) -> bool:
    return all(_is_right_with(replace(case, ties=t), event) for t in case.ties_at(event.held))


def _is_right_with(case: Case, event: Event) -> bool:
    account = event.account
    if event.deed is Deed.MAKE or case.ties.vouches(account) or _is_received(case, event):
        return True
    if case.ties.answers(account) and not unknown_payees(case, account):
        return True
    return event.deed in (Deed.SET, Deed.ADD) and _may_set(case, event)


def _is_received(case: Case, event: Event) -> bool:
    if event.deed is Deed.GIVE:
        return _is_empty(case, event) or case.ties.leads(event.account, event.value)
    if event.deed is Deed.SIGN and event.tokens and _is_empty(case, event):
        return case.ties.touches(event.account) or case.ties.reaches(event.account, event.receivers)
    return event.deed not in (Deed.SET, Deed.ADD) and case.ties.reaches(
        event.account, event.receivers
    )


def _is_empty(case: Case, event: Event) -> bool:
    """Whether what is given away, or signed for, was made here, and has got nothing."""
    return not any(case.existed(each) or each in case.facts.filled for each in event.tokens)


def _may_set(case: Case, event: Event) -> bool:
    """Whether a field may be set by anybody.

    A step from its old value (`+= 1`) may, if that is no key; else some condition has to look at
    the account, and at what the caller chose where that is what is stored.
    """
    keys = any(isinstance(each, Key) for each in event.value)
    if Data(event.account, event.field) in event.value and not keys:
        return True
    looked = [each for each in case.facts.conditions if _allows(case, each, event.account)]
    if not any(isinstance(each, Argument) for each in event.value):
        return bool(looked)
    outside = (Argument, Outside, Key)
    return any(isinstance(each, outside) for sources in looked for each in sources)


def _allows(case: Case, condition: Sources, account: str) -> bool:
    """Whether a condition looks at the account, and at more than at whose it is: who that is,
    everybody can read and say. Who is paid by the account may be whoever it is for.
    """
    said = {each for each in condition if isinstance(each, Argument | Key)}
    owner = {Data(account, field) for field in case.owner_fields(account)}
    if not said & {Key(each.name) for each in case.params(SignerT)}:
        told = (name for cls, name in case.program.signed if cls == case.class_of(account))
        owner |= {Data(account, name) for name in told}
    paid = {Key(r) for e in case.facts.events if e.account == account for r in e.receivers}
    constants = {each for each in condition if isinstance(each, Constant)}
    is_owner = bool(said) and condition <= said | owner | constants
    return reads(condition, account) and (not is_owner or bool(said & paid))


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
        yield Finding("E403", message, event.span, _fix(case, event, _comparing))


def _closed_by_hand(case: Case) -> Iterator[Finding]:
    """E404: an account emptied of lamports keeps its data till the end of the transaction."""
    for closing in case.facts.closings:
        others = {e.text for e in case.facts.closings if e.account == closing.account}
        is_all = closing.amount == {Data(closing.account, "lamports")}
        if not is_all and closing.rest not in others:
            continue
        message = f"'{closing.account}' keeps its data: paid again, it lives on"
        fix = f"write '{closing.account}.close(to)'"
        if not is_all:
            fix = f"{fix} behind what the others get"
        yield Finding("E404", message, closing.span, fix)


def _open_calls(case: Case) -> Iterator[Finding]:
    """E405: a call of whatever program the caller names."""
    for call in case.facts.calls:
        known = {each.name for each in case.params(AccountT)}
        if not all(_is_known(call.program, known, ties) for ties in case.ties_at(call.held)):
            message = f"the caller chooses which program '{call.program}' is"
            fix = f"add 'assert {call.program}.key() == Pubkey(\"…\")', {ESCAPE}"
            yield Finding("E405", message, call.span, fix)


def _is_known(program: str, accounts: set[str], ties: Ties) -> bool:
    return program in ties.fixed or any(ties.holds(program, each) for each in accounts)


def _bump_of_the_caller(case: Case) -> Iterator[Finding]:
    """E408: several bumps lead to addresses of the same seeds; the caller picks one."""
    for bump in case.facts.bumps:
        if any(_is_chosen(case, each) for each in bump.value):
            message = "the caller chooses the bump of the address that signs"
            fix = f"keep the bump in the account when it is made, and use that, {ESCAPE}"
            yield Finding("E408", message, bump.span, fix)


def _is_chosen(case: Case, source: Source) -> bool:
    """Whether it is an argument, or a field into which some instruction puts one."""
    match source:
        case Data(account=account, name=name):
            return (case.class_of(account), name) in case.program.given
    return isinstance(source, Argument)


Rule = Callable[[Case], Iterator[Finding]]
RULES: Final[tuple[Rule, ...]] = (
    _unsigned,
    _unasked,
    _given_away,
    _closed_by_hand,
    _open_calls,
    any_token_account,
    any_payee,
    any_reserve,
    _bump_of_the_caller,
)
