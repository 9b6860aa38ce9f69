"""Lists and tuples: literals, comprehensions, methods, `list`, `sum`, `sorted`, `in`, unpacking."""

import ast
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Final

from conting_compiler.frontend.annotations import LONGEST_ARRAY
from conting_compiler.frontend.coerce import check_as, coerce, common_type, shown
from conting_compiler.frontend.errors import Refused
from conting_compiler.frontend.intrinsics import lists as rows
from conting_compiler.frontend.intrinsics.names import Special
from conting_compiler.frontend.iterating import Inner, loop, source_of
from conting_compiler.frontend.operators import MEMBERSHIP, check_condition, untyped
from conting_compiler.frontend.scope import Scope, check
from conting_compiler.frontend.slices import array_of_bytes
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import (
    BOOL,
    I64,
    NONE,
    U64,
    ArrayT,
    BoolT,
    BytesT,
    EnumT,
    FloatT,
    IntT,
    ListT,
    PubkeyT,
    StrT,
    TupleT,
    Type,
)

_LONGEST_MADE: Final = 512
"""Elements of an Array that `Array(x, n)` makes: the code has a part for each."""
COMPARABLE: Final = (IntT, FloatT, BoolT, EnumT, PubkeyT, StrT, BytesT)
Store = Callable[[ast.expr, ir.Expr], list[ir.Stmt]]
"""Assigns a typed value to a target, whatever that is."""


# --- literals ------------------------------------------------------------------------------------


def list_literal(node: ast.List, scope: Scope, hint: Type | None) -> ir.Expr:
    """`[a, b, c]`: an Array where one is wanted, else a List."""
    if isinstance(hint, ArrayT):
        if len(node.elts) != hint.length:
            message = f"{hint} has {hint.length} elements, this list has {len(node.elts)}"
            raise scope.refuse("E202", message, node)
        elements = tuple(check_as(each, hint.element, scope) for each in node.elts)
        return ir.ArrayLit(elements, hint, scope.span(node))
    wanted = hint.element if isinstance(hint, ListT) else _element(node, scope)
    elements = tuple(check_as(each, wanted, scope) for each in node.elts)
    return ir.ListLit(elements, ListT(wanted), scope.span(node))


def _element(node: ast.List, scope: Scope) -> Type:
    """The type in which the elements of a literal meet."""
    if not node.elts:
        fix = "give the variable a type, for example 'x: List[u64] = []'"
        raise scope.refuse("E202", "the type of this list is not known", node, fix)
    found: Type | None = None
    for each in node.elts:
        if untyped(each, scope) is not None:
            continue
        kind = check(each, scope, found).type
        _refuse_no_value(each, kind, scope)
        met = kind if found is None else common_type(found, kind)
        if met is None:
            message = f"{found} and {kind} do not meet in one list"
            raise scope.refuse("E202", message, each)
        found = met
    return I64 if found is None else found


def _refuse_no_value(node: ast.expr, kind: Type, scope: Scope) -> None:
    if ir.is_account(kind) or kind == NONE:
        fix = f"write '{shown(node)}.key()'" if ir.is_account(kind) else None
        raise scope.refuse("E202", f"a list cannot hold {kind}", node, fix)


@check.register
def _tuple(node: ast.Tuple, scope: Scope, hint: Type | None = None) -> ir.Expr:
    hints: Sequence[Type | None] = [None] * len(node.elts)
    if isinstance(hint, TupleT) and len(hint.elements) == len(node.elts):
        hints = hint.elements
    if not node.elts:
        raise scope.refuse("E109", "an empty tuple is not part of the dialect", node, "drop it")
    elements = []
    for each, wanted in zip(node.elts, hints, strict=True):
        value = check(each, scope, wanted)
        _refuse_no_value(each, value.type, scope)
        elements.append(value if wanted is None else coerce(value, wanted, scope, each))
    kind = TupleT(tuple(each.type for each in elements))
    return ir.TupleLit(tuple(elements), kind, scope.span(node))


