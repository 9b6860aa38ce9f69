"""Lamports moved by hand before a call: the runtime refuses a call in which only one side of what
was moved takes part, since to it the other side still has what it had.

Only what stands before the call on every path to it is looked at, and accounts that are certain.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from conting_compiler.diagnostics import Diagnostics
from conting_compiler.frontend.effects import Analysis, Effects, Roots
from conting_compiler.frontend.intrinsics import BY_NAME
from conting_compiler.frontend.walk import Node, parts, walk
from conting_compiler.ir import typed as ir

_MOVES: Final = frozenset({"account.transfer_lamports", "account.close"})


@dataclass(frozen=True, slots=True)
class _Move:
    """Lamports that a program's own account gave to another account."""

    giver: str
    taker: str


@dataclass(slots=True)
class _Summary:
    """What a function certainly moves, and the accounts of each call that it may make."""

    moves: list[_Move] = field(default_factory=list)
    calls: list[list[Roots]] = field(default_factory=list)


def check_balances(
    functions: Sequence[ir.Function],
    found: Mapping[str, tuple[Effects, Analysis]],
    diagnostics: Diagnostics,
) -> None:
    """Reports every call that cannot succeed; `functions` have callees first."""
    known: dict[str, _Summary] = {}
    for function in functions:
        checker = _Checker(known, found[function.name][1], diagnostics)
        always, later = _before_returns(function.body)
        moves = checker.after(always, [])
        checker.after(later, moves)
        known[function.name] = _Summary(moves, checker.calls)


def _before_returns(body: Sequence[ir.Stmt]) -> tuple[Sequence[ir.Stmt], Sequence[ir.Stmt]]:
    """What every call of a function comes to, and what an early return may leave out."""
    for place, statement in enumerate(body):
        if any(isinstance(node, ir.Return) for node in walk(statement)):
            end = place if isinstance(statement, ir.If | ir.While | ir.ForRange) else place + 1
            return body[:end], body[end:]
    return body, ()


@dataclass(slots=True)
class _Checker:
    known: Mapping[str, _Summary]
    analysis: Analysis
    diagnostics: Diagnostics
    calls: list[list[Roots]] = field(default_factory=list)

    def after(self, nodes: Iterable[Node], moved: Iterable[_Move]) -> list[_Move]:
        """Looks at nodes before which this was moved; gives what was moved after them."""
        so_far = list(moved)
        for node in nodes:
            always, perhaps = _inside(node)
            so_far = self.after(always, so_far)
            for each in perhaps:
                self.after(each, so_far)
            for accounts in self._called(node):
                self.calls.append(accounts)
                self._check(node, accounts, so_far)
            so_far += self._moved(node)
        return so_far

    def _check(self, node: Node, accounts: Sequence[Roots], moved: Iterable[_Move]) -> None:
        known = {name for roots in accounts if len(roots) == 1 for name in roots}
        unsure = frozenset().union(*(roots for roots in accounts if len(roots) > 1))
        crossing = [
            each
            for each in moved
            if (each.giver in known) != (each.taker in known)
            and not {each.giver, each.taker} & unsure
        ]
        if len({each.giver in known for each in crossing}) == 1:  # else they may be equal
            first = crossing[0]
            message = f"lamports went from '{first.giver}' to '{first.taker}' before this call"
            fix = "move them below it: the runtime refuses a call that knows only one of both"
            self.diagnostics.error("E326", message, node.span, fix)

    def _called(self, node: Node) -> Iterator[list[Roots]]:
        """The accounts of each call of another program that a node makes."""
        of = self.analysis.of
        match node:
            case ir.InitAccount(target=target, payer=payer):
                yield [of(payer), of(target)]
            case ir.InitMint(target=target, payer=payer):
                yield [of(payer), of(target)]
            case ir.InitTokenAccount(associated=True):
                yield [of(node.payer), of(node.target), of(node.mint), of(node.authority)]
            case ir.InitTokenAccount(target=target, payer=payer, mint=mint):
                yield [of(payer), of(target)]
                yield [of(target), of(mint)]
            case ir.Intrinsic(name=name, arguments=arguments) if BY_NAME[name].programs:
                yield [of(each) for each in arguments if ir.is_account(each.type)]
            case ir.Invoke(accounts=accounts):
                yield [of(each) for each in accounts]
            case ir.Call(function=function):
                for inner in self.known[function].calls:
                    yield [self._given(node, roots) for roots in inner]

    def _moved(self, node: Node) -> Iterator[_Move]:
        match node:
            case ir.Intrinsic(name=name, arguments=(giver, taker, *_)) if name in _MOVES:
                yield from self._between(self.analysis.of(giver), self.analysis.of(taker))
            case ir.Call(function=function):
                for each in self.known[function].moves:
                    giver_roots = self._given(node, frozenset({each.giver}))
                    taker_roots = self._given(node, frozenset({each.taker}))
                    yield from self._between(giver_roots, taker_roots)

    def _between(self, giver: Roots, taker: Roots) -> Iterator[_Move]:
        if len(giver) == len(taker) == 1 and giver != taker:
            yield _Move(*giver, *taker)

    def _given(self, call: ir.Call, names: Roots) -> Roots:
        """The caller's accounts that stand for these parameters of the called function."""
        passed = zip(self.analysis.params[call.function], call.arguments, strict=True)
        return frozenset().union(*(self.analysis.of(arg) for name, arg in passed if name in names))


def _inside(node: Node) -> tuple[Sequence[Node], Sequence[Sequence[Node]]]:
    """What is inside of a node, in the order of its evaluation: what is always evaluated, and
    sequences of what may be.
    """
    match node:
        case ir.If(test=test, then=then, otherwise=otherwise):
            return [test], [then, otherwise]
        case ir.While(test=test, body=body):
            return [test], [body]
        case ir.ForRange(start=start, stop=stop, body=body):
            return [start, stop], [body]
        case ir.Conditional(test=test, then=then_value, otherwise=other_value):
            return [test], [[then_value], [other_value]]
        case ir.BoolOp(operands=(first, *others)):
            return [first], [others]
        case _:
            return [*parts(node)], []
