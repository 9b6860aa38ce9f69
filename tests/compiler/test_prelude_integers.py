"""The prelude's integers against Python's own: exact results, or the chain's fault."""

import operator
from collections.abc import Callable
from typing import Any

import pytest
from conting_compiler.ir import faults
from hypothesis import given
from hypothesis import strategies as st
from seahorse import ints
from seahorse.errors import FIRST_PROGRAM_ERROR, Fault, FaultError
from seahorse.integers import Integer

pytestmark = pytest.mark.slow

KINDS: tuple[type[Integer], ...] = tuple(
    kind
    for kind in vars(ints).values()
    if isinstance(kind, type) and kind.__module__ == ints.__name__
)
EXACT: dict[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "//": operator.floordiv,
    "%": operator.mod,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
}


def bounds(kind: type[Integer]) -> tuple[int, int]:
    """From the name alone, so that the class is not its own judge."""
    bits = int(kind.__name__[1:])
    return (
        (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if kind.__name__[0] == "i" else (0, 2**bits - 1)
    )


def numbers(kind: type[Integer]) -> st.SearchStrategy[int]:
    low, high = bounds(kind)
    edges = [n for n in (low, low + 1, -1, 0, 1, 2, high - 1, high) if low <= n <= high]
    return st.sampled_from(edges) | st.integers(low, high)


def fault_of(action: Callable[[], object]) -> Fault:
    with pytest.raises(FaultError) as caught:
        action()
    return caught.value.fault


def test_the_ten_types_are_there() -> None:
    assert {kind.__name__ for kind in KINDS} == {
        f"{sign}{bits}" for sign in "ui" for bits in (8, 16, 32, 64, 128)
    }


def test_faults_are_the_compilers() -> None:
    assert {f.name: f.value for f in Fault} == {f.name: f.value for f in faults.Fault}
    assert FIRST_PROGRAM_ERROR == faults.FIRST_PROGRAM_ERROR


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_operations_are_pythons_or_overflow(kind: type[Integer], data: st.DataObject) -> None:
    left, right = data.draw(numbers(kind)), data.draw(numbers(kind))
    sign = data.draw(st.sampled_from(sorted(EXACT)))
    low, high = bounds(kind)

    def compute() -> object:
        return EXACT[sign](kind(left), kind(right))

    if sign in {"//", "%"} and right == 0:
        assert fault_of(compute) is Fault.DIVISION_BY_ZERO
    elif low <= (exact := EXACT[sign](left, right)) <= high:
        result = compute()
        assert type(result) is kind
        assert result == exact
    else:
        assert fault_of(compute) is Fault.OVERFLOW


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_shifts(kind: type[Integer], data: st.DataObject) -> None:
    low, high = bounds(kind)
    left = data.draw(numbers(kind))
    places = data.draw(st.integers(max(low, -3), min(high, 200)))
    if places < 0:
        assert fault_of(lambda: kind(left) << places) is Fault.OVERFLOW
        assert fault_of(lambda: kind(left) >> places) is Fault.OVERFLOW
        return
    assert kind(left) >> places == left >> places
    assert_is(lambda: kind(left) << kind(places), left << places, kind, Fault.OVERFLOW)


@given(places=st.integers(0, 2**64 - 1))
def test_a_shift_by_many_places_is_quick(places: int) -> None:
    assert ints.u64(0) << ints.u64(places) == 0


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_signs_and_conversions(kind: type[Integer], data: st.DataObject) -> None:
    value = data.draw(numbers(kind))
    target = data.draw(st.sampled_from(KINDS))
    assert_is(lambda: -kind(value), -value, kind, Fault.OVERFLOW)
    assert_is(lambda: ~kind(value), ~value, kind, Fault.OVERFLOW)
    assert_is(lambda: target(kind(value)), value, target, Fault.CONVERSION)


def assert_is(compute: Callable[[], object], exact: int, kind: type[Integer], fault: Fault) -> None:
    low, high = bounds(kind)
    if low <= exact <= high:
        result = compute()
        assert (type(result), result) == (kind, exact)
    else:
        assert fault_of(compute) is fault


@pytest.mark.parametrize("left", KINDS)
@pytest.mark.parametrize("right", KINDS)
def test_widths_mix_only_where_nothing_is_lost(left: type[Integer], right: type[Integer]) -> None:
    (low, high), (other_low, other_high) = bounds(left), bounds(right)
    if low <= other_low and other_high <= high:
        assert type(left(1) + right(1)) is left
    elif other_low <= low and high <= other_high:
        assert type(left(2) * right(1)) is right
    else:
        with pytest.raises(TypeError, match=rf"do not mix: convert .* '{left.__name__}\(x\)'"):
            left(1) + right(1)


@pytest.mark.parametrize("kind", KINDS)
def test_a_plain_int_takes_the_type_of_the_other(kind: type[Integer]) -> None:
    _, high = bounds(kind)
    for result in (kind(5) + 2, 2 + kind(5), 14 // kind(2), kind(21) // 3):
        assert type(result) is kind
        assert result == 7
    assert fault_of(lambda: kind(high) + 1) is Fault.OVERFLOW
    with pytest.raises(TypeError, match=f"does not fit {kind.__name__}"):
        kind(1) + (high + 1)


@pytest.mark.parametrize("other", [True, "1", None])
def test_other_values_do_not_mix(other: Any) -> None:  # what mypy refuses is refused at run time
    number = ints.u64(1)
    for compute in (
        lambda: number + other,
        lambda: number * other,
        lambda: number & other,
        lambda: number < other,
        lambda: ints.u64(other),
    ):
        with pytest.raises(TypeError):
            compute()


def test_numbers_are_written_as_digits() -> None:
    assert f"{ints.u8(7)} {ints.i64(-7)}" == "7 -7"
    assert str(ints.u64(7)) == "7"
    assert repr(ints.u64(7)) == "u64(7)"


@given(st.integers(0, 255), st.integers(-128, 127))
def test_comparisons(left: int, right: int) -> None:
    assert (ints.u8(left) < ints.i16(right)) == (left < right)
    assert (ints.u8(left) == ints.i16(right)) == (left == right)
    assert (right >= ints.u8(left)) == (right >= left)
    with pytest.raises(TypeError):
        assert ints.u8(left) == ints.i8(right)  # type: ignore[operator]
