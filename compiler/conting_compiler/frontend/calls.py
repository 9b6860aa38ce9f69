"""Calls: of the program's functions and methods, of builtins, of types as conversions."""

import ast
from typing import Final

from conting_compiler.base58 import decode
from conting_compiler.frontend import list_builtins, list_methods, number_builtins
from conting_compiler.frontend.arguments import bind, check_ordered
from conting_compiler.frontend.byte_parts import bytes_of
from conting_compiler.frontend.coerce import convert, literal, shown
from conting_compiler.frontend.declared import Signature
from conting_compiler.frontend.errors import Refused
from conting_compiler.frontend.intrinsics import find_method, method_names
from conting_compiler.frontend.intrinsics.lists import LENGTH as LIST_LENGTH
from conting_compiler.frontend.intrinsics.names import NOT_MADE, TEXT_METHODS, Special, TypeName
from conting_compiler.frontend.intrinsics.numeric import NumberBuiltin
from conting_compiler.frontend.intrinsics.table import Parameter, Row
from conting_compiler.frontend.intrinsics.values import (
    BYTES_LENGTH,
    BYTES_LIKE,
    PUBKEY_FROM_BYTES,
    STR_LENGTH,
)
from conting_compiler.frontend.iterating import ITERATORS
from conting_compiler.frontend.members import instead_of_member
from conting_compiler.frontend.methods import find_program_address, special_method
from conting_compiler.frontend.modules import Definition, Sort
from conting_compiler.frontend.options import how_to_test
from conting_compiler.frontend.pairs import converted_hint, untyped
from conting_compiler.frontend.printing import as_text, check_print
from conting_compiler.frontend.scope import Scope, check
from conting_compiler.frontend.seeds import anybody_signs, given_seeds
from conting_compiler.frontend.suggest import did_you_mean
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import (
    PUBKEY,
    PUBKEY_SIZE,
    STR,
    U64,
    AccountT,
    ArrayT,
    BytesT,
    ClassT,
    EmptyT,
    FloatT,
    IntT,
    ListT,
    OptionT,
    PubkeyT,
    StrT,
    TupleT,
    Type,
)

_VALUE: Final = (Parameter("value", BYTES_LIKE),)


@check.register
def _call(node: ast.Call, scope: Scope, hint: Type | None = None) -> ir.Expr:
    if isinstance(node.func, ast.Attribute):
        return _method(node, node.func, scope)
    meaning = scope.static(node.func)
    match meaning:
        case Definition():
            return _defined(node, meaning, scope)
        case TypeName(type=kind):
            return _conversion(node, kind, scope)
        case NumberBuiltin():
            return number_builtins.call(node, meaning, scope)
        case Row():
            return builtin(node, meaning, None, scope)
        case Special():
            return _special(node, meaning, scope, hint)
        case _:
            raise scope.refuse("E207", f"'{shown(node.func)}' cannot be called", node)


def _special(node: ast.Call, meaning: Special, scope: Scope, hint: Type | None) -> ir.Expr:
    if meaning in list_builtins.BUILTINS:
        return list_builtins.BUILTINS[meaning](node, scope, hint)
    match meaning:
        case Special.PRINT:
            return check_print(node, scope)
        case Special.LEN:
            return _length(node, scope)
        case Special.BYTES_OF:
            return bytes_of(node, scope)
        case _:
            raise _refuse_special(node, meaning, scope)


_MISPLACED: Final = {
    Special.METADATA: ("E207", "'Metadata' stands only in 'init' of a mint", None),
    Special.CPI_ACCOUNT: (
        "E319",
        "'CpiAccount' stands only in a call",
        "write it among the accounts of 'program.invoke(accounts=[…], data=…)'",
    ),
}
"""Names whose calls mean something in one place only."""


def _refuse_special(node: ast.Call, meaning: Special, scope: Scope) -> Refused:
    if meaning in ITERATORS or meaning is Special.RANGE:
        fix = f"make a list of it: 'list({shown(node)})'"
        message = f"'{shown(node.func)}' stands only where something is run over"
        return scope.refuse("E219", message, node, fix)
    otherwise = ("E207", f"'{shown(node.func)}' cannot be called", None)
    code, message, fix_or_none = _MISPLACED.get(meaning, otherwise)
    return scope.refuse(code, message, node, fix_or_none)


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
        case Sort.CLASS:
            return _construct(node, meaning, scope)
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


def _construct(node: ast.Call, meaning: Definition, scope: Scope) -> ir.Expr:
    if meaning not in scope.declared.classes:
        raise Refused
    if meaning.name not in scope.declared.constructors:
        fix = f"put '@dataclass' before the class {meaning.name}, or give it an '__init__'"
        raise scope.refuse("E207", f"'{meaning.name}' has no '__init__'", node, fix)
    return _program_call(node, scope.declared.constructors[meaning.name], (), scope)


