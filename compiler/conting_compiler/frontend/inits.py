"""`init` of an Empty account: what it takes follows from what is made."""

import ast
from collections.abc import Collection
from typing import Final

from conting_compiler.frontend.arguments import bind, check_bound, check_ordered
from conting_compiler.frontend.coerce import shown
from conting_compiler.frontend.effective import is_repeatable
from conting_compiler.frontend.errors import Refused
from conting_compiler.frontend.intrinsics.names import Special
from conting_compiler.frontend.intrinsics.spl import MINT_INIT as SPL_MINT_INIT
from conting_compiler.frontend.intrinsics.spl import TOKEN_INIT as SPL_TOKEN_INIT
from conting_compiler.frontend.intrinsics.table import SIGNER, Parameter
from conting_compiler.frontend.intrinsics.tokens import METADATA, MINT_INIT, TOKEN_INIT
from conting_compiler.frontend.pairs import takes_type
from conting_compiler.frontend.scope import Scope, check
from conting_compiler.frontend.suggest import did_you_mean
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import (
    DISCRIMINATOR_SIZE,
    PUBKEY,
    U8,
    U64,
    AccountT,
    ArrayT,
    BytesT,
    EmptyT,
    IntT,
    MintT,
    PubkeyT,
    StrT,
    TokenAccountT,
    fixed_size,
)

LARGEST_ACCOUNT: Final = 10_240
"""Bytes of an account when a program makes it (Solana's limit on growth)."""
MAX_SEEDS: Final = 15
"""Seeds of an address, beside the bump."""
MAX_SEED_BYTES: Final = 32
_PAYER: Final = Parameter("payer", SIGNER, writes=True)
_FIRST: Final = ("payer", "seeds")
"""What `init` takes without names too, as upstream's does."""
_BUMP: Final = "bump"
_SIZES: Final = (
    Parameter("space", U64, optional=True),
    Parameter("padding", U64, optional=True),
)


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
        case MintT(classic=True):
            return _spl_mint(node, target, scope)
        case TokenAccountT(classic=True):
            return _spl_token_account(node, target, scope)
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
    own = {each.name for each in declared.fields}
    sizes = [each for each in _SIZES if each.name not in own]
    parameters = [_PAYER, *fields, *sizes]
    bound = bind(node, parameters, scope, keyword_only=True, others=["seeds"], first=_FIRST)
    given = bound.pop("seeds", None)
    if given is not None and declared.seeds is not None:  # written without its name
        message, fix = f"{declared.name} declares its seeds", "leave them out"
        raise scope.refuse("E308", message, given, fix)
    found = check_bound(bound, parameters, scope)
    _check_declared_seeds(node, declared, found.keys(), scope)
    if if_empty and given is None and declared.seeds is None:
        fix = f"add 'seeds=[…]', or declare seeds on the class {declared.name}"
        raise scope.refuse("E309", "the address of this account is not known", node, fix)
    space, padding = (None if name in own else found.get(name) for name in ("space", "padding"))
    _check_size(bound, space, padding, declared, scope)
    return ir.InitAccount(
        target=target,
        account_class=declared.name,
        payer=found["payer"],
        fields=tuple((name, found[name]) for name in bound if name in own),
        seeds=_written_seeds(given, declared, scope),
        if_empty=if_empty,
        type=AccountT(declared.name),
        span=scope.span(node),
        space=space,
        padding=padding,
    )


