"""Lists and tuples: literals, elements, comprehensions, unpacking."""

import ast
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from conting_compiler.frontend.coerce import check_as, coerce, common_type, shown
from conting_compiler.frontend.errors import Refused
from conting_compiler.frontend.intrinsics import lists as rows
from conting_compiler.frontend.iterating import Inner, loop, source_of
from conting_compiler.frontend.operators import check_condition
from conting_compiler.frontend.pairs import takes_type, untyped
from conting_compiler.frontend.scope import Scope, check
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import (
    I64,
    NONE,
    ArrayT,
    IntT,
    ListT,
    TupleT,
    Type,
)

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
    wanted = hint.element if isinstance(hint, ListT) else element_of(node, scope)
    elements = tuple(check_as(each, wanted, scope) for each in node.elts)
    return ir.ListLit(elements, ListT(wanted), scope.span(node))


def element_of(node: ast.List, scope: Scope) -> Type:
    """The type in which the elements of a literal meet."""
    if not node.elts:
        fix = "give the variable a type, for example 'x: List[u64] = []'"
        raise scope.refuse("E202", "the type of this list is not known", node, fix)
    found: Type | None = None
    for each in node.elts:
        if takes_type(each, scope):
            continue
        kind = check(each, scope, found).type
        _refuse_no_value(each, kind, scope)
        met = kind if found is None else common_type(found, kind)
        if met is None:
            message = f"{found} and {kind} do not meet in one list"
            is_both = isinstance(found, IntT) and isinstance(kind, IntT)
            convert = f"convert each to one type, for example 'i64({shown(each)})'"
            raise scope.refuse("E202", message, each, convert if is_both else None)
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