def _of_class(node: ast.Call, func: ast.Attribute, meaning: Definition, scope: Scope) -> ir.Expr:
    """`Name.method(…)`: a method without self."""
    signature = scope.declared.methods.get((meaning.name, func.attr))
    if signature is None:
        if (meaning.name, func.attr) in scope.declared.refused_methods:
            raise Refused
        known = _own_methods(meaning.name, scope)
        message = f"{meaning.name} has no method '{func.attr}'"
        raise scope.refuse("E206", message, node, did_you_mean(func.attr, known))
    if not signature.static:
        fix = f"call it on an instance, or drop 'self' from '{func.attr}'"
        raise scope.refuse("E207", f"'{func.attr}' needs an instance", node, fix)
    return _program_call(node, signature, (), scope)


def _method(node: ast.Call, func: ast.Attribute, scope: Scope) -> ir.Expr:
    static = scope.static(func.value)
    if isinstance(static, TypeName):
        return _static_method(node, func, static.type, scope)
    if isinstance(static, Definition) and static.sort in {Sort.CLASS, Sort.ACCOUNT}:
        return _of_class(node, func, static, scope)
    receiver = _receiver(node, func, scope)
    kind = receiver.type
    special = special_method(node, func.attr, receiver, scope)
    if special is not None:
        return special
    if isinstance(kind, ListT):
        return list_methods.method(node, receiver, func.attr, scope)
    if isinstance(kind, AccountT | ClassT) and (kind.name, func.attr) in scope.declared.methods:
        signature = scope.declared.methods[kind.name, func.attr]
        if signature.static:
            fix = f"write '{kind.name}.{func.attr}(…)'"
            raise scope.refuse("E207", f"'{func.attr}' has no 'self'", node, fix)
        return _program_call(node, signature, (receiver,), scope)
    if isinstance(kind, AccountT) and scope.declared.account(kind.name) is None:
        raise Refused
    row = find_method(kind, func.attr)
    if row is None:
        raise _refuse_method(node, func, kind, scope)
    return _built_in_method(node, row, receiver, scope)


def _built_in_method(node: ast.Call, row: Row, receiver: ir.Expr, scope: Scope) -> ir.Intrinsic:
    if isinstance(receiver.type, StrT | BytesT) and node.keywords:
        message = "arguments are given by place here"
        raise scope.refuse("E208", message, node.keywords[0], "drop the name")
    if isinstance(receiver.type, AccountT):
        _refuse_field(node, row.method, receiver.type, scope)
    called = builtin(node, row, receiver, scope)
    if row.method == "close":
        _close(node, called, scope)
    return called


def _refuse_field(node: ast.Call, name: str, kind: AccountT, scope: Scope) -> None:
    """In Python a field hides the method of the same name."""
    owner = scope.declared.account(kind.name)
    if owner is not None and any(each.name == name for each in owner.fields):
        message = f"'{name}' is a field of {kind} here, which hides the method"
        raise scope.refuse("E206", message, node, "give the field another name")


def _receiver(node: ast.Call, func: ast.Attribute, scope: Scope) -> ir.Expr:
    """The value whose method is called; of a list without a type its elements are noted."""
    try:
        return check(func.value, scope)
    except Refused:
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append"), args=[value]):
                if untyped(value, scope) is None:
                    scope.elements.setdefault(name, check(value, scope).type)
        raise


def _refuse_method(node: ast.Call, func: ast.Attribute, kind: Type, scope: Scope) -> Refused:
    """Reports a method that a receiver of the type does not have."""
    if (str(kind), func.attr) in scope.declared.refused_methods:
        return Refused()
    if isinstance(kind, OptionT):
        raise scope.refuse(
            "E202", f"this is {kind}, and may be None", node, how_to_test(func.value)
        )
    if isinstance(kind, EmptyT) and find_method(kind.inner, func.attr) is not None:
        fix = f"'made = {shown(func.value)}.init(…)' gives the {kind.inner}"
        message = f"'{shown(func.value)}' is empty: it has no '{func.attr}' before 'init'"
        return scope.refuse("E310", message, node, fix)
    if func.attr in {"init", "init_if_empty"}:
        fix = f"declare the parameter as Empty[{kind}]"
        return scope.refuse("E206", f"{kind} is not empty", node, fix)
    if isinstance(kind, StrT | BytesT) and func.attr in TEXT_METHODS:
        fix = TEXT_METHODS[func.attr]
        return scope.refuse("E206", f"{kind} has no method '{func.attr}'", node, fix)
    fix_or_none = did_you_mean(func.attr, [*method_names(kind), *_own_methods(kind, scope)])
    fix_or_none = instead_of_member(func.value, func.attr, kind) or fix_or_none
    return scope.refuse("E206", f"{kind} has no method '{func.attr}'", node, fix_or_none)


