"""What each function does to the accounts it is given: interprocedural, callees first.

A variable may stand for several parameters (`a if c else b`, or the result of `init`); whatever is
written through it is written to all of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from conting_compiler.diagnostics import Diagnostics
from conting_compiler.frontend.intrinsics import BY_NAME
from conting_compiler.frontend.intrinsics.table import SYSTEM, TOKEN_2022
from conting_compiler.frontend.walk import walk
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import ArrayT

Init = ir.InitAccount | ir.InitMint | ir.InitTokenAccount
Roots = frozenset[str]
"""Names of parameters."""


@dataclass(frozen=True, slots=True)
class Effects:
    """What a call of a function does."""

    writes: Roots = frozenset()
    """The parameters that it writes: accounts, and Arrays that may lie in one."""
    gives: Roots = frozenset()
    """The parameters that its result may be, or be part of."""
    programs: frozenset[str] = frozenset()
    """The programs that it calls."""


@dataclass(slots=True)
class Analysis:
    """One function: which parameters each variable may stand for."""

    known: Mapping[str, Effects]
    params: Mapping[str, Sequence[str]]
    roots: dict[str, Roots] = field(default_factory=dict)

    def of(self, expr: ir.Expr) -> Roots:
        """The parameters that an account or Array may be, or lie in."""
        match expr:
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
        case ir.InitMint() | ir.InitTokenAccount():
            return frozenset({SYSTEM, TOKEN_2022})
        case ir.Call(function=function):
            return known[function].programs
        case _:
            return frozenset()


def _analyse(
    function: ir.Function, known: Mapping[str, Effects], params: Mapping[str, Sequence[str]]
) -> Analysis:
    analysis = Analysis(known, params, {p.name: frozenset({p.name}) for p in function.params})
    stores = [n for n in walk(*function.body) if isinstance(n, ir.Assign) and _is_shared(n)]
    changed = True
    while changed:
        changed = False
        for store in stores:
            name = store.target.name if isinstance(store.target, ir.Local) else ""
            before = analysis.roots.get(name, frozenset())
            after = before | analysis.of(store.value)
            changed = changed or after != before
            analysis.roots[name] = after
    return analysis


def _is_shared(store: ir.Assign) -> bool:
    kind = store.value.type
    return isinstance(store.target, ir.Local) and (ir.is_account(kind) or isinstance(kind, ArrayT))


def _effects(function: ir.Function, analysis: Analysis) -> Effects:
    nodes = list(walk(*function.body))
    gives = [
        analysis.of(n.value) for n in nodes if isinstance(n, ir.Return) and n.value is not None
    ]
    return Effects(
        writes=frozenset().union(*(analysis.written(node) for node in nodes)),
        gives=frozenset().union(*gives),
        programs=frozenset().union(*(programs_of(node, analysis.known) for node in nodes)),
    )


def find_effects(functions: Sequence[ir.Function]) -> dict[str, tuple[Effects, Analysis]]:
    """The effects of every function by name, and how they were found; callees come first."""
    params = {function.name: [p.name for p in function.params] for function in functions}
    known: dict[str, Effects] = {}
    found: dict[str, tuple[Effects, Analysis]] = {}
    for function in functions:
        analysis = _analyse(function, known, params)
        known[function.name] = _effects(function, analysis)
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