def _check_size(
    bound: dict[str, ast.expr],
    space: ir.Expr | None,
    padding: ir.Expr | None,
    declared: ir.AccountClass,
    scope: Scope,
) -> None:
    """What is said of the account's size; nothing may depend on when it is evaluated."""
    if space is not None and padding is not None:
        fix = "drop one of them"
        message = "'space' is the whole size, 'padding' is added to it"
        raise scope.refuse("E308", message, bound["padding"], fix)
    least = DISCRIMINATOR_SIZE + sum(fixed_size(f.type) or 0 for f in declared.fields)
    for name, size in (("space", space), ("padding", padding)):
        if size is not None and not is_repeatable(size):
            fix = "put it into a variable first"
            raise scope.refuse("E221", f"'{name}' has an effect", bound[name], fix)
        if isinstance(size, ir.IntLit) and size.value > LARGEST_ACCOUNT:
            message = f"an account is made with at most {LARGEST_ACCOUNT:,} bytes"
            raise scope.refuse("E306", message, bound[name], "take less")
    if isinstance(space, ir.IntLit) and space.value < least:
        message = f"{declared.name} needs at least {least} bytes"
        raise scope.refuse("E306", message, bound["space"], f"write 'space={least}' or more")


def _written_seeds(
    given: ast.expr | None, declared: ir.AccountClass, scope: Scope
) -> tuple[ir.Expr, ...] | None:
    if given is not None:
        return check_seeds(given, scope)
    return None if declared.seeds is not None else ()


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
        elif name is not None and name not in {*known, "payer", "seeds", "space", "padding"}:
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
        return
    wanted = [seed.field for seed in declared.seeds if isinstance(seed, ir.FieldSeed)]
    missing = [name for name in wanted if name not in given]
    if missing:
        message = f"the address of {declared.name} needs its field '{missing[0]}'"
        raise scope.refuse("E309", message, node, f"add '{missing[0]}=…'")


def check_seeds(node: ast.expr, scope: Scope, *, most: int = MAX_SEEDS) -> tuple[ir.Expr, ...]:
    """Types the seeds written in a call; an account stands for its key."""
    if not isinstance(node, ast.List) or not node.elts:
        raise scope.refuse("E305", "seeds are written as a list", node, "write 'seeds=[…]'")
    if len(node.elts) > most:
        raise scope.refuse("E305", f"an address has at most {MAX_SEEDS} seeds", node)
    seeds = tuple(_seed(each, scope) for each in node.elts)
    for one, other, at in zip(seeds, seeds[1:], node.elts[1:], strict=False):
        if _varies(one) and _varies(other):
            fix = "put a Pubkey or an integer between them, or one seed 'sha256(bytes_of(…))'"
            message = "two texts side by side: 'ab', 'c' and 'a', 'bc' would be one address"
            raise scope.refuse("E305", message, at, fix)
    return seeds


def _varies(seed: ir.Expr) -> bool:
    return isinstance(seed.type, StrT | BytesT) and not isinstance(seed, ir.BytesLit)


def _bytes_written_out(node: ast.expr, scope: Scope) -> ArrayT | None:
    """What a list of bytes is as a seed, where it is written out there."""
    if not isinstance(node, ast.List) or not node.elts:
        return None
    if len(node.elts) == 1:
        fix = f"write 'u8({shown(node.elts[0])})'"
        raise scope.refuse("E305", "a list of one byte is no seed", node, fix)
    return ArrayT(U8, len(node.elts))


def _seed(node: ast.expr, scope: Scope) -> ir.Expr:
    if takes_type(node, scope):
        fix = f"write its width, for example 'u8({ast.unparse(node)})'"
        raise scope.refuse("E305", "how many bytes this seed takes is not known", node, fix)
    expr = check(node, scope, _bytes_written_out(node, scope))
    if ir.is_account(expr.type):
        return ir.Intrinsic("account.key", (expr,), PUBKEY, scope.span(node))
    match expr.type:
        case PubkeyT() | IntT():
            return expr
        case ArrayT(element=element, length=length) if element == U8 and length <= MAX_SEED_BYTES:
            return expr
        case StrT() | BytesT():
            if not isinstance(expr, ir.BytesLit) or len(expr.value) <= MAX_SEED_BYTES:
                return expr
            fix = "write 'Pubkey(\"…\")' for an address, else the first 32 bytes or a hash"
            raise scope.refuse("E305", f"a seed has at most {MAX_SEED_BYTES} bytes", node, fix)
        case _:
            fix = "seeds are texts, Pubkeys, accounts, integers, short Arrays of u8, and lists of"
            fix = f"{fix} u8 that are written out"
            raise scope.refuse("E305", f"{expr.type} is no seed", node, fix)


