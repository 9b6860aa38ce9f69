"""Calls: of the program's functions and methods, of builtins, of types as conversions."""

import ast
from typing import Final

from conting_compiler.base58 import decode
from conting_compiler.frontend.arguments import bind, check_ordered
from conting_compiler.frontend.coerce import convert, literal, refuse_type, shown
from conting_compiler.frontend.declared import Signature
from conting_compiler.frontend.errors import Refused
from conting_compiler.frontend.expressions import as_text
from conting_compiler.frontend.inits import check_init
from conting_compiler.frontend.intrinsics import find_method, method_names
from conting_compiler.frontend.intrinsics.names import Special, TypeName
from conting_compiler.frontend.intrinsics.table import Parameter, Row, fits
from conting_compiler.frontend.intrinsics.values import (
    BYTES_LENGTH,
    BYTES_LIKE,
    BYTES_OF,
    STR_LENGTH,
)
from conting_compiler.frontend.modules import Definition, Sort
from conting_compiler.frontend.operators import untyped
from conting_compiler.frontend.scope import Scope, check, check_all
from conting_compiler.frontend.suggest import did_you_mean
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import (
    BYTES,
    PUBKEY,
    PUBKEY_SIZE,
    STR,
    U64,
    AccountT,
    ArrayT,
    BytesT,
    EmptyT,
    IntT,
    PubkeyT,
    StrT,
    Type,
)

_VALUE: Final = (Parameter("value", BYTES_LIKE),)


@check.register
def _call(node: ast.Call, scope: Scope, hint: Type | None = None) -> ir.Expr:
    del hint
    if isinstance(node.func, ast.Attribute):
        return _method(node, node.func, scope)
    meaning = scope.static(node.func)
    match meaning:
        case Definition():
            return _defined(node, meaning, scope)
        case TypeName(type=kind):
            return _conversion(node, kind, scope)
        case Row():
            return builtin(node, meaning, None, scope)
        case Special.LEN:
            return _length(node, scope)
        case Special.BYTES_OF:
            return _bytes_of(node, scope)
        case Special.RANGE:
            raise scope.refuse("E219", "'range' stands only in 'for … in range(…)'", node)
        case Special.METADATA:
            raise scope.refuse("E207", "'Metadata' stands only in 'init' of a mint", node)
        case _:
            raise scope.refuse("E207", f"'{shown(node.func)}' cannot be called", node)


def _defined(node: ast.Call, meaning: Definition, scope: Scope) -> ir.Expr:
    match meaning.sort:
        case Sort.FUNCTION:
            if meaning not in scope.declared.functions:
                raise Refused
            return _program_call(node, scope.declared.functions[meaning], (), scope)
        case Sort.INSTRUCTION:
            fix = "move what both need into a function"
            message = f"'{meaning.name}' is an instruction: only a transaction calls it"
            raise scope.refuse("E314", message, node, fix)
        case Sort.ACCOUNT:
            fix = f"take a parameter of type Empty[{meaning.name}] and call its 'init'"
            raise scope.refuse("E207", "an account is not made by calling its class", node, fix)
        case _:
            what = meaning.sort.value
            raise scope.refuse("E207", f"'{meaning.name}' is {what}: it cannot be called", node)


def _program_call(
    node: ast.Call, signature: Signature, first: tuple[ir.Expr, ...], scope: Scope
) -> ir.Call:
    if signature.refused:
        raise Refused
    taken = signature.params[len(first) :]
    parameters = [Parameter(each.name, each.type) for each in taken]
    found = check_ordered(bind(node, parameters, scope), parameters, scope)
    arguments = (*first, *(found[each.name] for each in taken))
    return ir.Call(signature.name, arguments, signature.result, scope.span(node))


def _method(node: ast.Call, func: ast.Attribute, scope: Scope) -> ir.Expr:
    if isinstance(static := scope.static(func.value), TypeName):
        return _static_method(node, func, static.type, scope)
    receiver = check(func.value, scope)
    kind = receiver.type
    if isinstance(kind, EmptyT) and func.attr in {"init", "init_if_empty"}:
        return check_init(node, receiver, kind, scope, if_empty=func.attr != "init")
    if isinstance(kind, AccountT) and (kind.name, func.attr) in scope.declared.methods:
        signature = scope.declared.methods[kind.name, func.attr]
        return _program_call(node, signature, (receiver,), scope)
    if isinstance(kind, AccountT) and scope.declared.account(kind.name) is None:
        raise Refused
    row = find_method(kind, func.attr)
    if row is not None:
        return builtin(node, row, receiver, scope)
    if func.attr in {"init", "init_if_empty"}:
        fix = f"declare the parameter as Empty[{kind}]"
        raise scope.refuse("E206", f"{kind} is not empty", node, fix)
    fix_or_none = did_you_mean(func.attr, [*method_names(kind), *_own_methods(kind, scope)])
    raise scope.refuse("E206", f"{kind} has no method '{func.attr}'", node, fix_or_none)


