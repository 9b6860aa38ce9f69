"""Collects the facts about one function from its typed body; callees come first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from conting_compiler.frontend.effects import Analysis
from conting_compiler.frontend.safety.calls import Calls
from conting_compiler.frontend.safety.conditions import Result
from conting_compiler.frontend.safety.course import Course
from conting_compiler.frontend.safety.facts import (
    Birth,
    Bump,
    Deed,
    Event,
    Facts,
    OpenCall,
)
from conting_compiler.frontend.safety.held import Comparison, Proof
from conting_compiler.frontend.safety.sources import (
    CONSTANT,
    NOTHING,
    ZERO,
    Address,
    Argument,
    Binding,
    Data,
    Key,
    Outside,
    Source,
    Sources,
    accounts_of,
    hashed,
    is_constant,
    keys_of,
    without_zero,
)
from conting_compiler.frontend.walk import Node, parts
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import U8, AccountT, IntT, PubkeyT, SignerT, SysvarT

Init = ir.InitAccount | ir.InitMint | ir.InitTokenAccount

_LITERALS: Final = (ir.IntLit, ir.BoolLit, ir.BytesLit, ir.EnumLit)
_LISTS: Final = {
    **dict.fromkeys(("list.append", "list.extend", "list.insert"), Deed.ADD),
    **dict.fromkeys(
        ("list.pop", "list.pop_at", "list.remove_at", "list.clear", "list.reverse"), Deed.SET
    ),
}
"""What methods do to a list."""
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
    inside: set[str] = field(default_factory=set)
    """Variables that are names for what lies in an account."""
    differing: set[int] = field(default_factory=set)
    """Comparisons (`id`) of which an assert asks that they differ."""
    results: dict[int, Result] = field(default_factory=dict)
    """By calls (`id`): what holds where they have returned."""

    # --- where values come from

    def settle_variables(self, nodes: Sequence[Node]) -> None:
        """Finds what may be in each variable, whatever the order of execution."""
        for param in self.function.params:
            if not ir.is_account(param.type):
                self.values[param.name] = frozenset({_given(param)})
        stores = [node for node in nodes if isinstance(node, ir.Assign | ir.ForRange)]
        self.inside |= {
            each.target.name
            for each in stores
            if isinstance(each, ir.Assign)
            and isinstance(each.target, ir.Local)
            and _lies_in_account(each.value)
        }
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

    def of(self, node: Node) -> Sources:
        """Where the value of an expression comes from."""
        found = self._of(node)
        is_number = isinstance(node, ir.Expr) and isinstance(node.type, IntT)
        return found if is_number else without_zero(found)

    def _of(self, node: Node) -> Sources:  # noqa: PLR0911 - one per kind of node
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
        if isinstance(node, ir.IntLit) and node.value == 0:
            return ZERO
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
        return Proof(accounts_of(key | (message if is_constant(key) else NOTHING)))

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
            self.note_seeds(account, seeds)
            is_harmless = self._is_harmless(account, node, passed)
            if (signs or seeds is not None) and not is_harmless:
                self.note(Deed.SPEND, account, node, passed)

    def _is_harmless(self, account: ir.Expr, node: ir.Invoke, passed: frozenset[str]) -> bool:
        """Whether no value can leave the account by a call that it signs: one of no class is alone
        there, and the program itself says what is done, or nothing may be written.
        """
        if isinstance(account.type, AccountT):
            return False
        is_alone = passed == self.analysis.of(account)
        writes = any(is_written for is_written, _ in node.flags)
        is_known = not writes or is_constant(self.of(node.data))
        return (is_alone and is_known) or isinstance(account.type, SignerT)

    def note_seeds(self, account: ir.Expr, signer: ir.Expr | None) -> None:
        """Of an account of no class: what it is derived from. One of a class lies where `init` made
        it, under the canonical bump: with any other it does not sign. A Signer needs no seeds.
        """
        if isinstance(account.type, AccountT | SignerT) or not isinstance(signer, ir.SignerSeeds):
            return
        seeds = frozenset[Source]().union(*map(self.of, signer.seeds))
        self.facts.derived.append((self.analysis.of(account), seeds))
        if signer.seeds and signer.seeds[-1].type == U8:
            self.facts.bumps.append(Bump(self.of(signer.seeds[-1]), signer.span))

    def note(
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
        for argument in node.arguments:
            self.facts.used |= self.analysis.of(argument) if ir.is_account(argument.type) else set()
        proof = self.proof(node)
        self.facts.proved |= frozenset() if proof is None else proof.accounts
        if node.name in _LISTS:
            self._change_list(_LISTS[node.name], node)
        Calls(self).visit(node)

    def _change_list(self, deed: Deed, node: ir.Intrinsic) -> None:
        """Notes what a method does to a list that lies in an account, by whatever name."""
        changed, *arguments = node.arguments
        is_named = isinstance(changed, ir.Local) and changed.name in self.inside
        if is_named or _lies_in_account(changed):
            value = frozenset().union(*map(self.of, arguments))
            self.facts.events += [
                Event(deed, each.account, node.span, field=each.name, value=value)
                for each in self.of(changed)
                if isinstance(each, Data)
            ]


def _given(param: ir.Param) -> Source:
    """What the caller of the function gives it there."""
    if isinstance(param.type, SysvarT):
        return Outside()
    return (Address if isinstance(param.type, PubkeyT) else Argument)(param.name)


def _lies_in_account(place: ir.Expr) -> bool:
    while isinstance(place, ir.Field | ir.Index) and not ir.is_account(place.base.type):
        place = place.base
    return isinstance(place, ir.Field)


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
