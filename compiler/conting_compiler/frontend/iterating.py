"""What a loop runs over: lists, Arrays, ranges, and `enumerate`, `zip`, `map` and `filter` of them.

A loop that is no plain `range` or Array becomes a While with a hidden count. A list is asked for
its length in every round, as Python does: what the body appends is visited too.
"""

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from conting_compiler.frontend import texts
from conting_compiler.frontend.beginnings import meet_both
from conting_compiler.frontend.coerce import common_type, convert, integer
from conting_compiler.frontend.intrinsics import lists as rows
from conting_compiler.frontend.intrinsics.names import Special
from conting_compiler.frontend.once import known
from conting_compiler.frontend.pairs import check_pair, untyped
from conting_compiler.frontend.scope import Loop, Scope, check, join
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import (
    BOOL,
    I64,
    U64,
    ArrayT,
    BytesT,
    IntT,
    ListT,
    StrT,
    TupleT,
    Type,
)
from conting_compiler.source import Span

Item = Callable[[ir.Expr], ir.Expr]
Inner = Callable[[], tuple[ir.Stmt, ...]]
Bind = Callable[[ir.Expr], list[ir.Stmt]]


@dataclass(frozen=True, slots=True)
class Source:
    """Something to run over; the count of rounds so far is what `item` is asked with."""

    element: Type
    item: Item
    counts: tuple[ir.Expr, ...]
    """How many rounds there are, of each thing that is run over; the least of them ends it all."""
    setup: tuple[ir.Stmt, ...] = ()
    """Runs once, before the loop."""
    keep: Callable[[ir.Expr], ir.Expr] | None = None
    """Of `filter`: whether an element is taken."""
    array: ir.Expr | None = None
    """The Array itself, where it is nothing else."""
    text: ir.Expr | None = None
    """The str or bytes, where it is nothing else."""
    calls: bool = False
    """Of `map`: asking for an element runs code of the program."""


