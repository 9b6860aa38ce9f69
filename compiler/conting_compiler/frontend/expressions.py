"""Literals, names, fields, elements, lists and f-strings."""

import ast
from dataclasses import replace

from conting_compiler.frontend import lists, texts
from conting_compiler.frontend.coerce import literal, shown
from conting_compiler.frontend.errors import Refused
from conting_compiler.frontend.intrinsics import method_names
from conting_compiler.frontend.members import instead_of_member
from conting_compiler.frontend.modules import Definition, Sort
from conting_compiler.frontend.options import how_to_test
from conting_compiler.frontend.printing import as_text
from conting_compiler.frontend.scope import Scope, check, check_all, collecting
from conting_compiler.frontend.slices import check_slice
from conting_compiler.frontend.suggest import did_you_mean
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import (
    BOOL,
    BYTES,
    F64,
    STR,
    AccountT,
    ArrayT,
    ClassT,
    EmptyT,
    IntT,
    OptionT,
    Type,
    UncheckedT,
    inside,
)


@check.register
def _constant(node: ast.Constant, scope: Scope, hint: Type | None = None) -> ir.Expr:
    span = scope.span(node)
    match node.value:
        case bool(value):
            return ir.BoolLit(value, BOOL, span)
        case int(value):
            return literal(value, hint, scope, node)
        case str(value):
            return ir.BytesLit(utf8(value, scope, node), STR, span)
        case bytes(value):
            return ir.BytesLit(value, BYTES, span)
        case float(value):
            return ir.FloatLit(value, F64, span)
        case None if isinstance(hint, OptionT):
            return ir.Nothing(hint, span)
        case None:
            fix = "leave it out; test an Option with 'is None', and begin one with 'x: Option[…]'"
            raise scope.refuse("E109", "None is no value here", node, fix)
        case _:
            raise scope.refuse("E109", "this is not part of the dialect", node)


