"""Refuses programs that check too little: who signs, whose account it is, where value goes.

`sources` says where values come from, `facts` what a function does, `collect` finds that out,
`ties` groups accounts that checks hold together, `tokens` knows token accounts, `owners` and
`programs` the classes; `rules` and `payees` have what is refused. What cannot happen by
construction (docs/safety.md) needs no rule. An instruction with `unchecked("why")` is not looked
at.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import chain

from conting_compiler.diagnostics import Diagnostics
from conting_compiler.frontend.effects import Analysis, Effects
from conting_compiler.frontend.safety.case import Case
from conting_compiler.frontend.safety.collect import collect
from conting_compiler.frontend.safety.facts import Facts
from conting_compiler.frontend.safety.held import Held, alternatives
from conting_compiler.frontend.safety.owners import account_kinds, find_singles
from conting_compiler.frontend.safety.programs import find_program
from conting_compiler.frontend.safety.rules import RULES
from conting_compiler.frontend.safety.ties import Ties
from conting_compiler.frontend.safety.tokens import Tokens
from conting_compiler.frontend.walk import Node, walk
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import AccountLikeT

__all__ = ["check_safety"]


def check_safety(
    functions: Sequence[ir.Function],
    entries: Sequence[str],
    found: Mapping[str, tuple[Effects, Analysis]],
    classes: tuple[Mapping[str, ir.AccountClass], Mapping[str, ir.PlainClass]],
    diagnostics: Diagnostics,
) -> None:
    """Notes E4xx errors. `functions`: callees first; `entries`: names of the instructions;
    `classes`: of accounts, and the others.
    """
    of_accounts, plain = classes
    params = {each.name: each.params for each in functions}
    nodes = {each.name: walk(*each.body) for each in functions}
    known: dict[str, Facts] = {}
    for function in functions:
        name, analysis = function.name, found[function.name][1]
        known[name] = collect(function, nodes[name], analysis, known, params, classes=of_accounts)
    _check_reasons(chain.from_iterable(nodes.values()), diagnostics)
    bodies = {each.name: each for each in functions}
    program = find_program([(bodies[name], known[name]) for name in entries], of_accounts, plain)
    singles = find_singles(chain.from_iterable(nodes.values()), of_accounts)
    for name in entries:
        facts, written = known[name], found[name][0].writes
        if not facts.reasons:
            kinds = account_kinds(bodies[name])
            at = partial(_ties_at, facts, kinds, singles, {})
            ties, tokens = Ties.of(facts, kinds, singles), Tokens.of(facts, kinds)
            case = Case(bodies[name], facts, ties, tokens, program, written, at, ties)
            _report(case, diagnostics)


def _ties_at(
    facts: Facts,
    kinds: Mapping[str, AccountLikeT],
    singles: frozenset[str],
    known: dict[Held, list[Ties]],
    held: Held,
) -> list[Ties]:
    """The ties where this holds, for each way in which it can."""
    if held not in known:
        ways = alternatives(tuple(dict.fromkeys(held)))
        known[held] = [Ties.of(facts, kinds, singles, way) for way in ways]
    return known[held]


def _report(case: Case, diagnostics: Diagnostics) -> None:
    for rule in RULES:
        for each in rule(case):
            diagnostics.error(each.code, each.message, each.span, each.fix)


def _check_reasons(nodes: Iterable[Node], diagnostics: Diagnostics) -> None:
    for node in nodes:
        if isinstance(node, ir.Intrinsic) and node.name == "unchecked":
            reason = node.arguments[0]
            if not isinstance(reason, ir.BytesLit) or not reason.value.strip():
                fix = 'write unchecked("…") with a text that says why'
                message = "'unchecked' takes its reason as a text written out"
                diagnostics.error("E407", message, node.span, fix)