def subscript(node: ast.Subscript, base: ir.Expr, scope: Scope) -> ir.Expr | None:
    """An element of a list or tuple; None for another base."""
    match base.type:
        case ListT(element=element):
            index = check(node.slice, scope)
            if not isinstance(index.type, IntT):
                message = f"an index is an integer, this is {index.type}"
                raise scope.refuse("E202", message, node.slice)
            return ir.Index(base, index, element, scope.span(node))
        case TupleT(elements=elements):
            place = untyped(node.slice, scope)
            if place is None:
                fix = "write a number, or unpack it: 'a, b = …'"
                raise scope.refuse("E202", "the place in a tuple is a constant", node.slice, fix)
            if not -len(elements) <= place < len(elements):
                message = f"index {place} is outside a tuple of {len(elements)}"
                raise scope.refuse("E223", message, node.slice)
            place %= len(elements)
            return ir.TupleItem(base, place, elements[place], scope.span(node))
        case _:
            return None


# --- comprehensions and what is made like them ---------------------------------------------------


@contextmanager
def _own_names(scope: Scope, target: ast.expr) -> Iterator[None]:
    """The names in a comprehension's target mean variables of its own."""
    before = scope.renamed
    names = [each.id for each in ast.walk(target) if isinstance(each, ast.Name)]
    scope.renamed = {**before, **{name: scope.hide(name) for name in names}}
    yield
    scope.renamed = before


@check.register
def _comprehension(node: ast.ListComp, scope: Scope, hint: Type | None = None) -> ir.Expr:
    wanted = hint.element if isinstance(hint, ListT) else None
    return _collected(node, node.generators, node.elt, scope, wanted)


def _collected(
    node: ast.expr,
    generators: Sequence[ast.comprehension],
    element: ast.expr,
    scope: Scope,
    wanted: Type | None,
) -> ir.Block:
    """A list of what the element gives in every round of the nested loops."""
    name, span = scope.hide("list"), scope.span(node)
    kinds: list[Type] = []

    def innermost() -> tuple[ir.Stmt, ...]:
        value = check(element, scope, wanted)
        if wanted is not None:
            value = coerce(value, wanted, scope, element)
        _refuse_no_value(element, value.type, scope)
        kinds.append(value.type)
        made = ir.Local(name, ListT(value.type), span)
        return (ir.Do(ir.Intrinsic(rows.APPEND.name, (made, value), NONE, span), span),)

    loops = _nested(generators, innermost, scope)
    if not kinds:
        raise Refused
    made = ir.Local(name, ListT(kinds[0]), span)
    start = ir.Assign(made, ir.ListLit((), made.type, span), span)
    return ir.Block((start, *loops), made, made.type, span)


def _nested(
    generators: Sequence[ast.comprehension], innermost: Inner, scope: Scope
) -> tuple[ir.Stmt, ...]:
    if not generators:
        return innermost()
    first, rest = generators[0], generators[1:]
    if first.is_async:
        raise scope.refuse("E109", "'async' is not part of the dialect", first.iter, "drop it")
    source = source_of(first.iter, scope)

    def body() -> tuple[ir.Stmt, ...]:
        tests = [check_condition(each, scope) for each in first.ifs]
        inner = _nested(rest, innermost, scope)
        for test in reversed(tests):
            inner = (ir.If(test, inner, (), test.span),)
        return inner

    with _own_names(scope, first.target):
        return tuple(
            loop(
                source,
                lambda value: unpack(first.target, value, scope, _bind_own(scope)),
                body,
                scope,
                scope.span(first.iter),
            )
        )


def _bind_own(scope: Scope) -> Store:
    """Binds variables of a comprehension; nothing else can be its target."""

    def store(target: ast.expr, value: ir.Expr) -> list[ir.Stmt]:
        if not isinstance(target, ast.Name):
            raise scope.refuse("E222", "only names stand here", target, "take a name")
        name = scope.renamed[target.id]
        scope.set_type(name, value.type)
        span = scope.span(target)
        return [ir.Assign(ir.Local(name, value.type, span), value, span)]

    return store


