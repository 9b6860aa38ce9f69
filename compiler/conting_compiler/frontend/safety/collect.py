"""Collects the facts about one function from its typed body; callees come first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from conting_compiler.frontend.effects import Analysis
from conting_compiler.frontend.intrinsics import BY_NAME
from conting_compiler.frontend.safety.conditions import Result
from conting_compiler.frontend.safety.course import Course
from conting_compiler.frontend.safety.facts import (
    Birth,
    Bump,
    Closing,
    Deed,
    Event,
    Facts,
    OpenCall,
    Payment,
)
from conting_compiler.frontend.safety.held import Comparison, Proof
from conting_compiler.frontend.safety.sources import (
    CONSTANT,
    NOTHING,
    Argument,
    Binding,
    Data,
    Key,
    Outside,
    Sources,
    accounts_of,
    hashed,
    keys_of,
)
from conting_compiler.frontend.walk import Node, parts
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import U8, AccountT, MintT, SignerT, SysvarT, TokenAccountT

Init = ir.InitAccount | ir.InitMint | ir.InitTokenAccount

_LITERALS: Final = (ir.IntLit, ir.BoolLit, ir.BytesLit, ir.EnumLit)
_SPENDING: Final = frozenset({"transfer", "burn", "close", "approve"})
"""Methods of tokens by which value leaves the account that the authority rules over."""
_GIVING: Final = {"set_owner": "owner", "set_close_authority": "close_authority"}
"""Methods that make somebody else rule over a token account, and the argument that says who."""
_LAMPORTS: Final = frozenset({"account.transfer_lamports", "account.close"})
"""Builtins by which lamports leave an account of this program."""
_PAYMENTS: Final = frozenset({"signer.transfer_lamports", "signer.pay_rent"})
"""Builtins by which a signer's lamports go to an account."""

_HASHES: Final = frozenset({"sha256", "keccak256"})


def collect(
    function: ir.Function,
    nodes: Sequence[Node],
    analysis: Analysis,
    known: Mapping[str, Facts],
    params: Mapping[str, Sequence[ir.Param]],
    *,
    classes: Mapping[str, ir.AccountClass],
) -> Facts:
    """The facts about the function, whose nodes these are, and what it calls."""
    collector = _Collector(function, analysis, known, params, classes)
    collector.settle_variables(nodes)
    Course(collector, function).follow()
    return collector.facts


