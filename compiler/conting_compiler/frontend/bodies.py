"""Checks the body of one function."""

import ast
from collections.abc import Iterator

from conting_compiler.frontend import calls, expressions
from conting_compiler.frontend.declared import Declared, Signature
from conting_compiler.frontend.scope import Flow, Scope
from conting_compiler.frontend.statements import check_block
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import NONE

EXPRESSION_CASES = (calls, expressions)
"""Modules that add cases to `scope.check` when they are imported."""


def check_function(signature: Signature, declared: Declared) -> ir.Function:
    """The function with its body typed; errors are noted at the module's report."""
    node, module = signature.node, signature.module
    params = {param.name: param.type for param in signature.params}
    refused = dict.fromkeys(signature.refused)
    scope = Scope(
        module=module,
        declared=declared,
        assigned=frozenset(params).union(refused, _stored(node)),
        result=signature.result,
        flow=Flow({**params, **refused}),
        first=dict(params),
        node=node,
    )
    body = check_block(node.body, scope)
    if scope.flow is not None and signature.result != NONE:
        message = f"'{node.name}' can end without giving its {signature.result}"
        module.error("E215", message, node, "return a value on every path")
    span = module.span(node)
    return ir.Function(signature.name, signature.params, signature.result, body, span)


def _stored(node: ast.FunctionDef) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
            yield each.id
