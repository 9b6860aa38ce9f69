"""Every operation on f64 to the last bit: plain CPython floats, the prelude, SBPF v3 and v0.

Expected values are those of CPython's own float, not of the prelude; `struct` packs both.
CONTING_FUZZ=50 runs fifty times as many random pairs, different ones each time.
"""

import ast
import hashlib
import math
import os
import random
import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest

from tests.compiler.differential.expressions import ADDRESS
from tests.compiler.differential.machines import Machine, Model, Outcome, compiled
from tests.compiler.power_reference import nearest_power

pytestmark = pytest.mark.slow

FACTOR = int(os.environ.get("CONTING_FUZZ", "0"))
CHANCE = random.Random(None if FACTOR else 3)
PAIRS = 40 * max(FACTOR, 1)
OVERFLOW, DIVISION_BY_ZERO, CONVERSION = 5500, 5501, 5503
HEAD = hashlib.sha256(b"account:Result").digest()[:8]
WIDTHS = {"u8": 1, "f64": 8, "bool": 1, "u64": 8, "i64": 8, "u128": 16, "i128": 16}
FIELDS = {kind: width for kind, width in WIDTHS.items() if kind != "u8"}
"""The fields `as_…` of the account, and their bytes."""
START = HEAD + bytes(sum(FIELDS.values()))

EDGES = (
    *(0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, -2.5, 3.0, 0.1, 1e16),
    *(5e-324, -5e-324, 2.225073858507201e-308, 2.2250738585072014e-308),
    *(1.7976931348623157e308, -1.7976931348623157e308, math.inf, -math.inf),
    *(0.49999999999999994, 1.0000000000000002, 4503599627370495.5),
    *(2.0**53, -(2.0**63), 2.0**64, 2.0**127, -(2.0**127)),
)
PAIRED = (0.0, -0.0, 1.0, -2.5, 5e-324, -1.7976931348623157e308, math.inf, 2.0**53)
"""All pairs of EDGES run natively: tests/compiler/test_runtime_floats.py."""
INT_EDGES = (0, 1, 2**53 + 1, 2**63 - 1)
WIDE_EDGES = (*INT_EDGES, 2**64, 2**106 + 2**53 + 1, 2**128 - 1)


@dataclass(frozen=True, slots=True)
class Case:
    """One instruction: the expression over `a` and `b` goes to the field `as_<kind>`."""

    text: str
    kind: str


ARITHMETIC = ("a + b", "a - b", "a * b", "a / b", "a // b", "a % b")
CHOICES = ("min(a, b)", "max(a, b)", "a if b < a else b")
COMPARISONS = ("a == b", "a != b", "a < b", "a <= b", "a > b", "a >= b")
OF_ONE = (
    *(Case(text, "f64") for text in ("-a", "abs(a)", "a + 1", "3 - a", "a / 7", "a")),
    *(Case(f"{kind}(a)", kind) for kind in ("u64", "i64", "u128", "i128")),
    *(Case(f"{name}(a)", "i128") for name in ("round", "floor", "ceil")),
)
OF_TWO = (
    *(Case(text, "f64") for text in (*ARITHMETIC, *CHOICES)),
    *(Case(text, "bool") for text in COMPARISONS),
)
MIXED = (
    *(Case(text, "f64") for text in ("a + b", "b - a", "a * b", "b / a", "f64(b)", "max(a, b)")),
    *(Case(text, "bool") for text in (*COMPARISONS, "b < a", "b == a")),
)
QUOTIENTS = (Case("a / b", "f64"), Case("b / (a + 1)", "f64"))


def source_of(cases: Iterable[Case], kinds: Mapping[str, str]) -> str:
    """A program with one instruction per case; its arguments are of these kinds."""
    fields = "".join(f"    as_{kind}: {kind}\n" for kind in FIELDS)
    parameters = "".join(f", {name}: {kind}" for name, kind in kinds.items())
    instructions = "".join(
        f"\n\n@instruction\ndef e{n}(out: Result{parameters}) -> None:\n"
        f"    out.as_{case.kind} = {case.text}\n"
        for n, case in enumerate(cases)
    )
    return f"""
from seahorse.prelude import *

declare_id("{ADDRESS}")


class Result(Account):
{fields}
{instructions}"""