def utf8(text: str, scope: Scope, node: ast.expr) -> bytes:
    """The bytes of a text; refuses half of a surrogate pair, which has none."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        fix = "remove the '\\ud…'"
        raise scope.refuse("E109", "the text is not valid Unicode", node, fix) from None


@check.register
def _name(node: ast.Name, scope: Scope, hint: Type | None = None) -> ir.Expr:
    if node.id in scope.assigned:
        return _local(node, scope)
    meaning = scope.lookup(node)
    if not isinstance(meaning, Definition) or meaning.sort is not Sort.CONSTANT:
        what = meaning.sort.value if isinstance(meaning, Definition) else "a name of the prelude"
        raise scope.refuse("E202", f"'{node.id}' is {what}, not a value", node)
    if meaning not in scope.declared.constants:
        raise Refused
    value = scope.declared.constants[meaning]
    if isinstance(value, int):
        return literal(value, hint, scope, node)
    return replace(value, span=scope.span(node))


def _local(node: ast.Name, scope: Scope) -> ir.Local | ir.Unwrap:
    flow, name = scope.flow, scope.renamed.get(node.id, node.id)
    if flow is None or (name in flow.types and flow.types[name] is None):
        raise Refused
    kind = flow.types.get(name)
    if kind is not None:
        local = ir.Local(name, kind, scope.span(node))
        return ir.Unwrap(local, inside(kind), local.span) if name in flow.given else local
    if node.id in flow.closed:
        fix = "read what is needed before 'close'"
        raise scope.refuse("E320", f"'{node.id}' is closed here", node, fix)
    if node.id in flow.partial:
        fix = "make it on every path, or use it where it was made"
        raise scope.refuse("E317", f"'{node.id}' is made on some paths only", node, fix)
    fix = "give it a value before, on every path"
    raise scope.refuse("E210", f"'{node.id}' may have no value here", node, fix)


@check.register
def _attribute(node: ast.Attribute, scope: Scope, hint: Type | None = None) -> ir.Expr:
    del hint
    static = scope.static(node.value)
    if static is not None and not _is_constant(static):
        return _member(node, static, scope)
    base = check(node.value, scope)
    match base.type:
        case AccountT(name=name):
            return _field(node, base, scope.declared.account(name), scope)
        case ClassT(name=name):
            return _field(node, base, scope.declared.plain_class(name), scope)
        case EmptyT(inner=AccountT(name=name)) if node.attr not in method_names(base.type):
            if not _has_field(name, node.attr, scope):
                made = ir.Local(shown(node.value), AccountT(name), base.span)
                return _field(node, made, scope.declared.account(name), scope)
            fix = f"'made = {shown(node.value)}.init(…)' gives the {name}"
            message = f"'{shown(node.value)}' is empty: it has no fields before 'init'"
            raise scope.refuse("E310", message, node, fix)
        case _:
            raise _refuse_member(node, base.type, [], scope)


def _is_constant(meaning: object) -> bool:
    return isinstance(meaning, Definition) and meaning.sort is Sort.CONSTANT


def _member(node: ast.Attribute, meaning: object, scope: Scope) -> ir.Expr:
    if isinstance(meaning, Definition) and meaning.sort is Sort.ENUM:
        if meaning not in scope.declared.enums:
            raise Refused
        kind = scope.declared.enums[meaning]
        if node.attr in kind.variants:
            return ir.EnumLit(kind.variants.index(node.attr), kind, scope.span(node))
        fix = did_you_mean(node.attr, kind.variants)
        raise scope.refuse("E206", f"{kind} has no variant '{node.attr}'", node, fix)
    if isinstance(meaning, Definition) and meaning.sort is Sort.ERRORS:
        fix = f"write 'assert condition, {shown(node)}'"
        raise scope.refuse("E202", "an error is raised by an assert only", node, fix)
    raise scope.refuse("E202", f"'{shown(node)}' is not a value", node)


def _has_field(class_name: str, field: str, scope: Scope) -> bool:
    declared = scope.declared.account(class_name)
    return declared is not None and any(each.name == field for each in declared.fields)


def _field(
    node: ast.Attribute,
    base: ir.Expr,
    declared: ir.AccountClass | ir.PlainClass | None,
    scope: Scope,
) -> ir.Expr:
    if declared is None:
        raise Refused
    for each in declared.fields:
        if each.name == node.attr:
            return ir.Field(base, each.name, each.type, scope.span(node))
    raise _refuse_member(node, base.type, [each.name for each in declared.fields], scope)


def _refuse_member(node: ast.Attribute, kind: Type, fields: list[str], scope: Scope) -> Refused:
    if isinstance(kind, OptionT):
        message = f"this is {kind}, and may be None"
        return scope.refuse("E202", message, node, how_to_test(node.value))
    if (str(kind), node.attr) in scope.declared.refused_methods:
        return Refused()
    methods = method_names(kind)
    if node.attr in methods or (str(kind), node.attr) in scope.declared.methods:
        fix = f"call it: '{shown(node)}()'"
        return scope.refuse("E206", f"'{node.attr}' is a method of {kind}", node, fix)
    fix_or_none = did_you_mean(node.attr, [*fields, *methods])
    if isinstance(kind, UncheckedT):
        fix_or_none = "its data are not read: declare the parameter as an account of a class"
    elif fields and fix_or_none is not None and fix_or_none.split("'")[1] in methods:
        fix_or_none = f"it has {', '.join(fields)}"
    fix_or_none = instead_of_member(node.value, node.attr, kind) or fix_or_none
    return scope.refuse("E206", f"{kind} has no '{node.attr}'", node, fix_or_none)


@check.register
def _subscript(node: ast.Subscript, scope: Scope, hint: Type | None = None) -> ir.Expr:
    del hint
    if isinstance(node.slice, ast.Slice):
        return check_slice(node, node.slice, scope)
    with collecting() as failed:
        try:
            base = check(node.value, scope)
        except Refused:
            failed.append(True)
            base = None
        if base is not None:
            found = lists.subscript(node, base, scope) or texts.subscript(node, base, scope)
            if found is not None:
                return found
        index = check(node.slice, scope)
    assert base is not None
    if not isinstance(base.type, ArrayT):
        fix = "a list, a tuple, an Array, a str or bytes have elements"
        raise scope.refuse("E218", f"{base.type} cannot be indexed", node, fix)
    if not isinstance(index.type, IntT):
        raise scope.refuse("E202", f"an index is an integer, this is {index.type}", node.slice)
    if isinstance(index, ir.IntLit) and not -base.type.length <= index.value < base.type.length:
        message = f"index {index.value} is outside an Array of {base.type.length}"
        fix = f"the first is 0, the last {base.type.length - 1}"
        raise scope.refuse("E223", message, node.slice, fix)
    return ir.Index(base, index, base.type.element, scope.span(node))


@check.register
def _list(node: ast.List, scope: Scope, hint: Type | None = None) -> ir.Expr:
    return lists.list_literal(node, scope, hint)


@check.register
def _fstring(node: ast.JoinedStr, scope: Scope, hint: Type | None = None) -> ir.Expr:
    del hint
    values = [each for each in node.values if isinstance(each, ast.FormattedValue)]
    for value in values:
        if value.conversion != -1 or value.format_spec is not None:
            fix = "write the plain '{value}'"
            raise scope.refuse("E109", "formats in an f-string are not supported", value, fix)
    inner = iter(check_all([each.value for each in values], scope))
    parts = [
        as_text(next(inner), scope, each.value)
        if isinstance(each, ast.FormattedValue)
        else check(each, scope)
        for each in node.values
    ]
    return ir.Format(tuple(parts), STR, scope.span(node))
