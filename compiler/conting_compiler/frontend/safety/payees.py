"""Whom signers pay, and of which token accounts an amount decides."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from conting_compiler.frontend.safety.case import ESCAPE, Case, Finding
from conting_compiler.frontend.safety.facts import Deed, Event, Payment
from conting_compiler.frontend.safety.sources import Argument, Data, Key
from conting_compiler.ir.typesystem import MintT, SignerT, TokenAccountT, UncheckedT


def unknown_payees(case: Case, account: str) -> list[str]:
    """The accounts into which a signer pays, and of which nobody knows that they are the right ones
    where something of `account` is given for that.
    """
    found = {
        each: None
        for payment in case.facts.payments
        for each in sorted(payment.receivers)
        if _is_paid(case, payment, each) and not _is_right_payee(case, account, each)
    }
    return list(found)


def _is_paid(case: Case, payment: Payment, account: str) -> bool:
    kinds = case.loose.kinds
    is_signer = any(isinstance(kinds.get(each), SignerT) for each in payment.payers)
    kind = TokenAccountT | MintT if payment.is_tokens else UncheckedT
    return is_signer and case.existed(account) and isinstance(kinds.get(account), kind)


def _is_right_payee(case: Case, account: str, payee: str) -> bool:
    is_tied = _is_tied(case, account, payee)
    return is_tied and (not _is_token(case, payee) or payee in case.tokens.minted)


def _is_tied(case: Case, account: str, payee: str) -> bool:
    named = case.loose.named | case.tokens.constant
    return payee in named or case.loose.holds(account, payee)


def payee_fix(case: Case, account: str) -> str | None:
    """The comparisons by which those whom a signer pays are the right ones."""
    payees = unknown_payees(case, account)
    return _adding([_tying(case, account, each) for each in payees]) if payees else None


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What to compare, and what has to be kept for it."""

    asserts: list[str]
    kept: str = ""


def _adding(wanted: Sequence[_Wanted]) -> str:
    kept = dict.fromkeys(each.kept for each in wanted if each.kept)
    asserts = dict.fromkeys(f"'assert {text}'" for each in wanted for text in each.asserts)
    keep = f"keep {' and '.join(kept)} and " if kept else ""
    return f"{keep}add {' and '.join(asserts)}, {ESCAPE}"


def _tying(case: Case, account: str, payee: str) -> _Wanted:
    if not _is_token(case, payee):
        is_kept = payee in case.program.keys(case.class_of(account))
        kept = "" if is_kept else f"the address of '{payee}' in '{account}'"
        return _Wanted([f"{payee}.key() == {account}.{payee}"], kept)
    held = (p.name for p in case.params(UncheckedT) if case.loose.holds(account, p.name))
    owner = "" if _is_tied(case, account, payee) else f"{next(held, account)}.key()"
    others = [name for name in _classes(case) if case.loose.holds(account, name)]
    return _comparing(case, list(dict.fromkeys([account, *others])), payee, owner)


def _comparing(case: Case, accounts: Sequence[str], token: str, owner: str) -> _Wanted:
    """The comparisons of a token account with what its owner has to be (nothing: it is compared),
    and with its mint; or of its address, where one of the accounts has it.
    """
    placing = _placing(case, accounts, token)
    is_keeper = case.class_of(accounts[0]) in case.program.custodians
    if not placing.kept or (is_keeper and _is_reserve(case, token)):
        return placing
    wanted = [f"{_owner(case, token)} == {owner}"] if owner else []
    if token in case.tokens.minted:
        return _Wanted(wanted)
    mints = [
        (each, field)
        for each in accounts
        for field in case.program.keys(case.class_of(each))
        if "mint" in field
    ]
    if not mints:
        return _Wanted([*wanted, f"{token}.mint() == {accounts[0]}.mint"], _kept_mint(accounts[0]))
    place = min(mints, key=lambda pair: (-_likeness(pair[1], token), mints.index(pair)))
    return _Wanted([*wanted, f"{token}.mint() == {'.'.join(place)}"])


def _kept_mint(account: str) -> str:
    return f"the mint in '{account}'"


def _is_place_of(field: str, token: str) -> bool:
    """Whether a field is called like a token account, give or take what its name begins with."""
    alike = f"_{field}".endswith(f"_{token}") or ("_" in field and token.endswith(f"_{field}"))
    return alike and "mint" not in field


def _likeness(field: str, token: str) -> int:
    """How many words the names of a field and a token account share."""
    return len((set(field.split("_")) & set(token.split("_"))) - {"token", "mint", "account"})


def _owner(case: Case, token: str) -> str:
    kind = case.loose.kinds.get(token)
    is_classic = isinstance(kind, TokenAccountT) and kind.classic
    return f"{token}.{'authority' if is_classic else 'owner'}()"


def any_token_account(case: Case) -> Iterator[Finding]:
    """E406: the amount of a token account of which too little is known decides."""
    for param in case.params(TokenAccountT):
        name = param.name
        if _decides(case, name) and case.existed(name) and name not in case.facts.moved:
            signers = case.params(SignerT)
            owner = f"{signers[0].name}.key()" if signers else "…"
            yield from _unknown(case, name, owner, _classes(case))


def _unknown(case: Case, token: str, owner: str, accounts: Sequence[str]) -> Iterator[Finding]:
    """E406 of one token account, if its owner or mint is not known."""
    is_owned, is_minted = (token in each for each in (case.tokens.owned, case.tokens.minted))
    if is_owned and (is_minted or _makes_its_own_rules(case)):
        return
    span = next(each.span for each in case.function.params if each.name == token)
    what = {
        (False, False): f"whose tokens '{token}' holds, and of which mint, is not checked",
        (False, True): f"whose tokens '{token}' holds is not checked",
        (True, False): f"of which mint '{token}' is, is not checked",
    }[is_owned, is_minted]
    fix = f"compare its owner and its mint, {ESCAPE}"
    if accounts:
        fix = _adding([_comparing(case, accounts, token, "" if is_owned else owner)])
    yield Finding("E406", what, span, fix)