@dataclass(slots=True)
class _Collector:
    function: ir.Function
    analysis: Analysis
    known: Mapping[str, Facts]
    params: Mapping[str, Sequence[ir.Param]]
    classes: Mapping[str, ir.AccountClass]
    facts: Facts = field(default_factory=Facts)
    values: dict[str, Sources] = field(default_factory=dict)
    """What has gone into each variable that is no account."""
    differing: set[int] = field(default_factory=set)
    """Comparisons (`id`) of which an assert asks that they differ."""
    results: dict[int, Result] = field(default_factory=dict)
    """By calls (`id`): what holds where they have returned."""

    # --- where values come from

    def settle_variables(self, nodes: Sequence[Node]) -> None:
        """Finds what may be in each variable, whatever the order of execution."""
        for param in self.function.params:
            if not ir.is_account(param.type):
                outside = isinstance(param.type, SysvarT)
                source = Outside() if outside else Argument(param.name)
                self.values[param.name] = frozenset({source})
        stores = [node for node in nodes if isinstance(node, ir.Assign | ir.ForRange)]
        changed = True
        while changed:
            changed = sum(self._settle(each) for each in stores) > 0

    def _settle(self, store: ir.Assign | ir.ForRange) -> bool:
        if isinstance(store, ir.ForRange):
            name, value = store.variable.name, self.of(store.start) | self.of(store.stop)
        else:
            name, value = _variable(store.target), self.of(store.value)
        before = self.values.get(name, NOTHING)
        self.values[name] = before | value
        return self.values[name] != before

    def of(self, node: Node) -> Sources:  # noqa: PLR0911 - one per kind of node
        """Where the value of an expression comes from."""
        match node:
            case ir.Local() | ir.Field() | ir.Index():
                return self._of_place(node)
            case ir.Intrinsic():
                return self._of_intrinsic(node)
            case ir.Call():
                return self._binding(node).of(self.known[node.function].result)
            case ir.InitAccount() | ir.InitMint() | ir.InitTokenAccount():
                return self.of(node.target)
            case ir.IsNone(option=option) if ir.is_account(option.type):
                return CONSTANT
        if isinstance(node, _LITERALS):
            return CONSTANT
        return frozenset().union(*(self.of(each) for each in parts(node)))

    def _of_place(self, node: ir.Local | ir.Field | ir.Index) -> Sources:
        match node:
            case ir.Field(base=base, name=name) if ir.is_account(base.type):
                return frozenset(Data(each, name) for each in self.analysis.of(base))
            case ir.Field(base=base) | ir.Index(base=base):
                return self.of(base)
            case ir.Local(name=name, type=kind) if not ir.is_account(kind):
                return self.values.get(name, NOTHING)
        return frozenset(Key(each) for each in self.analysis.of(node))

    def _of_intrinsic(self, node: ir.Intrinsic) -> Sources:
        arguments = node.arguments
        if node.name in _HASHES:
            return hashed(self.of(arguments[0]))
        if node.name == "account.key" or not arguments or not ir.is_account(arguments[0].type):
            return frozenset().union(*(self.of(each) for each in arguments))
        name = node.name.rpartition(".")[2]
        own = frozenset(Data(each, name) for each in self.analysis.of(arguments[0]))
        return own.union(*(self.of(each) for each in arguments[1:]))

    def _binding(self, call: ir.Call) -> Binding:
        passed = list(zip(self.params[call.function], call.arguments, strict=True))
        return Binding(
            {p.name: self.analysis.of(a) for p, a in passed if ir.is_account(p.type)},
            {p.name: self.of(a) for p, a in passed if not ir.is_account(p.type)},
        )

    # --- what is done

    def visit(self, node: Node) -> None:
        """Notes what one node does by itself."""
        match node:
            case ir.Compare(op=ir.CompareOp.EQ | ir.CompareOp.NE, left=left, right=right):
                both = Comparison(self.of(left), self.of(right), left.type)
                self.facts.compare(replace(both, is_proof=id(node) not in self.differing))
            case ir.Assert(condition=test):
                self.differing |= {id(each) for each in _differing(test)}
                self._decide(test)
            case ir.If(test=test) | ir.While(test=test) | ir.Conditional(test=test):
                self._decide(test)
            case ir.Assign():
                self._store(node)
            case ir.Return(value=value) if value is not None:
                self.facts.result |= self.of(value)
            case ir.Call():
                self._call(node)
            case ir.Intrinsic():
                self._intrinsic(node)
            case ir.InitAccount() | ir.InitMint() | ir.InitTokenAccount():
                self._init(node)
            case ir.Invoke():
                self._invoke(node)

    def _decide(self, test: ir.Expr) -> None:
        sources = self.of(test)
        self.facts.decide(sources)
        self.facts.given |= sources

    def _call(self, node: ir.Call) -> None:
        inner, binding = self.known[node.function], self._binding(node)
        sides = (inner.returned.always, inner.returned.if_true, inner.returned.if_false)
        self.results[id(node)] = Result(*(self.facts.held(each, binding) for each in sides))
        self.facts.add(inner, binding)

    def comparison(self, node: ir.Compare) -> Comparison:
        """What a comparison says, as far as it proves something."""
        return self.facts.shown(Comparison(self.of(node.left), self.of(node.right), node.left.type))

    def proof(self, node: ir.Intrinsic) -> Proof | None:
        """The accounts over whose data a builtin checks a signature."""
        if not node.name.startswith("instructions."):
            return None
        key, message = map(self.of, node.arguments[1:3])
        return Proof(accounts_of(key | (message if key == CONSTANT else NOTHING)))

    def _store(self, node: ir.Assign) -> None:
        value = self.of(node.value)
        place = node.target
        if isinstance(place, ir.Local):
            return
        self.facts.given |= value
        self.facts.used |= keys_of(value)
        for each in self.of(place):
            if isinstance(each, Data):
                event = Event(Deed.SET, each.account, node.span, field=each.name, value=value)
                self.facts.events.append(event)

    def _init(self, node: Init) -> None:
        target = self.analysis.of(node.target)
        inside = frozenset().union(
            *(self.of(each) for each in parts(node) if each is not node.payer)
        )
        if isinstance(node, ir.InitAccount):
            inside |= self._first_values(node, target)
        if not (isinstance(node, ir.InitAccount) and node.if_empty):
            self.facts.made |= target
        named = accounts_of(self._naming(node, inside)) - target
        rulers = (
            self.analysis.of(node.authority)
            if isinstance(node, ir.InitTokenAccount)
            else frozenset()
        )
        self.facts.births.append(Birth(target, named, rulers))
        if isinstance(node, ir.InitTokenAccount):
            self.facts.of_one_mint.append(target | self.analysis.of(node.mint))
            if isinstance(node.authority.type, AccountT):
                self.facts.custodians |= rulers
        self.facts.used |= keys_of(inside)
        self.facts.given |= inside

    def _naming(self, node: Init, inside: Sources) -> Sources:
        """What certainly went into the account: of one that may have been there, the seeds."""
        if not isinstance(node, ir.InitAccount) or not node.if_empty:
            return inside
        if node.seeds is not None:
            return frozenset().union(*(self.of(each) for each in node.seeds))
        declared = self.classes[node.account_class].seeds or ()
        names = {each.field for each in declared if isinstance(each, ir.FieldSeed)}
        return frozenset().union(*(self.of(v) for name, v in node.fields if name in names))

    def _first_values(self, node: ir.InitAccount, target: frozenset[str]) -> Sources:
        values = [(name, self.of(value)) for name, value in node.fields]
        for account in sorted(target):
            for name, value in values:
                event = Event(Deed.MAKE, account, node.span, field=name, value=value)
                self.facts.events.append(event)
        return frozenset().union(*(value for _, value in values))

    def _invoke(self, node: ir.Invoke) -> None:
        for each in sorted(self.analysis.of(node.program)):
            self.facts.calls.append(OpenCall(each, node.span))
        passed = frozenset().union(*(self.analysis.of(each) for each in node.accounts))
        self.facts.used |= passed | keys_of(self.of(node.data))
        rows = zip(node.accounts, node.flags, node.signers, strict=True)
        for account, (_, signs), seeds in rows:
            self._note_bump(account, seeds)
            if isinstance(account.type, AccountT) and (signs or seeds is not None):
                self._note(Deed.SPEND, account, node, passed)

    def _note_bump(self, account: ir.Expr, signer: ir.Expr | None) -> None:
        """An account of a class lies where `init` made it, under the canonical bump: with any other
        it does not sign. A Signer needs no seeds.
        """
        if isinstance(account.type, AccountT | SignerT):
            return
        match signer:
            case ir.SignerSeeds(seeds=(*_, last)) if last.type == U8:
                self.facts.bumps.append(Bump(self.of(last), signer.span))

    def _note(
        self, deed: Deed, account: ir.Expr, node: ir.Intrinsic | ir.Invoke, to: frozenset[str]
    ) -> None:
        for each in sorted(self.analysis.of(account)):
            self.facts.events.append(Event(deed, each, node.span, to - {each}))

    # --- builtins

    def _intrinsic(self, node: ir.Intrinsic) -> None:
        if node.name == "account.key":
            return
        if node.name == "unchecked":
            self.facts.reasons.append(node.span)
        given = _by_name(node)
        for argument in node.arguments:
            self.facts.used |= self.analysis.of(argument) if ir.is_account(argument.type) else set()
        proof = self.proof(node)
        self.facts.proved |= frozenset() if proof is None else proof.accounts
        to = self._receivers(given)
        if node.name in _LAMPORTS:
            self._lamports(node, given, to)
        elif node.name in _PAYMENTS:
            self._pay(self.analysis.of(node.arguments[0]), to, given.get("amount"))
        elif "authority" in given:
            self._authority(node, given, to)

    def _receivers(self, given: Mapping[str, ir.Expr]) -> frozenset[str]:
        named = (given[name] for name in ("to", "account", "delegate") if name in given)
        return frozenset().union(*(self.analysis.of(each) for each in named))

    def _lamports(
        self, node: ir.Intrinsic, given: Mapping[str, ir.Expr], to: frozenset[str]
    ) -> None:
        source = node.arguments[0]
        self._note(Deed.TAKE, source, node, to)
        if "amount" in given:
            amount = self.of(given["amount"])
            names = sorted(self.analysis.of(source))
            self.facts.closings += [Closing(each, amount, node.span) for each in names]
            self.facts.weighed.append((amount, frozenset()))

    def _authority(
        self, node: ir.Intrinsic, given: Mapping[str, ir.Expr], to: frozenset[str]
    ) -> None:
        authority = given["authority"]
        moved = self.analysis.of(given.get("holder", node.arguments[0]))
        self.facts.links.append(moved | self.analysis.of(authority))
        self.facts.moved |= moved | to
        self._note_bump(authority, given.get("signer"))
        verb = node.name.rpartition(".")[2]
        self._note_mint(node, given, moved)
        if isinstance(authority.type, AccountT):
            self.facts.custodians |= self.analysis.of(authority)
        if isinstance(authority.type, SignerT):
            gets = self.analysis.of(node.arguments[0]) if verb == "burn" else to
            amount = given.get("amount")
            self._pay(self.analysis.of(authority), gets, amount, is_tokens=amount is not None)
        elif isinstance(authority.type, AccountT) and verb in _GIVING:
            self._give(authority, node, moved, given[_GIVING[verb]])
        elif isinstance(authority.type, AccountT):
            self.facts.filled |= to
            if verb in _SPENDING:
                self._note(Deed.SPEND, authority, node, to)
            else:
                self._sign(authority, node, to, moved)

    def _pay(
        self,
        payers: frozenset[str],
        receivers: frozenset[str],
        amount: ir.Expr | None,
        *,
        is_tokens: bool = False,
    ) -> None:
        """Notes what a signer gives, unless it is nothing."""
        if isinstance(amount, ir.IntLit) and amount.value == 0:
            return
        much = NOTHING if amount is None else self.of(amount)
        self.facts.payments.append(Payment(payers, receivers, much, is_tokens))
        if amount is not None and not is_tokens:
            self.facts.weighed.append((much, frozenset()))

    def _note_mint(
        self, node: ir.Intrinsic, given: Mapping[str, ir.Expr], moved: frozenset[str]
    ) -> None:
        """Notes which tokens are of one mint, and how many are moved."""
        named = (given[name] for name in ("to", "account", "mint") if name in given)
        first = self.analysis.of(node.arguments[0])
        tokens = [each for each in named if isinstance(each.type, TokenAccountT | MintT)]
        group = first | moved
        self.facts.of_one_mint.append(group.union(*(self.analysis.of(each) for each in tokens)))
        if "amount" in given:
            self.facts.weighed.append((self.of(given["amount"]), moved))

    def _sign(
        self, authority: ir.Expr, node: ir.Intrinsic, to: frozenset[str], tokens: frozenset[str]
    ) -> None:
        for each in sorted(self.analysis.of(authority)):
            event = Event(Deed.SIGN, each, node.span, to - {each}, tokens=tokens)
            self.facts.events.append(event)

    def _give(
        self, authority: ir.Expr, node: ir.Intrinsic, tokens: frozenset[str], receiver: ir.Expr
    ) -> None:
        value = self.of(receiver)
        self.facts.used |= keys_of(value)
        for each in sorted(self.analysis.of(authority)):
            event = Event(Deed.GIVE, each, node.span, value=value, tokens=tokens)
            self.facts.events.append(event)


def _variable(place: ir.Expr) -> str:
    """The variable in which a value is kept; a name that no variable has, if in an account."""
    while isinstance(place, ir.Field | ir.Index) and not ir.is_account(place.type):
        place = place.base
    return place.name if isinstance(place, ir.Local) and not ir.is_account(place.type) else ""


def _differing(test: ir.Expr, *, holds: bool = True) -> Iterator[ir.Expr]:
    """The comparisons of which a condition asks that the values differ."""
    match test:
        case ir.Compare(op=op):
            if op is (ir.CompareOp.NE if holds else ir.CompareOp.EQ):
                yield test
        case ir.BoolOp():
            for each in test.operands:
                yield from _differing(each, holds=holds)
        case ir.Unary(op=ir.UnaryOp.NOT, operand=operand):
            yield from _differing(operand, holds=not holds)


def _by_name(node: ir.Intrinsic) -> dict[str, ir.Expr]:
    """The arguments of a builtin by the names of its parameters; the receiver is not among them."""
    row = BY_NAME.get(node.name)
    if row is None:
        return {}
    own = node.arguments if row.receiver is None else node.arguments[1:]
    return {p.name: each for p, each in zip(row.parameters, own, strict=False)}