def packed(kind: str, value: float) -> bytes:
    """Borsh of a number. OverflowError where the kind does not hold it."""
    if kind == "f64":
        return struct.pack("<d", value)
    return int(value).to_bytes(WIDTHS[kind], "little", signed=kind[0] == "i")


NAMES: dict[str, object] = dict.fromkeys(("u64", "i64", "u128", "i128"), int)
NAMES |= {"floor": math.floor, "ceil": math.ceil, "f64": float}


def of_python(case: Case, values: Mapping[str, float]) -> bytes | int:
    """The field's bytes as plain CPython computes them; its exceptions are our faults."""
    try:
        value = eval(case.text, NAMES, dict(values))
        return CONVERSION if math.isnan(value) else packed(case.kind, value)
    except ZeroDivisionError:
        return DIVISION_BY_ZERO
    except (OverflowError, ValueError):
        return CONVERSION


Oracle = Callable[[Case, Mapping[str, float]], bytes | int]


def differences(
    path: Path,
    cases: tuple[Case, ...],
    kinds: Mapping[str, str],
    inputs: Iterable[tuple[float, ...]],
    oracle: Oracle = of_python,
) -> list[str]:
    """Where the oracle, the model and the two machines do not agree."""
    path.write_text(source_of(cases, kinds))
    model = Model.of(path, START)
    machines = {arch: Machine.of(elf, START) for arch, elf in compiled(path).items()}
    entries = model.chain.programs[model.program].entries
    state, found = bytearray(START), list[str]()
    for numbers in inputs:
        values = dict(zip(kinds, numbers, strict=True))
        raw = b"".join(packed(kinds[name], value) for name, value in values.items())
        for case, entry in zip(cases, entries, strict=True):
            wanted = outcome(state, case, oracle(case, values))
            data = entry.discriminator + raw
            outcomes = {"model": model.run(data)} | {a: m.run(data) for a, m in machines.items()}
            if any(each != wanted for each in outcomes.values()):
                found.append(f"{case.text} {values}: CPython {wanted!r}, {outcomes}")
    return found[:10]


def outcome(state: bytearray, case: Case, result: bytes | int) -> Outcome:
    """The account's bytes with the new field, or the fault."""
    if isinstance(result, int):
        return result
    kinds = list(FIELDS)
    at = len(HEAD) + sum(FIELDS[kind] for kind in kinds[: kinds.index(case.kind)])
    state[at : at + len(result)] = result
    return bytes(state)


def anything() -> float:
    """A float of usual size, one below the normal ones, or one of any bits; no NaN."""
    kind = CHANCE.random()
    if kind < 0.2:
        return CHANCE.randint(-(10**6), 10**6) / CHANCE.choice((1, 2, 4, 10))
    near = 1023 + CHANCE.randint(-70, 140)
    exponent = near if kind < 0.6 else CHANCE.randint(0, 4 if kind < 0.7 else 2046)
    bits = CHANCE.getrandbits(1) << 63 | exponent << 52 | CHANCE.getrandbits(52)
    return float(struct.unpack("<d", bits.to_bytes(8, "little"))[0])


def test_two_floats_at_the_edges(tmp_path: Path) -> None:
    inputs = product(PAIRED, repeat=2)
    assert differences(tmp_path / "two.py", OF_TWO, {"a": "f64", "b": "f64"}, inputs) == []


def test_two_random_floats(tmp_path: Path) -> None:
    inputs = [(anything(), anything()) for _ in range(PAIRS)]
    inputs += [(first, first * CHANCE.choice((1, -1, 3, 0.5))) for first, _ in inputs[:30]]
    assert differences(tmp_path / "two.py", OF_TWO, {"a": "f64", "b": "f64"}, inputs) == []


def test_one_float(tmp_path: Path) -> None:
    inputs = [(each,) for each in (*EDGES, *(anything() for _ in range(PAIRS)))]
    inputs += [(float(n) + 0.5,) for n in range(-4, 4)] + [(-0.1,), (2.0**128,), (-(2.0**100),)]
    assert differences(tmp_path / "one.py", OF_ONE, {"a": "f64"}, inputs) == []


