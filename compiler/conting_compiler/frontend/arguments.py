"""Which argument of a call goes to which parameter."""

import ast
from collections.abc import Sequence
from typing import Final

from conting_compiler.frontend.coerce import check_wanted
from conting_compiler.frontend.effective import is_repeatable
from conting_compiler.frontend.errors import Refused
from conting_compiler.frontend.intrinsics.table import Parameter
from conting_compiler.frontend.scope import Scope, collecting
from conting_compiler.frontend.suggest import did_you_mean
from conting_compiler.ir import typed as ir

_ELSEWHERE: Final = {
    "fields": "add each to the mint: 'mint.update_field(field=…, value=…, authority=…)'",
    "close_authority": "of an account of Token-2022 say so afterwards, 'set_close_authority(…)'",
}
"""Parameters that other libraries have, and what does it here."""


def bind(
    node: ast.Call,
    parameters: Sequence[Parameter],
    scope: Scope,
    *,
    keyword_only: bool = False,
    others: Sequence[str] = (),
    first: Sequence[str] = (),
) -> dict[str, ast.expr]:
    """The argument of each parameter, in the order of the source.

    `others` are further keywords, which the caller deals with, `first` those that may stand
    without their name although the rest may not. Refuses what does not fit.
    """
    _refuse_stars(node, scope)
    names = [each.name for each in parameters]
    places = first if keyword_only else names
    bound: dict[str, ast.expr] = {}
    with collecting() as failed:
        for index, argument in enumerate(node.args):
            if index >= len(places):
                left = [each for each in names if not keyword_only or each not in places]
                _report_positional(node, argument, left, scope, keyword_only=keyword_only)
                failed.append(True)
                break
            bound[places[index]] = argument
        for keyword in node.keywords:
            if not _bind_keyword(keyword, [*names, *others], bound, scope):
                failed.append(True)
    missing = [each.name for each in parameters if not each.optional and each.name not in bound]
    if missing:
        listed = ", ".join(f"'{name}'" for name in missing)
        raise scope.refuse("E208", f"missing: {listed}", node, f"add '{missing[0]}=…'")
    return bound


def _refuse_stars(node: ast.Call, scope: Scope) -> None:
    for argument in node.args:
        if isinstance(argument, ast.Starred):
            raise scope.refuse("E208", "'*' is not supported", argument, "write out each argument")
    for keyword in node.keywords:
        if keyword.arg is None:
            raise scope.refuse("E208", "'**' is not supported", keyword, "write out each argument")


def _report_positional(
    node: ast.Call, argument: ast.expr, names: list[str], scope: Scope, *, keyword_only: bool
) -> None:
    if keyword_only and names:
        left = [name for name in names if name not in {each.arg for each in node.keywords}]
        fix = f"write '{(left or names)[0]}=…'"
        scope.error("E208", "arguments are given by name here", argument, fix)
        return
    scope.error("E208", f"{len(names)} arguments are taken, not more", argument)


def _bind_keyword(
    keyword: ast.keyword, names: list[str], bound: dict[str, ast.expr], scope: Scope
) -> bool:
    name = keyword.arg or ""
    if name not in names:
        listed = f"there are {', '.join(names)}" if names else "it takes none"
        fix = _ELSEWHERE.get(name) or did_you_mean(name, names, listed)
        scope.error("E208", f"there is no parameter '{name}'", keyword, fix)
        return False
    if name in bound:
        scope.error("E208", f"'{name}' is given twice", keyword)
        return False
    bound[name] = keyword.value
    return True


def check_bound(
    bound: dict[str, ast.expr], parameters: Sequence[Parameter], scope: Scope
) -> dict[str, ir.Expr]:
    """Types bound arguments, each as its parameter wants it."""
    wanted = {each.name: each.wanted for each in parameters}
    found: dict[str, ir.Expr] = {}
    with collecting() as failed:
        for name in (name for name in bound if name in wanted):
            try:
                seeds = "signer" in wanted
                found[name] = check_wanted(bound[name], wanted[name], scope, takes_seeds=seeds)
            except Refused:
                failed.append(True)
    return found


def check_ordered(
    bound: dict[str, ast.expr], parameters: Sequence[Parameter], scope: Scope
) -> dict[str, ir.Expr]:
    """As check_bound, for arguments that run in the order of the parameters.

    Refuses where the source has another order and the difference would show.
    """
    found = check_bound(bound, parameters, scope)
    if list(found) == [each.name for each in parameters if each.name in found]:
        return found
    for name in found:
        if not is_repeatable(found[name]):
            fix = "put it into a variable first, or follow the order of the parameters"
            raise scope.refuse("E221", f"'{name}' has an effect", bound[name], fix)
    return found
