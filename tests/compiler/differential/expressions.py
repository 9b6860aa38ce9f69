"""Random typed expressions of the dialect as source, for Hypothesis.

Every expression compiles: at most one operand of an operator is a constant (the compiler computes
constants itself and refuses what does not fit), and widths mix only as the dialect allows.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

from hypothesis import strategies as st

INTS: Final = ("u8", "u16", "u32", "u64", "u128", "i8", "i16", "i32", "i64", "i128")
SIZE: Final = sum(int(kind[1:]) // 8 for kind in INTS) + 1
"""Bytes of an account with a field of each type and a bool."""
VARIABLES: Final = {kind: f"x_{kind}" for kind in INTS} | {"bool": "flag"}
ARITHMETIC: Final = ("+", "-", "*", "//", "%", "&", "|", "^", "<<", ">>")
COMPARISONS: Final = ("==", "!=", "<", "<=", ">", ">=")


@dataclass(frozen=True, slots=True)
class Expression:
    """Source text, the type it has, and whether the compiler knows its value."""

    text: str
    kind: str
    constant: bool = False


def limits(kind: str) -> tuple[int, int]:
    """Least and greatest value of the type of that name."""
    bits = int(kind[1:])
    return (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if kind[0] == "i" else (0, 2**bits - 1)


def edges(kind: str) -> tuple[int, ...]:
    """Values at which operations change their mind."""
    low, high = limits(kind)
    half = 1 << (int(kind[1:]) // 2)
    near = {low, low + 1, -half, -2, -1, 0, 1, 7, half, high - 1, high}
    return tuple(sorted(value for value in near if low <= value <= high))


@cache
def values(kind: str) -> st.SearchStrategy[int]:
    """Small numbers, edges, anything."""
    low, high = limits(kind)
    small = st.integers(max(low, -4), 9)
    return small | small | st.sampled_from(edges(kind)) | st.integers(low, high)


def fits_into(kind: str) -> tuple[str, ...]:
    """The types that become `kind` by themselves, itself included."""
    low, high = limits(kind)
    return tuple(k for k in INTS if low <= limits(k)[0] and limits(k)[1] <= high)


@cache  # building and checking a strategy costs more than drawing from it
@st.composite
def integers(draw: st.DrawFn, kind: str, depth: int) -> Expression:
    """An expression of the type that is no constant."""
    if depth == 0:
        return Expression(VARIABLES[kind], kind)
    shape = draw(st.sampled_from(_SHAPES))
    return draw(shape(kind, depth - 1))


@cache
def _variable(kind: str, _depth: int) -> st.SearchStrategy[Expression]:
    return st.just(Expression(VARIABLES[kind], kind))


@cache
@st.composite
def _constant(draw: st.DrawFn, kind: str, *, zero: bool) -> Expression:
    value = draw(values(kind).filter(lambda n: zero or n != 0))
    text = draw(st.sampled_from((f"{value}", f"{kind}({value})")))
    return Expression(f"({text})" if value < 0 else text, kind, constant=True)


@cache
@st.composite
def _operand(draw: st.DrawFn, kind: str, depth: int) -> Expression:
    """Something that becomes `kind` by itself and is no constant."""
    narrow = draw(st.sampled_from((kind, kind, *fits_into(kind))))
    return draw(integers(narrow, depth))


@cache
@st.composite
def _binary(draw: st.DrawFn, kind: str, depth: int) -> Expression:
    op = draw(st.sampled_from(ARITHMETIC))
    anchor = draw(integers(kind, depth))
    is_divided = op in {"//", "%"}
    other = draw(_operand(kind, depth) | _constant(kind, zero=not is_divided))
    left, right = draw(st.permutations((anchor, other)))
    if is_divided and right.constant:
        left, right = anchor, other
    return Expression(f"({left.text} {op} {right.text})", kind)


@cache
@st.composite
def _unary(draw: st.DrawFn, kind: str, depth: int) -> Expression:
    op = draw(st.sampled_from(("-", "~"))) if kind[0] == "i" else "~"
    return Expression(f"({op}{draw(integers(kind, depth)).text})", kind)


@cache
@st.composite
def _conversion(draw: st.DrawFn, kind: str, depth: int) -> Expression:
    inner = draw(integers(draw(st.sampled_from(INTS)), depth))
    return Expression(f"{kind}({inner.text})", kind)


@cache
@st.composite
def _choice(draw: st.DrawFn, kind: str, depth: int) -> Expression:
    anchor = draw(integers(kind, depth))
    other = draw(_operand(kind, depth) | _constant(kind, zero=True))
    then, otherwise = draw(st.permutations((anchor, other)))
    test = draw(conditions(depth))
    return Expression(f"({then.text} if {test.text} else {otherwise.text})", kind)


@cache
@st.composite
def _call(draw: st.DrawFn, kind: str, depth: int) -> Expression:
    function = draw(st.sampled_from(("same", "bounded")))
    argument = draw(_operand(kind, depth))
    return Expression(f"{function}_{kind}({argument.text})", kind)


_SHAPES: Final = (_variable, _binary, _binary, _binary, _unary, _conversion, _choice, _call)


@cache
@st.composite
def conditions(draw: st.DrawFn, depth: int) -> Expression:
    """An expression of type bool."""
    if depth == 0:
        return Expression(VARIABLES["bool"], "bool")
    shape = draw(st.sampled_from((_comparison, _comparison, _chain, _logic, _negation)))
    return draw(shape(depth - 1))


@cache
@st.composite
def _comparison(draw: st.DrawFn, depth: int) -> Expression:
    kind = draw(st.sampled_from(INTS))
    anchor = draw(integers(kind, depth))
    other = draw(_operand(kind, depth) | _constant(kind, zero=True))
    left, right = draw(st.permutations((anchor, other)))
    return Expression(f"({left.text} {draw(st.sampled_from(COMPARISONS))} {right.text})", "bool")


@cache
@st.composite
def _chain(draw: st.DrawFn, depth: int) -> Expression:
    del depth  # the middle runs twice on chain, so it is a variable
    kind = draw(st.sampled_from(INTS))
    first, second = draw(st.tuples(*[st.sampled_from(COMPARISONS)] * 2))
    low, high = draw(st.tuples(*[_constant(kind, zero=True)] * 2))
    return Expression(f"({low.text} {first} {VARIABLES[kind]} {second} {high.text})", "bool")


@cache
@st.composite
def _logic(draw: st.DrawFn, depth: int) -> Expression:
    word = draw(st.sampled_from((" and ", " or ")))
    parts = draw(st.lists(conditions(depth), min_size=2, max_size=3))
    return Expression(f"({word.join(part.text for part in parts)})", "bool")


@cache
@st.composite
def _negation(draw: st.DrawFn, depth: int) -> Expression:
    return Expression(f"(not {draw(conditions(depth)).text})", "bool")


@st.composite
def expressions(draw: st.DrawFn, depth: int = 4) -> Expression:
    """An expression of any type."""
    kind = draw(st.sampled_from((*INTS, "bool")))
    deep = draw(st.integers(2, depth))
    return draw(conditions(deep) if kind == "bool" else integers(kind, deep))


def inputs() -> st.SearchStrategy[dict[str, int | bool]]:
    """A value for each variable."""
    named = {VARIABLES[kind]: values(kind) for kind in INTS}
    return st.fixed_dictionaries({**named, VARIABLES["bool"]: st.booleans()})


def program_of(parts: list[Expression]) -> str:
    """A program with one instruction per expression: it stores the value in the account `out`."""
    return _HEADER + _HELPERS + "".join(_instruction(n, each) for n, each in enumerate(parts))


ADDRESS: Final = "6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE"
_NAMES: Final = ", ".join(sorted(INTS))
FIELDS: Final = "".join(f"    as_{kind}: {kind}\n" for kind in (*INTS, "bool"))
_HEADER: Final = f'''"""Generated."""

from seahorse.prelude import Account, declare_id, instruction, {_NAMES}

declare_id("{ADDRESS}")


class Result(Account):
    """One field for each type."""

{FIELDS}
'''
_HELPERS: Final = "".join(
    f"""
def same_{kind}(value: {kind}) -> {kind}:
    return value


def bounded_{kind}(value: {kind}) -> {kind}:
    left = value
    while left > 9:
        left //= 2
    return left

"""
    for kind in INTS
)
_PARAMETERS: Final = ", ".join(f"{name}: {kind}" for kind, name in VARIABLES.items())


def _instruction(number: int, expression: Expression) -> str:
    return f"""
@instruction
def e{number}(out: Result, {_PARAMETERS}) -> None:
    out.as_{expression.kind} = {expression.text}

"""
