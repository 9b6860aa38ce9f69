"""`program.invoke(accounts=[CpiAccount(…), …], data=…)`: any instruction of any program."""

import ast
from dataclasses import dataclass
from typing import Final

from conting_compiler.frontend.arguments import bind
from conting_compiler.frontend.coerce import check_as, check_wanted
from conting_compiler.frontend.errors import Refused
from conting_compiler.frontend.intrinsics.names import Special
from conting_compiler.frontend.intrinsics.table import ANY_ACCOUNT, Parameter
from conting_compiler.frontend.scope import Scope, check, collecting
from conting_compiler.frontend.seeds import signer_seeds
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import (
    BOOL,
    NONE,
    U8,
    AccountT,
    ArrayT,
    BytesT,
    ListT,
    SignerT,
    Type,
)

MOST_ACCOUNTS: Final = 16
"""Accounts of one call: as many as the runtime keeps room for (llvm/rt/text.ll)."""
_INVOKE: Final = (Parameter("accounts", ANY_ACCOUNT), Parameter("data", ANY_ACCOUNT))
_CPI_ACCOUNT: Final = (
    Parameter("account", ANY_ACCOUNT),
    Parameter("mut", BOOL, optional=True),
    Parameter("signer", BOOL, optional=True),
    Parameter("seeds", ANY_ACCOUNT, optional=True),
)


@dataclass(frozen=True, slots=True)
class _Meta:
    account: ir.Expr
    writable: bool
    signer: bool
    seeds: ir.SignerSeeds | None


def check_invoke(node: ast.Call, program: ir.Expr, scope: Scope) -> ir.Invoke:
    """Types a call of a program."""
    bound = bind(node, _INVOKE, scope)
    metas = _metas(bound["accounts"], scope)
    return ir.Invoke(
        program=program,
        accounts=tuple(meta.account for meta in metas),
        flags=tuple((meta.writable, meta.signer) for meta in metas),
        signers=tuple(meta.seeds for meta in metas),
        data=_data(bound["data"], scope),
        type=NONE,
        span=scope.span(node),
    )


def _metas(node: ast.expr, scope: Scope) -> list[_Meta]:
    if not isinstance(node, ast.List):
        fix = "write 'accounts=[CpiAccount(…), …]' in the call itself"
        raise scope.refuse("E319", "the accounts of a call are written as a list", node, fix)
    if len(node.elts) > MOST_ACCOUNTS:
        message = f"a call takes at most {MOST_ACCOUNTS} accounts"
        raise scope.refuse("E319", message, node)
    metas: list[_Meta] = []
    with collecting() as failed:
        for each in node.elts:
            try:
                metas.append(_meta(each, scope))
            except Refused:
                failed.append(True)
    return metas


def _meta(node: ast.expr, scope: Scope) -> _Meta:
    is_call = isinstance(node, ast.Call) and scope.static(node.func) is Special.CPI_ACCOUNT
    if not isinstance(node, ast.Call) or not is_call:
        fix = "write 'CpiAccount(account, mut=True)'"
        raise scope.refuse("E319", "the accounts of a call are CpiAccounts", node, fix)
    bound = bind(node, _CPI_ACCOUNT, scope)
    account = check_wanted(bound["account"], ANY_ACCOUNT, scope)
    writable, signer = (_flag(bound.get(name), scope) for name in ("mut", "signer"))
    given = bound.get("seeds")
    if given is not None and isinstance(given, ast.Constant) and given.value is None:
        given = None
    if given is not None and signer:
        fix = "drop 'signer=True'"
        raise scope.refuse("E319", "an account signs by its key or by seeds", node, fix)
    seeds = None if given is None else signer_seeds(given, scope)
    meta = _Meta(account, writable, signer or seeds is not None, seeds)
    _check_signs(meta, bound["account"], scope)
    return meta


def _check_signs(meta: _Meta, node: ast.expr, scope: Scope) -> None:
    if not meta.signer or meta.seeds is not None or isinstance(meta.account.type, SignerT):
        return
    if isinstance(meta.account.type, AccountT):
        declared = scope.declared.account(meta.account.type.name)
        if declared is None or declared.seeds is not None:
            return
    fix = "take a Signer, or give 'seeds=[…]' instead of 'signer=True'"
    raise scope.refuse("E311", f"{meta.account.type} cannot sign", node, fix)


def _flag(node: ast.expr | None, scope: Scope) -> bool:
    if node is None:
        return False
    value = check_as(node, BOOL, scope)
    if not isinstance(value, ir.BoolLit):
        raise scope.refuse("E202", "this has to be True or False itself", node)
    return value.value


def _data(node: ast.expr, scope: Scope) -> ir.Expr:
    if isinstance(node, ast.List):
        return check(node, scope, ArrayT(U8, len(node.elts)))
    value = check(node, scope, ListT(U8))
    if not _is_data(value.type):
        fix = "write a list of u8, or 'bytes_of(…)'"
        raise scope.refuse("E202", f"the data of a call are bytes, not {value.type}", node, fix)
    return value


def _is_data(kind: Type) -> bool:
    match kind:
        case BytesT():
            return True
        case ListT(element=element) | ArrayT(element=element):
            return element == U8
        case _:
            return False
