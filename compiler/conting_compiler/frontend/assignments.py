"""Assignments: to variables, which keep their types, to fields and elements, to several at once."""

import ast
from typing import Final

from conting_compiler.frontend.annotations import resolve_type
from conting_compiler.frontend.beginnings import take_type, widens
from conting_compiler.frontend.coerce import check_as, coerce, shown
from conting_compiler.frontend.effective import is_repeatable
from conting_compiler.frontend.errors import Refused
from conting_compiler.frontend.executing import execute
from conting_compiler.frontend.intrinsics.lists import EXTEND
from conting_compiler.frontend.lists import unpack
from conting_compiler.frontend.loops import refuse_change
from conting_compiler.frontend.once import known, settled
from conting_compiler.frontend.operators import binary
from conting_compiler.frontend.scope import Scope, check
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import (
    NONE,
    ClockT,
    EmptyT,
    FloatT,
    InstructionsT,
    IntT,
    ListT,
    OptionT,
    TupleT,
    Type,
)

_ONE_BY_ONE: Final = "assign the elements one by one"


@execute.register
def _assign(node: ast.Assign, scope: Scope) -> list[ir.Stmt]:
    if len(node.targets) > 1 or isinstance(node.targets[0], ast.Tuple | ast.List):
        return _several(node, scope)
    return [_store(node, node.targets[0], node.value, scope)]


def _several(node: ast.Assign, scope: Scope) -> list[ir.Stmt]:
    """`a, b = …` and `a = b = …`: the value is known before the first target changes."""
    value = _values(node, scope)
    if value.type == NONE:
        raise scope.refuse("E202", "this call gives no value", node.value, "drop the assignment")
    held = ir.Local(scope.hide("value"), value.type, scope.span(node.value))
    done: list[ir.Stmt] = [ir.Assign(held, value, scope.span(node.value))]
    for target in node.targets:
        done += unpack(target, held, scope, lambda part, given: store(part, given, scope, node))
    return done


def _values(node: ast.Assign, scope: Scope) -> ir.Expr:
    """The value; of `a, b = 1, 2` each number takes the type of its target."""
    match node:
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)) if len(
            targets
        ) == len(values):
            pairs = zip(targets, values, strict=True)
            elements = tuple(check(value, scope, _wanted(t, scope)) for t, value in pairs)
            for each, part in zip(elements, values, strict=True):
                if each.type == NONE or ir.is_account(each.type):
                    fix = "assign it in a statement of its own"
                    raise scope.refuse("E202", f"a tuple cannot hold {each.type}", part, fix)
            kind = TupleT(tuple(each.type for each in elements))
            return ir.TupleLit(elements, kind, scope.span(node.value))
    return check(node.value, scope)


def _wanted(target: ast.expr, scope: Scope) -> Type | None:
    """The type that a target takes, where it is known."""
    match target:
        case ast.Name(id=name):
            return scope.first.get(name)
        case ast.Attribute() | ast.Subscript():
            return check(_as_load(target), scope).type
        case _:
            return None


def store(
    target: ast.expr, value: ir.Expr, scope: Scope, node: ast.Assign | ast.For
) -> list[ir.Stmt]:
    """Assigns a typed value to one name, field or element."""
    whole = node.value if isinstance(node, ast.Assign) else node.iter
    match target:
        case ast.Name(id=name):
            value = _variable_value(target, value, scope, whole)
            scope.set_type(name, value.type)
            local = ir.Local(name, value.type, scope.span(target))
            return [ir.Assign(local, value, scope.span(target))]
        case ast.Attribute() | ast.Subscript():
            place = _place(target, scope)
            return [ir.Assign(place, coerce(value, place.type, scope, whole), scope.span(target))]
        case _:
            raise scope.refuse("E222", "this cannot be assigned to", target)


@execute.register
def _annotated(node: ast.AnnAssign, scope: Scope) -> list[ir.Stmt]:
    if not isinstance(node.target, ast.Name):
        raise scope.refuse("E222", "only a variable takes a type here", node, "drop the type")
    kind = resolve_type(node.annotation, scope.module, scope.declared)
    name = node.target.id
    if scope.first.setdefault(name, kind) != kind:
        raise refuse_change(node.target, scope.first[name], kind, scope)
    if node.value is None:
        return []
    return [_bind(node, node.target, check_as(node.value, kind, scope), scope)]