def test_integers_with_floats(tmp_path: Path) -> None:
    """An integer becomes a float, except in comparisons, which are exact as in Python."""
    floats = (0.0, -0.5, 1.0, 2.0**53, 2.0**63, -(2.0**63), 2.0**64, 2.0**106, math.inf)
    for kind, edges in {"i64": INT_EDGES, "u128": WIDE_EDGES}.items():
        signs = (1, -1) if kind[0] == "i" else (1,)
        inputs = [(sign * n, f) for n in edges for sign in signs for f in floats]
        kinds = {"a": kind, "b": "f64"}
        assert differences(tmp_path / f"{kind}.py", MIXED, kinds, inputs) == []


def test_quotients_of_integers(tmp_path: Path) -> None:
    """Rounded once, from the exact quotient, also where the integers are no floats."""
    for kind, edges in {"i64": (3, *INT_EDGES), "u128": WIDE_EDGES[:-1]}.items():
        signs = (1, -1) if kind[0] == "i" else (1,)
        usual = [n * sign for n in edges for sign in signs if n < 2**63 - 1]
        inputs = list(product(usual, repeat=2))
        if kind == "u128":
            inputs += [(CHANCE.getrandbits(120), CHANCE.getrandbits(80) | 1) for _ in range(20)]
        kinds = {"a": kind, "b": kind}
        assert differences(tmp_path / f"{kind}.py", QUOTIENTS, kinds, inputs) == []


def of_powers(case: Case, values: Mapping[str, float]) -> bytes | int:
    """The exact power, rounded once: C's pow, behind Python's **, may be off by one bit."""
    base, exponent = values["a"], int(values.get("n", 2))
    if not math.isfinite(base) or exponent == 0:
        return packed("f64", float(base) ** exponent)
    if base == 0 and exponent < 0:
        return DIVISION_BY_ZERO
    exact = abs(Fraction(base)) ** exponent
    try:
        size = exact.numerator / exact.denominator
    except OverflowError:
        return OVERFLOW
    sign = math.copysign(1.0, base) if exponent % 2 else 1.0
    return packed("f64", math.copysign(size, sign))


def test_powers_of_floats(tmp_path: Path) -> None:
    bases = (*PAIRED, -0.1, 134217727.0, 94906267.0, 10.0, 1.0000001)
    inputs = [(base, n) for base in bases for n in (-320, -1, 0, 1, 3, 22, 1000)]
    inputs += [(anything(), CHANCE.randint(-20, 20)) for _ in range(PAIRS)]
    cases = (Case("a ** n", "f64"),)
    kinds = {"a": "f64", "n": "i64"}
    assert differences(tmp_path / "power.py", cases, kinds, inputs, of_powers) == []
    squares = [(base,) for base, _ in inputs]
    two = (Case("a ** 2", "f64"), Case("pow(a, 2.0)", "f64"))
    assert differences(tmp_path / "square.py", two, {"a": "f64"}, squares, of_powers) == []


def of_roots(case: Case, values: Mapping[str, float]) -> bytes | int:
    """IEEE 754's square root; of a negative number Python's ** gives no float."""
    base = values["a"]
    if base < 0 and not math.isinf(base):
        return OVERFLOW
    return packed(case.kind, math.sqrt(abs(base)))


def test_roots(tmp_path: Path) -> None:
    inputs = [(each,) for each in (*EDGES, *(anything() for _ in range(PAIRS)))]
    inputs += [(float(n * n),) for n in (3, 94906265, 12345)]
    cases = (Case("a ** 0.5", "f64"), Case("a ** (1 / 2)", "f64"))
    assert differences(tmp_path / "root.py", cases, {"a": "f64"}, inputs, of_roots) == []


def of_real_powers(case: Case, values: Mapping[str, float]) -> bytes | int:
    """By exact fractions and decimals; what no float holds is refused, as Python raises for it, or
    gives a complex number.
    """
    base, exponent = values["a"], values.get("b", 0.3)
    result = nearest_power(base, exponent)
    if math.isfinite(result):
        return packed("f64", result)
    if math.isfinite(base) and math.isfinite(exponent):
        return OVERFLOW if base else DIVISION_BY_ZERO
    return CONVERSION if math.isnan(result) else packed("f64", result)


