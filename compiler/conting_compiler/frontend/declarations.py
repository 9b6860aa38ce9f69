"""Constants, enums, errors, account classes and signatures, in the order of the program.

A declaration that is refused is missing from the result, and silences what follows from it.
"""

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from conting_compiler.frontend.accounts import declare_account
from conting_compiler.frontend.annotations import resolve_type
from conting_compiler.frontend.classes import (
    declare_class,
    declare_constructor,
    refuse_circles,
)
from conting_compiler.frontend.coerce import coerce, shown
from conting_compiler.frontend.declared import Declared, camel_case
from conting_compiler.frontend.errors import Refused
from conting_compiler.frontend.modules import Definition, Sort
from conting_compiler.frontend.pairs import untyped
from conting_compiler.frontend.scope import Scope, check
from conting_compiler.frontend.signatures import declare_function, declare_methods
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import EnumT

_LITERALS: Final = (ir.IntLit, ir.FloatLit, ir.BoolLit, ir.BytesLit, ir.EnumLit)
_MOST_VARIANTS: Final = 256


def declare(
    definitions: Sequence[Definition], owners: Mapping[Definition, bytes] = MappingProxyType({})
) -> Declared:
    """Everything that a program declares; errors are noted at the modules' reports."""
    declared = Declared(owners=owners)
    _refuse_clashes(definitions)
    for sorts in _PASSES:
        for definition in definitions:
            if definition.sort not in sorts:
                continue
            try:
                sorts[definition.sort](definition, declared)
            except Refused:
                continue
    return declared


def _refuse_clashes(definitions: Sequence[Definition]) -> None:
    """Account classes, enums, errors and instructions meet in the IDL, whatever their file."""
    seen: dict[str, Definition] = {}
    for each in definitions:
        if each.sort in {Sort.CONSTANT, Sort.FUNCTION}:
            continue
        other = seen.setdefault(each.name, each)
        if other is not each and other.module is not each.module:
            message = f"'{each.name}' is also {other.sort.value} in '{other.module.name}'"
            each.module.error("E112", message, each.node, "rename one of them")


# --- constants -----------------------------------------------------------------------------------


def _constant(definition: Definition, declared: Declared) -> None:
    node, module = definition.node, definition.module
    annotation = node.annotation if isinstance(node, ast.AnnAssign) else None
    value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
    if value is None:
        raise module.refuse("E217", "a constant needs a value", node, "write '= …'")
    _refuse_forward(definition, value)
    scope = Scope(module, declared)
    if annotation is None:
        number = untyped(value, scope)
        if number is not None:
            declared.constants[definition] = number
            return
        expr = check(value, scope)
    else:
        kind = resolve_type(annotation, module, declared)
        expr = coerce(check(value, scope, kind), kind, scope, value)
    if not isinstance(expr, _LITERALS):
        fix = "compute it in a function"
        raise module.refuse("E217", "a constant is known before the program runs", value, fix)
    declared.constants[definition] = expr


def _refuse_forward(definition: Definition, value: ast.expr) -> None:
    """A constant sees only what stands before it, as in Python."""
    for each in ast.walk(value):
        if not isinstance(each, ast.Name):
            continue
        other = definition.module.names.get(each.id)
        if (
            isinstance(other, Definition)
            and other.module is definition.module
            and other.node.lineno >= definition.node.lineno
        ):
            fix = "move it up"
            message = f"'{each.id}' has no value yet"
            raise definition.module.refuse("E210", message, each, fix)


# --- enums and errors ----------------------------------------------------------------------------


def _members(definition: Definition) -> list[tuple[ast.Name, ast.expr]]:
    """The `NAME = value` lines of a class; refuses anything else in it, and double names."""
    node, module = definition.node, definition.module
    members: list[tuple[ast.Name, ast.expr]] = []
    seen: set[str] = set()
    for each in node.body if isinstance(node, ast.ClassDef) else []:
        match each:
            case ast.Assign(targets=[ast.Name() as name], value=value):
                if name.id in seen:
                    module.error("E112", f"'{name.id}' stands here twice", name, "rename one")
                seen.add(name.id)
                members.append((name, value))
            case ast.Expr(value=ast.Constant(value=str())) | ast.Pass():
                pass
            case _:
                fix = "write lines of the form NAME = value"
                module.error("E315", "this does not belong here", each, fix)
    if not members:
        raise module.refuse("E315", f"'{definition.name}' has nothing in it", node, "add a line")
    return members


def _enum(definition: Definition, declared: Declared) -> None:
    members = _members(definition)
    known: dict[object, str] = {}
    for name, node in members:
        value = _plain_value(node)
        message = None
        if value is None:
            message = f"'{name.id}' has no plain value"
        elif known.setdefault(value, name.id) != name.id:
            message = (
                f"to Python '{name.id}' and '{known[value]}' are one variant: their values are"
            )
        if message is not None:
            fix = "number the variants: 0, 1, 2 …"
            if isinstance(node, ast.Tuple) and len(node.elts) == 1:
                fix = f"drop the comma: '{name.id} = {shown(node.elts[0])}'"
            definition.module.error("E315", message, node, fix)
    if len(members) > _MOST_VARIANTS:
        message = f"an enum has at most {_MOST_VARIANTS} variants"
        raise definition.module.refuse("E315", message, definition.node)
    kind = EnumT(definition.name, tuple(name.id for name, _ in members))
    declared.enums[definition] = kind


def _plain_value(node: ast.expr) -> int | str | None:
    match node:
        case ast.Constant(value=int() | str() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as value)):
            return -value
    return None


def _errors(definition: Definition, declared: Declared) -> None:
    module, table = definition.module, declared.errors
    known = {camel_case(error.name): error.name for error in table.errors}
    indexes = table.classes.setdefault(definition, {})
    for name, value in _members(definition):
        if not isinstance(value, ast.Constant) or not isinstance(value.value, str):
            fix = f'write {name.id} = "what went wrong"'
            module.error("E315", f"the message of '{name.id}' is not a text", value, fix)
            message = ""
        else:
            message = value.value
        if camel_case(name.id) in known and name.id not in indexes:
            other = known[camel_case(name.id)]
            module.error("E112", f"the error '{other}' exists already", name, "rename one of them")
        known[camel_case(name.id)] = name.id
        indexes[name.id] = table.add(name.id, message)


# --- classes and functions -----------------------------------------------------------------------


def _account(definition: Definition, declared: Declared) -> None:
    found = declare_account(definition, declared)
    if definition in declared.owners:
        found = replace(found, owner=declared.owners[definition], seeds=None)
    declared.accounts[definition] = found


def _methods(definition: Definition, declared: Declared) -> None:
    if definition not in declared.owners:
        declare_methods(definition, declared)


def _class(definition: Definition, declared: Declared) -> None:
    declared.classes[definition] = declare_class(definition, declared)


def _function(definition: Definition, declared: Declared) -> None:
    declared.functions[definition] = declare_function(definition, declared)


_PASSES: Final[tuple[dict[Sort, Callable[[Definition, Declared], None]], ...]] = (
    {Sort.CONSTANT: _constant, Sort.ENUM: _enum, Sort.ERRORS: _errors},
    {Sort.CLASS: _class},
    {Sort.CLASS: refuse_circles},
    {Sort.ACCOUNT: _account},
    {
        Sort.ACCOUNT: _methods,
        Sort.CLASS: _methods,
        Sort.FUNCTION: _function,
        Sort.INSTRUCTION: _function,
    },
    {Sort.CLASS: declare_constructor},
)
"""What is declared in which order: each pass may use what the earlier ones found."""