def unpack(target: ast.expr, value: ir.Expr, scope: Scope, store: Store) -> list[ir.Stmt]:
    """Assigns a value, which may be a tuple or an Array, to a target, which may be several."""
    if isinstance(target, ast.Starred):
        raise scope.refuse("E108", "'*' is not part of the dialect", target, "name each value")
    if not isinstance(target, ast.Tuple | ast.List):
        return store(target, value)
    count = _length(value.type)
    if count is None:
        fix = "take the elements one by one: 'a = x[0]'"
        raise scope.refuse("E202", f"{value.type} cannot be unpacked", target, fix)
    if count != len(target.elts):
        message = f"{value.type} has {count} values, here are {len(target.elts)} names"
        raise scope.refuse("E202", message, target)
    if isinstance(value, ir.TupleLit) and all(isinstance(e, ir.Local) for e in value.elements):
        parts, statements = list(value.elements), list[ir.Stmt]()
    else:
        held = ir.Local(scope.hide("tuple"), value.type, value.span)
        statements = [ir.Assign(held, value, value.span)]
        parts = [_part(held, place) for place in range(count)]
        if isinstance(value.type, ArrayT):  # all are taken before the first is assigned
            kept = [ir.Local(scope.hide("item"), each.type, value.span) for each in parts]
            pairs = zip(kept, parts, strict=True)
            statements += [ir.Assign(one, each, value.span) for one, each in pairs]
            parts = list(kept)
    for each, part in zip(target.elts, parts, strict=True):
        statements += unpack(each, part, scope, store)
    return statements


def _length(kind: Type) -> int | None:
    match kind:
        case TupleT(elements=elements):
            return len(elements)
        case ArrayT(length=length):
            return length
        case _:
            return None


def _part(held: ir.Local, place: int) -> ir.Expr:
    match held.type:
        case TupleT(elements=elements):
            return ir.TupleItem(held, place, elements[place], held.span)
        case ArrayT(element=element):
            return ir.Index(held, ir.IntLit(place, I64, held.span), element, held.span)
        case _:
            raise Refused


# --- builtins ------------------------------------------------------------------------------------


def list_of(node: ast.Call, scope: Scope, hint: Type | None) -> ir.Expr:
    """`list(x)`: a new list of what x gives."""
    inner = _only(node, "list", scope)
    wanted = hint.element if isinstance(hint, ListT) else None
    return collect(node, inner, scope, wanted)


def collect(node: ast.Call, inner: ast.expr, scope: Scope, wanted: Type | None) -> ir.Block:
    """A new list of what an expression gives when it is run over."""
    name, span = scope.hide("list"), scope.span(node)
    source = source_of(inner, scope, wanted)
    kind = ListT(source.element if wanted is None else wanted)
    made = ir.Local(name, kind, span)
    loops = loop(
        source,
        lambda value: [
            ir.Do(
                ir.Intrinsic(
                    rows.APPEND.name, (made, coerce(value, kind.element, scope, inner)), NONE, span
                ),
                span,
            )
        ],
        lambda: (),
        scope,
        span,
    )
    start = ir.Assign(made, ir.ListLit((), kind, span), span)
    return ir.Block((start, *loops), made, kind, span)


def _only(node: ast.Call, name: str, scope: Scope) -> ast.expr:
    if node.keywords or len(node.args) != 1:
        fix = f"write '{name}(x)'"
        raise scope.refuse("E208", f"'{name}' takes one thing to run over", node, fix)
    return node.args[0]