# --- mints and token accounts --------------------------------------------------------------------


def _mint(node: ast.Call, target: ir.Expr, scope: Scope) -> ir.InitMint:
    bound = bind(
        node, MINT_INIT, scope, keyword_only=True, others=["seeds", "metadata"], first=_FIRST
    )
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
        default_frozen="default_frozen" in found
        and _flag(found["default_frozen"], bound["default_frozen"], scope),
        metadata=_metadata(bound.get("metadata"), scope),
        type=MintT(),
        span=scope.span(node),
    )


def _token_account(node: ast.Call, target: ir.Expr, scope: Scope) -> ir.InitTokenAccount:
    bound = bind(node, TOKEN_INIT, scope, keyword_only=True, others=["seeds"], first=_FIRST)
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


def _spl_mint(node: ast.Call, target: ir.Expr, scope: Scope) -> ir.InitMint:
    bound = bind(node, SPL_MINT_INIT, scope, keyword_only=True, others=["seeds"], first=_FIRST)
    found = check_ordered(bound, SPL_MINT_INIT, scope)
    return ir.InitMint(
        target=target,
        payer=found["payer"],
        seeds=check_seeds(bound["seeds"], scope) if "seeds" in bound else (),
        decimals=found["decimals"],
        authority=found["authority"],
        freeze_authority=found.get("freeze_authority"),
        permanent_delegate=None,
        close_authority=None,
        default_frozen=False,
        metadata=None,
        type=MintT(classic=True),
        span=scope.span(node),
    )


def _spl_token_account(node: ast.Call, target: ir.Expr, scope: Scope) -> ir.InitTokenAccount:
    bound = bind(node, SPL_TOKEN_INIT, scope, keyword_only=True, others=["seeds"], first=_FIRST)
    associated = bound.pop("associated", None)
    found = check_ordered(bound, SPL_TOKEN_INIT, scope)
    is_associated = associated is not None and _flag(check(associated, scope), associated, scope)
    if is_associated and "seeds" in bound:
        fix = "drop 'seeds': the address follows from mint and authority"
        raise scope.refuse("E308", "an associated account has no seeds", bound["seeds"], fix)
    return ir.InitTokenAccount(
        target=target,
        payer=found["payer"],
        seeds=check_seeds(bound["seeds"], scope) if "seeds" in bound else (),
        mint=found["mint"],
        authority=found["authority"],
        type=TokenAccountT(classic=True),
        span=scope.span(node),
        associated=is_associated,
    )


def _required_seeds(
    node: ast.Call, bound: dict[str, ast.expr], scope: Scope
) -> tuple[ir.Expr, ...]:
    if "seeds" not in bound:
        fix = "add 'seeds=[…]'"
        raise scope.refuse("E309", "the address of this account is not known", node, fix)
    return check_seeds(bound["seeds"], scope)


def _flag(value: ir.Expr, node: ast.expr, scope: Scope) -> bool:
    if not isinstance(value, ir.BoolLit):
        raise scope.refuse("E202", "this has to be True or False itself", node)
    return value.value


def _metadata(node: ast.expr | None, scope: Scope) -> tuple[ir.Expr, ...] | None:
    if node is None:
        return None
    if not isinstance(node, ast.Call) or scope.static(node.func) is not Special.METADATA:
        fix = "write 'metadata=Metadata(name=…, symbol=…, uri=…)'"
        raise scope.refuse("E202", "metadata are given as Metadata(…)", node, fix)
    found = check_ordered(bind(node, METADATA, scope, keyword_only=True), METADATA, scope)
    return tuple(found[each.name] for each in METADATA if each.name in found)
