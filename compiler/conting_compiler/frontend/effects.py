"""What each function does to the accounts it is given: interprocedural, callees first.

A variable may stand for several parameters (`a if c else b`, or the result of `init`); whatever is
written through it is written to all of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, get_args

from conting_compiler.diagnostics import Diagnostics
from conting_compiler.frontend.intrinsics import BY_NAME
from conting_compiler.frontend.intrinsics.lists import JOINING, STORING
from conting_compiler.frontend.intrinsics.table import ASSOCIATED, SYSTEM, TOKEN_2022, TOKEN_PROGRAM
from conting_compiler.frontend.walk import Node, walk
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import ListT, MintT, TokenAccountT, holds_references, is_packed

Init = ir.InitAccount | ir.InitMint | ir.InitTokenAccount
Roots = frozenset[str]
"""Names of parameters."""
_ACTING: Final = (ir.Assign, ir.Call, ir.Intrinsic, ir.Invoke, *get_args(Init))
"""Nodes that may do something to an account."""


@dataclass(frozen=True, slots=True)
class Effects:
    """What a call of a function does."""

    writes: Roots = frozenset()
    """The parameters that it writes: accounts, and Arrays that may lie in one."""
    hands: Roots = frozenset()
    """The parameters that it hands to a program by `invoke`."""
    signs: Roots = frozenset()
    """The parameters that have to sign, since they are made at a key of their own."""
    gives: Roots = frozenset()
    """The parameters that its result may be, or be part of."""
    keeps: Roots = frozenset()
    """The parameters of which something is put into a list or an instance."""
    programs: frozenset[str] = frozenset()
    """The programs that it calls."""


@dataclass(slots=True)
class Analysis:
    """One function: which parameters each variable may stand for."""

    known: Mapping[str, Effects]
    params: Mapping[str, Sequence[str]]
    roots: dict[str, Roots] = field(default_factory=dict)
    shared: Roots = frozenset()
    """The parameters of which something was put into a list or an instance: whatever is reached
    over the heap may be a part of them.
    """

    def of(self, expr: ir.Expr) -> Roots:
        """The parameters that an account, list, instance or Array may be, or lie in."""
        found = self._of(expr)
        return found | self.shared if holds_references(expr.type) else found

    def _of(self, expr: ir.Expr) -> Roots:  # noqa: C901, PLR0911 - one per kind of node
        match expr:
            case ir.ListLit(elements=parts) | ir.TupleLit(elements=parts):
                return frozenset().union(*map(self.of, parts))
            case ir.ArrayLit(elements=parts) if not is_packed(expr.type):
                return frozenset().union(*map(self.of, parts))
            case ir.TupleItem(base=base) | ir.Some(value=base) | ir.Unwrap(option=base):
                return self.of(base)
            case ir.Block(result=result):
                return self.of(result)
            case ir.Intrinsic(type=ListT(element=element)) if not holds_references(element):
                return frozenset()
            case ir.Intrinsic(name=name, arguments=arguments) if name in JOINING:
                return frozenset().union(*map(self.of, arguments))
            case ir.Local(name=name):
                return self.roots.get(name, frozenset())
            case ir.Conditional(then=then, otherwise=otherwise):
                return self.of(then) | self.of(otherwise)
            case ir.Field(base=base) | ir.Index(base=base):
                return self.of(base)
            case (
                ir.InitAccount(target=target)
                | ir.InitMint(target=target)
                | ir.InitTokenAccount(target=target)
            ):
                return self.of(target)
            case ir.Call():
                return self._passed(expr, self.known[expr.function].gives)
            case _:
                return frozenset()

    def _passed(self, call: ir.Call, names: Roots) -> Roots:
        passed = zip(self.params[call.function], call.arguments, strict=True)
        return frozenset().union(*(self.of(argument) for name, argument in passed if name in names))

    def stored(self, node: object) -> Roots:
        """The parameters of which one node puts something into a list or an instance."""
        match node:
            case ir.Assign(target=ir.Field() | ir.Index(), value=value):
                kept: tuple[ir.Expr, ...] = (value,)
            case ir.Intrinsic(name=name, arguments=(_, *values)) if name in STORING:
                kept = tuple(values)
            case ir.InitAccount(fields=fields):
                kept = tuple(value for _, value in fields)
            case ir.Call():
                return self._passed(node, self.known[node.function].keeps)
            case _:
                return frozenset()
        return frozenset().union(*(self.of(each) for each in kept if holds_references(each.type)))

    def written(self, node: object) -> Roots:
        """The parameters that one node writes by itself."""
        match node:
            case ir.Assign(target=ir.Field() | ir.Index() as place):
                return self.of(place)
            case ir.Call():
                return self._passed(node, self.known[node.function].writes)
            case ir.Intrinsic():
                return self._intrinsic(node)
            case ir.InitAccount() | ir.InitMint() | ir.InitTokenAccount():
                return self.of(node.target) | self.of(node.payer)
            case ir.Invoke(accounts=accounts, flags=flags):
                pairs = zip(accounts, flags, strict=True)
                return frozenset().union(*(self.of(a) for a, (writable, _) in pairs if writable))
            case _:
                return frozenset()

    def handed(self, node: object) -> Roots:
        """The parameters that one node hands to a program by `invoke`."""
        match node:
            case ir.Call():
                return self._passed(node, self.known[node.function].hands)
            case ir.Invoke(accounts=accounts):
                return frozenset().union(*map(self.of, accounts))
            case _:
                return frozenset()

    def signed(self, node: object) -> Roots:
        """The parameters that one node needs as signers, though their type does not say so."""
        match node:
            case ir.Call():
                return self._passed(node, self.known[node.function].signs)
            case ir.InitTokenAccount(associated=True):
                return frozenset()
            case ir.InitAccount(seeds=()) | ir.InitMint(seeds=()) | ir.InitTokenAccount(seeds=()):
                return self.of(node.target)
            case _:
                return frozenset()

    def _intrinsic(self, node: ir.Intrinsic) -> Roots:
        row = BY_NAME[node.name]
        flags = [each.writes for each in row.parameters]
        if row.receiver is not None:
            flags = [row.writes, *flags]
        written = (arg for arg, flag in zip(node.arguments, flags, strict=False) if flag)
        return frozenset().union(*(self.of(argument) for argument in written))


def programs_of(node: object, known: Mapping[str, Effects]) -> frozenset[str]:
    """The programs that one node calls."""
    match node:
        case ir.Intrinsic(name=name):
            return frozenset(BY_NAME[name].programs)
        case ir.InitAccount():
            return frozenset({SYSTEM})
        case ir.InitTokenAccount(associated=True):
            return frozenset({SYSTEM, TOKEN_PROGRAM, ASSOCIATED})
        case ir.InitMint(type=kind) | ir.InitTokenAccount(type=kind):
            is_classic = kind in {MintT(classic=True), TokenAccountT(classic=True)}
            return frozenset({SYSTEM, TOKEN_PROGRAM if is_classic else TOKEN_2022})
        case ir.Call(function=function):
            return known[function].programs
        case _:
            return frozenset()


def _analyse(
    function: ir.Function,
    acting: Sequence[Node],
    known: Mapping[str, Effects],
    params: Mapping[str, Sequence[str]],
) -> Analysis:
    analysis = Analysis(known, params, {p.name: frozenset({p.name}) for p in function.params})
    stores = [n for n in acting if isinstance(n, ir.Assign) and _is_shared(n)]
    changed = True
    while changed:
        shared = analysis.shared.union(*(analysis.stored(node) for node in acting))
        changed = shared != analysis.shared
        analysis.shared = shared
        for store in stores:
            name = store.target.name if isinstance(store.target, ir.Local) else ""
            before = analysis.roots.get(name, frozenset())
            after = before | analysis.of(store.value)
            changed = changed or after != before
            analysis.roots[name] = after
    return analysis


def _is_shared(store: ir.Assign) -> bool:
    kind = store.value.type
    return isinstance(store.target, ir.Local) and (ir.is_account(kind) or holds_references(kind))


def _effects(nodes: Sequence[Node], acting: Sequence[Node], analysis: Analysis) -> Effects:
    gives = [
        analysis.of(n.value) for n in nodes if isinstance(n, ir.Return) and n.value is not None
    ]
    return Effects(
        writes=frozenset().union(*(analysis.written(node) for node in acting)),
        hands=frozenset().union(*(analysis.handed(node) for node in acting)),
        signs=frozenset().union(*(analysis.signed(node) for node in acting)),
        gives=frozenset().union(*gives),
        keeps=analysis.shared,
        programs=frozenset().union(*(programs_of(node, analysis.known) for node in acting)),
    )


def find_effects(functions: Sequence[ir.Function]) -> dict[str, tuple[Effects, Analysis]]:
    """The effects of every function by name, and how they were found; callees come first."""
    params = {function.name: [p.name for p in function.params] for function in functions}
    known: dict[str, Effects] = {}
    found: dict[str, tuple[Effects, Analysis]] = {}
    for function in functions:
        nodes = walk(*function.body)
        acting = [node for node in nodes if isinstance(node, _ACTING)]
        analysis = _analyse(function, acting, known, params)
        known[function.name] = _effects(nodes, acting, analysis)
        found[function.name] = known[function.name], analysis
    return found


def in_call_order(functions: Sequence[ir.Function], diagnostics: Diagnostics) -> list[ir.Function]:
    """The functions, each after those it calls. Raises UserError if one calls itself."""
    by_name = {function.name: function for function in functions}
    done: dict[str, ir.Function] = {}
    path: list[tuple[ir.Function, Iterator[ir.Call]]] = []
    for start in functions:
        path.extend([] if start.name in done else [(start, _calls(start))])
        while path:
            function, calls = path[-1]
            call = next(calls, None)
            if call is None:
                done[function.name] = function
                path.pop()
            elif any(call.function == each.name for each, _ in path):
                fix = "write a loop"
                message = f"'{call.function}' would call itself"
                diagnostics.error("E216", message, call.span, fix)
            elif call.function not in done:
                path.append((by_name[call.function], _calls(by_name[call.function])))
    diagnostics.stop_if_any()
    return list(done.values())


def _calls(function: ir.Function) -> Iterator[ir.Call]:
    return (node for node in walk(*function.body) if isinstance(node, ir.Call))
