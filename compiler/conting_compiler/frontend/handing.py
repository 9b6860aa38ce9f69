"""Accounts of a class that a function takes as any account and hands to another program.

What varies in size is written back before such a call and read again behind it, and a key keeps its
value, for which the class has to be known where the call stands. One of numbers alone is in place.
"""

from collections.abc import Mapping, Sequence

from conting_compiler.diagnostics import Diagnostics
from conting_compiler.frontend.declared import Declared
from conting_compiler.frontend.effects import Analysis, Effects
from conting_compiler.frontend.walk import walk
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import (
    AccountT,
    BoolT,
    EmptyT,
    EnumT,
    FloatT,
    IntT,
    Type,
    UncheckedT,
    inside,
)


def check_handing(
    functions: Sequence[ir.Function],
    found: Mapping[str, tuple[Effects, Analysis]],
    declared: Declared,
    diagnostics: Diagnostics,
) -> None:
    """Reports every argument whose class a call of a program would have to know."""
    by_name = {function.name: function for function in functions}
    calls = (n for f in functions for n in walk(*f.body) if isinstance(n, ir.Call))
    for call in calls:
        callee = by_name[call.function]
        for param, argument in zip(callee.params, call.arguments, strict=True):
            kind = inside(argument.type)
            is_handed = param.name in found[callee.name][0].hands
            is_any = is_handed and isinstance(inside(param.type), UncheckedT)
            if is_any and not _is_in_place(kind, declared):
                message = f"'{callee.name}' hands '{param.name}' to a program as any account"
                fix = f"write '{param.name}: {kind}' there"
                diagnostics.error("E202", message, argument.span, fix)


def _is_in_place(kind: Type, declared: Declared) -> bool:
    """Whether nothing is known but where the account lies: it has no class, or numbers alone."""
    if not isinstance(kind, AccountT | EmptyT):
        return True
    account = declared.account(kind.name) if isinstance(kind, AccountT) else None
    return account is not None and all(
        isinstance(each.type, IntT | BoolT | FloatT | EnumT) for each in account.fields
    )
