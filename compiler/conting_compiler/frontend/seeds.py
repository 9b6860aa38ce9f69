"""Seeds as arguments: by which an account signs a call, and of which a bump is asked for."""

import ast
from collections.abc import Iterator
from typing import Final

from conting_compiler.frontend.arguments import bind
from conting_compiler.frontend.effective import is_repeatable
from conting_compiler.frontend.errors import Refused
from conting_compiler.frontend.inits import MAX_SEEDS, check_seeds
from conting_compiler.frontend.intrinsics.table import ANY_ACCOUNT, Kind, Parameter, Row
from conting_compiler.frontend.scope import Scope
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import U8, AccountT, EmptyT, SeedsT

SIGNER: Final = "signer"
"""The parameter of a call that takes the seeds of its authority."""


def signer_seeds(node: ast.expr, scope: Scope) -> ir.SignerSeeds:
    """Types `signer=[…]` or `seeds=[…]`: seeds by which an account signs, their bump last."""
    seeds = check_seeds(node, scope, most=MAX_SEEDS + 1)
    for expr in seeds:
        if not is_repeatable(expr):
            fix = "put it into a variable first"
            raise scope.refuse("E221", "a seed with an effect", node, fix)
    if len(seeds) > MAX_SEEDS and seeds[-1].type != U8:
        raise scope.refuse("E305", f"an address has at most {MAX_SEEDS} seeds", node)
    kind = SeedsT(len(seeds), bumped=seeds[-1].type == U8)
    return ir.SignerSeeds(seeds, kind, scope.span(node))


def bare_seeds(node: ast.expr, scope: Scope) -> ir.SignerSeeds:
    """Types seeds without a bump, of which an address is found."""
    seeds = check_seeds(node, scope)
    for expr in seeds:
        if not is_repeatable(expr):
            fix = "put it into a variable first"
            raise scope.refuse("E221", "a seed with an effect", node, fix)
    return ir.SignerSeeds(seeds, SeedsT(len(seeds)), scope.span(node))


def given_seeds(bound: dict[str, ast.expr], scope: Scope) -> ir.SignerSeeds | None:
    """Takes the argument `signer` out of a call's arguments; None if there is none."""
    node = bound.pop(SIGNER, None)
    if node is None or (isinstance(node, ast.Constant) and node.value is None):
        return None
    return signer_seeds(node, scope)


def anybody_signs(row: Row) -> tuple[Parameter, ...]:
    """The parameters of a call whose authority may be any account, since seeds are given."""
    return tuple(
        Parameter(p.name, _anybody(p.wanted) if isinstance(p.wanted, Kind) else p.wanted, p.writes)
        for p in row.parameters
        if p.name != SIGNER
    )


def _anybody(wanted: Kind) -> Kind:
    return ANY_ACCOUNT if wanted.signs else wanted


# --- bumps ---------------------------------------------------------------------------------------


def check_bump(node: ast.Call, target: ir.Expr, kind: EmptyT, scope: Scope) -> ir.Intrinsic:
    """Types `empty.bump()`: the bump of the seeds that this function's `init` of it names."""
    bind(node, (), scope)
    if isinstance(kind.inner, AccountT):
        declared = scope.declared.account(kind.inner.name)
        if declared is None:
            raise Refused
        if declared.seeds is not None:
            fix = "read the field 'bump' of what 'init' gives"
            raise scope.refuse("E206", f"{declared.name} keeps its bump itself", node, fix)
    seeds = _init_seeds(node, target, scope)
    arguments = (target, ir.SignerSeeds(seeds, SeedsT(len(seeds)), scope.span(node)))
    return ir.Intrinsic("empty.bump", arguments, U8, scope.span(node))


def _init_seeds(node: ast.Call, target: ir.Expr, scope: Scope) -> tuple[ir.Expr, ...]:
    name = target.name if isinstance(target, ir.Local) else ""
    calls = [] if scope.node is None else list(_inits(scope.node, name))
    seeds = [each for call in calls for each in call.args[1:2]]
    seeds += [
        keyword.value for call in calls for keyword in call.keywords if keyword.arg == "seeds"
    ]
    if not calls:
        fix = f"call '{name}.init(…, seeds=[…])' in this function"
        raise scope.refuse("E309", "the seeds of this account are not known", node, fix)
    if not seeds:
        fix = "give its 'init' seeds, or do without the bump"
        raise scope.refuse("E309", "an account without seeds has no bump", node, fix)
    if len({ast.dump(each) for each in seeds}) > 1:
        fix = "use 'Pubkey.find_program_address(seeds)', which gives the bump too"
        raise scope.refuse("E309", f"'{name}' is made with several seeds", node, fix)
    return check_seeds(seeds[0], scope)


def _inits(function: ast.FunctionDef, name: str) -> Iterator[ast.Call]:
    """The calls of the variable's `init`."""
    for node in ast.walk(function):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=made), attr="init")) if made == name:
                yield node