def sum_of(node: ast.Call, scope: Scope, hint: Type | None) -> ir.Expr:
    """`sum(x)` of numbers, in the type of the elements."""
    inner = _only(node, "sum", scope)
    if isinstance(inner, ast.GeneratorExp):
        inner = ast.copy_location(ast.ListComp(inner.elt, inner.generators), inner)
    source, span = source_of(inner, scope, hint), scope.span(node)
    kind = source.element
    if not isinstance(kind, IntT | FloatT):
        raise scope.refuse("E202", f"'sum' adds numbers, these are {kind}", inner)
    total = ir.Local(scope.hide("sum"), kind, span)
    zero = ir.IntLit(0, kind, span) if isinstance(kind, IntT) else ir.FloatLit(0.0, kind, span)

    def add(value: ir.Expr) -> list[ir.Stmt]:
        return [ir.Assign(total, ir.Binary(ir.BinaryOp.ADD, total, value, kind, span), span)]

    loops = loop(source, add, lambda: (), scope, span)
    return ir.Block((ir.Assign(total, zero, span), *loops), total, kind, span)


def _contains(
    element: ast.expr, container: ast.expr, scope: Scope, *, negated: bool = False
) -> ir.Expr:
    """`x in list`, `x not in list`."""
    if isinstance(container, ast.Tuple):
        container = ast.copy_location(ast.List(container.elts, ast.Load()), container)
    first = None if untyped(element, scope) is not None else check(element, scope)
    hint = None if first is None else first.type
    source = source_of(container, scope, hint)
    kind = source.element
    value = check_as(element, kind, scope) if first is None else coerce(first, kind, scope, element)
    if not isinstance(kind, COMPARABLE):
        fix = "compare a field of each in a loop"
        raise scope.refuse("E212", f"values of {kind} do not compare", container, fix)
    span = scope.span(element)
    wanted = ir.Local(scope.hide("wanted"), kind, span)
    found = ir.Local(scope.hide("found"), BOOL, span)

    def compare(item: ir.Expr) -> list[ir.Stmt]:
        same = ir.Compare(ir.CompareOp.EQ, item, wanted, BOOL, span)
        yes = ir.Assign(found, ir.BoolLit(not negated, BOOL, span), span)
        if scope.flow is not None:
            scope.loops[-1].breaks.append(scope.flow)
        return [ir.If(same, (yes, ir.Break(span)), (), span)]

    loops = loop(source, compare, lambda: (), scope, span)
    start: list[ir.Stmt] = [
        ir.Assign(wanted, value, span),
        ir.Assign(found, ir.BoolLit(negated, BOOL, span), span),
    ]
    return ir.Block((*start, *loops), found, BOOL, span)


MEMBERSHIP[ast.In] = _contains
MEMBERSHIP[ast.NotIn] = partial(_contains, negated=True)


def sorted_of(node: ast.Call, scope: Scope, hint: Type | None) -> ir.Expr:
    """`sorted(x)`: a new list of numbers in rising order (insertion sort: n * n / 4 steps)."""
    inner = _only(node, "sorted", scope)
    wanted = hint.element if isinstance(hint, ListT) else None
    made = collect(node, inner, scope, wanted)
    kind = made.type
    assert isinstance(kind, ListT)
    if not isinstance(kind.element, IntT | FloatT | BoolT):
        message = f"'sorted' orders numbers, these are {kind.element}"
        raise scope.refuse("E202", message, inner, "sort in a loop of your own")
    return _insertion_sort(made, kind, scope)


