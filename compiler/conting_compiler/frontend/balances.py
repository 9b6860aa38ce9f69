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
from conting_compiler.frontend.walk import Node, walk
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
        moves = checker.block(function.body, [])
        known[function.name] = _Summary(moves, checker.calls)


@dataclass(slots=True)
class _Checker:
    known: Mapping[str, _Summary]
    analysis: Analysis
    diagnostics: Diagnostics
    calls: list[list[Roots]] = field(default_factory=list)

    def block(self, body: Sequence[ir.Stmt], moved: Iterable[_Move]) -> list[_Move]:
        """Looks at statements before which this was moved; gives what was moved after them."""
        so_far = list(moved)
        for statement in body:
            match statement:
                case ir.If(test=test, then=then, otherwise=otherwise):
                    so_far += self._nodes([test], so_far)
                    self.block(then, so_far)
                    self.block(otherwise, so_far)
                case ir.While(body=inner) | ir.ForRange(body=inner):
                    self.block(inner, so_far)
                case _:
                    so_far += self._nodes([statement], so_far)
        return so_far

    def _nodes(self, nodes: Sequence[Node], moved: Sequence[_Move]) -> list[_Move]:
        new: list[_Move] = []
        for node in walk(*nodes):
            for accounts in self._called(node):
                self.calls.append(accounts)
                self._check(node, accounts, [*moved, *new])
            new += self._moved(node)
        return new

    def _check(self, node: Node, accounts: Sequence[Roots], moved: Iterable[_Move]) -> None:
        parts = {name for roots in accounts if len(roots) == 1 for name in roots}
        unsure = frozenset().union(*(roots for roots in accounts if len(roots) > 1))
        for each in moved:
            ends = {each.giver, each.taker}
            if len(ends & parts) == 1 and not ends & unsure:
                message = f"lamports went from '{each.giver}' to '{each.taker}' before this call"
                fix = "move them below it: the runtime refuses a call that knows only one of both"
                self.diagnostics.error("E326", message, node.span, fix)
                return

    def _called(self, node: Node) -> Iterator[list[Roots]]:
        """The accounts of each call of another program that a node makes."""
        of = self.analysis.of
        match node:
            case ir.InitAccount(target=target, payer=payer):
                yield [of(payer), of(target)]
            case ir.InitMint(target=target, payer=payer):
                yield [of(payer), of(target)]
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
