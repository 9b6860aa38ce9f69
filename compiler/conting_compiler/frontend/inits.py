"""`init` of an Empty account: what it takes follows from what is made."""

import ast
from collections.abc import Collection
from typing import Final

from conting_compiler.frontend.arguments import bind, check_bound, check_ordered
from conting_compiler.frontend.errors import Refused
from conting_compiler.frontend.intrinsics.names import Special
from conting_compiler.frontend.intrinsics.table import SIGNER, Parameter
from conting_compiler.frontend.intrinsics.tokens import METADATA, MINT_INIT, TOKEN_INIT
from conting_compiler.frontend.operators import untyped
from conting_compiler.frontend.scope import Scope, check
from conting_compiler.frontend.suggest import did_you_mean
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import (
    PUBKEY,
    U8,
    AccountT,
    ArrayT,
    BytesT,
    EmptyT,
    IntT,
    MintT,
    PubkeyT,
    StrT,
)

MAX_SEEDS: Final = 15
"""Seeds of an address, beside the bump."""
MAX_SEED_BYTES: Final = 32
_PAYER: Final = Parameter("payer", SIGNER, writes=True)
_BUMP: Final = "bump"


def check_init(
    node: ast.Call, target: ir.Expr, kind: EmptyT, scope: Scope, *, if_empty: bool
) -> ir.Expr:
    """Types a call of `init` or `init_if_empty`."""
    match kind.inner:
        case AccountT(name=name):
            declared = scope.declared.account(name)
            if declared is None:
                raise Refused
            return _account(node, target, declared, scope, if_empty=if_empty)
        case made if if_empty:
            fix = "use 'init'"
            raise scope.refuse("E206", f"Empty[{made}] has no 'init_if_empty'", node, fix)
        case MintT():
            return _mint(node, target, scope)
        case _:
            return _token_account(node, target, scope)


# --- accounts of the program ---------------------------------------------------------------------


def _account(
    node: ast.Call, target: ir.Expr, declared: ir.AccountClass, scope: Scope, *, if_empty: bool
) -> ir.InitAccount:
    fields = [Parameter(each.name, each.type, optional=True) for each in declared.fields]
    _check_fields(node, declared, scope)
    parameters = [_PAYER, *fields]
    bound = bind(node, parameters, scope, keyword_only=True, others=["seeds"])
    given = bound.pop("seeds", None)
    found = check_bound(bound, parameters, scope)
    _check_declared_seeds(node, declared, found.keys(), scope)
    return ir.InitAccount(
        target=target,
        account_class=declared.name,
        payer=found["payer"],
        fields=tuple((name, found[name]) for name in bound if name != "payer"),
        seeds=None if given is None else check_seeds(given, scope),
        if_empty=if_empty,
        type=AccountT(declared.name),
        span=scope.span(node),
    )


def _check_fields(node: ast.Call, declared: ir.AccountClass, scope: Scope) -> None:
    known = [each.name for each in declared.fields]
    failed = False
    for keyword in node.keywords:
        name = keyword.arg
        if name == _BUMP and declared.seeds is not None:
            scope.error("E308", "'init' itself fills in the bump", keyword, "leave it out")
        elif name == "seeds" and declared.seeds is not None:
            fix = "leave them out: they are taken from the fields"
            message = f"{declared.name} declares its seeds"
            scope.error("E308", message, keyword, fix)
        elif name is not None and name not in {*known, "payer", "seeds"}:
            fields = [each for each in known if each != _BUMP]
            fix_or_none = did_you_mean(name, ["payer", *fields])
            message = f"{declared.name} has no field '{name}'"
            scope.error("E308", message, keyword, fix_or_none)
        else:
            continue
        failed = True
    if failed:
        raise Refused


def _check_declared_seeds(
    node: ast.Call, declared: ir.AccountClass, given: Collection[str], scope: Scope
) -> None:
    if declared.seeds is None:
        if not any(keyword.arg == "seeds" for keyword in node.keywords):
            fix = f"add 'seeds=[…]', or declare seeds on the class {declared.name}"
            raise scope.refuse("E309", "the address of this account is not known", node, fix)
        return
    wanted = [seed.field for seed in declared.seeds if isinstance(seed, ir.FieldSeed)]
    missing = [name for name in wanted if name not in given]
    if missing:
        message = f"the address of {declared.name} needs its field '{missing[0]}'"
        raise scope.refuse("E309", message, node, f"add '{missing[0]}=…'")


