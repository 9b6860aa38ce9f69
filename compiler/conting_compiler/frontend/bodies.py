"""Checks the body of one function."""

import ast
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from conting_compiler.frontend import calls, expressions
from conting_compiler.frontend.beginnings import find_bare
from conting_compiler.frontend.declared import Declared, Signature
from conting_compiler.frontend.scope import Flow, Scope
from conting_compiler.frontend.statements import check_block
from conting_compiler.frontend.syntax import nodes, stored
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import (
    NONE,
    BoolT,
    BytesT,
    ClassT,
    EnumT,
    IntT,
    ListT,
    PubkeyT,
    StrT,
    Type,
)

_SURE: Final = (StrT, BytesT, BoolT, PubkeyT, EnumT, ClassT)
"""Elements whose type is the same wherever they come from; a number may become a wider one."""
EXPRESSION_CASES = (calls, expressions)
"""Modules that add cases to `scope.check` when they are imported."""


def check_function(signature: Signature, declared: Declared) -> ir.Function:
    """The function with its body typed; errors are noted at the module's report."""
    node, module = signature.node, signature.module
    scope, body = _check_body(signature, declared, _elements(signature, declared))
    if scope.flow is not None and signature.result != NONE:
        message = f"'{node.name}' can end without giving its {signature.result}"
        module.error("E215", message, node, "return a value on every path")
    span = module.span(node)
    return ir.Function(signature.name, signature.params, signature.result, body, span)


def _check_body(
    signature: Signature, declared: Declared, elements: dict[str, Type]
) -> tuple[Scope, tuple[ir.Stmt, ...]]:
    """Checks it again as long as something is found out about variables that begin as bare numbers,
    and forgets what was reported before.
    """
    begun: dict[str, IntT] = {}
    reports = signature.module.diagnostics.found
    while True:
        reported = len(reports)
        scope = _scope(signature, declared, elements, begun)
        scope.bare = find_bare(signature.node, scope)
        body = check_block(signature.node.body, scope)
        if scope.begun == begun:
            return scope, body
        begun = scope.begun
        del reports[reported:]


def _scope(
    signature: Signature,
    declared: Declared,
    elements: dict[str, Type],
    begun: Mapping[str, IntT] = MappingProxyType({}),
) -> Scope:
    params = {param.name: param.type for param in signature.params}
    refused = dict.fromkeys(signature.refused)
    lists = {name: ListT(kind) for name, kind in elements.items() if isinstance(kind, _SURE)}
    return Scope(
        module=signature.module,
        declared=declared,
        assigned=frozenset(params).union(refused, stored(signature.node)),
        result=signature.result,
        flow=Flow({**params, **refused}),
        first={**lists, **begun, **params},
        begun=dict(begun),
        node=signature.node,
        elements=elements,
    )


def _elements(signature: Signature, declared: Declared) -> dict[str, Type]:
    """What the function puts into each list that begins as `[]`: it is checked for that, as often
    as something more is found out, and what is reported then is forgotten.
    """
    known: dict[str, Type] = {}
    reports = signature.module.diagnostics.found
    for _ in range(len(set(_empty_lists(signature.node)))):
        reported = len(reports)
        scope = _scope(signature, declared, dict(known))
        check_block(signature.node.body, scope)
        del reports[reported:]
        if scope.elements == known:
            break
        known = scope.elements
    return known


def _empty_lists(node: ast.FunctionDef) -> Iterator[str]:
    for each in nodes(node):
        match each:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.List(elts=[])):
                yield name