def _insertion_sort(made: ir.Block, kind: ListT, scope: Scope) -> ir.Block:
    span, element = made.span, kind.element
    whole = ir.Local(scope.hide("sorted"), kind, span)
    at, to = (ir.Local(scope.hide(name), U64, span) for name in ("at", "to"))
    value = ir.Local(scope.hide("value"), element, span)
    one, zero = ir.IntLit(1, U64, span), ir.IntLit(0, U64, span)

    def binary(op: ir.BinaryOp, left: ir.Expr) -> ir.Expr:
        return ir.Binary(op, left, one, U64, span)

    def compare(op: ir.CompareOp, left: ir.Expr, right: ir.Expr) -> ir.Expr:
        return ir.Compare(op, left, right, BOOL, span)

    before = ir.Index(whole, binary(ir.BinaryOp.SUB, to), element, span)
    shift = (
        ir.Assign(ir.Index(whole, to, element, span), before, span),
        ir.Assign(to, binary(ir.BinaryOp.SUB, to), span),
    )
    tests = (compare(ir.CompareOp.GT, to, zero), compare(ir.CompareOp.GT, before, value))
    insert = (
        ir.Assign(value, ir.Index(whole, at, element, span), span),
        ir.Assign(to, at, span),
        ir.While(ir.BoolOp("and", tests, BOOL, span), shift, span),
        ir.Assign(ir.Index(whole, to, element, span), value, span),
        ir.Assign(at, binary(ir.BinaryOp.ADD, at), span),
    )
    count = ir.Intrinsic(rows.LENGTH.name, (whole,), U64, span)
    rounds = ir.While(compare(ir.CompareOp.LT, at, count), insert, span)
    start = (ir.Assign(whole, made, span), ir.Assign(at, one, span))
    return ir.Block((*start, rounds), whole, kind, span)


def array_of(node: ast.Call, scope: Scope, hint: Type | None) -> ir.Expr:
    """`array(a, b, c)`: an Array of these values."""
    if node.keywords or not node.args:
        raise scope.refuse("E208", "'array' takes its elements", node, "write 'array(1, 2)'")
    listed = ast.copy_location(ast.List(node.args, ast.Load()), node)
    element = hint.element if isinstance(hint, ArrayT) else _element(listed, scope)
    return list_literal(listed, scope, ArrayT(element, len(node.args)))


def array_from(node: ast.Call, scope: Scope, hint: Type | None) -> ir.Expr:
    """`Array(x, n)`: a new Array of the n elements that x gives; Fault.INDEX if they are not n."""
    match node:
        case (
            ast.Call(args=[inner, count], keywords=[])
            | ast.Call(args=[inner], keywords=[ast.keyword(arg="len", value=count)])
        ):
            length = untyped(count, scope)
        case _:
            fix = "write for example 'Array(x, 4)'"
            raise scope.refuse("E208", "'Array' takes elements and their number", node, fix)
    if length is None or not 1 <= length <= LONGEST_ARRAY:
        fix = f"write a number from 1 to {LONGEST_ARRAY}"
        raise scope.refuse("E213", "this is no length of an Array", count, fix)
    wanted = hint.element if isinstance(hint, ArrayT) else None
    if isinstance(inner, ast.List):
        element = wanted or _element(inner, scope)
        return list_literal(inner, scope, ArrayT(element, length))
    of_bytes = array_of_bytes(inner, length, node, scope)
    if of_bytes is not None:
        return of_bytes
    if length > _LONGEST_MADE:
        fix = "set the elements of a longer one by index, in a field of an account"
        message = f"an Array is made of at most {_LONGEST_MADE} elements"
        raise scope.refuse("E213", message, count, fix)
    made, span = collect(node, inner, scope, wanted), scope.span(node)
    assert isinstance(made.type, ListT)
    held = ir.Local(scope.hide("list"), made.type, span)
    element = made.type.element
    parts = tuple(
        ir.Index(held, ir.IntLit(place, I64, span), element, span) for place in range(length)
    )
    kind = ArrayT(element, length)
    rest = ir.Intrinsic(rows.EXACT.name, (held, ir.IntLit(length, U64, span)), NONE, span)
    return ir.Block(
        (ir.Assign(held, made, span), ir.Do(rest, span)),
        ir.ArrayLit(parts, kind, span),
        kind,
        span,
    )


BUILTINS: Final[dict[Special, Callable[[ast.Call, Scope, Type | None], ir.Expr]]] = {
    Special.LIST_OF: list_of,
    Special.SUM: sum_of,
    Special.SORTED: sorted_of,
    Special.ARRAY_OF: array_of,
    Special.ARRAY: array_from,
}