def _bind(
    node: ast.Assign | ast.AnnAssign, target: ast.Name, value: ir.Expr, scope: Scope
) -> ir.Assign:
    assert node.value is not None
    value = _variable_value(target, value, scope, node.value)
    scope.set_type(target.id, value.type)
    if isinstance(value, ir.Some):
        scope.know(frozenset({target.id}))
    return ir.Assign(ir.Local(target.id, value.type, scope.span(target)), value, scope.span(node))


def _store(node: ast.Assign, target: ast.expr, value: ast.expr, scope: Scope) -> ir.Assign:
    match target:
        case ast.Name(id=name):
            first = scope.first.get(name)
            if first is None and isinstance(value, ast.List) and not value.elts:
                raise _refuse_empty(value, name, scope)
            is_option = isinstance(first, OptionT)
            typed = check_as(value, first, scope) if first and is_option else None
            return _bind(node, target, typed or check(value, scope, first), scope)
        case ast.Attribute() | ast.Subscript():
            place = _place(target, scope)
            return ir.Assign(place, check_as(value, place.type, scope), scope.span(node))
        case _:
            raise scope.refuse("E222", "this cannot be assigned to", target)


def _refuse_empty(node: ast.List, name: str, scope: Scope) -> Refused:
    element = scope.elements.get(name)
    example = "u64" if element is None else str(element)
    fix = f"give the variable a type: '{name}: List[{example}] = []'"
    return scope.refuse("E202", "the type of this list is not known", node, fix)


def _variable_value(target: ast.Name, value: ir.Expr, scope: Scope, node: ast.expr) -> ir.Expr:
    """The value as the variable takes it; a variable keeps the type that it began with."""
    name = target.id
    if value.type == NONE:
        raise scope.refuse("E202", "this call gives no value", node, "drop the assignment")
    if isinstance(value.type, ClockT | InstructionsT):
        fix = "use the parameter itself"
        raise scope.refuse("E222", f"{value.type} is kept in no variable", node, fix)
    current = _current_type(target, value.type, scope)
    if current == value.type:
        return value
    if isinstance(current, EmptyT) and current.inner == value.type and _makes(value, name):
        if scope.loops and name in scope.loops[-1].at_start:
            fix = "make it before or after the loop"
            raise scope.refuse("E317", f"'{name}' would be made again in each round", node, fix)
        return value
    _take_number(name, current, value.type, scope, node)
    numbers = isinstance(current, IntT | FloatT) and isinstance(value.type, IntT | FloatT)
    if numbers or isinstance(current, OptionT):
        return coerce(value, current, scope, node)
    raise refuse_change(target, current, value.type, scope)


def _take_number(name: str, current: Type, given: Type, scope: Scope, node: ast.expr) -> None:
    """Notes, or refuses, a number for a variable that began as a bare number, an integer."""
    if not isinstance(current, IntT) or name not in scope.bare:
        return
    if isinstance(given, FloatT):
        fix = f"begin with a number that has a point, as in '{name} = 0.0'"
        raise scope.refuse("E203", f"'{name}' began as {current}, this is f64", node, fix)
    if isinstance(given, IntT) and not widens(given, current):
        take_type(name, given, scope)


def _current_type(target: ast.Name, otherwise: Type, scope: Scope) -> Type:
    """What the variable is here; where it has no value, what it began with elsewhere."""
    first = scope.first.setdefault(target.id, otherwise)
    if scope.flow is None:
        return first
    if target.id in scope.flow.partial:
        fix = "use another name"
        message = f"'{target.id}' is made on some paths only"
        raise scope.refuse("E317", message, target, fix)
    return scope.flow.types.get(target.id) or first


def _makes(value: ir.Expr, name: str) -> bool:
    match value:
        case (
            ir.InitAccount(target=ir.Local(name=made))
            | ir.InitMint(target=ir.Local(name=made))
            | ir.InitTokenAccount(target=ir.Local(name=made))
        ):
            return made == name
    return False


def _place(target: ast.Attribute | ast.Subscript, scope: Scope) -> ir.Field | ir.Index:
    """A field or element that is assigned to."""
    place = check(target, scope)
    if not isinstance(place, ir.Field | ir.Index):
        is_slice = isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Slice)
        fix_or_none = _ONE_BY_ONE if is_slice else None
        raise scope.refuse("E222", "this cannot be assigned to", target, fix_or_none)
    if isinstance(place, ir.Field) and place.name == "bump" and _derives(place, scope):
        fix = "drop it: 'init' writes the bump"
        raise scope.refuse("E222", "the bump belongs to the address", target, fix)
    if isinstance(place, ir.Field) and _is_seed(place, scope):
        fix = "give it with 'init'; an account that is derived from it keeps it"
        raise scope.refuse("E222", f"'{place.name}' is a seed of the address", target, fix)
    return place