def check_seeds(node: ast.expr, scope: Scope) -> tuple[ir.Expr, ...]:
    """Types the seeds written in a call; an account stands for its key."""
    if not isinstance(node, ast.List) or not node.elts:
        raise scope.refuse("E305", "seeds are written as a list", node, "write 'seeds=[…]'")
    if len(node.elts) > MAX_SEEDS:
        raise scope.refuse("E305", f"an address has at most {MAX_SEEDS} seeds", node)
    return tuple(_seed(each, scope) for each in node.elts)


def _seed(node: ast.expr, scope: Scope) -> ir.Expr:
    if untyped(node, scope) is not None:
        fix = f"write its width, for example 'u8({ast.unparse(node)})'"
        raise scope.refuse("E305", "how many bytes this seed takes is not known", node, fix)
    expr = check(node, scope)
    if ir.is_account(expr.type):
        return ir.Intrinsic("account.key", (expr,), PUBKEY, scope.span(node))
    match expr.type:
        case PubkeyT() | IntT():
            return expr
        case ArrayT(element=element, length=length) if element == U8 and length <= MAX_SEED_BYTES:
            return expr
        case StrT() | BytesT() if isinstance(expr, ir.BytesLit):
            if len(expr.value) <= MAX_SEED_BYTES:
                return expr
            raise scope.refuse("E305", f"a seed has at most {MAX_SEED_BYTES} bytes", node)
        case _:
            fix = "seeds are constant texts, Pubkeys, accounts, integers and short Arrays of u8"
            raise scope.refuse("E305", f"{expr.type} is no seed", node, fix)


# --- mints and token accounts --------------------------------------------------------------------


def _mint(node: ast.Call, target: ir.Expr, scope: Scope) -> ir.InitMint:
    bound = bind(node, MINT_INIT, scope, keyword_only=True, others=["seeds", "metadata"])
    found = check_ordered(bound, MINT_INIT, scope)
    return ir.InitMint(
        target=target,
        payer=found["payer"],
        seeds=_required_seeds(node, bound, scope),
        decimals=found["decimals"],
        authority=found["authority"],
        freeze_authority=found.get("freeze_authority"),
        permanent_delegate=found.get("permanent_delegate"),
        close_authority=found.get("close_authority"),
        default_frozen=_flag(found.get("default_frozen"), bound, scope),
        metadata=_metadata(bound.get("metadata"), scope),
        type=MintT(),
        span=scope.span(node),
    )


def _token_account(node: ast.Call, target: ir.Expr, scope: Scope) -> ir.InitTokenAccount:
    bound = bind(node, TOKEN_INIT, scope, keyword_only=True, others=["seeds"])
    found = check_ordered(bound, TOKEN_INIT, scope)
    return ir.InitTokenAccount(
        target=target,
        payer=found["payer"],
        seeds=_required_seeds(node, bound, scope),
        mint=found["mint"],
        authority=found["authority"],
        type=target.type.inner if isinstance(target.type, EmptyT) else target.type,
        span=scope.span(node),
    )


def _required_seeds(
    node: ast.Call, bound: dict[str, ast.expr], scope: Scope
) -> tuple[ir.Expr, ...]:
    if "seeds" not in bound:
        fix = "add 'seeds=[…]'"
        raise scope.refuse("E309", "the address of this account is not known", node, fix)
    return check_seeds(bound["seeds"], scope)


def _flag(value: ir.Expr | None, bound: dict[str, ast.expr], scope: Scope) -> bool:
    if value is None:
        return False
    if not isinstance(value, ir.BoolLit):
        node = bound["default_frozen"]
        raise scope.refuse("E202", "this has to be True or False itself", node)
    return value.value


def _metadata(node: ast.expr | None, scope: Scope) -> tuple[ir.Expr, ir.Expr, ir.Expr] | None:
    if node is None:
        return None
    if not isinstance(node, ast.Call) or scope.static(node.func) is not Special.METADATA:
        fix = "write 'metadata=Metadata(name=…, symbol=…, uri=…)'"
        raise scope.refuse("E202", "metadata are given as Metadata(…)", node, fix)
    found = check_ordered(bind(node, METADATA, scope, keyword_only=True), METADATA, scope)
    return found["name"], found["symbol"], found["uri"]
