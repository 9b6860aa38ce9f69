"""Signatures of functions, methods and instructions."""

import ast
from typing import Final

from conting_compiler.frontend.annotations import resolve_type
from conting_compiler.frontend.declared import Declared, Signature
from conting_compiler.frontend.errors import Refused
from conting_compiler.frontend.modules import Definition, Module, Sort
from conting_compiler.frontend.stored import is_stored
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import (
    NONE,
    AccountT,
    ClassT,
    ClockT,
    NoneT,
    SysvarT,
    TupleT,
    Type,
)

_SELF: Final = "self"
_SEEDS: Final = "seeds"


def declare_function(definition: Definition, declared: Declared) -> Signature:
    """The signature of a function or instruction. Raises Refused after reporting errors."""
    node, module = definition.node, definition.module
    if not isinstance(node, ast.FunctionDef):
        raise Refused
    params, refused = _params(node, node.args.args, module, declared)
    result = _result(node, module, declared)
    if definition.sort is Sort.INSTRUCTION:
        _check_instruction(node, params, result, module, declared)
    taken = {signature.name for signature in declared.functions.values()}
    name = node.name if node.name not in taken else f"{module.name}.{node.name}"
    return Signature(name, params, result, node, module, refused=refused)


def declare_methods(definition: Definition, declared: Declared) -> None:
    """Adds the methods of a class, `seeds` of an account class excepted."""
    node, module = definition.node, definition.module
    owner = declared.accounts.get(definition) or declared.classes.get(definition)
    if owner is None:
        return
    seen = {each.name for each in owner.fields}
    for each in node.body if isinstance(node, ast.ClassDef) else []:
        if not isinstance(each, ast.FunctionDef):
            continue
        if each.name in seen:
            fix = "rename one of them"
            module.error("E112", f"'{each.name}' stands here twice", each, fix)
        seen.add(each.name)
        if each.name == _SEEDS and definition.sort is Sort.ACCOUNT:
            continue
        try:
            declared.methods[definition.name, each.name] = _method(definition, each, declared)
        except Refused:
            declared.refused_methods.add((definition.name, each.name))


def _method(definition: Definition, node: ast.FunctionDef, declared: Declared) -> Signature:
    module = definition.module
    _refuse_decorators(node, module)
    arguments = node.args.args
    name = f"{definition.name}.{node.name}"
    if _is_static(node):
        params, refused = _params(node, arguments, module, declared)
        result = _result(node, module, declared)
        return Signature(name, params, result, node, module, static=True, refused=refused)
    kind = ClassT if definition.sort is Sort.CLASS else AccountT
    own = ir.Param(_SELF, kind(definition.name), module.span(arguments[0]))
    params, refused = _params(node, arguments[1:], module, declared)
    result = _result(node, module, declared)
    if node.name == "__init__" and result != NONE:
        raise module.refuse("E215", "'__init__' gives no value", node, "drop the '->'")
    return Signature(name, (own, *params), result, node, module, refused=refused)


def _is_static(node: ast.FunctionDef) -> bool:
    return not node.args.args or node.args.args[0].arg != _SELF


def _refuse_decorators(node: ast.FunctionDef, module: Module) -> None:
    for each in node.decorator_list:
        if isinstance(each, ast.Name) and each.id == "staticmethod" and _is_static(node):
            continue
        fix = "drop the decorator"
        if isinstance(each, ast.Name) and each.id in {"property", "cached_property"}:
            fix = f"drop the decorator, and call it: 'x.{node.name}()'"
        raise module.refuse("E110", "methods take no decorators", each, fix)
    if node.name.startswith("__") and node.name != "__init__":
        fix = "give it a plain name, and call it by that"
        raise module.refuse("E110", f"'{node.name}' is not called by the dialect", node, fix)
    if node.name == "__init__" and _is_static(node):
        fix = "write 'def __init__(self, …)'"
        raise module.refuse("E110", "the first parameter of a method is 'self'", node, fix)


def _params(
    node: ast.FunctionDef, arguments: list[ast.arg], module: Module, declared: Declared
) -> tuple[tuple[ir.Param, ...], frozenset[str]]:
    """The parameters, and the names of those that were refused."""
    _refuse_forms(node, module)
    params: list[ir.Param] = []
    refused: set[str] = set()
    for each in arguments:
        try:
            if any(each.arg == other.name for other in params):
                fix = "rename one of them"
                raise module.refuse("E112", f"'{each.arg}' stands here twice", each, fix)
            params.append(_param(each, module, declared))
        except Refused:
            refused.add(each.arg)
    return tuple(params), frozenset(refused)


def _refuse_forms(node: ast.FunctionDef, module: Module) -> None:
    arguments = node.args
    forms = (
        (arguments.vararg, "'*' parameters are", "write out each parameter"),
        (arguments.kwarg, "'**' parameters are", "write out each parameter"),
        (next(iter(arguments.kwonlyargs), None), "keyword-only parameters are", "drop the '*'"),
        (next(iter(arguments.posonlyargs), None), "positional-only parameters are", "drop the '/'"),
        (next(iter(arguments.defaults), None), "default values are", "give it in every call"),
    )
    for found, what, fix in forms:
        if found is not None:
            raise module.refuse("E110", f"{what} not part of the dialect", found, fix)


def _param(node: ast.arg, module: Module, declared: Declared) -> ir.Param:
    if node.annotation is None:
        fix = f"write '{node.arg}: type'"
        raise module.refuse("E214", f"the parameter '{node.arg}' has no type", node, fix)
    kind = resolve_type(node.annotation, module, declared)
    if isinstance(kind, NoneT):
        raise module.refuse("E213", "None is no type of a parameter", node.annotation)
    return ir.Param(node.arg, kind, module.span(node))


def _result(node: ast.FunctionDef, module: Module, declared: Declared) -> Type:
    if node.returns is None:
        return NONE
    kind = resolve_type(node.returns, module, declared)
    if isinstance(kind, SysvarT):
        fix = "pass the Clock itself to who needs it"
        raise module.refuse("E213", "a Clock cannot be given back", node.returns, fix)
    return kind


def _check_instruction(
    node: ast.FunctionDef,
    params: tuple[ir.Param, ...],
    result: Type,
    module: Module,
    declared: Declared,
) -> None:

    if result != NONE and node.returns is not None and not is_stored(result, declared):
        fix = "give back what an account could hold, or nothing"
        module.error("E307", f"an instruction cannot give back {result}", node.returns, fix)
    clocks = 0
    arguments = {argument.arg: argument for argument in node.args.args}
    for param in params:
        argument = arguments[param.name]
        clocks += isinstance(param.type, ClockT)
        if isinstance(param.type, ClockT) and clocks > 1:
            module.error("E307", "one Clock is enough", argument, "drop this parameter")
        elif not (
            isinstance(param.type, SysvarT)
            or ir.is_account(param.type)
            or is_stored(param.type, declared)
        ):
            apart = "take its values as parameters of their own"
            fix_or_none = apart if isinstance(param.type, TupleT) else None
            message = f"an instruction cannot take {param.type}"
            module.error("E307", message, argument, fix_or_none)