@dataclass(slots=True)
class _Maker:
    """Makes the source of one loop."""

    scope: Scope
    setup: list[ir.Stmt] = field(default_factory=list)
    plain: bool = False
    """Whether the caller takes an Array as it is."""

    def of(self, node: ast.expr, hint: Type | None = None) -> Source:
        """The source that an expression stands for. Raises Refused after reporting an error."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            special = self.scope.static(node.func)
            if isinstance(special, Special) and special in _CALLS:
                self.plain = False
                if node.keywords and special is not Special.ENUMERATE:
                    raise self.scope.refuse("E208", "arguments are given by place here", node)
                return _CALLS[special](self, node, hint)
        return self._container(node, hint)

    def keep(self, value: ir.Expr, prefix: str = "in") -> ir.Local:
        """A hidden variable with the value."""
        local = ir.Local(self.scope.hide(prefix), value.type, value.span)
        self.setup.append(ir.Assign(local, value, value.span))
        return local

    def _container(self, node: ast.expr, hint: Type | None) -> Source:
        wanted = None if hint is None else ListT(hint)
        value = check(
            node, self.scope, wanted if isinstance(node, ast.List | ast.ListComp) else None
        )
        span = value.span
        match value.type:
            case ArrayT(element=element, length=length):
                count: ir.Expr = ir.IntLit(length, U64, span)
            case ListT(element=element):
                held = self.keep(value)
                count = ir.Intrinsic(rows.LENGTH.name, (held,), U64, span)
                return Source(element, lambda at: ir.Index(held, at, element, span), (count,))
            case StrT() | BytesT() as kind:
                return self._text(value, kind)
            case kind:
                fix = "loop over a range, a list, an Array, a str or bytes"
                raise self.scope.refuse("E219", f"{kind} has no elements", node, fix)
        held = ir.Local(".held", value.type, span) if self.plain else self.keep(value)

        def item(at: ir.Expr) -> ir.Expr:
            return ir.Index(held, at, element, span)

        return Source(element, item, (count,), array=value if self.plain else None)

    def _text(self, value: ir.Expr, kind: StrT | BytesT) -> Source:
        """The elements of a str or of bytes."""
        held, span = self.keep(value), value.span
        count = self.keep(texts.length(held, span), "rounds")
        return Source(
            texts.element_of(kind), lambda at: texts.item(held, at, span), (count,), text=held
        )

    def range(self, node: ast.Call, hint: Type | None) -> Source:
        """`range(…)` among other things that are run over."""
        start, stop, step = bounds(node, hint, self.scope)
        span = self.scope.span(node)
        first = self.keep(start, "from")
        assert isinstance(first.type, IntT)
        last = self.keep(stop, "to")
        width: ir.Expr = (
            ir.IntLit(step, I64, span) if isinstance(step, int) else self.keep(step, "by")
        )
        rounds = ir.Intrinsic(rows.RANGE_COUNT.name, (first, last, width), U64, span)
        count = self.keep(rounds, "rounds")
        kind = first.type

        def item(at: ir.Expr) -> ir.Expr:
            return ir.Intrinsic(rows.RANGE_ITEM.name, (first, width, at), kind, span)

        return Source(kind, item, (count,))

    def enumerate(self, node: ast.Call, hint: Type | None) -> Source:
        """`enumerate(x)`: pairs of a u64 and an element."""
        del hint
        start = 0
        match node:
            case ast.Call(args=[inner], keywords=[]):
                pass
            case (
                ast.Call(args=[inner, first], keywords=[])
                | ast.Call(args=[inner], keywords=[ast.keyword(arg="start", value=first)])
            ):
                found = untyped(first, self.scope)
                if found is None:
                    fix = "add it in the loop"
                    raise self.scope.refuse("E208", "the start is a constant", first, fix)
                start = integer(found, U64, self.scope, first).value
            case _:
                raise self.scope.refuse("E208", "'enumerate' takes what it counts", node)
        source = self._plain(inner)
        span = self.scope.span(node)

        def item(at: ir.Expr) -> ir.Expr:
            number = at
            if start:
                number = ir.Binary(ir.BinaryOp.ADD, at, ir.IntLit(start, U64, span), U64, span)
            found = source.item(at)
            return ir.TupleLit((number, found), TupleT((U64, found.type)), span)

        kind = TupleT((U64, source.element))
        return Source(kind, item, source.counts, calls=source.calls)

    def zip(self, node: ast.Call, hint: Type | None) -> Source:
        """`zip(a, b, …)`: as many rounds as the shortest has elements."""
        del hint
        if not node.args:
            raise self.scope.refuse("E208", "'zip' takes what it joins", node)
        sources = [self._plain(each) for each in node.args]
        if any(each.calls for each in sources):
            fix = "put it into a list first: 'list(map(…))'"
            raise self.scope.refuse("E219", "'map' stands alone in a loop", node, fix)
        kind = TupleT(tuple(each.element for each in sources))
        span = self.scope.span(node)
        counts = tuple(count for each in sources for count in each.counts)

        def item(at: ir.Expr) -> ir.Expr:
            return ir.TupleLit(tuple(each.item(at) for each in sources), kind, span)

        return Source(kind, item, counts)

    def map(self, node: ast.Call, hint: Type | None) -> Source:
        """`map(f, x)`: f of every element, called as the loop gets there."""
        del hint
        function, source = self._applied(node, "map")
        sample = function(ir.Local(".sample", source.element, self.scope.span(node)))
        return Source(sample.type, lambda at: function(source.item(at)), source.counts, calls=True)

    def filter(self, node: ast.Call, hint: Type | None) -> Source:
        """`filter(f, x)`: the elements of which f is True."""
        del hint
        function, source = self._applied(node, "filter")
        sample = function(ir.Local(".sample", source.element, self.scope.span(node)))
        if sample.type != BOOL:
            message = f"'filter' asks for a bool, '{ast.unparse(node.args[0])}' gives {sample.type}"
            raise self.scope.refuse("E202", message, node)
        return Source(source.element, source.item, source.counts, keep=function)

    def _applied(self, node: ast.Call, name: str) -> tuple[Callable[[ir.Expr], ir.Expr], Source]:
        if len(node.args) != 2:  # noqa: PLR2004 - function, elements
            fix = f"write '{name}(function, list)'"
            raise self.scope.refuse("E208", f"'{name}' takes a function and a list", node, fix)
        function, inner = node.args
        if not isinstance(function, ast.Name) or function.id in self.scope.assigned:
            fix = "name a function of the program, or write a comprehension"
            raise self.scope.refuse("E208", f"'{name}' takes the name of a function", function, fix)
        source = self._plain(inner)

        def apply(argument: ir.Expr) -> ir.Expr:
            call = ast.copy_location(ast.Call(function, [known(argument, node)], []), node)
            return check(call, self.scope)

        return apply, source

    def _plain(self, node: ast.expr) -> Source:
        """A source inside another one: it cannot leave out elements."""
        source = self.of(node)
        if source.keep is not None:
            fix = "put it into a list first: 'list(filter(…))'"
            raise self.scope.refuse("E219", "'filter' stands alone in a loop", node, fix)
        return source


_CALLS: Final[dict[Special, Callable[[_Maker, ast.Call, Type | None], Source]]] = {
    Special.RANGE: _Maker.range,
    Special.ENUMERATE: _Maker.enumerate,
    Special.ZIP: _Maker.zip,
    Special.MAP: _Maker.map,
    Special.FILTER: _Maker.filter,
}
ITERATORS: Final = frozenset({Special.ENUMERATE, Special.ZIP, Special.MAP, Special.FILTER})
"""Calls that only stand where something is run over."""


def source_of(
    node: ast.expr, scope: Scope, hint: Type | None = None, *, plain: bool = False
) -> Source:
    """What a loop runs over; `plain`: the caller has a better loop over `Source.array`."""
    maker = _Maker(scope, plain=plain)
    found = maker.of(node, hint)
    return replace(found, setup=tuple(maker.setup))


def loop(source: Source, bind: Bind, inner: Inner, scope: Scope, span: Span) -> list[ir.Stmt]:
    """A loop over the source: in each round `bind` stores the element and `inner` follows."""
    before = scope.flow
    at = ir.Local(scope.hide("at"), U64, span)
    found = Loop(frozenset(before.types if before else ()))
    scope.loops.append(found)
    take = list(_take(source, at, bind, scope, span))
    body = inner() if scope.flow is not None else ()
    scope.loops.pop()
    scope.flow = join([before, *found.breaks])
    start = ir.Assign(at, ir.IntLit(0, U64, span), span)
    whole = ir.While(_test(source.counts, at, span), (*take, *body), span)
    return [*source.setup, start, whole]


def _take(source: Source, at: ir.Local, bind: Bind, scope: Scope, span: Span) -> Iterator[ir.Stmt]:
    item = source.item(at)
    one = ir.IntLit(1, U64, span)
    step = ir.Assign(at, ir.Binary(ir.BinaryOp.ADD, at, one, U64, span), span)
    if source.keep is None and isinstance(item, ir.TupleLit):
        values = [ir.Local(scope.hide("item"), each.type, span) for each in item.elements]
        pairs = zip(values, item.elements, strict=True)
        yield from (ir.Assign(value, each, span) for value, each in pairs)
        yield step
        yield from bind(ir.TupleLit(tuple(values), item.type, span))
        return
    value = ir.Local(scope.hide("item"), item.type, span)
    yield ir.Assign(value, item, span)
    yield step
    if source.keep is not None:
        skip = ir.Unary(ir.UnaryOp.NOT, source.keep(value), BOOL, span)
        yield ir.If(skip, (ir.Continue(span),), (), span)
    yield from bind(value)


def _test(counts: Sequence[ir.Expr], at: ir.Local, span: Span) -> ir.Expr:
    tests = tuple(ir.Compare(ir.CompareOp.LT, at, count, BOOL, span) for count in counts)
    return tests[0] if len(tests) == 1 else ir.BoolOp("and", tests, BOOL, span)


# --- range ---------------------------------------------------------------------------------------


def bounds(
    call: ast.Call, hint: Type | None, scope: Scope
) -> tuple[ir.Expr, ir.Expr, int | ir.Expr]:
    """Start and stop in one type, and the step: a number written out, or of that type too."""
    if call.keywords or not 1 <= len(call.args) <= 3:  # noqa: PLR2004 - start, stop, step
        raise scope.refuse("E208", "'range' takes a stop, or start, stop and step", call)
    zero = ast.copy_location(ast.Constant(0), call)
    first, last = (zero, call.args[0]) if len(call.args) == 1 else call.args[:2]
    step = _step(call, scope)
    start, stop = check_pair(first, last, scope, hint if isinstance(step, int) else step.type)
    by = [] if isinstance(step, int) else [step]
    for bound, expr in zip(call.args if by else (first, last), (start, stop, *by), strict=True):
        if not isinstance(expr.type, IntT):
            message = f"'range' counts integers, this is {expr.type}"
            raise scope.refuse("E202", message, bound)
    kind = common_type(start.type, stop.type)
    other = stop
    for each in by:
        kind, other = kind and common_type(kind, each.type), each
    if not isinstance(kind, IntT):
        fix = f"convert one of them, for example '{other.type}(…)'"
        meet_both((start, other), scope)
        raise scope.refuse("E204", f"{start.type} and {other.type} do not mix", call, fix)
    if kind.bits > I64.bits:
        fix = f"convert the bounds, for example 'u64({ast.unparse(last)})'"
        raise scope.refuse("E219", f"'range' does not count in {kind}", call, fix)
    if not isinstance(step, int):
        step = convert(step, kind, scope, call.args[2])
    return convert(start, kind, scope, first), convert(stop, kind, scope, last), step


def _step(call: ast.Call, scope: Scope) -> int | ir.Expr:
    if len(call.args) < 3:  # noqa: PLR2004 - the third argument
        return 1
    step = untyped(call.args[2], scope)
    if step is None:
        return check(call.args[2], scope)
    if step == 0:
        fix = "write a number other than 0"
        raise scope.refuse("E219", "a range has no step of 0", call.args[2], fix)
    return integer(step, I64, scope, call.args[2]).value
