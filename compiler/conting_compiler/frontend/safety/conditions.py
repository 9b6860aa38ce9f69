"""What holds where a condition does, or does not."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from conting_compiler.frontend.safety.held import Comparison, Held, Proof, one_of
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import ArrayT, BytesT, PubkeyT, StrT

_TELLING: Final = (PubkeyT, ArrayT, BytesT, StrT)
"""Types of which equal values may say whose something is."""
_OPPOSITE: Final = {
    ir.CompareOp.EQ: ir.CompareOp.NE,
    ir.CompareOp.NE: ir.CompareOp.EQ,
    ir.CompareOp.LT: ir.CompareOp.GE,
    ir.CompareOp.GE: ir.CompareOp.LT,
    ir.CompareOp.GT: ir.CompareOp.LE,
    ir.CompareOp.LE: ir.CompareOp.GT,
}
_HOLDS: Final[dict[ir.CompareOp, Callable[[int, int], bool]]] = {
    ir.CompareOp.EQ: lambda one, two: one == two,
    ir.CompareOp.NE: lambda one, two: one != two,
    ir.CompareOp.LT: lambda one, two: one < two,
    ir.CompareOp.GE: lambda one, two: one >= two,
    ir.CompareOp.GT: lambda one, two: one > two,
    ir.CompareOp.LE: lambda one, two: one <= two,
}


@dataclass(frozen=True, slots=True)
class Stored:
    """A value that went into a variable, and what held there."""

    value: ir.Expr
    around: Held
    if_true: Held
    if_false: Held


@dataclass(frozen=True, slots=True)
class Result:
    """What holds where a function has returned, and what its result says, if that is a bool."""

    always: Held = ()
    if_true: Held = ()
    if_false: Held = ()


@dataclass(slots=True)
class Conditions:
    """Reads conditions of one function."""

    compare: Callable[[ir.Compare], Comparison]
    """The comparison, without what proves nothing."""
    prove: Callable[[ir.Intrinsic], Proof | None]
    result: Callable[[ir.Call], Result]
    stored: dict[str, list[Stored]] = field(default_factory=dict)
    """What has gone into each variable so far."""

    def of(self, test: ir.Expr, *, holds: bool = True) -> Held:  # noqa: PLR0911 - one per kind
        """What holds where the condition does, or does not."""
        match test:
            case ir.Unary(op=ir.UnaryOp.NOT, operand=operand):
                return self.of(operand, holds=not holds)
            case ir.BoolOp(op=op, operands=operands):
                sides = [self.of(each, holds=holds) for each in operands]
                is_all = (op == "and") == holds
                return tuple(f for side in sides for f in side) if is_all else one_of(sides)
            case ir.Compare():
                return self._of_comparison(test, test.op if holds else _OPPOSITE[test.op])
            case ir.Local(name=name):
                return self._of_variable(name, holds=holds)
            case ir.Block(result=result):
                return self.of(result, holds=holds)
            case ir.Conditional(then=then, otherwise=otherwise):
                return one_of(
                    [
                        (*self.of(test.test, holds=is_then), *self.of(side, holds=holds))
                        for side, is_then in ((then, True), (otherwise, False))
                        if not _is_literal(side, holds=not holds)
                    ]
                )
            case ir.Call():
                found = self.result(test)
                return found.if_true if holds else found.if_false
            case ir.Intrinsic():
                proof = self.prove(test) if holds else None
                return () if proof is None else (proof,)
        return ()

    def store(self, name: str, value: ir.Expr, around: Held) -> None:
        """Notes what goes into a variable."""
        known = self.of(value), self.of(value, holds=False)
        self.stored.setdefault(name, []).append(Stored(value, around, *known))

    def _of_comparison(self, test: ir.Compare, op: ir.CompareOp) -> Held:
        counted = tuple(
            fact
            for one, other, way in (
                (test.left, test.right, op),
                (test.right, test.left, _MIRRORED.get(op, op)),
            )
            for fact in self._of_count(one, other, way)
        )
        says = op is ir.CompareOp.EQ and isinstance(test.left.type, _TELLING)
        return (self.compare(test), *counted) if says else counted

    def _of_variable(self, name: str, *, holds: bool) -> Held:
        """Of a bool: what held where it got this value."""
        possible = [
            each
            for each in self.stored.get(name, ())
            if not _is_literal(each.value, holds=not holds)
        ]
        sides = [(*p.around, *(p.if_true if holds else p.if_false)) for p in possible]
        return one_of(sides)

    def _of_count(self, one: ir.Expr, other: ir.Expr, op: ir.CompareOp) -> Held:
        """Of a count, which begins with a number: what held where it got another."""
        if not isinstance(one, ir.Local):
            return ()
        values = self.stored.get(one.name, ())
        if not any(isinstance(each.value, ir.IntLit) for each in values):
            return ()
        possible = [each for each in values if _is_possible(each.value, other, op)]
        return one_of([each.around for each in possible])


_MIRRORED: Final = {
    ir.CompareOp.LT: ir.CompareOp.GT,
    ir.CompareOp.GT: ir.CompareOp.LT,
    ir.CompareOp.LE: ir.CompareOp.GE,
    ir.CompareOp.GE: ir.CompareOp.LE,
}


def _is_literal(value: ir.Expr, *, holds: bool) -> bool:
    return isinstance(value, ir.BoolLit) and value.value is holds


def _is_possible(value: ir.Expr, other: ir.Expr, op: ir.CompareOp) -> bool:
    """Whether a count that got this value may pass; how many are asked for may be a field."""
    if not isinstance(value, ir.IntLit):
        return True
    if isinstance(other, ir.IntLit):
        return _HOLDS[op](value.value, other.value)
    return value.value != 0