def test_real_powers(tmp_path: Path) -> None:
    exponents = (0.0, -0.0, 0.5, -1.5, 3.0, -1.0, 1 / 3, 1023.5, math.inf, -math.inf, 2.0**63)
    inputs = list(
        product((0.0, -0.0, 1.0, -1.0, 2.0, -0.75, 1e-320, math.inf, -math.inf), exponents)
    )
    inputs += [(abs(anything()), CHANCE.uniform(-20, 20)) for _ in range(PAIRS)]
    inputs += [(1 + CHANCE.random() / 10**9, CHANCE.uniform(-1, 1) * 10**12) for _ in range(PAIRS)]
    cases = (Case("a ** b", "f64"), Case("pow(a, b)", "f64"))
    kinds = {"a": "f64", "b": "f64"}
    assert differences(tmp_path / "real.py", cases, kinds, inputs, of_real_powers) == []
    bases = [(base,) for base, _ in inputs[::4]]
    known = (Case("a ** 0.3", "f64"),)
    assert differences(tmp_path / "known.py", known, {"a": "f64"}, bases, of_real_powers) == []


def test_an_integer_to_a_power_with_a_fraction_is_a_float(tmp_path: Path) -> None:
    inputs = [(n, b) for n in (0, 1, 2, 10, 2**53) for b in (0.25, -0.5, 3.0, 1 / 7)]
    cases = (Case("a ** b", "f64"), Case("(a + 0) ** b", "f64"))
    kinds = {"a": "u64", "b": "f64"}
    assert differences(tmp_path / "mixed.py", cases, kinds, inputs, of_real_powers) == []


VARIABLES = {"a": "f64", "b": "f64", "n": "u64", "m": "i64"}


def expression(depth: int) -> str:
    """A random expression of type f64; an integer stands beside a float only."""
    if depth == 0:
        return CHANCE.choice(("a", "b", "a", "b", "0.1", "3.0", "f64(n)", "1e300"))
    shape = CHANCE.random()
    left = expression(depth - 1)
    right = CHANCE.choice((expression(depth - 1), expression(depth - 1), "n", "m", "7"))
    first, second = CHANCE.sample((left, right), 2)
    if shape < 0.6:
        return f"({first} {CHANCE.choice(('+', '-', '*', '/', '//', '%'))} {second})"
    if shape < 0.7:
        return f"{CHANCE.choice(('-', 'abs', '+'))}({left})"
    if shape < 0.8:
        return f"{CHANCE.choice(('min', 'max'))}({first}, {second})"
    test = f"{expression(depth - 1)} {CHANCE.choice(('<', '>=', '==', '!='))} {right}"
    return f"({first} if {test} else {second})"


class Chosen(ast.NodeTransformer):
    """What is chosen between an integer and a float is a float: `-(n if c else 0.5)` is -0.0 for a
    zero, where Python's is 0.
    """

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        self.generic_visit(node)
        return ast.Call(ast.Name("float", ast.Load()), [node], [])

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        is_choice = isinstance(node.func, ast.Name) and node.func.id in {"min", "max"}
        return ast.Call(ast.Name("float", ast.Load()), [node], []) if is_choice else node


def of_chosen(case: Case, values: Mapping[str, float]) -> bytes | int:
    """As of_python, choices being floats."""
    tree = ast.fix_missing_locations(Chosen().visit(ast.parse(case.text, mode="eval")))
    return of_python(Case(ast.unparse(tree), case.kind), values)


def test_a_choice_between_an_integer_and_a_float_is_a_float(tmp_path: Path) -> None:
    texts = ("-(m if a >= m else b)", "-max(n, b)", "-min(b, m)", "-(a if b < n else 0)")
    cases = tuple(Case(text, "f64") for text in texts)
    inputs = [(0.0, -0.0, 0, 0), (1.0, 2.0, 0, 0), (-1.0, 0.0, 3, -4)]
    assert differences(tmp_path / "choice.py", cases, VARIABLES, inputs, of_chosen) == []
    assert of_chosen(cases[0], dict(zip(VARIABLES, inputs[0], strict=True))) == packed("f64", -0.0)


def test_random_expressions(tmp_path: Path) -> None:
    cases = tuple(Case(expression(CHANCE.randint(2, 4)), "f64") for _ in range(30))
    inputs = [
        (anything(), anything(), CHANCE.getrandbits(50), CHANCE.randint(-(2**50), 2**50))
        for _ in range(10)
    ]
    inputs += [(1.5, -2.0, 3, -4), (0.0, -0.0, 0, 0), (1e308, 5e-324, 1, -1)]
    assert differences(tmp_path / "random_.py", cases, VARIABLES, inputs, of_chosen) == []