def _derives(place: ir.Field, scope: Scope) -> bool:
    """Whether the field's account belongs to a class that declares its seeds."""
    owner = scope.declared.account(str(place.base.type))
    return owner is not None and owner.seeds is not None


def _is_seed(place: ir.Field, scope: Scope) -> bool:
    """Whether the account's class derives its address from the field."""
    owner = scope.declared.account(str(place.base.type))
    return owner is not None and ir.FieldSeed(place.name) in (owner.seeds or ())


@execute.register
def _augmented(node: ast.AugAssign, scope: Scope) -> list[ir.Stmt]:
    if isinstance(node.target, ast.Subscript) and isinstance(node.target.slice, ast.Slice):
        raise scope.refuse("E222", "this cannot be assigned to", node.target, _ONE_BY_ONE)
    load = _as_load(node.target)
    extended = _extend(node, load, scope)
    if extended is not None:
        return extended
    if isinstance(node.target, ast.Name):
        value = binary(node, load, node.value, scope)
        if isinstance(value.type, FloatT) and node.target.id not in scope.bare:
            _check_fraction(node, load, value, check(load, scope).type, scope)
        value = _variable_value(node.target, value, scope, node.value)
        target = ir.Local(node.target.id, value.type, scope.span(node.target))
        return [ir.Assign(target, value, scope.span(node))]
    if is_repeatable(check(load, scope)):
        value = binary(node, load, node.value, scope)
        place = _place(node.target, scope)
        _check_fraction(node, load, value, place.type, scope)
        return [ir.Assign(place, coerce(value, place.type, scope, node.value), scope.span(node))]
    done: list[ir.Stmt] = []
    found = settled(_place(node.target, scope), scope, done)
    if found is None:
        fix = "put it into a variable first"
        raise scope.refuse("E221", "this would run twice", node.target, fix)
    value = binary(node, known(found, node.target), node.value, scope)
    _check_fraction(node, load, value, found.type, scope)
    value = coerce(value, found.type, scope, node.value)
    return [*done, ir.Assign(found, value, scope.span(node))]


def _check_fraction(
    node: ast.AugAssign, load: ast.expr, value: ir.Expr, wanted: Type, scope: Scope
) -> None:
    """Refuses `integer *= float`: the fraction is dropped of the result, not of what changes it."""
    if not isinstance(value.type, FloatT) or not isinstance(wanted, IntT):
        return
    if any(isinstance(each, ast.Div) for each in ast.walk(node)):
        return
    whole = ast.BinOp(load, node.op, node.value)
    fix = f"write '{shown(load)} = {wanted}({shown(whole)})', which drops the fraction"
    raise scope.refuse("E203", f"{wanted} is wanted here, this is f64", node.value, fix)


def _extend(node: ast.AugAssign, load: ast.expr, scope: Scope) -> list[ir.Stmt] | None:
    """`list += list` changes the list itself; None for other targets."""
    if not isinstance(node.op, ast.Add | ast.Mult) or scope.flow is None:
        return None
    if isinstance(load, ast.Name) and not isinstance(scope.flow.types.get(load.id), ListT):
        return None
    target = check(load, scope)
    if not isinstance(target.type, ListT):
        return None
    if isinstance(node.op, ast.Mult):
        fix = f"write '{ast.unparse(load)} = {ast.unparse(load)} * …'"
        raise scope.refuse("E218", "a list has no '*='", node, fix)
    values = check_as(node.value, target.type, scope)
    call = ir.Intrinsic(EXTEND.name, (target, values), NONE, scope.span(node))
    return [ir.Do(call, scope.span(node))]


def _as_load(target: ast.Name | ast.Attribute | ast.Subscript) -> ast.expr:
    match target:
        case ast.Name(id=name):
            load: ast.expr = ast.Name(name, ast.Load())
        case ast.Attribute(value=value, attr=attr):
            load = ast.Attribute(value, attr, ast.Load())
        case ast.Subscript(value=value, slice=index):
            load = ast.Subscript(value, index, ast.Load())
    return ast.copy_location(load, target)