def _close(node: ast.Call, called: ir.Intrinsic, scope: Scope) -> None:
    """An account that was closed is not used any more, by that name."""
    account, *others = called.arguments
    if called.name != "account.close":  # of a token program, which asks for more than we do
        if isinstance(account, ir.Local):
            scope.close(account.name)
        return
    to = others[0]
    if not isinstance(account, ir.Local):
        fix = "put the account into a variable first"
        raise scope.refuse("E320", "it is not known which account is closed", node, fix)
    if isinstance(to, ir.Local) and to.name == account.name:
        fix = "give its lamports to another account"
        raise scope.refuse("E202", "an account is not closed to itself", node, fix)
    if any(account.name in loop.at_start for loop in scope.loops):
        fix = "close it before or after the loop"
        raise scope.refuse("E320", f"'{account.name}' would be closed in each round", node, fix)
    scope.close(account.name)


def _own_methods(kind: Type | str, scope: Scope) -> list[str]:
    name = str(kind)
    return [method for owner, method in scope.declared.methods if owner == name]


def builtin(node: ast.Call, row: Row, receiver: ir.Expr | None, scope: Scope) -> ir.Intrinsic:
    """A call of a builtin by its row in the tables."""
    bound = bind(node, row.parameters, scope, keyword_only=row.keyword_only)
    seeds = given_seeds(bound, scope)
    parameters = row.parameters if seeds is None else anybody_signs(row)
    found = check_ordered(bound, parameters, scope)
    first = () if receiver is None else (receiver,)
    arguments = (*first, *(found[p.name] for p in parameters if p.name in found))
    if seeds is not None:
        arguments = (*arguments, seeds)
    return ir.Intrinsic(row.name, arguments, row.result, scope.span(node))


def _static_method(node: ast.Call, func: ast.Attribute, kind: Type, scope: Scope) -> ir.Expr:
    if kind == PUBKEY and func.attr == "default":
        bind(node, (), scope)
        return ir.BytesLit(bytes(PUBKEY_SIZE), PUBKEY, scope.span(node))
    if kind == PUBKEY and func.attr == "find_program_address":
        return find_program_address(node, scope)
    if kind == PUBKEY and func.attr == "from_bytes":
        return _pubkey_from_bytes(node, scope)
    message = f"{kind} has no static method '{func.attr}'"
    raise scope.refuse("E206", message, node, NOT_MADE.get(str(kind)))


def _pubkey_from_bytes(node: ast.Call, scope: Scope) -> ir.Expr:
    argument = bind(node, _VALUE, scope)["value"]
    value = check(argument, scope)
    match value.type:
        case BytesT() | ArrayT(element=IntT(bits=8, signed=False), length=32):
            return ir.Intrinsic(PUBKEY_FROM_BYTES.name, (value,), PUBKEY, scope.span(node))
        case ArrayT(element=IntT(bits=8, signed=False)):
            fix = f"write 'Pubkey.from_bytes({shown(argument)}[:{PUBKEY_SIZE}])'"
            message = f"a Pubkey has {PUBKEY_SIZE} bytes, this is {value.type}"
            raise scope.refuse("E202", message, argument, fix)
        case kind:
            fix = "give 'bytes', or an Array[u8, 32]"
            raise scope.refuse("E202", f"a Pubkey is made of bytes, this is {kind}", argument, fix)


def _conversion(node: ast.Call, kind: Type, scope: Scope) -> ir.Expr:
    if not isinstance(kind, IntT | FloatT | StrT | PubkeyT):
        fix = NOT_MADE.get(str(kind))
        raise scope.refuse("E207", f"nothing converts to {kind}", node, fix)
    argument = bind(node, _VALUE, scope)["value"]
    match kind:
        case IntT():
            return _to_integer(node, argument, kind, scope)
        case FloatT():
            return number_builtins.to_float(node, argument, scope)
        case StrT():
            text = as_text(check(argument, scope), scope, argument)
            return text if text.type == STR else ir.Format((text,), STR, scope.span(node))
        case PubkeyT():
            return pubkey(argument, scope)


def _to_integer(node: ast.Call, argument: ast.expr, kind: IntT, scope: Scope) -> ir.Expr:
    value = untyped(argument, scope)
    if value is not None:
        return literal(value, kind, scope, node)
    operand = check(argument, scope, converted_hint(argument, kind, scope))
    if isinstance(operand.type, FloatT):
        return number_builtins.to_integer(node, operand, kind, scope)
    if not isinstance(operand.type, IntT):
        fix = f"write '{kind}(1) if {shown(argument)} else {kind}(0)'"
        is_bool = str(operand.type) == "bool"
        message = f"{kind} converts numbers, this is {operand.type}"
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
        case ListT():
            return ir.Intrinsic(LIST_LENGTH.name, (operand,), U64, scope.span(node))
        case TupleT(elements=elements):
            return ir.IntLit(len(elements), U64, scope.span(node))
        case StrT():
            row = STR_LENGTH
        case BytesT():
            row = BYTES_LENGTH
        case _:
            message = f"{operand.type} has no length"
            fix = "str, bytes, lists, tuples and Arrays have one"
            raise scope.refuse("E202", message, node, fix)
    return ir.Intrinsic(row.name, (operand,), U64, scope.span(node))
