"""Methods that are more than a row of the tables: what they take depends on more than types."""

import ast

from conting_compiler.frontend.arguments import bind
from conting_compiler.frontend.coerce import check_as
from conting_compiler.frontend.inits import check_init
from conting_compiler.frontend.intrinsics import events
from conting_compiler.frontend.intrinsics.table import Parameter
from conting_compiler.frontend.intrinsics.values import FIND_ADDRESS
from conting_compiler.frontend.invoke import check_invoke
from conting_compiler.frontend.scope import Scope
from conting_compiler.frontend.seeds import bare_seeds, check_bump
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import NONE, PUBKEY, BytesT, ClassT, EmptyT, ProgramT


def special_method(node: ast.Call, name: str, receiver: ir.Expr, scope: Scope) -> ir.Expr | None:
    """Types a call of such a method; None where the receiver has none of this name."""
    match receiver.type, name:
        case EmptyT() as kind, "init" | "init_if_empty":
            return check_init(node, receiver, kind, scope, if_empty=name != "init")
        case EmptyT() as kind, "bump":
            return check_bump(node, receiver, kind, scope)
        case ProgramT(), "invoke":
            return check_invoke(node, receiver, scope)
        case ClassT(name=owner), events.METHOD if _is_event(owner, scope):
            bind(node, (), scope)
            return ir.Intrinsic(events.EMIT.name, (receiver,), NONE, scope.span(node))
        case _:
            return None


def _is_event(owner: str, scope: Scope) -> bool:
    found = scope.declared.plain_class(owner)
    own = (owner, events.METHOD) in scope.declared.methods
    return found is not None and found.event and not own


def find_program_address(node: ast.Call, scope: Scope) -> ir.Intrinsic:
    """Types `Pubkey.find_program_address(seeds, program_id)`; of this program if none is named."""
    parameters = (
        Parameter("seeds", BytesT()),
        Parameter("program_id", PUBKEY, optional=True),
    )
    bound = bind(node, parameters, scope)
    arguments: tuple[ir.Expr, ...] = (bare_seeds(bound["seeds"], scope),)
    program = bound.get("program_id")
    if program is not None and not (isinstance(program, ast.Constant) and program.value is None):
        arguments = (*arguments, check_as(program, PUBKEY, scope))
    return ir.Intrinsic(FIND_ADDRESS.name, arguments, FIND_ADDRESS.result, scope.span(node))