def any_reserve(case: Case) -> Iterator[Finding]:
    """E406: how much an account of this program has in one of its token accounts says how much is
    moved; anybody can make it another one, with less in it.
    """
    for param in case.params(TokenAccountT):
        name = param.name
        keepers = [
            each
            for each in _classes(case)
            if case.class_of(each) in case.program.custodians and _rules(case, each, name)
        ]
        if keepers and _is_reserve(case, name) and name not in case.tokens.placed:
            message = f"'{keepers[0]}' may have several token accounts like '{name}'"
            wanted = _placing(case, keepers, name)
            yield Finding("E406", message, param.span, _adding([wanted]))


def _is_reserve(case: Case, token: str) -> bool:
    """Whether its amount says how much of others is moved, and nothing about itself."""
    own = Data(token, "amount")
    itself = any(own in much and token in sources for much, sources in case.facts.weighed)
    return not itself and _sets_amounts(case, token)


def _rules(case: Case, account: str, token: str) -> bool:
    """Whether the account is certainly whose the tokens are."""
    owner = {Data(token, "owner")}
    return any({account, token} <= each for each in case.facts.links) or any(
        each.is_proof
        and owner & (each.left | each.right)
        and Key(account) in each.left | each.right
        for each in case.facts.comparisons
    )


def _placing(case: Case, accounts: Sequence[str], token: str) -> _Wanted:
    """The comparison of a token account's address with where it is kept."""
    for each in accounts:
        for field in case.program.keys(case.class_of(each)):
            if _is_place_of(field, token):
                return _Wanted([f"{token}.key() == {each}.{field}"])
    kept = f"the address of '{token}' in '{accounts[0]}'"
    return _Wanted([f"{token}.key() == {accounts[0]}.{token}"], kept)


def _makes_its_own_rules(case: Case) -> bool:
    """Whether there is nothing before the instruction that could say which mint is the right one,
    and the caller says it, in what is made here.
    """
    mints = {Key(each.name) for each in case.params(MintT)}
    return all(not case.existed(each) for each in _classes(case)) and any(
        event.deed in (Deed.SET, Deed.MAKE) and event.value & mints for event in case.facts.events
    )


def _decides(case: Case, token: str) -> bool:
    return Data(token, "amount") in case.facts.given or _sets_amounts(case, token)


def _sets_amounts(case: Case, token: str) -> bool:
    """Whether how much it holds says how much is moved elsewhere."""
    amount = Data(token, "amount")
    return any(amount in much and token not in sources for much, sources in case.facts.weighed)


def _classes(case: Case) -> list[str]:
    """The accounts of this program, first those that are changed."""
    names = [event.account for event in case.facts.events] + list(case.loose.kinds)
    return [each for each in dict.fromkeys(names) if case.class_of(each)]


def any_payee(case: Case) -> Iterator[Finding]:
    """E406: what is paid into a token account of which too little is known is written down."""
    told: set[str] = set()
    for payment in case.facts.payments:
        credit = _credit(case, payment)
        for each in sorted(payment.receivers - told):
            if credit is not None and _is_paid(case, payment, each) and _is_token(case, each):
                told.add(each)
                for found in _unknown(case, each, *_keeper(case, credit.account)):
                    yield replace(found, fix=_taking_keeper(case, found.fix))


def _is_token(case: Case, name: str) -> bool:
    return isinstance(case.loose.kinds.get(name), TokenAccountT)


def _credit(case: Case, payment: Payment) -> Event | None:
    """Where the paid amount is written down for the payer."""
    chosen = {each for each in payment.amount if isinstance(each, Argument)}
    for event in case.facts.events:
        if event.deed in (Deed.SET, Deed.MAKE) and chosen & event.value:
            cls = case.class_of(event.account)
            is_books = cls in case.program.custodians
            is_decisive = (cls, event.field) in case.program.decisive
            if not is_books or (is_decisive and not case.ties.vouches(event.account)):
                return event
    return None


def _absent_keeper(case: Case) -> str:
    """The class that alone rules over the program's token accounts, if no account of it is there;
    else nothing.
    """
    keepers = case.program.custodians - {""}
    is_there = any(case.class_of(each) in keepers for each in _classes(case))
    return min(keepers) if len(keepers) == 1 and not is_there else ""


def _taking_keeper(case: Case, fix: str) -> str:
    """The fix, with the account that it speaks of, if that is not there."""
    name = _absent_keeper(case)
    is_meant = name and f"{name.lower()}.key()" in fix
    return f"take '{name.lower()}: {name}' and {fix}" if is_meant else fix


def _keeper(case: Case, account: str) -> tuple[str, list[str]]:
    """Who has to own what is paid into, and the accounts that may say of which mint that is: one
    that rules over token accounts elsewhere, else the owner of the account that counts it.
    """
    accounts = _classes(case)
    for each in accounts:
        if case.class_of(each) in case.program.custodians:
            return f"{each}.key()", [each, *(other for other in accounts if other != each)]
    if absent := _absent_keeper(case):
        return f"{absent.lower()}.key()", [account, *accounts]
    fields = case.owner_fields(account)
    owner = f"{account}.{fields[0]}" if fields and case.existed(account) else f"{account}.key()"
    return owner, [account, *(each for each in accounts if each != account)]
