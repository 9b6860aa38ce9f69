"""Follows the statements of a function: what is done in them, and what certainly holds there."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from conting_compiler.frontend.safety.conditions import Conditions, Result
from conting_compiler.frontend.safety.facts import Facts
from conting_compiler.frontend.safety.held import Comparison, Frame, Held, Proof, one_of
from conting_compiler.frontend.walk import Node, parts
from conting_compiler.ir import typed as ir


class Collector(Protocol):
    """What notes the facts of single nodes."""

    facts: Facts
    results: dict[int, Result]

    def visit(self, node: Node) -> None:
        """Notes what one node does by itself."""

    def comparison(self, node: ir.Compare) -> Comparison:
        """What a comparison says."""

    def proof(self, node: ir.Intrinsic) -> Proof | None:
        """Whose data a signature is checked against."""


@dataclass(slots=True)
class Course:
    """The course of one function."""

    collector: Collector
    function: ir.Function
    frame: Frame = field(default_factory=Frame)
    deeds: list[Frame] = field(default_factory=list)
    """Where each event is."""
    calls: list[Frame] = field(default_factory=list)
    """Where each call of another program is."""
    returns: list[tuple[Held, Held | None, Held | None]] = field(default_factory=list)
    """At each return: what holds, also if the value is true, and if false; None: never."""
    exits: int = 0
    """How many statements so far leave a block, a loop or the function."""
    conditions: Conditions = field(init=False)

    def __post_init__(self) -> None:
        results = self.collector.results
        self.conditions = Conditions(
            self.collector.comparison,
            self.collector.proof,
            lambda call: results.get(id(call), Result()),
        )

    def follow(self) -> None:
        """Collects all facts, and where they hold."""
        if not self._statements(self.function.body):
            self.returns.append((self.frame.all(), (), ()))
        facts = self.collector.facts
        facts.returned = Result(
            one_of([always for always, *_ in self.returns]),
            one_of([yes for *_, yes, _ in self.returns]),
            one_of([no for *_, no in self.returns]),
        )
        held = {id(each): each.all() for each in (*self.deeds, *self.calls)}
        facts.events = [
            replace(each, held=(*each.held, *held[id(at)]))
            for each, at in zip(facts.events, self.deeds, strict=True)
        ]
        facts.calls = [
            replace(each, held=(*each.held, *held[id(at)]))
            for each, at in zip(facts.calls, self.calls, strict=True)
        ]

    def _visit(self, node: Node) -> None:
        self.collector.visit(node)
        facts = self.collector.facts
        self.deeds += [self.frame] * (len(facts.events) - len(self.deeds))
        self.calls += [self.frame] * (len(facts.calls) - len(self.calls))

    def _expression(self, node: ir.Expr) -> None:
        """An expression; what is called only sometimes checks nothing for certain."""
        waiting: list[tuple[Node, bool]] = [(node, True)]
        while waiting:
            each, is_sure = waiting.pop()
            if isinstance(each, ir.Block):
                if is_sure:
                    self._statements(each.body)
                else:
                    self._block(each.body)
                waiting.append((each.result, is_sure))
                continue
            self._visit(each)
            if isinstance(each, ir.Call) and is_sure:
                self.frame.own += self.collector.results[id(each)].always
            first = _certain_part(each)
            inside = list(parts(each))
            waiting += [(p, is_sure and (first is None or p is first)) for p in reversed(inside)]

    def _block(self, statements: Sequence[ir.Stmt], known: Held = ()) -> Held | None:
        """Statements of which it is not certain that they run; gives what holds at their end, None
        where they never get there.
        """
        outer = self.frame
        start = self.frame = Frame(outer, list(known))
        is_left = self._statements(statements)
        found = self.frame.since(start)
        self.frame = outer
        return None if is_left else found

    def _statements(self, statements: Sequence[ir.Stmt]) -> bool:
        """Whether control never gets behind them."""
        return sum([self._statement(each) for each in statements]) > 0

    def _statement(self, node: ir.Stmt) -> bool:
        """Whether control never gets behind it."""
        self._visit(node)
        before = self.exits
        behind = self._inside(node)
        if self.exits > before:
            self.frame = Frame(self.frame)
        self.frame.own += behind or ()
        return behind is None

    def _inside(self, node: ir.Stmt) -> Held | None:
        """What holds behind the statement; None where control never gets there."""
        match node:
            case ir.If():
                return self._choice(node)
            case ir.While(test=test, body=body):
                self._expression(test)
                self._block(body, self.conditions.of(test))
            case ir.ForRange(start=start, stop=stop, body=body):
                self._expression(start)
                self._expression(stop)
                self._block(body)
            case ir.Return(value=value):
                self._return(value)
                return None
            case ir.Break() | ir.Continue():
                self.exits += 1
                return None
            case ir.Assert(condition=ir.BoolLit(value=False)):
                return None
            case ir.Assert(condition=test):
                self._expression(test)
                return self.conditions.of(test)
            case ir.Assign(target=target, value=value):
                self._assign(target, value)
            case ir.Do(value=value):
                self._expression(value)
        return ()

    def _choice(self, node: ir.If) -> Held | None:
        """What holds behind it; None where control never gets there."""
        self._expression(node.test)
        yes = self._block(node.then, self.conditions.of(node.test))
        no = self._block(node.otherwise, self.conditions.of(node.test, holds=False))
        return None if yes is None and no is None else one_of([yes, no])

    def _return(self, value: ir.Expr | None) -> None:
        self.exits += 1
        if value is not None:
            self._expression(value)
        always = self.frame.all()
        yes, no = (self._result(value, always, holds=each) for each in (True, False))
        self.returns.append((always, yes, no))

    def _result(self, value: ir.Expr | None, always: Held, *, holds: bool) -> Held | None:
        """What holds where the function has given this bool; None where it never does here."""
        if value is None:
            return ()
        if isinstance(value, ir.BoolLit) and value.value is not holds:
            return None
        return (*always, *self.conditions.of(value, holds=holds))

    def _assign(self, target: ir.Expr, value: ir.Expr) -> None:
        self._expression(value)
        if isinstance(target, ir.Local):
            self.conditions.store(target.name, value, self.frame.all())
        else:
            self._expression(target)


def _certain_part(node: Node) -> Node | None:
    """The part of `and`, `or` or a choice that is evaluated in any case; None for other nodes."""
    match node:
        case ir.BoolOp(operands=operands):
            return operands[0]
        case ir.Conditional(test=test):
            return test
    return None