def _own_methods(kind: Type, scope: Scope) -> list[str]:
    name = str(kind)
    return [method for owner, method in scope.declared.methods if owner == name]


def builtin(node: ast.Call, row: Row, receiver: ir.Expr | None, scope: Scope) -> ir.Intrinsic:
    """A call of a builtin by its row in the tables."""
    bound = bind(node, row.parameters, scope, keyword_only=row.keyword_only)
    found = check_ordered(bound, row.parameters, scope)
    first = () if receiver is None else (receiver,)
    arguments = (*first, *(found[each.name] for each in row.parameters))
    return ir.Intrinsic(row.name, arguments, row.result, scope.span(node))


def _static_method(node: ast.Call, func: ast.Attribute, kind: Type, scope: Scope) -> ir.Expr:
    if kind == PUBKEY and func.attr == "default":
        bind(node, (), scope)
        return ir.BytesLit(bytes(PUBKEY_SIZE), PUBKEY, scope.span(node))
    raise scope.refuse("E206", f"{kind} has no static method '{func.attr}'", node)


def _conversion(node: ast.Call, kind: Type, scope: Scope) -> ir.Expr:
    argument = bind(node, _VALUE, scope)["value"]
    match kind:
        case IntT():
            return _to_integer(node, argument, kind, scope)
        case StrT():
            text = as_text(check(argument, scope), scope, argument)
            return text if text.type == STR else ir.Format((text,), STR, scope.span(node))
        case PubkeyT():
            return pubkey(argument, scope)
        case _:
            raise scope.refuse("E207", f"nothing converts to {kind}", node)


def _to_integer(node: ast.Call, argument: ast.expr, kind: IntT, scope: Scope) -> ir.Expr:
    value = untyped(argument, scope)
    if value is not None:
        return literal(value, kind, scope, node)
    operand = check(argument, scope)
    if not isinstance(operand.type, IntT):
        fix = f"write '{kind}(1) if {shown(argument)} else {kind}(0)'"
        is_bool = str(operand.type) == "bool"
        message = f"{kind} converts integers, this is {operand.type}"
        raise scope.refuse("E202", message, argument, fix if is_bool else None)
    return convert(operand, kind, scope, node)


def pubkey(node: ast.expr, scope: Scope) -> ir.BytesLit:
    """An address written in base58."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        fix = "write the address in quotes"
        raise scope.refuse("E316", "Pubkey takes an address in base58", node, fix)
    try:
        value = decode(node.value) if len(node.value) <= PUBKEY_SIZE * 2 else b""
    except ValueError as error:
        fix = "an address is 32 bytes in base58"
        raise scope.refuse("E316", str(error), node, fix) from None
    if len(value) != PUBKEY_SIZE:
        fix = "an address is 32 bytes in base58"
        raise scope.refuse("E316", "this address does not have 32 bytes", node, fix)
    return ir.BytesLit(value, PUBKEY, scope.span(node))


def _length(node: ast.Call, scope: Scope) -> ir.Expr:
    operand = check(bind(node, _VALUE, scope)["value"], scope)
    match operand.type:
        case ArrayT(length=length):
            return ir.IntLit(length, U64, scope.span(node))
        case StrT():
            row = STR_LENGTH
        case BytesT():
            row = BYTES_LENGTH
        case _:
            message = f"{operand.type} has no length"
            raise scope.refuse("E202", message, node, "str, bytes and Arrays have one")
    return ir.Intrinsic(row.name, (operand,), U64, scope.span(node))


def _bytes_of(node: ast.Call, scope: Scope) -> ir.Expr:
    bind(ast.Call(func=node.func, args=[], keywords=node.keywords), (), scope)
    for each in node.args:
        if untyped(each, scope) is not None:
            fix = f"write its width, for example 'u64({shown(each)})'"
            raise scope.refuse("E202", "how many bytes this number takes is not known", each, fix)
    arguments = tuple(check_all(node.args, scope))
    for expr, each in zip(arguments, node.args, strict=True):
        if not fits(expr.type, BYTES_LIKE):
            raise refuse_type(expr.type, PUBKEY, scope, each)
    return ir.Intrinsic(BYTES_OF.name, arguments, BYTES, scope.span(node))
